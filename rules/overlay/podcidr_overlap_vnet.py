"""The pod CIDR overlaps a VNet that hosts nodes.

Why it matters
--------------
Pods would hold addresses that are also those of nodes or of other resources in the VNet, and traffic to those would
never leave the node. AKS refuses a pod CIDR that overlaps a subnet of the VNet.

What to do
----------
- Choose a pod CIDR outside the VNet, as a part of 100.64.0.0/10 or an unused private range, and check again with
  `--pod-cidr CIDR`.

How it is decided
-----------------
The pod ranges that the step would use (`--pod-cidr`, else those that kubenet has, else the proposal) are compared,
within each address family, with each VNet that hosts a pool: that of the pool's vnetSubnetID or, where it is unset, of
the node resource group. While node auto-provisioning is Auto, the VNets of the subnets that AKSNodeClasses name are
added; where the body does not say whether it is, and there are or may be AKSNodeClasses, that is a gap.

An overlap with any subnet of such a VNet is a blocker, in either direction, whether nodes sit in it or not. An overlap
with the VNet's address space and none of its subnets is a risk. A VNet, or a prefix, that was not read is a gap beside
what is found. Where no pod CIDR is free the rule does not apply. The finding names the range that is proposed instead,
where everything that it must avoid was read.

The documentation forbids the whole address space of the VNet; the release note of 2024-10-25 says that the service
compares with each subnet only. Hence the two severities.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from analyzer.addresses import overlaps
from analyzer.model.finding import Confidence, Evidence, Finding, Gap, NotApplicable, Outcome, Passed, Severity
from analyzer.model.network_resources import VirtualNetwork
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.azure_resources import member_ref, network_ref
from rules.node_networks import of_node_classes, of_pools
from rules.overlay import pod_ranges


def check(scene: Scene) -> Iterator[Outcome]:
    """Each subnet, or else address space, that a pod range overlaps."""
    ranges = pod_ranges.judged(scene)
    if isinstance(ranges, NotApplicable):
        yield ranges
        return
    yield Passed(f"{pod_ranges.listed(ranges)} overlaps no VNet that nodes are in, and none of its subnets.")
    sources = [pod_ranges.evidence(scene, cidr) for cidr in ranges.require()]
    for network in chain(of_pools(scene), of_node_classes(scene)):
        if isinstance(network, Gap):
            yield network
        else:
            yield from (found for source in sources for found in _judge(network, source, scene))


def _judge(network: VirtualNetwork, source: Evidence, scene: Scene) -> Iterator[Finding]:
    subnets = list(_subnets(network, source, scene))
    yield from subnets or _address_space(network, source, scene)


def _subnets(network: VirtualNetwork, source: Evidence, scene: Scene) -> Iterator[Finding]:
    cidr = source.value
    for subnet in network.subnets:
        for prefix in subnet.prefixes:
            if overlaps(cidr, prefix):
                where = f"virtualNetworks[{network.name}].subnets[{subnet.name}].addressPrefixes"
                yield Finding(
                    object=member_ref(network, subnet),
                    message=f"Pod CIDR {cidr} overlaps subnet {network.name}/{subnet.name} ({prefix}).",
                    evidence=(source, Evidence(where, prefix)),
                    key=f"{cidr} {prefix}",
                    remedy=pod_ranges.instead(scene),
                )


def _address_space(network: VirtualNetwork, source: Evidence, scene: Scene) -> Iterator[Finding]:
    cidr = source.value
    for prefix in network.address_space.address_prefixes:
        if overlaps(cidr, prefix):
            where = f"virtualNetworks[{network.name}].addressSpace.addressPrefixes"
            yield Finding(
                object=network_ref(network),
                message=f"Pod CIDR {cidr} overlaps VNet {network.name} ({prefix}), though none of its subnets.",
                evidence=(source, Evidence(where, prefix)),
                severity=Severity.RISK,
                key=f"{cidr} {prefix}",
                remedy=pod_ranges.instead(scene),
            )


RULE = Rule(
    id="OVL-PODCIDR-OVERLAP-VNET",
    page=Page(__doc__),
    severity=Severity.BLOCKER,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.OVERLAY,),
    reads=pod_ranges.READS,
    refused_by_platform=True,
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/update-azure-cni#update-the-ipam-mode-to-azure-cni-overlay",
            "The pod CIDR must not overlap any address of the VNets that the pools are in.",
            "2026-05-28",
            contradicts="The release note of 2024-10-25: compared with each subnet, no longer with the address space.",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/concepts-network-azure-cni-overlay#pods",
            "Pod address space must not overlap the subnet of the cluster.",
            "2026-07-31",
        ),
        Citation(
            "https://github.com/Azure/AKS/blob/master/CHANGELOG.md",
            "The pod CIDR is validated against every subnet instead of the address space of the VNet.",
            "2024-10-25",
        ),
    ),
    check=check,
)
