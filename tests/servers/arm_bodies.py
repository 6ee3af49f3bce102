"""ARM bodies of one small cluster in its owner's VNet, and ways to read it from a local server."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from azure.core.credentials import AccessToken, AccessTokenInfo
from servers.arm import Answer, ArmServer, Reply

from analyzer.collect.azure.cluster_id import ClusterId
from analyzer.collect.azure.pipeline import Access, Limits
from analyzer.collect.azure.reading import read_cluster
from analyzer.collect.clouds import Cloud
from analyzer.collect.decoding import convert_arm
from analyzer.model.authorization import Lock, RoleAssignment, RoleDefinition
from analyzer.model.cluster import ManagedCluster
from analyzer.model.compute import ScaleSet, Usage, VirtualMachineSize
from analyzer.model.fact import Known
from analyzer.model.fleet import FleetMembership
from analyzer.model.maintenance import MaintenanceConfiguration
from analyzer.model.network_resources import NetworkSecurityGroup, RouteTable, SubnetUsage, VirtualNetwork
from analyzer.model.preview import ClusterPreview
from analyzer.model.snapshot import Snapshot

SUBSCRIPTION = "/subscriptions/aaaaaaaa-0000-4000-8000-000000000001"
GROUP = f"{SUBSCRIPTION}/resourceGroups/store-rg"
MANAGED_GROUP = f"{SUBSCRIPTION}/resourceGroups/MC_store-rg_store_northeurope"
CLUSTER_ID = ClusterId("aaaaaaaa-0000-4000-8000-000000000001", "store-rg", "store")
CLUSTER = f"{GROUP}/providers/Microsoft.ContainerService/managedClusters/store"
HUB_GROUP = "/subscriptions/bbbbbbbb-0000-4000-8000-000000000002/resourceGroups/hub-rg"
VNET = f"{HUB_GROUP}/providers/Microsoft.Network/virtualNetworks/spoke-vnet"
SECOND_VNET = f"{HUB_GROUP}/providers/Microsoft.Network/virtualNetworks/annex-vnet"
TABLE = f"{HUB_GROUP}/providers/Microsoft.Network/routeTables/egress-rt"
NSG = f"{HUB_GROUP}/providers/Microsoft.Network/networkSecurityGroups/nodes-nsg"
MANAGED_VNETS = f"{MANAGED_GROUP}/providers/Microsoft.Network/virtualNetworks"
POOLS = f"{CLUSTER}/agentPools"
CREDENTIAL = f"{CLUSTER}/listClusterUserCredential"

QUICK = Limits(timeout_s=2.0, deadline_s=5.0, retries=1, pause_s=0.01)
"""Patience of a test."""


HUB = "/subscriptions/bbbbbbbb-0000-4000-8000-000000000002"
PRINCIPAL = "eeeeeeee-0000-4000-8000-000000000005"
PREVIEW = f"{CLUSTER}?2026-04-02-preview"
MAINTENANCE = f"{CLUSTER}/maintenanceConfigurations"
FLEET = f"{CLUSTER}/providers/Microsoft.ContainerService/fleetMemberships"
SETS = f"{MANAGED_GROUP}/providers/Microsoft.Compute/virtualMachineScaleSets"
QUOTAS = f"{SUBSCRIPTION}/providers/Microsoft.Compute/locations/northeurope/usages"
SIZES = f"{SUBSCRIPTION}/providers/Microsoft.Compute/skus"
LOCKS = f"{SUBSCRIPTION}/providers/Microsoft.Authorization/locks"
HUB_LOCKS = f"{HUB}/providers/Microsoft.Authorization/locks"
ASSIGNMENTS = f"{HUB}/providers/Microsoft.Authorization/roleAssignments"
DEFINITION = f"{HUB}/providers/Microsoft.Authorization/roleDefinitions/4d97b98b-1d4f-4787-a291-c67834d212e7"
ADDRESSES = f"{VNET}/usages"
GATEWAY = f"{HUB_GROUP}/providers/Microsoft.Network/applicationGateways/agw"
CONTROLLERS = f"{SUBSCRIPTION}/providers/Microsoft.ServiceNetworking/trafficControllers"


def pool(name: str, subnet: str | None = f"{VNET}/subnets/nodes") -> dict[str, Any]:
    return {
        "name": name,
        "count": 3,
        "osType": "Linux",
        "type": "VirtualMachineScaleSets",
        "vmSize": "Standard_D4s_v5",
        **({"vnetSubnetID": subnet} if subnet else {}),
    }


def cluster(*pools: dict[str, Any], **properties: Any) -> dict[str, Any]:
    """The cluster's body; without pools the list is absent."""
    return {
        "id": CLUSTER,
        "name": "store",
        "type": "Microsoft.ContainerService/ManagedClusters",
        "location": "northeurope",
        "identity": {"type": "SystemAssigned", "principalId": PRINCIPAL, "tenantId": "dddd"},
        "properties": {
            "provisioningState": "Succeeded",
            "currentKubernetesVersion": "1.33.4",
            "nodeResourceGroup": "MC_store-rg_store_northeurope",
            "networkProfile": {"networkPlugin": "azure", "networkDataplane": "azure", "networkPolicy": "none"},
            **({"agentPoolProfiles": list(pools)} if pools else {}),
            **properties,
        },
    }


