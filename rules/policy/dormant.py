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
Where no engine runs, each NetworkPolicy that isolates pods is a risk. A pod is isolated in a direction that the
policyTypes of a policy name, if a podSelector selects it and all policies that do so together leave anything out; so
an allow-all policy is quiet, and so is another one beside it. Denied entirely are pods for which no policy has any rule
in the direction. Host-network and ended pods do not count. A policy that can isolate and selects no pod now is a
notice.

Each CiliumNetworkPolicy and CiliumClusterwideNetworkPolicy with rules is a risk where it selects pods and a notice
where it selects none, whatever the engine before the step: Azure NPM and Calico do not read them. They are not added
up with NetworkPolicies. Policies for nodes (nodeSelector) have no effect on AKS.

Where an earlier step of the path removes Azure NPM or Calico, its NetworkPolicies are not dormant: they were enforced
until that step (POL-UNENFORCED-WINDOW), and the other rules compare Cilium's reading with that engine's. A direction
that policyTypes leaves out is POL-POLICYTYPES-EXTRA. Calico's own kinds stay inert under Cilium (CAL-GLOBAL).

NetworkPolicies that were not all read are a gap without findings, because an unread one may open what another closes.
Pods that were not all read may show what is isolated and never clear it. What AKS owns does not count.

A Calico that the cluster's owner installed may enforce the policies although ARM says none; then this rule says too
much, and CAL-SELF-MANAGED names that Calico.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from itertools import islice
from operator import or_

from analyzer.connectivity.population import Population
from analyzer.model.fact import LackingError, Missing, seen
from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Passed, Severity, gap, object_ref
from analyzer.model.network import PolicyEngine
from analyzer.model.objects import CiliumPolicy, CiliumSpec, KubernetesObject, NetworkPolicy
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.aks_owned import is_aks_owned
from rules.enforced import ENGINE_NAMES
from rules.lists import gaps
from rules.policy.ip_blocks import MODES
from rules.policy.newly_isolated import Awakening, Effect, Pods, can_isolate
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
    isolation = scene.universe.isolation.require()
    awakening, pods = Awakening(isolation), scene.universe.pods
    for place, policy in enumerate(isolation.policies):
        if is_aks_owned(policy) or not can_isolate(policy):
            continue
        if effects := tuple(awakening.effects(place)):
            yield _risk(isolation.selection.population, policy, effects)
        elif not isolation.subjects[place] and not isinstance(pods, Missing):
            yield _nobody(policy)
        if isinstance(pods, Missing):
            yield gap(pods)


def _risk(population: Population, policy: NetworkPolicy, effects: tuple[Effect, ...]) -> Finding:
    words = " and ".join(map(_words, effects))
    return Finding(
        object=object_ref(policy),
        message=f"No engine enforces this policy today; Cilium isolates {words} by it.",
        evidence=tuple(line for effect in effects for line in _evidence(population, effect)),
        remedy=_remedy(policy),
    )


def _words(effect: Effect) -> str:
    denied = effect.denied.size
    nothing = f" ({denied} denied entirely)" if denied else ""
    return f"{_pods(effect.isolated.size)} in {effect.direction.value.lower()}{nothing}"


def _pods(count: int) -> str:
    return f"{count} pod" if count == 1 else f"{count} pods"


def _evidence(population: Population, effect: Effect) -> Iterator[Evidence]:
    direction = effect.direction.value.lower()
    yield Evidence(f"isolated in {direction}", _names(population, effect.isolated))
    if effect.denied.size:
        yield Evidence(f"denied entirely in {direction}", _names(population, effect.denied))


def _names(population: Population, some: Pods) -> str:
    pods = [population.pods[place] for place in islice(population.pods_of(some.classes), _NAMED)]
    more = some.size - len(pods)
    return ", ".join(f"{pod.namespace}/{pod.name}" for pod in pods) + (f" and {more} more" if more else "")


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
    found = Pods(classes, population.count(classes))
    return Finding(
        object=object_ref(policy),
        message=f"No engine reads this {policy.kind} today; Cilium applies it to {_pods(found.size)}.",
        evidence=(Evidence("selected", _names(population, found)),),
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
    reads=(
        Source.CLUSTER,
        Source.NETWORK_POLICIES,
        Source.PODS,
        Source.NAMESPACES,
        Source.CILIUM_POLICIES,
        Source.CILIUM_CLUSTERWIDE_POLICIES,
    ),
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
