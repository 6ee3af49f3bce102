"""The networks around the nodes: VNets with their subnets and peerings, and what the node subnets' routes lead to."""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.addresses.demand import provisioning_mode
from analyzer.addresses.intervals import interval, is_covered, prefix_length
from analyzer.addresses.known_range import KnownRange, Part
from analyzer.model.cluster import id_segment, same_id
from analyzer.model.fact import Cause, Known, Missing, seen
from analyzer.model.network import observe, pools
from analyzer.model.network_resources import Peering, Route, RouteTable, Subnet, VirtualNetwork
from analyzer.model.objects import AKSNodeClass
from analyzer.model.snapshot import Snapshot
from analyzer.model.source import Source

_READ_AGAIN = "Read it again with a current Azure CLI: az network vnet show, az network route-table show"


def network_parts(snapshot: Snapshot) -> Iterator[Part]:
    """The ranges of every VNet that was read, and a gap for each that a node may be in and that was not."""
    networks = snapshot.virtual_networks
    for network in seen(networks):
        yield from _prefixes("virtual network", network.name, network.address_space.address_prefixes)
        for subnet in network.subnets:
            yield from _prefixes("subnet", f"{network.name}/{subnet.name}", subnet.prefixes)
        for peering in network.virtual_network_peerings:
            yield from _prefixes("peered network", peering.name, peered_prefixes(peering))
    if isinstance(networks, Missing):
        yield networks.of()
    yield from _lacking_networks(snapshot)


def peered_prefixes(peering: Peering) -> tuple[str, ...]:
    """The address space behind a peering; empty where the VNet's body does not show it."""
    spaces = (peering.remote_virtual_network_address_space, peering.remote_address_space)
    return next((space.address_prefixes for space in spaces if space and space.address_prefixes), ())


def node_networks(snapshot: Snapshot) -> Iterator[VirtualNetwork | Missing[object]]:
    """Each VNet with a subnet that nodes are placed in; and why there may be more of them."""
    subnets = _node_subnets(snapshot)
    for network in seen(snapshot.virtual_networks):
        if any(subnet in subnets for subnet in network.subnets):
            yield network
    if isinstance(snapshot.virtual_networks, Missing):
        yield snapshot.virtual_networks.of()
    yield from _lacking_networks(snapshot)


def _prefixes(role: str, name: str, cidrs: tuple[str, ...]) -> Iterator[Part]:
    yield from (KnownRange(role, name, cidr) for cidr in cidrs if interval(cidr))
    if not cidrs or None in map(interval, cidrs):
        detail = f"The address prefixes of {role} {name} are absent, or not all of them are CIDRs"
        yield Missing(Source.VIRTUAL_NETWORKS, Cause.HIDDEN, detail, _READ_AGAIN)


def _lacking_networks(snapshot: Snapshot) -> Iterator[Missing[object]]:
    """A gap for each pool, and each node class in use, whose subnet is not among those of the VNets that were read."""
    for owner, subnet_id in _placements(snapshot):
        if isinstance(subnet_id, Missing):
            yield subnet_id
        elif isinstance(snapshot.virtual_networks, Known) and not any(_subnets(subnet_id, snapshot)):
            detail = f"The subnet of {owner} is not in a VNet that was read"
            yield Missing(Source.VIRTUAL_NETWORKS, Cause.PARTIAL, detail, _READ_AGAIN)


def _placements(snapshot: Snapshot) -> Iterator[tuple[str, str | Missing[object]]]:
    """Who places nodes, and in which subnet; "" is the VNet that AKS keeps in the node resource group."""
    found = pools(snapshot.cluster)
    if isinstance(found, Missing):
        yield "the pools", found.of()
        return
    for pool in found.value:
        yield f"pool {pool.name}", pool.vnet_subnet_id or ""
    for item in _node_classes(snapshot):
        if isinstance(item, Missing):
            yield "node auto-provisioning", item
        elif item.spec.vnet_subnet_id:
            yield f"AKSNodeClass {item.name}", item.spec.vnet_subnet_id


