"""The pod CIDR lies outside private address space.

Why it matters
--------------
Public addresses work as pod addresses, and the hosts on the Internet that own them become unreachable from pods. AKS
supports private (RFC 1918) and shared (RFC 6598) space only; with anything else there is no support.

What to do
----------
- Choose a part of 100.64.0.0/10, 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16, and check again with `--pod-cidr CIDR`.

How it is decided
-----------------
Each IPv4 range that the step would use must lie inside one of the four; one that lies outside, or reaches beyond, is a
notice, for nothing refuses it. What programming languages call private is not the same: it may leave 100.64.0.0/10 out
and count documentation ranges in.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.addresses import contains
from analyzer.addresses.proposal import SPACES
from analyzer.model.finding import Confidence, Finding, NotApplicable, Outcome, Severity
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.overlay import pod_ranges


def check(scene: Scene) -> Iterator[Outcome]:
    """Each IPv4 range that is not inside private space."""
    ranges = pod_ranges.judged_ipv4(scene)
    if isinstance(ranges, NotApplicable):
        yield ranges
        return
    for cidr in ranges.require():
        if not any(contains(space, cidr) for space in SPACES):
            yield Finding(
                object=scene.cluster_ref,
                message=f"Pod CIDR {cidr} lies outside private address space, which AKS does not support.",
                evidence=(pod_ranges.evidence(scene, cidr),),
                key=cidr,
            )


RULE = Rule(
    id="OVL-PODCIDR-PUBLIC",
    page=Page(__doc__),
    severity=Severity.NOTICE,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.OVERLAY,),
    reads=pod_ranges.READS,
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/concepts-network-azure-cni-overlay"
            "#kubernetes-service-ip-address-for-dns",
            "Public ranges are not blocked, and are out of support; RFC 1918 and RFC 6598 space is supported.",
            "2026-07-31",
        ),
    ),
    check=check,
)
