"""The pod CIDR cannot grow later.

Why it matters
--------------
After the step a pod CIDR can only grow, in one way: to a larger range that contains it. That takes a cluster of Linux
pools only, and no IPv6. There is no shrinking, no second range, and no way to another one.

What to do
----------
- Choose a pod CIDR with room for twice the nodes that the pools need, as if it could never grow, and check again with
  `--pod-cidr CIDR`.
- Where it can grow: `az aks update --resource-group {resource_group} --name {cluster} --pod-cidr SUPERSET`, then see
  the nodes' ranges with `kubectl get nnc -A`.

How it is decided
-----------------
A range with room for twice the demand (see OVL-PODCIDR-CAPACITY) passes. A smaller one is a notice where it cannot
grow: there is a Windows pool, the cluster is dual-stack, or the next larger range that contains it overlaps one that is
known around the cluster. What was not read of the demand, of the pools' operating systems or of the ranges around is a
gap that could only make a notice; an ipFamilies that is absent or null means IPv4, the default.

The page on expansion has no preview banner; the release note of 2026-01-04 calls it a public preview.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.addresses import family, node_capacity, wider
from analyzer.addresses.plan import clashes
from analyzer.model.fact import seen
from analyzer.model.finding import Confidence, Evidence, Finding, Gap, NotApplicable, Outcome, Severity, gap, pool_ref
from analyzer.model.network import hidden
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.lists import gaps
from rules.overlay import pod_ranges


def check(scene: Scene) -> Iterator[Outcome]:
    """Each IPv4 range that is less than twice the demand and cannot grow."""
    ranges = pod_ranges.judged_ipv4(scene)
    if isinstance(ranges, NotApplicable):
        yield ranges
        return
    for cidr in ranges.require():
        yield from _judge(scene, cidr)


def _judge(scene: Scene, cidr: str) -> Iterator[Outcome]:
    demand, capacity = scene.address_plan.demand, node_capacity(cidr)
    obstacles, unread = tuple(_obstacles(scene, cidr)), tuple(_unread_obstacles(scene))
    if (demand.bound is not None and capacity >= 2 * demand.bound) or not (obstacles or unread):
        return
    if capacity >= 2 * demand.read:
        yield from (*unread, *gaps(*demand.gaps))
    elif obstacles:
        yield _finding(scene, cidr, obstacles)
    else:
        yield from unread


def _obstacles(scene: Scene, cidr: str) -> Iterator[Evidence]:
    """What keeps a range from growing, as far as it was read."""
    for pool in seen(scene.pools):
        if (pool.os_type or "").lower() == "windows":
            yield Evidence(f"agentPoolProfiles[{pool.name}].osType", "Windows")
    profile = scene.cluster.require().network_profile
    families = profile.ip_families if profile else None
    ranges = (*seen(scene.after.pod_cidrs), *seen(scene.before.service_cidrs))
    if "ipv6" in map(str.lower, families or ()) or 6 in map(family, ranges):
        yield Evidence("properties.networkProfile.ipFamilies", ", ".join(families or ("IPv4", "IPv6")))
    for item in clashes(wider(cidr), scene.address_plan.surroundings):
        yield Evidence(f"{item.role} {item.name}".strip(), item.cidr)


def _unread_obstacles(scene: Scene) -> Iterator[Gap]:
    """What was not read, and may keep a range from growing."""
    yield from gaps(*scene.address_plan.surroundings.missing)
    for pool in seen(scene.pools):
        if not pool.os_type:
            yield gap(hidden(f"agentPoolProfiles[{pool.name}].osType", "it is absent or null"), pool_ref(pool))


def _finding(scene: Scene, cidr: str, obstacles: tuple[Evidence, ...]) -> Finding:
    demand = scene.address_plan.demand.read
    return Finding(
        object=scene.cluster_ref,
        message=f"Pod CIDR {cidr} has room for {node_capacity(cidr):,} nodes, less than twice the {demand:,} that are"
        " needed, and it cannot grow later.",
        evidence=(pod_ranges.evidence(scene, cidr), *obstacles),
        key=cidr,
    )


RULE = Rule(
    id="OVL-PODCIDR-EXPAND",
    page=Page(__doc__),
    severity=Severity.NOTICE,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.OVERLAY,),
    reads=pod_ranges.READS,
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/azure-cni-overlay-pod-expand#limitations",
            "Only Linux, only to a larger range that contains the old one; no second range, no IPv6, no way back.",
            "2024-08-16",
        ),
        Citation(
            "https://github.com/Azure/AKS/blob/master/CHANGELOG.md",
            "Expansion of the pod CIDR is in public preview.",
            "2026-01-04",
            contradicts="The page on it has no preview banner.",
        ),
    ),
    check=check,
)
