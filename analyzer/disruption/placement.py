"""Nodes: their pool, their zone, and which of them could take a pod."""

from __future__ import annotations

from collections.abc import Iterable

from analyzer.model.objects import Node, Pod

_POOL_LABELS = ("kubernetes.azure.com/agentpool", "agentpool")
_ZONE_LABEL = "topology.kubernetes.io/zone"


def pool_of(node: Node) -> str:
    """The agent pool of a node; "" where its labels do not say, as of node auto-provisioning."""
    return next((node.labels[label] for label in _POOL_LABELS if node.labels.get(label)), "")


def takers(pod: Pod, zone: str, nodes: Iterable[Node]) -> tuple[str, ...]:
    """The schedulable nodes of a zone that the pod's node selector accepts, by name.

    Taints are not looked at: a pod's tolerations are not read.
    """
    wanted = pod.spec.node_selector.items()
    return tuple(
        node.name
        for node in nodes
        if node.labels.get(_ZONE_LABEL) == zone and not node.spec.unschedulable and wanted <= node.labels.items()
    )
