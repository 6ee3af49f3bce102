"""Pods as Cilium's own policies select them: the labels of an endpoint are those of its pod and namespace."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from analyzer.connectivity.labels import LabelIndex, terms
from analyzer.connectivity.population import Population
from analyzer.connectivity.selection import Namespaces
from analyzer.model.fact import Cause, Fact, Known, LackingError, Missing
from analyzer.model.objects import LabelSelector, Requirement
from analyzer.model.source import Source

NAMESPACE = "io.kubernetes.pod.namespace"
NAMESPACE_LABELS = "io.cilium.k8s.namespace.labels."
POLICY_LABELS = "io.cilium.k8s.policy."
"""Service account and cluster name. All three: cilium, Documentation/security/policy/kubernetes.rst."""


@dataclass(frozen=True)
class Endpoints:
    """endpointSelectors over one population. Host-network pods are not endpoints."""

    population: Population
    namespaces: Fact[Namespaces]

    def select(self, selector: LabelSelector, namespace: str) -> int:
        """The classes that a policy of a namespace selects, as a bitset; of every namespace where it is "".

        Raises LackingError where the selector asks for labels that were not read.
        """
        inside = self.population.in_namespace(namespace) if namespace else self.population.plain
        return inside & self.population.plain & self._index.select(self._plain(selector))

    def _plain(self, selector: LabelSelector) -> LabelSelector:
        return LabelSelector(match_expressions=tuple(self._requirements(selector)))

    def _requirements(self, selector: LabelSelector) -> Iterator[Requirement]:
        for key, operator, values in terms(selector):
            label = key.removeprefix("k8s:").removeprefix("any:")
            if label.startswith(NAMESPACE_LABELS):
                self.namespaces.require()
            if label.startswith(POLICY_LABELS):
                detail = f"A Cilium policy selects by {label}, which is not read"
                raise LackingError((Missing(Source.CILIUM_POLICIES, Cause.UNRECOGNISED, detail),))
            yield Requirement(label, operator, values)

    @cached_property
    def _index(self) -> LabelIndex:
        return LabelIndex(
            [{**item.labels, NAMESPACE: item.namespace, **self._of(item.namespace)} for item in self.population.classes]
        )

    def _of(self, namespace: str) -> dict[str, str]:
        return self._namespace_labels.get(namespace, {})

    @cached_property
    def _namespace_labels(self) -> dict[str, dict[str, str]]:
        if not isinstance(self.namespaces, Known):
            return {}
        return {
            name: {NAMESPACE_LABELS + key: value for key, value in labels.items()}
            for name, labels in self.namespaces.value.labels_of.items()
        }
