"""Policies that nobody enforces today come alive with Cilium.

Why it matters
--------------
Without a policy engine the API server takes NetworkPolicies and nothing enforces them. Charts bring some along, and
nobody has seen what they refuse. Cilium enforces every one of them from the moment that it runs on the last node, and
policies of cilium.io that were left behind as well.

What to do
----------
- Review each policy that is named, with the owners of its namespace: `kubectl get networkpolicies --all-namespaces`.
- Delete what nobody needs before the step, and add the rules that are lacking to the rest.
- Try the others out first, in a cluster that has Cilium already.

How it is decided
-----------------
Where no engine runs, a NetworkPolicy is a risk if Cilium blocks a flow because the policy isolates a pod, in a
direction that its policyTypes name, and no policy admits it. The finding counts the pods that lose flows, and of those
the ones that are denied entirely, because no policy has any rule for them, and names one such flow. So an allow-all
policy is quiet, and so is another one beside it, and one that selects no pod. Host-network and ended pods do not count.

Each CiliumNetworkPolicy and CiliumClusterwideNetworkPolicy with rules is a risk where it selects pods and a notice
where it selects none, whatever the engine before the step: Azure NPM and Calico do not read them. Policies for nodes
(nodeSelector) have no effect on AKS.

Where an earlier step of the path removes Azure NPM or Calico, its NetworkPolicies are not dormant: they were enforced
until that step (POL-UNENFORCED-WINDOW), and the other rules compare Cilium's reading with that engine's. A direction
that policyTypes leaves out is POL-POLICYTYPES-EXTRA. Calico's own kinds stay inert under Cilium (CAL-GLOBAL).

Policies that were not all read, Cilium's own as well, are a gap without findings about NetworkPolicies, because an
unread one may open what another closes; so are namespaces where a namespaceSelector decides, and the ConfigMap
cilium-config, whose labels may. Pods that were not all read may show what is isolated and never clear it; where they,
the nodes, the EndpointSlices or the DaemonSets were not all read, only flows between two pods show it. What AKS owns
does not count.

A Calico that the cluster's owner installed may enforce the policies although ARM says none; then this rule says too
much, and CAL-SELF-MANAGED names that Calico.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import reduce
from itertools import islice
from operator import or_
from typing import NamedTuple

from analyzer.connectivity.change import Change, Effect
from analyzer.connectivity.isolation import Direction, open_ports
from analyzer.connectivity.population import Population
from analyzer.connectivity.ports import EVERYTHING
from analyzer.connectivity.rows import ROWS
from analyzer.model.fact import LackingError, Missing, seen
from analyzer.model.finding import Confidence, Evidence, Finding, ObjectRef, Outcome, Passed, Severity, gap, object_ref
from analyzer.model.network import PolicyEngine
from analyzer.model.objects import CiliumPolicy, CiliumSpec, KubernetesObject, NetworkPolicy
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.aks_owned import is_aks_owned
from rules.enforced import ENGINE_NAMES
from rules.flow_changes import READS, Blamed, around, blamed, flow_evidence, flow_words, lasting, unsettled
from rules.lists import gaps
from rules.policy.ip_blocks import MODES
from rules.policy.written_under import is_cilium, written_under

_NAMED = 3
"""Pods that a line of evidence names."""


def check(scene: Scene) -> Iterator[Outcome]:
    """Each policy that comes alive."""
    if reason := is_cilium(scene):
        yield reason
        return
    engine = written_under(scene)
    if engine is PolicyEngine.NONE:
        yield Passed("There is no policy that comes alive.")
    elif scene.earlier_step(StepKind.REMOVE_POLICY_ENGINE):
        yield Passed(f"{ENGINE_NAMES[engine]} enforces the policies until the step remove-policy-engine.")
    else:
        yield Passed(f"{ENGINE_NAMES[engine]} enforces the policies today.")
    yield from _of_cilium(scene)
    if engine is PolicyEngine.NONE:
        yield from _of_kubernetes(scene)


def _of_kubernetes(scene: Scene) -> Iterator[Outcome]:
    if not any(map(_can_isolate, scene.snapshot.network_policies.require())):
        return
    if missing := unsettled(scene):
        yield from map(gap, missing)
        return
    found: dict[ObjectRef, list[Blamed]] = {}
    for item in lasting(scene, blamed(scene, ROWS, effects=(Effect.ISOLATES,))):
        if isinstance(item.policy, NetworkPolicy) and item.direction.value in item.policy.types:
            found.setdefault(item.ref, []).append(item)
    yield from map(_Awakening(scene).risk, found.values())
    yield from gaps(*around(scene))


def _can_isolate(policy: NetworkPolicy) -> bool:
    """Whether some direction is left that no rule opens to everything."""
    return not is_aks_owned(policy) and any(
        direction.value in policy.types and not EVERYTHING.minus(open_ports(policy, direction)).is_empty
        for direction in Direction
    )


class _Some(NamedTuple):
    """Some pods."""

    population: Population
    classes: int
    """A bitset."""

    @property
    def size(self) -> int:
        """How many."""
        return self.population.count(self.classes)

    @property
    def words(self) -> str:
        """How many, in words."""
        return f"{self.size} pod" if self.size == 1 else f"{self.size} pods"

    @property
    def names(self) -> str:
        """Some of their names."""
        pods = [self.population.pods[place] for place in islice(self.population.pods_of(self.classes), _NAMED)]
        more = self.size - len(pods)
        return ", ".join(f"{pod.namespace}/{pod.name}" for pod in pods) + (f" and {more} more" if more else "")


@dataclass(frozen=True)
class _Awakening:
    """What Cilium makes of policies that nobody enforces before."""

    scene: Scene
    _admitting: dict[tuple[Direction, int], int] = field(default_factory=dict, repr=False, compare=False)

    def risk(self, items: list[Blamed]) -> Finding:
        """One policy, with the flows of each direction."""
        effects = tuple(map(self._effect, items))
        change = min((item.changes[0] for item in items), key=lambda change: change.rank)
        return Finding(
            object=items[0].ref,
            message="No engine enforces this policy today; Cilium isolates"
            f" {' and '.join(effect.words for effect in effects)} by it, and {flow_words(change)} is newly blocked.",
            evidence=(*(line for effect in effects for line in effect.evidence), flow_evidence(self.scene, change)),
            remedy=_remedy(items[0].policy),
        )

    def _effect(self, item: Blamed) -> _Effect:
        """Of the family of the likeliest flow."""
        parties = self.scene.universe.analysis.parties(item.changes[0].family)
        changes = [change for change in item.changes if change.family == parties.family]
        isolated = reduce(or_, (_subjects(change, item.direction) for change in changes)) & parties.pods
        denied = isolated & ~self._with_rules(item.direction, parties.family)
        return _Effect(item.direction, _Some(parties.population, isolated), _Some(parties.population, denied))

    def _with_rules(self, direction: Direction, family: int) -> int:
        """The pods for which some policy admits anything at all."""
        key = (direction, family)
        if key not in self._admitting:
            sections = self.scene.universe.analysis.enforcement(self.scene.engines[1], family).sections[direction]
            self._admitting[key] = reduce(or_, (item.subjects | item.maybe for item in sections if item.grants), 0)
        return self._admitting[key]


class _Effect(NamedTuple):
    """What one policy does in one direction."""

    direction: Direction
    isolated: _Some
    """Those that lose flows."""
    denied: _Some
    """Those of them for which no policy has any rule."""

    @property
    def words(self) -> str:
        """How many pods it isolates, and how many of them have no rule."""
        denied = f" ({self.denied.size} denied entirely)" if self.denied.size else ""
        return f"{self.isolated.words} in {self.direction.value.lower()}{denied}"

    @property
    def evidence(self) -> Iterator[Evidence]:
        """Their names."""
        direction = self.direction.value.lower()
        yield Evidence(f"isolated in {direction}", self.isolated.names)
        if self.denied.size:
            yield Evidence(f"denied entirely in {direction}", self.denied.names)


def _subjects(change: Change, direction: Direction) -> int:
    return change.sources if direction is Direction.EGRESS else change.destinations


def _nobody(policy: KubernetesObject) -> Finding:
    return Finding(
        object=object_ref(policy),
        message="No engine enforces this policy today, and it selects no pod now; Cilium isolates those that come.",
        severity=Severity.NOTICE,
        remedy=_remedy(policy),
    )


def _of_cilium(scene: Scene) -> Iterator[Outcome]:
    lists = (scene.snapshot.cilium_policies, scene.snapshot.cilium_clusterwide_policies)
    for policy in (item for fact in lists for item in seen(fact)):
        if not is_aks_owned(policy):
            yield from _cilium_policy(scene, policy)
    yield from gaps(*lists)


def _cilium_policy(scene: Scene, policy: CiliumPolicy) -> Iterator[Outcome]:
    selectors = [spec.endpoint_selector for spec in policy.all_specs if _has_rules(spec) and spec.endpoint_selector]
    try:
        found = [scene.universe.endpoints.select(selector, policy.namespace) for selector in selectors]
    except LackingError as lacking:
        yield from (gap(missing, object_ref(policy)) for missing in lacking.missing)
        return
    pods = scene.universe.pods
    if any(found):
        yield _cilium_risk(scene.universe.selection.population, policy, reduce(or_, found))
    elif selectors and isinstance(pods, Missing):
        yield gap(pods)
    elif selectors:
        yield _nobody(policy)


def _has_rules(spec: CiliumSpec) -> bool:
    return bool(spec.ingress or spec.egress or spec.ingress_deny or spec.egress_deny)


def _cilium_risk(population: Population, policy: CiliumPolicy, classes: int) -> Finding:
    found = _Some(population, classes)
    return Finding(
        object=object_ref(policy),
        message=f"No engine reads this {policy.kind} today; Cilium applies it to {found.words}.",
        evidence=(Evidence("selected", found.names),),
        remedy=_remedy(policy),
    )


def _remedy(policy: KubernetesObject) -> tuple[str, ...]:
    inside = f" --namespace {policy.namespace}" if policy.namespace else ""
    name = f"{policy.kind.lower()} {policy.name}"
    return (
        f"Review the policy with its owners and add the rules that are lacking: `kubectl{inside} get {name} -o yaml`.",
        f"Or delete it before the step: `kubectl{inside} delete {name}`.",
    )


RULE = Rule(
    id="POL-DORMANT",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.DERIVED,
    steps=(StepKind.CILIUM,),
    modes=MODES,
    reads=READS,
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/use-network-policies#uninstall-azure-network-policy-manager-or-calico",
            "Without an engine the NetworkPolicy objects stay and are not enforced.",
            "2026-08-18",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/update-azure-cni#update-considerations",
            "With the update to Cilium, Cilium enforces the network policies of the cluster.",
            "2026-05-28",
        ),
    ),
    check=check,
)
