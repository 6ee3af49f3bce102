"""Ports as bitsets: cut wherever some policy, Service or named port makes a difference."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

from analyzer.bits import members
from analyzer.connectivity.ports import LAST, OTHER, PortSet, Span, port_set_of

_PROTOCOLS = ("SCTP", "TCP", "UDP")


@dataclass(frozen=True)
class PortAtoms:
    """Stretches of ports that nothing divides; bit i of a set of ports is stretch i."""

    spans: tuple[Span, ...]
    """In order; together every port of every protocol, and the protocols without ports."""
    _bits: dict[PortSet, int] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def everything(self) -> int:
        """All of them, port 0 apart: nothing is served there."""
        return sum(1 << place for place, span in enumerate(self.spans) if span.last or span.protocol == OTHER)

    def bits(self, ports: PortSet) -> int:
        """A set without names as a bitset. Its edges must be among those that cut."""
        if ports not in self._bits:
            self._bits[ports] = sum(self._run(span) for span in ports.spans)
        return self._bits[ports]

    def port_set(self, bits: int) -> PortSet:
        """A bitset as a set."""
        return port_set_of(self.spans[place] for place in members(bits))

    def holding(self, protocol: str, port: int) -> int:
        """The bitset of the stretch that a port lies in."""
        return self._run(Span(protocol, port, port))

    def of_protocols(self, protocols: Iterable[str]) -> int:
        """All ports of some protocols, and the protocols without ports."""
        wanted = {OTHER, *protocols}
        return self.everything & sum(1 << place for place, span in enumerate(self.spans) if span.protocol in wanted)

    def _run(self, span: Span) -> int:
        if span.protocol not in self._firsts:
            return 0
        start, firsts = self._firsts[span.protocol]
        first = bisect_right(firsts, span.first) - 1
        count = bisect_left(firsts, span.last + 1) - first
        return ((1 << count) - 1) << start + first

    @cached_property
    def _firsts(self) -> dict[str, tuple[int, list[int]]]:
        found: dict[str, tuple[int, list[int]]] = {}
        for place, span in enumerate(self.spans):
            found.setdefault(span.protocol, (place, []))[1].append(span.first)
        return found


def port_atoms(used: Iterable[Span]) -> PortAtoms:
    """The stretches that some spans cut; each span's first port is one by itself, as where an endPort is ignored."""
    edges: dict[str, set[int]] = {protocol: {0, 1, LAST + 1} for protocol in _PROTOCOLS}
    for span in used:
        if span.protocol in edges:
            edges[span.protocol].update((span.first, span.first + 1, span.last + 1))
    return PortAtoms(tuple(_stretches(edges)))


def _stretches(edges: dict[str, set[int]]) -> Iterator[Span]:
    for protocol, found in edges.items():
        inside = sorted(edge for edge in found if 0 <= edge <= LAST + 1)
        yield from (Span(protocol, first, after - 1) for first, after in pairwise(inside))
    yield Span(OTHER, 0, 0)
