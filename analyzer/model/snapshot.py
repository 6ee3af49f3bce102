"""Everything read from one cluster at one time, and the record of what could not be read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any

from analyzer.model import authorization, compute, fleet, maintenance, preview
from analyzer.model import cluster as arm
from analyzer.model import network_resources as networks
from analyzer.model import objects as k8s
from analyzer.model.fact import Cause, Fact, Missing
from analyzer.model.source import Source

ITEM_TYPES = MappingProxyType(
    {
        Source.VIRTUAL_NETWORKS: networks.VirtualNetwork,
        Source.ROUTE_TABLES: networks.RouteTable,
        Source.NETWORK_SECURITY_GROUPS: networks.NetworkSecurityGroup,
        Source.MAINTENANCE_CONFIGURATIONS: maintenance.MaintenanceConfiguration,
        Source.FLEET_MEMBERSHIPS: fleet.FleetMembership,
        Source.SUBNET_USAGES: networks.SubnetUsage,
        Source.SCALE_SETS: compute.ScaleSet,
        Source.COMPUTE_USAGES: compute.Usage,
        Source.VIRTUAL_MACHINE_SIZES: compute.VirtualMachineSize,
        Source.LOCKS: authorization.Lock,
        Source.ROLE_ASSIGNMENTS: authorization.RoleAssignment,
        Source.ROLE_DEFINITIONS: authorization.RoleDefinition,
        Source.APPLICATION_GATEWAYS: networks.ApplicationGateway,
        Source.TRAFFIC_CONTROLLER_ASSOCIATIONS: networks.TrafficControllerAssociation,
        Source.NODES: k8s.Node,
        Source.NAMESPACES: k8s.Namespace,
        Source.PODS: k8s.Pod,
        Source.REPLICA_SETS: k8s.ReplicaSet,
        Source.DEPLOYMENTS: k8s.Workload,
        Source.STATEFUL_SETS: k8s.Workload,
        Source.DAEMON_SETS: k8s.Workload,
        Source.JOBS: k8s.Job,
        Source.CRON_JOBS: k8s.CronJob,
        Source.SERVICES: k8s.Service,
        Source.ENDPOINT_SLICES: k8s.EndpointSlice,
        Source.NETWORK_POLICIES: k8s.NetworkPolicy,
        Source.INGRESSES: k8s.Ingress,
        Source.INGRESS_CLASSES: k8s.IngressClass,
        Source.SERVICE_CIDRS: k8s.ServiceCIDR,
        Source.POD_DISRUPTION_BUDGETS: k8s.PodDisruptionBudget,
        Source.HORIZONTAL_POD_AUTOSCALERS: k8s.HorizontalPodAutoscaler,
        Source.VALIDATING_WEBHOOKS: k8s.WebhookConfiguration,
        Source.MUTATING_WEBHOOKS: k8s.WebhookConfiguration,
        Source.API_SERVICES: k8s.APIService,
        Source.CUSTOM_RESOURCE_DEFINITIONS: k8s.CustomResourceDefinition,
        Source.PERSISTENT_VOLUMES: k8s.PersistentVolume,
        Source.PERSISTENT_VOLUME_CLAIMS: k8s.PersistentVolumeClaim,
        Source.STORAGE_CLASSES: k8s.StorageClass,
        Source.LIMIT_RANGES: k8s.LimitRange,
        Source.RESOURCE_QUOTAS: k8s.ResourceQuota,
        Source.CONFIG_MAP_NAMES: k8s.ObjectName,
        Source.CONFIG_MAP_ADDRESSES: k8s.ConfigMapAddresses,
        Source.NODE_NETWORK_CONFIGS: k8s.NodeNetworkConfig,
        Source.AKS_NODE_CLASSES: k8s.AKSNodeClass,
        Source.KARPENTER_NODE_POOLS: k8s.KarpenterNodePool,
        Source.KARPENTER_NODE_CLAIMS: k8s.KarpenterNodeClaim,
        Source.CILIUM_POLICIES: k8s.CiliumPolicy,
        Source.CILIUM_CLUSTERWIDE_POLICIES: k8s.CiliumPolicy,
        Source.CILIUM_EXTENSIONS: k8s.ObjectName,
        Source.CILIUM_LOCAL_REDIRECT_POLICIES: k8s.CiliumLocalRedirectPolicy,
        Source.CALICO_POLICIES: k8s.CalicoPolicy,
        Source.CALICO_GLOBAL_POLICIES: k8s.CalicoPolicy,
        Source.CALICO_NETWORK_SETS: k8s.CalicoNetworkSet,
        Source.CALICO_GLOBAL_NETWORK_SETS: k8s.CalicoNetworkSet,
        Source.CALICO_HOST_ENDPOINTS: k8s.CalicoHostEndpoint,
        Source.CALICO_TIERS: k8s.CalicoTier,
        Source.CALICO_STAGED_POLICIES: k8s.ObjectName,
        Source.CALICO_FELIX_CONFIGURATIONS: k8s.CalicoFelixConfiguration,
        Source.CALICO_IP_POOLS: k8s.CalicoIPPool,
        Source.ADMIN_NETWORK_POLICIES: k8s.ObjectName,
        Source.MONITORS: k8s.Monitor,
        Source.PROMETHEUS_RULES: k8s.PrometheusRule,
        Source.CONTAINER_LIMIT_CONSTRAINTS: k8s.ContainerLimitConstraint,
        Source.AUTHORIZATION_POLICIES: k8s.AuthorizationPolicy,
        Source.GATEWAY_CLASSES: k8s.GatewayClass,
        Source.GATEWAYS: k8s.Gateway,
        Source.APPLICATION_LOAD_BALANCERS: k8s.ApplicationLoadBalancer,
        Source.OVERLAY_EXTENSION_CONFIGS: k8s.ObjectName,
        Source.STATIC_GATEWAY_CONFIGURATIONS: k8s.ObjectName,
        Source.FLEET_NETWORKING: k8s.ObjectName,
    }
)
"""What one item of each list is decoded into. Sources that are not here are single objects."""

SINGLE_OBJECTS = MappingProxyType(
    {
        Source.CLUSTER: arm.ManagedCluster,
        Source.CLUSTER_PREVIEW: preview.ClusterPreview,
        Source.IP_MASQ_CONFIG: k8s.ConfigMap,
        Source.IP_MASQ_RECONCILED: k8s.ConfigMap,
        Source.NPM_CONFIG: k8s.ConfigMap,
        Source.CILIUM_CONFIG: k8s.ConfigMap,
    }
)
"""What each single object is decoded into. All but the two of the cluster may be Known(None): it does not exist."""


_SOURCES = frozenset(source.value for source in Source)


def _not_asked(source: Source) -> Missing[Any]:
    return Missing(source, Cause.NOT_ASKED, f"{source.value} was not asked for")


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """One field per source, named by it. Lists are sorted by namespace and name."""

    cluster: Fact[arm.ManagedCluster] = _not_asked(Source.CLUSTER)
    virtual_networks: Fact[tuple[networks.VirtualNetwork, ...]] = _not_asked(Source.VIRTUAL_NETWORKS)
    route_tables: Fact[tuple[networks.RouteTable, ...]] = _not_asked(Source.ROUTE_TABLES)
    network_security_groups: Fact[tuple[networks.NetworkSecurityGroup, ...]] = _not_asked(
        Source.NETWORK_SECURITY_GROUPS
    )
    cluster_preview: Fact[preview.ClusterPreview] = _not_asked(Source.CLUSTER_PREVIEW)
    maintenance_configurations: Fact[tuple[maintenance.MaintenanceConfiguration, ...]] = _not_asked(
        Source.MAINTENANCE_CONFIGURATIONS
    )
    fleet_memberships: Fact[tuple[fleet.FleetMembership, ...]] = _not_asked(Source.FLEET_MEMBERSHIPS)
    subnet_usages: Fact[tuple[networks.SubnetUsage, ...]] = _not_asked(Source.SUBNET_USAGES)
    scale_sets: Fact[tuple[compute.ScaleSet, ...]] = _not_asked(Source.SCALE_SETS)
    compute_usages: Fact[tuple[compute.Usage, ...]] = _not_asked(Source.COMPUTE_USAGES)
    virtual_machine_sizes: Fact[tuple[compute.VirtualMachineSize, ...]] = _not_asked(Source.VIRTUAL_MACHINE_SIZES)
    locks: Fact[tuple[authorization.Lock, ...]] = _not_asked(Source.LOCKS)
    role_assignments: Fact[tuple[authorization.RoleAssignment, ...]] = _not_asked(Source.ROLE_ASSIGNMENTS)
    role_definitions: Fact[tuple[authorization.RoleDefinition, ...]] = _not_asked(Source.ROLE_DEFINITIONS)
    application_gateways: Fact[tuple[networks.ApplicationGateway, ...]] = _not_asked(Source.APPLICATION_GATEWAYS)
    traffic_controller_associations: Fact[tuple[networks.TrafficControllerAssociation, ...]] = _not_asked(
        Source.TRAFFIC_CONTROLLER_ASSOCIATIONS
    )
    nodes: Fact[tuple[k8s.Node, ...]] = _not_asked(Source.NODES)
    namespaces: Fact[tuple[k8s.Namespace, ...]] = _not_asked(Source.NAMESPACES)
    pods: Fact[tuple[k8s.Pod, ...]] = _not_asked(Source.PODS)
    replica_sets: Fact[tuple[k8s.ReplicaSet, ...]] = _not_asked(Source.REPLICA_SETS)
    deployments: Fact[tuple[k8s.Workload, ...]] = _not_asked(Source.DEPLOYMENTS)
    stateful_sets: Fact[tuple[k8s.Workload, ...]] = _not_asked(Source.STATEFUL_SETS)
    daemon_sets: Fact[tuple[k8s.Workload, ...]] = _not_asked(Source.DAEMON_SETS)
    jobs: Fact[tuple[k8s.Job, ...]] = _not_asked(Source.JOBS)
    cron_jobs: Fact[tuple[k8s.CronJob, ...]] = _not_asked(Source.CRON_JOBS)
    services: Fact[tuple[k8s.Service, ...]] = _not_asked(Source.SERVICES)
    endpoint_slices: Fact[tuple[k8s.EndpointSlice, ...]] = _not_asked(Source.ENDPOINT_SLICES)
    network_policies: Fact[tuple[k8s.NetworkPolicy, ...]] = _not_asked(Source.NETWORK_POLICIES)
    ingresses: Fact[tuple[k8s.Ingress, ...]] = _not_asked(Source.INGRESSES)
    ingress_classes: Fact[tuple[k8s.IngressClass, ...]] = _not_asked(Source.INGRESS_CLASSES)
    service_cidrs: Fact[tuple[k8s.ServiceCIDR, ...]] = _not_asked(Source.SERVICE_CIDRS)
    pod_disruption_budgets: Fact[tuple[k8s.PodDisruptionBudget, ...]] = _not_asked(Source.POD_DISRUPTION_BUDGETS)
    horizontal_pod_autoscalers: Fact[tuple[k8s.HorizontalPodAutoscaler, ...]] = _not_asked(
        Source.HORIZONTAL_POD_AUTOSCALERS
    )
    validating_webhooks: Fact[tuple[k8s.WebhookConfiguration, ...]] = _not_asked(Source.VALIDATING_WEBHOOKS)
    mutating_webhooks: Fact[tuple[k8s.WebhookConfiguration, ...]] = _not_asked(Source.MUTATING_WEBHOOKS)
    api_services: Fact[tuple[k8s.APIService, ...]] = _not_asked(Source.API_SERVICES)
    custom_resource_definitions: Fact[tuple[k8s.CustomResourceDefinition, ...]] = _not_asked(
        Source.CUSTOM_RESOURCE_DEFINITIONS
    )
    persistent_volumes: Fact[tuple[k8s.PersistentVolume, ...]] = _not_asked(Source.PERSISTENT_VOLUMES)
    persistent_volume_claims: Fact[tuple[k8s.PersistentVolumeClaim, ...]] = _not_asked(Source.PERSISTENT_VOLUME_CLAIMS)
    storage_classes: Fact[tuple[k8s.StorageClass, ...]] = _not_asked(Source.STORAGE_CLASSES)
    limit_ranges: Fact[tuple[k8s.LimitRange, ...]] = _not_asked(Source.LIMIT_RANGES)
    resource_quotas: Fact[tuple[k8s.ResourceQuota, ...]] = _not_asked(Source.RESOURCE_QUOTAS)
    config_map_names: Fact[tuple[k8s.ObjectName, ...]] = _not_asked(Source.CONFIG_MAP_NAMES)
    config_map_addresses: Fact[tuple[k8s.ConfigMapAddresses, ...]] = _not_asked(Source.CONFIG_MAP_ADDRESSES)
    ip_masq_config: Fact[k8s.ConfigMap | None] = _not_asked(Source.IP_MASQ_CONFIG)
    ip_masq_reconciled: Fact[k8s.ConfigMap | None] = _not_asked(Source.IP_MASQ_RECONCILED)
    npm_config: Fact[k8s.ConfigMap | None] = _not_asked(Source.NPM_CONFIG)
    cilium_config: Fact[k8s.ConfigMap | None] = _not_asked(Source.CILIUM_CONFIG)
    node_network_configs: Fact[tuple[k8s.NodeNetworkConfig, ...]] = _not_asked(Source.NODE_NETWORK_CONFIGS)
    aks_node_classes: Fact[tuple[k8s.AKSNodeClass, ...]] = _not_asked(Source.AKS_NODE_CLASSES)
    karpenter_node_pools: Fact[tuple[k8s.KarpenterNodePool, ...]] = _not_asked(Source.KARPENTER_NODE_POOLS)
    karpenter_node_claims: Fact[tuple[k8s.KarpenterNodeClaim, ...]] = _not_asked(Source.KARPENTER_NODE_CLAIMS)
    cilium_policies: Fact[tuple[k8s.CiliumPolicy, ...]] = _not_asked(Source.CILIUM_POLICIES)
    cilium_clusterwide_policies: Fact[tuple[k8s.CiliumPolicy, ...]] = _not_asked(Source.CILIUM_CLUSTERWIDE_POLICIES)
    cilium_extensions: Fact[tuple[k8s.ObjectName, ...]] = _not_asked(Source.CILIUM_EXTENSIONS)
    cilium_local_redirect_policies: Fact[tuple[k8s.CiliumLocalRedirectPolicy, ...]] = _not_asked(
        Source.CILIUM_LOCAL_REDIRECT_POLICIES
    )
    calico_policies: Fact[tuple[k8s.CalicoPolicy, ...]] = _not_asked(Source.CALICO_POLICIES)
    calico_global_policies: Fact[tuple[k8s.CalicoPolicy, ...]] = _not_asked(Source.CALICO_GLOBAL_POLICIES)
    calico_network_sets: Fact[tuple[k8s.CalicoNetworkSet, ...]] = _not_asked(Source.CALICO_NETWORK_SETS)
    calico_global_network_sets: Fact[tuple[k8s.CalicoNetworkSet, ...]] = _not_asked(Source.CALICO_GLOBAL_NETWORK_SETS)
    calico_host_endpoints: Fact[tuple[k8s.CalicoHostEndpoint, ...]] = _not_asked(Source.CALICO_HOST_ENDPOINTS)
    calico_tiers: Fact[tuple[k8s.CalicoTier, ...]] = _not_asked(Source.CALICO_TIERS)
    calico_staged_policies: Fact[tuple[k8s.ObjectName, ...]] = _not_asked(Source.CALICO_STAGED_POLICIES)
    calico_felix_configurations: Fact[tuple[k8s.CalicoFelixConfiguration, ...]] = _not_asked(
        Source.CALICO_FELIX_CONFIGURATIONS
    )
    calico_ip_pools: Fact[tuple[k8s.CalicoIPPool, ...]] = _not_asked(Source.CALICO_IP_POOLS)
    admin_network_policies: Fact[tuple[k8s.ObjectName, ...]] = _not_asked(Source.ADMIN_NETWORK_POLICIES)
    monitors: Fact[tuple[k8s.Monitor, ...]] = _not_asked(Source.MONITORS)
    prometheus_rules: Fact[tuple[k8s.PrometheusRule, ...]] = _not_asked(Source.PROMETHEUS_RULES)
    container_limit_constraints: Fact[tuple[k8s.ContainerLimitConstraint, ...]] = _not_asked(
        Source.CONTAINER_LIMIT_CONSTRAINTS
    )
    authorization_policies: Fact[tuple[k8s.AuthorizationPolicy, ...]] = _not_asked(Source.AUTHORIZATION_POLICIES)
    gateway_classes: Fact[tuple[k8s.GatewayClass, ...]] = _not_asked(Source.GATEWAY_CLASSES)
    gateways: Fact[tuple[k8s.Gateway, ...]] = _not_asked(Source.GATEWAYS)
    application_load_balancers: Fact[tuple[k8s.ApplicationLoadBalancer, ...]] = _not_asked(
        Source.APPLICATION_LOAD_BALANCERS
    )
    overlay_extension_configs: Fact[tuple[k8s.ObjectName, ...]] = _not_asked(Source.OVERLAY_EXTENSION_CONFIGS)
    static_gateway_configurations: Fact[tuple[k8s.ObjectName, ...]] = _not_asked(Source.STATIC_GATEWAY_CONFIGURATIONS)
    fleet_networking: Fact[tuple[k8s.ObjectName, ...]] = _not_asked(Source.FLEET_NETWORKING)

    absent_apis: frozenset[Source] = frozenset()
    """Lists that are Known(()) because the cluster does not serve their API."""
    collected_at: str | None = None
    """UTC, RFC 3339; None where files carry no time."""
    api_version: str | None = None
    """The ARM API version that answered for the cluster; None where a file does not say."""
    server: str | None = None
    """The API server's URL; None where nothing was asked of one."""
    azure_cli: str | None = None
    """The version of the Azure CLI on the machine that collected; None where there was none, or it did not say."""

    def facts(self) -> Iterator[tuple[Source, Fact[Any]]]:
        """Every source with its fact, in the order of the fields."""
        for source, name in _FACTS:
            yield source, getattr(self, name)


_FACTS = tuple((Source(item.name), item.name) for item in fields(Snapshot) if item.name in _SOURCES)
"""The sources that are fields, in their order."""
