#!/bin/sh
# Lets the identity write reports to one container of a storage account, and read them.
#
#   results-role.sh PRINCIPAL_ID RESOURCE_GROUP STORAGE_ACCOUNT CONTAINER
#
# Needs az, signed in to the account's subscription. The account needs no keys: switch shared key access off. Keep it
# private: reports hold names, addresses and images of every cluster.
set -eu

if [ "$#" -ne 4 ]; then
  echo "results-role.sh: give four arguments: PRINCIPAL_ID RESOURCE_GROUP STORAGE_ACCOUNT CONTAINER" >&2
  exit 2
fi

account=$(az storage account show --resource-group "$2" --name "$3" --query id --output tsv)
az storage container-rm create --resource-group "$2" --storage-account "$3" --name "$4" --output none
az role assignment create --assignee-object-id "$1" --assignee-principal-type ServicePrincipal \
  --role "Storage Blob Data Contributor" --scope "$account/blobServices/default/containers/$4" --output none
printf '%s may write to %s of %s\n' "$1" "$4" "$3"
