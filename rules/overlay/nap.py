"""Node auto-provisioning made nodes that the step does not reimage.

Why it matters
--------------
Nodes of node auto-provisioning (NAP) belong to no agent pool, so AKS does not reimage them with the pools. Until March
2025 such nodes even missed the label that marks them as overlay, and gave their pods no addresses. Nothing is
documented about NAP during the step to overlay; for the step to Cilium it must be off.

What to do
----------
- Do as for the step to Cilium: limit every Karpenter NodePool to no CPU, remove the nodes that are left, then switch
  NAP off: `az aks update --resource-group {resource_group} --name {cluster} --node-provisioning-mode Manual`.
- Switch it on again after the step: `az aks update --resource-group {resource_group} --name {cluster}
  --node-provisioning-mode Auto`.
- Or, if it stays on, let it replace its nodes after the step, one after another: `kubectl delete nodeclaim NAME`.

How it is decided
-----------------
nodeProvisioningProfile.mode Auto with at least one node of NAP is a notice; such nodes are known by NodeClaims and
by the label karpenter.sh/nodepool. Auto without a node is quiet, and so is Manual. Where the earlier step nap-off
switches it off, this passes and names that step. A body without the mode passes if the lists are whole and hold
none.

Derived: the restriction is written for Cilium only. CIL-NAP tells how to switch NAP off, object by object.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Passed, Severity, gap
from analyzer.model.network import IpamMode, hidden
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.provisioned_nodes import READS, ProvisionedNode, mode, provisioned_nodes, unread

_MODE = "nodeProvisioningProfile.mode"


def check(scene: Scene) -> Iterator[Outcome]:
    """Auto-provisioning that is on and has nodes."""
    if scene.earlier_step(StepKind.NAP_OFF):
        yield Passed("The earlier step nap-off switches node auto-provisioning off.")
        return
    now = mode(scene)
    if now == "manual":
        yield Passed("Node auto-provisioning is off.")
        return
    yield Passed("Node auto-provisioning has no node.")
    nodes = provisioned_nodes(scene)
    if nodes:
        yield _finding(scene, nodes) if now else gap(hidden(_MODE, "it is absent or null, and Karpenter made nodes"))
    yield from unread(scene)


def _finding(scene: Scene, nodes: tuple[ProvisionedNode, ...]) -> Finding:
    return Finding(
        object=scene.cluster_ref,
        message="Node auto-provisioning is on and has nodes, which AKS does not reimage with the agent pools.",
        evidence=(Evidence(_MODE, "Auto"), *(node.evidence for node in nodes)),
    )


RULE = Rule(
    id="OVL-NAP",
    page=Page(__doc__),
    severity=Severity.NOTICE,
    confidence=Confidence.DERIVED,
    steps=(StepKind.OVERLAY,),
    modes=(IpamMode.NODE_SUBNET,),
    reads=READS,
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/node-auto-provisioning-networking"
            "#supported-networking-configurations-for-nap",
            "It supports Azure CNI, overlay, and overlay with Cilium; not Calico, nor dynamic pod subnets.",
            "2024-06-13",
        ),
        Citation(
            "https://github.com/Azure/AKS/blob/master/CHANGELOG.md",
            "Nodes of auto-provisioning lacked the overlay label; fixed.",
            "2025-03-16",
        ),
        Citation(
            "https://github.com/Azure/AKS/blob/master/CHANGELOG.md",
            "It is allowed with every CNI but Calico and kubenet.",
            "2025-01-30",
        ),
    ),
    check=check,
)
