"""The VNets that host nodes, and which of them were not read.

A pool's VNet is that of its vnetSubnetID; a pool without one is in the VNet that AKS keeps in the node resource group.
Node auto-provisioning may place nodes in further subnets, those that an AKSNodeClass names.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.addresses import interval
from analyzer.model.cluster import AgentPool, same_id
from analyzer.model.fact import Cause, Fact, Known, Missing, seen
from analyzer.model.finding import Gap, ObjectRef, gap, object_ref, pool_ref
from analyzer.model.network import hidden
from analyzer.model.network_resources import VirtualNetwork
from analyzer.model.objects import AKSNodeClass
from analyzer.model.source import Source
from analyzer.scene import Scene
from rules.azure_resources import lies_in, member_ref, network_of, network_ref
from rules.lists import gaps
from rules.provisioned_nodes import node_classes


def of_pools(scene: Scene) -> Iterator[VirtualNetwork | Gap]:
    """Each VNet of a pool, once; then a gap for each pool whose VNet is not among those read.

    An address space or a subnet whose prefixes cannot be read is a gap too.
    """
    pools = scene.pools
    found: dict[str, VirtualNetwork] = {}
    unread: list[Gap] = []
    for pool in seen(pools):
        networks = _of_pool(pool, scene)
        if isinstance(networks, Missing):
            unread.append(gap(networks, pool_ref(pool)))
        else:
            found |= {network.id.lower(): network for network in networks.value}
    yield from found.values()
    yield from (item for network in found.values() for item in _unreadable(network))
    yield from unread
    yield from gaps(pools, scene.snapshot.virtual_networks)


def of_node_classes(scene: Scene) -> Iterator[VirtualNetwork | Gap]:
    """Each VNet that an AKSNodeClass names, where node auto-provisioning is on; and a gap for what was not read."""
    for item in node_classes(scene):
        if isinstance(item, Gap):
            yield item
        else:
            yield from _of_class(item, scene)


def _of_pool(pool: AgentPool, scene: Scene) -> Fact[tuple[VirtualNetwork, ...]]:
    if pool.vnet_subnet_id:
        return _named(pool.vnet_subnet_id, f"Pool {pool.name}", scene)
    group = scene.cluster.require().node_resource_group
    if not group:
        return hidden("nodeResourceGroup", f"it is absent or null, and pool {pool.name} names no subnet")
    networks = tuple(network for network in seen(scene.snapshot.virtual_networks) if lies_in(network.id, group))
    return _found(networks, f"Pool {pool.name} names no subnet, and no VNet of its node resource group {group}", scene)


def _of_class(item: AKSNodeClass, scene: Scene) -> Iterator[VirtualNetwork | Gap]:
    if not item.spec.vnet_subnet_id:
        return
    networks = _named(item.spec.vnet_subnet_id, f"AKSNodeClass {item.name}", scene)
    if isinstance(networks, Missing):
        yield gap(networks, object_ref(item))
        return
    for network in networks.value:
        yield network
        yield from _unreadable(network)


def _named(subnet_id: str, owner: str, scene: Scene) -> Fact[tuple[VirtualNetwork, ...]]:
    network_id = network_of(subnet_id)
    networks = tuple(network for network in seen(scene.snapshot.virtual_networks) if same_id(network.id, network_id))
    return _found(networks, f"{owner} names a subnet of {network_id}, which", scene)


def _found(networks: tuple[VirtualNetwork, ...], subject: str, scene: Scene) -> Fact[tuple[VirtualNetwork, ...]]:
    """The VNets; missing where there is none in a whole list. A list that is not whole has a gap of its own."""
    if networks or isinstance(scene.snapshot.virtual_networks, Missing):
        return Known(networks)
    detail = f"{subject} is not among the VNets that were read"
    grant = "Read it (Microsoft.Network/virtualNetworks/read), or add the output of az network vnet show"
    return Missing(Source.VIRTUAL_NETWORKS, Cause.PARTIAL, detail, grant)


def _unreadable(network: VirtualNetwork) -> Iterator[Gap]:
    if not _are_cidrs(network.address_space.address_prefixes):
        yield _no_prefixes(network_ref(network))
    for subnet in network.subnets:
        if not _are_cidrs(subnet.prefixes):
            yield _no_prefixes(member_ref(network, subnet))


def _are_cidrs(prefixes: tuple[str, ...]) -> bool:
    return bool(prefixes) and None not in map(interval, prefixes)


def _no_prefixes(of: ObjectRef) -> Gap:
    detail = f"The address prefixes of {of} are absent, or not all of them are CIDRs"
    return gap(Missing(Source.VIRTUAL_NETWORKS, Cause.HIDDEN, detail, "Read the VNet with az network vnet show"), of)
