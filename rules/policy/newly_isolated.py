"""What policies isolate as soon as somebody enforces them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from analyzer.connectivity.isolation import Direction, Isolation, open_ports, rules_of
from analyzer.connectivity.ports import EVERYTHING, PortSet
from analyzer.model.objects import NetworkPolicy


class Pods(NamedTuple):
    """Some pods."""

    classes: int
    """A bitset."""
    size: int


class Effect(NamedTuple):
    """What one policy does in one direction."""

    direction: Direction
    isolated: Pods
    """Those that it selects and that all their policies together do not leave wholly open."""
    denied: Pods
    """Those of them for which no policy has any rule."""


@dataclass(frozen=True)
class Awakening:
    """All policies, judged one by one against the others that select the same pods."""

    isolation: Isolation
    _effects: dict[tuple[str, int, Direction], Effect] = field(default_factory=dict, repr=False, compare=False)

    def effects(self, place: int) -> Iterator[Effect]:
        """The directions in which a policy isolates pods."""
        policy, subjects = self.isolation.policies[place], self.isolation.subjects[place]
        for direction in Direction:
            if direction.value in policy.types:
                key = (policy.namespace, subjects, direction)
                if key not in self._effects:
                    self._effects[key] = self._effect(place, direction)
                if self._effects[key].isolated.size:
                    yield self._effects[key]

    def _effect(self, place: int, direction: Direction) -> Effect:
        isolated = denied = 0
        for block in self.isolation.blocks_of(place, direction):
            if not is_everything(self.isolation.open_to(block, direction)):
                isolated |= block.classes & self.isolation.subjects[place]
            if self._with_rules[direction].isdisjoint(block.policies):
                denied |= block.classes & self.isolation.subjects[place]
        return Effect(direction, self._pods(isolated), self._pods(denied))

    def _pods(self, classes: int) -> Pods:
        return Pods(classes, self.isolation.selection.population.count(classes))

    @cached_property
    def _with_rules(self) -> dict[Direction, frozenset[int]]:
        """The policies that admit anything at all."""
        policies = self.isolation.policies
        return {
            direction: frozenset(place for place, policy in enumerate(policies) if rules_of(policy, direction))
            for direction in Direction
        }


def is_everything(ports: PortSet) -> bool:
    """Whether a set holds every port of every protocol, and the protocols without ports."""
    return EVERYTHING.minus(ports).is_empty


def can_isolate(policy: NetworkPolicy) -> bool:
    """Whether a policy, by its own rules, leaves something out in a direction that it names."""
    return any(
        direction.value in policy.types and not is_everything(open_ports(policy, direction)) for direction in Direction
    )
