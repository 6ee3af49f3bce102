"""What Azure's own validator of policies flags before a move from NPM to Cilium, against what would change.

It looks at policies and Services alone; `completed_cases` puts pods and nodes to them. Clients outside need no object.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from itertools import permutations, product
from pathlib import Path
from typing import NamedTuple

import pytest
from connectivity.completed_cases import completed
from connectivity.corpus_objects import NEEDS_CORPUS, cases, each_case

from analyzer.connectivity.analysis import Analysis, analyse
from analyzer.connectivity.backends import backends
from analyzer.connectivity.change import Change, ChangeKind
from analyzer.connectivity.changes import changes
from analyzer.connectivity.engines.settings import Cilium, Npm
from analyzer.connectivity.flow import Flow, FlowVerdict, Party, PartyKind, Way
from analyzer.connectivity.isolation import Direction
from analyzer.connectivity.ports import OTHER
from analyzer.model.objects import Pod, Service
from analyzer.model.snapshot import Snapshot
from analyzer.model.version import Version

pytestmark = NEEDS_CORPUS
CASES = cases("npm-validator", "*.json")
NPM = Npm(flattens_not_in=True)
WITH_RANGES = Cilium(Version(1, 17, 9))
WITHOUT_RANGES = Cilium(Version(1, 16, 16))
"""Of Kubernetes 1.31, the last that AKS gives a Cilium which does not know endPort (row 24)."""
ENTRANCES = {Way.ENTRANCE_LOCAL, Way.ENTRANCE_REMOTE, Way.OTHER_NODE_PORT}

ETP = "TestGetExternalTrafficPolicyClusterServices"
SERVICES = "unsafe_external_traffic_policy_cluster_services"
CLIENT = "203.0.113.9"
"""Somebody outside."""
PROBE = "168.63.129.16"
"""The source of the health probes of Azure's load balancers (row 53)."""
PROBED = [("TCP", port) for port in (79, 80, 81, 90, 91, 100, 8080)] + [("UDP", 80), (OTHER, 0)]

Item = tuple[str, str, str]
"""Test function and number of a case; the list in which the validator has an item; the item."""
_ALL_ADMITTED = "The only policy of the namespace admits everybody to all pods that it isolates."
FALSE_ALARMS: dict[Item, str] = {
    ("TestGetNamedPortPolicies-06", "named_port_ingress", "namespace1/ingress-and-egress-named-port-policy"): (
        "Row 25: for ingress both engines take the number that the pod itself gives the name."
    ),
    (ETP + "-13", SERVICES, "namespace1/service-with-no-selector"): _ALL_ADMITTED,
    (ETP + "-16", SERVICES, "namespace1/service-with-selector"): _ALL_ADMITTED,
    (ETP + "-24", SERVICES, "namespace1/service-with-no-selector"): _ALL_ADMITTED,
    (ETP + "-31", SERVICES, "namespace1/service-with-selector"): _ALL_ADMITTED,
}
"""What the validator flags although nothing changes, and why nothing does."""
MISSED: dict[Item, int] = {}
"""What loses traffic although the validator does not flag it, with the row of the semantics that decides."""


class Case(NamedTuple):
    """A case of the validator, made whole."""

    name: str
    flagged: set[Item]
    policies: list[str]
    """By their places in the policy book."""
    services: tuple[Service, ...]
    snapshot: Snapshot
    analysis: Analysis
    changes: tuple[Change, ...]


def test_there_are_cases() -> None:
    assert len(CASES) == 21


@pytest.mark.row(24, 25, 35, 52, 53, 55)
@each_case(CASES)
def test_what_the_validator_flags_changes_or_has_a_reason_not_to(path: Path) -> None:
    case = _case(path)
    unchanged = {item for item in case.flagged if not any(_is_about(case, item, change) for change in _lost(case))}
    assert unchanged == {item for item in FALSE_ALARMS if item[0] == case.name}


