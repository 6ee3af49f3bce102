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


class AdvancedNetworkingSecurity(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """The security part of Advanced Container Networking Services."""

    enabled: bool | None = None
    advanced_network_policies: str | None = None
    """L7, FQDN or None."""


class Toggle(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """A part that is on or off."""

    enabled: bool | None = None


class AdvancedNetworking(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """Advanced Container Networking Services (ACNS)."""

    enabled: bool | None = None
    observability: Toggle | None = None
    security: AdvancedNetworkingSecurity | None = None


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


class Nothing(Struct, frozen=True, omit_defaults=True, gc=False):
    """An object of which nothing is kept."""


class Identity(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """The control plane's identity."""

    type: str | None = None
    user_assigned_identities: dict[str, Nothing] | None = None
    """ARM ids; what stands behind them is left out."""


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

    @property
    def resource_group(self) -> str:
        """The cluster's own resource group, out of its id."""
        return id_segment(self.id, "resourceGroups")

    @property
    def subscription(self) -> str:
        """The subscription id, out of the cluster's id."""
        return id_segment(self.id, "subscriptions")


class Reference(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """A link to another resource."""

    id: str


class AddressSpace(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """A list of CIDR blocks."""

    address_prefixes: tuple[str, ...] = ()


class Delegation(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """The service that a subnet is given to."""

    name: str | None = None
    service_name: str | None = None


class Subnet(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """One subnet of a VNet, with the ids of what is associated with it."""

    id: str
    name: str
    address_prefix: str | None = None
    address_prefixes: tuple[str, ...] | None = None
    route_table: Reference | None = None
    network_security_group: Reference | None = None
    delegations: tuple[Delegation, ...] | None = None

    @property
    def prefixes(self) -> tuple[str, ...]:
        """All CIDR blocks of the subnet: ARM fills one field or the other."""
        return self.address_prefixes or ((self.address_prefix,) if self.address_prefix else ())


class Peering(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """One peering, with the address space that it makes reachable."""

    name: str
    peering_state: str | None = None
    remote_virtual_network: Reference | None = None
    remote_address_space: AddressSpace | None = None
    remote_virtual_network_address_space: AddressSpace | None = None


class VirtualNetwork(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Microsoft.Network/virtualNetworks, with all its subnets."""

    id: str
    name: str
    address_space: AddressSpace
    subnets: tuple[Subnet, ...] = ()
    virtual_network_peerings: tuple[Peering, ...] = ()


class Route(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """One route."""

    name: str
    address_prefix: str | None = None
    next_hop_type: str | None = None
    next_hop_ip_address: str | None = None


class RouteTable(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Microsoft.Network/routeTables, with routes and the subnets that use it."""

    id: str
    name: str
    routes: tuple[Route, ...] = ()
    subnets: tuple[Reference, ...] = ()


class SecurityRule(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """One rule of a network security group."""

    name: str
    access: str | None = None
    direction: str | None = None
    priority: int | None = None
    protocol: str | None = None
    source_address_prefix: str | None = None
    source_address_prefixes: tuple[str, ...] = ()
    destination_address_prefix: str | None = None
    destination_address_prefixes: tuple[str, ...] = ()
    source_port_range: str | None = None
    source_port_ranges: tuple[str, ...] = ()
    destination_port_range: str | None = None
    destination_port_ranges: tuple[str, ...] = ()


class NetworkSecurityGroup(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Microsoft.Network/networkSecurityGroups."""

    id: str
    name: str
    security_rules: tuple[SecurityRule, ...] = ()
    default_security_rules: tuple[SecurityRule, ...] = ()


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
