"""The disruption budget of calico-typha stops the drain.

Why it matters
--------------
Calico's operator keeps a disruption budget for calico-typha. While a step uninstalls Calico and drains the nodes, typha
is scaled down and its budget cannot be met: operations from Calico to Cilium were reported to fail draining so.

What to do
----------
- Have at least three nodes before the step, so that typha runs with two replicas or more: `az aks nodepool scale
  --resource-group {resource_group} --cluster-name {cluster} --name POOL --node-count 3`.
- If the drain stalls at typha, take the budget away and repeat the update: `kubectl delete pdb calico-typha
  --namespace calico-system`. The operator brings it back as long as Calico is installed.

How it is decided
-----------------
It speaks only where Calico is the policy engine before the step, at the steps that uninstall it. The budget is
calico-system/calico-typha, or kube-system/calico-typha of older versions: AKS's own objects count here. With
disruptionsAllowed 0 it is a risk; else a notice, because the reports are about the moment in which typha goes. A
status without disruptionsAllowed is a gap. A list of budgets that is whole and has none of them passes. Small clusters
run one typha replica, whose budget of maxUnavailable 1 allows its eviction: that is a notice as well.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.model.fact import Cause, Missing, seen
from analyzer.model.finding import (
    Confidence,
    Evidence,
    Finding,
    NotApplicable,
    Outcome,
    Passed,
    Severity,
    gap,
    object_ref,
)
from analyzer.model.network import PolicyEngine
from analyzer.model.objects import PodDisruptionBudget
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.aks_owned import is_typha
from rules.lists import gaps


def check(scene: Scene) -> Iterator[Outcome]:
    """The budget of calico-typha, where the step removes Calico."""
    if scene.before.policy.require() is not PolicyEngine.CALICO:
        yield NotApplicable("Calico is not the policy engine before this step.")
        return
    budgets = scene.snapshot.pod_disruption_budgets
    found = [budget for budget in seen(budgets) if is_typha(budget)]
    for budget in found:
        yield _judge(budget)
    yield from gaps(budgets)
    if not found:
        yield Passed("There is no disruption budget for calico-typha.")


def _judge(budget: PodDisruptionBudget) -> Outcome:
    allowed = budget.status.disruptions_allowed
    if allowed is None:
        detail = f"{budget.namespace}/{budget.name} has no status.disruptionsAllowed"
        return gap(Missing(Source.POD_DISRUPTION_BUDGETS, Cause.HIDDEN, detail), object_ref(budget))
    now = "It allows no disruption now" if allowed == 0 else f"It allows {allowed} now, and may allow none then"
    return Finding(
        object=object_ref(budget),
        severity=Severity.NOTICE if allowed else None,
        message=f"The step uninstalls Calico while this budget guards calico-typha. {now}; the drain then times out.",
        evidence=(Evidence("status.disruptionsAllowed", str(allowed)),),
    )


RULE = Rule(
    id="CAL-TYPHA-PDB",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.UPSTREAM,
    steps=(StepKind.REMOVE_POLICY_ENGINE, StepKind.CILIUM),
    reads=(Source.CLUSTER, Source.POD_DISRUPTION_BUDGETS),
    sources=(
        Citation(
            "https://github.com/hashicorp/terraform-provider-azurerm/issues/32827",
            "An update from Calico to Cilium fails draining because of calico-typha's disruption budget.",
            "2026-07",
        ),
        Citation(
            "https://github.com/Azure/AKS/issues/3384",
            "Disruption budgets of system pods block the drain of small clusters.",
        ),
    ),
    check=check,
)
