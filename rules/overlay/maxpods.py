"""A pool of few pods a node takes a /24 for every node.

Why it matters
--------------
maxPods is fixed when a pool is made: 30 by default on a node subnet, 110 on kubenet, 250 on overlay. The migration
does not raise it, while every node takes a /24 of the pod CIDR whatever it is. On many nodes that wastes the range.

What to do
----------
- Add a pool with room for more: `az aks nodepool add --resource-group {resource_group} --cluster-name {cluster} --name
  NEWPOOL --max-pods 110`, drain the old one and delete it. After the migration is time enough.

How it is decided
-----------------
A notice on each pool with maxPods of 50 or less, where the pools count more than 50 nodes in all. A pool without
maxPods is a gap there; a pool without a count is one where the others alone are not more than 50.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Severity, gap, pool_ref
from analyzer.model.network import hidden
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene

FEW_PODS = 50
MANY_NODES = 50


def check(scene: Scene) -> Iterator[Outcome]:
    """Each pool that wastes the range, on a cluster of many nodes."""
    pools = scene.pools.require()
    nodes = sum(pool.node_count or 0 for pool in pools)
    if nodes <= MANY_NODES:
        for pool in pools:
            if pool.node_count is None:
                yield gap(hidden(f"agentPoolProfiles[{pool.name}].count", "it is absent or null"), pool_ref(pool))
        return
    for pool in pools:
        where = f"agentPoolProfiles[{pool.name}].maxPods"
        if pool.max_pods is None:
            yield gap(hidden(where, "it is absent or null"), pool_ref(pool))
        elif pool.max_pods <= FEW_PODS:
            message = (
                f"Pool {pool.name} allows {pool.max_pods} pods a node, and each of the cluster's {nodes} nodes takes"
                " 256 addresses of the pod CIDR."
            )
            yield Finding(object=pool_ref(pool), message=message, evidence=(Evidence(where, str(pool.max_pods)),))


RULE = Rule(
    id="OVL-MAXPODS",
    page=Page(__doc__),
    severity=Severity.NOTICE,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.OVERLAY,),
    reads=(Source.CLUSTER,),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/concepts-network-ip-address-planning#maximum-pods-per-node",
            "maxPods is set when a pool is made; its default differs between the modes.",
            "2026-04-16",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/concepts-network-azure-cni-overlay#maximum-pods-per-node",
            "Every node gets a /24, whatever its maxPods; up to 250 pods a node.",
            "2026-07-31",
        ),
    ),
    check=check,
)
