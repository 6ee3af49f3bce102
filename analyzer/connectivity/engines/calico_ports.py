"""The protocols and ports of Calico's rules.

Source: docs.tigera.io, reference/resources/networkpolicy, "Rule", "EntityRule" and "Ports"; projectcalico/calico,
api/pkg/lib/numorstring, felix/rules/policy.go, felix/calc/rule_scanner.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from analyzer.connectivity.ports import (
    EVERYTHING,
    LAST,
    NOTHING,
    OTHER,
    NamedPort,
    NumbersByName,
    PortSet,
    Span,
    port_set_of,
)
from analyzer.model.objects import CalicoEntity, CalicoRule

_WITH_PORTS = {"tcp": "TCP", "6": "TCP", "udp": "UDP", "17": "UDP", "sctp": "SCTP", "132": "SCTP"}
_FAMILY_OF_ICMP = {"icmp": 4, "1": 4, "icmpv6": 6, "58": 6}
_OTHERS = PortSet((Span(OTHER, 0, 0),))


class Traffic(NamedTuple):
    """What a rule matches of the traffic to one destination, however its names resolve there."""

    surely: PortSet
    possibly: PortSet
    """Includes what surely is matched."""
    without: PortSet = NOTHING
    """Ports to be cut out of both, when the names are resolved."""

    @property
    def names(self) -> frozenset[NamedPort]:
        """All names in it."""
        return self.possibly.names | self.without.names

    def resolved(self, numbers: NumbersByName) -> Traffic:
        """For one destination."""
        cut = self.without.resolved(numbers)
        return Traffic(self.surely.resolved(numbers).minus(cut), self.possibly.resolved(numbers).minus(cut))


def traffic(rule: CalicoRule, family: int) -> Traffic:
    """The protocols and ports of a rule.

    Only possibly matched is what the model does not tell apart: ICMP and the other protocols without ports from each
    other, the ports of the source, HTTP requests; and ports without a protocol, which Calico does not admit.
    """
    destination = rule.destination or CalicoEntity()
    surely, possibly = _protocols(rule, family)
    without = _on(possibly, destination.not_ports)
    if destination.ports and possibly != _OTHERS:
        surely, possibly = _on(surely, destination.ports), _on(possibly, destination.ports)
    lacks_protocol = rule.protocol is None and bool(destination.ports or destination.not_ports)
    return Traffic(NOTHING if lacks_protocol or _asks_for_unseen(rule) else surely, possibly, without)


def _protocols(rule: CalicoRule, family: int) -> tuple[PortSet, PortSet]:
    surely, possibly = EVERYTHING, EVERYTHING
    if rule.protocol is not None:
        surely, possibly = _protocol(rule.protocol, family)
    if rule.not_protocol is not None:
        excluded, maybe_excluded = _protocol(rule.not_protocol, family)
        return surely.minus(maybe_excluded), possibly.minus(excluded)
    return surely, possibly


def _protocol(protocol: int | str, family: int) -> tuple[PortSet, PortSet]:
    """What a protocol surely and possibly covers. Of ICMP each family has its own."""
    name = str(protocol).lower()
    if name in _WITH_PORTS:
        found = PortSet((Span(_WITH_PORTS[name], 1, LAST),))
        return found, found
    if name.isdecimal() or name == "udplite" or name in _FAMILY_OF_ICMP:
        return NOTHING, _OTHERS if _FAMILY_OF_ICMP.get(name, family) == family else NOTHING
    return NOTHING, EVERYTHING


def _on(protocols: PortSet, ports: tuple[int | str, ...]) -> PortSet:
    """Some ports of those protocols, whole here, that have any."""
    names = [span.protocol for span in protocols.spans if span.protocol != OTHER]
    spans = port_set_of(Span(name, first, last) for name in names for first, last in _numbers(ports)).spans
    return PortSet(spans, frozenset(NamedPort(name, port) for name in names for port in port_names(ports)))


def port_names(ports: Iterable[int | str]) -> Iterator[str]:
    """Those of some ports that are names: neither a number nor two with a colon between them."""
    for port in ports:
        if isinstance(port, str) and not all(map(_is_number, port.split(":", 1))):
            yield port


def _numbers(ports: Iterable[int | str]) -> Iterator[tuple[int, int]]:
    for port in ports:
        edges = str(port).split(":", 1)
        if all(map(_is_number, edges)):
            first, last = max(int(edges[0]), 1), min(int(edges[-1]), LAST)
            if first <= last:
                yield first, last


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _DIGITS


_DIGITS = 5


def _asks_for_unseen(rule: CalicoRule) -> bool:
    source = rule.source or CalicoEntity()
    matches = (rule.icmp, rule.not_icmp, rule.http)
    return bool(source.ports or source.not_ports) or any(item is not None for item in matches)
