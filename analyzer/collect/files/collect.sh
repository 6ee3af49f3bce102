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

# linked WORD: the ids in the VNets' bodies whose last-but-one segment is WORD
linked() {
  cat "$folder"/vnet-*.json 2>/dev/null | tr '{' '\n' | sed -n 's/.*"id": *"\([^"]*\)".*/\1/p' |
    grep -i "/$1/[^/]*$" | sort -u
}

keep cluster.json 'az aks show' az aks show --resource-group "$group" --name "$cluster" --output json
network_api='api-version=2024-05-01'
number=0
for network in $(ask 'agentPoolProfiles[].[vnetSubnetId, podSubnetId][]' | sed -n 's|/subnets/.*||p' | sort -u); do
  arm "vnet-$number.json" "$network?$network_api"; number=$((number + 1))
done
if [ -n "$(ask 'agentPoolProfiles[?!vnetSubnetId].name')" ]; then
  subscription=$(ask id | cut -d/ -f1-3)
  node_group=$subscription/resourceGroups/$(ask nodeResourceGroup)
  arm vnet-managed.json "$node_group/providers/Microsoft.Network/virtualNetworks?$network_api"
fi
number=0
for table in $(linked routeTables); do
  arm "routetable-$number.json" "$table?$network_api"; number=$((number + 1))
done
number=0
for security_group in $(linked networkSecurityGroups); do
  arm "nsg-$number.json" "$security_group?$network_api"; number=$((number + 1))
done

get apis.json /apis
# LISTS

failed=$(grep -c '^[1-9]' "$index")
echo "$folder: done; $failed requests failed or found nothing, see $index" >&2
for file in cluster.json apis.json; do
  [ -f "$folder/$file" ] || { echo "$file could not be read: $(cat "$folder/$file.err")" >&2; exit 1; }
done