@each_case(CASES)
def test_nothing_else_is_lost(path: Path) -> None:
    case = _case(path)
    names = {name for _, _, name in case.flagged}
    others = {item for item in _everything(case) if item[2] not in names}
    lost = {item: change.row for item in others for change in _lost(case) if _is_about(case, item, change)}
    assert lost == {item: row for item, row in MISSED.items() if item[0] == case.name}


@each_case(CASES)
def test_every_change_has_an_example_that_changes(path: Path) -> None:
    case = _case(path)
    for change in case.changes:
        before, after = (case.analysis.verdict(item, change.example) for item in (NPM, _target(case.name)))
        expected = {
            ChangeKind.BLOCKED: (FlowVerdict.ALLOWED, FlowVerdict.BLOCKED),
            ChangeKind.ALLOWED: (FlowVerdict.BLOCKED, FlowVerdict.ALLOWED),
        }
        if change.kind is ChangeKind.UNKNOWN:
            assert FlowVerdict.UNKNOWN in (before, after)
        else:
            assert (before, after) == expected[change.kind]


@each_case(CASES)
def test_changes_hold_exactly_the_flows_that_the_engines_differ_on(path: Path) -> None:
    case = _case(path)
    flows = [*_direct_flows(case), *_entering_flows(case)]
    told = {_words(flow): kinds for flow in flows if (kinds := _told(case, flow))}
    assert told == {_words(flow): {kind} for flow in flows if (kind := _kind(case, flow))}


@pytest.mark.row(52, 53, 55)
@each_case([path for path in CASES if path.name.startswith(ETP)])
def test_the_health_probe_and_pods_are_told_apart_from_clients_outside(path: Path) -> None:
    case = _case(path)
    lost = [flow for flow in _entering_flows(case) if _kind(case, flow) is ChangeKind.BLOCKED]
    rows = {_words(flow): {change.row for change in case.changes if _holds(case, change, flow)} for flow in lost}
    assert rows == {_words(flow): {_row(flow.source)} for flow in lost}


def test_that_many_alarms_are_real() -> None:
    flagged = Counter(key for path in CASES for _, key, _ in _case(path).flagged)
    assert flagged == {
        "egress_not_allow_all": 4,
        "endport_ingress": 1,
        "endport_egress": 1,
        "named_port_ingress": 1,
        "named_port_egress": 1,
        SERVICES: 9,
    }
    assert (flagged.total(), len(FALSE_ALARMS), len(MISSED)) == (17, 5, 0)


def _target(name: str) -> Cilium:
    return WITHOUT_RANGES if name.startswith("TestGetEndport") else WITH_RANGES


def _case(path: Path) -> Case:
    table = json.loads(path.read_text())
    name = f"{table['test_function']}-{table['index']:02}"
    snapshot = completed(table)
    analysis = analyse(snapshot)
    return Case(
        name,
        {(name, key, item) for key, items in table["expected"].items() for item in items},
        [f"{item.namespace}/{item.name}" for item in analysis.book.policies],
        snapshot.services.require(),
        snapshot,
        analysis,
        changes(analysis, NPM, _target(name)),
    )


def _lost(case: Case) -> list[Change]:
    return [change for change in case.changes if change.kind is ChangeKind.BLOCKED]


def _everything(case: Case) -> Iterator[Item]:
    """All policies in each direction, and all Services."""
    yield from ((case.name, key, name) for key in ("ingress", "egress") for name in case.policies)
    yield from ((case.name, "services", f"{item.namespace}/{item.name}") for item in case.services)


def _is_about(case: Case, item: Item, change: Change) -> bool:
    """Whether a change is what an item is, or would be, flagged for: a Service's entrance, or a policy's direction."""
    _, key, name = item
    if key.endswith("services"):
        return any(_goes_through(case, service, change) for service in case.services if _full_name(service) == name)
    direction = Direction.EGRESS if "egress" in key else Direction.INGRESS
    blamed = {(case.policies[blame.policy], blame.direction) for blame in change.blame}
    return change.way not in ENTRANCES and (name, direction) in blamed


