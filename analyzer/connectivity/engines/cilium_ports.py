"""On which ports a rule of Cilium's own policies holds.

Sources: docs.cilium.io, "Layer 4 Policies", 1.13 to 1.18; cilium, pkg/policy/rule.go and pkg/policy/api/l4.go; for
ranges pull request 32807.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from analyzer.connectivity.engines.kubernetes import Opening, by_destination
from analyzer.connectivity.ports import EVERYTHING, LAST, NOTHING, OTHER, NamedPort, PortSet, Span, port_set_of
from analyzer.connectivity.reading import Reading
from analyzer.model.objects import CiliumPort, CiliumPorts, CiliumRule
from analyzer.model.version import Version

_WITH_PORTS = ("TCP", "UDP", "SCTP")
_RANGES_HOLD = Version(1, 16)
"""For policies of Kubernetes 1.17."""
NAMES_BY_DESTINATION = Version(1, 20)
"""From here on each destination's own number counts for a name."""


class Wanted(NamedTuple):
    """A part of the ports of one rule."""

    ports: PortSet
    """With the names still in it."""
    is_sure: bool = True
    row: int = 0


def wanted_ports(rule: CiliumRule, version: Version) -> Iterator[Wanted]:
    """The ports of a rule: everything where it names none.

    What an L7 rule may refuse later is admitted here: its traffic goes to a proxy, which answers. Where a listener, a
    server name or TLS decides (row 42), and for single types of ICMP (row 46), it is not known.
    """
    if not rule.to_ports and not rule.icmps:
        yield Wanted(EVERYTHING)
        return
    for is_proxied, row in ((False, 0), (True, 42)):
        ports = tuple(port for item in rule.to_ports if _is_proxied(item) is is_proxied for port in item.ports)
        if ports and (found := _port_set(ports, version)) != NOTHING:
            yield Wanted(found, not is_proxied, row)
    if any(_is_icmp(port) for item in rule.to_ports for port in item.ports) or any(item.fields for item in rule.icmps):
        yield Wanted(PortSet((Span(OTHER, 0, 0),)), is_sure=False, row=46)


def numbered(reading: Reading, version: Version, peers: int, ports: PortSet) -> Iterator[Opening]:
    """Ports of destinations without names (rows 25 to 28).

    Until 1.19 a name means the one number that it has in the whole cluster, for every peer, or nothing.
    """
    if not ports.names:
        yield Opening(peers, ports)
    elif version >= NAMES_BY_DESTINATION:
        yield from by_destination(reading.parties, peers, ports)
    else:
        yield from _by_cluster(reading, peers, ports)


def in_whole_cluster(reading: Reading, ports: PortSet) -> tuple[PortSet, int]:
    """Names as the one number that they have in the whole cluster, or nothing; and the row that says so."""
    spans, row = list(ports.spans), 0
    for name in sorted(ports.names):
        numbers = reading.everybody.numbers_of(name)
        row = row or (27 if len(numbers) == 1 else 26 if numbers else 28)
        spans += [Span(name.protocol, number, number) for number in numbers if len(numbers) == 1]
    return port_set_of(spans), row


def port_names(rule: CiliumRule) -> Iterator[str]:
    """The names of ports that a rule mentions, as Cilium compares them."""
    for item in rule.to_ports:
        yield from (port.port.lower() for port in item.ports if not port.port.isdecimal())


def protocol_of(port: CiliumPort) -> str:
    """In capitals; ANY where none is given."""
    return port.protocol.upper() or "ANY"


def _is_proxied(item: CiliumPorts) -> bool:
    return bool(item.server_names or item.listener or item.terminating_tls or item.originating_tls)


def _is_icmp(port: CiliumPort) -> bool:
    return protocol_of(port) not in {"ANY", *_WITH_PORTS}


@lru_cache(maxsize=8192)
def _port_set(listed: tuple[CiliumPort, ...], version: Version) -> PortSet:
    ports = [port for port in listed if not _is_icmp(port)]
    spans = [span for port in ports if port.port.isdecimal() for span in _spans(port, version)]
    named = [port for port in ports if not port.port.isdecimal()]
    names = frozenset(NamedPort(protocol, port.port.lower()) for port in named for protocol in _protocols(port))
    return PortSet(port_set_of(spans).spans, names)


def _spans(port: CiliumPort, version: Version) -> Iterator[Span]:
    """Port 0 is every port."""
    first = int(port.port)
    last = min(max(first, port.end_port or 0), LAST) if version >= _RANGES_HOLD else first
    for protocol in _protocols(port):
        yield Span(protocol, first, last) if first else Span(protocol, 1, LAST)


def _protocols(port: CiliumPort) -> tuple[str, ...]:
    protocol = protocol_of(port)
    return _WITH_PORTS if protocol == "ANY" else (protocol,)


def _by_cluster(reading: Reading, peers: int, ports: PortSet) -> Iterator[Opening]:
    found, row = in_whole_cluster(reading, ports)
    if found.spans:
        yield Opening(peers, found, row)
