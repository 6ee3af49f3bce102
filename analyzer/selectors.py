"""Label selectors over many labelled things at once: each term is one look-up, each selector a few ANDs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from analyzer.bits import bitset
from analyzer.model.fact import Cause, LackingError, Missing
from analyzer.model.objects import LabelSelector
from analyzer.model.source import Source

Term = tuple[str, str, tuple[str, ...]]
"""Key, operator and values."""


@dataclass(frozen=True)
class LabelIndex:
    """Labelled things by their place in a sequence."""

    labels: Sequence[Mapping[str, str]]
    source: Source = Source.NETWORK_POLICIES
    """Where the selectors stand."""
    _holders: dict[str, dict[str, list[int]]] = field(default_factory=dict, repr=False, compare=False)
    _terms: dict[Term, int] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def everything(self) -> int:
        """All of them."""
        return (1 << len(self.labels)) - 1

    def select(self, selector: LabelSelector) -> int:
        """Those that a selector matches; an empty selector matches all.

        Raises LackingError on an operator that Kubernetes does not have.
        """
        found = self.everything
        for term in terms(selector):
            found &= self._matching(*term)
        return found

    def _matching(self, key: str, operator: str, values: tuple[str, ...]) -> int:
        term = (key, operator, values)
        if term not in self._terms:
            self._terms[term] = self._evaluate(key, operator, values)
        return self._terms[term]

    def _evaluate(self, key: str, operator: str, values: tuple[str, ...]) -> int:
        """NotIn and DoesNotExist match what lacks the key."""
        holders = self._by_value(key)
        named = holders if operator in ("Exists", "DoesNotExist") else values
        positive = bitset((place for value in named for place in holders.get(value, ())), len(self.labels))
        if operator in ("In", "Exists"):
            return positive
        if operator in ("NotIn", "DoesNotExist"):
            return self.everything & ~positive
        detail = f"A selector uses the operator {operator!r}, which Kubernetes does not have"
        raise LackingError((Missing(self.source, Cause.UNRECOGNISED, detail),))

    def _by_value(self, key: str) -> dict[str, list[int]]:
        """The places by the value that they have under a key."""
        if key not in self._holders:
            found: dict[str, list[int]] = {}
            for place, labels in enumerate(self.labels):
                if (value := labels.get(key)) is not None:
                    found.setdefault(value, []).append(place)
            self._holders[key] = found
        return self._holders[key]


def terms(selector: LabelSelector) -> Iterator[Term]:
    """Every term; an entry of matchLabels is an In of one value."""
    for key, value in selector.match_labels.items():
        yield key, "In", (value,)
    for item in selector.match_expressions:
        yield item.key, item.operator, item.values


def is_empty(selector: LabelSelector) -> bool:
    """Whether a selector has no term, so that it matches everything."""
    return not selector.match_labels and not selector.match_expressions


def selector_text(selector: LabelSelector) -> str:
    """A selector as kubectl writes it, its terms in order; "{}" for an empty one."""
    return ", ".join(sorted(_term_text(*term) for term in terms(selector))) or "{}"


def _term_text(key: str, operator: str, values: tuple[str, ...]) -> str:
    match operator:
        case "Exists":
            return key
        case "DoesNotExist":
            return f"!{key}"
        case "In" if len(values) == 1:
            return f"{key}={values[0]}"
    return f"{key} {operator.lower()} ({', '.join(sorted(values))})"
