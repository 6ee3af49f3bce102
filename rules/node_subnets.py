"""The subnets that nodes lie in, with the VNets around them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain

from analyzer.model.fact import Cause, Missing, seen
from analyzer.model.finding import Gap, gap
from analyzer.model.network_resources import Subnet, VirtualNetwork
from analyzer.model.source import Source
from analyzer.scene import Scene
from rules.azure_resources import lies_in, network_of
from rules.node_networks import of_node_classes, of_pools
from rules.provisioned_nodes import node_classes

READS = (Source.CLUSTER, Source.VIRTUAL_NETWORKS, Source.AKS_NODE_CLASSES)
"""What the functions below may ask for."""


@dataclass(frozen=True, slots=True)
class NodeSubnet:
    """One subnet of nodes."""

    network: VirtualNetwork
    subnet: Subnet


def node_subnets(scene: Scene) -> tuple[tuple[NodeSubnet, ...], tuple[Gap, ...]]:
    """The subnets of pools and of node auto-provisioning that were read, each once; and why there may be more.

    Of a pool that names no subnet all subnets of the VNet in the node resource group count.
    """
    around = tuple(chain(of_pools(scene), of_node_classes(scene)))
    networks = {item.id.lower(): item for item in around if isinstance(item, VirtualNetwork)}
    named = _named(scene)
    managed_group = scene.cluster.require().node_resource_group
    found = {
        subnet.id.lower(): NodeSubnet(network, subnet)
        for network in networks.values()
        for subnet in network.subnets
        if subnet.id.lower() in named or ("" in named and lies_in(network.id, managed_group))
    }
    absent = [item for item in sorted(named - found.keys()) if network_of(item) in networks]
    return tuple(found.values()), (*(item for item in around if isinstance(item, Gap)), *map(_absent, absent))


def prefixes(subnets: tuple[NodeSubnet, ...]) -> tuple[str, ...]:
    """The address ranges of some subnets, in order, each once."""
    return tuple(sorted({prefix for item in subnets for prefix in item.subnet.prefixes}))


def network_space(subnets: tuple[NodeSubnet, ...]) -> tuple[str, ...]:
    """The address spaces of the VNets around some subnets, and of what is peered with those."""
    space: list[str] = []
    for network in {item.network.id: item.network for item in subnets}.values():
        space += network.address_space.address_prefixes
        for peering in network.virtual_network_peerings:
            for remote in (peering.remote_address_space, peering.remote_virtual_network_address_space):
                space += remote.address_prefixes if remote else ()
    return tuple(space)


def _named(scene: Scene) -> set[str]:
    """The ids in lower case; "" where a pool names none."""
    classes = [item for item in node_classes(scene) if not isinstance(item, Gap)]
    of_classes = {item.spec.vnet_subnet_id.lower() for item in classes if item.spec.vnet_subnet_id}
    return of_classes | {(pool.vnet_subnet_id or "").lower() for pool in seen(scene.pools)}


def _absent(subnet_id: str) -> Gap:
    detail = f"The VNet that was read does not show the node subnet {subnet_id}"
    return gap(Missing(Source.VIRTUAL_NETWORKS, Cause.PARTIAL, detail, "Read the VNet with az network vnet show"))
