"""Why the traffic of some pods changes: the row of the semantics that decides, and the policies to blame."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import NamedTuple

from analyzer.connectivity.change import Blame, ChangeKind, Effect, Side
from analyzer.connectivity.enforcement import Action, Enforcement, Grant, How, Section
from analyzer.connectivity.flow import PartyKind
from analyzer.connectivity.isolation import Direction
from analyzer.connectivity.reach import Block, Evaluation
from analyzer.connectivity.reading import PolicyBook


class Traffic(NamedTuple):
    """What changes for the pods of one block, with peers of one kind."""

    direction: Direction
    block: Block
    peer_kind: PartyKind
    peers: int
    ports: int


class Cause(NamedTuple):
    """A part of it that changes for one reason."""

    peers: int
    ports: int
    row: int
    blame: tuple[Blame, ...]


_BY_ADDRESS: Mapping[tuple[PartyKind, Direction], int] = MappingProxyType(
    {
        (PartyKind.POD, Direction.EGRESS): 13,
        (PartyKind.POD, Direction.INGRESS): 13,
        (PartyKind.OWN_NODE, Direction.EGRESS): 15,
        (PartyKind.REMOTE_NODE, Direction.EGRESS): 14,
        (PartyKind.REMOTE_NODE, Direction.INGRESS): 36,
        (PartyKind.LOCAL_DNS, Direction.EGRESS): 37,
        (PartyKind.API_SERVER, Direction.EGRESS): 38,
        (PartyKind.WORLD, Direction.EGRESS): 16,
        (PartyKind.WORLD, Direction.INGRESS): 16,
    }
)
"""The row that says what an address range means for a peer."""
_OF_PORTS = (24, 26, 27, 28)
_OWN_ROWS = (8, 9, 40)
"""Rows of the engine before that say why it admitted what the plain reading does not."""


@dataclass(frozen=True)
class Causes:
    """Of two engines over the same policies."""

    book: PolicyBook
    before: Evaluation
    after: Evaluation

    def of(self, kind: ChangeKind, traffic: Traffic) -> Iterator[Cause]:
        """The traffic, apart by reasons. The parts do not overlap."""
        match kind:
            case ChangeKind.BLOCKED:
                yield from self._lost(traffic)
            case ChangeKind.ALLOWED:
                yield from self._gained(traffic)
            case ChangeKind.UNKNOWN:
                yield self._unknown(traffic)

    def _lost(self, traffic: Traffic) -> Iterator[Cause]:
        if dropped := traffic.ports & self.after.dropped:
            yield Cause(traffic.peers, dropped, self.after.enforcement.dropped_row, ())
            traffic = traffic._replace(ports=traffic.ports & ~dropped)
        enforcement, direction = self.before.enforcement, traffic.direction
        free = traffic.peers & enforcement.unfiltered[direction]
        if free and traffic.ports:
            row = self._free_row(traffic, enforcement)
            yield Cause(free, traffic.ports, row, self._isolating(self.after, traffic, Side.AFTER))
            traffic = traffic._replace(peers=traffic.peers & ~free)
        if not traffic.peers or not traffic.ports:
            return
        sections = self._sections(self.before, traffic)
        if not sections:
            row = self._waking_row(traffic)
            yield Cause(traffic.peers, traffic.ports, row, self._isolating(self.after, traffic, Side.AFTER))
        else:
            yield from self._by_grants(traffic, sections)

    @staticmethod
    def _free_row(traffic: Traffic, enforcement: Enforcement) -> int:
        """The row for which nothing was filtered; node-local DNS has one of its own."""
        row = enforcement.unfiltered_row[traffic.direction]
        return 37 if row and row != _IPV6 and traffic.peer_kind is PartyKind.LOCAL_DNS else row

    def _by_grants(self, traffic: Traffic, sections: tuple[Section, ...]) -> Iterator[Cause]:
        """Each rule that admitted a part of the traffic is blamed for what no earlier rule admitted."""
        left = [(traffic.peers, traffic.ports)]
        for section in sections:
            for grant in section.grants:
                if grant.action is not Action.ALLOW or not grant.is_sure:
                    continue
                ports = self._ports(self.before, grant, traffic.block)
                hits, left = _taken(left, grant.peers, ports)
                for peers, some in hits:
                    row = self._lost_row(traffic, section, grant, peers)
                    yield Cause(peers, some, row, self._lost_blame(traffic._replace(peers=peers), section, grant))
        for peers, some in left:
            blame = self._isolating(self.after, traffic, Side.AFTER)
            yield Cause(peers, some, self._waking_row(traffic), blame)

    def _lost_blame(self, traffic: Traffic, section: Section, grant: Grant) -> tuple[Blame, ...]:
        """The rule that goes; of a policy that goes as a whole also those that then refuse (row 40)."""
        blame = (Blame(section.policy, traffic.direction, grant.rule, Effect.ADMITTED, Side.BEFORE),)
        refusing = self._refusing(traffic)
        if refusing:
            return (*blame, *refusing)
        if section.policy not in self._places(self.after)[traffic.direction]:
            return (*blame, *self._isolating(self.after, traffic, Side.AFTER))
        return blame

    def _refusing(self, traffic: Traffic) -> tuple[Blame, ...]:
        """The rules that refuse the traffic after the change."""
        return tuple(
            Blame(section.policy, traffic.direction, grant.rule, Effect.REFUSES, Side.AFTER)
            for section in self._sections(self.after, traffic)
            for grant in section.grants
            if grant.action is Action.DENY
            and grant.peers & traffic.peers
            and self._ports(self.after, grant, traffic.block) & traffic.ports
        )

    def _lost_row(self, traffic: Traffic, section: Section, grant: Grant, peers: int) -> int:
        if grant.row in _OWN_ROWS:
            return grant.row
        other = self._places(self.after)[traffic.direction].get(section.policy)
        if other is None:
            return self._passed_over(self.after).get((section.policy, traffic.direction), section.row)
        counterparts = [item for item in other.grants if (item.rule, item.peer) == (grant.rule, grant.peer)]
        if any(item.peers & peers == peers and item.is_sure for item in counterparts):
            return next((item.row for item in counterparts if item.row in _OF_PORTS), 0)
        if grant.how is How.IP_BLOCK:
            return _BY_ADDRESS.get((traffic.peer_kind, traffic.direction), 16)
        return 12 if grant.how is How.SELECTOR else 0

    def _waking_row(self, traffic: Traffic) -> int:
        """Why policies isolate pods that none isolated before."""
        passed_over = self._passed_over(self.before)
        for section in self._sections(self.after, traffic):
            row = section.row or passed_over.get((section.policy, traffic.direction), 0)
            if section.isolates and row:
                return row
        own = any(self._is_ciliums(section.policy) for section in self._sections(self.after, traffic))
        return 41 if own else 0

    def _is_ciliums(self, policy: int) -> bool:
        return self.book.first_cilium <= policy < self.book.first_calico

    def _gained(self, traffic: Traffic) -> Iterator[Cause]:
        if dropped := traffic.ports & self.before.dropped:
            yield Cause(traffic.peers, dropped, self.before.enforcement.dropped_row, ())
            traffic = traffic._replace(ports=traffic.ports & ~dropped)
        if not traffic.ports:
            return
        blame = self._refused(traffic) or self._isolating(self.before, traffic, Side.BEFORE)
        free = traffic.peers & self.after.enforcement.unfiltered[traffic.direction]
        sections = self._sections(self.after, traffic)
        if free or not sections:
            parties = free if sections else traffic.peers
            yield Cause(parties, traffic.ports, self._leaving_row(traffic), blame)
            traffic = traffic._replace(peers=traffic.peers & ~parties)
        left = [(traffic.peers, traffic.ports)] if traffic.peers else []
        for section in sections:
            for grant in section.grants:
                if grant.action is not Action.ALLOW or not grant.is_sure:
                    continue
                hits, left = _taken(left, grant.peers, self._ports(self.after, grant, traffic.block))
                rule = Blame(section.policy, traffic.direction, grant.rule, Effect.ADMITS, Side.AFTER)
                for peers, some in hits:
                    part = traffic._replace(peers=peers, ports=some)
                    yield Cause(peers, some, self._gained_row(part, section, grant), (rule, *self._refused(part)))
        for peers, some in left:
            yield Cause(peers, some, self._leaving_row(traffic), blame)

    def _gained_row(self, traffic: Traffic, section: Section, grant: Grant) -> int:
        if grant.row:
            return grant.row
        if self._refused(traffic):
            return 40
        row = self._passed_over(self.before).get((section.policy, traffic.direction), 0)
        if row or not self._is_ciliums(section.policy):
            return row or section.row or self._leaving_row(traffic)
        return 41

    def _refused(self, traffic: Traffic) -> tuple[Blame, ...]:
        """The rules that refused the traffic before the change."""
        return tuple(
            Blame(section.policy, traffic.direction, grant.rule, Effect.REFUSED, Side.BEFORE)
            for section in self._sections(self.before, traffic)
            for grant in section.grants
            if grant.action is Action.DENY
            and grant.peers & traffic.peers
            and self._ports(self.before, grant, traffic.block) & traffic.ports
        )

    def _leaving_row(self, traffic: Traffic) -> int:
        """Why policies no longer isolate pods that they isolated."""
        passed_over = self._passed_over(self.after)
        kept = self._places(self.after)[traffic.direction]
        for section in self._sections(self.before, traffic):
            if row := section.row or passed_over.get((section.policy, traffic.direction), 0):
                return row
            if section.policy in kept and not kept[section.policy].subjects & traffic.block.classes:
                return 12
        has_own = any(item.policy >= self.book.first_calico for item in self._sections(self.before, traffic))
        return 40 if has_own else 0

    def _unknown(self, traffic: Traffic) -> Cause:
        if traffic.peer_kind is PartyKind.API_SERVER and traffic.direction is Direction.INGRESS:
            return Cause(traffic.peers, traffic.ports, 39, ())
        found: list[tuple[int, Blame]] = []
        for evaluation, side in ((self.before, Side.BEFORE), (self.after, Side.AFTER)):
            found += self._doubts(evaluation, side, traffic)
        if found:
            return Cause(traffic.peers, traffic.ports, found[0][0], tuple(dict.fromkeys(blame for _, blame in found)))
        blame = self._isolating(self.after, traffic, Side.AFTER) or self._isolating(self.before, traffic, Side.BEFORE)
        return Cause(traffic.peers, traffic.ports, 0, blame)

    def _doubts(self, evaluation: Evaluation, side: Side, traffic: Traffic) -> Iterator[tuple[int, Blame]]:
        """The sections that may select the pods, and the grants that may match."""
        direction = traffic.direction
        signature = traffic.block.signatures[0 if side is Side.BEFORE else 1]
        sections = evaluation.enforcement.sections[direction]
        isolates = Effect.ISOLATED if side is Side.BEFORE else Effect.ISOLATES
        admits = Effect.ADMITTED if side is Side.BEFORE else Effect.ADMITS
        for place in signature.maybe:
            yield sections[place].row, Blame(sections[place].policy, direction, -1, isolates, side)
        for section in (sections[place] for place in (*signature.sure, *signature.maybe)):
            for grant in section.grants:
                ports = self._ports(evaluation, grant, traffic.block)
                if not grant.is_sure and grant.peers & traffic.peers and ports & traffic.ports:
                    yield grant.row, Blame(section.policy, direction, grant.rule, admits, side)

    def _isolating(self, evaluation: Evaluation, traffic: Traffic, side: Side) -> tuple[Blame, ...]:
        effect = Effect.ISOLATED if side is Side.BEFORE else Effect.ISOLATES
        return tuple(
            Blame(policy, traffic.direction, -1, effect, side)
            for policy in sorted({item.policy for item in self._sections(evaluation, traffic) if item.isolates})
        )

    def _sections(self, evaluation: Evaluation, traffic: Traffic) -> tuple[Section, ...]:
        """Those that surely select the pods."""
        signature = traffic.block.signatures[0 if evaluation is self.before else 1]
        sections = evaluation.enforcement.sections[traffic.direction]
        return tuple(sections[place] for place in signature.sure)

    @staticmethod
    def _ports(evaluation: Evaluation, grant: Grant, block: Block) -> int:
        return evaluation.grant_ports(grant, block.numbers)

    def _places(self, evaluation: Evaluation) -> dict[Direction, dict[int, Section]]:
        return self._before_places if evaluation is self.before else self._after_places

    @cached_property
    def _before_places(self) -> dict[Direction, dict[int, Section]]:
        return _by_policy(self.before.enforcement)

    @cached_property
    def _after_places(self) -> dict[Direction, dict[int, Section]]:
        return _by_policy(self.after.enforcement)

    def _passed_over(self, evaluation: Evaluation) -> dict[tuple[int, Direction], int]:
        return self._before_passed if evaluation is self.before else self._after_passed

    @cached_property
    def _before_passed(self) -> dict[tuple[int, Direction], int]:
        return {(item.policy, item.direction): item.row for item in self.before.enforcement.not_enforced}

    @cached_property
    def _after_passed(self) -> dict[tuple[int, Direction], int]:
        return {(item.policy, item.direction): item.row for item in self.after.enforcement.not_enforced}


_IPV6 = 19


def _by_policy(enforcement: Enforcement) -> dict[Direction, dict[int, Section]]:
    return {
        direction: {section.policy: section for section in sections}
        for direction, sections in enforcement.sections.items()
    }


_Rectangles = list[tuple[int, int]]


def _taken(left: _Rectangles, peers: int, ports: int) -> tuple[_Rectangles, _Rectangles]:
    """What a grant covers of some traffic, and what it leaves."""
    hits: _Rectangles = []
    rest: _Rectangles = []
    for among, some in left:
        if not (hit := among & peers) or not (met := some & ports):
            rest.append((among, some))
            continue
        hits.append((hit, met))
        if missed := among & ~peers:
            rest.append((missed, some))
        if others := some & ~ports:
            rest.append((hit, others))
    return hits, rest
