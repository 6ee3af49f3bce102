"""The pod CIDR has too little room for the nodes.

Why it matters
--------------
On overlay every node takes a /24 of the pod CIDR, whatever maxPods is: a /16 holds 256 nodes, a /20 holds 16. AKS
counts with the autoscaler's maximum and refuses a range that is too small (InsufficientSubnetSize, target
NetworkProfile_PodCIDR). Where surge nodes do not fit, the reimage of all pools stalls.

What to do
----------
- Choose a larger pod CIDR, with a /24 for every node that there can ever be and room to grow, and check again with
  `--pod-cidr CIDR`.
- Or lower the autoscaler's maxCount, the maxSurge of the pools, or the limits of Karpenter NodePools.
- Where a Karpenter NodePool has no limits, set `spec.limits`, so that its nodes can be counted.

How it is decided
-----------------
An IPv4 range holds 2^(24 - prefix) nodes, none where it is longer than /24. It is a blocker where that is less than the
sum over the pools of the larger of count and, with the autoscaler on, maxCount; or less than the sum of count and
surge. It is a risk where maxCount, surge and what node auto-provisioning may add do not fit together; where more than
80 % are in use after the step; or where kubenet keeps a /16 with more than 200 nodes.

maxSurge is a number or a share of count, rounded up, at most count. Where it is null, the larger of 1 and 10 % counts:
the pages of 2026 disagree. Node auto-provisioning adds what the limits of its NodePools allow, a node having one CPU at
least; where one sets no limit that is a gap, unless the range has room for 5,000 nodes more, which is the most that a
cluster can have. A pool that does not show its numbers is a gap, and a blocker is found in those that do.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.addresses import node_capacity
from analyzer.addresses.demand import Demand
from analyzer.model.fact import Known
from analyzer.model.finding import Confidence, Evidence, Finding, NotApplicable, Outcome, Passed, Severity
from analyzer.model.network import IpamMode
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.lists import gaps
from rules.overlay import pod_ranges

CROWDED_PERCENT = 80
"""Of a range's nodes in use: beyond it there is too little room to grow (a heuristic of this tool)."""
_KUBENET_NODES, _KUBENET_CAPACITY = 200, 256
"""Nodes from which a kubenet cluster should not keep its default /16."""


def check(scene: Scene) -> Iterator[Outcome]:
    """Each IPv4 range that is too small, as far as the demand was read; then what was not read of it."""
    ranges = pod_ranges.judged_ipv4(scene)
    if isinstance(ranges, NotApplicable):
        yield ranges
        return
    demand = scene.address_plan.demand
    yield Passed(f"{pod_ranges.listed(ranges)} has room for the {demand.read:,} nodes that are counted.")
    for cidr in ranges.require():
        yield from _too_small(scene, cidr, demand)
        yield from gaps(*demand.missing)
        if demand.bound is None or _is_crowded(scene, cidr, demand.bound) or demand.bound > node_capacity(cidr):
            yield from gaps(demand.provisioned, severity=Severity.RISK)


def _too_small(scene: Scene, cidr: str, demand: Demand) -> Iterator[Finding]:
    capacity = node_capacity(cidr)
    room = f"Pod CIDR {cidr} has room for {capacity:,} {'node' if capacity == 1 else 'nodes'}"
    added = demand.provisioned.value if isinstance(demand.provisioned, Known) else 0
    used = sum(pool.most for pool in demand.pools) + added
    if demand.certain > capacity:
        yield _finding(scene, cidr, f"{room}, and the pools need {demand.certain:,}.", Severity.BLOCKER)
    elif demand.read > capacity:
        yield _finding(scene, cidr, f"{room}; at their largest, with surge, there are {demand.read:,}.", Severity.RISK)
    elif _is_crowded(scene, cidr, used):
        yield _finding(scene, cidr, f"{room}, and {used:,} can be in use after the step.", Severity.RISK)


def _is_crowded(scene: Scene, cidr: str, used: int) -> bool:
    capacity = node_capacity(cidr)
    kubenet = scene.before.ipam == Known(IpamMode.KUBENET) and pod_ranges.is_kept(scene, cidr)
    kept = kubenet and capacity == _KUBENET_CAPACITY and used > _KUBENET_NODES
    return kept or used * 100 > capacity * CROWDED_PERCENT


def _finding(scene: Scene, cidr: str, message: str, severity: Severity) -> Finding:
    return Finding(
        object=scene.cluster_ref,
        message=message,
        evidence=(pod_ranges.evidence(scene, cidr), *_parts(scene.address_plan.demand)),
        severity=severity,
        key=cidr,
        remedy=pod_ranges.instead(scene),
    )


def _parts(demand: Demand) -> Iterator[Evidence]:
    for pool in demand.pools:
        where = f"agentPoolProfiles[{pool.pool}]"
        yield Evidence(where, f"count {pool.nodes}, at most {pool.most}, surge {pool.surge}")
    if isinstance(demand.provisioned, Known) and demand.provisioned.value:
        yield Evidence("Karpenter NodePools spec.limits", f"at most {demand.provisioned.value:,} nodes")


RULE = Rule(
    id="OVL-PODCIDR-CAPACITY",
    page=Page(__doc__),
    severity=Severity.BLOCKER,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.OVERLAY,),
    reads=pod_ranges.READS,
    refused_by_platform=True,
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/concepts-network-azure-cni-overlay#pods",
            "Each node is given a /24 of the pod address space, which must be large enough for all nodes.",
            "2026-07-31",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/concepts-network-ip-address-planning#overlay-networks",
            "The /24 is fixed; plan for the nodes of upgrades and of scaling out.",
            "2026-04-16",
        ),
        Citation(
            "https://github.com/Azure/AKS/blob/master/CHANGELOG.md",
            "InsufficientSubnetSize counts with the autoscaler's maxCount.",
            "2023-05-07",
        ),
    ),
    check=check,
)
