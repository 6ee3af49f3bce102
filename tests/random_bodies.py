"""Random ARM bodies: patches of the healthy cluster, its preview body, and the lists around it."""

from __future__ import annotations

from random import Random
from typing import Any

import healthy
from random_choices import LEFT_OUT, made, of, some

from analyzer.model.source import Source

VERSIONS = ("1.26.3", "1.28.0", "1.30.9", "1.31.4", "1.33.5", "1.36.0", "1.40.1")
PREFIXES = ("10.10.0.0/16", "10.244.0.0/16", "0.0.0.0/0", "203.0.113.0/24", "10.0.0.0/8", "100.64.0.0/17", "*")
_KUBENET = {"networkPlugin": "kubenet", "podCidr": "10.244.0.0/16", "networkDataplane": "<absent>"}
_OVERLAY = {"networkPluginMode": "overlay", "podCidr": "10.244.0.0/16", "podCidrs": ["10.244.0.0/16"]}
_CILIUM = {"networkDataplane": "cilium", "networkPolicy": "cilium"}
_DUAL = {"ipFamilies": ["IPv4", "IPv6"], "podCidrs": ["10.244.0.0/16", "fd12:3456::/64"]}
NETWORKS: tuple[dict[str, Any], ...] = (
    {},
    {"networkPolicy": "azure"},
    {"networkPolicy": "calico"},
    _KUBENET,
    {**_KUBENET, "networkPolicy": "calico"},
    {**_KUBENET, **_DUAL},
    _OVERLAY,
    {**_OVERLAY, "networkPolicy": "azure"},
    _CILIUM,
    {**_OVERLAY, **_CILIUM},
    {"networkPlugin": "none"},
)
"""Network profiles to start from: every mode, engine and data plane."""

