"""A Windows pool allows more than 110 pods a node.

Why it matters
--------------
Overlay takes up to 250 pods a node, but for Windows nodes 110 is the highest recommended value.

What to do
----------
- maxPods is fixed when a pool is made. Add a pool with less: `az aks nodepool add --resource-group {resource_group}
  --cluster-name {cluster} --name NEWPOOL --os-type Windows --max-pods 110`, move the workloads, delete the old one.

How it is decided
-----------------
By maxPods of each Windows pool: above 110 is a notice. The migration does not change maxPods. A Windows pool without
the value, and a pool that does not say its OS, are gaps that weigh no more than a notice.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.model.fact import Missing
from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Severity, gap, pool_ref
from analyzer.model.network import hidden
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.overlay.windows_nodes import is_windows

RECOMMENDED = 110


def check(scene: Scene) -> Iterator[Outcome]:
    """Each Windows pool above the recommended number."""
    for pool in scene.pools.each():
        windows = is_windows(pool)
        where = f"agentPoolProfiles[{pool.name}].maxPods"
        if isinstance(windows, Missing):
            yield gap(windows, pool_ref(pool))
        elif windows.value and pool.max_pods is None:
            yield gap(hidden(where, "it is absent or null"), pool_ref(pool))
        elif windows.value and pool.max_pods is not None and pool.max_pods > RECOMMENDED:
            message = f"Windows pool {pool.name} allows {pool.max_pods} pods a node; {RECOMMENDED} is recommended."
            yield Finding(object=pool_ref(pool), message=message, evidence=(Evidence(where, str(pool.max_pods)),))


RULE = Rule(
    id="OVL-WINDOWS-MAXPODS",
    page=Page(__doc__),
    severity=Severity.NOTICE,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.OVERLAY,),
    reads=(Source.CLUSTER,),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/concepts-network-azure-cni-overlay#maximum-pods-per-node",
            "Up to 250 pods a node; for Windows nodes 110 is the most that is recommended.",
            "2026-07-31",
        ),
    ),
    check=check,
)
