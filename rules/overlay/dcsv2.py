"""A pool uses DCsv2 machines.

Why it matters
--------------
Overlay cannot be used with DCsv2 virtual machines.

What to do
----------
- Add a pool of a supported confidential size, such as DCasv5 or DCadsv5, move the workloads and delete the old pool:
  `az aks nodepool add --resource-group {resource_group} --cluster-name {cluster} --name NEWPOOL --node-vm-size
  Standard_DC4as_v5`.

How it is decided
-----------------
By each pool's vmSize, and by every size of a VirtualMachines pool: Standard_DC, a number, perhaps an s, then _v2,
without regard to case. DCsv3, DCdsv3, DCasv5, DCadsv5 and DCesv5 are other families. A pool that names no size is a
gap.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Severity, gap, pool_ref
from analyzer.model.network import hidden
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.pool_sizes import sizes_of

_DCSV2 = re.compile(r"standard_dc\d+s?_v2", re.IGNORECASE)


def check(scene: Scene) -> Iterator[Outcome]:
    """Each pool with such a size, or without any."""
    for pool in scene.pools.each():
        sizes = sizes_of(pool)
        if not sizes:
            where = f"agentPoolProfiles[{pool.name}].vmSize"
            yield gap(hidden(where, "it is absent or null"), pool_ref(pool))
        found = [size for size in sizes if _DCSV2.fullmatch(size)]
        if found:
            message = f"Pool {pool.name} uses {found[0]}; overlay does not run on DCsv2 machines."
            evidence = tuple(Evidence(f"agentPoolProfiles[{pool.name}].vmSize", size) for size in found)
            yield Finding(object=pool_ref(pool), message=message, evidence=evidence)


RULE = Rule(
    id="OVL-DCSV2",
    page=Page(__doc__),
    severity=Severity.BLOCKER,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.OVERLAY,),
    reads=(Source.CLUSTER,),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/concepts-network-azure-cni-overlay"
            "#limitations-with-azure-cni-overlay",
            "DCsv2-series virtual machines are not supported; DCasv5 or DCadsv5 are named instead.",
            "2026-07-31",
        ),
    ),
    check=check,
)
