"""Which resources around a cluster belong to it, as its body, its VNets and its scale sets name them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from analyzer.model.cluster import AgentPool, ManagedCluster, id_segment
from analyzer.model.compute import ScaleSet
from analyzer.model.fact import Cause, Fact, Missing
from analyzer.model.network_resources import Reference, Subnet, VirtualNetwork
from analyzer.model.source import Source

Networks = Fact[tuple[VirtualNetwork, ...]]

TRAFFIC_CONTROLLERS = "microsoft.servicenetworking/trafficcontrollers"
"""The service that a subnet of an Application Gateway for Containers is delegated to, in lower case."""
GATEWAY_ADDON = "ingressApplicationGateway"
"""The add-on that drives an Application Gateway."""


def network_ids(cluster: ManagedCluster) -> tuple[str, ...]:
    """The ids of the VNets that the pools and the API server name, each once, in order."""
    return each_once(subnet_id.partition("/subnets/")[0] for subnet_id in _named_subnets(cluster))


def has_managed_network(cluster: ManagedCluster) -> bool:
    """Whether a pool names no subnet: its VNet is AKS's own, in the node resource group."""
    return any(not pool.vnet_subnet_id for pool in _pools(cluster))


def is_managed(cluster: ManagedCluster, resource_id: str) -> bool:
    """Whether a resource lies in the node resource group."""
    return id_segment(resource_id, "resourceGroups").lower() == (cluster.node_resource_group or "").lower()


def node_group(cluster: ManagedCluster) -> str:
    """The ARM id of the node resource group, "" where the body does not name it."""
    name = cluster.node_resource_group
    return f"/subscriptions/{cluster.subscription}/resourceGroups/{name}" if name else ""


def node_subnets(cluster: ManagedCluster, networks: Iterable[VirtualNetwork]) -> tuple[Subnet, ...]:
    """The subnets that nodes are in; of an AKS-managed VNet all."""
    named = {pool.vnet_subnet_id.lower() for pool in _pools(cluster) if pool.vnet_subnet_id}
    managed = has_managed_network(cluster)
    return tuple(
        subnet
        for network in networks
        for subnet in network.subnets
        if subnet.id.lower() in named or (managed and is_managed(cluster, network.id))
    )


def with_every_subnet(cluster: ManagedCluster, networks: Networks) -> Networks:
    """The VNets; missing where they do not show a subnet that a pool or the API server names."""
    if isinstance(networks, Missing):
        return networks
    shown = {subnet.id.lower() for network in networks.value for subnet in network.subnets}
    lost = sorted({item for item in _named_subnets(cluster) if item.lower() not in shown})
    if not lost:
        return networks
    detail = f"The VNet's body does not show {', '.join(lost)}"
    return Missing(Source.VIRTUAL_NETWORKS, Cause.HIDDEN, detail, seen=networks.value)


def route_table_ids(cluster: ManagedCluster, networks: Iterable[VirtualNetwork]) -> tuple[str, ...]:
    """The ids of the node subnets' route tables, each once, in order."""
    return _linked(subnet.route_table for subnet in node_subnets(cluster, networks))


def security_group_ids(
    cluster: ManagedCluster, networks: Iterable[VirtualNetwork], scale_sets: Iterable[ScaleSet]
) -> tuple[str, ...]:
    """The ids of the security groups of node subnets, of the API server's subnet and of the nodes' interfaces."""
    read = tuple(networks)
    subnets = (*node_subnets(cluster, read), *_api_server_subnets(cluster, read))
    interfaces = (interface.network_security_group for item in scale_sets for interface in item.interfaces)
    return _linked((*(subnet.network_security_group for subnet in subnets), *interfaces))


def delegated_networks(networks: Iterable[VirtualNetwork]) -> tuple[VirtualNetwork, ...]:
    """The VNets with a subnet that is given to Application Gateway for Containers."""
    return tuple(network for network in networks if any(_is_delegated(subnet) for subnet in network.subnets))


def principals(cluster: ManagedCluster) -> tuple[str, ...]:
    """The object ids of the control plane's identity; empty where the body does not show all of them."""
    identity = cluster.identity
    if identity is None:
        return ()
    users = (identity.user_assigned_identities or {}).values()
    own = [identity.principal_id] if identity.principal_id or not users else []
    found = [*own, *(user.principal_id for user in users)]
    return tuple(sorted({item for item in found if item})) if all(found) else ()


def sizes(cluster: ManagedCluster) -> frozenset[str]:
    """The VM sizes that the pools use, in lower case."""
    return frozenset(size.lower() for pool in _pools(cluster) for size in _sizes(pool) if size)


def each_once(ids: Iterable[str]) -> tuple[str, ...]:
    """ARM ids, each once whatever its case, in order."""
    return tuple(sorted({item.lower(): item for item in ids}.values()))


def lies_in(inner: str, outer: str) -> bool:
    """Whether an ARM id is another one or lies in it."""
    one, other = inner.rstrip("/").lower(), outer.rstrip("/").lower()
    return one == other or one.startswith(f"{other}/")


def _pools(cluster: ManagedCluster) -> tuple[AgentPool, ...]:
    return cluster.agent_pool_profiles or ()


def _named_subnets(cluster: ManagedCluster) -> Iterator[str]:
    for pool in _pools(cluster):
        yield from (item for item in (pool.vnet_subnet_id, pool.pod_subnet_id) if item)
    api_server = _api_server_subnet(cluster)
    if api_server:
        yield api_server


def _api_server_subnet(cluster: ManagedCluster) -> str | None:
    """The subnet of an API server that is in a VNet, where its owner chose it."""
    profile = cluster.api_server_access_profile
    return profile.subnet_id if profile and profile.enable_vnet_integration else None


def _api_server_subnets(cluster: ManagedCluster, networks: Iterable[VirtualNetwork]) -> Iterator[Subnet]:
    named = (_api_server_subnet(cluster) or "").lower()
    return (subnet for network in networks for subnet in network.subnets if subnet.id.lower() == named)


def _linked(links: Iterable[Reference | None]) -> tuple[str, ...]:
    return each_once(link.id for link in links if link is not None)


def _is_delegated(subnet: Subnet) -> bool:
    return any((item.service_name or "").lower() == TRAFFIC_CONTROLLERS for item in subnet.delegations or ())


def _sizes(pool: AgentPool) -> Iterator[str | None]:
    yield pool.vm_size
    scale = pool.virtual_machines_profile.scale if pool.virtual_machines_profile else None
    yield from (item.size for item in (scale.manual if scale else None) or ())
