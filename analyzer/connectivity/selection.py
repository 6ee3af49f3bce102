"""Whom selectors select: pods by their labels, and by those of their namespaces."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property

from analyzer.bits import members
from analyzer.connectivity.population import Population
from analyzer.model.fact import Fact
from analyzer.model.objects import Labels, LabelSelector, Namespace, PolicyPeer
from analyzer.selectors import LabelIndex, Term, is_empty, terms

NAME_LABEL = "kubernetes.io/metadata.name"
"""The API server sets it on every namespace, and lets nobody change it."""


@dataclass(frozen=True)
class Namespaces:
    """The namespaces of a cluster by their labels."""

    labels_of: dict[str, Labels]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Their names, in the order of the index."""
        return tuple(self.labels_of)

    @cached_property
    def index(self) -> LabelIndex:
        """The namespaces by their labels."""
        return LabelIndex(tuple(self.labels_of.values()))


def namespaces_of(items: Iterable[Namespace]) -> Namespaces:
    """The namespaces, each with the label that the API server gives it."""
    return Namespaces({item.name: item.labels | {NAME_LABEL: item.name} for item in items})


@dataclass(frozen=True)
class Selection:
    """Selectors over one population. Sets are bitsets over its classes, host-network pods among them."""

    population: Population
    namespaces: Callable[[], Fact[Namespaces]]
    """Asked for only where their labels decide."""
    _by_namespaces: dict[tuple[Term, ...], int] = field(default_factory=dict, repr=False, compare=False)

    def pods(self, selector: LabelSelector, namespace: str) -> int:
        """The classes of one namespace that a selector matches."""
        inside = self.population.in_namespace(namespace)
        return inside and inside & self.population.labels.select(selector)

    def peer(self, peer: PolicyPeer, namespace: str) -> int:
        """The classes that the selectors of a peer match, in a policy of that namespace; none for an ipBlock.

        Raises LackingError where a namespaceSelector needs labels of namespaces that were not all read.
        """
        if peer.pod_selector is None and peer.namespace_selector is None:
            return 0
        found = self._inside(peer.namespace_selector, namespace)
        if peer.pod_selector is None or is_empty(peer.pod_selector):
            return found
        return found and found & self.population.labels.select(peer.pod_selector)

    def _inside(self, selector: LabelSelector | None, own: str) -> int:
        if selector is None:
            return self.population.in_namespace(own)
        if is_empty(selector):
            return self.population.labels.everything
        key = tuple(terms(selector))
        if key not in self._by_namespaces:
            self._by_namespaces[key] = self._in_namespaces(selector)
        return self._by_namespaces[key]

    def _in_namespaces(self, selector: LabelSelector) -> int:
        namespaces = self.namespaces().require()
        found = 0
        for place in members(namespaces.index.select(selector)):
            found |= self.population.in_namespace(namespaces.names[place])
        return found
