"""What Resource Manager shows of one cluster, in three rounds: what its body names, what its VNets name, what those
name. Who answers is handed in: the live API, or files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from analyzer.collect.arm_plan import around_cluster, around_networks, beyond
from analyzer.collect.arm_requests import Ask, asked
from analyzer.collect.surroundings import (
    Networks,
    has_managed_network,
    lies_in,
    network_ids,
    node_group,
    route_table_ids,
    with_every_subnet,
)
from analyzer.model.authorization import Lock
from analyzer.model.cluster import ManagedCluster
from analyzer.model.compute import Usage, VirtualMachineSize
from analyzer.model.fact import Cause, Fact, Known, Missing
from analyzer.model.network_resources import SubnetUsage, TrafficControllerAssociation, VirtualNetwork
from analyzer.model.source import READS, ArmRead, Source

AROUND = tuple(source for source, read in READS.items() if isinstance(read, ArmRead) and source is not Source.CLUSTER)
"""Everything that Resource Manager shows beside the cluster."""

Lists = dict[Source, Fact[Any]]


def read_around(ask: Ask, cluster: ManagedCluster, unread_pools: Missing[Any] | None) -> Lists:
    """Every source of AROUND. `unread_pools`: why the cluster's pools are not known; None where they are."""
    first = {
        source: merged(source, found) for source, found in asked(ask, around_cluster(cluster, unread_pools)).items()
    }
    networks = _networks(cluster, first[Source.VIRTUAL_NETWORKS])
    second = {
        source: merged(source, found)
        for source, found in asked(ask, around_networks(cluster, networks, first[Source.SCALE_SETS])).items()
    }
    controllers = second[Source.TRAFFIC_CONTROLLER_ASSOCIATIONS]
    third = asked(ask, beyond(second[Source.ROLE_ASSIGNMENTS], controllers))
    facts = {**first, **second, **{source: merged(source, found) for source, found in third.items()}}
    facts[Source.VIRTUAL_NETWORKS] = networks
    facts[Source.CLUSTER_PREVIEW] = _single(facts[Source.CLUSTER_PREVIEW])
    return {source: _kept(cluster, networks, source, facts[source]) for source in AROUND}


def merged(source: Source, parts: Sequence[Fact[tuple[Any, ...]]]) -> Fact[tuple[Any, ...]]:
    """One list, in order. Every part that failed is named, the first gives the cause."""
    items = in_order(item for part in parts for item in (part.value if isinstance(part, Known) else part.seen or ()))
    failed = [part for part in parts if isinstance(part, Missing)]
    if not failed:
        return Known(items)
    detail = "; ".join(dict.fromkeys(part.detail for part in failed))
    grant = ", ".join(dict.fromkeys(part.grant for part in failed if part.grant))
    return Missing(source, failed[0].cause, detail, grant, items or None)


def in_order(found: Iterable[Any]) -> tuple[Any, ...]:
    """The items by id, each once: ARM ids compare without regard to case. Quotas and sizes have names only."""
    unique = {_key(item): item for item in found}
    return tuple(unique[key] for key in sorted(unique))


def _key(item: Any) -> str:
    match item:
        case Usage():
            return item.name.value.lower()
        case VirtualMachineSize():
            return item.name.lower()
    return str(item.id).lower()


def _single(fact: Fact[tuple[Any, ...]]) -> Fact[Any]:
    return Known(fact.value[0]) if isinstance(fact, Known) else fact


def _networks(cluster: ManagedCluster, found: Networks) -> Networks:
    """The VNets; missing where the one that AKS made is not among them, or a subnet is not shown."""
    if isinstance(found, Known) and has_managed_network(cluster):
        group = node_group(cluster)
        if not any(lies_in(item.id, group) for item in found.value):
            detail = f"{group} holds no VNet, though pools of the cluster name no subnet"
            return Missing(Source.VIRTUAL_NETWORKS, Cause.HIDDEN, detail, seen=found.value or None)
    return with_every_subnet(cluster, found)


def _kept(cluster: ManagedCluster, networks: Networks, source: Source, fact: Fact[Any]) -> Fact[Any]:
    """Of lists that hold more than the cluster's own: what belongs to it."""
    belongs = _BELONGS.get(source)
    if belongs is None:
        return fact
    read = networks.value if isinstance(networks, Known) else networks.seen or ()
    wanted = belongs(cluster, read)
    if isinstance(fact, Known):
        return Known(tuple(item for item in fact.value if wanted(item)))
    seen = tuple(item for item in fact.seen or () if wanted(item))
    return Missing(source, fact.cause, fact.detail, fact.grant, seen or None)


_Wanted = Callable[[Any], bool]
_Read = Sequence[VirtualNetwork]


def _locks(cluster: ManagedCluster, networks: _Read) -> _Wanted:
    """Locks of what the migration touches, of what it lies in, and of what lies in it."""
    group = f"/subscriptions/{cluster.subscription}/resourceGroups/{cluster.resource_group}"
    touched = [cluster.id, group, *network_ids(cluster), *(item.id for item in networks)]
    touched += [*route_table_ids(cluster, networks), *([node_group(cluster)] if node_group(cluster) else [])]

    def wanted(lock: Lock) -> bool:
        return any(lies_in(item, lock.scope) or lies_in(lock.scope, item) for item in touched)

    return wanted


def _subnet_rows(_: ManagedCluster, __: _Read) -> _Wanted:
    def wanted(usage: SubnetUsage) -> bool:
        return "/subnets/" in usage.id.lower()

    return wanted


def _associations(_: ManagedCluster, networks: _Read) -> _Wanted:
    def wanted(found: TrafficControllerAssociation) -> bool:
        return found.subnet is not None and any(lies_in(found.subnet.id, item.id) for item in networks)

    return wanted


_BELONGS: Mapping[Source, Callable[[ManagedCluster, _Read], _Wanted]] = MappingProxyType(
    {
        Source.LOCKS: _locks,
        Source.SUBNET_USAGES: _subnet_rows,
        Source.TRAFFIC_CONTROLLER_ASSOCIATIONS: _associations,
    }
)
