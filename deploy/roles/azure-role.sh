#!/bin/sh
# Creates or updates the custom role that reading takes, and assigns it.
#
#   azure-role.sh PRINCIPAL_ID SCOPE...
#
# PRINCIPAL_ID  the object id of the identity: az identity show … --query principalId --output tsv
# SCOPE         /subscriptions/ID, or /providers/Microsoft.Management/managementGroups/NAME (one of them at most).
#               Name the subscriptions of the clusters' VNets too.
#
# Needs aks-preflight, az, and the right to write roles and assignments there (User Access Administrator and Owner have
# it). Run it again after each upgrade: what is read may have grown.
set -eu

stop() {
  printf 'azure-role.sh: %s\n' "$1" >&2
  exit 2
}

[ "$#" -ge 2 ] || stop "give the identity's object id and one scope at least: azure-role.sh PRINCIPAL_ID SCOPE..."
principal=$1
shift
scopes=
groups=0
for scope in "$@"; do
  case $scope in
    /subscriptions/*/* | /providers/Microsoft.Management/managementGroups/*/* | *[!A-Za-z0-9._/\(\)-]*)
      stop "$scope is no scope of its own: give whole subscriptions or a management group" ;;
    /subscriptions/?*) ;;
    /providers/Microsoft.Management/managementGroups/?*) groups=$((groups + 1)) ;;
    *) stop "$scope is no scope: it begins with /subscriptions/ or /providers/Microsoft.Management/managementGroups/" ;;
  esac
  scopes="${scopes:+$scopes, }\"$scope\""
done
[ "$groups" -le 1 ] || stop "Azure lets a custom role name one management group, and $groups were given"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
aks-preflight access azure-role >"$work/access.json"
sed "s|\"/subscriptions/SUBSCRIPTION_ID\"|$scopes|" "$work/access.json" >"$work/role.json"
name=$(sed -n 's/^ *"Name": "\(.*\)",$/\1/p' "$work/role.json")

known=$(az role definition list --name "$name" --scope "$1" --custom-role-only true --query "[].name" --output tsv)
if [ -n "$known" ]; then
  az role definition update --role-definition "@$work/role.json" --output none
else
  az role definition create --role-definition "@$work/role.json" --output none
fi

for scope in "$@"; do
  # a new role is known everywhere only after some seconds
  tries=0
  until az role assignment create --assignee-object-id "$principal" --assignee-principal-type ServicePrincipal \
    --role "$name" --scope "$scope" --output none; do
    tries=$((tries + 1))
    [ "$tries" -lt 10 ] || exit 1
    sleep 15
  done
  printf '%s may read %s\n' "$principal" "$scope"
done
