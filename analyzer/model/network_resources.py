"""What ARM says of the network around a cluster: Microsoft.Network 2024-05-01, narrowed to what the rules need."""

from __future__ import annotations

from msgspec import Struct, field


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
    use_remote_gateways: bool | None = None
    """Whether what the other VNet's gateway reaches is reached from here too."""


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
    source_application_security_groups: tuple[Reference, ...] = ()
    destination_application_security_groups: tuple[Reference, ...] = ()


class NetworkSecurityGroup(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Microsoft.Network/networkSecurityGroups."""

    id: str
    name: str
    security_rules: tuple[SecurityRule, ...] = ()
    default_security_rules: tuple[SecurityRule, ...] = ()


class SubnetUsage(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """One row of virtualNetworks/usages: the addresses of one subnet."""

    id: str
    """The subnet's."""
    current_value: float
    """Addresses in use."""
    limit: float
    """Addresses that can be used: without the five that Azure keeps."""


class BackendAddress(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """One backend of a pool."""

    ip_address: str | None = None
    fqdn: str | None = None


class BackendAddressPool(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """One backend pool of an Application Gateway."""

    name: str
    backend_addresses: tuple[BackendAddress, ...] = ()


class GatewayIPConfiguration(Struct, frozen=True, omit_defaults=True, gc=False, rename="camel"):
    """The subnet that an Application Gateway is in."""

    subnet: Reference | None = None


class ApplicationGateway(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Microsoft.Network/applicationGateways: the one that the cluster's ingress add-on drives."""

    id: str
    name: str
    gateway_ip_configurations: tuple[GatewayIPConfiguration, ...] = field(default=(), name="gatewayIPConfigurations")
    backend_address_pools: tuple[BackendAddressPool, ...] = ()


class TrafficControllerAssociation(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Microsoft.ServiceNetworking/trafficControllers/associations: the subnet of an Application Gateway for
    Containers."""

    id: str
    name: str
    subnet: Reference | None = None
