"""Which traffic changes between two engines: rectangles of sources, destinations and ports, never pairs.

A flow is admitted where the source's egress and the destination's ingress are. So a difference on one side is a change
only for the peers that the other side admits; it is narrowed to those, block by block.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property, reduce
from itertools import product
from operator import attrgetter, itemgetter, or_
from typing import NamedTuple

from analyzer.bits import EVERY
from analyzer.connectivity.analysis import Analysis, Comparison
from analyzer.connectivity.blame import Traffic
from analyzer.connectivity.causes import Cause, Causes
from analyzer.connectivity.change import Change, ChangeKind
from analyzer.connectivity.engines.settings import Settings
from analyzer.connectivity.examples import Examples, Rectangle
from analyzer.connectivity.flow import PartyKind
from analyzer.connectivity.gates import Gate, Gates, indexed
from analyzer.connectivity.isolation import Direction
from analyzer.connectivity.port_clashes import clash_changes
from analyzer.connectivity.reach import Block, Part
from analyzer.connectivity.service_changes import entrance_changes


def changes(analysis: Analysis, before: Settings, after: Settings) -> tuple[Change, ...]:
    """Every flow that one engine admits and the other does not, or of which one of them is not known; likeliest first.

    Raises LackingError where an engine reads a list that was not all read.
    """
    found: list[Change] = []
    for family in analysis.families:
        comparison = analysis.comparison(before, after, family=family)
        found += _Search(analysis, comparison).changes()
    return tuple(sorted(found, key=lambda item: item.rank))


class _Joint(NamedTuple):
    """What both engines admit on some ports."""

    ports: int
    before: Part
    after: Part


class _Alike(NamedTuple):
    """Pods for which both engines admit the same peers on the same ports."""

    classes: int
    parts: tuple[_Joint, ...]


_A, _R, _U, _ANY = "admitted", "refused", "unknown", "any"
_SIDES = (_A, _R, _U)


def _together(one: str, other: str) -> str:
    """What both sides make of a flow."""
    if _R in (one, other):
        return _R
    return _U if _U in (one, other) else _A


def _kind(before: str, after: str) -> ChangeKind | None:
    if _U in (before, after):
        return ChangeKind.UNKNOWN
    if before == after:
        return None
    return ChangeKind.BLOCKED if after == _R else ChangeKind.ALLOWED


@dataclass(frozen=True)
class _Search:
    analysis: Analysis
    comparison: Comparison
    _known_gates: dict[tuple[Direction, tuple[str, str]], Gates] = field(default_factory=dict)

    _joints: dict[tuple[Direction, int], tuple[_Joint, ...]] = field(default_factory=dict)

    def changes(self) -> Iterator[Change]:
        """Direct ones first, then those through Services."""
        examples = Examples(self.analysis, self.comparison)
        for direction in Direction:
            for found in self._merged(self._direct(direction)):
                yield from examples.change(found)
        yield from entrance_changes(self.analysis, self.comparison, examples)
        for found in clash_changes(self.analysis, self.comparison):
            yield from examples.change(found)

    def _merged(self, found: Iterator[Rectangle]) -> Iterator[Rectangle]:
        """Rectangles that differ on one side alone, as one: in their sources, then destinations, then ports."""
        for side in _SETS:
            found = self._united(found, side)
        yield from found

    def _united(self, found: Iterator[Rectangle], side: str) -> Iterator[Rectangle]:
        """Those that differ in one set alone. Pods, nodes and addresses stay apart, as people speak of them."""
        together: dict[tuple[object, ...], tuple[Rectangle, list[int]]] = {}
        kind_of, own, rest = self.comparison.parties.kind_of, _OWN[side], _REST[side]
        for item in found:
            bits = own(item)
            kind = kind_of((bits & -bits).bit_length() - 1) if side != "ports" else None
            key = (kind, rest(item))
            if known := together.get(key):
                known[1].append(bits)
            else:
                together[key] = (item, [bits])
        for item, sets in together.values():
            yield item if len(sets) == 1 else Rectangle(**{**item._asdict(), side: reduce(or_, sets)})

    def _direct(self, direction: Direction) -> Iterator[Rectangle]:
        causes = Causes(self.analysis.book, *self.comparison.evaluations)
        for block in self.comparison.blocks[direction]:
            for joint in self._joint(direction, block):
                for before, after, peers in _differing(joint, self.comparison.parties.everybody):
                    yield from self._of_side(causes, direction, block, (before, after, peers, joint.ports))

    def _of_side(
        self, causes: Causes, direction: Direction, block: Block, side: tuple[str, str, int, int]
    ) -> Iterator[Rectangle]:
        before, after, peers, ports = side
        ports &= self.in_play
        kind = _kind(before, after) or ChangeKind.UNKNOWN
        for peer_kind, some in self.comparison.parties.by_kind(peers) if ports else ():
            if not self._exists(direction, peer_kind):
                continue
            for cause in causes.of(kind, Traffic(direction, block, peer_kind, some, ports)):
                if peer_kind is PartyKind.POD:
                    yield from self._with_other_side(direction, block.classes, (before, after), cause)
                else:
                    yield _found(kind, direction, block.classes, cause.peers, cause)

    @staticmethod
    def _exists(direction: Direction, peer: PartyKind) -> bool:
        """Whether such peers talk in that direction: node-local DNS starts no connection."""
        return not (direction is Direction.INGRESS and peer is PartyKind.LOCAL_DNS)

    def _with_other_side(
        self, direction: Direction, subjects: int, side: tuple[str, str], cause: Cause
    ) -> Iterator[Rectangle]:
        """Egress differences meet every ingress; ingress differences only what egress admits under both engines."""
        for others, gates in self._gates(direction, side).around(subjects):
            if not (let_in := subjects & others):
                continue
            for gate in gates:
                if (peers := cause.peers & gate.classes) and (ports := cause.ports & gate.ports):
                    yield _found(gate.kind, direction, let_in, peers, cause._replace(ports=ports))

    def _gates(self, direction: Direction, side: tuple[str, str]) -> Gates:
        """What the other side makes of flows of which this side makes that, by the parties that it lets through."""
        if (direction, side) not in self._known_gates:
            other = Direction.INGRESS if direction is Direction.EGRESS else Direction.EGRESS
            found: dict[int, dict[tuple[int, ChangeKind], int]] = {}
            for alike in self._alike[other]:
                for joint in alike.parts:
                    for parties, kind in _narrowed(direction, side, joint):
                        of_parties = found.setdefault(parties & self.comparison.parties.pods, {})
                        key = (joint.ports, kind)
                        of_parties[key] = of_parties.get(key, 0) | alike.classes
            listed = {
                parties: tuple(Gate(*key, classes) for key, classes in gates.items())
                for parties, gates in found.items()
            }
            self._known_gates[direction, side] = indexed(self.comparison.parties.population, listed)
        return self._known_gates[direction, side]

    def _joint(self, direction: Direction, block: Block) -> tuple[_Joint, ...]:
        key = (direction, block.classes)
        if key not in self._joints:
            self._joints[key] = self._joined(direction, block)
        return self._joints[key]

    def _joined(self, direction: Direction, block: Block) -> tuple[_Joint, ...]:
        before, after = (
            evaluation.reach(direction, signature, block.numbers)
            for evaluation, signature in zip(self.comparison.evaluations, block.signatures, strict=True)
        )
        return tuple(
            _Joint(ports, one, other) for one in before for other in after if (ports := one.ports & other.ports)
        )

    @cached_property
    def _alike(self) -> dict[Direction, tuple[_Alike, ...]]:
        found: dict[Direction, tuple[_Alike, ...]] = {}
        for direction in Direction:
            together: dict[tuple[_Joint, ...], int] = {}
            for block in self.comparison.blocks[direction]:
                parts = self._joint(direction, block)
                together[parts] = together.get(parts, 0) | block.classes
            found[direction] = tuple(_Alike(classes, parts) for parts, classes in together.items())
        return found

    @cached_property
    def in_play(self) -> int:
        """The ports that anything in the cluster may use: SCTP only where a pod, a Service or a policy names it."""
        return self.comparison.ports.of_protocols(self.analysis.protocols)


_SETS = ("sources", "destinations", "ports")
_OWN = {side: attrgetter(side) for side in _SETS}
_REST = {side: itemgetter(*(place for place, name in enumerate(Rectangle._fields) if name != side)) for side in _SETS}
"""What else a rectangle is, beside one of its sets."""


def _found(kind: ChangeKind, direction: Direction, subjects: int, peers: int, cause: Cause) -> Rectangle:
    sources, destinations = (subjects, peers) if direction is Direction.EGRESS else (peers, subjects)
    return Rectangle(kind, sources, destinations, cause.ports, cause.row, cause.blame)


def _narrowed(direction: Direction, side: tuple[str, str], joint: _Joint) -> Iterator[tuple[int, ChangeKind]]:
    """The parties that the other side lets through, by what then becomes of the flow."""
    if direction is Direction.INGRESS:
        kind = _kind(*side)
        both = joint.before.admitted & joint.after.admitted
        if both and kind:
            yield both, kind
        return
    for before, after in product(_options(side[0]), _options(side[1])):
        kind = _kind(_together(side[0], before), _together(side[1], after))
        if kind and (parties := _of(joint.before, before) & _of(joint.after, after)):
            yield parties, kind


def _differing(joint: _Joint, everybody: int) -> Iterator[tuple[str, str, int]]:
    """The peers for which the engines differ, or one of them is not known, by what each makes of them."""
    one, other = joint.before, joint.after
    if one.admitted == other.admitted and not (one.unknown or other.unknown):
        return
    sides = _SIDES if one.unknown or other.unknown else (_A, _R)
    for before, after in product(sides, sides):
        if before == after and before != _U:
            continue
        if peers := _of(one, before) & _of(other, after) & everybody:
            yield before, after, peers


def _of(part: Part, verdict: str) -> int:
    if verdict == _ANY:
        return EVERY
    if verdict == _A:
        return part.admitted
    return part.unknown if verdict == _U else ~(part.admitted | part.unknown)


def _options(side: str) -> tuple[str, ...]:
    """What the other side may make of flows: it does not matter for what this one refuses."""
    return (_ANY,) if side == _R else _SIDES
