"""No policy engine runs between its removal and the next one.

Why it matters
--------------
Once Azure NPM or Calico is uninstalled, the policies stay in the cluster as objects and nobody enforces them: every
pod can reach every other. On the way over overlay to Cilium that lasts from this step until Cilium has taken the last
node, three reimages of every pool.

What to do
----------
- Close what must stay closed by other means until another engine runs: network security groups,
  `loadBalancerSourceRanges` on Services, authorisation in the mesh or in the application.
- On Azure CNI without Windows pools, avoid the gap: let Cilium replace the engine itself, then go to overlay.
- Do the steps one after another in one maintenance window, and agree it with whoever answers for the isolation: `az
  aks show --resource-group {resource_group} --name {cluster} --query networkProfile.networkPolicy`.

How it is decided
-----------------
At the step that removes the engine, each namespace with an enforced policy is a risk; policies that belong to no
namespace are one on the cluster. Enforced are the Kubernetes NetworkPolicies and, where Calico is the engine,
Calico's own NetworkPolicies and GlobalNetworkPolicies.

What AKS owns does not count: kube-system/konnectivity-agent, what carries the label `kubernetes.azure.com/managedby:
aks` or `addonmanager.kubernetes.io/mode: Reconcile`, what lies in calico-system, calico-apiserver or
tigera-operator, and Calico's mirrors (knp.*) of Kubernetes policies. A list that is not whole is a gap.

It is said once, where the window opens; a later overlay step names that step. A path without it has no such window.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.model.finding import Confidence, Finding, NotApplicable, Outcome, Passed, Severity
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.enforced import READS, isolations, policy_lists
from rules.lists import gaps


def check(scene: Scene) -> Iterator[Outcome]:
    """What loses its isolation at the step that removes the engine."""
    if scene.step.kind is StepKind.REMOVE_POLICY_ENGINE:
        yield from _window(scene)
    elif scene.earlier_step(StepKind.REMOVE_POLICY_ENGINE):
        yield NotApplicable("The window opens at the step remove-policy-engine, and is said there.")
    else:
        yield Passed("The path has no step remove-policy-engine.")


def _window(scene: Scene) -> Iterator[Outcome]:
    lists = policy_lists(scene)
    for isolation in isolations(scene, lists):
        message = f"From this step on nothing enforces the policies of {isolation.words}, until another engine runs."
        yield Finding(object=isolation.object, message=message, evidence=isolation.evidence)
    yield from gaps(*lists.values())


RULE = Rule(
    id="POL-UNENFORCED-WINDOW",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.REMOVE_POLICY_ENGINE, StepKind.OVERLAY),
    reads=READS,
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/use-network-policies#uninstall-azure-network-policy-manager-or-calico",
            "Uninstalling the engine leaves the NetworkPolicy objects in place, and they are no longer enforced.",
            "2026-08-18",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/update-azure-cni#update-the-ipam-mode-to-azure-cni-overlay",
            "An update to overlay asks for the policy engine to be uninstalled first.",
            "2023-24",
            contradicts="Since 2026-05-28 a cluster that already runs Cilium may become overlay with its engine.",
        ),
    ),
    check=check,
)
