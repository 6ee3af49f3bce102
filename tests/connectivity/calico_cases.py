"""A small cluster under Calico, and its policies as a person would write them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from ipaddress import IPv6Address, ip_address, summarize_address_range
from typing import Any, NamedTuple

import msgspec
from connectivity.cases import NAMESPACES, pod

from analyzer.addresses import Interval
from analyzer.bits import members
from analyzer.connectivity.enforcement import Action, Grant, Section
from analyzer.connectivity.engines.calico_policies import calico_mentioned
from analyzer.connectivity.flow import PartyKind
from analyzer.connectivity.parties import Surroundings
from analyzer.connectivity.party_fold import fold_parties
from analyzer.connectivity.population import fold
from analyzer.connectivity.ports import NamedPort
from analyzer.connectivity.reading import PolicyBook, Reading
from analyzer.connectivity.selection import namespaces_of
from analyzer.model.fact import Known
from analyzer.model.objects import (
    Address,
    CalicoHostEndpoint,
    CalicoNetworkSet,
    CalicoPolicy,
    CalicoTier,
    ContainerPort,
    Metadata,
    Namespace,
    Node,
    NodeStatus,
)

V3 = "projectcalico.org/v3"
CRD = "crd.projectcalico.org/v1"
PODS = (
    pod("shop/web", "10.0.1.1", "fd00::11", labels={"app": "web"}, ports=(ContainerPort(8080, name="http"),)),
    pod("shop/db", "10.0.1.2", "fd00::12", labels={"app": "db", "zone": "a"}, ports=(ContainerPort(5432, name="sql"),)),
    pod("shop/cache", "10.0.1.3", labels={"app": "cache", "zone": "b"}, ports=(ContainerPort(80, name="http"),)),
    pod("ops/web", "10.0.2.1", labels={"app": "web", "zone": "a"}, ports=(ContainerPort(53, "http", "UDP"),)),
    pod("lab/tool", "10.0.3.1", labels={}),
)
NODES = tuple(
    Node(Metadata(name), status=NodeStatus(addresses=(Address("InternalIP", address),)))
    for name, address in (("one", "10.1.0.4"), ("two", "10.1.0.5"))
)
API_SERVER = "20.0.0.1"


def policy(name: str, spec: dict[str, Any], api_version: str = V3) -> CalicoPolicy:
    """`name` is namespace/name, or a name alone for a GlobalNetworkPolicy."""
    return msgspec.convert({"metadata": _metadata(name), "apiVersion": api_version, "spec": spec}, CalicoPolicy)


def network_set(name: str, *nets: str, labels: dict[str, str], domains: tuple[str, ...] = ()) -> CalicoNetworkSet:
    """A NetworkSet or, without a namespace, a GlobalNetworkSet."""
    spec = {"nets": nets, "allowedEgressDomains": domains}
    return msgspec.convert({"metadata": _metadata(name) | {"labels": labels}, "spec": spec}, CalicoNetworkSet)


def host_endpoint(name: str, *addresses: str, labels: dict[str, str]) -> CalicoHostEndpoint:
    body = {"metadata": {"name": name, "labels": labels}, "spec": {"node": name, "expectedIPs": addresses}}
    return msgspec.convert(body, CalicoHostEndpoint)


def tier(name: str, order: float | None = None, default_action: str | None = None) -> CalicoTier:
    body = {"metadata": {"name": name}, "spec": {"order": order, "defaultAction": default_action}}
    return msgspec.convert(body, CalicoTier)


def _metadata(name: str) -> dict[str, Any]:
    namespace, _, short = name.rpartition("/")
    return {"name": short, "namespace": namespace}


def reading(*items: CalicoPolicy | CalicoNetworkSet | CalicoHostEndpoint | CalicoTier, family: int = 4) -> Reading:
    """The cluster with some objects of Calico's. Pods are told apart by nothing but what these mention."""
    book = PolicyBook(
        calico=tuple(item for item in items if isinstance(item, CalicoPolicy)),
        calico_sets=tuple(item for item in items if isinstance(item, CalicoNetworkSet)),
        calico_tiers=tuple(item for item in items if isinstance(item, CalicoTier)),
        calico_host_endpoints=tuple(item for item in items if isinstance(item, CalicoHostEndpoint)),
    )
    around = Surroundings(nodes=NODES, api_server=(API_SERVER,), never_outside=("10.0.0.0/16",))
    parties = fold_parties(fold(PODS), around, calico_mentioned(book), family)
    namespaces = namespaces_of(Namespace(Metadata(name, labels=labels)) for name, labels in NAMESPACES.items())
    return Reading(book, parties, lambda: Known(namespaces), fold(PODS))


