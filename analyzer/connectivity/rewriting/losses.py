"""What each change loses on which side: the side that is blamed, and the other one where it refuses as well."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from analyzer.connectivity.analysis import Analysis, Comparison
from analyzer.connectivity.blame import Traffic
from analyzer.connectivity.causes import Causes
from analyzer.connectivity.change import Blame, Change, ChangeKind
from analyzer.connectivity.flow import PartyKind, Way
from analyzer.connectivity.isolation import Direction
from analyzer.connectivity.ports import PortSet
from analyzer.connectivity.reach import Block


class Loss(NamedTuple):
    """Traffic of some pods that their own policies admitted before and refuse after, or the other way round."""

    change: int
    """The place of the change that it belongs to."""
    kind: ChangeKind
    direction: Direction
    subjects: int
    """Classes of pods, over the parties of the comparison."""
    peers: int
    ports: PortSet
    row: int
    blame: tuple[Blame, ...]
    way: Way = Way.DIRECT


class _Losing(NamedTuple):
    block: Block
    ports: int
    peers: int


@dataclass(frozen=True)
class Losses:
    """Over one comparison of the engine before with the one after."""

    analysis: Analysis
    comparison: Comparison

    def of(self, place: int, change: Change) -> tuple[Loss, ...]:
        """The losses of a change: as long as one of them stands, its flows are lost. None without a policy to blame."""
        if not change.blame:
            return ()
        direction = change.blame[0].direction
        subjects, peers = _sides(change, direction)
        found = Loss(place, change.kind, direction, subjects, peers, change.ports, change.row, change.blame, change.way)
        if change.kind is not ChangeKind.BLOCKED or direction is Direction.INGRESS or change.way is not Way.DIRECT:
            return (found,)
        return (found, *self._behind(found))

    def _behind(self, found: Loss) -> Iterator[Loss]:
        """What the destinations' own policies lose of the same flows."""
        pods = self.comparison.parties.pods
        ports = self.comparison.ports.bits(found.ports)
        together: dict[tuple[int, int, int, tuple[Blame, ...]], int] = {}
        for item in self._losing if found.peers & pods else ():
            subjects, peers = item.block.classes & found.peers, item.peers & found.subjects
            if not (subjects and peers and item.ports & ports):
                continue
            traffic = Traffic(Direction.INGRESS, item.block, PartyKind.POD, peers, item.ports & ports)
            for cause in self._causes.of(ChangeKind.BLOCKED, traffic):
                key = (cause.peers, cause.ports, cause.row, cause.blame)
                together[key] = together.get(key, 0) | subjects
        for (peers, some, row, blame), subjects in together.items():
            port_set = self.comparison.ports.port_set(some)
            yield Loss(found.change, found.kind, Direction.INGRESS, subjects, peers, port_set, row, blame)

    @cached_property
    def _causes(self) -> Causes:
        return Causes(self.analysis.book, *self.comparison.evaluations)

    @cached_property
    def _losing(self) -> tuple[_Losing, ...]:
        """The pods of which ingress loses other pods."""
        return tuple(self._all_losing(self.comparison.blocks[Direction.INGRESS]))

    def _all_losing(self, blocks: Iterable[Block]) -> Iterator[_Losing]:
        pods = self.comparison.parties.pods
        for block in blocks:
            before, after = (
                evaluation.reach(Direction.INGRESS, signature, block.numbers)
                for evaluation, signature in zip(self.comparison.evaluations, block.signatures, strict=True)
            )
            for one in before:
                for other in after:
                    lost = one.admitted & ~other.admitted & pods
                    if lost and one.ports & other.ports:
                        yield _Losing(block, one.ports & other.ports, lost)


def _sides(change: Change, direction: Direction) -> tuple[int, int]:
    if direction is Direction.EGRESS:
        return change.sources, change.destinations
    return change.destinations, change.sources
