"""What the policies of one engine have to do with some traffic: who isolates, who refuses, who may do either."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from analyzer.connectivity.change import Blame, Effect, Side
from analyzer.connectivity.enforcement import Action, Grant, Section
from analyzer.connectivity.flow import PartyKind
from analyzer.connectivity.isolation import Direction
from analyzer.connectivity.reach import Block, Evaluation


class Traffic(NamedTuple):
    """What changes for the pods of one block, with peers of one kind."""

    direction: Direction
    block: Block
    peer_kind: PartyKind
    peers: int
    ports: int


@dataclass(frozen=True)
class EngineSide:
    """One of the two engines that are compared."""

    evaluation: Evaluation
    side: Side
    _isolating: dict[tuple[Direction, tuple[int, ...]], tuple[Blame, ...]] = field(default_factory=dict, repr=False)

    @cached_property
    def _is_after(self) -> bool:
        return self.side is Side.AFTER

    def sections(self, traffic: Traffic) -> tuple[Section, ...]:
        """Those that surely select the pods."""
        sections = self.evaluation.enforcement.sections[traffic.direction]
        return tuple([sections[place] for place in traffic.block.signatures[self._is_after].sure])

    def ports(self, grant: Grant, traffic: Traffic) -> int:
        """The ports that a grant matches for the pods."""
        return self.evaluation.grant_ports(grant, traffic.block.numbers)

    def isolating(self, traffic: Traffic) -> tuple[Blame, ...]:
        """The policies that isolate the pods."""
        key = (traffic.direction, traffic.block.signatures[self._is_after].sure)
        if key not in self._isolating:
            effect = Effect.ISOLATES if self._is_after else Effect.ISOLATED
            policies = {item.policy for item in self.sections(traffic) if item.isolates}
            self._isolating[key] = tuple(
                Blame(policy, traffic.direction, -1, effect, self.side) for policy in sorted(policies)
            )
        return self._isolating[key]

    def refusing(self, traffic: Traffic) -> tuple[Blame, ...]:
        """The rules that refuse some of the traffic by their words."""
        if not self._has_refusals[traffic.direction]:
            return ()
        effect = Effect.REFUSES if self._is_after else Effect.REFUSED
        listed = ((section, grant) for section in self.sections(traffic) for grant in section.grants)
        return tuple(
            Blame(section.policy, traffic.direction, grant.rule, effect, self.side)
            for section, grant in listed
            if grant.action is Action.DENY and self._meets(grant, traffic)
        )

    @cached_property
    def _has_refusals(self) -> dict[Direction, bool]:
        """Whether any rule refuses: Kubernetes' own never do."""
        return {
            direction: any(grant.action is Action.DENY for section in sections for grant in section.grants)
            for direction, sections in self.evaluation.enforcement.sections.items()
        }

    def _meets(self, grant: Grant, traffic: Traffic) -> bool:
        return bool(grant.peers & traffic.peers and self.ports(grant, traffic) & traffic.ports)

    def admitting(self, traffic: Traffic) -> Iterator[tuple[Section, Grant]]:
        """The grants that surely admit something to the pods."""
        for section in self.sections(traffic):
            yield from ((section, grant) for grant in section.grants if grant.action is Action.ALLOW and grant.is_sure)

    def admits(self, traffic: Traffic, section: Section, grant: Grant) -> Blame:
        """A grant's rule as what admits."""
        effect = Effect.ADMITS if self._is_after else Effect.ADMITTED
        return Blame(section.policy, traffic.direction, grant.rule, effect, self.side)

    def doubts(self, traffic: Traffic) -> Iterator[tuple[int, Blame]]:
        """The sections that may select the pods, and the grants that may match the traffic, with their rows."""
        direction, signature = traffic.direction, traffic.block.signatures[self._is_after]
        sections = self.evaluation.enforcement.sections[direction]
        isolates = Effect.ISOLATES if self._is_after else Effect.ISOLATED
        for place in signature.maybe:
            yield sections[place].row, Blame(sections[place].policy, direction, -1, isolates, self.side)
        for section in (sections[place] for place in (*signature.sure, *signature.maybe)):
            for grant in section.grants:
                if not grant.is_sure and self._meets(grant, traffic):
                    yield grant.row, self.admits(traffic, section, grant)

    @cached_property
    def by_policy(self) -> dict[Direction, dict[int, Section]]:
        """The sections of each direction by their policies."""
        return {
            direction: {section.policy: section for section in sections}
            for direction, sections in self.evaluation.enforcement.sections.items()
        }

    @cached_property
    def passed_over(self) -> dict[tuple[int, Direction], int]:
        """The policies that the engine does not enforce, with the rows that say why."""
        return {(item.policy, item.direction): item.row for item in self.evaluation.enforcement.not_enforced}
