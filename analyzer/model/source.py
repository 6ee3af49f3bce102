"""What can be read of a cluster: every list and object, and the request and right that it takes.

This table is the only one: collectors ask by it, coverage is counted by it, `access` and `doctor` print it.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


class Source(enum.StrEnum):
    """One thing that is read, or not. The value is the name of the snapshot's field and of its file."""

    CLUSTER = "cluster"
    VIRTUAL_NETWORKS = "virtual_networks"
    ROUTE_TABLES = "route_tables"
    NETWORK_SECURITY_GROUPS = "network_security_groups"
    CLUSTER_PREVIEW = "cluster_preview"
    MAINTENANCE_CONFIGURATIONS = "maintenance_configurations"
    FLEET_MEMBERSHIPS = "fleet_memberships"
    SUBNET_USAGES = "subnet_usages"
    SCALE_SETS = "scale_sets"
    COMPUTE_USAGES = "compute_usages"
    VIRTUAL_MACHINE_SIZES = "virtual_machine_sizes"
    LOCKS = "locks"
    ROLE_ASSIGNMENTS = "role_assignments"
    ROLE_DEFINITIONS = "role_definitions"
    APPLICATION_GATEWAYS = "application_gateways"
    TRAFFIC_CONTROLLER_ASSOCIATIONS = "traffic_controller_associations"

    NODES = "nodes"
    NAMESPACES = "namespaces"
    PODS = "pods"
    REPLICA_SETS = "replica_sets"
    DEPLOYMENTS = "deployments"
    STATEFUL_SETS = "stateful_sets"
    DAEMON_SETS = "daemon_sets"
    JOBS = "jobs"
    CRON_JOBS = "cron_jobs"
    SERVICES = "services"
    ENDPOINT_SLICES = "endpoint_slices"
    NETWORK_POLICIES = "network_policies"
    INGRESSES = "ingresses"
    INGRESS_CLASSES = "ingress_classes"
    SERVICE_CIDRS = "service_cidrs"
    POD_DISRUPTION_BUDGETS = "pod_disruption_budgets"
    HORIZONTAL_POD_AUTOSCALERS = "horizontal_pod_autoscalers"
    VALIDATING_WEBHOOKS = "validating_webhooks"
    MUTATING_WEBHOOKS = "mutating_webhooks"
    API_SERVICES = "api_services"
    CUSTOM_RESOURCE_DEFINITIONS = "custom_resource_definitions"
    PERSISTENT_VOLUMES = "persistent_volumes"
    PERSISTENT_VOLUME_CLAIMS = "persistent_volume_claims"
    STORAGE_CLASSES = "storage_classes"
    LIMIT_RANGES = "limit_ranges"
    RESOURCE_QUOTAS = "resource_quotas"
    CONFIG_MAP_NAMES = "config_map_names"
    IP_MASQ_CONFIG = "ip_masq_config"
    IP_MASQ_RECONCILED = "ip_masq_reconciled"
    NPM_CONFIG = "npm_config"
    CILIUM_CONFIG = "cilium_config"
    CONFIG_MAP_ADDRESSES = "config_map_addresses"

    NODE_NETWORK_CONFIGS = "node_network_configs"
    AKS_NODE_CLASSES = "aks_node_classes"
    KARPENTER_NODE_POOLS = "karpenter_node_pools"
    KARPENTER_NODE_CLAIMS = "karpenter_node_claims"
    CILIUM_POLICIES = "cilium_policies"
    CILIUM_CLUSTERWIDE_POLICIES = "cilium_clusterwide_policies"
    CILIUM_EXTENSIONS = "cilium_extensions"
    CILIUM_LOCAL_REDIRECT_POLICIES = "cilium_local_redirect_policies"
    CALICO_POLICIES = "calico_policies"
    CALICO_GLOBAL_POLICIES = "calico_global_policies"
    CALICO_NETWORK_SETS = "calico_network_sets"
    CALICO_GLOBAL_NETWORK_SETS = "calico_global_network_sets"
    CALICO_HOST_ENDPOINTS = "calico_host_endpoints"
    CALICO_TIERS = "calico_tiers"
    CALICO_STAGED_POLICIES = "calico_staged_policies"
    CALICO_FELIX_CONFIGURATIONS = "calico_felix_configurations"
    CALICO_IP_POOLS = "calico_ip_pools"
    ADMIN_NETWORK_POLICIES = "admin_network_policies"
    MONITORS = "monitors"
    PROMETHEUS_RULES = "prometheus_rules"
    CONTAINER_LIMIT_CONSTRAINTS = "container_limit_constraints"
    AUTHORIZATION_POLICIES = "authorization_policies"
    GATEWAY_CLASSES = "gateway_classes"
    GATEWAYS = "gateways"
    APPLICATION_LOAD_BALANCERS = "application_load_balancers"
    OVERLAY_EXTENSION_CONFIGS = "overlay_extension_configs"
    STATIC_GATEWAY_CONFIGURATIONS = "static_gateway_configurations"
    FLEET_NETWORKING = "fleet_networking"

    INPUTS = "inputs"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One collection of the Kubernetes API."""

    group: str
    """API group; empty for the core group."""
    versions: tuple[str, ...]
    """Versions that serve the fields we read, the preferred one first."""
    resource: str
    """Plural, as in the path."""
    kind: str


@dataclass(frozen=True, slots=True)
class KubernetesRead:
    """Collections of the Kubernetes API that are read together, as one list."""

    endpoints: tuple[Endpoint, ...]
    """All that the cluster serves are read; one that it does not serve is empty."""
    namespace: str = ""
    """Only this namespace; empty: the whole cluster."""
    name: str = ""
    """One named object instead of the list."""
    metadata_only: bool = False
    """Asked for as PartialObjectMetadata: no content is transferred."""
    only_when_asked: bool = False
    """Read only where the operator asks for it (--scan-configmaps)."""


@dataclass(frozen=True, slots=True)
class ArmRead:
    """Reads of Azure Resource Manager."""

    actions: tuple[str, ...]
    """Role actions that they take."""


@dataclass(frozen=True, slots=True)
class OperatorInput:
    """What only the operator knows: flags. Nothing is read."""


def _list(group: str, versions: str, resource: str, kind: str) -> KubernetesRead:
    return KubernetesRead((Endpoint(group, tuple(versions.split()), resource, kind),))


def _kube_system(resource: str, kind: str, name: str = "", *, metadata_only: bool = False) -> KubernetesRead:
    endpoint = Endpoint("", ("v1",), resource, kind)
    return KubernetesRead((endpoint,), namespace="kube-system", name=name, metadata_only=metadata_only)


def _both_calico_groups(resource: str, kind: str) -> KubernetesRead:
    """Calico's own API server serves projectcalico.org; without it only the CRD group holds the objects."""
    return KubernetesRead(
        (
            Endpoint("crd.projectcalico.org", ("v1",), resource, kind),
            Endpoint("projectcalico.org", ("v3",), resource, kind),
        )
    )


