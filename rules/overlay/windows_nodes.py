"""Which pools are Windows, and which of the nodes that were read are theirs."""

from __future__ import annotations

from analyzer.model.cluster import AgentPool
from analyzer.model.fact import Fact, Known, seen
from analyzer.model.network import hidden
from analyzer.model.objects import Node

POOL_LABELS = ("agentpool", "kubernetes.azure.com/agentpool")
"""AKS puts both on each node; nodes of node auto-provisioning carry them empty."""


def is_windows(pool: AgentPool) -> Fact[bool]:
    """Whether a pool runs Windows. A pool that does not say is missing, not Linux."""
    if not pool.os_type:
        return hidden(f"agentPoolProfiles[{pool.name}].osType", "it is absent or null")
    return Known(pool.os_type.lower() == "windows")


def nodes_of(pool: AgentPool, nodes: Fact[tuple[Node, ...]]) -> tuple[Node, ...]:
    """The pool's nodes among those that were read, in their order. They need not be all."""
    return tuple(node for node in seen(nodes) if pool.name in [node.labels.get(label) for label in POOL_LABELS])
