"""Which network resources belong to a cluster, and whether all of them were read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol, TypeVar

from analyzer.model.cluster import AgentPool, ManagedCluster, Subnet, VirtualNetwork, id_segment, same_id
from analyzer.model.fact import Cause, Fact, Known, Missing
from analyzer.model.source import Source


class Resource(Protocol):
    """An ARM resource."""

    @property
    def id(self) -> str:
        """The ARM id."""


R = TypeVar("R", bound=Resource)


def network_ids(cluster: ManagedCluster) -> tuple[str, ...]:
    """The ids of the VNets that the pools name, each once, in order."""
    ids = (subnet_id.partition("/subnets/")[0] for pool in _pools(cluster) for subnet_id in _subnet_ids(pool))
    return tuple(sorted({item.lower(): item for item in ids}.values()))


def has_managed_network(cluster: ManagedCluster) -> bool:
    """Whether a pool names no subnet: its VNet is AKS's own, in the node resource group."""
    return any(not pool.vnet_subnet_id for pool in _pools(cluster))


def is_managed(cluster: ManagedCluster, resource_id: str) -> bool:
    """Whether a resource lies in the node resource group."""
    return id_segment(resource_id, "resourceGroups").lower() == (cluster.node_resource_group or "").lower()


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


def networks_fact(cluster: Fact[ManagedCluster], found: Iterable[VirtualNetwork]) -> Fact[tuple[VirtualNetwork, ...]]:
    """The VNets that files hold; missing, with those as seen, unless every VNet of the pools is among them."""
    networks = by_id(found)
    if isinstance(cluster, Missing):
        return _incomplete(Source.VIRTUAL_NETWORKS, "The cluster's body, which names its VNets, was not read", networks)
    body = cluster.value
    if not body.agent_pool_profiles:
        detail = "The cluster's body shows no pools, which name their VNets"
        return _incomplete(Source.VIRTUAL_NETWORKS, detail, networks)
    lacking = [item for item in network_ids(body) if not any(same_id(item, one.id) for one in networks)]
    if has_managed_network(body) and not any(is_managed(body, one.id) for one in networks):
        lacking.append(f"the VNet of node resource group {body.node_resource_group}")
    if lacking:
        return _incomplete(Source.VIRTUAL_NETWORKS, f"No file holds {', '.join(lacking)}", networks)
    return with_every_subnet(body, Known(networks))


def with_every_subnet(
    cluster: ManagedCluster, networks: Fact[tuple[VirtualNetwork, ...]]
) -> Fact[tuple[VirtualNetwork, ...]]:
    """The VNets; missing where they do not show a subnet that a pool names."""
    if isinstance(networks, Missing):
        return networks
    shown = {subnet.id.lower() for network in networks.value for subnet in network.subnets}
    lost = sorted({item for pool in _pools(cluster) for item in _subnet_ids(pool) if item.lower() not in shown})
    if not lost:
        return networks
    detail = f"The VNet's body does not show {', '.join(lost)}"
    return Missing(Source.VIRTUAL_NETWORKS, Cause.HIDDEN, detail, seen=networks.value)


def associated_fact(
    source: Source, cluster: Fact[ManagedCluster], networks: Fact[tuple[VirtualNetwork, ...]], found: Iterable[R]
) -> Fact[tuple[R, ...]]:
    """The route tables or NSGs that files hold; missing unless every one of the node subnets is among them."""
    items = by_id(found)
    if isinstance(cluster, Missing) or isinstance(networks, Missing):
        return _incomplete(source, "The VNets, which name them, were not read", items)
    wanted = associated_ids(source, node_subnets(cluster.value, networks.value))
    lacking = [item for item in wanted if not any(same_id(item, one.id) for one in items)]
    return _incomplete(source, f"No file holds {', '.join(lacking)}", items) if lacking else Known(items)


def associated_ids(source: Source, subnets: Iterable[Subnet]) -> tuple[str, ...]:
    """The ids of the subnets' route tables, or of their network security groups, each once, in order."""
    tables = source is Source.ROUTE_TABLES
    links = (subnet.route_table if tables else subnet.network_security_group for subnet in subnets)
    return tuple(sorted({link.id.lower(): link.id for link in links if link is not None}.values()))


def _incomplete(source: Source, detail: str, items: tuple[Any, ...]) -> Missing[Any]:
    cause = Cause.PARTIAL if items else Cause.NOT_ASKED
    grant = f"Give the file of `{_COMMANDS[source]} -o json` for each"
    return Missing(source, cause, detail, grant, items or None)


_COMMANDS = {
    Source.VIRTUAL_NETWORKS: "az network vnet show",
    Source.ROUTE_TABLES: "az network route-table show",
    Source.NETWORK_SECURITY_GROUPS: "az network nsg show",
}


def by_id(found: Iterable[R]) -> tuple[R, ...]:
    """The resources by id, each once: ARM ids compare without regard to case."""
    unique = {item.id.lower(): item for item in found}
    return tuple(unique[key] for key in sorted(unique))


def _pools(cluster: ManagedCluster) -> tuple[AgentPool, ...]:
    return cluster.agent_pool_profiles or ()


def _subnet_ids(pool: AgentPool) -> tuple[str, ...]:
    return tuple(item for item in (pool.vnet_subnet_id, pool.pod_subnet_id) if item)
