"""`access`: least-privilege artefacts, derived from the table of reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from analyzer.model.source import KubernetesRead

NAME = "aks-preflight-reader"
CREDENTIAL_ACTION = "Microsoft.ContainerService/managedClusters/listClusterUserCredential/action"
"""Not in Reader; only needed where no kubeconfig is given."""
INVENTORY_ACTIONS = (
    "Microsoft.Management/managementGroups/descendants/read",
    "Microsoft.ResourceGraph/resources/read",
    "Microsoft.Resources/subscriptions/read",
)
"""What finding the clusters of an audit takes."""


def access(
    what: Annotated[str, typer.Argument(help="cluster-role, azure-role, or all.")] = "all",
    scan_configmaps: Annotated[
        bool, typer.Option("--scan-configmaps", help="Also the right to list every ConfigMap, which that option takes.")
    ] = False,
) -> int:
    """Print the roles that reading a cluster takes.

    A ClusterRole, a Role for kube-system and their bindings, and an Azure custom role; they allow nothing more.
    """
    from analyzer.errors import UsageError

    artefacts = {
        "cluster-role": lambda: kubernetes_roles(scan_configmaps=scan_configmaps),
        "azure-role": azure_role,
    }
    if what not in (*artefacts, "all"):
        raise UsageError(f"There is no artefact {what!r}; there are {', '.join(artefacts)} and all.")
    for name, artefact in artefacts.items():
        if what in (name, "all"):
            typer.echo(artefact(), nl=False)
    return 0


def kubernetes_roles(*, scan_configmaps: bool = False) -> str:
    """A ClusterRole for what is read of the whole cluster, a Role for kube-system, and their bindings, as YAML.

    `scan_configmaps`: with the right to list the ConfigMaps of every namespace, with their content.
    """
    import yaml

    reads = _reads(scan_configmaps)
    documents = (
        _role("ClusterRole", "", _rules(reads, "")),
        _role("Role", "kube-system", _rules(reads, "kube-system")),
        _binding("ClusterRole", ""),
        _binding("Role", "kube-system"),
    )
    return "".join(f"---\n{yaml.safe_dump(document, sort_keys=False)}" for document in documents)


def azure_role() -> str:
    """The Azure custom role for `az role definition create --role-definition @FILE`, as JSON."""
    import msgspec

    from analyzer.model.source import READS, ArmRead

    actions = sorted({action for read in READS.values() if isinstance(read, ArmRead) for action in read.actions})
    role = {
        "Name": "AKS preflight reader",
        "Description": "What aks-preflight reads of AKS clusters and the network around them. Assign it on the"
        " clusters' subscriptions and on those of their VNets: quotas, VM sizes, locks and role assignments are read of"
        " whole subscriptions.",
        "Actions": [*actions, CREDENTIAL_ACTION, *INVENTORY_ACTIONS],
        "NotActions": [],
        "AssignableScopes": ["/subscriptions/SUBSCRIPTION_ID"],
    }
    return msgspec.json.format(msgspec.json.encode(role), indent=2).decode() + "\n"


def _role(kind: str, namespace: str, rules: list[dict[str, Any]]) -> dict[str, Any]:
    metadata = {"name": NAME, "namespace": namespace} if namespace else {"name": NAME}
    return {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind, "metadata": metadata, "rules": rules}


def _binding(kind: str, namespace: str) -> dict[str, Any]:
    metadata = {"name": NAME, "namespace": namespace} if namespace else {"name": NAME}
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": f"{kind}Binding",
        "metadata": metadata,
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": NAME},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "GROUP_OBJECT_ID"}],
    }


def _reads(scan_configmaps: bool) -> tuple[KubernetesRead, ...]:
    from analyzer.collect.requests import kubernetes_reads

    return tuple(read for _, read in kubernetes_reads(scan_configmaps=scan_configmaps))


def _rules(reads: Iterable[KubernetesRead], namespace: str) -> list[dict[str, Any]]:
    """The rules of one scope: lists by API group, then the named objects."""
    lists: dict[str, set[str]] = {}
    names: set[str] = set()
    for group, resource, name in _wanted(reads, namespace):
        if name:
            names.add(name)
        else:
            lists.setdefault(group, set()).add(resource)
    rules: list[dict[str, Any]] = [
        {"apiGroups": [group], "resources": sorted(lists[group]), "verbs": ["list"]} for group in sorted(lists)
    ]
    if names:
        rules.append({"apiGroups": [""], "resources": ["configmaps"], "resourceNames": sorted(names), "verbs": ["get"]})
    return rules


def _wanted(reads: Iterable[KubernetesRead], namespace: str) -> Iterator[tuple[str, str, str]]:
    for read in reads:
        if read.namespace == namespace:
            for endpoint in read.endpoints:
                yield endpoint.group, endpoint.resource, read.name
