"""The pod CIDR overlaps the service range.

Why it matters
--------------
An address that is both a pod's and a Service's reaches the wrong one. The service range must be disjoint from the pod
range, hold the DNS service address, and be smaller than a /12. It cannot be changed in place.

What to do
----------
- Choose another pod CIDR, disjoint from every service range, and check again with `--pod-cidr CIDR`.
- A service range of /12 or larger calls for a new cluster; plan for it before the migration.

How it is decided
-----------------
Service ranges are serviceCidrs (or serviceCidr) of the cluster and, from Kubernetes 1.33, those of its ServiceCIDR
objects. Below 1.33 these objects do not count; where the version is not known, any of them is a gap. An overlap, in
either direction and within an address family, is a blocker. The DNS service address is compared only where it lies
outside all service ranges, and then only if they are all known.

An IPv4 service range with a prefix length of 12 or less is a risk, also where there is no pod CIDR to compare; then
nothing worse can be found, and what was not read weighs as a risk. A range read in two places is one finding.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from analyzer.addresses import family, interval, is_covered, overlaps, prefix_length
from analyzer.addresses.ranges import service_objects
from analyzer.model.fact import Cause, Missing, seen
from analyzer.model.finding import Confidence, Evidence, Finding, NotApplicable, Outcome, Passed, Severity, gap
from analyzer.model.network import hidden
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.overlay import pod_ranges

LARGEST_PREFIX = 12
"""A service range must be smaller than this."""


@dataclass(frozen=True, slots=True)
class ServiceRanges:
    """What was read of the service ranges."""

    places: Mapping[str, tuple[Evidence, ...]]
    """Where each range was read."""
    missing: tuple[Missing[object], ...]
    """Empty: these are all of them."""


def check(scene: Scene) -> Iterator[Outcome]:
    """Each service range that is too large, or that a pod range overlaps."""
    services = _service_ranges(scene)
    yield from _too_large(services, scene)
    pods = pod_ranges.judged(scene)
    if isinstance(pods, NotApplicable):
        yield from (gap(missing, severity=Severity.RISK) for missing in services.missing)
        yield pods
        return
    yield Passed(f"{pod_ranges.listed(pods)} overlaps no service range, of those that count on this version.")
    yield from map(gap, services.missing)
    for cidr in pods.each():
        yield from _overlapped(cidr, services, scene)
    if not services.missing:
        yield from _dns(pods.require(), services, scene)


def _service_ranges(scene: Scene) -> ServiceRanges:
    places: dict[str, tuple[Evidence, ...]] = {}
    for where, cidr in (*_of_profile(scene), *_of_objects(scene)):
        places[cidr] = (*places.get(cidr, ()), Evidence(where, cidr))
    bad = tuple(_malformed(places[cidr][0]) for cidr in places if interval(cidr) is None)
    facts = (scene.before.service_cidrs, service_objects(scene.snapshot))
    unread = tuple(fact for fact in facts if isinstance(fact, Missing))
    return ServiceRanges(places, (*unread, *bad))


def _of_profile(scene: Scene) -> Iterator[tuple[str, str]]:
    for cidr in seen(scene.before.service_cidrs):
        yield "properties.networkProfile.serviceCidrs", cidr


def _of_objects(scene: Scene) -> Iterator[tuple[str, str]]:
    for item in seen(service_objects(scene.snapshot)):
        for cidr in item.spec.cidrs:
            yield f"ServiceCIDR {item.name} spec.cidrs", cidr


def _malformed(place: Evidence) -> Missing[object]:
    of_objects = place.where.startswith("ServiceCIDR")
    source = Source.SERVICE_CIDRS if of_objects else Source.CLUSTER
    return Missing(source, Cause.MALFORMED, f"{place.where} holds {place.value!r}, which is no CIDR")


def _too_large(services: ServiceRanges, scene: Scene) -> Iterator[Finding]:
    for cidr, places in services.places.items():
        length = prefix_length(cidr)
        if length is not None and family(cidr) == 4 and length <= LARGEST_PREFIX:
            yield Finding(
                object=scene.cluster_ref,
                message=f"Service CIDR {cidr} is too large; it must be smaller than a /{LARGEST_PREFIX}.",
                evidence=places,
                severity=Severity.RISK,
                key=cidr,
            )


def _overlapped(cidr: str, services: ServiceRanges, scene: Scene) -> Iterator[Finding]:
    for service, places in services.places.items():
        if overlaps(cidr, service):
            yield Finding(
                object=scene.cluster_ref,
                message=f"Pod CIDR {cidr} overlaps service CIDR {service}.",
                evidence=(pod_ranges.evidence(scene, cidr), *places),
                key=f"{cidr} {service}",
                remedy=pod_ranges.instead(scene),
            )


def _dns(pods: tuple[str, ...], services: ServiceRanges, scene: Scene) -> Iterator[Outcome]:
    profile = scene.cluster.require().network_profile
    address = profile.dns_service_ip if profile else None
    if not address or interval(address) is None:
        yield gap(hidden("networkProfile.dnsServiceIP", f"it is {address!r}"))
        return
    for cidr in () if is_covered(address, services.places) else pods:
        if overlaps(cidr, address):
            yield Finding(
                object=scene.cluster_ref,
                message=f"Pod CIDR {cidr} holds the DNS service address {address}.",
                evidence=(
                    pod_ranges.evidence(scene, cidr),
                    Evidence("properties.networkProfile.dnsServiceIP", address),
                ),
                key=f"{cidr} {address}",
                remedy=pod_ranges.instead(scene),
            )


RULE = Rule(
    id="OVL-PODCIDR-OVERLAP-SERVICE",
    page=Page(__doc__),
    severity=Severity.BLOCKER,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.OVERLAY,),
    reads=pod_ranges.READS,
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/update-azure-cni#update-the-ipam-mode-to-azure-cni-overlay",
            "The pod CIDR must not overlap the service CIDR that the cluster has.",
            "2026-05-28",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/concepts-network-azure-cni-overlay#kubernetes-service-address-range",
            "The service range must be smaller than /12, and overlap neither the pods nor the VNet.",
            "2026-07-31",
        ),
    ),
    check=check,
)