def subnet(network: str, name: str, **properties: Any) -> dict[str, Any]:
    return {"id": f"{network}/subnets/{name}", "name": name, "properties": properties}


def vnet(network: str, *subnets: dict[str, Any], **properties: Any) -> dict[str, Any]:
    return {
        "id": network,
        "name": network.rpartition("/")[2],
        "properties": {"addressSpace": {"addressPrefixes": ["10.60.0.0/16"]}, "subnets": list(subnets), **properties},
    }


SPOKE = vnet(
    VNET,
    subnet(
        VNET,
        "nodes",
        addressPrefix="10.60.0.0/20",
        routeTable={"id": TABLE},
        networkSecurityGroup={"id": NSG},
    ),
    subnet(VNET, "endpoints", addressPrefixes=["10.60.16.0/24"]),
    virtualNetworkPeerings=[
        {
            "name": "to-hub",
            "properties": {
                "peeringState": "Connected",
                "remoteVirtualNetwork": {"id": f"{HUB_GROUP}/providers/Microsoft.Network/virtualNetworks/hub-vnet"},
                "remoteAddressSpace": {"addressPrefixes": ["10.0.0.0/16"]},
            },
        }
    ],
)
EGRESS = {
    "id": TABLE,
    "name": "egress-rt",
    "properties": {
        "routes": [
            {
                "name": "all",
                "properties": {
                    "addressPrefix": "0.0.0.0/0",
                    "nextHopType": "VirtualAppliance",
                    "nextHopIpAddress": "10.0.0.4",
                },
            }
        ],
        "subnets": [{"id": f"{VNET}/subnets/nodes"}],
    },
}
NODES_NSG = {
    "id": NSG,
    "name": "nodes-nsg",
    "properties": {
        "securityRules": [
            {
                "name": "deny-rest",
                "properties": {"access": "Deny", "direction": "Inbound", "priority": 4000, "protocol": "*"},
            }
        ]
    },
}


