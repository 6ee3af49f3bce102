"""Ports as sets: intervals per protocol, and names that only a destination pod can turn into numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from analyzer.model.objects import PolicyPort

LAST = 65535
OTHER = "other"
"""Protocols without ports, as ICMP: only a rule without ports admits them."""


class NamedPort(NamedTuple):
    """A port that a policy or Service names instead of numbering it."""

    protocol: str
    name: str


NumbersByName = Mapping[NamedPort, tuple[int, ...]]
"""The numbers that one destination gives to each name."""


class Span(NamedTuple):
    """A closed range of ports of one protocol."""

    protocol: str
    first: int
    last: int

    def __str__(self) -> str:
        if self.protocol == OTHER:
            return "ICMP and other protocols"
        if (self.first, self.last) == (1, LAST):
            return f"every {self.protocol} port"
        return f"{self.protocol} {self.first}" + (f"-{self.last}" if self.last > self.first else "")


@dataclass(frozen=True, slots=True)
class PortSet:
    """A set of ports. Empty: no traffic at all."""

    spans: tuple[Span, ...] = ()
    """In order; within a protocol neither overlapping nor touching."""
    names: frozenset[NamedPort] = frozenset()
    """Names that are still to be resolved."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left."""
        return not self.spans and not self.names

    def union(self, other: PortSet) -> PortSet:
        """The ports of either."""
        return PortSet(tuple(_merged((*self.spans, *other.spans))), self.names | other.names)

    def minus(self, other: PortSet) -> PortSet:
        """The ports of this set alone. A name is in another set if that has the name, or the whole protocol."""
        spans = self.spans
        for cut in other.spans:
            spans = tuple(rest for span in spans for rest in _cut(span, cut))
        names = frozenset(name for name in self.names - other.names if Span(name.protocol, 1, LAST) not in other.spans)
        return PortSet(spans, names)

    def resolved(self, numbers: NumbersByName) -> PortSet:
        """The set for one destination: its numbers for the names; names that it does not define admit nothing."""
        if not self.names:
            return self
        found = (Span(name.protocol, number, number) for name in self.names for number in numbers.get(name, ()))
        return PortSet(tuple(_merged((*self.spans, *found))))

    def holds(self, protocol: str, port: int) -> bool:
        """Whether a numbered port is in the set."""
        return any(span.protocol == protocol and span.first <= port <= span.last for span in self.spans)

    def __str__(self) -> str:
        return _text(self)


NOTHING = PortSet()
"""No traffic."""
EVERYTHING = PortSet((Span("SCTP", 1, LAST), Span("TCP", 1, LAST), Span("UDP", 1, LAST), Span(OTHER, 0, 0)))
"""Every port of every protocol, and the protocols without ports."""


@lru_cache(maxsize=8192)
def port_set(ports: tuple[PolicyPort, ...]) -> PortSet:
    """What the `ports` of a rule admit: an empty list everything, an entry without a port its whole protocol."""
    if not ports:
        return EVERYTHING
    names = frozenset(NamedPort(item.protocol, item.port) for item in ports if isinstance(item.port, str))
    return PortSet(tuple(_merged(_spans(ports))), names)


@lru_cache(maxsize=8192)
def _text(ports: PortSet) -> str:
    if ports == EVERYTHING:
        return "every port"
    names = (f"{name.protocol} {name.name}" for name in sorted(ports.names))
    return ", ".join((*map(str, sorted(ports.spans, key=_for_people)), *names))


def port_set_of(spans: Iterable[Span]) -> PortSet:
    """The set of some spans, which may overlap."""
    return PortSet(tuple(_merged(spans)))


def _spans(ports: Iterable[PolicyPort]) -> Iterator[Span]:
    for item in ports:
        if item.port is None:
            yield Span(item.protocol, 1, LAST)
        elif isinstance(item.port, int):
            yield Span(item.protocol, item.port, item.end_port or item.port)


def _merged(spans: Iterable[Span]) -> Iterator[Span]:
    open_: Span | None = None
    for span in sorted(spans):
        if open_ is not None and span.protocol == open_.protocol and span.first <= open_.last + 1:
            open_ = Span(open_.protocol, open_.first, max(open_.last, span.last))
            continue
        if open_ is not None:
            yield open_
        open_ = span
    if open_ is not None:
        yield open_


def _cut(span: Span, cut: Span) -> Iterator[Span]:
    if span.protocol != cut.protocol or cut.last < span.first or span.last < cut.first:
        yield span
        return
    if span.first < cut.first:
        yield Span(span.protocol, span.first, cut.first - 1)
    if cut.last < span.last:
        yield Span(span.protocol, cut.last + 1, span.last)


def _for_people(span: Span) -> tuple[int, Span]:
    order = ("TCP", "UDP", "SCTP", OTHER)
    return order.index(span.protocol) if span.protocol in order else len(order), span
