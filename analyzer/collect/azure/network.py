"""The network around a cluster: the VNets of its pools, the route tables and security groups of its node subnets.

One GET for each VNet, which holds subnets and peerings; one list for an AKS-managed VNet, whose id no body names; one
GET for each route table and security group. docs/decisions/reading-azure.md says why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeVar
from urllib.parse import urlsplit

from msgspec import Struct

from analyzer.collect.azure.answers import ACTIONS, Question, answer
from analyzer.collect.azure.pipeline import NETWORK, Arm
from analyzer.collect.decoding import MalformedError, convert_arm, decode_arm
from analyzer.collect.surroundings import (
    Resource,
    associated_ids,
    by_id,
    has_managed_network,
    network_ids,
    node_subnets,
    with_every_subnet,
)
from analyzer.model.cluster import ManagedCluster, NetworkSecurityGroup, RouteTable, VirtualNetwork
from analyzer.model.fact import Cause, Fact, Known, Missing
from analyzer.model.source import Source

T = TypeVar("T")


R = TypeVar("R", bound=Resource)

Networks = Fact[tuple[VirtualNetwork, ...]]
Progress = Callable[[str], None]
"""Is told what is asked next, in a word or two."""


class _Page(Struct, frozen=True, rename="camel"):
    value: tuple[Any, ...]
    next_link: str | None = None


def read_networks(arm: Arm, cluster: ManagedCluster, progress: Progress) -> Networks:
    """Every VNet that a pool's nodes or pods are in. The cluster has pools."""
    parts: list[Networks] = []
    for network_id in network_ids(cluster):
        progress(f"VNet {_name(network_id)}")
        parts.append(_get(arm, Source.VIRTUAL_NETWORKS, network_id, VirtualNetwork))
    if has_managed_network(cluster):
        parts.append(_managed_networks(arm, cluster, progress))
    return with_every_subnet(cluster, _merge(Source.VIRTUAL_NETWORKS, parts))


def read_route_tables(
    arm: Arm, cluster: ManagedCluster, networks: Networks, progress: Progress
) -> Fact[tuple[RouteTable, ...]]:
    """The route tables of the node subnets."""
    parts: list[Fact[tuple[RouteTable, ...]]] = []
    for table_id in _associated(Source.ROUTE_TABLES, cluster, networks):
        progress(f"route table {_name(table_id)}")
        parts.append(_get(arm, Source.ROUTE_TABLES, table_id, RouteTable))
    return _merge(Source.ROUTE_TABLES, [*parts, *_unknown(Source.ROUTE_TABLES, networks)])


def read_network_security_groups(
    arm: Arm, cluster: ManagedCluster, networks: Networks, progress: Progress
) -> Fact[tuple[NetworkSecurityGroup, ...]]:
    """The network security groups of the node subnets."""
    parts: list[Fact[tuple[NetworkSecurityGroup, ...]]] = []
    for group_id in _associated(Source.NETWORK_SECURITY_GROUPS, cluster, networks):
        progress(f"NSG {_name(group_id)}")
        parts.append(_get(arm, Source.NETWORK_SECURITY_GROUPS, group_id, NetworkSecurityGroup))
    return _merge(Source.NETWORK_SECURITY_GROUPS, [*parts, *_unknown(Source.NETWORK_SECURITY_GROUPS, networks)])


def read_list(arm: Arm, question: Question, url: str, api_version: str, kind: type[T]) -> Fact[tuple[T, ...]]:
    """A whole list, page by page. If a page fails, the pages before it are `seen`."""
    items: list[T] = []

    def read() -> tuple[T, ...]:
        for page in _pages(arm, url, api_version):
            items.extend(convert_arm(item, kind) for item in page.value)
        return tuple(items)

    found = answer(question, arm, read)
    return replace(found, seen=tuple(items) or None) if isinstance(found, Missing) else found


def _pages(arm: Arm, url: str, api_version: str) -> Iterator[_Page]:
    page = decode_arm(arm.get(url, {"api-version": api_version}), _Page)
    seen = {url}
    yield page
    while page.next_link:
        _check_next(arm, page.next_link, seen)
        page = decode_arm(arm.get(page.next_link), _Page)
        yield page


def _check_next(arm: Arm, link: str, seen: set[str]) -> None:
    """The token goes to nobody but this Resource Manager, and a circle of pages ends."""
    ours, theirs = urlsplit(arm.cloud.resource_manager), urlsplit(link)
    if (theirs.scheme, theirs.netloc) != (ours.scheme, ours.netloc):
        raise MalformedError(f"its nextLink leads away from {ours.netloc}")
    if link in seen:
        raise MalformedError("its nextLink leads back to a page that was read")
    seen.add(link)


def _get(arm: Arm, source: Source, resource_id: str, kind: type[R]) -> Fact[tuple[R, ...]]:
    def read() -> tuple[R, ...]:
        return (decode_arm(arm.get(arm.url(resource_id), {"api-version": NETWORK}), kind),)

    return answer(Question(source, ACTIONS[source], resource_id), arm, read)


def _managed_networks(arm: Arm, cluster: ManagedCluster, progress: Progress) -> Networks:
    """The VNets of the node resource group, which is AKS's own."""
    source = Source.VIRTUAL_NETWORKS
    if not cluster.node_resource_group:
        detail = "The cluster's body shows neither the subnets of all pools nor the node resource group"
        return Missing(source, Cause.HIDDEN, detail)
    group = f"/subscriptions/{cluster.subscription}/resourceGroups/{cluster.node_resource_group}"
    progress(f"VNets of {cluster.node_resource_group}")
    url = arm.url(f"{group}/providers/Microsoft.Network/virtualNetworks")
    found = read_list(arm, Question(source, ACTIONS[source], group), url, NETWORK, VirtualNetwork)
    if found == Known(()):
        return Missing(source, Cause.HIDDEN, f"{group} holds no VNet, though pools of the cluster name no subnet")
    return found


def _associated(source: Source, cluster: ManagedCluster, networks: Networks) -> tuple[str, ...]:
    read = networks.value if isinstance(networks, Known) else networks.seen or ()
    return associated_ids(source, node_subnets(cluster, read))


def _unknown(source: Source, networks: Networks) -> Iterator[Missing[Any]]:
    """The gap that an unread VNet leaves: nothing says what its subnets are associated with."""
    if isinstance(networks, Missing):
        detail = f"Not asked for beyond the VNets that were read: {networks.detail}"
        yield Missing(source, Cause.NOT_ASKED, detail, networks.grant)


def _merge(source: Source, parts: Sequence[Fact[tuple[R, ...]]]) -> Fact[tuple[R, ...]]:
    """One list, by id. Every part that failed is named, the first gives the cause."""
    items = by_id(item for part in parts for item in (part.value if isinstance(part, Known) else part.seen or ()))
    failed = [part for part in parts if isinstance(part, Missing)]
    if not failed:
        return Known(items)
    detail = "; ".join(part.detail for part in failed)
    grant = ", ".join(dict.fromkeys(part.grant for part in failed if part.grant))
    return Missing(source, failed[0].cause, detail, grant, items or None)


def _name(resource_id: str) -> str:
    return resource_id.rstrip("/").rpartition("/")[2]
