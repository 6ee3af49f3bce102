"""The address ranges of the subnets that the pools' nodes and pods are in."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from analyzer.addresses import contains
from analyzer.model.cluster import AgentPool, id_segment, same_id
from analyzer.model.fact import Cause, Fact, Known, Missing, seen
from analyzer.model.finding import Evidence
from analyzer.model.network import IpamMode
from analyzer.model.network_resources import Subnet, VirtualNetwork
from analyzer.model.source import Source
from analyzer.scene import Scene

_ON_POD_SUBNETS = (IpamMode.POD_SUBNET_DYNAMIC, IpamMode.POD_SUBNET_STATIC)


def node_ranges(scene: Scene) -> Fact[tuple[str, ...]]:
    """The prefixes of the node subnets of all pools, in order. `seen`: those of the VNets that were read."""
    return _ranges(scene, lambda pool: pool.vnet_subnet_id)


def pod_ranges(scene: Scene) -> Fact[tuple[str, ...]]:
    """Where pods get addresses from before the step: the pod CIDRs, or the prefixes of their subnets."""
    mode = scene.before.ipam.require()
    if mode is IpamMode.NODE_SUBNET:
        return node_ranges(scene)
    if mode in _ON_POD_SUBNETS:
        return _ranges(scene, lambda pool: pool.pod_subnet_id or pool.vnet_subnet_id)
    return scene.before.pod_cidrs


def keeps_addresses(scene: Scene) -> bool:
    """Whether pods still have the addresses that they were seen with when the step begins. Needs the IPAM modes."""
    before, observed = scene.before, scene.observed
    return before.ipam.require() is observed.ipam.require() and before.pod_cidrs == observed.pod_cidrs


def network_around(scene: Scene, cidr: str) -> Fact[Evidence | None]:
    """The VNet prefix that a CIDR lies wholly inside; None where all VNets were read and none is."""
    networks = scene.snapshot.virtual_networks
    for network in seen(networks):
        for prefix in network.address_space.address_prefixes:
            if contains(prefix, cidr):
                return Known(Evidence(f"virtualNetworks[{network.name}].addressSpace.addressPrefixes", prefix))
    return networks.of() if isinstance(networks, Missing) else Known(None)


def _ranges(scene: Scene, subnet_of: Callable[[AgentPool], str | None]) -> Fact[tuple[str, ...]]:
    pools = scene.pools
    if isinstance(pools, Missing):
        return pools.of()
    ids = {subnet_of(pool) or "" for pool in pools.value}
    found = {subnet_id: tuple(_subnets(scene, subnet_id)) for subnet_id in sorted(ids)}
    ranges = tuple(sorted({prefix for subnets in found.values() for subnet in subnets for prefix in subnet.prefixes}))
    networks = scene.snapshot.virtual_networks
    if isinstance(networks, Missing):
        return Missing(networks.source, networks.cause, networks.detail, networks.grant, ranges)
    lacking = [subnet_id or _MANAGED for subnet_id, subnets in found.items() if not any(s.prefixes for s in subnets)]
    if lacking:
        detail = f"No VNet that was read shows the prefixes of {', '.join(lacking)}"
        return Missing(Source.VIRTUAL_NETWORKS, Cause.HIDDEN, detail, "Read the VNet with az network vnet show", ranges)
    return Known(ranges)


_MANAGED = "the subnet that AKS keeps in the node resource group"


def _subnets(scene: Scene, subnet_id: str) -> Iterator[Subnet]:
    """The subnet of an id; of a pool that names none, those of the VNet in the node resource group."""
    for network in seen(scene.snapshot.virtual_networks):
        for subnet in network.subnets:
            if same_id(subnet.id, subnet_id) if subnet_id else _is_managed(scene, network):
                yield subnet


def _is_managed(scene: Scene, network: VirtualNetwork) -> bool:
    group = scene.cluster.require().node_resource_group or ""
    return id_segment(network.id, "resourceGroups").lower() == group.lower()
