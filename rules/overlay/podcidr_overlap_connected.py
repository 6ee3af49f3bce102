"""The pod CIDR overlaps a network that the cluster is connected to.

Why it matters
--------------
Nothing checks this. An address in the pod CIDR is taken for a pod's: traffic to a host of a peered VNet or of a site
on premises with such an address never leaves the overlay, and clients from there must be translated on their way in.

What to do
----------
- Choose a pod CIDR that no connected network uses or advertises, and check again with `--pod-cidr CIDR`.
- Give every range that is reached through gateways, ExpressRoute or VPN: `--on-premises-cidr CIDR` for each, or
  `--on-premises-cidr none`.

How it is decided
-----------------
The pod ranges that the step would use are compared with the address space of each peering of the VNets that nodes are
in, whatever state the peering is in; with each destination of the route tables of the node subnets; and with what
`--on-premises-cidr` gives. Each overlap, in either direction and within an address family, is a risk. The pod CIDR of
another overlay cluster is not a connected network, so it is not looked at.

Of the routes, the default route, those to a service tag and those with next hop Internet lead to no such network. On
kubenet, routes that lie inside the pod CIDR of now are AKS's own for its nodes, or are judged by KUB-RT-BYO and
KUB-RT-MANAGED. A VNet, peering, route table or route that was not read, or does not show where it leads, is a gap.

Routes that gateways learn are in no body that this tool reads. So where such a VNet has a GatewaySubnet, or a peering
that uses the gateway of the other side, and `--on-premises-cidr` is not given, the rule asks for it: a notice.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from analyzer.addresses import overlaps
from analyzer.addresses.networks import connected_destination, node_networks, peered_prefixes, route_tables
from analyzer.model.fact import Cause, Missing
from analyzer.model.finding import (
    Confidence,
    Evidence,
    Finding,
    NotApplicable,
    ObjectRef,
    Outcome,
    Passed,
    Severity,
    gap,
)
from analyzer.model.network_resources import Peering, VirtualNetwork
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.azure_resources import group_of, table_ref
from rules.overlay import pod_ranges

_GATEWAY_SUBNET = "gatewaysubnet"
"""The name that a VNet gateway's subnet must have, in lower case."""


def check(scene: Scene) -> Iterator[Outcome]:
    """Each connected range that a pod range overlaps, and the question what lies behind the gateways."""
    ranges = pod_ranges.judged(scene)
    if isinstance(ranges, NotApplicable):
        yield ranges
        return
    pods = ranges.require()
    yield Passed(f"{pod_ranges.listed(ranges)} overlaps no peered network, no route and no --on-premises-cidr.")
    for part in chain(_networks(scene), _routes(scene), _on_premises(scene)):
        if isinstance(part, Missing):
            yield gap(part)
        else:
            yield from (_overlap(scene, cidr, *part) for cidr in pods if overlaps(cidr, part[1].value))
    yield from _question(scene, pods)


_Connected = tuple[ObjectRef, Evidence, str]
"""The object that connects, where its range was read, and what the range is called."""


def _networks(scene: Scene) -> Iterator[_Connected | Missing[object]]:
    for network in node_networks(scene.snapshot):
        if isinstance(network, Missing):
            yield network
        else:
            for peering in network.virtual_network_peerings:
                yield from _peering(network, peering)


def _peering(network: VirtualNetwork, peering: Peering) -> Iterator[_Connected | Missing[object]]:
    where = f"virtualNetworks[{network.name}].virtualNetworkPeerings[{peering.name}]"
    group = group_of(network.id)
    name = ObjectRef(kind="VirtualNetworkPeering", name=f"{network.name}/{peering.name}", namespace=group)
    prefixes = peered_prefixes(peering)
    for prefix in prefixes:
        yield name, Evidence(f"{where}.remoteVirtualNetworkAddressSpace", prefix), f"peered network {peering.name}"
    if not prefixes:
        detail = f"{where} does not show the address space of the other side"
        yield Missing(Source.VIRTUAL_NETWORKS, Cause.HIDDEN, detail, "Read the VNet again with az network vnet show")


def _routes(scene: Scene) -> Iterator[_Connected | Missing[object]]:
    for table in route_tables(scene.snapshot):
        if isinstance(table, Missing):
            yield table
            continue
        for route in table.routes:
            destination = connected_destination(route, scene.snapshot)
            if isinstance(destination, Missing):
                yield destination
            elif destination:
                where = f"routeTables[{table.name}].routes[{route.name}].addressPrefix"
                yield table_ref(table), Evidence(where, destination), f"what route {route.name} leads to"


def _on_premises(scene: Scene) -> Iterator[_Connected]:
    for cidr in scene.inputs.on_premises_cidrs or ():
        yield scene.cluster_ref, Evidence("--on-premises-cidr", cidr), "a network on premises"


def _overlap(scene: Scene, cidr: str, object: ObjectRef, range: Evidence, name: str) -> Finding:
    return Finding(
        object=object,
        message=f"Pod CIDR {cidr} overlaps {name} ({range.value}): pods cannot reach it there.",
        evidence=(pod_ranges.evidence(scene, cidr), range),
        key=f"{cidr} {range.value}",
        remedy=pod_ranges.instead(scene),
    )


def _question(scene: Scene, pods: tuple[str, ...]) -> Iterator[Finding]:
    """What lies behind the gateways, where there are gateways and nobody said."""
    networks = (item for item in node_networks(scene.snapshot) if isinstance(item, VirtualNetwork))
    gateways = tuple(line for network in networks for line in _gateways(network))
    if gateways and scene.inputs.on_premises_cidrs is None:
        yield Finding(
            object=scene.cluster_ref,
            message="Which ranges are reached through the gateways of the VNet? None of them may overlap"
            f" {', '.join(pods)}; give each with --on-premises-cidr, or `none`.",
            evidence=gateways,
            severity=Severity.NOTICE,
            key="gateways",
            asks="--on-premises-cidr",
            remedy=(
                "Ask those who run the gateways for the ranges that they learn and advertise, and check again with"
                " `--on-premises-cidr CIDR` for each, or `--on-premises-cidr none`.",
            ),
        )


def _gateways(network: VirtualNetwork) -> Iterator[Evidence]:
    for subnet in network.subnets:
        if subnet.name.lower() == _GATEWAY_SUBNET:
            yield Evidence(f"virtualNetworks[{network.name}].subnets[].name", subnet.name)
    for peering in network.virtual_network_peerings:
        if peering.use_remote_gateways:
            where = f"virtualNetworks[{network.name}].virtualNetworkPeerings[{peering.name}].useRemoteGateways"
            yield Evidence(where, "true")


RULE = Rule(
    id="OVL-PODCIDR-OVERLAP-CONNECTED",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.OVERLAY,),
    reads=pod_ranges.READS,
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/concepts-network-azure-cni-overlay#pods",
            "Pods cannot reach destinations outside the cluster whose addresses lie in the pod address space.",
            "2026-07-31",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/concepts-network-azure-cni-overlay"
            "#kubernetes-service-ip-address-for-dns",
            "The pod address space should overlap no range that the cluster communicates with.",
            "2026-07-31",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/concepts-network-legacy-cni"
            "#virtual-network-peering-and-expressroute-connections",
            "Peered VNets and ExpressRoute need addresses that do not overlap.",
            "2026-04-16",
        ),
    ),
    check=check,
)
