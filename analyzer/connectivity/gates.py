"""Whom pods let through from their side, found quickly for pods of one namespace."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from analyzer.bits import members
from analyzer.connectivity.change import ChangeKind
from analyzer.connectivity.population import Population


class Gate(NamedTuple):
    """Pods that let some parties through from their side, where the other side changes."""

    ports: int
    kind: ChangeKind
    """What becomes of the flow as a whole."""
    classes: int


GatesOf = tuple[int, tuple[Gate, ...]]


@dataclass(frozen=True)
class Gates:
    """Gates by the parties that they let through. Most let only pods of a few namespaces through."""

    population: Population
    every: tuple[GatesOf, ...]
    by_namespace: dict[str, list[GatesOf]]

    def around(self, classes: int) -> Iterable[GatesOf]:
        """All gates that may let some of these classes through."""
        if classes.bit_count() > _FEW:
            return self.every
        names = _namespaces(self.population, classes)
        return self.every if len(names) > 1 else self.by_namespace.get(next(iter(names)), ())


_FEW = 200
"""Classes whose namespaces are looked up one by one."""
_FEW_NAMESPACES = 10


def indexed(population: Population, listed: dict[int, tuple[Gate, ...]]) -> Gates:
    """Wide gates stand with every namespace."""
    found: dict[str, list[GatesOf]] = {name: [] for name in population.namespaces}
    for item in listed.items():
        names: Collection[str] = found
        if item[0].bit_count() <= _FEW:
            names = _namespaces(population, item[0])
        for name in names if len(names) <= _FEW_NAMESPACES else found:
            found[name].append(item)
    return Gates(population, tuple(listed.items()), found)


def _namespaces(population: Population, classes: int) -> Collection[str]:
    return {population.classes[place].namespace for place in members(classes)}