def _node_classes(snapshot: Snapshot) -> Iterator[AKSNodeClass | Missing[object]]:
    """The node classes in use: none while node auto-provisioning is off."""
    mode = provisioning_mode(snapshot.cluster.require())
    classes = snapshot.aks_node_classes
    if mode == Known("manual") or classes == Known(()):
        return
    if isinstance(mode, Missing):
        yield mode.of()
    elif isinstance(classes, Missing):
        yield classes.of()
    else:
        yield from classes.value


def _node_subnets(snapshot: Snapshot) -> tuple[Subnet, ...]:
    """The subnets that nodes are placed in, as far as they were read."""
    placed = [item for _, item in _placements(snapshot) if isinstance(item, str)]
    return tuple(dict.fromkeys(subnet for item in placed for subnet in _subnets(item, snapshot)))


def _subnets(subnet_id: str, snapshot: Snapshot) -> Iterator[Subnet]:
    """The subnet of an id; of "" all those of the VNets in the node resource group."""
    for network in seen(snapshot.virtual_networks):
        is_managed = not subnet_id and _is_managed(network, snapshot)
        yield from (subnet for subnet in network.subnets if is_managed or same_id(subnet.id, subnet_id))


def _is_managed(network: VirtualNetwork, snapshot: Snapshot) -> bool:
    group = snapshot.cluster.require().node_resource_group
    return bool(group) and id_segment(network.id, "resourceGroups").lower() == str(group).lower()


def route_parts(snapshot: Snapshot) -> Iterator[Part]:
    """Where the routes of the node subnets lead; and a gap for each table and route that was not read."""
    for table in route_tables(snapshot):
        if isinstance(table, Missing):
            yield table
            continue
        for route in table.routes:
            destination = connected_destination(route, snapshot)
            if isinstance(destination, Missing):
                yield destination
            elif destination:
                yield KnownRange("route destination", f"{table.name}/{route.name}", destination)


def route_tables(snapshot: Snapshot) -> Iterator[RouteTable | Missing[object]]:
    """Each route table of a subnet that nodes are placed in, once, by id; and why there may be more of them."""
    subnets = _node_subnets(snapshot)
    wanted = {subnet.route_table.id.lower(): subnet.route_table.id for subnet in subnets if subnet.route_table}
    read = {table.id.lower(): table for table in seen(snapshot.route_tables)}
    yield from (read[key] for key in sorted(wanted) if key in read)
    if wanted and isinstance(snapshot.route_tables, Missing):
        yield snapshot.route_tables.of()
    elif not wanted.keys() <= read.keys():
        yield _lacking_tables([wanted[key] for key in sorted(wanted) if key not in read])
    if isinstance(snapshot.virtual_networks, Missing):
        yield snapshot.virtual_networks.of()
    yield from _lacking_networks(snapshot)


def _lacking_tables(ids: list[str]) -> Missing[object]:
    detail = f"Route tables of node subnets are not among those that were read: {', '.join(ids)}"
    return Missing(Source.ROUTE_TABLES, Cause.PARTIAL, detail, _READ_AGAIN)


HALVES = 1
"""Appliances are often routed to by 0.0.0.0/1 and 128.0.0.0/1 instead of 0.0.0.0/0."""


def connected_destination(route: Route, snapshot: Snapshot) -> str | Missing[object] | None:
    """The CIDR of a network that a route leads to; None where it leads to none.

    None are the default route, whole or in two halves, a service tag, the Internet, a black hole, and on kubenet what
    lies inside the pod CIDR: the routes that AKS keeps for its nodes, and the others there, which KUB-RT-BYO and
    KUB-RT-MANAGED judge.
    """
    if not route.address_prefix or not route.next_hop_type:
        field = "nextHopType" if route.address_prefix else "addressPrefix"
        detail = f"Route {route.name} does not show its {field}"
        return Missing(Source.ROUTE_TABLES, Cause.HIDDEN, detail, _READ_AGAIN)
    length = prefix_length(route.address_prefix)
    if length is None or length <= HALVES or route.next_hop_type.lower() in ("internet", "none"):
        return None
    own = is_covered(route.address_prefix, seen(observe(snapshot.cluster).pod_cidrs))
    return None if own else route.address_prefix
