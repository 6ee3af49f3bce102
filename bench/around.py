"""What Azure shows around a demo cluster: quotas, sizes, scale sets, roles and the rest, as the script asks for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Network

import shapes
from shapes import Json, Object, Pool, Site

PREVIEW = "2026-04-02-preview"
NETWORK_CONTRIBUTOR = (
    "4d97b98b-1d4f-4787-a291-c67834d212e7",
    "Network Contributor",
    (
        "Microsoft.Authorization/*/read",
        "Microsoft.Insights/alertRules/*",
        "Microsoft.Network/*",
        "Microsoft.ResourceHealth/availabilityStatuses/read",
        "Microsoft.Resources/deployments/*",
        "Microsoft.Resources/subscriptions/resourceGroups/read",
        "Microsoft.Support/*",
    ),
)
_GALLERIES = "/subscriptions/109a5e88-712a-48ae-9078-9ca8b3c81345/resourceGroups"
_IMAGES = {
    "AKSUbuntu-2204gen2containerd": "AKS-Ubuntu/providers/Microsoft.Compute/galleries/AKSUbuntu"
    "/images/2204gen2containerd",
    "AKSWindows-2022-containerd": "AKS-Windows/providers/Microsoft.Compute/galleries/AKSWindows"
    "/images/windows-2022-containerd",
}
AZ_VERSION: Object = {
    "azure-cli": "2.90.0",
    "azure-cli-core": "2.90.0",
    "azure-cli-telemetry": "1.1.0",
    "extensions": {},
}


CORES_LIMIT = 350


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What differs from cluster to cluster."""

    vnet_id: str
    addresses: tuple[tuple[str, int, int], ...]
    """Each subnet that has any address in use: name, used, usable."""
    role_scope: str
    """Where the control plane's identity is Network Contributor."""
    interface_group: str
    """Name of the security group that AKS made in the node resource group."""
    has_own_interface_group: bool
    """Whether nothing else writes the body of that group."""


def surroundings(site: Site, network: Mapping[str, Json]) -> Surroundings:
    """What lies around a cluster in this VNet: an ARM body."""
    in_node_group = site.vnet_group == site.node_group
    digits = site.vnet.rsplit("-", 1)[1] if in_node_group else shapes.number(10_000_000, 49_999_999, site.name, "nsg")
    return Surroundings(
        vnet_id=str(network["id"]),
        addresses=tuple(_used(network)),
        role_scope=f"/subscriptions/{site.subscription}/resourceGroups/{site.vnet_group}",
        interface_group=f"aks-agentpool-{digits}-nsg",
        has_own_interface_group=not in_node_group,
    )


def _used(network: Mapping[str, Json]) -> Iterator[tuple[str, int, int]]:
    """Azure keeps five addresses of each subnet."""
    properties = network["properties"]
    assert isinstance(properties, Mapping)
    for subnet in shapes.items_of(properties["subnets"]):
        inner = subnet["properties"]
        assert isinstance(inner, Mapping)
        taken = inner.get("ipConfigurations", [])
        if taken:
            usable = IPv4Network(str(inner["addressPrefix"])).num_addresses - 5
            yield str(subnet["name"]), len(shapes.items_of(taken)), usable


Row = tuple[str, str, Object]
"""File, request and body."""


def arm_rows(site: Site, around: Surroundings) -> Iterator[Row]:
    """Every request about what lies around the cluster."""
    compute = f"/subscriptions/{site.subscription}/providers/Microsoft.Compute"
    yield "preview.json", f"{site.id}?api-version={PREVIEW}", _preview(site)
    yield "maintenance-0.json", f"{site.id}/maintenanceConfigurations?api-version=2025-10-01", _listed(_window(site))
    fleet = f"{site.id}/providers/Microsoft.ContainerService/fleetMemberships?api-version=2025-03-01"
    yield "fleet-0.json", fleet, _listed()
    sets = f"{site.group_id}/providers/Microsoft.Compute/virtualMachineScaleSets"
    found = [_scale_set(site, around, pool) for pool in site.pools]
    yield "scalesets-0.json", f"{sets}?api-version=2024-07-01", _listed(*found)
    quotas = f"{compute}/locations/{site.location}/usages?api-version=2024-07-01"
    yield "quotas-0.json", quotas, _listed(*_quotas(site))
    region = f"$filter=location%20eq%20'{site.location}'"
    sizes = sorted({pool.size for pool in site.pools})
    yield "sizes-0.json", f"{compute}/skus?api-version=2021-07-01&{region}", _listed(*(_size(site, s) for s in sizes))
    yield from _of_networks(site, around)


