"""PodDisruptionBudgets: which pods they cover, and what they let a drain do."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from analyzer.bits import members
from analyzer.model.fact import Cause, Fact, Known, Missing
from analyzer.model.objects import Pod, PodDisruptionBudget
from analyzer.model.source import Source
from analyzer.selectors import LabelIndex
from analyzer.surge import share_of

SLOW_FROM_PODS = 20
"""More pods than this behind a budget of one make a drain slow."""


class Hold(enum.Enum):
    """How a budget holds a drain up."""

    NEVER = "never allows an eviction"
    NOT_NOW = "allows no eviction now, because pods are not healthy"
    SLOW = "allows one eviction at a time"
    NONE = "lets the drain go on"


@dataclass(frozen=True, slots=True)
class CoveredPods:
    """A budget and the pods of the drain that it covers."""

    budget: PodDisruptionBudget
    pods: tuple[Pod, ...]


def covered(budgets: Iterable[PodDisruptionBudget], pods: Iterable[Pod]) -> Iterator[CoveredPods]:
    """Each budget with the pods that it selects, in the budgets' order. A budget without a selector selects none.

    Raises LackingError on a selector's operator that Kubernetes does not have.
    """
    by_namespace: dict[str, list[Pod]] = {}
    for pod in pods:
        by_namespace.setdefault(pod.metadata.namespace, []).append(pod)
    indices: dict[str, LabelIndex] = {}
    for budget in budgets:
        inside = by_namespace.get(budget.namespace, [])
        if budget.namespace not in indices:
            labels = [pod.metadata.labels for pod in inside]
            indices[budget.namespace] = LabelIndex(labels, Source.POD_DISRUPTION_BUDGETS)
        selector = budget.spec.selector
        found = 0 if selector is None else indices[budget.namespace].select(selector)
        yield CoveredPods(budget, tuple(inside[place] for place in members(found)))


def hold(item: CoveredPods, pods: Fact[tuple[Pod, ...]]) -> Fact[Hold]:
    """How a budget holds the drain of its pods up. Without a status, the pods themselves are counted."""
    status, spec = item.budget.status, item.budget.spec
    if not item.pods:
        return Known(Hold.NONE)
    expected = status.expected_pods
    if expected is None:
        if isinstance(pods, Missing):
            return pods.of()
        expected = len(item.pods)
    allowed = allowance(item.budget, expected)
    if allowed is None:
        detail = f"{item.budget.namespace}/{item.budget.name} has a number that is neither integer nor percentage"
        return Missing(Source.POD_DISRUPTION_BUDGETS, Cause.UNRECOGNISED, detail)
    if expected and not allowed:
        return Known(Hold.NEVER)
    if _is_unwell(item.budget) and spec.unhealthy_pod_eviction_policy != "AlwaysAllow":
        return Known(Hold.NOT_NOW)
    return Known(Hold.SLOW if allowed == 1 and expected > SLOW_FROM_PODS else Hold.NONE)


def allowance(budget: PodDisruptionBudget, expected: int) -> int | None:
    """Evictions that it allows while all its pods are healthy; None where its number cannot be read.

    Percentages round up, of maxUnavailable too: kubernetes.io, Specifying a Disruption Budget for your Application.
    """
    spec = budget.spec
    if spec.max_unavailable is not None:
        return share_of(str(spec.max_unavailable), expected)
    if spec.min_available is None:
        return expected
    least = share_of(str(spec.min_available), expected)
    return None if least is None else max(0, expected - least)


def shared(items: Iterable[CoveredPods]) -> dict[tuple[str, str], tuple[PodDisruptionBudget, ...]]:
    """The budgets that cover a pod which another budget covers too, by namespace and name, with those others.

    The eviction API refuses such a pod: kubernetes.io, API-initiated eviction.
    """
    of_pod: dict[tuple[str, str], list[PodDisruptionBudget]] = {}
    for item in items:
        for pod in item.pods:
            of_pod.setdefault((pod.namespace, pod.name), []).append(item.budget)
    sets = {tuple((item.namespace, item.name) for item in found): found for found in of_pod.values() if len(found) > 1}
    others: dict[tuple[str, str], dict[str, PodDisruptionBudget]] = {}
    for found in sets.values():
        for budget in found:
            mine = others.setdefault((budget.namespace, budget.name), {})
            mine.update({item.name: item for item in found if item is not budget})
    return {key: tuple(mine[name] for name in sorted(mine)) for key, mine in others.items()}


def _is_unwell(budget: PodDisruptionBudget) -> bool:
    status = budget.status
    healthy, desired = status.current_healthy, status.desired_healthy
    return status.disruptions_allowed == 0 and healthy is not None and desired is not None and healthy < desired