def named(read: Reading, parties: int) -> list[str]:
    """Some parties by name: pods, own and remote nodes, the API server, and what is outside, whole or by its ranges."""
    population, found = read.parties.population, []
    for kind, part in read.parties.by_kind(parties):
        if kind is PartyKind.POD:
            pods = (population.pods[place] for place in population.pods_of(part))
            found += [f"{item.namespace}/{item.name}" for item in pods]
        elif kind in (PartyKind.OWN_NODE, PartyKind.REMOTE_NODE):
            found += [f"{kind.value} {name}" for bit in members(part) for name in read.parties.node_group_of(bit).nodes]
        elif kind is PartyKind.WORLD and part != read.parties.outside:
            found += [_range_text(read.parties.range_of(bit)) for bit in members(part)]
        else:
            found.append("outside" if kind is PartyKind.WORLD else kind.value)
    return sorted(found)


def _range_text(item: Interval) -> str:
    first, last = (ip_address(edge) if item.family == 4 else IPv6Address(edge) for edge in item[1:])
    networks = list(summarize_address_range(first, last))
    return str(networks[0]) if len(networks) == 1 else f"{first}-{last}"


def decided(read: Reading, sections: Sequence[Section], subject: int, peer: int, wanted: Wanted) -> set[bool]:
    """Whether one flow is admitted: by first match, in every way that unsure matches leave open.

    `wanted`: protocol and port of the destination.
    """
    numbers: dict[NamedPort, tuple[int, ...]] = {}
    for protocol, name, number in read.parties.population.classes[subject].named_ports:
        numbers[NamedPort(protocol, name)] = (*numbers.get(NamedPort(protocol, name), ()), number)
    concerned = [item for item in sections if (item.subjects | item.maybe) >> subject & 1]
    steps = [
        Step(
            item.tier,
            item.order,
            item.isolates,
            bool(item.subjects >> subject & 1),
            [(grant.action, grant.is_sure) for grant in item.grants if _hits(grant, peer, wanted, numbers)],
        )
        for item in concerned
    ]
    return outcomes(sorted(steps, key=lambda step: (step.tier, step.order)))


def _hits(grant: Grant, peer: int, wanted: Wanted, numbers: Mapping[NamedPort, tuple[int, ...]]) -> bool:
    protocol, port = wanted
    spans = grant.ports.resolved(numbers).spans
    return bool(grant.peers >> peer & 1) and any(
        span.protocol == protocol and span.first <= port <= span.last for span in spans
    )


Wanted = tuple[str, int]


class Step(NamedTuple):
    """One policy that a flow meets."""

    tier: int
    order: float
    isolates: bool
    is_sure: bool
    """Whether it surely selects the subject."""
    matches: list[tuple[Action, bool]]
    """The rules that match, each surely or not."""


def outcomes(steps: Sequence[Step]) -> set[bool]:
    """Whether a flow is admitted that meets some policies in order, in all ways that are open."""
    if not steps:
        return {True}
    tier = [step for step in steps if step.tier == steps[0].tier]
    later = outcomes(steps[len(tier) :])
    found: set[bool] = set()
    for chosen in _selections(tier):
        found |= _in_tier([match for step in chosen for match in step.matches], chosen, later)
    return found


def _selections(steps: Sequence[Step]) -> Iterator[list[Step]]:
    if not steps:
        yield []
        return
    for rest in _selections(steps[1:]):
        yield [steps[0], *rest]
        if not steps[0].is_sure:
            yield rest


def _in_tier(matches: Sequence[tuple[Action, bool]], chosen: Sequence[Step], later: set[bool]) -> set[bool]:
    found: set[bool] = set()
    for action, is_sure in matches:
        found |= later if action is Action.PASS else {action is Action.ALLOW}
        if is_sure:
            return found
    return found | ({False} if any(step.isolates for step in chosen) else later)
