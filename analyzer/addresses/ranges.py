"""The address ranges around a cluster that a pod range must keep clear of, and what may lack among them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from analyzer.addresses.intervals import interval, is_covered
from analyzer.addresses.known_range import KnownRange, Part, malformed
from analyzer.addresses.networks import network_parts, route_parts
from analyzer.model.fact import Fact, Known, Missing, seen
from analyzer.model.network import hidden, observe
from analyzer.model.objects import ServiceCIDR
from analyzer.model.snapshot import Snapshot
from analyzer.model.source import Source
from analyzer.model.step import Inputs
from analyzer.model.version import Version

RESERVED = ("169.254.0.0/16", "172.30.0.0/16", "172.31.0.0/16", "192.0.2.0/24")
"""No pod, service or VNet may use them: concepts-network-cni-overview#aks-cni-networking-prerequisites, 2026-07-10."""
SERVICE_OBJECTS_SINCE = Version(1, 33)
"""ServiceCIDR objects exist from this Kubernetes version."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known of the ranges around a cluster."""

    ranges: tuple[KnownRange, ...]
    """All that was read, whole or not; without what AKS reserves."""
    missing: tuple[Missing[object], ...]
    """Why there may be more; empty: these are all."""


def surroundings(snapshot: Snapshot, inputs: Inputs) -> Surroundings:
    """The ranges around a cluster, in the order of a report: networks, routes, on premises, services, pods."""
    parts = (
        *network_parts(snapshot),
        *route_parts(snapshot),
        *(KnownRange("on premises", "--on-premises-cidr", cidr) for cidr in inputs.on_premises_cidrs or ()),
        *_service_parts(snapshot),
        *_of_body("pod CIDR now", "pods", observe(snapshot.cluster).pod_cidrs),
    )
    ranges = dict.fromkeys(part for part in parts if isinstance(part, KnownRange))
    return Surroundings(tuple(ranges), tuple(dict.fromkeys(part for part in parts if isinstance(part, Missing))))


def _service_parts(snapshot: Snapshot) -> Iterator[Part]:
    services = observe(snapshot.cluster).service_cidrs
    yield from _of_body("service CIDR", "services", services)
    objects = service_objects(snapshot)
    for item in seen(objects):
        for cidr in item.spec.cidrs:
            where = f"ServiceCIDR {item.name} spec.cidrs"
            known = KnownRange("service CIDR", item.name, cidr)
            yield known if interval(cidr) else malformed(Source.SERVICE_CIDRS, where, cidr)
    if isinstance(objects, Missing):
        yield objects.of()
    yield from _dns_address(snapshot, services)


def service_objects(snapshot: Snapshot) -> Fact[tuple[ServiceCIDR, ...]]:
    """The ServiceCIDR objects that count; none below the Kubernetes version that has them.

    Without a version nothing says whether they count, unless there is none.
    """
    version = observe(snapshot.cluster).kubernetes_version
    if isinstance(version, Known):
        return snapshot.service_cidrs if version.value >= SERVICE_OBJECTS_SINCE else Known(())
    if snapshot.service_cidrs == Known(()):
        return Known(())
    return version.of() if isinstance(snapshot.service_cidrs, Known) else snapshot.service_cidrs.of()


def _dns_address(snapshot: Snapshot, services: Fact[tuple[str, ...]]) -> Iterator[Part]:
    profile = snapshot.cluster.value.network_profile if isinstance(snapshot.cluster, Known) else None
    if profile is None:
        return  # then the service ranges are missing too
    address = profile.dns_service_ip
    if not address or interval(address) is None:
        yield hidden("networkProfile.dnsServiceIP", f"it is {address!r}" if address else "it is absent or null")
    elif not is_covered(address, seen(services)):
        yield KnownRange("DNS service address", "services", address)


def _of_body(role: str, name: str, fact: Fact[tuple[str, ...]]) -> Iterator[Part]:
    if isinstance(fact, Missing):
        yield fact.of()
        return
    for cidr in fact.value:
        yield KnownRange(role, name, cidr) if interval(cidr) else malformed(Source.CLUSTER, "networkProfile", cidr)
