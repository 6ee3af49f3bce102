"""The route tables of the node subnets of a kubenet cluster, and which of their routes AKS wrote."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from analyzer.addresses import contains, is_covered
from analyzer.model.cluster import same_id
from analyzer.model.fact import Cause, Fact, Known, LackingError, Missing, seen
from analyzer.model.finding import Evidence
from analyzer.model.network import hidden
from analyzer.model.network_resources import Route, RouteTable, Subnet
from analyzer.model.source import Source
from analyzer.scene import Scene
from rules.azure_resources import lies_in
from rules.subnets import named_subnets, subnet_with_id

READS = (Source.CLUSTER, Source.VIRTUAL_NETWORKS, Source.ROUTE_TABLES)
"""What the functions below may ask for."""

_MANAGED_SUBNET = "aks-subnet"
"""The name that AKS gives the node subnet of a VNet that it makes itself."""


def node_tables(scene: Scene) -> Iterator[RouteTable]:
    """Each route table of a node subnet that was read, once, by id; then raises LackingError for those that were not.

    A node subnet without a table is none to yield.
    """
    subnets = node_subnets(scene)
    wanted = {_key(subnet.route_table.id): subnet.route_table.id for subnet in subnets.found if subnet.route_table}
    tables = [table_with_id(scene, wanted[key]) for key in sorted(wanted)]
    yield from (table.value for table in tables if isinstance(table, Known))
    unread = [table for table in tables if isinstance(table, Missing)]
    if subnets.missing or unread:
        raise LackingError((*subnets.missing, *unread))


def table_with_id(scene: Scene, table_id: str) -> Fact[RouteTable]:
    """The route table that a subnet names."""
    tables = scene.snapshot.route_tables
    found = next((table for table in seen(tables) if same_id(table.id, table_id)), None)
    if found is not None:
        return Known(found)
    if isinstance(tables, Missing):
        return tables.of()
    detail = f"A node subnet uses the route table {table_id}, which is not among those that were read"
    return Missing(Source.ROUTE_TABLES, Cause.PARTIAL, detail, _READ_AGAIN)


def subnets_of(scene: Scene, table: RouteTable) -> tuple[str, ...]:
    """The ids of the node subnets that use a table, as far as their VNets were read."""
    found = node_subnets(scene).found
    return tuple(subnet.id for subnet in found if subnet.route_table and same_id(subnet.route_table.id, table.id))


def is_managed(scene: Scene, table: RouteTable) -> bool:
    """Whether AKS made a table: it lies in the node resource group. Needs that group's name."""
    return lies_in_node_resource_group(scene, table.id)


@dataclass(frozen=True, slots=True)
class Origin:
    """Tells the routes that AKS wrote for pods from all others."""

    pod_cidrs: Fact[tuple[str, ...]]
    """Before the step."""
    node_prefixes: Fact[tuple[str, ...]]
    """Of the node subnets; what was read of them where not all were."""

    def is_aks(self, route: Route) -> Fact[bool]:
        """Whether AKS wrote a route.

        Its name begins with aks- and contains four underscores, its destination is inside the pod CIDR, and its next
        hop is an appliance at an address of a node subnet. Missing only where what is known leaves it open.
        """
        if not (route.name.startswith("aks-") and "____" in route.name):
            return Known(False)
        destination = destination_of(route)
        if isinstance(destination, Missing):
            return destination.of()
        if isinstance(self.pod_cidrs, Missing):
            return self.pod_cidrs.of()
        if not is_covered(destination.value, self.pod_cidrs.value):
            return Known(False)
        return self._leads_to_node(route)

    def _leads_to_node(self, route: Route) -> Fact[bool]:
        if not route.next_hop_type:
            return _not_shown(route, "nextHopType")
        if route.next_hop_type.lower() != "virtualappliance":
            return Known(False)
        if any(contains(prefix, route.next_hop_ip_address or "") for prefix in seen(self.node_prefixes)):
            return Known(True)
        return self.node_prefixes.map(lambda _: False)


