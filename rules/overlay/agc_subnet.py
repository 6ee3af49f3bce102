"""The subnet of an Application Gateway for Containers is not a /24.

Why it matters
--------------
When a cluster changes to overlay, Application Gateway for Containers (AGC) gets an overlay of its own in the subnet of
its association, which must be exactly a /24. With another size its data path goes down, and only a new AGC brings it
back. With a /24 the path is interrupted for some minutes.

What to do
----------
- Before the step make a /24 subnet, delegated to Microsoft.ServiceNetworking/trafficControllers: `az network vnet
  subnet create --resource-group VNET_RESOURCE_GROUP --vnet-name VNET --name agc-overlay --address-prefixes CIDR
  --delegations Microsoft.ServiceNetworking/trafficControllers`.
- Make an AGC with an association there, let its frontend serve the same routes, and move DNS to it.
- Plan the step for a time when some minutes without ingress are acceptable.

How it is decided
-----------------
Judged is each subnet that an ApplicationLoadBalancer names in spec.associations, and, for Gateways of AGC's class and
Ingresses of the class azure-alb-external that name an AGC by the annotation alb-id, each subnet of that AGC's
associations. Another IPv4 prefix length than 24 is a risk, /24 a notice. Without an ApplicationLoadBalancer and without
AGC's GatewayClass there is no AGC; a delegated subnet that no object of the cluster leads to does not matter.

An association or a subnet that is not among what was read, or shows no IPv4 prefix, is a gap.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.addresses import family, prefix_length
from analyzer.model.cluster import id_segment
from analyzer.model.fact import Cause, Missing
from analyzer.model.finding import Confidence, Evidence, Finding, Gap, Outcome, Passed, Severity, gap
from analyzer.model.network import IpamMode
from analyzer.model.network_resources import Subnet
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.azure_resources import subnet_ref
from rules.overlay.gateway_for_containers import READS, Association, associations
from rules.subnets import subnet_with_id

REQUIRED = 24
"""The prefix length that an association's subnet must have."""


def check(scene: Scene) -> Iterator[Outcome]:
    """The subnet of each association."""
    yield Passed("No object of the cluster leads to an Application Gateway for Containers.")
    for association in associations(scene):
        if isinstance(association, Gap):
            yield association
            continue
        found = subnet_with_id(scene, association.subnet_id)
        yield gap(found, association.owner) if isinstance(found, Missing) else _judge(association, found.value)


def _judge(association: Association, subnet: Subnet) -> Finding | Gap:
    of = subnet_ref(subnet.id)
    prefix = next((item for item in subnet.prefixes if family(item) == 4), None)
    if prefix is None:
        detail = f"Subnet {of.name} shows no IPv4 prefix"
        return gap(Missing(Source.VIRTUAL_NETWORKS, Cause.HIDDEN, detail), of)
    fits = prefix_length(prefix) == REQUIRED
    network = id_segment(subnet.id, "virtualNetworks")
    where = f"virtualNetworks[{network}].subnets[{subnet.name}].addressPrefixes"
    place = f"subnet {of.name} ({prefix})"
    message = (
        f"Application Gateway for Containers in {place} is interrupted for some minutes by the step."
        if fits
        else f"Application Gateway for Containers is in {place}, which is not a /24; its data path"
        " goes down with the step."
    )
    return Finding(
        object=of,
        message=message,
        evidence=(
            association.evidence,
            Evidence(where, prefix),
        ),
        severity=Severity.NOTICE if fits else Severity.RISK,
    )


RULE = Rule(
    id="OVL-AGC-SUBNET",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.OVERLAY,),
    modes=(IpamMode.NODE_SUBNET,),
    reads=(Source.CLUSTER, Source.VIRTUAL_NETWORKS, *READS),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/application-gateway/for-containers/container-networking",
            "Before a change to overlay the association's subnet must be a /24; the change interrupts traffic.",
            "2025-03-24",
        ),
    ),
    check=check,
)
