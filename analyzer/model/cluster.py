"""What ARM says of a managed cluster and of the network around it, narrowed to what the rules need.

One canonical shape for REST bodies, `az aks show` and Resource Graph rows: `properties` is flattened into its
parent, keys are matched without regard to case before conversion. Property names: the managedClusters
reference, API version 2026-05-01, and Microsoft.Network 2024-05-01.
"""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType, field


class UpgradeSettings(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """How a pool rolls. Null everywhere means the platform's default."""

    max_surge: str | None = None
    """An integer or a percentage, as text."""
    max_unavailable: str | None = None
    drain_timeout_in_minutes: int | None = None
    node_soak_duration_in_minutes: int | None = None
    undrainable_node_behavior: str | None = None
    """Cordon or Schedule."""
    max_blocked_nodes: str | None = None


class PowerState(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """Running or Stopped."""

    code: str | None = None


class ManualScale(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """One size of a VirtualMachines pool."""

    size: str | None = None
    count: int | None = None


class Scale(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """How a VirtualMachines pool is scaled."""

    manual: tuple[ManualScale, ...] | None = None


class VirtualMachinesProfile(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """Only VirtualMachines pools have it; they have no count of their own."""

    scale: Scale | None = None


class LocalDNSProfile(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """LocalDNS of a pool."""

    mode: str | None = None
    """Required, Preferred or Disabled."""
    state: str | None = None
    """Enabled or Disabled: what Preferred came to."""


class AgentPool(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """One entry of agentPoolProfiles. None: ARM did not say."""

    name: str
    count: int | None = None
    min_count: int | None = None
    max_count: int | None = None
    enable_auto_scaling: bool | None = None
    vm_size: str | None = None
    os_type: str | None = None
    os_sku: str | None = field(default=None, name="osSKU")
    mode: str | None = None
    type: str | None = None
    """VirtualMachineScaleSets, AvailabilitySet or VirtualMachines (`typePropertiesType` in the CLI's shape)."""
    max_pods: int | None = None
    vnet_subnet_id: str | None = field(default=None, name="vnetSubnetID")
    pod_subnet_id: str | None = field(default=None, name="podSubnetID")
    pod_ip_allocation_mode: str | None = field(default=None, name="podIPAllocationMode")
    orchestrator_version: str | None = None
    current_orchestrator_version: str | None = None
    node_image_version: str | None = None
    provisioning_state: str | None = None
    power_state: PowerState | None = None
    availability_zones: tuple[str, ...] | None = None
    upgrade_settings: UpgradeSettings | None = None
    virtual_machines_profile: VirtualMachinesProfile | None = None
    local_dns_profile: LocalDNSProfile | None = field(default=None, name="localDNSProfile")
    scale_set_priority: str | None = None
    """Regular or Spot."""
    workload_runtime: str | None = None
    enable_fips: bool | None = field(default=None, name="enableFIPS")

    @property
    def node_count(self) -> int | None:
        """Nodes that the pool is asked to have, or None where ARM does not say."""
        if self.count is not None:
            return self.count
        scale = self.virtual_machines_profile.scale if self.virtual_machines_profile else None
        if scale is None or not scale.manual or any(size.count is None for size in scale.manual):
            return None
        return sum(size.count or 0 for size in scale.manual)

    @property
    def version(self) -> str | None:
        """The Kubernetes version that the pool runs."""
        return self.current_orchestrator_version or self.orchestrator_version


class TransitEncryption(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """Encryption between nodes."""

    type: str | None = None
    """WireGuard, mTLS or None."""


class AdvancedNetworkingPerformance(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """The performance part of Advanced Container Networking Services."""

    acceleration_mode: str | None = None
    """BpfVeth or None."""


class AdvancedNetworkingSecurity(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """The security part of Advanced Container Networking Services."""

    enabled: bool | None = None
    advanced_network_policies: str | None = None
    """L7, FQDN or None."""
    transit_encryption: TransitEncryption | None = None


class Toggle(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """A part that is on or off."""

    enabled: bool | None = None


class AdvancedNetworking(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """Advanced Container Networking Services (ACNS)."""

    enabled: bool | None = None
    observability: Toggle | None = None
    security: AdvancedNetworkingSecurity | None = None
    performance: AdvancedNetworkingPerformance | None = None


class NetworkProfile(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """properties.networkProfile. UNSET: the body has no such key, which an old API version also answers."""

    network_plugin: str | None = None
    network_plugin_mode: str | UnsetType | None = UNSET
    network_dataplane: str | UnsetType | None = UNSET
    ebpf_dataplane: str | UnsetType | None = UNSET
    """The name of networkDataplane before API version 2023-02-01."""
    network_policy: str | UnsetType | None = UNSET
    network_mode: str | None = None
    pod_cidr: str | None = None
    pod_cidrs: tuple[str, ...] | None = None
    service_cidr: str | None = None
    service_cidrs: tuple[str, ...] | None = None
    dns_service_ip: str | None = field(default=None, name="dnsServiceIP")
    ip_families: tuple[str, ...] | None = None
    outbound_type: str | None = None
    load_balancer_sku: str | None = None
    advanced_networking: AdvancedNetworking | None = None
    static_egress_gateway_profile: Toggle | None = None


class UserAssignedIdentity(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """What Entra calls a user-assigned identity."""

    principal_id: str | None = None


class Identity(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """The control plane's identity."""

    type: str | None = None
    principal_id: str | None = None
    """Of a system-assigned identity."""
    user_assigned_identities: dict[str, UserAssignedIdentity] | None = None
    """By ARM id."""


class ServicePrincipalProfile(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """`msi` as client id means a managed identity."""

    client_id: str | None = None


class Sku(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """Base or Automatic, and the tier."""

    name: str | None = None
    tier: str | None = None


class NodeProvisioningProfile(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """Node auto-provisioning: Auto or Manual."""

    mode: str | None = None


class ApiServerAccessProfile(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """How the API server is reached."""

    enable_private_cluster: bool | None = None
    disable_run_command: bool | None = None
    enable_vnet_integration: bool | None = None
    subnet_id: str | None = None


class AddonProfile(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """One add-on. Keys of `config` differ from add-on to add-on."""

    enabled: bool | None = None
    config: dict[str, str] | None = None


class AutoUpgradeProfile(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """What AKS upgrades by itself."""

    upgrade_channel: str | None = None
    """rapid, stable, patch, node-image or none."""
    node_os_upgrade_channel: str | None = field(default=None, name="nodeOSUpgradeChannel")
    """None, Unmanaged, NodeImage or SecurityPatch."""


class BootstrapProfile(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """Where nodes are bootstrapped from."""

    artifact_source: str | None = None
    """Direct or Cache (network isolated)."""


class HttpProxyConfig(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """The nodes' HTTP proxy. Its URL can carry a password and is left out."""

    enabled: bool | None = None
    """False: the configuration is kept, and no proxy is used."""
    no_proxy: tuple[str, ...] | None = None


class PodIdentityProfile(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """Pod identity, which is retired."""

    enabled: bool | None = None
    allow_network_plugin_kubenet: bool | None = None


class Mode(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """A part that has modes: serviceMeshProfile (Istio, Disabled)."""

    mode: str | None = None


class NodeResourceGroupProfile(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """Lockdown of the node resource group by AKS itself."""

    restriction_level: str | None = None


class ManagedCluster(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Microsoft.ContainerService/managedClusters."""

    id: str
    name: str
    location: str | None = None
    sku: Sku | None = None
    identity: Identity | None = None
    service_principal_profile: ServicePrincipalProfile | None = None
    kubernetes_version: str | None = None
    current_kubernetes_version: str | None = None
    provisioning_state: str | None = None
    power_state: PowerState | None = None
    fqdn: str | None = None
    private_fqdn: str | None = field(default=None, name="privateFQDN")
    azure_portal_fqdn: str | None = field(default=None, name="azurePortalFQDN")
    node_resource_group: str | None = None
    network_profile: NetworkProfile | None = None
    agent_pool_profiles: tuple[AgentPool, ...] | None = None
    node_provisioning_profile: NodeProvisioningProfile | None = None
    api_server_access_profile: ApiServerAccessProfile | None = None
    addon_profiles: dict[str, AddonProfile] | None = None
    """Keys differ in case: read them with `addon`."""
    auto_upgrade_profile: AutoUpgradeProfile | None = None
    bootstrap_profile: BootstrapProfile | None = None
    http_proxy_config: HttpProxyConfig | None = None
    pod_identity_profile: PodIdentityProfile | None = None
    service_mesh_profile: Mode | None = None
    node_resource_group_profile: NodeResourceGroupProfile | None = None
    support_plan: str | None = None
    """KubernetesOfficial or AKSLongTermSupport."""
    tags: dict[str, str] | None = None

    @property
    def active_proxy(self) -> HttpProxyConfig | None:
        """The nodes' HTTP proxy; None where there is none, or it is switched off."""
        config = self.http_proxy_config
        return None if config is None or config.enabled is False else config

    def addon(self, name: str) -> AddonProfile | None:
        """An add-on by its name, whatever its case; None where the body does not have it."""
        found = (item for key, item in (self.addon_profiles or {}).items() if key.lower() == name.lower())
        return next(found, None)

    @property
    def resource_group(self) -> str:
        """The cluster's own resource group, out of its id."""
        return id_segment(self.id, "resourceGroups")

    @property
    def subscription(self) -> str:
        """The subscription id, out of the cluster's id."""
        return id_segment(self.id, "subscriptions")


def id_segment(resource_id: str, key: str) -> str:
    """The segment that follows `key` in an ARM id ("" where there is none); keys match without regard to case."""
    parts = resource_id.split("/")
    for name, value in zip(parts[1::2], parts[2::2], strict=False):
        if name.lower() == key.lower():
            return value
    return ""


def same_id(one: str, other: str) -> bool:
    """Whether two ARM ids name one resource: ARM ids compare without regard to case."""
    return one.rstrip("/").lower() == other.rstrip("/").lower()