def _of_networks(site: Site, around: Surroundings) -> Iterator[Row]:
    subscription = f"/subscriptions/{site.subscription}"
    authorization = f"{subscription}/providers/Microsoft.Authorization"
    if around.has_own_interface_group:
        name = around.interface_group
        id_ = shapes.arm_network_id(site, site.node_group, "networkSecurityGroups", name)
        body = shapes.nsg_body(replace(site, vnet_group=site.node_group, tags={}), name, (), ())
        yield "nsg-2.json", f"{id_}?api-version=2024-05-01", body
    rows = [_addresses(around.vnet_id, *row) for row in around.addresses]
    yield "usages-0-0.json", f"{around.vnet_id}/usages?api-version=2024-05-01", _listed(*rows)
    yield "locks-0-0.json", f"{authorization}/locks?api-version=2016-09-01", _listed()
    principal = principal_of(site)
    roles = f"{authorization}/roleAssignments?api-version=2022-04-01&$filter=assignedTo('{principal}')"
    definition = f"{authorization}/roleDefinitions/{NETWORK_CONTRIBUTOR[0]}"
    yield f"roles-{principal}-0-0.json", roles, _listed(_assignment(around.role_scope, principal, definition))
    yield "role-0.json", f"{definition}?api-version=2022-04-01", _definition(definition)


def principal_of(site: Site) -> str:
    """The object id of the control plane's identity, as the cluster's body shows it."""
    return shapes.uid("principal", site.identity) if site.identity else shapes.uid("principal", site.id)


def _listed(*items: Object) -> Object:
    return {"nextLink": None, "value": list(items)}


def _preview(site: Site) -> Object:
    return {
        "id": site.id,
        "location": site.location,
        "name": site.name,
        "properties": {"networkProfile": {}, "nodeDisruptionProfile": {"nodeDisruptionPolicy": "Allow"}},
        "type": "Microsoft.ContainerService/ManagedClusters",
    }


def _window(site: Site) -> Object:
    name = "aksManagedNodeOSUpgradeSchedule"
    window: Object = {
        "durationHours": 6,
        "notAllowedDates": None,
        "schedule": {"weekly": {"dayOfWeek": "Sunday", "intervalWeeks": 1}},
        "startDate": "2026-01-04",
        "startTime": "01:00",
        "utcOffset": "+01:00",
    }
    id_ = f"{site.id}/maintenanceConfigurations/{name}"
    return {"id": id_, "name": name, "properties": {"maintenanceWindow": window}}


def _scale_set(site: Site, around: Surroundings, pool: Pool) -> Object:
    node = next(node for node in shapes.nodes_of(site) if node.pool is pool)
    group = shapes.arm_network_id(site, site.node_group, "networkSecurityGroups", around.interface_group)
    subnet = pool.subnet_id or f"{around.vnet_id}/subnets/{site.subnet}"
    address: Object = {"name": "ipconfig1", "properties": {"primary": True, "subnet": {"id": subnet}}}
    interface: Object = {
        "name": node.scale_set,
        "properties": {"ipConfigurations": [address], "networkSecurityGroup": {"id": group}, "primary": True},
    }
    image, _, version = pool.image.rpartition("-")
    profile: Object = {
        "networkProfile": {"networkInterfaceConfigurations": [interface]},
        "storageProfile": {"imageReference": {"id": f"{_GALLERIES}/{_IMAGES[image]}/versions/{version}"}},
    }
    return {
        "id": f"{site.group_id}/providers/Microsoft.Compute/virtualMachineScaleSets/{node.scale_set}",
        "location": site.location,
        "name": node.scale_set,
        "properties": {"provisioningState": "Succeeded", "virtualMachineProfile": profile},
        "sku": {"capacity": pool.count, "name": pool.size, "tier": "Standard"},
        "tags": {
            "aks-managed-poolName": pool.name,
            "aks-managed-createOperationID": shapes.uid("made", node.scale_set),
        },
        "type": "Microsoft.Compute/virtualMachineScaleSets",
    }


def _vcpus(size: str) -> int:
    """Standard_D8ds_v5 has 8."""
    return int("".join(letter for letter in size.split("_")[1] if letter.isdigit()))


def _family(size: str) -> str:
    return "standardDDSv5Family" if "ds_v5" in size else "standardDSv5Family"


def _quotas(site: Site) -> Iterator[Object]:
    families = sorted({_family(pool.size) for pool in site.pools})
    used = {
        family: sum(pool.count * _vcpus(pool.size) for pool in site.pools if _family(pool.size) == family)
        for family in families
    }
    yield _quota("cores", sum(used.values()) + 24, CORES_LIMIT)
    yield _quota("lowPriorityCores", 0, 100)
    yield from (_quota(family, used[family], CORES_LIMIT) for family in families)


def _quota(name: str, used: int, limit: int) -> Object:
    return {"currentValue": used, "limit": limit, "name": {"localizedValue": name, "value": name}, "unit": "Count"}