_ADVANCED = {
    "enabled": True,
    "observability": of(LEFT_OUT, {"enabled": True}),
    "security": of(
        LEFT_OUT,
        {
            "enabled": True,
            "advancedNetworkPolicies": of("L7", "FQDN", "None"),
            "transitEncryption": of(LEFT_OUT, {"type": "WireGuard"}, {"type": "mTLS"}),
        },
    ),
    "performance": of(LEFT_OUT, {"accelerationMode": "BpfVeth"}),
}
_NETWORK_MORE = of(
    {},
    {"serviceCidr": "10.0.0.0/12", "serviceCidrs": ["10.0.0.0/12"]},
    {"outboundType": of("userDefinedRouting", "none", "block", "userAssignedNATGateway")},
    {"advancedNetworking": _ADVANCED},
    {"staticEgressGatewayProfile": {"enabled": True}},
    {"dnsServiceIP": None, "serviceCidr": None, "serviceCidrs": None},
)
_WINDOWS = {
    "osType": "Windows",
    "osSKU": of("Windows2019", "Windows2022"),
    "nodeImageVersion": of("AKSWindows-2022-20348.1500.230101", "AKSWindows-2022-20348.4171.260912", None),
}
_PODS_SUBNET = f"{healthy.VNET}/subnets/pods"
_POOL = of(
    {},
    {"podSubnetID": _PODS_SUBNET},
    {"podSubnetID": _PODS_SUBNET, "podIPAllocationMode": "StaticBlock"},
    {"vnetSubnetID": None},
    {"count": of(None, 0, 1, 900), "mode": of("User", "System")},
    {"osType": None},
    {"enableAutoScaling": True, "minCount": 1, "maxCount": of(3, 2000, None)},
    {
        "upgradeSettings": {
            "maxSurge": of("0", "33%", "50", None),
            "maxUnavailable": of("1", "50%", LEFT_OUT),
            "drainTimeoutInMinutes": of(5, 120, LEFT_OUT),
            "undrainableNodeBehavior": of("Cordon", "Schedule", LEFT_OUT),
            "nodeSoakDurationInMinutes": of(0, 20),
        }
    },
    {"scaleSetPriority": "Spot"},
    {"type": of("AvailabilitySet", "VirtualMachines", None), "count": of(None, 2)},
    {"maxPods": of(9, 110, 250, None)},
    {"localDNSProfile": of({"mode": "Required"}, {"mode": "Preferred", "state": "Enabled"})},
    {
        "osSKU": of("AzureLinux", "CBLMariner", "Flatcar"),
        "nodeImageVersion": of("AKSCBLMariner-V2gen2-202501.05.0", None),
    },
    {"nodeImageVersion": of("AKSUbuntu-1804gen2containerd-202308.01.0", "AKSUbuntu-2204gen2containerd-202601.07.0")},
    {"vmSize": of("Standard_DC2s_v2", "Standard_D16s_v5", "Standard_D4s_v5"), "availabilityZones": ["1", "2"]},
    {"powerState": {"code": "Stopped"}},
    {"provisioningState": "Failed"},
    {"workloadRuntime": "WasmWasi"},
)
_POOLS = {
    "apps": of(_POOL, {"currentOrchestratorVersion": of(None, *VERSIONS)}),
    "system": of({}, {}, _POOL),
    "win": of(LEFT_OUT, LEFT_OUT, _WINDOWS),
}
_CLUSTER = {
    "networkProfile": _NETWORK_MORE,
    "currentKubernetesVersion": of("1.33.5", "1.33.5", "1.33.5", *VERSIONS),
    "nodeProvisioningProfile": of({}, {}, {"mode": "Auto"}, None),
    "pools": _POOLS,
}
_ADDONS = of(
    {"ingressApplicationGateway": {"enabled": True, "config": of(None, {"effectiveApplicationGatewayId": "agw"})}},
    {"aciConnectorLinux": {"enabled": True}},
    {"omsagent": {"enabled": True}, "azureKeyvaultSecretsProvider": {"enabled": False}},
    None,
)
_PARTS = {
    "identity": of({"type": "SystemAssigned", "principalId": healthy.PRINCIPAL}, {"type": "None"}, None),
    "servicePrincipalProfile": of({"clientId": "0a5e1f7e-0000-4000-8000-00000000aaaa"}, None),
    "sku": of({"name": "Automatic", "tier": "Standard"}, {"name": "Base", "tier": "Free"}),
    "powerState": {"code": of("Stopped", None)},
    "provisioningState": of("Failed", "Updating", "Canceled", None),
    "addonProfiles": _ADDONS,
    "apiServerAccessProfile": of(
        {"enablePrivateCluster": True},
        {"enableVnetIntegration": True, "subnetId": f"{healthy.VNET}/subnets/ingress"},
    ),
    "httpProxyConfig": {"noProxy": of(["10.0.0.0/8"], ["10.10.0.0/16", "example.org"], None)},
    "serviceMeshProfile": {"mode": "Istio"},
    "podIdentityProfile": {"enabled": True},
    "bootstrapProfile": {"artifactSource": "Cache"},
    "nodeResourceGroupProfile": {"restrictionLevel": "ReadOnly"},
    "autoUpgradeProfile": of({"upgradeChannel": "rapid", "nodeOSUpgradeChannel": "NodeImage"}, None),
    "supportPlan": "AKSLongTermSupport",
    "name": "c" * 60,
    "nodeResourceGroup": of("MC_" + "g" * 75, None),
}


def cluster_patches(random: Random) -> tuple[dict[str, Any], ...]:
    """Merge patches of the healthy body: a network to start from, pools, and a few parts that clusters differ in."""
    network = {"networkProfile": of(*NETWORKS)}
    parts = some(*({key: shape} for key, shape in _PARTS.items()))
    return tuple(made([network, _CLUSTER], random) + made(parts, random))


PREVIEWS = of(
    {},
    {"networkProfile": {"kubeProxyConfig": {"enabled": of(True, False), "mode": of("IPVS", "IPTABLES", "NFTABLES")}}},
    {"nodeDisruptionProfile": of({"nodeDisruptionPolicy": of("Block", "AllowDuringMaintenanceWindow")}, None)},
)
"""Merge patches of the healthy preview body."""

