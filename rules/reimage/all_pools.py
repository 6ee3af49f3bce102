"""Every node pool is reimaged at the same time.

Why it matters
--------------
AKS recreates the nodes of all pools concurrently; no step can be done pool by pool. Within a pool it goes like a node
image upgrade: a surge node, cordon, drain, soak, reimage, a few nodes at a time. Two replicas in two pools are no
protection, because both pools roll at once: replicas, disruption budgets and surge are.

What to do
----------
- Do the step in a change window, and scale critical Deployments up before it.
- Set the surge of each pool to what the subscription's quota allows: `az aks nodepool update --resource-group
  {resource_group} --cluster-name {cluster} --name POOL --max-surge 33%`.
- Where no shared fate is acceptable, build a second cluster and move the traffic.

How it is decided
-----------------
It is always so, hence a notice, at each step that recreates the nodes of all pools: remove-policy-engine, overlay and
cilium. The identity step is not one of them: AKS asks for a node image upgrade after it, which goes pool by pool.

Nodes are the pools' counts. Nodes at once is the surge: an integer, or a percentage of the count rounded up, never
more than the count; null is 10 %, at least one. Where the surge is 0 it is maxUnavailable, and AKS does not accept 0
for both. The upper bound of a pool is its rounds (count by surge, rounded up) times drain timeout (null is 30 minutes)
plus soak (null is 0). Boot time is left out: no page names a duration. A pool without a count, or with a surge that
cannot be read, is a gap on that pool.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from analyzer.model.cluster import AgentPool, UpgradeSettings
from analyzer.model.fact import Fact, Known, Missing, seen
from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Severity, gap, pool_ref
from analyzer.model.source import Source
from analyzer.model.step import REIMAGING
from analyzer.scene import Citation, Page, Rule, Scene
from analyzer.surge import DEFAULT_DRAIN_MINUTES, surge_of
from rules.lists import gaps


@dataclass(frozen=True, slots=True)
class Roll:
    """How one pool rolls."""

    nodes: int
    at_once: int
    minutes: int
    """The most that draining and soaking can take; boot time comes on top."""

    def __str__(self) -> str:
        return f"{_nodes(self.nodes)}, {self.at_once} at once, at most {self.minutes} minutes"


def check(scene: Scene) -> Iterator[Outcome]:
    """One notice, and a gap for each pool whose size is not known."""
    rolls = [(pool, roll_of(pool)) for pool in seen(scene.pools)]
    known = [(pool.name, roll.value) for pool, roll in rolls if isinstance(roll, Known)]
    yield Finding(
        object=scene.cluster_ref,
        message=_message([roll for _, roll in known], whole=bool(rolls) and len(known) == len(rolls)),
        evidence=tuple(Evidence(f"agentPoolProfiles[{name}]", str(roll)) for name, roll in known),
    )
    for pool, roll in rolls:
        if isinstance(roll, Missing):
            yield gap(roll, pool_ref(pool))
    yield from gaps(scene.pools)


def roll_of(pool: AgentPool) -> Fact[Roll]:
    """How a pool rolls; missing where its count or its surge cannot be read."""
    settings = pool.upgrade_settings or UpgradeSettings()
    return surge_of(pool).map(
        lambda surge: Roll(surge.count, surge.at_once, surge.rounds * _round_minutes(settings)),
    )


def _round_minutes(settings: UpgradeSettings) -> int:
    drain = settings.drain_timeout_in_minutes
    return (DEFAULT_DRAIN_MINUTES if drain is None else drain) + (settings.node_soak_duration_in_minutes or 0)


def _message(rolls: Sequence[Roll], *, whole: bool) -> str:
    if not whole:
        return "The nodes of every pool are reimaged at the same time; how many, and how long, is not wholly known."
    return (
        f"The nodes of every pool are reimaged at the same time: {_nodes(sum(roll.nodes for roll in rolls))} in all,"
        f" {sum(roll.at_once for roll in rolls)} at once, and at most {max(roll.minutes for roll in rolls)} minutes of"
        " draining and soaking in the slowest pool, boot time not counted."
    )


def _nodes(count: int) -> str:
    return "1 node" if count == 1 else f"{count} nodes"


RULE = Rule(
    id="REI-ALL-POOLS",
    page=Page(__doc__),
    severity=Severity.NOTICE,
    confidence=Confidence.DOCUMENTED,
    steps=REIMAGING,
    reads=(Source.CLUSTER,),
    is_always_so=True,
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/update-azure-cni#update-the-ipam-mode-to-azure-cni-overlay",
            "The overlay update reimages all pools simultaneously, and cannot be done pool by pool.",
            "2026-05-28",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/update-azure-cni#update-considerations",
            "So does the update to the Cilium data plane.",
            "2026-05-28",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/use-network-policies"
            "#install-azure-network-policy-manager-or-calico-on-an-existing-cluster",
            "So does installing or removing a policy engine.",
            "2026-08-18",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/upgrade-aks-node-pools-rolling",
            "What surge, unavailable nodes, drain timeout and soak do to an upgrade of a pool.",
            contradicts="The pages disagree on the default surge: one node, or 10 % as in the API reference.",
        ),
    ),
    check=check,
)
