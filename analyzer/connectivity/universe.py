"""The snapshot as pods, policies and addresses see each other: computed once, when first asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from analyzer.connectivity.analysis import Analysis, analyse
from analyzer.connectivity.change import Change
from analyzer.connectivity.changes import changes
from analyzer.connectivity.endpoints import Endpoints
from analyzer.connectivity.engines.settings import Settings
from analyzer.connectivity.isolation import Isolation
from analyzer.connectivity.node_addresses import NodeAddresses, node_addresses
from analyzer.connectivity.population import Population, fold
from analyzer.connectivity.selection import Namespaces, Selection, namespaces_of
from analyzer.model.fact import Fact, Known, Missing
from analyzer.model.snapshot import Snapshot

T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True)
class Universe:
    """Derived from one snapshot; every part is lazy, and reads no more facts than its name says."""

    snapshot: Snapshot

    @cached_property
    def pods(self) -> Fact[Population]:
        """The live pods, folded into classes. `seen`: those of a list that is not whole."""
        return _derived(self.snapshot.pods, fold)

    @cached_property
    def namespaces(self) -> Fact[Namespaces]:
        """The namespaces by their labels."""
        return self.snapshot.namespaces.map(namespaces_of)

    @cached_property
    def selection(self) -> Selection:
        """Selectors over the pods that were read; whether those are all is for `pods` to say."""
        pods = self.pods
        return Selection(pods.value if isinstance(pods, Known) else pods.seen or fold(()), lambda: self.namespaces)

    @cached_property
    def endpoints(self) -> Endpoints:
        """Cilium's own selectors over the same pods."""
        return Endpoints(self.selection.population, lambda: self.namespaces)

    @cached_property
    def nodes(self) -> Fact[NodeAddresses]:
        """The addresses of the nodes. `seen`: those of a list that is not whole."""
        return _derived(self.snapshot.nodes, node_addresses)

    @cached_property
    def analysis(self) -> Analysis:
        """The same pods and policies, under any engine."""
        return analyse(self.snapshot, self.selection.population)

    @cached_property
    def _changes(self) -> dict[tuple[Settings, Settings], tuple[Change, ...]]:
        return {}

    def changes(self, before: Settings, after: Settings) -> tuple[Change, ...]:
        """What traffic changes between two engines. Raises LackingError where one reads a list that is not whole."""
        if (before, after) not in self._changes:
            self._changes[before, after] = changes(self.analysis, before, after)
        return self._changes[before, after]

    @cached_property
    def isolation(self) -> Fact[Isolation]:
        """All policies over the pods that were read.

        Missing as soon as one policy may be: it could admit what the others do not.
        """
        return self.snapshot.network_policies.map(lambda policies: Isolation(self.selection, policies))


def _derived(fact: Fact[T], make: Callable[[T], U]) -> Fact[U]:
    if isinstance(fact, Known):
        return fact.map(make)
    seen = None if fact.seen is None else make(fact.seen)
    return Missing(fact.source, fact.cause, fact.detail, fact.grant, seen)
