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
from analyzer.collect.azure.reading import AzureReading, read_cluster
from analyzer.collect.clouds import Cloud

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


def pool(name: str, subnet: str | None = f"{VNET}/subnets/nodes") -> dict[str, Any]:
    return {
        "name": name,
        "count": 3,
        "osType": "Linux",
        "type": "VirtualMachineScaleSets",
        **({"vnetSubnetID": subnet} if subnet else {}),
    }


def cluster(*pools: dict[str, Any], **properties: Any) -> dict[str, Any]:
    """The cluster's body; without pools the list is absent."""
    return {
        "id": CLUSTER,
        "name": "store",
        "type": "Microsoft.ContainerService/ManagedClusters",
        "location": "northeurope",
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


def answers(**changed: Sequence[Answer]) -> dict[str, Sequence[Answer]]:
    """What ARM answers for the healthy cluster; keywords replace: cluster, vnet, table, nsg."""
    healthy: dict[str, Sequence[Answer]] = {
        "cluster": [Reply(cluster(pool("apps")))],
        "vnet": [Reply(SPOKE)],
        "table": [Reply(EGRESS)],
        "nsg": [Reply(NODES_NSG)],
    }
    paths = {"cluster": CLUSTER, "vnet": VNET, "table": TABLE, "nsg": NSG}
    return {paths[name]: queue for name, queue in (healthy | changed).items()}


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


def reading(found: Mapping[str, Sequence[Answer]], limits: Limits = QUICK) -> AzureReading:
    """What is read of the cluster where ARM answers so."""
    with serving(found) as server:
        return read_cluster(CLUSTER_ID, access(server, limits=limits), lambda _: None)