_RULE = {
    "name": of("a", "b", "c"),
    "access": of("Allow", "Deny"),
    "direction": of("Inbound", "Outbound"),
    "priority": of(100, 200, 4000),
    "protocol": of("*", "Tcp", "Udp"),
    "sourceAddressPrefix": of(*PREFIXES, "VirtualNetwork"),
    "destinationAddressPrefix": of(*PREFIXES, "VirtualNetwork"),
    "sourcePortRange": "*",
    "destinationPortRange": of("*", "443", "0-65535"),
}
_ROUTE = {
    "name": of("by-hand", "aks-apps-0____102440024", "default"),
    "addressPrefix": of("10.244.9.0/24", "0.0.0.0/0", "10.244.0.0/24", "100.64.0.0/20"),
    "nextHopType": of("VirtualAppliance", "Internet", "None"),
    "nextHopIpAddress": of("10.10.0.4", "10.10.32.9", None),
}
_SUBNET_IDS = of(f"{healthy.VNET}/subnets/nodes", _PODS_SUBNET, f"{healthy.VNET}/subnets/ingress")
_LINKED = {
    "routeTable": of(LEFT_OUT, {"id": f"{healthy.NETWORK}/routeTables/rt"}),
    "networkSecurityGroup": of(LEFT_OUT, {"id": f"{healthy.NETWORK}/networkSecurityGroups/nsg"}),
    "delegations": of(LEFT_OUT, [{"name": "d", "serviceName": "Microsoft.ServiceNetworking/trafficControllers"}]),
}
_PEERING = {
    "name": "hub",
    "peeringState": "Connected",
    "remoteVirtualNetwork": {"id": f"{healthy.NETWORK}/virtualNetworks/hub"},
    "remoteAddressSpace": of({"addressPrefixes": ["10.0.0.0/9"]}, {"addressPrefixes": ["100.64.0.0/12"]}, None),
    "useRemoteGateways": of(True, False),
}


def _subnet(name: str, prefix: str) -> dict[str, Any]:
    return {"id": f"{healthy.VNET}/subnets/{name}", "name": name, "addressPrefix": prefix, **_LINKED}


