"""What is asked of Resource Manager about one cluster, and what its body and its VNets do not let ask.

Requests that need no other answer than the cluster's body go first; those that the VNets name come after them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from analyzer.collect.arm_requests import (
    COMPUTE,
    CONTAINER_SERVICE,
    FLEET,
    LOCKS,
    NETWORK,
    PREVIEW,
    ROLES,
    SERVICE_NETWORKING,
    SKUS,
    ArmRequest,
    Part,
    Plan,
    listing,
    resource,
)
from analyzer.collect.surroundings import (
    GATEWAY_ADDON,
    Networks,
    delegated_networks,
    each_once,
    has_managed_network,
    network_ids,
    node_group,
    principals,
    route_table_ids,
    security_group_ids,
    sizes,
)
from analyzer.model.authorization import RoleAssignment
from analyzer.model.cluster import AddonProfile, ManagedCluster, id_segment
from analyzer.model.compute import ScaleSet
from analyzer.model.fact import Cause, Fact, Known, Missing
from analyzer.model.network_resources import Reference, VirtualNetwork
from analyzer.model.source import Source

_LOCKS = "/providers/Microsoft.Authorization/locks"
_ASSIGNMENTS = "/providers/Microsoft.Authorization/roleAssignments"
ASSOCIATIONS_ACTION = "Microsoft.ServiceNetworking/trafficControllers/associations/read"


def around_cluster(cluster: ManagedCluster, unread_pools: Missing[Any] | None) -> Plan:
    """What the cluster's body alone names. `unread_pools`: why its pools are not known."""
    windows, memberships = Source.MAINTENANCE_CONFIGURATIONS, Source.FLEET_MEMBERSHIPS
    fleet = "/providers/Microsoft.ContainerService/fleetMemberships"
    maintenance = "/maintenanceConfigurations"
    return {
        Source.VIRTUAL_NETWORKS: _networks(cluster, unread_pools),
        Source.CLUSTER_PREVIEW: (resource(Source.CLUSTER_PREVIEW, cluster.id, PREVIEW, "preview of"),),
        windows: (listing(windows, cluster.id, maintenance, CONTAINER_SERVICE, "maintenance configurations"),),
        memberships: (listing(memberships, cluster.id, fleet, FLEET, "Fleet memberships"),),
        Source.SCALE_SETS: (_scale_sets(cluster),),
        Source.COMPUTE_USAGES: (_compute_usages(cluster),),
        Source.VIRTUAL_MACHINE_SIZES: tuple(_sizes(cluster, unread_pools)),
        Source.APPLICATION_GATEWAYS: tuple(_gateways(cluster)),
    }


def around_networks(cluster: ManagedCluster, networks: Networks, scale_sets: Fact[tuple[ScaleSet, ...]]) -> Plan:
    """What the VNets name, and what is asked in the subscriptions that they lie in."""
    read, unread = _seen(networks), tuple(_beyond("VNets", networks))
    sets, unread_sets = _seen(scale_sets), tuple(_beyond("scale sets", scale_sets))
    ids = each_once((*network_ids(cluster), *(item.id for item in read)))
    tables = route_table_ids(cluster, read)
    groups = security_group_ids(cluster, read, sets)
    named = unread if has_managed_network(cluster) or not cluster.agent_pool_profiles else ()
    holding = _subscriptions((*ids, *tables, *((cluster.id,) if has_managed_network(cluster) else ())))
    everywhere = _subscriptions((cluster.id, *ids))
    return {
        Source.ROUTE_TABLES: (*_resources(Source.ROUTE_TABLES, tables, "route table"), *unread),
        Source.NETWORK_SECURITY_GROUPS: (
            *_resources(Source.NETWORK_SECURITY_GROUPS, groups, "NSG"),
            *unread,
            *unread_sets,
        ),
        Source.SUBNET_USAGES: (
            *(listing(Source.SUBNET_USAGES, item, "/usages", NETWORK, "subnet usages") for item in ids),
            *named,
        ),
        Source.LOCKS: (*(listing(Source.LOCKS, item, _LOCKS, LOCKS, "locks") for item in everywhere), *unread),
        Source.ROLE_ASSIGNMENTS: (*_role_assignments(cluster, holding), *unread),
        Source.TRAFFIC_CONTROLLER_ASSOCIATIONS: (*_traffic_controllers(cluster, read), *unread),
    }


def beyond(assignments: Fact[tuple[RoleAssignment, ...]], controllers: Fact[tuple[Reference, ...]]) -> Plan:
    """What role assignments and Application Gateways for Containers name."""
    definitions = each_once(item.role_definition_id for item in _seen(assignments))
    ids = each_once(item.id for item in _seen(controllers))
    return {
        Source.ROLE_DEFINITIONS: (
            *(resource(Source.ROLE_DEFINITIONS, item, ROLES, "role definition") for item in definitions),
            *_beyond("role assignments", assignments),
        ),
        Source.TRAFFIC_CONTROLLER_ASSOCIATIONS: (
            *(_associations(item) for item in ids),
            *([controllers.of()] if isinstance(controllers, Missing) else []),
        ),
    }


def _seen(fact: Fact[tuple[Any, ...]]) -> tuple[Any, ...]:
    return fact.value if isinstance(fact, Known) else fact.seen or ()


def _beyond(what: str, fact: Fact[Any]) -> Iterator[Missing[Any]]:
    """The gap that an unread list leaves in those that it names. `merged` gives it the source."""
    if isinstance(fact, Missing):
        unasked = fact.cause is Cause.NOT_ASKED
        detail = fact.detail if unasked else f"Not asked for beyond the {what} that were read: {fact.detail}"
        yield Missing(fact.source, Cause.NOT_ASKED, detail, fact.grant)


