"""What changes for traffic that comes in through a Service's entrance: a load balancer, a node port, an external IP.

Rows 52, 53 and 55. Judged are Services with externalTrafficPolicy Cluster that select pods. With Local, clients keep
their addresses and the direct flows say it (rows 54 and 56).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from analyzer.bits import members
from analyzer.connectivity.analysis import Analysis, Comparison
from analyzer.connectivity.blame import Traffic
from analyzer.connectivity.causes import Causes
from analyzer.connectivity.change import Change, ChangeKind
from analyzer.connectivity.entrances import PROBE, Sees, View, is_entrance, views
from analyzer.connectivity.examples import Examples, Rectangle
from analyzer.connectivity.flow import PartyKind, Way
from analyzer.connectivity.isolation import Direction
from analyzer.connectivity.ports import NamedPort, PortSet, Span
from analyzer.connectivity.reach import Block, Part
from analyzer.model.objects import Service, ServicePort

_FREE = View(Sees.NOTHING, Sees.NOTHING)
_PLAIN = View(Sees.ITSELF, Sees.ITSELF)


class Entrance(NamedTuple):
    """Backends of one port of a Service that the same policies isolate."""

    service: Service
    port: ServicePort
    block: Block
    backends: int
    target: int
    """The target port, as a bitset."""


class _Egress(NamedTuple):
    admitted: int
    unknown: int
    classes: int


class _Sets(NamedTuple):
    admitted: int
    unknown: int


def entrance_changes(analysis: Analysis, comparison: Comparison, examples: Examples) -> Iterator[Change]:
    """What changes for clients outside, and for pods that go by the entrance."""
    search = _Entrances(analysis, comparison)
    for found in search.rectangles():
        yield from examples.change(found)


def entrances(analysis: Analysis, comparison: Comparison) -> Iterator[Entrance]:
    """Every port of every Service that lets clients in through any node, apart by backends that are alike."""
    parties, ports = comparison.parties, comparison.ports
    for service in analysis.services:
        if not is_entrance(service) or f"IPv{parties.family}" not in (service.spec.ip_families or ("IPv4",)):
            continue
        found = analysis.backends_of(service, parties.family)
        for port in service.spec.ports if found else ():
            wanted = _target(port)
            for classes, numbers in parties.population.by_numbers(found, wanted.names):
                if target := ports.bits(wanted.resolved(numbers)) & ports.everything:
                    yield from _of_classes(comparison, service, port, (classes, target))


def _of_classes(
    comparison: Comparison, service: Service, port: ServicePort, backends: tuple[int, int]
) -> Iterator[Entrance]:
    remaining, target = backends
    while remaining:
        block = comparison.block_of(Direction.INGRESS, (remaining & -remaining).bit_length() - 1)
        yield Entrance(service, port, block, remaining & block.classes, target)
        remaining &= ~block.classes


@dataclass(frozen=True)
class _Entrances:
    analysis: Analysis
    comparison: Comparison
    _egress: dict[int, tuple[_Egress, ...]] = field(default_factory=dict, repr=False)

    def rectangles(self) -> Iterator[Rectangle]:
        merged: dict[tuple[object, ...], int] = {}
        for entrance in entrances(self.analysis, self.comparison):
            for item in (*self._from_outside(entrance), *self._from_pods(entrance)):
                key = (item.kind, item.sources, item.ports, item.row, item.blame, item.way)
                merged[key] = merged.get(key, 0) | item.destinations
        for (kind, sources, ports, row, blame, way), destinations in merged.items():
            yield Rectangle(kind, sources, destinations, ports, row, blame, way)  # type: ignore[arg-type]

    def _from_outside(self, entrance: Entrance) -> Iterator[Rectangle]:
        parties = self.comparison.parties
        before, after = (views(engine, Way.ENTRANCE_LOCAL, False) for engine in self.comparison.engines)
        if before != after:
            yield from self._changed(entrance, Way.ENTRANCE_LOCAL, parties.outside)
        if self._has_remote_nodes:
            yield from self._changed(entrance, Way.ENTRANCE_REMOTE, parties.remote_nodes)

    @cached_property
    def _has_remote_nodes(self) -> bool:
        nodes = self.analysis.around.nodes
        return len(nodes) != 1

    def _changed(self, entrance: Entrance, way: Way, clients: int) -> Iterator[Rectangle]:
        before, after = (self._seen(place, entrance, way, clients) for place in (0, 1))
        kinds = (
            (ChangeKind.BLOCKED, before.admitted & ~after.admitted & ~after.unknown),
            (ChangeKind.ALLOWED, after.admitted & ~before.admitted & ~before.unknown),
            (ChangeKind.UNKNOWN, before.unknown | after.unknown),
        )
        for kind, changed in kinds:
            yield from self._told(entrance, kind, way, changed)

    def _told(self, entrance: Entrance, kind: ChangeKind, way: Way, changed: int) -> Iterator[Rectangle]:
        """The health probe apart: without it the load balancer gives up the whole Service (row 53)."""
        parties = self.comparison.parties
        is_probed = entrance.service.spec.type == "LoadBalancer" and way is Way.ENTRANCE_LOCAL
        probe = changed & parties.holding(PROBE) if is_probed else 0
        rows = (63, 63) if self._is_dropped(entrance) else (52, 53)
        for sources, row in zip((changed & ~probe, probe), rows, strict=True):
            if sources:
                traffic = Traffic(Direction.INGRESS, entrance.block, PartyKind.WORLD, sources, entrance.target)
                blame = {item: None for cause in self._causes.of(kind, traffic) for item in cause.blame}
                yield Rectangle(kind, sources, entrance.backends, entrance.target, row, tuple(blame), way)

    def _is_dropped(self, entrance: Entrance) -> bool:
        """Whether nobody carries the traffic afterwards (row 63)."""
        return bool(entrance.target & self.comparison.evaluations[1].dropped)

    @cached_property
    def _causes(self) -> Causes:
        return Causes(self.analysis.book, *self.comparison.evaluations)

    def _seen(self, engine: int, entrance: Entrance, way: Way, clients: int) -> _Sets:
        """The clients that the backend's policies admit; through another node, by the node that they come in by."""
        part = self._part(engine, Direction.INGRESS, entrance.block, entrance.target)
        found = [
            _Sets(clients, 0)
            if view.ingress is Sees.NOTHING
            else _Sets(part.admitted & clients, part.unknown & clients)
            for view in views(self.comparison.engines[engine], way, False)
        ]
        return _agreed(found)

    def _part(self, engine: int, direction: Direction, block: Block, port: int) -> Part:
        reach = self.comparison.evaluations[engine].reach(direction, block.signatures[engine], block.numbers)
        return next(part for part in reach if part.ports & port)

    def _from_pods(self, entrance: Entrance) -> Iterator[Rectangle]:
        """Pods that go by the entrance to a backend on their own node, where that was not filtered (row 55).

        A backend on another node is left out here: what its policies see depends on the node that the pod runs on.
        """
        before, after = (views(engine, Way.ENTRANCE_LOCAL, True) for engine in self.comparison.engines)
        if before == after or _PLAIN not in after:
            return
        is_sure = before == (_FREE,)
        for kind, sources, backends in self._refused_pods(entrance, entrance.backends):
            told = kind if is_sure else ChangeKind.UNKNOWN
            traffic = Traffic(Direction.INGRESS, entrance.block, PartyKind.POD, sources, entrance.target)
            blame = {item: None for cause in self._causes.of(told, traffic) for item in cause.blame}
            row = 63 if self._is_dropped(entrance) else 55
            yield Rectangle(told, sources, backends, entrance.target, row, tuple(blame), Way.ENTRANCE_LOCAL)

    def _refused_pods(self, entrance: Entrance, backends: int) -> Iterator[tuple[ChangeKind, int, int]]:
        """The pods that may not talk to some backends afterwards, or of which it is not known."""
        part = self._part(1, Direction.INGRESS, entrance.block, entrance.target)
        admitted = doubtful = 0
        for item in self._egress_on(entrance.target):
            if item.admitted & backends == backends:
                admitted |= item.classes
            elif (item.admitted | item.unknown) & backends == 0:
                continue
            elif backends.bit_count() > 1:
                for backend in members(backends):
                    yield from self._refused_pods(entrance, 1 << backend)
                return
            else:
                doubtful |= item.classes
        possible = (admitted | doubtful) & (part.admitted | part.unknown)
        sure = admitted & part.admitted
        pods = self.comparison.parties.pods
        yield ChangeKind.BLOCKED, pods & ~possible, backends
        if unknown := possible & ~sure:
            yield ChangeKind.UNKNOWN, unknown, backends

    def _egress_on(self, port: int) -> tuple[_Egress, ...]:
        """What pods may reach on one port afterwards, those together that may reach the same."""
        if port not in self._egress:
            found: dict[tuple[int, int], int] = {}
            for block in self.comparison.blocks[Direction.EGRESS]:
                part = self._part(1, Direction.EGRESS, block, port)
                key = (part.admitted, part.unknown)
                found[key] = found.get(key, 0) | block.classes
            self._egress[port] = tuple(_Egress(*key, classes) for key, classes in found.items())
        return self._egress[port]


def _target(port: ServicePort) -> PortSet:
    """The target port; an absent one is the port itself."""
    target = port.target_port or port.port
    if isinstance(target, str):
        return PortSet(names=frozenset([NamedPort(port.protocol, target)]))
    return PortSet((Span(port.protocol, target, target),))


def _agreed(found: list[_Sets]) -> _Sets:
    """What several views agree on; the rest is unknown."""
    admitted, possible = found[0].admitted, found[0].admitted | found[0].unknown
    for item in found[1:]:
        admitted, possible = admitted & item.admitted, possible | item.admitted | item.unknown
    return _Sets(admitted, possible & ~admitted)
