"""A node-subnet cluster needs a pod CIDR for overlay.

Why it matters
--------------
On node subnet, pods take their addresses from the VNet, so the cluster has no pod CIDR that overlay could keep. One
must be passed, and it cannot be shrunk or moved afterwards.

What to do
----------
- Choose an IPv4 range outside the VNet, its peers, the service CIDR and what is reached on premises, with one /24 for
  each node that there can ever be.
- Check again with `--pod-cidr CIDR`, and pass the same range to the step: `az aks update --resource-group
  {resource_group} --name {cluster} --network-plugin azure --network-plugin-mode overlay --pod-cidr CIDR`.

How it is decided
-----------------
A node-subnet cluster without `--pod-cidr` is a gap, and the other rules of the pod CIDR do not apply. This version
does not propose a range of its own. A value that is not an IPv4 network, or has host bits, is refused before anything
is judged. Kubenet keeps its range, so there is nothing to require.

The Azure CNI tab of the documentation requires the parameter; the node-subnet tab's example leaves it out. This tool
requires it.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.model.finding import Confidence, Outcome, Passed, Severity
from analyzer.model.network import IpamMode
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene


def check(scene: Scene) -> Iterator[Outcome]:
    """The range that was given; a gap where none was."""
    yield Passed(f"The step would use {', '.join(scene.after.pod_cidrs.require())}.")


RULE = Rule(
    id="OVL-PODCIDR-REQUIRED",
    page=Page(__doc__),
    severity=Severity.BLOCKER,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.OVERLAY,),
    modes=(IpamMode.NODE_SUBNET,),
    reads=(Source.CLUSTER, Source.INPUTS),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/update-azure-cni#update-the-ipam-mode-to-azure-cni-overlay",
            "`--pod-cidr` is required for clusters on the older Azure CNI, because pods move to a new address space.",
            "2026-05-28",
            contradicts="The example in the node-subnet tab of the same page leaves it out.",
        ),
        Citation(
            "https://github.com/Azure/azure-cli/tree/dev/src/azure-cli/azure/cli/command_modules/acs",
            "The client takes `--pod-cidr` with plugin azure only in overlay mode.",
            "2.91.0",
        ),
    ),
    check=check,
)
