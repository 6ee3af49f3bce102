"""The policies that are enforced before a step, by the namespace that they isolate."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from analyzer.model.fact import Fact, seen
from analyzer.model.finding import Evidence, ObjectRef
from analyzer.model.network import PolicyEngine
from analyzer.model.objects import KubernetesObject
from analyzer.model.source import Source
from analyzer.scene import Scene
from rules.aks_owned import is_aks_owned

ENGINE_NAMES: Mapping[PolicyEngine, str] = MappingProxyType(
    {PolicyEngine.AZURE: "Azure NPM", PolicyEngine.CALICO: "Calico", PolicyEngine.CILIUM: "Cilium"}
)
"""The engines as people name them."""
READS = (Source.CLUSTER, Source.NETWORK_POLICIES, Source.CALICO_POLICIES, Source.CALICO_GLOBAL_POLICIES)
"""What the functions below may ask for."""

_NAMED = 10
"""Policies of one kind that a line of evidence names."""

PolicyLists = Mapping[str, Fact[tuple[KubernetesObject, ...]]]


@dataclass(frozen=True, slots=True)
class Isolation:
    """The policies that isolate one namespace, or, where they belong to none, the whole cluster."""

    object: ObjectRef
    words: str
    """"namespace shop", or "the whole cluster"."""
    evidence: tuple[Evidence, ...]
    """The policies by name, one line for each kind."""


def policy_lists(scene: Scene) -> PolicyLists:
    """The lists that hold the policies, by kind. Needs the engine: only Calico reads kinds of its own."""
    snapshot = scene.snapshot
    lists: dict[str, Fact[tuple[KubernetesObject, ...]]] = {"NetworkPolicy": snapshot.network_policies}
    if scene.before.policy.require() is PolicyEngine.CALICO:
        lists["Calico NetworkPolicy"] = snapshot.calico_policies
        lists["Calico GlobalNetworkPolicy"] = snapshot.calico_global_policies
    return lists


def isolations(scene: Scene, lists: PolicyLists) -> Iterator[Isolation]:
    """What the policies that were read isolate, by namespace, the whole cluster first.

    Policies that AKS owns do not count, nor do Calico's mirrors of Kubernetes policies.
    """
    found: defaultdict[str, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for kind, policies in lists.items():
        for policy in seen(policies):
            if not is_aks_owned(policy):
                found[policy.namespace][kind].add(policy.name)
    for namespace, kinds in sorted(found.items()):
        evidence = tuple(Evidence(kind, _line(names)) for kind, names in sorted(kinds.items()))
        if namespace:
            yield Isolation(ObjectRef(kind="Namespace", name=namespace), f"namespace {namespace}", evidence)
        else:
            yield Isolation(scene.cluster_ref, "the whole cluster", evidence)


def _line(names: set[str]) -> str:
    first = sorted(names)[:_NAMED]
    more = len(names) - len(first)
    return ", ".join(first) + (f" and {more} more" if more else "")
