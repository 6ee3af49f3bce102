#!/bin/sh
# Lets a group of Entra read what the audit reads inside clusters. Put the identity in that group.
#
#   cluster-role.sh GROUP_OBJECT_ID CONTEXT...
#
# Needs aks-preflight, and kubectl with a context for each cluster that may write ClusterRoles and bindings. Run it again
# after each upgrade: what is read may have grown.
set -eu

if [ "$#" -lt 2 ]; then
  echo "cluster-role.sh: give the group's object id and one context at least: GROUP_OBJECT_ID CONTEXT..." >&2
  exit 2
fi
group=$1
shift
case $group in
  *[!0-9a-fA-F-]* | "")
    echo "cluster-role.sh: $group is no object id: az ad group show --group NAME --query id" >&2
    exit 2
    ;;
esac

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
aks-preflight access cluster-role >"$work/access.yaml"
sed "s/GROUP_OBJECT_ID/$group/" "$work/access.yaml" >"$work/roles.yaml"
failed=0
for context in "$@"; do
  kubectl --context "$context" apply --filename "$work/roles.yaml" || {
    failed=1
    echo "cluster-role.sh: $context did not take the roles" >&2
  }
done
exit "$failed"
