"""A Windows node pool keeps the cluster from Cilium.

Why it matters
--------------
The Cilium data plane runs on Linux only. A cluster with any Windows pool, even one scaled to zero or stopped, cannot
be updated to it.

What to do
----------
- Move the Windows workloads to another cluster, then delete the pool: `az aks nodepool delete --resource-group
  {resource_group} --cluster-name {cluster} --name POOL`.
- Or stay on overlay with the Azure data plane; Calico enforces policies on Windows there: judge the cluster again with
  `--to overlay`.

How it is decided
-----------------
The osType of each pool in ARM decides, whatever its count. Windows is a blocker on that pool. A pool that shows no
osType, or one that is neither Linux nor Windows, is a gap on that pool, never taken for Linux. Nodes are not read.

The editions agree.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.model.cluster import AgentPool
from analyzer.model.fact import Missing
from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Severity, gap, pool_ref
from analyzer.model.network import hidden
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene


def check(scene: Scene) -> Iterator[Outcome]:
    """Each pool that is Windows, or not known to be Linux."""
    for pool in scene.pools.each():
        system = (pool.os_type or "").lower()
        if system == "windows":
            message = f"Pool {pool.name} is Windows; Cilium runs on Linux only, and an empty pool counts too."
            evidence = (Evidence(_where(pool), pool.os_type or ""),)
            yield Finding(object=pool_ref(pool), message=message, evidence=evidence)
        elif system != "linux":
            yield gap(_unknown(pool), pool_ref(pool))


def _where(pool: AgentPool) -> str:
    return f"agentPoolProfiles[{pool.name}].osType"


def _unknown(pool: AgentPool) -> Missing[object]:
    return hidden(_where(pool), f"it is {pool.os_type!r}" if pool.os_type else "it is absent or null")


RULE = Rule(
    id="CIL-WINDOWS-POOL",
    page=Page(__doc__),
    severity=Severity.BLOCKER,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.CILIUM,),
    reads=(Source.CLUSTER,),
    refused_by_platform=True,
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/update-azure-cni#update-considerations",
            "A cluster with Windows node pools cannot be updated to the Cilium data plane.",
            "2026-05-28",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/azure-cni-powered-by-cilium#limitations",
            "The Cilium data plane is available for Linux only.",
            "2026-08-05",
        ),
    ),
    check=check,
)