def _hidden(source: Source, detail: str) -> Missing[Any]:
    return Missing(source, Cause.HIDDEN, detail)


def _resources(source: Source, ids: Iterable[str], what: str) -> Iterator[ArmRequest]:
    return (resource(source, item, NETWORK, what) for item in ids)


def _networks(cluster: ManagedCluster, unread_pools: Missing[Any] | None) -> tuple[Part, ...]:
    source = Source.VIRTUAL_NETWORKS
    named = tuple(_resources(source, network_ids(cluster), "VNet"))
    if unread_pools is not None:
        return (*named, _without_pools(source, unread_pools))
    return (*named, _managed_networks(cluster)) if has_managed_network(cluster) else named


def _managed_networks(cluster: ManagedCluster) -> Part:
    """The VNets of the node resource group, which is AKS's own: no body names their ids."""
    group = node_group(cluster)
    if not group:
        detail = "The cluster's body shows neither the subnets of all pools nor the node resource group"
        return _hidden(Source.VIRTUAL_NETWORKS, detail)
    below = "/providers/Microsoft.Network/virtualNetworks"
    return listing(Source.VIRTUAL_NETWORKS, group, below, NETWORK, "VNets")


def _scale_sets(cluster: ManagedCluster) -> Part:
    group = node_group(cluster)
    if not group:
        return _hidden(Source.SCALE_SETS, "The cluster's body does not show the node resource group")
    below = "/providers/Microsoft.Compute/virtualMachineScaleSets"
    return listing(Source.SCALE_SETS, group, below, COMPUTE, "scale sets")


def _compute_usages(cluster: ManagedCluster) -> Part:
    source, region = Source.COMPUTE_USAGES, _region(cluster)
    if not region:
        return _hidden(source, "The cluster's body does not show its region")
    below = f"/providers/Microsoft.Compute/locations/{region}/usages"
    return listing(source, f"/subscriptions/{cluster.subscription}", below, COMPUTE, "quotas")


def _sizes(cluster: ManagedCluster, unread_pools: Missing[Any] | None) -> Iterator[Part]:
    """One list of the region; nothing where no pool has a size."""
    source, region, wanted = Source.VIRTUAL_MACHINE_SIZES, _region(cluster), sizes(cluster)
    if unread_pools is not None:
        yield _without_pools(source, unread_pools)
    elif wanted and not region:
        yield _hidden(source, "The cluster's body does not show its region")
    elif wanted:
        below = "/providers/Microsoft.Compute/skus"
        found = listing(source, f"/subscriptions/{cluster.subscription}", below, SKUS, "VM sizes")
        yield replace(found, filter=f"location eq '{region}'", sizes=wanted)


def _gateways(cluster: ManagedCluster) -> Iterator[Part]:
    addon = cluster.addon(GATEWAY_ADDON)
    if addon is None or not addon.enabled:
        return
    gateway = _setting(addon, "effectiveApplicationGatewayId")
    if gateway:
        yield resource(Source.APPLICATION_GATEWAYS, gateway, NETWORK, "Application Gateway")
    else:
        detail = f"The cluster's body does not show the gateway of the add-on {GATEWAY_ADDON}"
        yield _hidden(Source.APPLICATION_GATEWAYS, detail)


def _role_assignments(cluster: ManagedCluster, subscriptions: Iterable[str]) -> Iterator[Part]:
    source, found = Source.ROLE_ASSIGNMENTS, principals(cluster)
    if not found:
        yield _hidden(source, _no_principal(cluster))
        return
    for subscription in subscriptions:
        every = listing(source, subscription, _ASSIGNMENTS, ROLES, "role assignments")
        for principal in found:
            quoted = principal.replace("'", "''")
            yield replace(every, filter=f"assignedTo('{quoted}')")


def _traffic_controllers(cluster: ManagedCluster, networks: Iterable[VirtualNetwork]) -> Iterator[ArmRequest]:
    """Asked for only where a subnet is theirs: in the VNets' subscriptions and the cluster's."""
    source, delegated = Source.TRAFFIC_CONTROLLER_ASSOCIATIONS, delegated_networks(networks)
    for item in _subscriptions((cluster.id, *(network.id for network in delegated))) if delegated else ():
        below = "/providers/Microsoft.ServiceNetworking/trafficControllers"
        found = listing(source, item, below, SERVICE_NETWORKING, "Application Gateways for Containers")
        yield replace(found, kind=Reference)


def _associations(controller_id: str) -> ArmRequest:
    source = Source.TRAFFIC_CONTROLLER_ASSOCIATIONS
    found = listing(source, controller_id, "/associations", SERVICE_NETWORKING, "associations")
    return replace(found, action=ASSOCIATIONS_ACTION)


def _without_pools(source: Source, unread: Missing[Any]) -> Missing[Any]:
    detail = f"Not asked for, because its pools are not known: {unread.detail}"
    return Missing(source, Cause.NOT_ASKED, detail, unread.grant)


def _region(cluster: ManagedCluster) -> str:
    """The region as paths name it: `westeurope`, whatever "West Europe" a body says."""
    return (cluster.location or "").replace(" ", "").lower()


def _setting(addon: AddonProfile, name: str) -> str:
    found = (value for key, value in (addon.config or {}).items() if key.lower() == name.lower())
    return next(found, "")


def _subscriptions(ids: Iterable[str]) -> tuple[str, ...]:
    return each_once(f"/subscriptions/{id_segment(item, 'subscriptions')}" for item in ids)


def _no_principal(cluster: ManagedCluster) -> str:
    profile = cluster.service_principal_profile
    if cluster.identity is None and profile is not None and (profile.client_id or "msi").lower() != "msi":
        return "The control plane is a service principal, whose object id the cluster's body does not show"
    return "The cluster's body does not show the object id of the control plane's identity"
