"""Pools and their surge are too many nodes for the platform.

Why it matters
--------------
A scale set holds 1,000 machines: a pool whose nodes and surge are more is refused before the roll starts. A cluster of
5,000 nodes has no room for a surge node and cannot roll at all; Microsoft advises to shrink below 3,000 first.

What to do
----------
- Lower the surge: `az aks nodepool update --resource-group {resource_group} --cluster-name {cluster} --name POOL
  --max-surge 1`, or scale the pool in before the step.
- A cluster of more than 3,000 nodes: scale below 3,000 for the time of the step.

How it is decided
-----------------
A scale set pool whose count and surge are more than 1,000 is a blocker on the pool; other types have no such limit.
All pools together: 5,000 nodes, or more than 5,000 with surge, are a blocker, more than 3,000 a risk. The surge is
the larger of what the pages say where it is null. A pool without a count, or with a surge that cannot be read, is a
gap; so is the type, where it decides.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.model.cluster import AgentPool
from analyzer.model.fact import Missing
from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Severity, gap, pool_ref
from analyzer.model.network import hidden
from analyzer.model.source import Source
from analyzer.model.step import REIMAGING
from analyzer.scene import Citation, Page, Rule, Scene
from analyzer.surge import Surge, surge_of

MOST_MACHINES = 1000
MOST_NODES = 5000
ADVISED_NODES = 3000


def check(scene: Scene) -> Iterator[Outcome]:
    """Each pool by itself, then all of them."""
    known: dict[str, Surge] = {}
    for pool in scene.pools.require():
        surge = surge_of(pool)
        if isinstance(surge, Missing):
            yield gap(surge, pool_ref(pool))
        else:
            known[pool.name] = surge.value
            yield from _pool(pool, surge.value)
    nodes = sum(surge.count for surge in known.values())
    extra = sum(surge.extra for surge in known.values())
    evidence = tuple(
        Evidence(f"agentPoolProfiles[{name}]", f"{surge.count} nodes, {surge.extra} surge")
        for name, surge in known.items()
    )
    if nodes >= MOST_NODES or nodes + extra > MOST_NODES:
        message = f"The cluster has {nodes:,} nodes and needs {extra:,} surge nodes; {MOST_NODES:,} is the limit."
        yield Finding(object=scene.cluster_ref, message=message, evidence=evidence)
    elif nodes > ADVISED_NODES:
        message = f"The cluster has {nodes:,} nodes; shrink it below {ADVISED_NODES:,} before all of them roll."
        yield Finding(object=scene.cluster_ref, message=message, evidence=evidence, severity=Severity.RISK)


def _pool(pool: AgentPool, surge: Surge) -> Iterator[Outcome]:
    if surge.count + surge.extra <= MOST_MACHINES:
        return
    if not pool.type:
        yield gap(hidden(f"agentPoolProfiles[{pool.name}].type", "it is absent or null"), pool_ref(pool))
    elif pool.type.lower() == "virtualmachinescalesets":
        message = (
            f"Pool {pool.name} has {surge.count} nodes and {surge.extra} surge nodes;"
            f" a scale set holds {MOST_MACHINES:,} machines."
        )
        where = f"agentPoolProfiles[{pool.name}].count, upgradeSettings.maxSurge"
        value = f"{surge.count}, {surge.extra} nodes"
        yield Finding(object=pool_ref(pool), message=message, evidence=(Evidence(where, value),))


RULE = Rule(
    id="REI-VMSS-LIMIT",
    page=Page(__doc__),
    severity=Severity.BLOCKER,
    confidence=Confidence.DOCUMENTED,
    steps=REIMAGING,
    reads=(Source.CLUSTER,),
    refused_by_platform=True,
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/upgrade-aks-node-pools-rolling#customize-node-surge",
            "An upgrade whose nodes and surge are more than the scale set's limit fails before it starts.",
            "2026-05-29",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/best-practices-performance-scale-large",
            "A cluster at 5,000 nodes has no room for surge; scale below 3,000 nodes before an upgrade.",
            "2026-06-05",
        ),
    ),
    check=check,
)
