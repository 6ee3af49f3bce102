"""A node subnet is delegated to another service.

Why it matters
--------------
The subnet of a pool's nodes must not be delegated to another service. No page says that an update is refused for it,
but nodes that are made again in such a subnet may not get addresses.

What to do
----------
- Remove the delegation, if nothing uses it: `az network vnet subnet update --ids SUBNET_ID --remove delegations`.
- Otherwise add pools in another subnet, move the workloads and delete the old pools.

How it is decided
-----------------
By the delegations of each subnet that a pool names as vnetSubnetID: any is a risk on that subnet. Pod subnets are
delegated to AKS, the API server's subnet too, and that of Application Gateway for Containers to its service: they
are no node subnets, and not looked at. The VNet that AKS keeps itself is not concerned. A subnet that was not read
is a gap.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.model.fact import Missing, seen
from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Severity, gap
from analyzer.model.network_resources import Subnet
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.azure_resources import subnet_ref
from rules.lists import gaps
from rules.subnets import named_subnets, subnet_with_id


def check(scene: Scene) -> Iterator[Outcome]:
    """Each node subnet with a delegation, or not read."""
    for subnet_id in named_subnets(seen(scene.pools)):
        subnet = subnet_with_id(scene, subnet_id)
        if isinstance(subnet, Missing):
            yield gap(subnet, subnet_ref(subnet_id))
        else:
            yield from _judge(subnet_id, subnet.value)
    yield from gaps(scene.pools)


def _judge(subnet_id: str, subnet: Subnet) -> Iterator[Finding]:
    services = [item.service_name or item.name or "a service that is not named" for item in subnet.delegations or ()]
    if services:
        yield Finding(
            object=subnet_ref(subnet_id),
            message=f"Node subnet {subnet.name} is delegated to {', '.join(services)}.",
            evidence=(Evidence(f"{subnet_id}.delegations", ", ".join(services)),),
            remedy=(
                "Remove the delegation, if nothing uses it: `az network vnet subnet update"
                f" --ids {subnet_id} --remove delegations`.",
                "Otherwise add pools in another subnet, move the workloads and delete the old pools.",
            ),
        )


RULE = Rule(
    id="OVL-SUBNET-DELEGATED",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.OVERLAY, StepKind.CILIUM),
    reads=(Source.CLUSTER, Source.VIRTUAL_NETWORKS),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/concepts-network-cni-overview#aks-cni-networking-prerequisites",
            "The subnet that is assigned to a node pool cannot be a delegated subnet.",
            "2026-07-10",
        ),
    ),
    check=check,
)
