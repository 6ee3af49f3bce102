"""Policies are not enforced reliably until Cilium runs on the last node.

Why it matters
--------------
Cilium begins to enforce only when every node has been reimaged, and while the pools roll, enforcement may differ from
node to node. A node that cannot be drained extends that time without limit. For an audit it counts as time without
network policies.

What to do
----------
- Plan a maintenance window, and first remove what can stop the roll (REI-UNDRAINABLE, REI-PDB).
- Close what must stay closed by other means for that time: network security groups, `loadBalancerSourceRanges` on
  Services, authorisation in the mesh or in the application.
- After the step see that every node is new and that Cilium runs on it: `kubectl --namespace kube-system get daemonset
  cilium`.

How it is decided
-----------------
It is always so where policies exist, hence a notice for each namespace that has some; policies that belong to no
namespace are one notice on the cluster. Counted are the Kubernetes NetworkPolicies and, where Calico is the engine
before the step, Calico's own NetworkPolicies and GlobalNetworkPolicies. Without an engine there is no isolation to
lapse, but the policies come alive while the pools roll: a notice too. Where an earlier step of the path removed the
engine, POL-UNENFORCED-WINDOW says it there, and this rule passes.

What AKS owns does not count: kube-system/konnectivity-agent, what carries the label `kubernetes.azure.com/managedby:
aks` or `addonmanager.kubernetes.io/mode: Reconcile`, what lies in calico-system, calico-apiserver or tigera-operator,
and Calico's mirrors (knp.*) of Kubernetes policies. No policies is a pass; a list that is not whole is a gap.

The editions agree.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.model.finding import Confidence, Finding, Outcome, Passed, Severity
from analyzer.model.network import PolicyEngine
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.enforced import ENGINE_NAMES, READS, isolations, policy_lists
from rules.lists import gaps


def check(scene: Scene) -> Iterator[Outcome]:
    """What is not isolated reliably while the pools roll."""
    if scene.earlier_step(StepKind.REMOVE_POLICY_ENGINE):
        yield Passed("No engine enforces policies since the step remove-policy-engine, where it is said.")
        return
    yield Passed("There are no policies besides those that AKS owns.")
    lists = policy_lists(scene)
    engine = scene.before.policy.require()
    for isolation in isolations(scene, lists):
        message = _inert(isolation.words) if engine is PolicyEngine.NONE else _lapses(engine, isolation.words)
        yield Finding(object=isolation.object, message=message, evidence=isolation.evidence)
    yield from gaps(*lists.values())


def _lapses(engine: PolicyEngine, words: str) -> str:
    name = ENGINE_NAMES[engine]
    return f"{name} enforces the policies of {words} until this step, Cilium reliably only from the last node on."


def _inert(words: str) -> str:
    return f"No engine enforces the policies of {words} today; Cilium does, reliably only from the last node on."


RULE = Rule(
    id="CIL-ENFORCE-GAP",
    page=Page(__doc__),
    severity=Severity.NOTICE,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.CILIUM,),
    reads=READS,
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/update-azure-cni#update-considerations",
            "Cilium begins to enforce network policies only after all nodes have been reimaged.",
            "2026-05-28",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/migrate-from-npm-to-cilium-network-policy#key-considerations-before-you-begin",
            "During the update policies may be enforced inconsistently.",
            "2025-07-30",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/azure-cni-powered-by-cilium",
            "Policies are enforced only after the reimage of all nodes.",
            "2023-24",
        ),
    ),
    check=check,
)
