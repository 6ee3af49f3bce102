"""Pods take their addresses from a pod subnet.

Why it matters
--------------
Only node-subnet and kubenet clusters can become overlay, and the move goes one way. A pool with a pod subnet, be it
with dynamic allocation or with static blocks, excludes the whole cluster.

What to do
----------
- Keep the pod subnet and change only the data plane: `az aks update --resource-group {resource_group} --name {cluster}
  --network-dataplane cilium --network-policy cilium`.
- Or create a new overlay cluster and move the workloads.
- Do not count on deleting the pools that have a pod subnet: no page says that the cluster is eligible after that.

How it is decided
-----------------
Every pool is looked at, because a pod subnet is a setting of the pool. A podSubnetID that is not empty is a blocker on
that pool, also where other pools have none; absent, null and empty are all unset. A body without pools is a gap.

The edition of 2023-24 names only dynamic allocation. The list of sources of 2026 has node subnet and kubenet only,
which leaves out static blocks too.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Severity, pool_ref
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene


def check(scene: Scene) -> Iterator[Outcome]:
    """Each pool with a pod subnet."""
    for pool in scene.pools.each():
        if pool.pod_subnet_id:
            yield Finding(
                object=pool_ref(pool),
                message=f"Pool {pool.name} takes pod addresses from a pod subnet, so overlay is closed to the cluster.",
                evidence=(Evidence(f"agentPoolProfiles[{pool.name}].podSubnetID", pool.pod_subnet_id),),
            )


RULE = Rule(
    id="OVL-SOURCE-MODE",
    page=Page(__doc__),
    severity=Severity.BLOCKER,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.OVERLAY,),
    reads=(Source.CLUSTER,),
    refused_by_platform=True,
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/update-azure-cni#update-the-ipam-mode-to-azure-cni-overlay",
            "A cluster that uses dynamic IP allocation is not eligible for the overlay update.",
            "2026-05-28",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/update-azure-cni#ipam-mode-migration",
            "The IPAM mode can be changed to overlay only, and only from node subnet and kubenet.",
            "2026-05-28",
            contradicts="The edition of 2023-24 excludes dynamic IP allocation and does not speak of static blocks.",
        ),
        Citation(
            "https://github.com/Azure/AKS/issues/4077",
            "A request for a way from dynamic IP allocation to overlay.",
        ),
    ),
    check=check,
)
