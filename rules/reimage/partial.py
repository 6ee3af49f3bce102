"""An earlier migration left nodes behind.

Why it matters
--------------
Nodes that an earlier change skipped, because they failed, were stopped or were not reimaged, stay on the former network
while ARM reports the new one. Since August 2024 an upgrade of the control plane alone reimages such pools as well, so
the disruption can strike at any later time. A further step starts from a cluster that is in two modes at once.

What to do
----------
- Reconcile the cluster: `az aks update --resource-group {resource_group} --name {cluster}` without further flags.
- Or reimage each pool that is named: `az aks nodepool upgrade --resource-group {resource_group} --cluster-name
  {cluster} --name POOL --node-image-only`.
- Check again before the next step.

How it is decided
-----------------
Only where ARM reports overlay or Cilium already, before any step of this path. Overlay: a node is left behind where a
pod on it has an address outside the pod CIDR, where its NodeNetworkConfig has a range outside it, or where it lacks the
label `kubernetes.azure.com/azure-cni-overlay` that other nodes have. Cilium: a Linux node without an agent, or without
the label `kubernetes.azure.com/ebpf-dataplane` that other nodes have. It is a risk, on each node.

Pods on the node's own network have the node's address, and ended ones may have given theirs away: neither counts. Nor
do virtual nodes. Labels where no node has them prove nothing. That a node has no agent takes the whole list of pods.
Nodes that are named in no list cannot be judged: lists that were not read are gaps.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.model.finding import Confidence, Outcome, Passed, Severity
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.left_behind import READS, left_behind


def check(scene: Scene) -> Iterator[Outcome]:
    """Each node that is left behind."""
    yield Passed("No node shows another network than the one that ARM reports.")
    yield from left_behind(scene)


RULE = Rule(
    id="REI-PARTIAL",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.CHANGELOG,
    steps=(StepKind.OVERLAY, StepKind.CILIUM),
    reads=READS,
    sources=(
        Citation(
            "https://github.com/Azure/AKS/blob/master/CHANGELOG.md",
            "An upgrade of the control plane alone reimages pools whose overlay reimage was skipped.",
            "2024-08-05",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/azure-cni-overlay-pod-expand"
            "#update-an-azure-cni-overlay-aks-cluster-to-expand-the-pod-cidr-space",
            "The NodeNetworkConfig of each node shows the range that its pods have addresses from.",
            "2024-08-16",
        ),
    ),
    check=check,
)
