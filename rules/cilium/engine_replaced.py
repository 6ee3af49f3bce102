"""Cilium removes the present policy engine and takes its policies over.

Why it matters
--------------
The step uninstalls Azure NPM or Calico by itself, and Cilium enforces the NetworkPolicies that are there. It does not
read all of them as the old engine did. Calico's own kinds are enforced by nobody afterwards.

What to do
----------
- Read the results of the policy rules (POL and CAL) and change the policies that they name before the step.
- Do not uninstall the engine first: `az aks update --resource-group {resource_group} --name {cluster}
  --network-dataplane cilium --network-policy cilium` replaces it in one reimage.

How it is decided
-----------------
It is always so where Azure NPM or Calico is the engine before the step, hence a notice, with or without policies. The
number of NetworkPolicies is the customer's; those that AKS owns (kube-system/konnectivity-agent and what carries its
or its add-on manager's label) are not in it. Without the whole list there is a gap and no notice. With no engine, or
Cilium, this passes; where an earlier step removed the engine, it names that step.

The editions agree. What the change does to traffic is said by the policy rules, not here.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.model.fact import Known
from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Passed, Severity
from analyzer.model.network import PolicyEngine
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.aks_owned import is_aks_owned
from rules.enforced import ENGINE_NAMES

_REPLACED = (PolicyEngine.AZURE, PolicyEngine.CALICO)


def check(scene: Scene) -> Iterator[Outcome]:
    """The engine that goes, with the number of policies that Cilium takes over."""
    engine = scene.before.policy.require()
    if engine in _REPLACED:
        yield _notice(scene, engine)
    elif any(scene.observed.policy == Known(removed) for removed in _REPLACED):
        yield Passed("The step remove-policy-engine uninstalls the engine before this one.")
    else:
        yield Passed(f"The policy engine before this step is {engine.value}.")


def _notice(scene: Scene, engine: PolicyEngine) -> Finding:
    policies = [policy for policy in scene.snapshot.network_policies.require() if not is_aks_owned(policy)]
    name = ENGINE_NAMES[engine]
    message = f"This step uninstalls {name}; Cilium enforces the NetworkPolicies instead, in its own way."
    evidence = (
        Evidence("networkProfile.networkPolicy", engine.value),
        Evidence("NetworkPolicies, without those that AKS owns", str(len(policies))),
    )
    return Finding(object=scene.cluster_ref, message=message, evidence=evidence)


RULE = Rule(
    id="CIL-ENGINE-REPLACED",
    page=Page(__doc__),
    severity=Severity.NOTICE,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.CILIUM,),
    reads=(Source.CLUSTER, Source.NETWORK_POLICIES),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/update-azure-cni#update-considerations",
            "The update to Cilium uninstalls Azure NPM or Calico, and Cilium enforces network policies.",
            "2026-05-28",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/migrate-from-npm-to-cilium-network-policy#upgrade-to-azure-cni-powered-by-cilium",
            "The same command replaces NPM with Cilium.",
            "2025-07-30",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/azure-cni-powered-by-cilium",
            "The existing engine is removed and replaced on an update.",
            "2023-24",
        ),
    ),
    check=check,
)
