"""A PodDisruptionBudget stops the drain.

Why it matters
--------------
Each node is drained through the eviction API, which keeps to disruption budgets. A budget that never allows an
eviction makes the drain time out; the operation stops with UpgradeFailed or PodDrainFailure, and leaves nodes of the
old and the new network side by side until it is repeated.

What to do
----------
- Scale the workload to more replicas than the budget keeps: `kubectl scale deployment/NAME --namespace NAMESPACE
  --replicas COUNT`.
- Or loosen the budget for the time of the step, and put it back afterwards.
- Where neither is possible, let the drain skip such nodes and clean them up: `az aks nodepool update --resource-group
  {resource_group} --cluster-name {cluster} --name POOL --undrainable-node-behavior Cordon`.

How it is decided
-----------------
Only budgets count that cover a pod which a drain evicts: live, and owned by neither a DaemonSet nor a node. Without a
selector a budget covers none. Budgets of the platform itself belong to REI-SYSTEM-SINGLE-NODE and CAL-TYPHA-PDB.

With all pods healthy, a budget allows maxUnavailable, or the expected pods less minAvailable; percentages round up.
None allowed is a risk. Two budgets over one pod are a risk on each: the eviction API refuses such a pod. None allowed
only because pods are not healthy now is a notice, and no word where unhealthyPodEvictionPolicy is AlwaysAllow. One
allowed of more than 20 pods is a notice: the drain is slow.

The expected pods are the budget's status; without a status the covered pods are counted, which takes the whole list.
A forced upgrade is documented for `az aks upgrade` only, so it is no remedy here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analyzer.disruption.budgets import CoveredPods, Hold, hold, shared
from analyzer.model.fact import Missing
from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Severity, gap, object_ref
from analyzer.model.objects import PodDisruptionBudget
from analyzer.model.source import Source
from analyzer.model.step import REIMAGING
from analyzer.scene import Citation, Page, Rule, Scene
from rules.lists import gaps

MOST_NAMED = 3


def check(scene: Scene) -> Iterator[Outcome]:
    """Each budget that holds the drain up."""
    items = scene.drain.budgets
    for item in items:
        yield from _held(item, scene)
    yield from _overlaps(items)
    yield from gaps(scene.snapshot.pod_disruption_budgets)
    if not scene.drain.has_no_budget:
        yield from gaps(scene.snapshot.pods)


def _held(item: CoveredPods, scene: Scene) -> Iterator[Outcome]:
    budget = item.budget
    found = hold(item, scene.snapshot.pods)
    if isinstance(found, Missing):
        yield gap(found, object_ref(budget))
    elif found.value is not Hold.NONE:
        yield Finding(
            object=object_ref(budget),
            severity=None if found.value is Hold.NEVER else Severity.NOTICE,
            message=f"{_text(found.value)}: {_rule_of(budget)}, and it covers {_counted(item)}.",
            evidence=tuple(_evidence(budget)),
            remedy=_remedy(budget) if found.value is Hold.NEVER else (),
        )


def _text(found: Hold) -> str:
    match found:
        case Hold.NEVER:
            return "This budget never allows an eviction, so the drain times out"
        case Hold.NOT_NOW:
            return "This budget allows no eviction now, because fewer pods are healthy than it asks for"
    return "This budget allows one eviction at a time, so the drain is slow"


def _rule_of(budget: PodDisruptionBudget) -> str:
    spec = budget.spec
    if spec.max_unavailable is not None:
        return f"maxUnavailable is {spec.max_unavailable}"
    return f"minAvailable is {spec.min_available}"


def _counted(item: CoveredPods) -> str:
    expected = item.budget.status.expected_pods
    count = len(item.pods) if expected is None else expected
    return "1 pod" if count == 1 else f"{count} pods"


def _evidence(budget: PodDisruptionBudget) -> Iterator[Evidence]:
    field, _, value = _rule_of(budget).partition(" is ")
    yield Evidence(f"spec.{field}", value)
    status = budget.status
    numbers = {
        "expectedPods": status.expected_pods,
        "currentHealthy": status.current_healthy,
        "desiredHealthy": status.desired_healthy,
        "disruptionsAllowed": status.disruptions_allowed,
    }
    yield from (Evidence(f"status.{name}", str(value)) for name, value in numbers.items() if value is not None)


def _remedy(budget: PodDisruptionBudget) -> tuple[str, ...]:
    place = f"--namespace {budget.namespace}"
    spec = '{"spec":{"minAvailable":null,"maxUnavailable":1}}'
    keeps_all = budget.spec.max_unavailable is not None or str(budget.spec.min_available).endswith("%")
    loosen = (
        f"oosen it for the time of the step: `kubectl patch pdb {budget.name} {place} --patch '{spec}'`; save it"
        f" before: `kubectl get pdb {budget.name} {place} --output yaml`."
    )
    if keeps_all:
        return (f"L{loosen}",)
    return ("Scale the workload behind it to more replicas than the budget keeps available.", f"Or l{loosen}")


def _overlaps(items: Sequence[CoveredPods]) -> Iterator[Finding]:
    """Each budget that shares a pod with another one."""
    budgets = {(item.budget.namespace, item.budget.name): item.budget for item in items}
    for key, others in sorted(shared(items).items()):
        names = ", ".join(other.name for other in others[:MOST_NAMED])
        more = f" and {len(others) - MOST_NAMED} more" if len(others) > MOST_NAMED else ""
        yield Finding(
            object=object_ref(budgets[key]),
            key="overlap",
            message=f"A pod of this budget is covered by {names}{more} too; the eviction API refuses such a pod.",
            remedy=(f"Narrow the selectors in namespace {key[0]} so that each pod has one budget.",),
        )


RULE = Rule(
    id="REI-PDB",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.DOCUMENTED,
    steps=REIMAGING,
    reads=(Source.POD_DISRUPTION_BUDGETS, Source.PODS, Source.REPLICA_SETS),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/upgrade-options#scenario-2-node-drain-failures-and-pdbs",
            "A budget that allows no eviction makes draining fail, and with it the operation.",
            "2026-06-22",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/node-disruption-policy",
            "A reimage drains the nodes and keeps to disruption budgets.",
            "2026-03-11",
        ),
        Citation(
            "https://github.com/Azure/azure-container-networking/pull/4417",
            "A migration pipeline meets PodDrainFailure and has to handle it.",
            "2026-05-21",
        ),
        Citation(
            "https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/#how-api-initiated-eviction-works",
            "A pod that more than one budget covers cannot be evicted: the API answers 500.",
        ),
    ),
    check=check,
)