def _cilium(resource: str, kind: str) -> Endpoint:
    return Endpoint("cilium.io", ("v2", "v2alpha1"), resource, kind)


READS: Mapping[Source, KubernetesRead | ArmRead | OperatorInput] = MappingProxyType(
    {
        Source.CLUSTER: ArmRead(
            (
                "Microsoft.ContainerService/managedClusters/read",
                "Microsoft.ContainerService/managedClusters/agentPools/read",
            )
        ),
        Source.VIRTUAL_NETWORKS: ArmRead(("Microsoft.Network/virtualNetworks/read",)),
        Source.ROUTE_TABLES: ArmRead(("Microsoft.Network/routeTables/read",)),
        Source.NETWORK_SECURITY_GROUPS: ArmRead(("Microsoft.Network/networkSecurityGroups/read",)),
        Source.CLUSTER_PREVIEW: ArmRead(("Microsoft.ContainerService/managedClusters/read",)),
        Source.MAINTENANCE_CONFIGURATIONS: ArmRead(
            ("Microsoft.ContainerService/managedClusters/maintenanceConfigurations/read",)
        ),
        Source.FLEET_MEMBERSHIPS: ArmRead(("Microsoft.ContainerService/fleetMemberships/read",)),
        Source.SUBNET_USAGES: ArmRead(("Microsoft.Network/virtualNetworks/usages/read",)),
        Source.SCALE_SETS: ArmRead(("Microsoft.Compute/virtualMachineScaleSets/read",)),
        Source.COMPUTE_USAGES: ArmRead(("Microsoft.Compute/locations/usages/read",)),
        Source.VIRTUAL_MACHINE_SIZES: ArmRead(("Microsoft.Compute/skus/read",)),
        Source.LOCKS: ArmRead(("Microsoft.Authorization/locks/read",)),
        Source.ROLE_ASSIGNMENTS: ArmRead(("Microsoft.Authorization/roleAssignments/read",)),
        Source.ROLE_DEFINITIONS: ArmRead(("Microsoft.Authorization/roleDefinitions/read",)),
        Source.APPLICATION_GATEWAYS: ArmRead(("Microsoft.Network/applicationGateways/read",)),
        Source.TRAFFIC_CONTROLLER_ASSOCIATIONS: ArmRead(
            (
                "Microsoft.ServiceNetworking/trafficControllers/read",
                "Microsoft.ServiceNetworking/trafficControllers/associations/read",
            )
        ),
        Source.NODES: _list("", "v1", "nodes", "Node"),
        Source.NAMESPACES: _list("", "v1", "namespaces", "Namespace"),
        Source.PODS: _list("", "v1", "pods", "Pod"),
        Source.REPLICA_SETS: _list("apps", "v1", "replicasets", "ReplicaSet"),
        Source.DEPLOYMENTS: _list("apps", "v1", "deployments", "Deployment"),
        Source.STATEFUL_SETS: _list("apps", "v1", "statefulsets", "StatefulSet"),
        Source.DAEMON_SETS: _list("apps", "v1", "daemonsets", "DaemonSet"),
        Source.JOBS: _list("batch", "v1", "jobs", "Job"),
        Source.CRON_JOBS: _list("batch", "v1 v1beta1", "cronjobs", "CronJob"),
        Source.SERVICES: _list("", "v1", "services", "Service"),
        Source.ENDPOINT_SLICES: _list("discovery.k8s.io", "v1 v1beta1", "endpointslices", "EndpointSlice"),
        Source.NETWORK_POLICIES: _list("networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy"),
        Source.INGRESSES: _list("networking.k8s.io", "v1", "ingresses", "Ingress"),
        Source.INGRESS_CLASSES: _list("networking.k8s.io", "v1", "ingressclasses", "IngressClass"),
        Source.SERVICE_CIDRS: _list("networking.k8s.io", "v1 v1beta1", "servicecidrs", "ServiceCIDR"),
        Source.POD_DISRUPTION_BUDGETS: _list("policy", "v1 v1beta1", "poddisruptionbudgets", "PodDisruptionBudget"),
        Source.HORIZONTAL_POD_AUTOSCALERS: _list(
            "autoscaling", "v2 v1", "horizontalpodautoscalers", "HorizontalPodAutoscaler"
        ),
        Source.VALIDATING_WEBHOOKS: _list(
            "admissionregistration.k8s.io", "v1", "validatingwebhookconfigurations", "ValidatingWebhookConfiguration"
        ),
        Source.MUTATING_WEBHOOKS: _list(
            "admissionregistration.k8s.io", "v1", "mutatingwebhookconfigurations", "MutatingWebhookConfiguration"
        ),
        Source.API_SERVICES: _list("apiregistration.k8s.io", "v1", "apiservices", "APIService"),
        Source.CUSTOM_RESOURCE_DEFINITIONS: _list(
            "apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition"
        ),
        Source.PERSISTENT_VOLUMES: _list("", "v1", "persistentvolumes", "PersistentVolume"),
        Source.PERSISTENT_VOLUME_CLAIMS: _list("", "v1", "persistentvolumeclaims", "PersistentVolumeClaim"),
        Source.STORAGE_CLASSES: _list("storage.k8s.io", "v1", "storageclasses", "StorageClass"),
        Source.LIMIT_RANGES: _kube_system("limitranges", "LimitRange"),
        Source.RESOURCE_QUOTAS: _kube_system("resourcequotas", "ResourceQuota"),
        Source.CONFIG_MAP_NAMES: _kube_system("configmaps", "ConfigMap", metadata_only=True),
        Source.IP_MASQ_CONFIG: _kube_system("configmaps", "ConfigMap", "azure-ip-masq-agent-config"),
        Source.IP_MASQ_RECONCILED: _kube_system("configmaps", "ConfigMap", "azure-ip-masq-agent-config-reconciled"),
        Source.NPM_CONFIG: _kube_system("configmaps", "ConfigMap", "azure-npm-config"),
        Source.CILIUM_CONFIG: _kube_system("configmaps", "ConfigMap", "cilium-config"),
        Source.CONFIG_MAP_ADDRESSES: KubernetesRead(
            (Endpoint("", ("v1",), "configmaps", "ConfigMap"),), only_when_asked=True
        ),
        Source.NODE_NETWORK_CONFIGS: _list("acn.azure.com", "v1alpha", "nodenetworkconfigs", "NodeNetworkConfig"),
        Source.AKS_NODE_CLASSES: _list("karpenter.azure.com", "v1beta1 v1alpha2", "aksnodeclasses", "AKSNodeClass"),
        Source.KARPENTER_NODE_POOLS: _list("karpenter.sh", "v1 v1beta1", "nodepools", "NodePool"),
        Source.KARPENTER_NODE_CLAIMS: _list("karpenter.sh", "v1 v1beta1", "nodeclaims", "NodeClaim"),
        Source.CILIUM_POLICIES: _list("cilium.io", "v2", "ciliumnetworkpolicies", "CiliumNetworkPolicy"),
        Source.CILIUM_CLUSTERWIDE_POLICIES: _list(
            "cilium.io", "v2", "ciliumclusterwidenetworkpolicies", "CiliumClusterwideNetworkPolicy"
        ),
        Source.CILIUM_EXTENSIONS: KubernetesRead(
            (
                _cilium("ciliumbgppeeringpolicies", "CiliumBGPPeeringPolicy"),
                _cilium("ciliumbgpclusterconfigs", "CiliumBGPClusterConfig"),
                _cilium("ciliumegressgatewaypolicies", "CiliumEgressGatewayPolicy"),
                _cilium("ciliumloadbalancerippools", "CiliumLoadBalancerIPPool"),
                _cilium("ciliuml2announcementpolicies", "CiliumL2AnnouncementPolicy"),
                _cilium("ciliumenvoyconfigs", "CiliumEnvoyConfig"),
                _cilium("ciliumclusterwideenvoyconfigs", "CiliumClusterwideEnvoyConfig"),
            ),
            metadata_only=True,
        ),
        Source.CILIUM_LOCAL_REDIRECT_POLICIES: _list(
            "cilium.io", "v2", "ciliumlocalredirectpolicies", "CiliumLocalRedirectPolicy"
        ),
        Source.CALICO_POLICIES: _both_calico_groups("networkpolicies", "NetworkPolicy"),
        Source.CALICO_GLOBAL_POLICIES: _both_calico_groups("globalnetworkpolicies", "GlobalNetworkPolicy"),
        Source.CALICO_NETWORK_SETS: _both_calico_groups("networksets", "NetworkSet"),
        Source.CALICO_GLOBAL_NETWORK_SETS: _both_calico_groups("globalnetworksets", "GlobalNetworkSet"),
        Source.CALICO_HOST_ENDPOINTS: _both_calico_groups("hostendpoints", "HostEndpoint"),
        Source.CALICO_TIERS: _both_calico_groups("tiers", "Tier"),
        Source.CALICO_STAGED_POLICIES: KubernetesRead(
            (
                Endpoint("crd.projectcalico.org", ("v1",), "stagednetworkpolicies", "StagedNetworkPolicy"),
                Endpoint("crd.projectcalico.org", ("v1",), "stagedglobalnetworkpolicies", "StagedGlobalNetworkPolicy"),
                Endpoint(
                    "crd.projectcalico.org",
                    ("v1",),
                    "stagedkubernetesnetworkpolicies",
                    "StagedKubernetesNetworkPolicy",
                ),
            ),
            metadata_only=True,
        ),
        Source.CALICO_FELIX_CONFIGURATIONS: _both_calico_groups("felixconfigurations", "FelixConfiguration"),
        Source.CALICO_IP_POOLS: _both_calico_groups("ippools", "IPPool"),
        Source.ADMIN_NETWORK_POLICIES: KubernetesRead(
            (
                Endpoint("policy.networking.k8s.io", ("v1alpha1",), "adminnetworkpolicies", "AdminNetworkPolicy"),
                Endpoint(
                    "policy.networking.k8s.io",
                    ("v1alpha1",),
                    "baselineadminnetworkpolicies",
                    "BaselineAdminNetworkPolicy",
                ),
            ),
            metadata_only=True,
        ),
        Source.MONITORS: KubernetesRead(
            (
                Endpoint("monitoring.coreos.com", ("v1",), "podmonitors", "PodMonitor"),
                Endpoint("monitoring.coreos.com", ("v1",), "servicemonitors", "ServiceMonitor"),
                Endpoint("azmonitoring.coreos.com", ("v1",), "podmonitors", "PodMonitor"),
                Endpoint("azmonitoring.coreos.com", ("v1",), "servicemonitors", "ServiceMonitor"),
            )
        ),
        Source.PROMETHEUS_RULES: _list("monitoring.coreos.com", "v1", "prometheusrules", "PrometheusRule"),
        Source.CONTAINER_LIMIT_CONSTRAINTS: _list(
            "constraints.gatekeeper.sh", "v1beta1", "k8scontainerlimits", "K8sContainerLimits"
        ),
        Source.AUTHORIZATION_POLICIES: _list(
            "security.istio.io", "v1 v1beta1", "authorizationpolicies", "AuthorizationPolicy"
        ),
        Source.GATEWAY_CLASSES: _list("gateway.networking.k8s.io", "v1 v1beta1", "gatewayclasses", "GatewayClass"),
        Source.GATEWAYS: _list("gateway.networking.k8s.io", "v1 v1beta1", "gateways", "Gateway"),
        Source.APPLICATION_LOAD_BALANCERS: _list(
            "alb.networking.azure.io", "v1", "applicationloadbalancers", "ApplicationLoadBalancer"
        ),
        Source.OVERLAY_EXTENSION_CONFIGS: KubernetesRead(
            (Endpoint("acn.azure.com", ("v1alpha1",), "overlayextensionconfigs", "OverlayExtensionConfig"),),
            metadata_only=True,
        ),
        Source.STATIC_GATEWAY_CONFIGURATIONS: KubernetesRead(
            (
                Endpoint(
                    "egressgateway.kubernetes.azure.com",
                    ("v1alpha1",),
                    "staticgatewayconfigurations",
                    "StaticGatewayConfiguration",
                ),
            ),
            metadata_only=True,
        ),
        Source.FLEET_NETWORKING: KubernetesRead(
            (
                Endpoint("networking.fleet.azure.com", ("v1alpha1",), "serviceexports", "ServiceExport"),
                Endpoint("networking.fleet.azure.com", ("v1alpha1",), "multiclusterservices", "MultiClusterService"),
            ),
            metadata_only=True,
        ),
        Source.INPUTS: OperatorInput(),
    }
)
"""How each source is read. Versions: the Kubernetes deprecation guide (1.19 to 1.36) and each project's CRDs."""
