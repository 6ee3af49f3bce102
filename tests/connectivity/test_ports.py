"""Ports as sets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.connectivity.ports import EVERYTHING, NamedPort, PortSet, Span, port_set
from analyzer.model.objects import PolicyPort

HTTP = NamedPort("TCP", "http")
SPANS = st.lists(
    st.tuples(st.sampled_from(["TCP", "UDP"]), st.integers(1, 30), st.integers(0, 8)).map(
        lambda item: PolicyPort(item[0], item[1], item[1] + item[2])
    ),
    min_size=1,
    max_size=4,
).map(tuple)


def numbers(ports: PortSet) -> set[tuple[str, int]]:
    return {(span.protocol, port) for span in ports.spans for port in range(span.first, span.last + 1)}


def listed(ports: tuple[PolicyPort, ...]) -> set[tuple[str, int]]:
    """Of numbered ranges only."""
    return {(item.protocol, port) for item in ports for port in range(int(item.port or 0), (item.end_port or 0) + 1)}


@given(SPANS, SPANS)
def test_union_and_difference_are_those_of_the_single_ports(
    one: tuple[PolicyPort, ...], other: tuple[PolicyPort, ...]
) -> None:
    left, right = port_set(one), port_set(other)
    assert (numbers(left), numbers(right)) == (listed(one), listed(other))
    assert numbers(left.minus(right)) == listed(one) - listed(other)
    assert numbers(left.union(right)) == listed(one) | listed(other)
    assert left.union(right) == right.union(left)
    assert left.minus(right).is_empty == (listed(one) <= listed(other))


def test_a_rule_without_ports_admits_protocols_without_ports_too() -> None:
    every_port = port_set((PolicyPort("TCP"), PolicyPort("UDP"), PolicyPort("SCTP")))
    assert port_set(()) == EVERYTHING
    assert str(EVERYTHING.minus(every_port)) == "ICMP and other protocols"
    assert every_port.minus(EVERYTHING).is_empty


def test_an_entry_without_a_port_is_its_whole_protocol_and_no_other() -> None:
    assert port_set((PolicyPort("UDP"),)) == PortSet((Span("UDP", 1, 65535),))


def test_an_end_port_makes_a_range() -> None:
    ports = port_set((PolicyPort("TCP", 8000, 8100), PolicyPort("TCP", 8101)))
    assert ports == PortSet((Span("TCP", 8000, 8101),))
    assert (ports.holds("TCP", 8101), ports.holds("TCP", 8102), ports.holds("UDP", 8000)) == (True, False, False)


def test_a_name_is_what_the_destination_calls_it_and_nothing_elsewhere() -> None:
    ports = port_set((PolicyPort("TCP", "http"), PolicyPort("TCP", 443)))
    assert ports.resolved({HTTP: (8080, 8443)}) == port_set(
        (PolicyPort("TCP", 443), PolicyPort("TCP", 8080), PolicyPort("TCP", 8443))
    )
    assert ports.resolved({NamedPort("UDP", "http"): (8080,)}) == port_set((PolicyPort("TCP", 443),))


@pytest.mark.parametrize(
    ("other", "left"),
    [
        (port_set((PolicyPort("TCP", "http"),)), frozenset()),
        (port_set((PolicyPort("TCP"),)), frozenset()),
        (port_set(()), frozenset()),
        (port_set((PolicyPort("UDP"),)), {HTTP}),
        (port_set((PolicyPort("TCP", "https"),)), {HTTP}),
        (port_set((PolicyPort("TCP", 80),)), {HTTP}),
    ],
)
def test_an_open_name_is_covered_by_itself_or_by_its_whole_protocol(other: PortSet, left: set[NamedPort]) -> None:
    assert port_set((PolicyPort("TCP", "http"),)).minus(other).names == left


@pytest.mark.parametrize(
    ("ports", "words"),
    [
        ((), "every port"),
        ((PolicyPort("UDP"), PolicyPort("TCP", 80)), "TCP 80, every UDP port"),
        ((PolicyPort("SCTP", 9), PolicyPort("UDP", 53), PolicyPort("TCP", 1, 3)), "TCP 1-3, UDP 53, SCTP 9"),
        ((PolicyPort("TCP", "http"), PolicyPort("QUIC", 7)), "QUIC 7, TCP http"),
    ],
)
def test_ports_are_written_for_people(ports: tuple[PolicyPort, ...], words: str) -> None:
    assert str(port_set(ports)) == words
