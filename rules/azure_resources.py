"""Azure resources as the objects of findings, and the resource groups that they lie in.

ARM spells resource groups in more than one case; a fingerprint must not, so they are in lower case.
"""

from __future__ import annotations

import re

from analyzer.model.cluster import id_segment
from analyzer.model.finding import ObjectRef
from analyzer.model.network_resources import (
    ApplicationGateway,
    NetworkSecurityGroup,
    RouteTable,
    Subnet,
    VirtualNetwork,
)


def group_of(resource_id: str) -> str:
    """The resource group of a resource, in lower case; empty where the id names none."""
    return id_segment(resource_id, "resourceGroups").lower()


def lies_in(resource_id: str, group: str | None) -> bool:
    """Whether a resource lies in a resource group; not where the group has no name."""
    return bool(group) and group_of(resource_id) == (group or "").lower()


def subnet_ref(subnet_id: str) -> ObjectRef:
    """A subnet, by its id alone."""
    return ObjectRef(kind="Subnet", name=subnet_name(subnet_id), namespace=group_of(subnet_id))


def member_ref(network: VirtualNetwork, subnet: Subnet) -> ObjectRef:
    """A subnet of a VNet that was read, by the VNet's id: a VNet's body may leave out the ids of its subnets."""
    return subnet_ref(f"{network.id}/subnets/{subnet.name}")


def subnet_name(subnet_id: str) -> str:
    """A subnet as people name it: VNet and subnet."""
    return f"{id_segment(subnet_id, 'virtualNetworks')}/{id_segment(subnet_id, 'subnets')}"


def network_of(subnet_id: str) -> str:
    """The id of a subnet's VNet."""
    return re.split("/subnets/", subnet_id, maxsplit=1, flags=re.IGNORECASE)[0]


def network_ref(network: VirtualNetwork) -> ObjectRef:
    """A VNet."""
    return ObjectRef(kind="VirtualNetwork", name=network.name, namespace=group_of(network.id))


def table_ref(table: RouteTable) -> ObjectRef:
    """A route table."""
    return ObjectRef(kind="RouteTable", name=table.name, namespace=group_of(table.id))


def security_group_ref(group: NetworkSecurityGroup) -> ObjectRef:
    """A network security group."""
    return ObjectRef(kind="NetworkSecurityGroup", name=group.name, namespace=group_of(group.id))


def gateway_ref(gateway: ApplicationGateway) -> ObjectRef:
    """An Application Gateway."""
    return ObjectRef(kind="ApplicationGateway", name=gateway.name, namespace=group_of(gateway.id))
