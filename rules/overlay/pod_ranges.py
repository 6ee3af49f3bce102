"""The pod ranges that an overlay step would use, as its rules judge them, and the range to use instead."""

from __future__ import annotations

from analyzer.addresses import family, interval, node_capacity
from analyzer.model.fact import Cause, Fact, Known, Missing, seen
from analyzer.model.finding import Evidence, NotApplicable
from analyzer.model.network import IpamMode
from analyzer.model.source import Source
from analyzer.scene import Scene

READS = (
    Source.CLUSTER,
    Source.VIRTUAL_NETWORKS,
    Source.ROUTE_TABLES,
    Source.SERVICE_CIDRS,
    Source.AKS_NODE_CLASSES,
    Source.KARPENTER_NODE_POOLS,
    Source.INPUTS,
)
"""What the functions below may ask for: a proposal looks at everything around the cluster."""


def judged(scene: Scene) -> Fact[tuple[str, ...]] | NotApplicable:
    """--pod-cidr, else the ranges that kubenet has, else the proposal; not applicable where there is none to judge.

    Missing where the body hides the ranges, where one of them is no CIDR, or where nothing can be proposed yet.
    """
    ranges = scene.after.pod_cidrs
    if isinstance(ranges, Missing):
        none_is_free = ranges.source is Source.INPUTS and isinstance(scene.address_plan.proposal, Known)
        return NotApplicable("There is no pod CIDR to judge: OVL-PODCIDR-REQUIRED.") if none_is_free else ranges
    if not ranges.value:
        return NotApplicable("AKS offers no overlay step from here, so there is no pod CIDR to judge.")
    bad = [cidr for cidr in ranges.value if interval(cidr) is None]
    if bad:
        return Missing(Source.CLUSTER, Cause.MALFORMED, f"networkProfile.podCidrs holds {bad[0]!r}, which is no CIDR")
    return ranges


def judged_ipv4(scene: Scene) -> Fact[tuple[str, ...]] | NotApplicable:
    """The IPv4 ranges among them: nodes are counted, and spaces are private, in these only."""
    ranges = judged(scene)
    if isinstance(ranges, NotApplicable):
        return ranges
    return ranges.map(lambda found: tuple(cidr for cidr in found if family(cidr) == 4))


def listed(ranges: Fact[tuple[str, ...]]) -> str:
    """The ranges in the words of a pass."""
    return ", ".join(seen(ranges))


def is_kept(scene: Scene, cidr: str) -> bool:
    """Whether a range is the one that kubenet has, and the step would leave it as it is."""
    return cidr != scene.inputs.pod_cidr and scene.before.ipam != Known(IpamMode.NODE_SUBNET)


def evidence(scene: Scene, cidr: str) -> Evidence:
    """Where a pod range comes from."""
    if cidr == scene.inputs.pod_cidr:
        return Evidence("--pod-cidr", cidr)
    return Evidence("properties.networkProfile.podCidrs" if is_kept(scene, cidr) else "proposed pod CIDR", cidr)


def instead(scene: Scene) -> tuple[str, ...]:
    """The remedy of a range that fails: the one that is proposed. Empty where none is, and the rule's own holds."""
    free = scene.address_plan.way_out
    if free is None:
        return ()
    nodes = node_capacity(free)
    return (
        f"Reserve {free}, which overlaps nothing that was read and holds {nodes:,} nodes, and check again with"
        f" `--pod-cidr {free}`.",
    )
