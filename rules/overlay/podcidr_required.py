"""A node-subnet cluster needs a pod CIDR for overlay.

Why it matters
--------------
On node subnet, pods take their addresses from the VNet, so the cluster has no pod CIDR that overlay could keep. One
must be passed, and it cannot be shrunk or moved afterwards.

What to do
----------
- Reserve an IPv4 range outside the VNet, its peers, the service CIDR and what is reached on premises, with one /24 for
  each node that there can ever be.
- Check again with `--pod-cidr CIDR`, and pass the same range to the step: `az aks update --resource-group
  {resource_group} --name {cluster} --network-plugin azure --network-plugin-mode overlay --pod-cidr CIDR`.

How it is decided
-----------------
A range that was given passes here and is judged by the other rules of the pod CIDR. Without one, the smallest free
private range with room for 1.5 times the demand is proposed, and every rule of the pod CIDR judges it: a notice, which
names it. The demand is the sum over the pools of the larger of count and the autoscaler's maxCount, and the surge. Free
means clear of the VNets, their subnets and peers, what the node subnets' routes lead to (but the default route), the
service ranges, the ranges that AKS reserves and `--on-premises-cidr`. 100.64.0.0/10 is looked at first, then
10.0.0.0/8, 172.16.0.0/12 and 192.168.0.0/16.

Where one of these facts was not read whole, nothing is proposed, for a range that nobody compared would look free: a
gap here, and in the other rules of the pod CIDR. Where no range is free, not even with room for the demand alone, it is
a blocker. A value that is not an IPv4 network, or has host bits, is refused before anything is judged. Kubenet keeps
its range, so there is nothing to require.

The Azure CNI tab of the documentation requires the parameter; the node-subnet tab's example leaves it out. This tool
requires it.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.addresses import node_capacity
from analyzer.model.fact import Known, Missing
from analyzer.model.finding import Confidence, Finding, Outcome, Passed, Severity
from analyzer.model.network import IpamMode
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.overlay import pod_ranges


def check(scene: Scene) -> Iterator[Outcome]:
    """The range that was given, else the one that is proposed; a blocker where none is free."""
    ranges = scene.after.pod_cidrs
    if scene.inputs.pod_cidr is not None:
        yield Passed(f"The step would use {', '.join(ranges.require())}.")
    elif isinstance(ranges, Missing) and isinstance(scene.address_plan.proposal, Known):
        yield _none_is_free(scene)
    else:
        yield _judged_instead(scene, ranges.require()[0])


def _none_is_free(scene: Scene) -> Finding:
    demand = scene.address_plan.demand.read
    message = f"No private range with room for {demand:,} nodes is free of the ranges around the cluster."
    remedy = (
        "Free a range: take away a peering, a route or an address prefix that is not used, or give `--on-premises-cidr`"
        " more narrowly. Each node takes a /24.",
        "Or create a new cluster in a VNet of its own, and move the workloads.",
    )
    return Finding(object=scene.cluster_ref, message=message, remedy=remedy, key="none")


def _judged_instead(scene: Scene, cidr: str) -> Finding:
    message = (
        f"--pod-cidr was not given; judged with the proposal {cidr}, which holds {node_capacity(cidr):,} nodes: reserve"
        f" it, and give --pod-cidr {cidr}."
    )
    remedy = (
        f"Ask those who run the peered and on-premises networks whether {cidr} is free, and reserve it.",
        f"Check again with `--pod-cidr {cidr}`.",
    )
    return Finding(
        object=scene.cluster_ref,
        message=message,
        evidence=(pod_ranges.evidence(scene, cidr),),
        severity=Severity.NOTICE,
        remedy=remedy,
        asks="--pod-cidr",
    )


RULE = Rule(
    id="OVL-PODCIDR-REQUIRED",
    page=Page(__doc__),
    severity=Severity.BLOCKER,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.OVERLAY,),
    modes=(IpamMode.NODE_SUBNET,),
    reads=pod_ranges.READS,
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
