"""The pod ranges that an overlay step would use, as its rules judge them."""

from __future__ import annotations

from analyzer.addresses import interval
from analyzer.model.fact import Cause, Fact, Missing
from analyzer.model.finding import Evidence, NotApplicable
from analyzer.model.source import Source
from analyzer.scene import Scene


def judged(scene: Scene) -> Fact[tuple[str, ...]] | NotApplicable:
    """--pod-cidr, else the ranges that kubenet has; not applicable where there is none to judge.

    Missing where the body hides the ranges, or one of them is no CIDR.
    """
    ranges = scene.after.pod_cidrs
    if isinstance(ranges, Missing):
        asked = ranges.source is Source.INPUTS
        return NotApplicable("There is no pod CIDR to judge; OVL-PODCIDR-REQUIRED asks for one.") if asked else ranges
    if not ranges.value:
        return NotApplicable("AKS offers no overlay step from here, so there is no pod CIDR to judge.")
    bad = [cidr for cidr in ranges.value if interval(cidr) is None]
    if bad:
        return Missing(Source.CLUSTER, Cause.MALFORMED, f"networkProfile.podCidrs holds {bad[0]!r}, which is no CIDR")
    return ranges


def evidence(scene: Scene, cidr: str) -> Evidence:
    """Where a pod range comes from."""
    given = cidr == scene.inputs.pod_cidr
    return Evidence("--pod-cidr" if given else "properties.networkProfile.podCidrs", cidr)
