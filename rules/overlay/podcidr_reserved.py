"""The pod CIDR touches a range that AKS reserves.

Why it matters
--------------
169.254.0.0/16, 172.30.0.0/16, 172.31.0.0/16 and 192.0.2.0/24 may be used neither for pods nor for Services nor by the
VNet. Since May 2026 AKS rejects an update whose pod CIDR overlaps them: 172.16.0.0/12, for one, contains two.

What to do
----------
- Choose a pod CIDR outside these ranges, and check again with `--pod-cidr CIDR`. Kubenet takes a new one in the same
  operation.
- A service range or a VNet that overlaps them calls for a new cluster, or for another address prefix of the VNet.

How it is decided
-----------------
The pod ranges that the step would use are compared with the four, in either direction. An overlap of a range that is
given is a blocker. Of the range that kubenet keeps it is a risk: such clusters run, and the update may be rejected. A
service range of the cluster, or an address prefix of a VNet that nodes are in, that overlaps one of them is a risk too.
A VNet or a range that was not read is a gap.

The release note of 2026-05-29 names 172.30.0.0/16 and 172.31.0.0/16 as newly enforced; the concept page lists all four.
This tool takes all four alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from msgspec.structs import replace

from analyzer.addresses import interval, overlaps
from analyzer.addresses.known_range import malformed
from analyzer.addresses.ranges import RESERVED
from analyzer.model.fact import seen
from analyzer.model.finding import Confidence, Evidence, Finding, Gap, NotApplicable, Outcome, Passed, Severity, gap
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.azure_resources import network_ref
from rules.lists import gaps
from rules.node_networks import of_node_classes, of_pools
from rules.overlay import pod_ranges


def check(scene: Scene) -> Iterator[Outcome]:
    """Each range that touches a reserved one: of pods, of Services, of the VNets."""
    ranges = pod_ranges.judged(scene)
    if isinstance(ranges, NotApplicable):
        yield ranges
        return
    yield Passed(f"{pod_ranges.listed(ranges)}, the service ranges and the VNets keep clear of what AKS reserves.")
    for cidr in ranges.require():
        yield from _pods(scene, cidr)
    yield from _services(scene)
    yield from _networks(scene)


def _pods(scene: Scene, cidr: str) -> Iterator[Finding]:
    kept = pod_ranges.is_kept(scene, cidr)
    for range in _touched(cidr):
        yield Finding(
            object=scene.cluster_ref,
            message=f"Pod CIDR {cidr} overlaps {range}, which AKS reserves"
            + ("; the update may be rejected, so give another one with it." if kept else "."),
            evidence=(pod_ranges.evidence(scene, cidr),),
            severity=Severity.RISK if kept else Severity.BLOCKER,
            key=f"{cidr} {range}",
            remedy=pod_ranges.instead(scene),
        )


def _touched(cidr: str) -> tuple[str, ...]:
    return tuple(range for range in RESERVED if overlaps(cidr, range))


def _services(scene: Scene) -> Iterator[Outcome]:
    services = scene.before.service_cidrs
    for cidr in seen(services):
        for range in _touched(cidr):
            yield Finding(
                object=scene.cluster_ref,
                message=f"Service CIDR {cidr} overlaps {range}, which AKS reserves.",
                evidence=(Evidence("properties.networkProfile.serviceCidrs", cidr),),
                severity=Severity.RISK,
                key=f"services {cidr} {range}",
            )
        if interval(cidr) is None:
            yield gap(malformed(Source.CLUSTER, "networkProfile.serviceCidrs", cidr), severity=Severity.RISK)
    yield from gaps(services, severity=Severity.RISK)


def _networks(scene: Scene) -> Iterator[Outcome]:
    for network in chain(of_pools(scene), of_node_classes(scene)):
        if isinstance(network, Gap):
            yield replace(network, severity=Severity.RISK)
            continue
        for cidr in network.address_space.address_prefixes:
            for range in _touched(cidr):
                where = f"virtualNetworks[{network.name}].addressSpace.addressPrefixes"
                yield Finding(
                    object=network_ref(network),
                    message=f"VNet {network.name} ({cidr}) overlaps {range}, which AKS reserves.",
                    evidence=(Evidence(where, cidr),),
                    severity=Severity.RISK,
                    key=f"{cidr} {range}",
                )


RULE = Rule(
    id="OVL-PODCIDR-RESERVED",
    page=Page(__doc__),
    severity=Severity.BLOCKER,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.OVERLAY,),
    reads=pod_ranges.READS,
    refused_by_platform=True,
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/concepts-network-cni-overview#aks-cni-networking-prerequisites",
            "Pods, Services and the VNet may use none of the four ranges.",
            "2026-07-10",
        ),
        Citation(
            "https://github.com/Azure/AKS/blob/master/CHANGELOG.md",
            "Create and update reject a pod CIDR that overlaps a reserved range.",
            "2026-05-29",
            contradicts="It names 172.30.0.0/16 and 172.31.0.0/16; the concept page has two more.",
        ),
        Citation(
            "https://github.com/Azure/AKS/blob/master/CHANGELOG.md",
            "A kubenet cluster may be given another pod CIDR while it becomes overlay.",
            "2025-08-29",
        ),
    ),
    check=check,
)
