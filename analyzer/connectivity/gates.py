"""Whom pods let through from their side, found quickly for pods of one namespace."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

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
        names = _namespaces(self.population, classes, 2)
        return self.every if len(names) > 1 else self.by_namespace.get(names[0], ())


_FEW = 200
"""Classes whose namespaces are looked up."""
_FEW_NAMESPACES = 10


def indexed(population: Population, listed: dict[int, tuple[Gate, ...]]) -> Gates:
    """Wide gates stand with every namespace."""
    found: dict[str, list[GatesOf]] = {name: [] for name in population.namespaces}
    for item in listed.items():
        is_wide = item[0].bit_count() > _FEW
        names = [] if is_wide else _namespaces(population, item[0], _FEW_NAMESPACES + 1)
        for name in found if is_wide or len(names) > _FEW_NAMESPACES else names:
            found[name].append(item)
    return Gates(population, tuple(listed.items()), found)


def _namespaces(population: Population, classes: int, most: int) -> list[str]:
    """The first namespaces that some classes are of."""
    found: list[str] = []
    while classes and len(found) < most:
        found.append(population.classes[(classes & -classes).bit_length() - 1].namespace)
        classes &= ~population.in_namespace(found[-1])
    return found
