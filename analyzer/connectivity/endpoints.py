"""Pods as Cilium's own policies select them: the labels of an endpoint are those of its pod and namespace."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from analyzer.connectivity.population import Population
from analyzer.connectivity.selection import Namespaces
from analyzer.model.fact import Cause, Fact, LackingError, Missing
from analyzer.model.objects import LabelSelector, Requirement
from analyzer.model.source import Source
from analyzer.selectors import LabelIndex, terms

NAMESPACE = "io.kubernetes.pod.namespace"
NAMESPACE_LABELS = "io.cilium.k8s.namespace.labels."
POLICY_LABELS = "io.cilium.k8s.policy."
"""Service account and cluster name. All three: cilium, Documentation/security/policy/kubernetes.rst."""


@dataclass(frozen=True)
class Endpoints:
    """endpointSelectors over one population. Host-network pods are not endpoints."""

    population: Population
    namespaces: Callable[[], Fact[Namespaces]]
    """Asked for only where their labels decide."""

    def select(self, selector: LabelSelector, namespace: str) -> int:
        """The classes that a policy of a namespace selects, as a bitset; of every namespace where it is "".

        Raises LackingError where the selector asks for labels that were not read.
        """
        wanted = LabelSelector(match_expressions=tuple(_requirements(selector)))
        by_namespace = any(item.key.startswith(NAMESPACE_LABELS) for item in wanted.match_expressions)
        index = self.labels_with_namespaces if by_namespace else self.labels
        inside = self.population.in_namespace(namespace) if namespace else self.population.plain
        return inside & self.population.plain & index.select(wanted)

    @cached_property
    def labels(self) -> LabelIndex:
        """The classes by their labels and their namespace."""
        return LabelIndex([{**item.labels, NAMESPACE: item.namespace} for item in self.population.classes])

    @cached_property
    def labels_with_namespaces(self) -> LabelIndex:
        """The classes by those and the labels of their namespace. Raises LackingError where those were not all read."""
        prefixed = {
            name: {NAMESPACE_LABELS + key: value for key, value in labels.items()}
            for name, labels in self.namespaces().require().labels_of.items()
        }
        own = zip(self.labels.labels, self.population.classes, strict=True)
        return LabelIndex([{**labels, **prefixed.get(item.namespace, {})} for labels, item in own])


def _requirements(selector: LabelSelector) -> Iterator[Requirement]:
    """The terms, each with its key as pods carry it."""
    for key, operator, values in terms(selector):
        label = key.removeprefix("k8s:").removeprefix("any:")
        if label.startswith(POLICY_LABELS):
            detail = f"A Cilium policy selects by {label}, which is not read"
            raise LackingError((Missing(Source.CILIUM_POLICIES, Cause.UNRECOGNISED, detail),))
        yield Requirement(label, operator, values)
