#!/bin/sh
# Collects what aks-preflight needs of one AKS cluster, with az and kubectl. It only reads, and never a Secret.
# Usage: sh collect.sh RESOURCE_GROUP CLUSTER FOLDER
#   az must be signed in to the cluster's subscription; kubectl's current context must be the cluster.
# The folder holds whole specs, with annotations and literal environment values: keep it confidential, and delete it
# once `aks-preflight collect FOLDER -O cluster.zip` has written a snapshot, which leaves them out.
# Then, where aks-preflight is installed: aks-preflight check FOLDER
set -u
umask 077
[ $# -eq 3 ] || { sed -n '2,7s/^# //p' "$0" >&2; exit 2; }
group=$1; cluster=$2; folder=$3
for tool in az kubectl; do
  command -v "$tool" >/dev/null || { echo "$tool is not installed on this machine" >&2; exit 2; }
done
[ ! -e "$folder" ] || { echo "$folder exists already; name a new folder" >&2; exit 2; }
mkdir -p "$folder" || exit 2
index=$folder/collected.tsv
server=$(kubectl config view --minify -o 'jsonpath={.clusters[0].cluster.server}' 2>/dev/null)
{
  echo '# aks-preflight collected 1'
  echo "# collected-at $(date -u +%Y-%m-%dT%H:%M:%SZ)"
  echo "# server $server"
} >"$index"

# keep FILE REQUEST COMMAND...: runs the command, keeps what it prints, and writes its exit status to the index
keep() {
  file=$1; request=$2; shift 2
  "$@" >"$folder/$file" 2>"$folder/$file.err"; status=$?
  outcome=read
  if [ $status -eq 0 ]; then rm -f "$folder/$file.err"; else rm -f "$folder/$file"; outcome=failed; fi
  if [ $status -ne 0 ] && grep -q '(NotFound)' "$folder/$file.err"; then outcome=absent; fi
  printf '%s\t%s\t%s\n' "$status" "$file" "$request" >>"$index"
  printf '%-7s %s\n' "$outcome" "$file" >&2
}
arm() { keep "$1" "GET $2" az rest --method get --url "$2" --output json; }
# pages FILE URL [QUERY]: a list to its last page, a file each
pages() {
  page_file=$1; page_url=$2; page_query=${3:-@}; page=0
  while [ -n "$page_url" ] && [ $page -lt 200 ]; do
    keep "$page_file-$page.json" "GET $page_url" \
      az rest --method get --url "$page_url" --query "$page_query" --output json
    page_url=$(sed -n 's/^ *"nextLink": *"\([^"]*\)".*/\1/p' "$folder/$page_file-$page.json" 2>/dev/null)
    page=$((page + 1))
  done
}
get() { keep "$1" "GET $2" kubectl get --raw "$2"; }

# serves GROUP/VERSION RESOURCE: false only where discovery was read and lists no such thing
serves() {
  [ -f "$folder/apis.json" ] || return 0
  grep -q '"groupVersion": *"'"$1"'"' "$folder/apis.json" || return 1
  resources=apis-$(printf %s "$1" | tr / -).json
  [ -f "$folder/$resources" ] || [ -f "$folder/$resources.err" ] || get "$resources" "/apis/$1"
  [ ! -f "$folder/$resources" ] || grep -q '"name": *"'"$2"'"' "$folder/$resources"
}

# list FILE GROUP RESOURCE VERSION...: the list in the first version that is served; none, if none is
list() {
  list_file=$1; list_group=$2; list_resource=$3; shift 3
  for version; do
    if serves "$list_group/$version" "$list_resource"; then
      get "$list_file" "/apis/$list_group/$version/$list_resource"; return
    fi
  done
}

# ask QUERY: one value of the cluster, a line each
ask() { az aks show --resource-group "$group" --name "$cluster" --query "$1" --output tsv 2>/dev/null; }

# linked WORD FILES: the ids in these bodies whose last-but-one segment is WORD
linked() {
  word=$1; shift
  cat "$@" 2>/dev/null | tr '{' '\n' | sed -n 's/.*"id": *"\([^"]*\)".*/\1/p' |
    grep -i "/$word/[^/]*$" | sort -u
}
# subscriptions IDS: those that they lie in
subscriptions() { printf '%s\n' "$@" | sed -n 's|^\(/[^/]*/[^/]*\).*|\1|p' | sort -u; }
# each FILE API_VERSION IDS: one body each
each() {
  each_file=$1; each_api=$2; shift 2; number=0
  for each_id; do
    arm "$each_file-$number.json" "$each_id?api-version=$each_api"; number=$((number + 1))
  done
}
# every FILE PATH IDS: the list at PATH below each
every() {
  every_file=$1; every_path=$2; shift 2; number=0
  for every_id; do
    pages "$every_file-$number" "$every_id$every_path"; number=$((number + 1))
  done
}

keep az-version.json 'az version' az version --output json
keep cluster.json 'az aks show' az aks show --resource-group "$group" --name "$cluster" --output json
id=$(ask id)
# around: what lies around the cluster. Ids hold neither blanks nor patterns, so lists of them are split as they are
# shellcheck disable=SC2046,SC2086
around() {
  subscription=$(subscriptions "$id")
  node_group=$subscription/resourceGroups/$(ask nodeResourceGroup)
  region=$(ask location | tr -d ' ' | tr '[:upper:]' '[:lower:]')
  networks=$(ask '[agentPoolProfiles[].[vnetSubnetId, podSubnetId][], [apiServerAccessProfile.subnetId]][]' |
    sed -n 's|/subnets/.*||p' | sort -u)
  arm preview.json "$id?api-version=2026-04-02-preview"
  pages maintenance "$id/maintenanceConfigurations?api-version=2025-10-01"
  pages fleet "$id/providers/Microsoft.ContainerService/fleetMemberships?api-version=2025-03-01"
  compute=$subscription/providers/Microsoft.Compute
  pages scalesets "$node_group/providers/Microsoft.Compute/virtualMachineScaleSets?api-version=2024-07-01"
  pages quotas "$compute/locations/$region/usages?api-version=2024-07-01"
  pages sizes "$compute/skus?api-version=2021-07-01&\$filter=location%20eq%20'$region'" \
    "{nextLink: nextLink, value: value[?resourceType=='virtualMachines']}"
  each vnet 2024-05-01 $networks
  if [ -n "$(ask 'agentPoolProfiles[?!vnetSubnetId].name')" ]; then
    pages vnet-managed "$node_group/providers/Microsoft.Network/virtualNetworks?api-version=2024-05-01"
    networks="$networks $(linked virtualNetworks "$folder"/vnet-managed-*.json | grep -iF "$node_group/")"
  fi
  tables=$(linked routeTables "$folder"/vnet-*.json)
  each routetable 2024-05-01 $tables
  each nsg 2024-05-01 $(linked networkSecurityGroups "$folder"/vnet-*.json "$folder"/scalesets-*.json)
  each gateway 2024-05-01 $(ask 'addonProfiles.ingressApplicationGateway.config.effectiveApplicationGatewayId' | grep /)
  every usages '/usages?api-version=2024-05-01' $networks
  scopes=$(subscriptions "$id" $networks)
  every locks '/providers/Microsoft.Authorization/locks?api-version=2016-09-01' $scopes
  for principal in $(ask 'identity.[principalId, userAssignedIdentities.*.principalId][]' | grep -e -); do
    filter="\$filter=assignedTo('$principal')"
    every "roles-$principal" "/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01&$filter" \
      $(subscriptions $networks $tables)
  done
  each role 2022-04-01 $(cat "$folder"/roles-*.json 2>/dev/null |
    sed -n 's/.*"roleDefinitionId": *"\([^"]*\)".*/\1/p' | sort -u)
  if cat "$folder"/vnet-*.json 2>/dev/null | grep -qi '"Microsoft.ServiceNetworking/trafficControllers"'; then
    controllers=/providers/Microsoft.ServiceNetworking/trafficControllers
    every controllers "$controllers?api-version=2025-01-01" $scopes
    every associations '/associations?api-version=2025-01-01' \
      $(linked trafficControllers "$folder"/controllers-*.json)
  fi
}
[ -z "$id" ] || around

get apis.json /apis
# LISTS

failed=$(grep -c '^[1-9]' "$index")
echo "$folder: done; $failed requests failed or found nothing, see $index" >&2
for file in cluster.json apis.json; do
  [ -f "$folder/$file" ] || { echo "$file could not be read: $(cat "$folder/$file.err")" >&2; exit 1; }
done
