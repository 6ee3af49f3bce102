"""Everything read from one cluster at one time, and the record of what could not be read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any

from analyzer.model import cluster as arm
from analyzer.model import objects as k8s
from analyzer.model.fact import Cause, Fact, Missing
from analyzer.model.source import Source

ITEM_TYPES = MappingProxyType(
    {
        Source.VIRTUAL_NETWORKS: arm.VirtualNetwork,
        Source.ROUTE_TABLES: arm.RouteTable,
        Source.NETWORK_SECURITY_GROUPS: arm.NetworkSecurityGroup,
        Source.NODES: k8s.Node,
        Source.NAMESPACES: k8s.Namespace,
        Source.PODS: k8s.Pod,
        Source.REPLICA_SETS: k8s.Owner,
        Source.DEPLOYMENTS: k8s.Workload,
        Source.STATEFUL_SETS: k8s.Workload,
        Source.DAEMON_SETS: k8s.Workload,
        Source.JOBS: k8s.Owner,
        Source.CRON_JOBS: k8s.Owner,
        Source.SERVICES: k8s.Service,
        Source.ENDPOINT_SLICES: k8s.EndpointSlice,
        Source.NETWORK_POLICIES: k8s.NetworkPolicy,
        Source.INGRESSES: k8s.Ingress,
        Source.INGRESS_CLASSES: k8s.IngressClass,
        Source.SERVICE_CIDRS: k8s.ServiceCIDR,
        Source.POD_DISRUPTION_BUDGETS: k8s.PodDisruptionBudget,
        Source.VALIDATING_WEBHOOKS: k8s.WebhookConfiguration,
        Source.MUTATING_WEBHOOKS: k8s.WebhookConfiguration,
        Source.PERSISTENT_VOLUMES: k8s.PersistentVolume,
        Source.PERSISTENT_VOLUME_CLAIMS: k8s.PersistentVolumeClaim,
        Source.LIMIT_RANGES: k8s.LimitRange,
        Source.RESOURCE_QUOTAS: k8s.ResourceQuota,
        Source.CONFIG_MAP_NAMES: k8s.ObjectName,
        Source.NODE_NETWORK_CONFIGS: k8s.NodeNetworkConfig,
        Source.AKS_NODE_CLASSES: k8s.AKSNodeClass,
        Source.CILIUM_POLICIES: k8s.CiliumPolicy,
        Source.CILIUM_CLUSTERWIDE_POLICIES: k8s.CiliumPolicy,
        Source.CILIUM_EXTENSIONS: k8s.ObjectName,
        Source.CALICO_POLICIES: k8s.CalicoPolicy,
        Source.CALICO_GLOBAL_POLICIES: k8s.CalicoPolicy,
        Source.CALICO_NETWORK_SETS: k8s.CalicoNetworkSet,
        Source.CALICO_GLOBAL_NETWORK_SETS: k8s.CalicoNetworkSet,
        Source.CALICO_HOST_ENDPOINTS: k8s.CalicoHostEndpoint,
        Source.MONITORS: k8s.Monitor,
        Source.PROMETHEUS_RULES: k8s.PrometheusRule,
        Source.CONTAINER_LIMIT_CONSTRAINTS: k8s.ContainerLimitConstraint,
        Source.AUTHORIZATION_POLICIES: k8s.AuthorizationPolicy,
    }
)
"""What one item of each list is decoded into. Sources that are not here are single objects."""

SINGLE_OBJECTS = MappingProxyType(
    {
        Source.CLUSTER: arm.ManagedCluster,
        Source.IP_MASQ_CONFIG: k8s.ConfigMap,
        Source.IP_MASQ_RECONCILED: k8s.ConfigMap,
        Source.NPM_CONFIG: k8s.ConfigMap,
        Source.CILIUM_CONFIG: k8s.ConfigMap,
    }
)
"""What each single object is decoded into. All but the cluster may be Known(None): it does not exist."""


_SOURCES = frozenset(source.value for source in Source)


def _not_asked(source: Source) -> Missing[Any]:
    return Missing(source, Cause.NOT_ASKED, f"{source.value} was not asked for")


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """One field per source, named by it. Lists are sorted by namespace and name."""

    cluster: Fact[arm.ManagedCluster] = _not_asked(Source.CLUSTER)
    virtual_networks: Fact[tuple[arm.VirtualNetwork, ...]] = _not_asked(Source.VIRTUAL_NETWORKS)
    route_tables: Fact[tuple[arm.RouteTable, ...]] = _not_asked(Source.ROUTE_TABLES)
    network_security_groups: Fact[tuple[arm.NetworkSecurityGroup, ...]] = _not_asked(Source.NETWORK_SECURITY_GROUPS)
    nodes: Fact[tuple[k8s.Node, ...]] = _not_asked(Source.NODES)
    namespaces: Fact[tuple[k8s.Namespace, ...]] = _not_asked(Source.NAMESPACES)
    pods: Fact[tuple[k8s.Pod, ...]] = _not_asked(Source.PODS)
    replica_sets: Fact[tuple[k8s.Owner, ...]] = _not_asked(Source.REPLICA_SETS)
    deployments: Fact[tuple[k8s.Workload, ...]] = _not_asked(Source.DEPLOYMENTS)
    stateful_sets: Fact[tuple[k8s.Workload, ...]] = _not_asked(Source.STATEFUL_SETS)
    daemon_sets: Fact[tuple[k8s.Workload, ...]] = _not_asked(Source.DAEMON_SETS)
    jobs: Fact[tuple[k8s.Owner, ...]] = _not_asked(Source.JOBS)
    cron_jobs: Fact[tuple[k8s.Owner, ...]] = _not_asked(Source.CRON_JOBS)
    services: Fact[tuple[k8s.Service, ...]] = _not_asked(Source.SERVICES)
    endpoint_slices: Fact[tuple[k8s.EndpointSlice, ...]] = _not_asked(Source.ENDPOINT_SLICES)
    network_policies: Fact[tuple[k8s.NetworkPolicy, ...]] = _not_asked(Source.NETWORK_POLICIES)
    ingresses: Fact[tuple[k8s.Ingress, ...]] = _not_asked(Source.INGRESSES)
    ingress_classes: Fact[tuple[k8s.IngressClass, ...]] = _not_asked(Source.INGRESS_CLASSES)
    service_cidrs: Fact[tuple[k8s.ServiceCIDR, ...]] = _not_asked(Source.SERVICE_CIDRS)
    pod_disruption_budgets: Fact[tuple[k8s.PodDisruptionBudget, ...]] = _not_asked(Source.POD_DISRUPTION_BUDGETS)
    validating_webhooks: Fact[tuple[k8s.WebhookConfiguration, ...]] = _not_asked(Source.VALIDATING_WEBHOOKS)
    mutating_webhooks: Fact[tuple[k8s.WebhookConfiguration, ...]] = _not_asked(Source.MUTATING_WEBHOOKS)
    persistent_volumes: Fact[tuple[k8s.PersistentVolume, ...]] = _not_asked(Source.PERSISTENT_VOLUMES)
    persistent_volume_claims: Fact[tuple[k8s.PersistentVolumeClaim, ...]] = _not_asked(Source.PERSISTENT_VOLUME_CLAIMS)
    limit_ranges: Fact[tuple[k8s.LimitRange, ...]] = _not_asked(Source.LIMIT_RANGES)
    resource_quotas: Fact[tuple[k8s.ResourceQuota, ...]] = _not_asked(Source.RESOURCE_QUOTAS)
    config_map_names: Fact[tuple[k8s.ObjectName, ...]] = _not_asked(Source.CONFIG_MAP_NAMES)
    ip_masq_config: Fact[k8s.ConfigMap | None] = _not_asked(Source.IP_MASQ_CONFIG)
    ip_masq_reconciled: Fact[k8s.ConfigMap | None] = _not_asked(Source.IP_MASQ_RECONCILED)
    npm_config: Fact[k8s.ConfigMap | None] = _not_asked(Source.NPM_CONFIG)
    cilium_config: Fact[k8s.ConfigMap | None] = _not_asked(Source.CILIUM_CONFIG)
    node_network_configs: Fact[tuple[k8s.NodeNetworkConfig, ...]] = _not_asked(Source.NODE_NETWORK_CONFIGS)
    aks_node_classes: Fact[tuple[k8s.AKSNodeClass, ...]] = _not_asked(Source.AKS_NODE_CLASSES)
    cilium_policies: Fact[tuple[k8s.CiliumPolicy, ...]] = _not_asked(Source.CILIUM_POLICIES)
    cilium_clusterwide_policies: Fact[tuple[k8s.CiliumPolicy, ...]] = _not_asked(Source.CILIUM_CLUSTERWIDE_POLICIES)
    cilium_extensions: Fact[tuple[k8s.ObjectName, ...]] = _not_asked(Source.CILIUM_EXTENSIONS)
    calico_policies: Fact[tuple[k8s.CalicoPolicy, ...]] = _not_asked(Source.CALICO_POLICIES)
    calico_global_policies: Fact[tuple[k8s.CalicoPolicy, ...]] = _not_asked(Source.CALICO_GLOBAL_POLICIES)
    calico_network_sets: Fact[tuple[k8s.CalicoNetworkSet, ...]] = _not_asked(Source.CALICO_NETWORK_SETS)
    calico_global_network_sets: Fact[tuple[k8s.CalicoNetworkSet, ...]] = _not_asked(Source.CALICO_GLOBAL_NETWORK_SETS)
    calico_host_endpoints: Fact[tuple[k8s.CalicoHostEndpoint, ...]] = _not_asked(Source.CALICO_HOST_ENDPOINTS)
    monitors: Fact[tuple[k8s.Monitor, ...]] = _not_asked(Source.MONITORS)
    prometheus_rules: Fact[tuple[k8s.PrometheusRule, ...]] = _not_asked(Source.PROMETHEUS_RULES)
    container_limit_constraints: Fact[tuple[k8s.ContainerLimitConstraint, ...]] = _not_asked(
        Source.CONTAINER_LIMIT_CONSTRAINTS
    )
    authorization_policies: Fact[tuple[k8s.AuthorizationPolicy, ...]] = _not_asked(Source.AUTHORIZATION_POLICIES)

    absent_apis: frozenset[Source] = frozenset()
    """Lists that are Known(()) because the cluster does not serve their API."""
    collected_at: str | None = None
    """UTC, RFC 3339; None where files carry no time."""
    api_version: str | None = None
    """The ARM API version that answered for the cluster; None where a file does not say."""
    server: str | None = None
    """The API server's URL; None where nothing was asked of one."""

    def facts(self) -> Iterator[tuple[Source, Fact[Any]]]:
        """Every source with its fact, in the order of the fields."""
        for item in fields(self):
            if item.name in _SOURCES:
                yield Source(item.name), getattr(self, item.name)