def origin(scene: Scene) -> Origin:
    """The test for this scene's routes."""
    subnets = node_subnets(scene)
    prefixes = tuple(prefix for subnet in subnets.found for prefix in subnet.prefixes)
    missing = (*subnets.missing, *(_no_prefix(subnet) for subnet in subnets.found if not subnet.prefixes))
    if not missing:
        return Origin(scene.before.pod_cidrs, Known(prefixes))
    first = missing[0]
    part = Missing(first.source, first.cause, first.detail, first.grant, seen=prefixes)
    return Origin(scene.before.pod_cidrs, part)


def destination_of(route: Route) -> Fact[str]:
    """The route's CIDR or service tag."""
    return Known(route.address_prefix) if route.address_prefix else _not_shown(route, "addressPrefix")


def _not_shown(route: Route, field: str) -> Missing[Any]:
    return Missing(Source.ROUTE_TABLES, Cause.HIDDEN, f"Route {route.name} does not show its {field}", _READ_AGAIN)


def route_evidence(table: RouteTable, route: Route) -> Evidence:
    """Where a route was read, and where it leads."""
    hop = " ".join(part for part in (route.next_hop_type, route.next_hop_ip_address) if part)
    return Evidence(f"routeTables[{table.name}].routes[{route.name}]", f"{route.address_prefix or 'nowhere'} via {hop}")


@dataclass(frozen=True, slots=True)
class NodeSubnets:
    """The subnets that the pools' nodes lie in."""

    found: tuple[Subnet, ...]
    missing: tuple[Missing[object], ...]
    """Why there may be more, or more of them."""


def node_subnets(scene: Scene) -> NodeSubnets:
    """The node subnets of all pools. Needs the pools; where one has no subnet of its own, the node resource group."""
    pools = scene.pools.require()
    managed = _managed_subnets(scene) if any(not pool.vnet_subnet_id for pool in pools) else Known(())
    named = [subnet_with_id(scene, subnet_id) for subnet_id in named_subnets(pools)]
    found = (*seen(managed), *(item.value for item in named if isinstance(item, Known)))
    return NodeSubnets(found, tuple(item for item in (managed, *named) if isinstance(item, Missing)))


def _managed_subnets(scene: Scene) -> Fact[tuple[Subnet, ...]]:
    """The node subnet of each VNet in the node resource group; all its subnets where none has AKS's own name."""
    networks = scene.snapshot.virtual_networks
    found: list[Subnet] = []
    for network in seen(networks):
        if lies_in_node_resource_group(scene, network.id):
            own = [subnet for subnet in network.subnets if subnet.name == _MANAGED_SUBNET]
            found += own or network.subnets
    if isinstance(networks, Known) and found:
        return Known(tuple(found))
    if isinstance(networks, Missing):
        return Missing(networks.source, networks.cause, networks.detail, networks.grant, seen=tuple(found))
    detail = "None of the VNets that were read lies in the node resource group"
    return Missing(Source.VIRTUAL_NETWORKS, Cause.PARTIAL, detail, _READ_AGAIN)


def lies_in_node_resource_group(scene: Scene, resource_id: str) -> bool:
    """Whether AKS made a resource for this cluster. Needs the node resource group's name."""
    group = scene.cluster.require().node_resource_group
    if not group:
        raise LackingError((hidden("nodeResourceGroup", "it is absent or null"),))
    return lies_in(resource_id, group)


_READ_AGAIN = "Export it again: az network route-table show, az network vnet show"


def _no_prefix(subnet: Subnet) -> Missing[object]:
    detail = f"Subnet {subnet.name} shows no address prefix"
    return Missing(Source.VIRTUAL_NETWORKS, Cause.HIDDEN, detail, _READ_AGAIN)


def _key(resource_id: str) -> str:
    """An ARM id in the form in which equal ids are equal."""
    return resource_id.lower()