WINDOW = {
    "id": f"{MAINTENANCE}/aksManagedNodeOSUpgradeSchedule",
    "name": "aksManagedNodeOSUpgradeSchedule",
    "properties": {
        "maintenanceWindow": {
            "schedule": {"daily": None, "weekly": {"intervalWeeks": 1, "dayOfWeek": "Sunday"}},
            "durationHours": 8,
            "utcOffset": "+00:00",
            "startTime": "00:00",
        }
    },
}
MEMBERSHIP = {"id": f"{FLEET}/default", "name": "default", "properties": {"memberName": "store"}}
APPS_SET = {
    "id": f"{SETS}/aks-apps-1-vmss",
    "name": "aks-apps-1-vmss",
    "tags": {"aks-managed-poolName": "apps"},
    "properties": {
        "virtualMachineProfile": {
            "storageProfile": {"imageReference": {"id": "/CommunityGalleries/aks/Images/2204/Versions/202610.1.0"}},
            "networkProfile": {
                "networkInterfaceConfigurations": [
                    {
                        "name": "aks-apps-1-vmss",
                        "properties": {
                            "networkSecurityGroup": {"id": NSG},
                            "ipConfigurations": [
                                {"name": "ipconfig1", "properties": {"subnet": {"id": f"{VNET}/subnets/nodes"}}}
                            ],
                        },
                    }
                ]
            },
        }
    },
}
CORES = {"unit": "Count", "currentValue": 96, "limit": 350, "name": {"value": "cores", "localizedValue": "Total"}}
DSV5 = {
    "resourceType": "virtualMachines",
    "name": "Standard_D4s_v5",
    "family": "standardDSv5Family",
    "locations": ["NorthEurope"],
    "capabilities": [{"name": "vCPUs", "value": "4"}],
    "restrictions": [],
}
OTHER_ROWS = [
    {"resourceType": "disks", "name": "Standard_D4s_v5", "capabilities": []},
    {"resourceType": "virtualMachines", "name": "Standard_D4s_v5_extra", "capabilities": []},
    {"resourceType": "virtualMachines", "name": "Standard_E8s_v5", "capabilities": []},
]
GROUP_LOCK = {
    "id": f"{GROUP}/providers/Microsoft.Authorization/locks/keep",
    "name": "keep",
    "properties": {"level": "CanNotDelete"},
}
TABLE_LOCK = {
    "id": f"{TABLE}/providers/Microsoft.Authorization/locks/routes",
    "name": "routes",
    "properties": {"level": "ReadOnly"},
}
OTHER_LOCK = {
    "id": f"{SUBSCRIPTION}/resourceGroups/other-rg/providers/Microsoft.Authorization/locks/other",
    "name": "other",
    "properties": {"level": "ReadOnly"},
}
CONTRIBUTOR = {
    "id": f"{VNET}/providers/Microsoft.Authorization/roleAssignments/a1",
    "name": "a1",
    "properties": {"principalId": PRINCIPAL, "roleDefinitionId": DEFINITION, "scope": VNET},
}
NETWORK_CONTRIBUTOR = {
    "id": DEFINITION,
    "name": "4d97b98b-1d4f-4787-a291-c67834d212e7",
    "properties": {
        "roleName": "Network Contributor",
        "permissions": [{"actions": ["Microsoft.Network/*"], "notActions": []}],
    },
}
NODES_ADDRESSES = {
    "id": f"{VNET}/subnets/nodes",
    "currentValue": 93.0,
    "limit": 4091.0,
    "unit": "Count",
    "name": {"value": "SubnetSpace", "localizedValue": "Subnet size and usage"},
}
VNET_ROW = {**NODES_ADDRESSES, "id": f"{VNET}/something"}

HEALTHY: dict[str, tuple[str, Any]] = {
    "cluster": (CLUSTER, cluster(pool("apps"))),
    "vnet": (VNET, SPOKE),
    "table": (TABLE, EGRESS),
    "nsg": (NSG, NODES_NSG),
    "preview": (PREVIEW, cluster(pool("apps"), nodeDisruptionProfile={"nodeDisruptionPolicy": "Allow"})),
    "maintenance": (MAINTENANCE, {"value": [WINDOW]}),
    "fleet": (FLEET, {"value": [MEMBERSHIP]}),
    "sets": (SETS, {"value": [APPS_SET]}),
    "quotas": (QUOTAS, {"value": [CORES]}),
    "sizes": (SIZES, {"value": [*OTHER_ROWS, DSV5]}),
    "locks": (LOCKS, {"value": [OTHER_LOCK, GROUP_LOCK]}),
    "hub_locks": (HUB_LOCKS, {"value": [TABLE_LOCK]}),
    "assignments": (ASSIGNMENTS, {"value": [CONTRIBUTOR]}),
    "definition": (DEFINITION, NETWORK_CONTRIBUTOR),
    "addresses": (ADDRESSES, {"value": [VNET_ROW, NODES_ADDRESSES]}),
}
"""What ARM answers for the healthy cluster: path and body."""