def _size(site: Site, size: str) -> Object:
    capabilities: list[Json] = [{"name": "vCPUs", "value": str(_vcpus(size))}]
    return {
        "capabilities": capabilities,
        "family": _family(size),
        "locations": [site.location],
        "name": size,
        "resourceType": "virtualMachines",
        "restrictions": [],
        "size": size.removeprefix("Standard_"),
        "tier": "Standard",
    }


def _addresses(vnet_id: str, name: str, used: int, usable: int) -> Object:
    return {
        "currentValue": float(used),
        "id": f"{vnet_id}/subnets/{name}",
        "limit": float(usable),
        "name": {"localizedValue": "Subnet size and usage", "value": "SubnetSpace"},
        "unit": "Count",
    }


def _assignment(scope: str, principal: str, definition: str) -> Object:
    name = shapes.uid("assignment", scope, principal)
    return {
        "id": f"{scope}/providers/Microsoft.Authorization/roleAssignments/{name}",
        "name": name,
        "properties": {
            "condition": None,
            "principalId": principal,
            "principalType": "ServicePrincipal",
            "roleDefinitionId": definition,
            "scope": scope,
        },
        "type": "Microsoft.Authorization/roleAssignments",
    }


def _definition(definition: str) -> Object:
    _, role, actions = NETWORK_CONTRIBUTOR
    permission: Object = {"actions": list(actions), "dataActions": [], "notActions": [], "notDataActions": []}
    return {
        "id": definition,
        "name": NETWORK_CONTRIBUTOR[0],
        "properties": {"permissions": [permission], "roleName": role, "type": "BuiltInRole"},
        "type": "Microsoft.Authorization/roleDefinitions",
    }


_STORAGE_CLASSES = (
    ("azurefile", "file.csi.azure.com", "skuName", "Standard_LRS"),
    ("azurefile-csi", "file.csi.azure.com", "skuName", "Standard_LRS"),
    ("azurefile-csi-premium", "file.csi.azure.com", "skuName", "Premium_LRS"),
    ("azurefile-premium", "file.csi.azure.com", "skuName", "Premium_LRS"),
    ("default", "disk.csi.azure.com", "skuname", "StandardSSD_LRS"),
    ("managed", "disk.csi.azure.com", "skuname", "StandardSSD_LRS"),
    ("managed-csi", "disk.csi.azure.com", "skuname", "StandardSSD_LRS"),
    ("managed-csi-premium", "disk.csi.azure.com", "skuname", "Premium_LRS"),
    ("managed-premium", "disk.csi.azure.com", "skuname", "Premium_LRS"),
)
"""Those that AKS makes: learn.microsoft.com/azure/aks/concepts-storage#storage-classes."""


def storage_classes(site: Site) -> list[Object]:
    """The storage classes that AKS makes."""
    found = []
    for name, provisioner, key, sku in _STORAGE_CLASSES:
        meta = shapes.Meta(site.name, "StorageClass", name, created=site.created)
        body: Object = {
            "provisioner": provisioner,
            "parameters": {key: sku},
            "reclaimPolicy": "Delete",
            "allowVolumeExpansion": True,
            "volumeBindingMode": "WaitForFirstConsumer" if provisioner.startswith("disk") else "Immediate",
        }
        found.append({"metadata": shapes.metadata(meta), **body})
    return found


def api_services(site: Site, groups: Object) -> list[Object]:
    """One APIService a group-version; all but that of the metrics are served by the API server itself."""
    names = [("", "v1")]
    for group in shapes.items_of(groups["groups"]):
        names += [(str(group["name"]), str(one["version"])) for one in shapes.items_of(group["versions"])]
    return [_api_service(site, group, version) for group, version in names]


def _api_service(site: Site, group: str, version: str) -> Object:
    meta = shapes.Meta(site.name, "APIService", f"{version}.{group}", created=site.created)
    spec: Object = {"groupPriorityMinimum": 17_800 if not group else 1000, "version": version, "versionPriority": 15}
    spec |= {"group": group} if group else {}
    if group == "metrics.k8s.io":
        spec |= {"service": {"name": "metrics-server", "namespace": "kube-system", "port": 443}}
    return {"metadata": shapes.metadata(meta), "spec": spec}


def definitions(site: Site, resources: Sequence[tuple[str, str, shapes.Resource]]) -> list[Object]:
    """The definition of each custom resource, without its schema: group, version and names."""
    found = []
    for group, version, resource in resources:
        meta = shapes.Meta(site.name, "CustomResourceDefinition", f"{resource.plural}.{group}", created=site.created)
        spec: Object = {
            "conversion": {"strategy": "None"},
            "group": group,
            "names": {"kind": resource.kind, "plural": resource.plural},
            "scope": "Namespaced" if resource.namespaced else "Cluster",
            "versions": [{"name": version, "served": True, "storage": True}],
        }
        found.append({"metadata": shapes.metadata(meta), "spec": spec})
    return found
