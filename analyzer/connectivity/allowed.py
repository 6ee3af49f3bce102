"""Which flows one engine allows: rectangles of sources and destinations, and the ports between them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from analyzer.bits import EVERY, bitset, members
from analyzer.connectivity.analysis import Comparison
from analyzer.connectivity.isolation import Direction
from analyzer.connectivity.reach import Part


class Ports(NamedTuple):
    """Ports as bitsets that have none in common."""

    sure: int
    unknown: int
    """On which no source says whether the flow is allowed."""


class Allowed(NamedTuple):
    """Flows from each source to each destination."""

    sources: int
    destinations: int
    ports: Ports


class _Rectangle(NamedTuple):
    sources: int
    destinations: int
    ports: Ports


class _Alike(NamedTuple):
    """Pods that the same parties are admitted to on the same ports."""

    classes: int
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class AllowedFlows:
    """Direct flows under the one engine of a comparison. At one end of each is a pod."""

    comparison: Comparison
    sources: int = EVERY
    """Only these parties."""
    destinations: int = EVERY
    ports: int = EVERY

    def rows(self) -> tuple[Allowed, ...]:
        """Every allowed or unknown flow, in rectangles that do not overlap: sources that may do the same are one."""
        rectangles = tuple(self._rectangles())
        together: dict[tuple[tuple[int, Ports], ...], int] = {}
        for sources, places in _by_membership([item.sources for item in rectangles]):
            reached = tuple(_reached([rectangles[place] for place in places]))
            together[reached] = together.get(reached, 0) | sources
        rows = (
            Allowed(sources, destinations, ports)
            for reached, sources in together.items()
            for destinations, ports in reached
        )
        return tuple(sorted(rows, key=lambda row: (_lowest(row.sources), _lowest(row.destinations))))

    def _rectangles(self) -> Iterator[_Rectangle]:
        """Those of the same sources and ports as one."""
        together: dict[tuple[int, Ports], int] = {}
        for item in self._pieces():
            key = (item.sources, item.ports)
            together[key] = together.get(key, 0) | item.destinations
        yield from (_Rectangle(sources, found, ports) for (sources, ports), found in together.items())

    def _pieces(self) -> Iterator[_Rectangle]:
        pods = self.comparison.parties.pods
        for direction in Direction:
            for alike in self._alike[direction]:
                for part in alike.parts:
                    yield from self._kept(direction, alike.classes, Part(part.ports, *_apart(part, ~pods)))
        for start in self._alike[Direction.EGRESS]:
            for out in start.parts:
                for end in self._ends_among((out.admitted | out.unknown) & pods & self.destinations):
                    yield from self._between(start.classes, out, end)

    def _ends_among(self, classes: int) -> Iterator[_Alike]:
        """The destinations that hold some classes: each is looked at, or each class, whichever are fewer."""
        ends = self._alike[Direction.INGRESS]
        if classes.bit_count() > len(ends):
            yield from ends
            return
        yield from (ends[place] for place in sorted({self._end_of[owner] for owner in members(classes)}))

    @cached_property
    def _end_of(self) -> dict[int, int]:
        ends = enumerate(self._alike[Direction.INGRESS])
        return {owner: place for place, end in ends for owner in members(end.classes)}

    def _kept(self, direction: Direction, classes: int, part: Part) -> Iterator[_Rectangle]:
        """Between some pods and what is not a pod."""
        ports = part.ports & self.ports
        for peers, kept in ((part.admitted, Ports(ports, 0)), (part.unknown, Ports(0, ports))):
            sources, destinations = (classes, peers) if direction is Direction.EGRESS else (peers, classes)
            yield from self._rectangle(sources, destinations, kept)

    def _between(self, classes: int, out: Part, end: _Alike) -> Iterator[_Rectangle]:
        for into in end.parts:
            if ports := out.ports & into.ports & self.ports:
                sources, targets = classes & into.admitted, end.classes & out.admitted
                perhaps, doubtful = classes & into.unknown, end.classes & out.unknown
                yield from self._rectangle(sources, targets, Ports(ports, 0))
                yield from self._rectangle(sources, doubtful, Ports(0, ports))
                yield from self._rectangle(perhaps, targets | doubtful, Ports(0, ports))

    def _rectangle(self, sources: int, destinations: int, ports: Ports) -> Iterator[_Rectangle]:
        sources, destinations = sources & self.sources, destinations & self.destinations
        if sources and destinations and any(ports):
            yield _Rectangle(sources, destinations, ports)

    @cached_property
    def _alike(self) -> dict[Direction, tuple[_Alike, ...]]:
        found: dict[Direction, tuple[_Alike, ...]] = {}
        evaluation = self.comparison.evaluations[0]
        for direction in Direction:
            together: dict[tuple[Part, ...], int] = {}
            wanted = self.sources if direction is Direction.EGRESS else self.destinations
            for block in self.comparison.blocks[direction]:
                if not block.classes & wanted:
                    continue
                parts = evaluation.reach(direction, block.signatures[0], block.numbers)
                together[parts] = together.get(parts, 0) | block.classes & wanted
            found[direction] = tuple(_Alike(classes, parts) for parts, classes in together.items())
        return found


def _apart(part: Part, among: int) -> tuple[int, int]:
    return part.admitted & among, part.unknown & among


def _reached(rectangles: list[_Rectangle]) -> Iterator[tuple[int, Ports]]:
    """What one source reaches, each destination once; those on the same ports together."""
    together: dict[Ports, int] = {}
    for destinations, places in _by_membership([item.destinations for item in rectangles]):
        found = [rectangles[place].ports for place in places]
        sure = _union(ports.sure for ports in found)
        ports = Ports(sure, _union(ports.unknown for ports in found) & ~sure)
        together[ports] = together.get(ports, 0) | destinations
    yield from sorted(((found, ports) for ports, found in together.items()), key=lambda item: _lowest(item[0]))


def _by_membership(sets: list[int]) -> Iterator[tuple[int, tuple[int, ...]]]:
    """The members of some sets, those that are in the same sets together, with the places of the sets."""
    places_of: dict[int, list[int]] = {}
    for place, found in enumerate(sets):
        for member in members(found):
            places_of.setdefault(member, []).append(place)
    together: dict[tuple[int, ...], list[int]] = {}
    for member, places in places_of.items():
        together.setdefault(tuple(places), []).append(member)
    for key, alike in together.items():
        yield bitset(alike, max(alike) + 1), key


def _union(sets: Iterable[int]) -> int:
    found = 0
    for item in sets:
        found |= item
    return found


def _lowest(bits: int) -> int:
    return bits & -bits
