"""Why the traffic of some pods changes: the row of the semantics that decides, and the policies to blame."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import NamedTuple

from analyzer.bits import EVERY
from analyzer.connectivity.blame import EngineSide, Traffic
from analyzer.connectivity.change import Blame, ChangeKind, Side
from analyzer.connectivity.enforcement import Grant, How, Section
from analyzer.connectivity.flow import PartyKind
from analyzer.connectivity.isolation import Direction
from analyzer.connectivity.reach import Evaluation
from analyzer.connectivity.reading import PolicyBook


class Cause(NamedTuple):
    """A part of some traffic that changes for one reason."""

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
_OF_WHOLE_POLICIES = (11, 18)
"""Rows for which a policy was passed over as a whole: they go before one of its directions."""
_IPV6 = 19


@dataclass(frozen=True)
class Causes:
    """Of two engines over the same policies."""

    book: PolicyBook
    first: Evaluation
    second: Evaluation

    @cached_property
    def before(self) -> EngineSide:
        """The engine before."""
        return EngineSide(self.first, Side.BEFORE)

    @cached_property
    def after(self) -> EngineSide:
        """The engine after."""
        return EngineSide(self.second, Side.AFTER)

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
        if dropped := traffic.ports & self.second.dropped:
            yield Cause(traffic.peers, dropped, self.second.enforcement.dropped_row, ())
            traffic = traffic._replace(ports=traffic.ports & ~dropped)
        if (free := traffic.peers & self.first.enforcement.unfiltered[traffic.direction]) and traffic.ports:
            yield self._stopped(traffic._replace(peers=free), self._free_row(traffic))
            traffic = traffic._replace(peers=traffic.peers & ~free)
        if not traffic.peers or not traffic.ports:
            return
        if self.before.sections(traffic):
            yield from self._no_longer_admitted(traffic)
        else:
            yield self._stopped(traffic, self._waking_row(traffic))

    def _stopped(self, traffic: Traffic, row: int) -> Cause:
        """What nobody filtered, and what is refused by a rule, or else because policies isolate the pods."""
        if refusing := self.after.refusing(traffic):
            return Cause(traffic.peers, traffic.ports, 41, refusing)
        return Cause(traffic.peers, traffic.ports, row, self.after.isolating(traffic))

    def _free_row(self, traffic: Traffic) -> int:
        """The row for which nothing was filtered; node-local DNS has one of its own."""
        row = self.first.enforcement.unfiltered_row[traffic.direction]
        return 37 if row and row != _IPV6 and traffic.peer_kind is PartyKind.LOCAL_DNS else row

    def _no_longer_admitted(self, traffic: Traffic) -> Iterator[Cause]:
        """Each rule that admitted a part of the traffic is blamed for what no earlier rule admitted."""
        left = [(traffic.peers, traffic.ports)]
        for section, grant in self.before.admitting(traffic):
            hits, left = _taken(left, grant.peers, self.before.ports(grant, traffic))
            for peers, ports in hits:
                part = traffic._replace(peers=peers, ports=ports)
                yield Cause(peers, ports, self._lost_row(part, section, grant), self._lost_blame(part, section, grant))
        for peers, ports in left:
            yield self._stopped(traffic._replace(peers=peers, ports=ports), self._waking_row(traffic))

    def _lost_blame(self, traffic: Traffic, section: Section, grant: Grant) -> tuple[Blame, ...]:
        """The rule that goes; of a policy that goes as a whole also those that then refuse (row 40)."""
        admitted = self.before.admits(traffic, section, grant)
        if refusing := self.after.refusing(traffic):
            return (admitted, *refusing)
        if section.policy not in self.after.by_policy[traffic.direction]:
            return (admitted, *self.after.isolating(traffic))
        return (admitted,)

    def _lost_row(self, traffic: Traffic, section: Section, grant: Grant) -> int:
        if self.after.refusing(traffic):
            return 41
        other = self.after.by_policy[traffic.direction].get(section.policy)
        if other is None:
            return self.after.passed_over.get((section.policy, traffic.direction), section.row)
        same = [item for item in other.grants if (item.rule, item.peer) == (grant.rule, grant.peer)]
        if any(item.peers & traffic.peers == traffic.peers and item.is_sure for item in same):
            return next((item.row for item in same if item.row in _OF_PORTS), 0)
        if grant.row in _OWN_ROWS:
            return grant.row
        if grant.how is How.IP_BLOCK:
            return _BY_ADDRESS.get((traffic.peer_kind, traffic.direction), 16)
        return 12 if grant.how is How.SELECTOR else 0

    def _waking_row(self, traffic: Traffic) -> int:
        """Why policies isolate pods that none isolated before."""
        sections = [section for section in self.after.sections(traffic) if section.isolates]
        passed_over = self.before.passed_over
        rows = [passed_over.get((item.policy, traffic.direction), 0) or item.row for item in sections]
        if found := [row for row in rows if row]:
            return next((row for row in found if row in _OF_WHOLE_POLICIES), found[0])
        return 41 if any(self._is_ciliums(section.policy) for section in sections) else 0

    def _is_ciliums(self, policy: int) -> bool:
        return self.book.first_cilium <= policy < self.book.first_calico

    def _gained(self, traffic: Traffic) -> Iterator[Cause]:
        if dropped := traffic.ports & self.first.dropped:
            yield Cause(traffic.peers, dropped, self.first.enforcement.dropped_row, ())
            traffic = traffic._replace(ports=traffic.ports & ~dropped)
        refused = self.before.refusing(traffic) or self.before.isolating(traffic)
        free = traffic.peers & self.second.enforcement.unfiltered[traffic.direction]
        if not self.after.sections(traffic):
            free = traffic.peers
        if free and traffic.ports:
            yield Cause(free, traffic.ports, self._leaving_row(traffic), refused)
        if (peers := traffic.peers & ~free) and traffic.ports:
            yield from self._newly_admitted(traffic._replace(peers=peers), refused)

    def _newly_admitted(self, traffic: Traffic, refused: tuple[Blame, ...]) -> Iterator[Cause]:
        left = [(traffic.peers, traffic.ports)]
        for section, grant in self.after.admitting(traffic):
            hits, left = _taken(left, grant.peers, self.after.ports(grant, traffic))
            for peers, ports in hits:
                part = traffic._replace(peers=peers, ports=ports)
                blame = (self.after.admits(part, section, grant), *self.before.refusing(part))
                yield Cause(peers, ports, self._gained_row(part, section, grant), blame)
        for peers, ports in left:
            yield Cause(peers, ports, self._leaving_row(traffic), refused)

    def _gained_row(self, traffic: Traffic, section: Section, grant: Grant) -> int:
        if grant.row:
            return grant.row
        if self.before.refusing(traffic):
            return 40
        if self._is_ciliums(section.policy):
            return section.row or 41
        passed_over = self.before.passed_over.get((section.policy, traffic.direction), 0)
        return passed_over or section.row or self._leaving_row(traffic)

    def _leaving_row(self, traffic: Traffic) -> int:
        """Why policies no longer isolate pods that they isolated."""
        sections = self.before.sections(traffic)
        for section in sections:
            if row := section.row or self.after.passed_over.get((section.policy, traffic.direction), 0):
                return row
        if any(section.policy >= self.book.first_calico for section in sections):
            return 40
        return 0 if self.second.enforcement.unfiltered[traffic.direction] == EVERY else 12

    def _unknown(self, traffic: Traffic) -> Cause:
        """The lowest row of a doubt; what the control plane sends is in doubt under every engine (row 39)."""
        if traffic.peer_kind is PartyKind.API_SERVER and traffic.direction is Direction.INGRESS:
            return Cause(traffic.peers, traffic.ports, 39, ())
        found = [*self.before.doubts(traffic), *self.after.doubts(traffic)]
        if found:
            row = min(number for number, _ in found)
            return Cause(traffic.peers, traffic.ports, row, tuple(dict.fromkeys(blame for _, blame in found)))
        blame = self.after.isolating(traffic) or self.before.isolating(traffic)
        return Cause(traffic.peers, traffic.ports, 0, blame)


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