_WINDOW = {
    "schedule": of({"weekly": {"intervalWeeks": 1, "dayOfWeek": "Tuesday"}}, {"daily": {"intervalDays": 1}}, None),
    "startTime": of("20:00", None),
    "durationHours": of(8, None),
    "utcOffset": of("+00:00", "-05:00"),
    "startDate": "2026-01-01",
}
_ROLE = f"{healthy.SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions"
LISTS: dict[Source, dict[str, Any]] = {
    Source.VIRTUAL_NETWORKS: {
        "id": healthy.VNET,
        "name": "shop-vnet",
        "addressSpace": {"addressPrefixes": of(["10.10.0.0/16"], ["10.10.0.0/16", "10.20.0.0/16"])},
        "subnets": [
            _subnet("nodes", "10.10.0.0/20"),
            _subnet("ingress", "10.10.32.0/24"),
            _subnet("pods", "10.10.64.0/18"),
        ],
        "virtualNetworkPeerings": some(_PEERING, most=1),
    },
    Source.ROUTE_TABLES: {
        "id": f"{healthy.NETWORK}/routeTables/rt",
        "name": "rt",
        "routes": some(_ROUTE),
        "subnets": some({"id": _SUBNET_IDS}),
    },
    Source.NETWORK_SECURITY_GROUPS: {
        "id": f"{healthy.NETWORK}/networkSecurityGroups/nsg",
        "name": "nsg",
        "securityRules": some(_RULE),
    },
    Source.MAINTENANCE_CONFIGURATIONS: {
        "id": of("maintenance/1", "maintenance/2"),
        "name": of("default", "aksManagedAutoUpgradeSchedule", "aksManagedNodeOSUpgradeSchedule"),
        "maintenanceWindow": of(_WINDOW, None),
        "timeInWeek": of(None, [{"day": "Tuesday", "hourSlots": [1, 20]}]),
        "notAllowedTime": of(None, [{"start": "2026-12-01T00:00:00Z", "end": "2026-12-03T00:00:00Z"}]),
    },
    Source.FLEET_MEMBERSHIPS: {"id": f"{healthy.GROUP}/fleetMemberships/fleet", "name": "fleet"},
    Source.SUBNET_USAGES: {"id": _SUBNET_IDS, "currentValue": of(0, 155, 250), "limit": of(251, 4091)},
    Source.SCALE_SETS: {
        "id": f"{healthy.MANAGED}/providers/Microsoft.Compute/virtualMachineScaleSets/aks-apps-vmss",
        "name": "aks-apps-vmss",
        "tags": of({"aks-managed-poolName": "apps"}, {}, {"aks-managed-poolName": "gone"}),
        "virtualMachineProfile": {
            "storageProfile": of(
                None,
                {"imageReference": {"id": f"{healthy.GALLERY}/1804gen2containerd/versions/202308.01.0"}},
                {"imageReference": {"id": f"{healthy.GALLERY}/2204gen2containerd/versions/202610.12.0"}},
            ),
            "networkProfile": {
                "networkInterfaceConfigurations": [
                    {
                        "networkSecurityGroup": of(LEFT_OUT, {"id": f"{healthy.NETWORK}/networkSecurityGroups/nsg"}),
                        "ipConfigurations": [{"subnet": {"id": _SUBNET_IDS}}],
                    }
                ]
            },
        },
    },
    Source.COMPUTE_USAGES: {
        "name": {"value": of("cores", "lowPriorityCores", "standardDSv5Family")},
        "currentValue": of(20, 350),
        "limit": of(350, 0),
    },
    Source.VIRTUAL_MACHINE_SIZES: {
        "name": of("Standard_D4s_v5", "Standard_D16s_v5", "Standard_DC2s_v2"),
        "resourceType": "virtualMachines",
        "family": of("standardDSv5Family", None),
        "capabilities": of([{"name": "vCPUs", "value": "16"}], []),
        "restrictions": some(
            {"type": "Location", "reasonCode": "NotAvailableForSubscription"},
            {"type": "Zone", "restrictionInfo": {"zones": ["1", "2"]}},
            most=1,
        ),
    },
    Source.LOCKS: {
        "id": of(
            *(
                f"{scope}/providers/Microsoft.Authorization/locks/keep"
                for scope in (healthy.GROUP, healthy.SUBSCRIPTION, healthy.MANAGED, healthy.VNET)
            )
        ),
        "name": "keep",
        "level": of("CanNotDelete", "ReadOnly", None),
    },
    Source.ROLE_ASSIGNMENTS: {
        "id": of("assignment/1", "assignment/2"),
        "name": "1",
        "principalId": of(healthy.PRINCIPAL, "another"),
        "roleDefinitionId": of(f"{_ROLE}/{healthy.NETWORK_CONTRIBUTOR}", f"{_ROLE}/reader"),
        "scope": of(healthy.VNET, healthy.SUBSCRIPTION, healthy.MANAGED),
        "condition": of(LEFT_OUT, "@Resource"),
    },
    Source.ROLE_DEFINITIONS: {
        "id": f"{_ROLE}/reader",
        "name": "reader",
        "roleName": "Reader",
        "permissions": [{"actions": of(["*/read"], ["*"]), "notActions": of([], ["Microsoft.Network/*"])}],
    },
    Source.APPLICATION_GATEWAYS: {
        "id": of("agw", f"{healthy.NETWORK}/applicationGateways/agw"),
        "name": "agw",
        "gatewayIPConfigurations": [{"subnet": {"id": _SUBNET_IDS}}],
        "backendAddressPools": [{"name": "p", "backendAddresses": some({"ipAddress": "10.10.0.10"}, {"fqdn": "x"})}],
    },
    Source.TRAFFIC_CONTROLLER_ASSOCIATIONS: {
        "id": "association/1",
        "name": "1",
        "subnet": of(None, {"id": f"{healthy.VNET}/subnets/ingress"}),
    },
}
"""One item of each ARM list; one with a known id takes the place of the healthy one."""
