"""Kubenet with Calico cannot become overlay while Calico is installed.

Why it matters
--------------
On kubenet Calico is the CNI as well as the policy engine. The platform has refused the direct way to overlay since
November 2023. Calico must be uninstalled first, which reimages every pool and leaves all policies unenforced until the
next engine runs.

What to do
----------
- Upgrade to Kubernetes 1.30 or later, then uninstall Calico: `az aks update --resource-group {resource_group}
  --name {cluster} --network-policy none`.
- Then migrate to overlay, and let Cilium take over the policies: `az aks update --resource-group {resource_group}
  --name {cluster} --network-dataplane cilium --network-policy cilium`.

How it is decided
-----------------
The policy engine before the step decides. Calico is a blocker; where an earlier step has uninstalled it, this passes
and names that step. Azure NPM cannot run on kubenet; should the body say so all the same, OVL-NETWORK-POLICY refuses
it. An unknown engine is a gap.

A page on network policies still speaks of kubenet with Calico going to overlay with Calico; the release notes of
2023-11-28 close that way, and the tool follows them.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.model.fact import Known
from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Passed, Severity
from analyzer.model.network import IpamMode, PolicyEngine
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene


def check(scene: Scene) -> Iterator[Outcome]:
    """Calico, where it is still there before the step."""
    engine = scene.before.policy.require()
    if engine is PolicyEngine.CALICO:
        message = "Calico is the CNI and the policy engine of this kubenet cluster; it must be uninstalled first."
        evidence = (Evidence("networkProfile.networkPolicy", engine.value),)
        yield Finding(object=scene.cluster_ref, message=message, evidence=evidence)
    elif scene.observed.policy == Known(PolicyEngine.CALICO):
        yield Passed("The step remove-policy-engine uninstalls Calico before this one.")
    elif engine is PolicyEngine.AZURE:
        yield Passed("The policy engine is Azure NPM, which OVL-NETWORK-POLICY judges.")
    else:
        yield Passed("Calico is not installed.")


RULE = Rule(
    id="KUB-CALICO",
    page=Page(__doc__),
    severity=Severity.BLOCKER,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.OVERLAY,),
    modes=(IpamMode.KUBENET,),
    reads=(Source.CLUSTER,),
    refused_by_platform=True,
    sources=(
        Citation(
            "https://github.com/Azure/AKS/blob/master/CHANGELOG.md",
            "Kubenet clusters with Calico are kept from updating to overlay.",
            "2023-11-28",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/use-network-policies#install-azure-network-policy-manager-or-calico-on-an-existing-cluster",
            "On kubenet Calico acts as CNI and policy engine at once.",
            "2026-08-18",
            contradicts="The same page names kubenet with Calico to overlay with Calico as a way.",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/update-azure-cni#update-the-ipam-mode-to-azure-cni-overlay",
            "A cluster is eligible for the update to overlay without a policy engine.",
            "2026-05-28",
        ),
    ),
    check=check,
)