def _full_name(service: Service) -> str:
    return f"{service.namespace}/{service.name}"


def _goes_through(case: Case, service: Service, change: Change) -> bool:
    return change.way in ENTRANCES and any(
        change.ports.holds("TCP", number) and change.destinations & case.analysis.bit_of(Party(PartyKind.POD, backend))
        for backend, number in _served(case, service)
    )


def _direct_flows(case: Case) -> Iterator[Flow]:
    """Between pods, and between each of them and its own node, the other node and what is outside, both ways."""
    pods = [Party(PartyKind.POD, pod) for pod in case.snapshot.pods.require()]
    pairs = [*permutations(pods, 2), *((pod, other) for pod in pods for other in _others(case, pod))]
    for (one, other), (protocol, port) in product(pairs, PROBED):
        yield Flow(one, other, protocol, port)
        if other.pod is None:
            yield Flow(other, one, protocol, port)


def _others(case: Case, pod: Party) -> Iterator[Party]:
    assert pod.pod is not None
    for node in case.snapshot.nodes.require():
        kind = PartyKind.OWN_NODE if node.name == pod.pod.spec.node_name else PartyKind.REMOTE_NODE
        yield Party(kind, address=node.internal_ips[0])
    yield from (Party(PartyKind.WORLD, address=address) for address in (CLIENT, PROBE))


def _entering_flows(case: Case) -> Iterator[Flow]:
    """By a Service to a backend on the node that the packet comes in through: from outside, and from pods there."""
    clients = [Party(PartyKind.POD, pod) for pod in case.snapshot.pods.require()]
    for service in (item for item in case.services if item.spec.external_traffic_policy != "Local"):
        for backend, number in _served(case, service):
            for source in (*clients, *(Party(PartyKind.WORLD, address=address) for address in _senders(service))):
                if source.pod is None or (
                    source.pod is not backend and source.pod.spec.node_name == backend.spec.node_name
                ):
                    yield Flow(source, Party(PartyKind.POD, backend), "TCP", number, Way.ENTRANCE_LOCAL)


def _senders(service: Service) -> tuple[str, ...]:
    return (CLIENT, PROBE) if service.spec.type == "LoadBalancer" else (CLIENT,)


def _served(case: Case, service: Service) -> Iterator[tuple[Pod, int]]:
    """The pods behind a Service, each with each port that it is reached on."""
    for port in service.spec.ports:
        number = port.target_port or port.port
        assert isinstance(number, int)
        for backend in backends(service, port, case.snapshot.pods.require(), ()):
            assert backend.pod is not None
            yield backend.pod, number


def _kind(case: Case, flow: Flow) -> ChangeKind | None:
    before, after = (case.analysis.verdict(item, flow) for item in (NPM, _target(case.name)))
    if FlowVerdict.UNKNOWN in (before, after):
        return ChangeKind.UNKNOWN
    return None if before is after else ChangeKind.BLOCKED if after is FlowVerdict.BLOCKED else ChangeKind.ALLOWED


def _told(case: Case, flow: Flow) -> set[ChangeKind]:
    return {change.kind for change in case.changes if _holds(case, change, flow)}


def _holds(case: Case, change: Change, flow: Flow) -> bool:
    source, destination = (case.analysis.bit_of(party) for party in (flow.source, flow.destination))
    is_between = bool(change.sources & source and change.destinations & destination)
    return change.way is flow.way and is_between and change.ports.holds(flow.protocol, flow.port)


def _row(source: Party) -> int:
    if source.pod is not None:
        return 55
    return 53 if source.address == PROBE else 52


def _words(flow: Flow) -> tuple[str, ...]:
    ends = (
        party.pod.name if party.pod else f"{party.kind} {party.address}" for party in (flow.source, flow.destination)
    )
    return *ends, f"{flow.protocol} {flow.port}", flow.way
