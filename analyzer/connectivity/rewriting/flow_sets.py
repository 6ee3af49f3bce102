"""Flows that some engines over some books allow and others do not: the exact difference, as rectangles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from analyzer.bits import members
from analyzer.connectivity.analysis import Comparison
from analyzer.connectivity.isolation import Direction
from analyzer.connectivity.reach import Block, Part


class Admits(NamedTuple):
    """What one evaluation of a comparison allows."""

    place: int
    possibly: bool = False
    """With what is not known."""

    def of(self, part: Part) -> int:
        """The parties that it lets through on some ports."""
        return part.admitted | part.unknown if self.possibly else part.admitted


class Gain(NamedTuple):
    """Flows between pods and each of some peers."""

    direction: Direction
    """On whose side the difference is: egress, and the pods are the sources."""
    subjects: int
    peers: int
    ports: int


class _Joint(NamedTuple):
    ports: int
    parts: tuple[Part, ...]


class _Alike(NamedTuple):
    classes: int
    joint: tuple[_Joint, ...]


@dataclass(frozen=True)
class FlowSets:
    """Over one comparison, on the ports that are in play."""

    comparison: Comparison
    in_play: int

    def difference(self, every: Sequence[Admits], none: Sequence[Admits]) -> Iterator[Gain]:
        """The flows that are in every one of some sets and in none of two others; the second may be left out.

        A flow may come twice, once for each side on which the first of the two refuses it.
        """
        for direction in Direction:
            for alike in self._alike[direction]:
                for joint in alike.joint:
                    opened = self._all(every, joint.parts) & ~none[0].of(joint.parts[none[0].place])
                    if opened & self.comparison.parties.everybody:
                        yield from self._of_side(direction, alike.classes, joint, (opened, every, none[1:]))

    def _of_side(
        self,
        direction: Direction,
        classes: int,
        joint: _Joint,
        wanted: tuple[int, Sequence[Admits], Sequence[Admits]],
    ) -> Iterator[Gain]:
        opened, every, rest = wanted
        parties = self.comparison.parties
        others = opened & parties.everybody & ~parties.pods
        others &= ~parties.local_dns_parties if direction is Direction.INGRESS else -1
        for item in rest:
            others &= ~item.of(joint.parts[item.place])
        if others and joint.ports & self.in_play:
            yield Gain(direction, classes, others, joint.ports & self.in_play)
        other = Direction.INGRESS if direction is Direction.EGRESS else Direction.EGRESS
        for alike in self._of_classes(other, opened & parties.pods):
            for facing in alike.joint:
                ports = joint.ports & facing.ports & self.in_play
                both = classes & self._all(every, facing.parts) if ports else 0
                for peers, subjects in _without((alike.classes & opened, both), rest, joint, facing):
                    if peers and subjects:
                        yield Gain(direction, subjects, peers, ports)

    def _all(self, every: Sequence[Admits], parts: tuple[Part, ...]) -> int:
        found = -1
        for item in every:
            found &= item.of(parts[item.place])
        return found

    def allows(self, place: int, sources: int, destinations: int, ports: int) -> bool:
        """Whether an evaluation surely allows every flow of a rectangle."""
        return not any(
            joint.ports & ports and peers & ~joint.parts[place].admitted
            for direction, subjects, peers in _sides(sources, destinations)
            for alike in self._of_classes(direction, subjects & self.comparison.parties.pods)
            for joint in alike.joint
        )

    def refuses(self, place: int, sources: int, destinations: int, ports: int) -> bool:
        """Whether one side of an evaluation surely refuses every flow of a rectangle."""
        pods = self.comparison.parties.pods
        return any(
            not any(
                joint.ports & ports and peers & (joint.parts[place].admitted | joint.parts[place].unknown)
                for alike in self._of_classes(direction, subjects)
                for joint in alike.joint
            )
            for direction, subjects, peers in _sides(sources, destinations)
            if not subjects & ~pods
        )

    def _of_classes(self, direction: Direction, classes: int) -> Iterator[_Alike]:
        """Those that hold some pods."""
        listed, group_of = self._alike[direction], self._group_of[direction]
        left = classes
        while left:
            alike = listed[group_of[(left & -left).bit_length() - 1]]
            yield alike
            left &= ~alike.classes

    @cached_property
    def _group_of(self) -> dict[Direction, list[int]]:
        """The place of each class among those that are alike."""
        found = {direction: [0] * len(self.comparison.parties.population.classes) for direction in Direction}
        for direction, listed in self._alike.items():
            for place, alike in enumerate(listed):
                for owner in members(alike.classes):
                    found[direction][owner] = place
        return found

    @cached_property
    def _alike(self) -> dict[Direction, tuple[_Alike, ...]]:
        """Pods for which every evaluation admits the same."""
        found: dict[Direction, tuple[_Alike, ...]] = {}
        for direction in Direction:
            together: dict[tuple[_Joint, ...], int] = {}
            for block in self.comparison.blocks[direction]:
                parts = tuple(self._joint(direction, block))
                together[parts] = together.get(parts, 0) | block.classes
            found[direction] = tuple(_Alike(classes, parts) for parts, classes in together.items())
        return found

    def _joint(self, direction: Direction, block: Block) -> Iterator[_Joint]:
        reaches = [
            evaluation.reach(direction, signature, block.numbers)
            for evaluation, signature in zip(self.comparison.evaluations, block.signatures, strict=True)
        ]
        found = [_Joint(self.comparison.ports.everything, ())]
        for reach in reaches:
            found = [
                _Joint(ports, (*joint.parts, part))
                for joint in found
                for part in reach
                if (ports := joint.ports & part.ports)
            ]
        yield from found


def _sides(sources: int, destinations: int) -> tuple[tuple[Direction, int, int], ...]:
    return ((Direction.EGRESS, sources, destinations), (Direction.INGRESS, destinations, sources))


def _without(pair: tuple[int, int], rest: Sequence[Admits], joint: _Joint, facing: _Joint) -> Iterator[tuple[int, int]]:
    """Peers and pods apart by the side on which another set refuses them."""
    peers, subjects = pair
    if not rest:
        yield peers, subjects
        return
    (item,) = rest
    allowed = item.of(joint.parts[item.place])
    yield peers & ~allowed, subjects
    yield peers & allowed, subjects & ~item.of(facing.parts[item.place])