def answers(**changed: Sequence[Answer]) -> dict[str, Sequence[Answer]]:
    """What ARM answers for the healthy cluster; keywords, those of HEALTHY, replace."""
    healthy: dict[str, Sequence[Answer]] = {name: [Reply(body)] for name, (_, body) in HEALTHY.items()}
    return {HEALTHY[name][0]: queue for name, queue in (healthy | changed).items()}


WHOLE = Snapshot(
    cluster=Known(convert_arm(HEALTHY["cluster"][1], ManagedCluster)),
    virtual_networks=Known((convert_arm(SPOKE, VirtualNetwork),)),
    route_tables=Known((convert_arm(EGRESS, RouteTable),)),
    network_security_groups=Known((convert_arm(NODES_NSG, NetworkSecurityGroup),)),
    cluster_preview=Known(convert_arm(HEALTHY["preview"][1], ClusterPreview)),
    maintenance_configurations=Known((convert_arm(WINDOW, MaintenanceConfiguration),)),
    fleet_memberships=Known((convert_arm(MEMBERSHIP, FleetMembership),)),
    subnet_usages=Known((convert_arm(NODES_ADDRESSES, SubnetUsage),)),
    scale_sets=Known((convert_arm(APPS_SET, ScaleSet),)),
    compute_usages=Known((convert_arm(CORES, Usage),)),
    virtual_machine_sizes=Known((convert_arm(DSV5, VirtualMachineSize),)),
    locks=Known((convert_arm(GROUP_LOCK, Lock), convert_arm(TABLE_LOCK, Lock))),
    role_assignments=Known((convert_arm(CONTRIBUTOR, RoleAssignment),)),
    role_definitions=Known((convert_arm(NETWORK_CONTRIBUTOR, RoleDefinition),)),
    application_gateways=Known(()),
    traffic_controller_associations=Known(()),
    api_version="2025-10-01",
)
"""What is read of the healthy cluster."""


class StaticCredential:
    """Gives one token to everybody who asks."""

    def __init__(self) -> None:
        self.scopes: list[str] = []

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        return AccessToken("a-token", self._expiry(scopes))

    def get_token_info(self, *scopes: str, **_: Any) -> AccessTokenInfo:
        return AccessTokenInfo("a-token", self._expiry(scopes))

    def _expiry(self, scopes: tuple[str, ...]) -> int:
        self.scopes += scopes
        return int(time.time()) + 3600


def access(server: ArmServer, credential: Any = None, limits: Limits = QUICK) -> Access:
    """The way to a local server, as a cloud of its own."""
    cloud = Cloud("test", server.url, server.url, "https://management.test")
    return Access(cloud, credential or StaticCredential(), limits)


@contextmanager
def serving(found: Mapping[str, Sequence[Answer]]) -> Iterator[ArmServer]:
    """A trusted server; at its end it must not have been asked to write."""
    with ArmServer(found) as server, server.trusted():
        yield server
        assert server.violations == []


def reading(found: Mapping[str, Sequence[Answer]], limits: Limits = QUICK) -> Snapshot:
    """What is read of the cluster where ARM answers so."""
    with serving(found) as server:
        return read_cluster(CLUSTER_ID, access(server, limits=limits), lambda _: None)
