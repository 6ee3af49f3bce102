"""The fewest labels that name some pods: only such as stay with a workload, and as Cilium knows pods by."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations

from analyzer.connectivity.engines.cilium_labels import is_identity_label
from analyzer.connectivity.engines.settings import Cilium
from analyzer.connectivity.population import Population
from analyzer.model.objects import Labels, LabelSelector

_MOST_SELECTORS = 20
_MOST_LABELS = 3
_PREFERRED = (
    "app.kubernetes.io/name",
    "app",
    "k8s-app",
    "name",
    "app.kubernetes.io/component",
    "component",
    "tier",
    "role",
    "app.kubernetes.io/instance",
)
_PASSING = re.compile(
    r"pod-template-hash|pod-template-generation|controller-revision-hash|controller-uid|job-name"
    r"|batch\.kubernetes\.io/.*|statefulset\.kubernetes\.io/.*|apps\.kubernetes\.io/.*|helm\.sh/.*"
    r"|(?:app\.kubernetes\.io/)?version"
)
"""Labels of one pod, one revision or one release of a workload."""


@dataclass(frozen=True)
class Naming:
    """Names pods of one population by their labels. Sets are bitsets over its classes."""

    population: Population
    settings: Cilium
    _known: dict[tuple[int, int, str], tuple[LabelSelector, ...] | None] = field(default_factory=dict, repr=False)

    def selectors(self, wanted: int, tolerable: int, namespace: str) -> tuple[LabelSelector, ...] | None:
        """Selectors that together find all wanted pods of a namespace and, if labels can say it, only tolerable ones
        besides; an empty one for all pods of the namespace. None where it would take too many.
        """
        inside = self.population.in_namespace(namespace) & self.population.plain
        key = (wanted & inside, tolerable & inside, namespace)
        if key not in self._known:
            self._known[key] = self._named(wanted & inside, (tolerable | wanted) & inside, inside)
        return self._known[key]

    def _named(self, wanted: int, tolerable: int, inside: int) -> tuple[LabelSelector, ...] | None:
        if not inside & ~tolerable:
            return (LabelSelector(),)
        found: list[LabelSelector] = []
        left = wanted
        while left:
            first = (left & -left).bit_length() - 1
            chosen = self._best(first, left, inside & ~tolerable, inside)
            found.append(LabelSelector(chosen))
            left &= ~self._selected(chosen, inside)
            if len(found) > _MOST_SELECTORS:
                return None
        return tuple(found)

    def _best(self, owner: int, wanted: int, others: int, inside: int) -> Labels:
        """The labels of one class that find most of what is wanted and nothing else; as few as it takes."""
        stable = self._stable(owner)
        for count in range(1, _MOST_LABELS + 1):
            hits: dict[int, Labels] = {}
            for keys in combinations(stable, count):
                labels = {key: stable[key] for key in keys}
                found = self._selected(labels, inside)
                if not found & others:
                    hits.setdefault((found & wanted).bit_count(), labels)
            if hits:
                return hits[max(hits)]
        return self._needed(stable, inside)

    def _needed(self, labels: Labels, inside: int) -> Labels:
        """Those labels without which others would be found as well; the least usual go first."""
        found = self._selected(labels, inside)
        kept = dict(labels)
        for key in reversed(labels):
            rest = {name: value for name, value in kept.items() if name != key}
            if self._selected(rest, inside) == found:
                kept = rest
        return kept

    def _selected(self, labels: Labels, inside: int) -> int:
        return inside & self.population.labels.select(LabelSelector(labels))

    def _stable(self, owner: int) -> Labels:
        """The labels of a class that may name it, the usual ones first."""
        labels = self.population.classes[owner].labels
        return {key: labels[key] for key in sorted(self._lasting(owner), key=_rank)}

    def _lasting(self, owner: int) -> Iterator[str]:
        for key in self.population.classes[owner].labels:
            if _PASSING.fullmatch(key) is None and is_identity_label(key, self.settings) is True:
                yield key


def _rank(key: str) -> tuple[int, str]:
    return _PREFERRED.index(key) if key in _PREFERRED else len(_PREFERRED), key
