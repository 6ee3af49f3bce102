"""Kubernetes objects and ARM bodies, in the shape in which a real AKS cluster prints them.

Everything is a function of its arguments: no clock, no random source. Uids, addresses and suffixes are
digests of what they belong to, so the same call gives the same bytes.

Keys stand in the order of the API server's Go types, which is the order of `kubectl get --raw`.
"""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeAlias
from uuid import UUID

Json: TypeAlias = "Mapping[str, Json] | Sequence[Json] | str | int | float | bool | None"
Object: TypeAlias = dict[str, Json]

NOW = datetime(2026, 11, 20, 6, 0, 0, tzinfo=UTC)
SAFE = "bcdfghjklmnpqrstvwxz2456789"
"""The letters that Kubernetes uses in generated names (apimachinery, util/rand)."""
HASH = "456789bcdf"
"""What is left of them in a pod-template-hash: it encodes decimal digits."""
LOWER = "abcdefghijklmnopqrstuvwxyz0123456789"
NETWORK_API = "2024-05-01"
MERGE_KEYS: Mapping[str, tuple[str, ...]] = {
    "containers": ("name",),
    "initContainers": ("name",),
    "env": ("name",),
    "volumes": ("name",),
    "volumeMounts": ("mountPath",),
    "ownerReferences": ("uid",),
    "conditions": ("type",),
    "podIPs": ("ip",),
    "addresses": ("type",),
    "webhooks": ("name",),
    "topologySpreadConstraints": ("topologyKey", "whenUnsatisfiable"),
}
"""Lists that server-side apply tracks by element; every other list is one field."""
ATOMIC = frozenset(
    {
        "configMapKeyRef",
        "fieldRef",
        "labelSelector",
        "namespaceSelector",
        "nodeSelector",
        "objectSelector",
        "podSelector",
        "requiredDuringSchedulingIgnoredDuringExecution",
        "secretKeyRef",
        "selector",
    }
)
HEADS = frozenset({"metadata", "spec", "status", "template", "containers", "initContainers", "kubeletEndpoint"})
"""Fields that are never owned by themselves, so that they carry no "." in managedFields."""


def digest(*parts: object) -> bytes:
    """SHA-256 of the parts."""
    return hashlib.sha256("\x1f".join(map(str, parts)).encode()).digest()


def uid(*parts: object) -> str:
    """A random-looking UUID of version 4."""
    return str(UUID(bytes=digest("uid", *parts)[:16], version=4))


def token(length: int, alphabet: str, *parts: object) -> str:
    """`length` letters of the alphabet."""
    raw = digest("token", *parts)
    return "".join(alphabet[byte % len(alphabet)] for byte in raw[:length])


def number(low: int, high: int, *parts: object) -> int:
    """An integer from `low` to `high`, both included."""
    return low + int.from_bytes(digest("number", *parts)[:8], "big") % (high - low + 1)


def ago(days: float) -> str:
    """The time so many days before the collection, as Kubernetes prints it."""
    return (NOW - timedelta(days=days)).replace(microsecond=0).strftime("%Y-%m-%dT%H:%M:%SZ")


def at_some_hour(days: float, *parts: object) -> float:
    """Whole days, moved by some hours: nothing is created on the stroke of six."""
    return days if days % 1 else days + number(0, 43_000, "hour", *parts) / 86_400


def resource_version(days: float, *parts: object) -> str:
    """A revision that grows with time: about thirty thousand writes a day."""
    return str(412_000_000 - int(days * 31_000) + number(0, 900, "revision", *parts))


def blob(length: int, *parts: object) -> str:
    """Base64 of a made-up PEM certificate of about so many bytes."""
    raw = b"".join(digest("pem", index, *parts) for index in range(length // 32 + 1))[:length]
    body = "MIIE6" + base64.b64encode(raw).decode().rstrip("=")
    lines = "\n".join(body[index : index + 64] for index in range(0, len(body), 64))
    return base64.b64encode(f"-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n".encode()).decode()


def present(values: Mapping[str, Json]) -> Object:
    """The values that Go's omitempty keeps: false, empty and None go."""
    return {key: value for key, value in values.items() if value not in (None, "", False, (), [], {})}


@dataclass(frozen=True, slots=True)
class Meta:
    """What identifies one object."""

    seed: str
    """The cluster that it lives in."""
    kind: str
    name: str
    namespace: str = ""
    created: float = 200.0
    """Days before the collection."""
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    owners: tuple[Object, ...] = ()
    finalizers: tuple[str, ...] = ()
    generate_name: str = ""
    generation: int = 0
    """0: this kind has none."""
    changed: float | None = None
    """Days since the last write; None is since the creation."""

    @property
    def uid(self) -> str:
        """The object's uid."""
        return uid(self.seed, self.kind, self.namespace, self.name)

    @property
    def born(self) -> float:
        """Days since the creation, to the second."""
        return at_some_hour(self.created, self.uid)

    @property
    def last_write(self) -> float:
        """Days since the last write, to the second."""
        return self.born if self.changed is None else min(self.born, at_some_hour(self.changed, self.uid))


def metadata(meta: Meta, managed: Sequence[Object] = ()) -> Object:
    """`metadata` as the API server prints it."""
    return present(
        {
            "name": meta.name,
            "generateName": meta.generate_name,
            "namespace": meta.namespace,
            "uid": meta.uid,
            "resourceVersion": resource_version(meta.last_write, meta.uid),
            "generation": meta.generation or None,
            "creationTimestamp": ago(meta.born),
            "labels": dict(sorted(meta.labels.items())),
            "annotations": dict(sorted(meta.annotations.items())),
            "ownerReferences": meta.owners,
            "finalizers": meta.finalizers,
            "managedFields": list(managed),
        }
    )


def owner(meta: Meta, api_version: str, *, controller: bool = True) -> Object:
    """An owner reference to the object."""
    reference: Object = {"apiVersion": api_version, "kind": meta.kind, "name": meta.name, "uid": meta.uid}
    if controller:
        reference |= {"controller": True, "blockOwnerDeletion": True}
    return reference


def fields(value: Json, name: str = "") -> Object:
    """The managedFields tree (FieldsV1) that owns every leaf of the value."""
    if not isinstance(value, Mapping | list | tuple) or name in ATOMIC or not value:
        return {}
    inner: Object
    if isinstance(value, Mapping):
        inner = {f"f:{key}": fields(value[key], key) for key in sorted(value)}
    else:
        inner = _list_fields(value, name)
    if not inner:
        return {}
    dot: Object = {} if name in HEADS or not name else {".": {}}
    return dot | inner


def _list_fields(value: Sequence[Json], name: str) -> Object:
    keys = ("containerPort", "protocol") if name == "ports" else MERGE_KEYS.get(name)
    if name == "finalizers":
        return {f"v:{json.dumps(item)}": {} for item in value}
    if name == "ports" and any(isinstance(item, Mapping) and "port" in item for item in value):
        keys = ("port", "protocol")
    if keys is None:
        return {}
    inner: Object = {}
    for item in value:
        if isinstance(item, Mapping):
            found = {key: item[key] for key in keys if key in item}
            leaves = {} if name == "ownerReferences" else {".": {}} | fields(item)
            inner[f"k:{json.dumps(found, separators=(',', ':'))}"] = leaves
    return dict(sorted(inner.items()))


@dataclass(frozen=True, slots=True)
class Writer:
    """A field manager: who wrote, how and to which subresource."""

    manager: str
    operation: str = "Update"
    subresource: str = ""


HELM = Writer("helm")
KUBECTL = Writer("kubectl-client-side-apply")
ARGO = Writer("argocd-controller", "Apply")
ADDON = Writer("eno", "Apply")
"""What applies the components that AKS owns."""
CONTROLLERS = Writer("kube-controller-manager", subresource="status")


def managed(writer: Writer, api_version: str, days: float, owned: Json) -> Object:
    """One entry of managedFields."""
    entry: Object = {
        "manager": writer.manager,
        "operation": writer.operation,
        "apiVersion": api_version,
        "time": ago(days),
        "fieldsType": "FieldsV1",
        "fieldsV1": fields(owned),
    }
    return entry | ({"subresource": writer.subresource} if writer.subresource else {})


def owned_metadata(meta: Meta) -> Object:
    """The part of the metadata that its creator owns."""
    return present(
        {
            "annotations": meta.annotations,
            "finalizers": meta.finalizers,
            "generateName": meta.generate_name,
            "labels": meta.labels,
            "ownerReferences": meta.owners,
        }
    )


def whole(meta: Meta, api_version: str, body: Object, writer: Writer, status: Writer | None = None) -> Object:
    """An item of a list: metadata with managedFields computed from the body, then the body."""
    desired = {key: value for key, value in body.items() if key != "status"}
    written = meta.last_write if meta.generation > 1 else meta.born
    entries = [managed(writer, api_version, written, {"metadata": owned_metadata(meta), **desired})]
    if status is not None:
        entries.append(managed(status, api_version, meta.last_write, {"status": body["status"]}))
    return {"metadata": metadata(meta, entries), **body}


def typed_list(kind: str, api_version: str, items: Iterable[Object]) -> Object:
    """A list of a built-in kind: its items carry neither kind nor apiVersion."""
    return {
        "kind": kind,
        "apiVersion": api_version,
        "metadata": {"resourceVersion": "412031337"},
        "items": list(items),
    }


def custom_list(kind: str, api_version: str, items: Iterable[Object]) -> Object:
    """A list of a custom kind: keys sorted, each item with kind and apiVersion."""
    named = [{"apiVersion": api_version, "kind": kind, **item} for item in items]
    body: Object = {
        "apiVersion": api_version,
        "items": named,
        "kind": f"{kind}List",
        "metadata": {"continue": "", "resourceVersion": "412031337"},
    }
    return sorted_keys(body)


def sorted_keys(value: Mapping[str, Json]) -> Object:
    """The same mapping with its keys sorted at every depth."""
    return {key: _sorted(value[key]) for key in sorted(value)}


def _sorted(value: Json) -> Json:
    if isinstance(value, Mapping):
        return sorted_keys(value)
    if isinstance(value, list | tuple):
        return [_sorted(item) for item in value]
    return value


@dataclass(frozen=True, slots=True)
class Size:
    """A virtual machine size."""

    name: str
    cpus: int
    gib: int
    memory_kib: int
    """What the kernel reports of it."""


SIZES = {
    size.name: size
    for size in (
        Size("Standard_D2s_v5", 2, 8, 8129360),
        Size("Standard_D4s_v5", 4, 16, 16373832),
        Size("Standard_D4ds_v5", 4, 16, 16373836),
        Size("Standard_D8s_v5", 8, 32, 32863312),
        Size("Standard_D8ds_v5", 8, 32, 32863308),
        Size("Standard_E8ds_v5", 8, 64, 65842376),
        Size("Standard_D16s_v5", 16, 64, 65842396),
    )
}


@dataclass(frozen=True, slots=True)
class Pool:
    """One agent pool."""

    name: str
    size: str
    count: int
    mode: str = "User"
    max_pods: int = 250
    os: str = "Linux"
    sku: str = "Ubuntu"
    image: str = "AKSUbuntu-2204gen2containerd-202610.19.0"
    limits: tuple[int, int] | None = None
    """Least and greatest count of the autoscaler; None is no autoscaler."""
    subnet_id: str = ""
    subnet_start: str = ""
    """The first address that the pool's nodes take."""
    taints: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    surge: str = "10%"
    drain_minutes: int | None = None
    zones: tuple[str, ...] = ("1", "2", "3")

    @property
    def windows(self) -> bool:
        """Whether the pool runs Windows."""
        return self.os == "Windows"


@dataclass(frozen=True, slots=True)
class Site:
    """One cluster, as far as the shapes of its objects depend on it."""

    name: str
    resource_group: str
    location: str
    subscription: str
    tenant: str
    version: str
    plugin: str
    pools: tuple[Pool, ...]
    overlay: bool = False
    policy: str = "none"
    pod_cidr: str = ""
    service_cidr: str = "10.0.0.0/16"
    dns_ip: str = "10.0.0.10"
    vnet: str = ""
    vnet_group: str = ""
    vnet_prefix: str = ""
    subnet: str = ""
    identity: str = ""
    """ARM id of the user-assigned identity; empty is system-assigned."""
    outbound: str = "loadBalancer"
    created: float = 900.0
    image_age: float = 12.0
    """Days since the nodes were last replaced."""
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def minor(self) -> int:
        """The minor version of Kubernetes."""
        return int(self.version.split(".")[1])

    @property
    def node_group(self) -> str:
        """The node resource group."""
        return f"MC_{self.resource_group}_{self.name}_{self.location}"

    @property
    def fqdn(self) -> str:
        """The host of the API server."""
        return f"{self.name}-dns-{token(8, LOWER, 'fqdn', self.name)}.hcp.{self.location}.azmk8s.io"

    @property
    def group_id(self) -> str:
        """ARM id of the node resource group."""
        return f"/subscriptions/{self.subscription}/resourceGroups/{self.node_group}"

    @property
    def id(self) -> str:
        """ARM id as `az aks show` prints it, resourcegroups in lower case."""
        return (
            f"/subscriptions/{self.subscription}/resourcegroups/{self.resource_group}"
            f"/providers/Microsoft.ContainerService/managedClusters/{self.name}"
        )

    @property
    def windows(self) -> bool:
        """Whether any pool runs Windows."""
        return any(pool.windows for pool in self.pools)


@dataclass(frozen=True, slots=True)
class Node:
    """One node and the addresses that it hands to pods."""

    site: Site
    pool: Pool
    index: int
    ip: str
    pods_from: str
    """The address before the first pod's."""
    pod_cidr: str = ""

    @property
    def scale_set(self) -> str:
        """The scale set of the pool."""
        if self.pool.windows:
            return f"aks{self.pool.name}"
        digits = number(10_000_000, 49_999_999, self.site.name, self.pool.name)
        return f"aks-{self.pool.name}-{digits}-vmss"

    @property
    def name(self) -> str:
        """The node's name: six digits to the base of 36."""
        return f"{self.scale_set}{self.index:06d}"

    @property
    def zone(self) -> str:
        """The availability zone, region first."""
        return f"{self.site.location}-{self.pool.zones[self.index % len(self.pool.zones)]}"

    @property
    def created(self) -> float:
        """Days since the node joined."""
        return self.site.image_age - self.index * 0.011 - number(0, 9, self.name) / 1000


def nodes_of(site: Site) -> tuple[Node, ...]:
    """Every node, with its own address and the range of its pods."""
    return tuple(node for pool in site.pools for node in _pool_nodes(site, pool))


def _pool_nodes(site: Site, pool: Pool) -> Iterator[Node]:
    before = sum(other.count for other in site.pools[: site.pools.index(pool)])
    start = ipaddress.IPv4Address(pool.subnet_start)
    routed = site.plugin == "azure" and not site.overlay
    for index in range(pool.count):
        ip = start + index * (pool.max_pods + 1 if routed else 1)
        slice_ = "" if routed else _slice(site.pod_cidr, before + index)
        base = str(ip) if routed else str(ipaddress.IPv4Network(slice_).network_address + 4)
        yield Node(site, pool, index, str(ip), base, slice_)


def _slice(pod_cidr: str, index: int) -> str:
    network = ipaddress.IPv4Network(pod_cidr)
    return f"{network.network_address + index * 256}/24"


def node_object(node: Node, images: Sequence[str]) -> Object:
    """A Node with the images that it has pulled."""
    meta = Meta(
        node.site.name,
        "Node",
        node.name,
        created=node.created,
        changed=0.0012,
        labels=node_labels(node),
        annotations=_node_annotations(node),
    )
    kubelet: Object = {"metadata": {"annotations": meta.annotations, "labels": meta.labels}, "spec": {"providerID": ""}}
    status = _node_status(node, images)
    entries = [
        managed(Writer("cloud-node-manager"), "v1", node.created, {"spec": {"providerID": ""}}),
        managed(Writer("kubelet"), "v1", node.created, kubelet),
        managed(Writer("kubelet", subresource="status"), "v1", 0.0012, {"status": status}),
    ]
    return {"metadata": metadata(meta, entries), "spec": _node_spec(node), "status": status}


def node_labels(node: Node) -> dict[str, str]:
    """The labels of a node in this network state."""
    pool, site = node.pool, node.site
    size = SIZES[pool.size]
    system = "windows" if pool.windows else "linux"
    storage = {"storageprofile": "managed", "storagetier": "Premium_LRS"}
    labels = {
        "agentpool": pool.name,
        "beta.kubernetes.io/arch": "amd64",
        "beta.kubernetes.io/instance-type": pool.size,
        "beta.kubernetes.io/os": system,
        "failure-domain.beta.kubernetes.io/region": site.location,
        "failure-domain.beta.kubernetes.io/zone": node.zone,
        "kubernetes.azure.com/agentpool": pool.name,
        "kubernetes.azure.com/cluster": site.node_group[:63],
        "kubernetes.azure.com/consolidated-additional-properties": uid("properties", site.name, pool.name),
        "kubernetes.azure.com/kubelet-identity-client-id": uid("kubelet-client", site.name),
        "kubernetes.azure.com/kubelet-serving-ca": "cluster",
        "kubernetes.azure.com/localdns-state": "disabled",
        "kubernetes.azure.com/mode": pool.mode.lower(),
        "kubernetes.azure.com/node-image-version": pool.image,
        "kubernetes.azure.com/nodepool-type": "VirtualMachineScaleSets",
        "kubernetes.azure.com/os-sku": pool.sku,
        "kubernetes.azure.com/role": "agent",
        "kubernetes.azure.com/sku-cpu": str(size.cpus),
        "kubernetes.azure.com/sku-memory": str(size.gib * 1024),
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": node.name,
        "kubernetes.io/os": system,
        "node.kubernetes.io/instance-type": pool.size,
        "topology.disk.csi.azure.com/zone": node.zone,
        "topology.kubernetes.io/region": site.location,
        "topology.kubernetes.io/zone": node.zone,
    }
    labels |= {f"kubernetes.azure.com/{key}": value for key, value in storage.items()} | storage
    if pool.windows:
        labels["node.kubernetes.io/windows-build"] = _windows_build(pool).rsplit(".", 1)[0]
    else:
        labels |= {f"kubernetes.azure.com/os-sku-{key}": value for key, value in _OS_SKU.items()}
    return labels | _network_labels(node) | dict(pool.labels)


_OS_SKU = {"effective": "Ubuntu2204", "requested": "Ubuntu"}


def _network_labels(node: Node) -> dict[str, str]:
    site = node.site
    if not site.overlay:
        return {} if site.policy == "none" else {"kubernetes.azure.com/network-policy": site.policy}
    labels = {
        "azure-cni-overlay": "true",
        "network-name": site.vnet,
        "network-policy": site.policy,
        "network-resourcegroup": site.vnet_group,
        "network-stateless-cni": "false",
        "network-subnet": site.subnet,
        "network-subscription": site.subscription,
        "nodenetwork-vnetguid": vnet_guid(site),
        "podnetwork-type": "overlay",
    }
    return {f"kubernetes.azure.com/{key}": value for key, value in labels.items()}


def vnet_guid(site: Site) -> str:
    """The resourceGuid of the cluster's VNet."""
    return uid("vnet", site.vnet_group, site.vnet)


def _node_annotations(node: Node) -> dict[str, str]:
    drivers = {"disk.csi.azure.com": node.name}
    return {
        "alpha.kubernetes.io/provided-node-ip": node.ip,
        "csi.volume.kubernetes.io/nodeid": json.dumps(drivers, separators=(",", ":")),
        "node.alpha.kubernetes.io/ttl": "0",
        "volumes.kubernetes.io/controller-managed-attach-detach": "true",
    }


def _node_spec(node: Node) -> Object:
    kubenet = node.site.plugin == "kubenet"
    vmss = f"{node.site.group_id.replace(node.site.node_group, node.site.node_group.lower())}"
    return present(
        {
            "podCIDR": node.pod_cidr if kubenet else "",
            "podCIDRs": [node.pod_cidr] if kubenet else [],
            "providerID": f"azure://{vmss}/providers/Microsoft.Compute/virtualMachineScaleSets/"
            f"{node.scale_set}/virtualMachines/{node.index}",
            "taints": [_taint(text) for text in node.pool.taints],
        }
    )


def _taint(text: str) -> Object:
    key_value, effect = text.rsplit(":", 1)
    key, value = key_value.split("=", 1)
    return {"key": key, "value": value, "effect": effect}


def _node_status(node: Node, images: Sequence[str]) -> Object:
    capacity, allocatable = _resources(node)
    return {
        "capacity": capacity,
        "allocatable": allocatable,
        "conditions": _node_conditions(node),
        "addresses": [
            {"type": "InternalIP", "address": node.ip},
            {"type": "Hostname", "address": node.name},
        ],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
        "nodeInfo": _node_info(node),
        "images": [_pulled(image) for image in images],
        **({} if node.pool.windows or node.site.minor < 31 else _RUNTIME_FEATURES),
    }


_RUNTIME_FEATURES: Object = {
    "runtimeHandlers": [
        {"name": "", "features": {"recursiveReadOnlyMounts": True, "userNamespaces": False}},
        {"name": "runc", "features": {"recursiveReadOnlyMounts": True, "userNamespaces": False}},
        {"name": "untrusted", "features": {"recursiveReadOnlyMounts": True, "userNamespaces": False}},
    ],
    "features": {"supplementalGroupsPolicy": False},
}


def _resources(node: Node) -> tuple[Object, Object]:
    """Capacity and allocatable, with the reservations of AKS from 1.29 on."""
    size = SIZES[node.pool.size]
    reserved_m = {2: 100, 4: 140, 8: 180, 16: 260}[size.cpus]
    reserved_kib = min((20 * node.pool.max_pods + 50) * 1024, size.memory_kib // 4) + 100 * 1024
    disk_kib = 133_703_676 if node.pool.windows else 129_886_128
    huge: Object = {} if node.pool.windows else {"hugepages-1Gi": "0", "hugepages-2Mi": "0"}
    pods = str(node.pool.max_pods)
    capacity: Object = {
        "cpu": str(size.cpus),
        "ephemeral-storage": f"{disk_kib}Ki",
        **huge,
        "memory": f"{size.memory_kib}Ki",
        "pods": pods,
    }
    allocatable: Object = {
        "cpu": f"{size.cpus * 1000 - reserved_m}m",
        "ephemeral-storage": str(int(disk_kib * 1024 * 0.9)),
        **huge,
        "memory": f"{size.memory_kib - reserved_kib}Ki",
        "pods": pods,
    }
    return capacity, allocatable


_PROBLEMS = (
    ("FrequentContainerdRestart", "NoFrequentContainerdRestart", "containerd is functioning properly"),
    ("FrequentUnregisterNetDevice", "NoFrequentUnregisterNetDevice", "node is functioning properly"),
    ("FrequentKubeletRestart", "NoFrequentKubeletRestart", "kubelet is functioning properly"),
    ("KernelDeadlock", "KernelHasNoDeadlock", "kernel has no deadlock"),
    ("ReadonlyFilesystem", "FilesystemIsNotReadOnly", "Filesystem is not read-only"),
    ("FilesystemCorruptionProblem", "FilesystemIsOK", "Filesystem is healthy"),
    ("ContainerRuntimeProblem", "ContainerRuntimeIsUp", "container runtime service is up"),
    ("KubeletProblem", "KubeletIsUp", "kubelet service is up"),
    ("VMEventScheduled", "NoVMEventScheduled", "VM has no scheduled event"),
)
_PRESSURES = (
    ("MemoryPressure", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    ("DiskPressure", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    ("PIDPressure", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
)


def _node_conditions(node: Node) -> list[Json]:
    problems = () if node.pool.windows else _PROBLEMS
    rows = [(kind, "False", reason, message) for kind, reason, message in problems + _PRESSURES]
    if node.site.plugin == "kubenet":
        rows.insert(0, ("NetworkUnavailable", "False", "RouteCreated", "RouteController created a route"))
    rows.append(("Ready", "True", "KubeletReady", "kubelet is posting ready status"))
    return [
        {
            "type": kind,
            "status": status,
            "lastHeartbeatTime": ago(number(2, 290, node.name, kind) / 86_400),
            "lastTransitionTime": ago(node.created - number(5, 60, node.name, kind) / 86_400),
            "reason": reason,
            "message": message,
        }
        for kind, status, reason, message in rows
    ]


def _windows_build(pool: Pool) -> str:
    match = re.search(r"(\d{5}\.\d+)\.\d{6}$", pool.image)
    return f"10.0.{match.group(1)}" if match else "10.0.20348.1"


def _node_info(node: Node) -> Object:
    site = node.site
    windows = node.pool.windows
    return {
        "machineID": node.name if windows else digest("machine", site.name, node.name).hex()[:32],
        "systemUUID": uid("system", site.name, node.name).upper() if windows else uid("system", site.name, node.name),
        "bootID": "13" if windows else uid("boot", site.name, node.name),
        "kernelVersion": _windows_build(node.pool) if windows else "5.15.0-1102-azure",
        "osImage": "Windows Server 2022 Datacenter" if windows else "Ubuntu 22.04.5 LTS",
        "containerRuntimeVersion": "containerd://1.7.20+azure" if windows else "containerd://1.7.29-1",
        "kubeletVersion": f"v{site.version}",
        "kubeProxyVersion": "" if site.minor >= 33 else f"v{site.version}",
        "operatingSystem": "windows" if windows else "linux",
        "architecture": "amd64",
    }


def image_digest(image: str) -> str:
    """The digest that the tag points to."""
    return f"sha256:{digest('image', image).hex()}"


def _pulled(image: str) -> Object:
    repository = image.rsplit(":", 1)[0]
    return {
        "names": [f"{repository}@{image_digest(image)}", image],
        "sizeBytes": number(9_000_000, 320_000_000, "size", image),
    }


@dataclass(frozen=True, slots=True)
class Container:
    """One container; resources are (cpu, memory) pairs, empty for none."""

    name: str
    image: str
    ports: tuple[Object, ...] = ()
    requests: tuple[str, str] = ("", "")
    limits: tuple[str, str] = ("", "")
    command: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    env: tuple[Object, ...] = ()
    mounts: tuple[Object, ...] = ()
    probes: Mapping[str, Object] = field(default_factory=dict)
    security: Mapping[str, Json] = field(default_factory=dict)
    lifecycle: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Template:
    """A pod template, without what the server adds."""

    labels: Mapping[str, str]
    containers: tuple[Container, ...]
    init: tuple[Container, ...] = ()
    volumes: tuple[Object, ...] = ()
    annotations: Mapping[str, str] = field(default_factory=dict)
    account: str = "default"
    mounts_token: bool = True
    host_network: bool = False
    priority: str = ""
    node_selector: Mapping[str, str] = field(default_factory=dict)
    tolerations: tuple[Object, ...] = ()
    affinity: Mapping[str, Json] = field(default_factory=dict)
    spread: tuple[Object, ...] = ()
    security: Mapping[str, Json] = field(default_factory=dict)
    grace_s: int = 30
    restart: str = "Always"


def port(container_port: int, name: str = "", protocol: str = "TCP", host_port: int = 0) -> Object:
    """A container port."""
    values: Object = {"name": name, "hostPort": host_port or None, "containerPort": container_port}
    return present(values) | {"protocol": protocol}


def http_probe(path: str, at: int | str, *, scheme: str = "HTTP", delay_s: int = 0, period_s: int = 10) -> Object:
    """An HTTP probe with the server's defaults."""
    probe: Object = {"httpGet": {"path": path, "port": at, "scheme": scheme}}
    return probe | _probe_times(delay_s, period_s)


def tcp_probe(at: int | str, *, delay_s: int = 0, period_s: int = 10) -> Object:
    """A TCP probe with the server's defaults."""
    probe: Object = {"tcpSocket": {"port": at}}
    return probe | _probe_times(delay_s, period_s)


def exec_probe(*command: str, delay_s: int = 0, period_s: int = 10) -> Object:
    """A command probe with the server's defaults."""
    probe: Object = {"exec": {"command": list(command)}}
    return probe | _probe_times(delay_s, period_s)


def _probe_times(delay_s: int, period_s: int) -> Object:
    start: Object = {"initialDelaySeconds": delay_s} if delay_s else {}
    return start | {"timeoutSeconds": 1, "periodSeconds": period_s, "successThreshold": 1, "failureThreshold": 3}


def value(name: str, text: str) -> Object:
    """An environment variable with a value."""
    return {"name": name, "value": text} if text else {"name": name}


def from_field(name: str, path: str) -> Object:
    """An environment variable of the downward API."""
    return {"name": name, "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": path}}}


def from_secret(name: str, secret: str, key: str) -> Object:
    """An environment variable that names a Secret's key."""
    return {"name": name, "valueFrom": {"secretKeyRef": {"name": secret, "key": key}}}


def mount(name: str, path: str, *, read_only: bool = False, propagation: str = "", sub_path: str = "") -> Object:
    """A volume mount."""
    values: Object = {"name": name, "readOnly": read_only, "mountPath": path}
    return present(values | {"subPath": sub_path, "mountPropagation": propagation})


def host_path(name: str, path: str, kind: str = "") -> Object:
    """A hostPath volume."""
    return {"name": name, "hostPath": {"path": path, "type": kind}}


def empty_dir(name: str, *, memory: bool = False) -> Object:
    """An emptyDir volume."""
    return {"name": name, "emptyDir": {"medium": "Memory"} if memory else {}}


def config_map_volume(name: str, config_map: str, *, optional: bool = False) -> Object:
    """A ConfigMap volume."""
    body: Object = {"name": config_map, "defaultMode": 420}
    return {"name": name, "configMap": body | ({"optional": True} if optional else {})}


def secret_volume(name: str, secret: str) -> Object:
    """A Secret volume."""
    return {"name": name, "secret": {"secretName": secret, "defaultMode": 420}}


def claim_volume(name: str, claim: str) -> Object:
    """A volume of a claim."""
    return {"name": name, "persistentVolumeClaim": {"claimName": claim}}


def container_object(container: Container) -> Object:
    """A container with the server's defaults."""
    body = present(
        {
            "name": container.name,
            "image": container.image,
            "command": container.command,
            "args": container.args,
            "ports": container.ports,
            "env": container.env,
        }
    )
    body |= {"resources": _requirements(container)}
    body |= present({"volumeMounts": container.mounts, **container.probes, "lifecycle": container.lifecycle})
    body |= {
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
        "imagePullPolicy": "IfNotPresent",
    }
    return body | present({"securityContext": container.security})


def _requirements(container: Container) -> Object:
    pairs = {"limits": container.limits, "requests": container.requests}
    return present({key: present({"cpu": cpu, "memory": memory}) for key, (cpu, memory) in pairs.items()})


def pod_spec(template: Template) -> Object:
    """The spec as it stands in a pod template."""
    spec = present(
        {
            "volumes": template.volumes,
            "initContainers": [container_object(item) for item in template.init],
            "containers": [container_object(item) for item in template.containers],
            "restartPolicy": template.restart,
            "terminationGracePeriodSeconds": template.grace_s,
            "dnsPolicy": "ClusterFirst",
            "nodeSelector": template.node_selector,
        }
    )
    spec |= _account(template)
    if template.host_network:
        spec["hostNetwork"] = True
    spec["securityContext"] = dict(template.security)
    spec |= present({"affinity": template.affinity, "schedulerName": "default-scheduler"})
    return spec | present(
        {
            "tolerations": template.tolerations,
            "priorityClassName": template.priority,
            "topologySpreadConstraints": template.spread,
        }
    )


def _account(template: Template) -> Object:
    names: Object = {}
    if template.account != "default":
        names = {"serviceAccountName": template.account, "serviceAccount": template.account}
    return names if template.mounts_token else names | {"automountServiceAccountToken": False}


def template_object(template: Template) -> Object:
    """`spec.template` of a workload."""
    meta: Object = {"creationTimestamp": None, "labels": dict(template.labels)}
    meta |= present({"annotations": template.annotations})
    return {"metadata": meta, "spec": pod_spec(template)}


@dataclass(frozen=True, slots=True)
class Workload:
    """A Deployment, StatefulSet, DaemonSet, CronJob or Job, before it is placed on nodes."""

    kind: str
    namespace: str
    name: str
    selector: Mapping[str, str]
    template: Template
    replicas: int = 1
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    writer: Writer = HELM
    created: float = 300.0
    rolled: float = 9.0
    """Days since the template last changed."""
    revision: int = 4
    owners: tuple[Object, ...] = ()
    claims: tuple[Object, ...] = ()
    """`volumeClaimTemplates` of a StatefulSet."""
    service: str = ""
    schedule: str = ""
    runs: tuple[float, ...] = ()
    """Days since the runs of a CronJob that are still kept."""
    surge: tuple[Json, Json] = ("25%", "25%")
    """maxUnavailable and maxSurge of a rolling update."""

    @property
    def rolled_at(self) -> float:
        """Days since the template last changed, to the second."""
        return min(self.created, at_some_hour(self.rolled, self.namespace, self.name))

    def meta(self, seed: str) -> Meta:
        """The identity of the workload's own object."""
        deployment = {"deployment.kubernetes.io/revision": str(self.revision)} if self.kind == "Deployment" else {}
        daemon = {"deprecated.daemonset.template.generation": str(self.revision)} if self.kind == "DaemonSet" else {}
        return Meta(
            seed,
            self.kind,
            self.name,
            self.namespace,
            created=self.created,
            changed=self.rolled_at,
            labels=self.labels,
            annotations={**self.annotations, **deployment, **daemon},
            owners=self.owners,
            generation=self.revision + 1,
        )

    @property
    def template_hash(self) -> str:
        """pod-template-hash of the present template."""
        return self.hash_of(self.revision)

    def hash_of(self, revision: int) -> str:
        """pod-template-hash of one revision."""
        parts = (self.namespace, self.name, revision)
        return token(number(9, 10, "length", *parts), HASH, "template", *parts)


def match_labels(labels: Mapping[str, str]) -> Object:
    """A selector of equal labels."""
    return {"matchLabels": dict(labels)}


def deployment_object(seed: str, work: Workload) -> Object:
    """A Deployment whose replicas are all available."""
    unavailable, surge = work.surge
    condition = {
        "status": "True",
        "lastUpdateTime": ago(work.rolled_at),
        "lastTransitionTime": ago(work.meta(seed).born),
    }
    progress = f'ReplicaSet "{work.name}-{work.template_hash}" has successfully progressed.'
    body: Object = {
        "spec": {
            "replicas": work.replicas,
            "selector": match_labels(work.selector),
            "template": template_object(work.template),
            "strategy": {
                "type": "RollingUpdate",
                "rollingUpdate": {"maxUnavailable": unavailable, "maxSurge": surge},
            },
            "revisionHistoryLimit": 10,
            "progressDeadlineSeconds": 600,
        },
        "status": {
            "observedGeneration": work.revision + 1,
            **_replica_counts(work.replicas, "updatedReplicas", "readyReplicas", "availableReplicas"),
            "conditions": [
                {"type": "Progressing", **condition, "reason": "NewReplicaSetAvailable", "message": progress},
                {
                    "type": "Available",
                    **condition,
                    "reason": "MinimumReplicasAvailable",
                    "message": "Deployment has minimum availability.",
                },
            ],
        },
    }
    return whole(work.meta(seed), "apps/v1", body, work.writer, CONTROLLERS)


def _replica_counts(count: int, *names: str) -> Object:
    return {"replicas": count, **{name: count for name in names}} if count else {}


def replica_set_meta(seed: str, work: Workload, revision: int | None = None) -> Meta:
    """The identity of the ReplicaSet of one revision; None is the present one."""
    code = work.template_hash if revision is None else work.hash_of(revision)
    current = revision is None
    return Meta(
        seed,
        "ReplicaSet",
        f"{work.name}-{code}",
        work.namespace,
        created=work.rolled_at if current else min(work.created, work.rolled_at + 13.7),
        labels={**work.template.labels, "pod-template-hash": code},
        annotations={
            "deployment.kubernetes.io/desired-replicas": str(work.replicas),
            "deployment.kubernetes.io/max-replicas": str(work.replicas + max(1, -(-work.replicas // 4))),
            "deployment.kubernetes.io/revision": str(work.revision if revision is None else revision),
        },
        owners=(owner(work.meta(seed), "apps/v1"),),
        generation=1 if current else 2,
    )


def replica_set_object(seed: str, work: Workload, revision: int | None = None) -> Object:
    """A ReplicaSet of a Deployment: the present one, or an old one scaled to nothing."""
    meta = replica_set_meta(seed, work, revision)
    count = work.replicas if revision is None else 0
    template = template_object(work.template)
    labels = dict(meta.labels)
    body: Object = {
        "spec": {
            "replicas": count,
            "selector": match_labels({**work.selector, "pod-template-hash": labels["pod-template-hash"]}),
            "template": template | {"metadata": {"creationTimestamp": None, "labels": labels}},
        },
        "status": {
            "replicas": count,
            **present({"fullyLabeledReplicas": count, "readyReplicas": count, "availableReplicas": count}),
            "observedGeneration": meta.generation,
        },
    }
    return whole(meta, "apps/v1", body, Writer("kube-controller-manager"), CONTROLLERS)


def stateful_set_object(seed: str, work: Workload) -> Object:
    """A StatefulSet whose replicas are all ready."""
    revision = f"{work.name}-{work.template_hash}"
    body: Object = {
        "spec": {
            "replicas": work.replicas,
            "selector": match_labels(work.selector),
            "template": template_object(work.template),
            **present({"volumeClaimTemplates": work.claims}),
            "serviceName": work.service,
            "podManagementPolicy": "OrderedReady",
            "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}},
            "revisionHistoryLimit": 10,
            "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Retain", "whenScaled": "Retain"},
        },
        "status": {
            "observedGeneration": work.revision + 1,
            **_replica_counts(work.replicas, "readyReplicas", "currentReplicas", "updatedReplicas"),
            "currentRevision": revision,
            "updateRevision": revision,
            "collisionCount": 0,
            "availableReplicas": work.replicas,
        },
    }
    return whole(work.meta(seed), "apps/v1", body, work.writer, CONTROLLERS)


def daemon_set_object(seed: str, work: Workload, count: int) -> Object:
    """A DaemonSet with `count` ready pods."""
    ready = {"updatedNumberScheduled": count, "numberAvailable": count} if count else {}
    body: Object = {
        "spec": {
            "selector": match_labels(work.selector),
            "template": template_object(work.template),
            "updateStrategy": {
                "type": "RollingUpdate",
                "rollingUpdate": {"maxUnavailable": work.surge[0] if work.surge[0] != "25%" else 1, "maxSurge": 0},
            },
            "revisionHistoryLimit": 10,
        },
        "status": {
            "currentNumberScheduled": count,
            "numberMisscheduled": 0,
            "desiredNumberScheduled": count,
            "numberReady": count,
            "observedGeneration": work.revision + 1,
            **ready,
        },
    }
    return whole(work.meta(seed), "apps/v1", body, work.writer, CONTROLLERS)


def cron_job_object(seed: str, work: Workload) -> Object:
    """A CronJob that is not running at the moment."""
    template = template_object(work.template)
    body: Object = {
        "spec": {
            "schedule": work.schedule,
            "concurrencyPolicy": "Forbid",
            "suspend": False,
            "jobTemplate": {
                "metadata": {"creationTimestamp": None},
                "spec": {"backoffLimit": 2, "template": template},
            },
            "successfulJobsHistoryLimit": 3,
            "failedJobsHistoryLimit": 1,
        },
        "status": present(
            {
                "lastScheduleTime": ago(min(work.runs)) if work.runs else "",
                "lastSuccessfulTime": ago(min(work.runs) - 0.0006) if work.runs else "",
            }
        ),
    }
    return whole(work.meta(seed), "batch/v1", body, work.writer, CONTROLLERS)


def job_meta(seed: str, work: Workload, run: float) -> Meta:
    """The identity of one finished run of a CronJob."""
    minutes = int((NOW - timedelta(days=run)).timestamp() // 60)
    name = f"{work.name}-{minutes}"
    controller = uid(seed, "Job", work.namespace, name)
    return Meta(
        seed,
        "Job",
        name,
        work.namespace,
        created=run,
        changed=run - 0.0006,
        labels={**work.template.labels, **_job_labels(name, controller)},
        annotations={"batch.kubernetes.io/cronjob-scheduled-timestamp": ago(run)},
        owners=(owner(work.meta(seed), "batch/v1"),),
        generation=1,
    )


def _job_labels(name: str, controller: str) -> dict[str, str]:
    return {
        "batch.kubernetes.io/controller-uid": controller,
        "batch.kubernetes.io/job-name": name,
        "controller-uid": controller,
        "job-name": name,
    }


def job_object(seed: str, work: Workload, run: float) -> Object:
    """A finished run of a CronJob."""
    meta = job_meta(seed, work, run)
    template = template_object(work.template) | {
        "metadata": {"creationTimestamp": None, "labels": dict(sorted(meta.labels.items()))}
    }
    done = ago(meta.last_write)
    condition = {"status": "True", "lastProbeTime": done, "lastTransitionTime": done}
    why = {"reason": "CompletionsReached", "message": "Reached expected number of succeeded pods"}
    body: Object = {
        "spec": {
            "parallelism": 1,
            "completions": 1,
            "backoffLimit": 2,
            "selector": match_labels({"batch.kubernetes.io/controller-uid": meta.uid}),
            "template": template,
            "completionMode": "NonIndexed",
            "suspend": False,
            "podReplacementPolicy": "TerminatingOrFailed",
        },
        "status": {
            "conditions": [
                {"type": "SuccessCriteriaMet", **condition, **why},
                {"type": "Complete", **condition, **why},
            ],
            "startTime": ago(run),
            "completionTime": done,
            "succeeded": 1,
            "terminating": 0,
            "uncountedTerminatedPods": {},
            "ready": 0,
        },
    }
    return whole(meta, "batch/v1", body, Writer("kube-controller-manager"), CONTROLLERS)


@dataclass(frozen=True, slots=True)
class Pod:
    """One pod on one node."""

    work: Workload
    node: Node
    name: str
    generate_name: str
    ip: str
    created: float
    owner: Object
    labels: Mapping[str, str]
    done: bool = False
    """Whether it has run to its end."""


def place(seed: str, works: Sequence[Workload], nodes: Sequence[Node]) -> tuple[Pod, ...]:
    """Every pod of the workloads, spread over the nodes that may run them."""
    taken: Counter[str] = Counter()
    return tuple(pod for work in works for pod in _pods_of(seed, work, nodes, taken))


def _pods_of(seed: str, work: Workload, nodes: Sequence[Node], taken: Counter[str]) -> Iterator[Pod]:
    where = eligible(work.template, nodes)
    shift = number(0, 10_000, "place", seed, work.namespace, work.name)
    counts = {"DaemonSet": len(where), "CronJob": len(work.runs)}
    count = counts.get(work.kind, work.replicas)
    for index in range(count):
        node = where[index] if work.kind == "DaemonSet" else where[(index + shift) % len(where)]
        yield _pod(seed, work, node, (index, _address(work.template, node, taken)))


SYSTEM_FIRST: Mapping[str, Json] = {
    "nodeAffinity": {
        "preferredDuringSchedulingIgnoredDuringExecution": [
            {
                "weight": 100,
                "preference": {
                    "matchExpressions": [{"key": "kubernetes.azure.com/mode", "operator": "In", "values": ["system"]}]
                },
            }
        ],
        "requiredDuringSchedulingIgnoredDuringExecution": {
            "nodeSelectorTerms": [
                {
                    "matchExpressions": [
                        {"key": "kubernetes.azure.com/cluster", "operator": "Exists"},
                        {"key": "type", "operator": "NotIn", "values": ["virtual-kubelet"]},
                        {"key": "kubernetes.io/os", "operator": "In", "values": ["linux"]},
                    ]
                }
            ]
        },
    }
}
"""The affinity of the Deployments that AKS owns."""


def eligible(template: Template, nodes: Sequence[Node]) -> Sequence[Node]:
    """The nodes whose labels and taints admit the template."""
    wanted = {"kubernetes.io/os": "linux"} | dict(template.node_selector)
    if template.affinity == SYSTEM_FIRST:
        wanted["kubernetes.azure.com/mode"] = "system"
    return [node for node in nodes if _admits(node, wanted, template.tolerations)]


def _admits(node: Node, wanted: Mapping[str, str], tolerations: Sequence[Object]) -> bool:
    labels = node_labels(node)
    keys = {item.get("key") for item in tolerations}
    tolerated = all(taint.split("=")[0] in keys or None in keys for taint in node.pool.taints)
    return tolerated and all(labels.get(key) == text for key, text in wanted.items())


def _address(template: Template, node: Node, taken: Counter[str]) -> str:
    if template.host_network:
        return node.ip
    taken[node.name] += 1
    step = taken[node.name] if not node.pod_cidr else taken[node.name] * 5 % 241
    return str(ipaddress.IPv4Address(node.pods_from) + step)


def _pod(seed: str, work: Workload, node: Node, slot: tuple[int, str]) -> Pod:
    index, ip = slot
    parts = (seed, work.namespace, work.name, index)
    suffix = token(5, SAFE, "suffix", *parts)
    parent, api_version, extra = _parent(seed, work, index)
    prefix = f"{parent.name}-"
    age = work.runs[index] if work.kind == "CronJob" else min(work.rolled_at, node.created) - index / 4000
    stateful = work.kind == "StatefulSet"
    return Pod(
        work=work,
        node=node,
        name=f"{prefix}{index}" if stateful else f"{prefix}{suffix}",
        generate_name=prefix,
        ip=ip,
        created=max(age, 0.02),
        owner=owner(parent, api_version),
        labels={**work.template.labels, **extra},
        done=work.kind == "CronJob",
    )


def _parent(seed: str, work: Workload, index: int) -> tuple[Meta, str, dict[str, str]]:
    match work.kind:
        case "Deployment":
            return replica_set_meta(seed, work), "apps/v1", {"pod-template-hash": work.template_hash}
        case "CronJob":
            meta = job_meta(seed, work, work.runs[index])
            return meta, "batch/v1", _job_labels(meta.name, meta.uid)
        case "DaemonSet":
            labels = {"controller-revision-hash": work.template_hash, "pod-template-generation": str(work.revision)}
            return work.meta(seed), "apps/v1", labels
        case _:
            labels = {
                "apps.kubernetes.io/pod-index": str(index),
                "controller-revision-hash": f"{work.name}-{work.template_hash}",
                "statefulset.kubernetes.io/pod-name": f"{work.name}-{index}",
            }
            return work.meta(seed), "apps/v1", labels


PRIORITIES = {"system-node-critical": 2_000_001_000, "system-cluster-critical": 2_000_000_000}


def pod_object(seed: str, pod: Pod) -> Object:
    """A Pod: running and ready, or completed."""
    template = pod.work.template
    meta = Meta(
        seed,
        "Pod",
        pod.name,
        pod.work.namespace,
        created=pod.created,
        changed=pod.created - 0.0004,
        labels=pod.labels,
        annotations=template.annotations,
        owners=(pod.owner,),
        generate_name=pod.generate_name,
    )
    status = _pod_status(seed, pod)
    written = pod_spec(template)
    kubelet = {key: status[key] for key in status if key not in ("qosClass", "conditions")}
    kubelet["conditions"] = [item for item in items_of(status["conditions"]) if item["type"] != "PodScheduled"]
    entries = [
        managed(_CREATOR, "v1", meta.born, {"metadata": owned_metadata(meta), "spec": written}),
        managed(Writer("kubelet", subresource="status"), "v1", meta.last_write, {"status": kubelet}),
    ]
    return {"metadata": metadata(meta, entries), "spec": _running_spec(seed, pod), "status": status}


_CREATOR = Writer("kube-controller-manager")


def items_of(value: Json) -> list[Mapping[str, Json]]:
    """The mappings of a list; anything else is no list."""
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list | tuple) else []


def _running_spec(seed: str, pod: Pod) -> Object:
    """The spec of a pod after admission and scheduling."""
    template, stateful = pod.work.template, pod.work.kind == "StatefulSet"
    spec = pod_spec(template)
    token_volume = f"kube-api-access-{token(5, SAFE, 'token', seed, pod.work.namespace, pod.name)}"
    if template.mounts_token:
        spec["volumes"] = [*template.volumes, *_claims(pod), _token_volume(token_volume)]
        token_mount = mount(token_volume, "/var/run/secrets/kubernetes.io/serviceaccount", read_only=True)
        for key, containers in (("initContainers", template.init), ("containers", template.containers)):
            if containers:
                spec[key] = [_with_mount(item, token_mount) for item in containers]
    elif template.volumes or pod.work.claims:
        spec["volumes"] = [*template.volumes, *_claims(pod)]
    after = {
        "serviceAccountName": template.account,
        "serviceAccount": template.account,
        "automountServiceAccountToken": None if template.mounts_token else False,
        "nodeName": pod.node.name,
        "hostNetwork": True if template.host_network else None,
        "securityContext": dict(template.security),
        "hostname": pod.name if stateful else None,
        "subdomain": pod.work.service if stateful else None,
        "affinity": _running_affinity(pod) or None,
        "schedulerName": "default-scheduler",
        "tolerations": _running_tolerations(pod),
        "priorityClassName": template.priority or None,
        "priority": PRIORITIES.get(template.priority, 0),
        "enableServiceLinks": True,
        "preemptionPolicy": "PreemptLowerPriority",
        "topologySpreadConstraints": template.spread or None,
    }
    kept = {key: item for key, item in spec.items() if key not in after}
    return kept | {key: item for key, item in after.items() if item is not None}


def _claims(pod: Pod) -> Iterator[Object]:
    for claim in pod.work.claims:
        name = str(_mapping(claim["metadata"])["name"])
        yield claim_volume(name, f"{name}-{pod.name}")


def _mapping(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, Mapping) else {}


def _with_mount(container: Container, extra: Object) -> Object:
    body = container_object(container)
    mounted: Object = {"volumeMounts": [*container.mounts, extra]}
    order = [*list(body)[: list(body).index("resources") + 1], "volumeMounts"]
    return {key: (body | mounted)[key] for key in [*order, *(key for key in body if key not in order)]}


def _token_volume(name: str) -> Object:
    field_ref = {"apiVersion": "v1", "fieldPath": "metadata.namespace"}
    sources: list[Json] = [
        {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
        {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
        {"downwardAPI": {"items": [{"path": "namespace", "fieldRef": field_ref}]}},
    ]
    return {"name": name, "projected": {"sources": sources, "defaultMode": 420}}


def _running_affinity(pod: Pod) -> Object:
    """A DaemonSet's pod is pinned to its node."""
    if pod.work.kind != "DaemonSet":
        return dict(pod.work.template.affinity)
    pin: Object = {"matchFields": [{"key": "metadata.name", "operator": "In", "values": [pod.node.name]}]}
    required = _mapping(_mapping(pod.work.template.affinity.get("nodeAffinity")).get(_REQUIRED))
    terms = items_of(required.get("nodeSelectorTerms")) or [{}]
    return {"nodeAffinity": {_REQUIRED: {"nodeSelectorTerms": [dict(terms[0]) | pin]}}}


_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"


def toleration(key: str = "", effect: str = "", *, seconds: int | None = None) -> Object:
    """A toleration with the operator Exists."""
    return present({"key": key, "operator": "Exists", "effect": effect, "tolerationSeconds": seconds})


def _running_tolerations(pod: Pod) -> list[Json]:
    own: list[Json] = list(pod.work.template.tolerations)
    if pod.work.kind == "DaemonSet":
        own += [
            toleration("node.kubernetes.io/not-ready", "NoExecute"),
            toleration("node.kubernetes.io/unreachable", "NoExecute"),
            *(toleration(f"node.kubernetes.io/{kind}-pressure", "NoSchedule") for kind in ("disk", "memory", "pid")),
            toleration("node.kubernetes.io/unschedulable", "NoSchedule"),
        ]
        return own + ([toleration("node.kubernetes.io/network-unavailable", "NoSchedule")] if _on_host(pod) else [])
    own += [
        toleration("node.kubernetes.io/not-ready", "NoExecute", seconds=300),
        toleration("node.kubernetes.io/unreachable", "NoExecute", seconds=300),
    ]
    if qos_class(pod.work.template) != "BestEffort":
        own.append(toleration("node.kubernetes.io/memory-pressure", "NoSchedule"))
    return own


def _on_host(pod: Pod) -> bool:
    return pod.work.template.host_network


def qos_class(template: Template) -> str:
    """The quality of service that the requests and limits give."""
    containers = template.containers + template.init
    if all(not any((*item.requests, *item.limits)) for item in containers):
        return "BestEffort"
    guaranteed = all(all(item.limits) and item.requests in (item.limits, ("", "")) for item in containers)
    return "Guaranteed" if guaranteed else "Burstable"


def _pod_status(seed: str, pod: Pod) -> Object:
    template = pod.work.template
    status: Object = {
        "phase": "Succeeded" if pod.done else "Running",
        "conditions": _pod_conditions(pod),
        "hostIP": pod.node.ip,
        "hostIPs": [{"ip": pod.node.ip}],
        "podIP": pod.ip,
        "podIPs": [{"ip": pod.ip}],
        "startTime": ago(pod.created),
    }
    if template.init:
        status["initContainerStatuses"] = [_container_status(seed, pod, item, running=False) for item in template.init]
    status["containerStatuses"] = [
        _container_status(seed, pod, item, running=not pod.done) for item in template.containers
    ]
    return status | {"qosClass": qos_class(template)}


def _pod_conditions(pod: Pod) -> list[Json]:
    up = pod.created - 8 / 86_400
    rows: list[tuple[str, float]] = [("Initialized", pod.created), ("Ready", up), ("ContainersReady", up)]
    rows = [("PodReadyToStartContainers", up), *rows, ("PodScheduled", pod.created)]
    down = {"PodReadyToStartContainers", "Ready", "ContainersReady"} if pod.done else frozenset[str]()
    reason: Object = {"reason": "PodCompleted"} if pod.done else {}
    return [
        {
            "type": kind,
            "status": "False" if kind in down else "True",
            "lastProbeTime": None,
            "lastTransitionTime": ago(days),
            **(reason if kind not in ("PodScheduled", "PodReadyToStartContainers") else {}),
        }
        for kind, days in rows
    ]


def _container_status(seed: str, pod: Pod, container: Container, *, running: bool) -> Object:
    identity = f"containerd://{digest('container', seed, pod.work.namespace, pod.name, container.name).hex()}"
    started = ago(pod.created - 6 / 86_400)
    ended: Object = {"exitCode": 0, "reason": "Completed", "startedAt": started}
    ended |= {"finishedAt": ago(pod.created - 40 / 86_400), "containerID": identity}
    state: Object = {"running": {"startedAt": started}} if running else {"terminated": ended}
    repository = container.image.rsplit(":", 1)[0]
    status: Object = {
        "name": container.name,
        "state": state,
        "lastState": {},
        "ready": running or container in pod.work.template.init,
        "restartCount": 0,
        "image": container.image,
        "imageID": f"{repository}@{image_digest(container.image)}",
        "containerID": identity,
        "started": running,
    }
    if pod.node.site.minor >= 33:
        needs = _requirements(container)
        status |= present({"allocatedResources": needs.get("requests")}) | {"resources": needs}
    return status | present({"volumeMounts": _mount_statuses(seed, pod, container)})


def _mount_statuses(seed: str, pod: Pod, container: Container) -> list[Json]:
    mounts = list(container.mounts)
    if pod.work.template.mounts_token:
        name = f"kube-api-access-{token(5, SAFE, 'token', seed, pod.work.namespace, pod.name)}"
        mounts.append(mount(name, "/var/run/secrets/kubernetes.io/serviceaccount", read_only=True))
    return [_mount_status(item) for item in mounts]


def _mount_status(item: Object) -> Object:
    status: Object = {"name": item["name"], "mountPath": item["mountPath"]}
    return status | ({"readOnly": True, "recursiveReadOnly": "Disabled"} if item.get("readOnly") else {})


@dataclass(frozen=True, slots=True)
class ServicePort:
    """One port of a Service; a target of None is the port itself."""

    port: int
    target: int | str | None = None
    name: str = ""
    protocol: str = "TCP"
    app_protocol: str = ""
    node_port: int = 0


@dataclass(frozen=True, slots=True)
class Service:
    """A Service before it is written out."""

    namespace: str
    name: str
    selector: Mapping[str, str]
    ports: tuple[ServicePort, ...]
    cluster_ip: str
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    kind: str = "ClusterIP"
    external_policy: str = ""
    load_balancer_ip: str = ""
    health_port: int = 0
    writer: Writer = HELM
    created: float = 300.0

    @property
    def headless(self) -> bool:
        """Whether the Service has no address of its own."""
        return self.cluster_ip == "None"

    def meta(self, seed: str) -> Meta:
        """The identity of the Service."""
        balanced = self.kind == "LoadBalancer"
        return Meta(
            seed,
            "Service",
            self.name,
            self.namespace,
            created=self.created,
            changed=self.created - 0.0015 if balanced else None,
            labels=self.labels,
            annotations=self.annotations,
            finalizers=("service.kubernetes.io/load-balancer-cleanup",) if balanced else (),
        )


def service_object(seed: str, service: Service) -> Object:
    """A Service."""
    spec = present(
        {
            "ports": [_service_port(item) for item in service.ports],
            "selector": dict(service.selector),
            "clusterIP": service.cluster_ip,
            "clusterIPs": [service.cluster_ip],
            "type": service.kind,
            "sessionAffinity": "None",
            "externalTrafficPolicy": service.external_policy,
            "healthCheckNodePort": service.health_port or None,
            "ipFamilies": ["IPv4"],
            "ipFamilyPolicy": "SingleStack",
            "allocateLoadBalancerNodePorts": service.kind == "LoadBalancer",
            "internalTrafficPolicy": "Cluster",
        }
    )
    ingress: list[Json] = [{"ip": service.load_balancer_ip, "ipMode": "VIP"}]
    status: Object = {"loadBalancer": {"ingress": ingress} if service.load_balancer_ip else {}}
    written = whole(service.meta(seed), "v1", {"spec": _desired_service(spec), "status": status}, service.writer)
    return {"metadata": written["metadata"], "spec": spec, "status": status}


def _desired_service(spec: Object) -> Object:
    keys = ("externalTrafficPolicy", "internalTrafficPolicy", "ports", "selector", "sessionAffinity", "type")
    return {key: spec[key] for key in keys if key in spec}


def _service_port(item: ServicePort) -> Object:
    values: Object = {
        "name": item.name,
        "protocol": item.protocol,
        "appProtocol": item.app_protocol,
        "port": item.port,
        "targetPort": item.port if item.target is None else item.target,
        "nodePort": item.node_port or None,
    }
    return present(values)


def backends(service: Service, pods: Sequence[Pod]) -> tuple[Pod, ...]:
    """The running pods that the Service selects."""
    wanted = service.selector.items()
    if not wanted:
        return ()
    return tuple(
        pod for pod in pods if pod.work.namespace == service.namespace and not pod.done and wanted <= pod.labels.items()
    )


def endpoint_slice_object(seed: str, service: Service, chosen: Sequence[Pod]) -> Object:
    """The EndpointSlice of a Service over the pods that it selects."""
    suffix = token(5, SAFE, "slice", seed, service.namespace, service.name)
    managed_by = {
        "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
        "kubernetes.io/service-name": service.name,
    }
    headless = {"service.kubernetes.io/headless": ""} if service.headless else {}
    changed = min((pod.created for pod in chosen), default=service.meta(seed).born) - 9 / 86_400
    meta = Meta(
        seed,
        "EndpointSlice",
        f"{service.name}-{suffix}",
        service.namespace,
        created=service.meta(seed).born,
        changed=changed,
        labels={**service.labels, **managed_by, **headless},
        annotations={"endpoints.kubernetes.io/last-change-trigger-time": ago(changed)},
        owners=(owner(service.meta(seed), "v1"),),
        generate_name=f"{service.name}-",
        generation=len(chosen) * 2 + 3,
    )
    ports: Json = [_endpoint_port(item, chosen) for item in service.ports] if chosen else None
    body: Object = {
        "addressType": "IPv4",
        "endpoints": [_endpoint(seed, pod) for pod in chosen] or None,
        "ports": ports,
    }
    entry = managed(_CREATOR, "discovery.k8s.io/v1", changed, {"metadata": owned_metadata(meta)} | _flat(body))
    return {"metadata": metadata(meta, [entry]), **body}


def _flat(body: Object) -> Object:
    return {key: "" for key in body}


def _endpoint(seed: str, pod: Pod) -> Object:
    target = uid(seed, "Pod", pod.work.namespace, pod.name)
    stateful: Object = {"hostname": pod.name} if pod.work.kind == "StatefulSet" else {}
    return {
        "addresses": [pod.ip],
        "conditions": {"ready": True, "serving": True, "terminating": False},
        **stateful,
        "targetRef": {"kind": "Pod", "namespace": pod.work.namespace, "name": pod.name, "uid": target},
        "nodeName": pod.node.name,
        "zone": pod.node.zone,
    }


def _endpoint_port(item: ServicePort, chosen: Sequence[Pod]) -> Object:
    target = item.port if item.target is None else item.target
    return {
        "name": item.name,
        "protocol": item.protocol,
        "port": _numeric(target, chosen[0]) if chosen else None,
        **present({"appProtocol": item.app_protocol}),
    }


def _numeric(target: int | str, pod: Pod) -> Json:
    if isinstance(target, int):
        return target
    named = [item for container in pod.work.template.containers for item in container.ports]
    return next(item["containerPort"] for item in named if item.get("name") == target)


def kubernetes_slice(seed: str, address: str, created: float) -> Object:
    """The slice of the Service `default/kubernetes`, which the API server writes itself."""
    meta = Meta(
        seed,
        "EndpointSlice",
        "kubernetes",
        "default",
        created=created,
        labels={"kubernetes.io/service-name": "kubernetes"},
        generation=2,
    )
    body: Object = {
        "addressType": "IPv4",
        "endpoints": [{"addresses": [address], "conditions": {"ready": True}}],
        "ports": [{"name": "https", "protocol": "TCP", "port": 443}],
    }
    entry = managed(
        Writer("kube-apiserver"),
        "discovery.k8s.io/v1",
        meta.born,
        {"metadata": owned_metadata(meta)} | _flat(body),
    )
    return {"metadata": metadata(meta, [entry]), **body}


@dataclass(frozen=True, slots=True)
class Budget:
    """A PodDisruptionBudget: exactly one of the two limits is set."""

    namespace: str
    name: str
    selector: Mapping[str, str]
    min_available: int | str | None = None
    max_unavailable: int | str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    writer: Writer = HELM
    created: float = 300.0


def budget_object(seed: str, budget: Budget, pods: Sequence[Pod]) -> Object:
    """A PodDisruptionBudget with the status that its healthy pods give."""
    wanted = budget.selector.items()
    expected = sum(
        pod.work.namespace == budget.namespace and not pod.done and wanted <= pod.labels.items() for pod in pods
    )
    desired = _desired_healthy(budget, expected)
    allowed = max(0, expected - desired)
    changed = at_some_hour(6.0, seed, budget.namespace, budget.name)
    limit: Object = {"minAvailable": budget.min_available}
    if budget.min_available is None:
        limit = {"maxUnavailable": budget.max_unavailable}
    generation = 1
    meta = Meta(
        seed,
        "PodDisruptionBudget",
        budget.name,
        budget.namespace,
        created=budget.created,
        changed=changed,
        labels=budget.labels,
        generation=generation,
    )
    condition: Object = {
        "type": "DisruptionAllowed",
        "status": "True" if allowed else "False",
        "observedGeneration": generation,
        "lastTransitionTime": ago(changed),
        "reason": "SufficientPods" if allowed else "InsufficientPods",
        "message": "",
    }
    body: Object = {
        "spec": {**limit, "selector": match_labels(budget.selector)},
        "status": {
            "observedGeneration": generation,
            "disruptionsAllowed": allowed,
            "currentHealthy": expected,
            "desiredHealthy": desired,
            "expectedPods": expected,
            "conditions": [condition],
        },
    }
    return whole(meta, "policy/v1", body, budget.writer, CONTROLLERS)


def _desired_healthy(budget: Budget, expected: int) -> int:
    """Percentages are rounded up, as the disruption controller does."""
    limit = budget.max_unavailable if budget.min_available is None else budget.min_available
    count = limit if isinstance(limit, int) else -(-expected * int(str(limit).rstrip("%")) // 100)
    return count if budget.min_available is not None else max(0, expected - count)


@dataclass(frozen=True, slots=True)
class Policy:
    """A NetworkPolicy: its spec is written out by hand."""

    namespace: str
    name: str
    spec: Object
    labels: Mapping[str, str] = field(default_factory=dict)
    writer: Writer = KUBECTL
    created: float = 240.0


def network_policy_object(seed: str, policy: Policy) -> Object:
    """A NetworkPolicy, with the last applied configuration where kubectl applied it."""
    annotations: dict[str, str] = {}
    if policy.writer is KUBECTL:
        annotations["kubectl.kubernetes.io/last-applied-configuration"] = _last_applied(policy)
    meta = Meta(
        seed,
        "NetworkPolicy",
        policy.name,
        policy.namespace,
        created=policy.created,
        labels=policy.labels,
        annotations=annotations,
        generation=1,
    )
    return whole(meta, "networking.k8s.io/v1", {"spec": policy.spec}, policy.writer)


def _last_applied(policy: Policy) -> str:
    head = {"annotations": {}, **present({"labels": policy.labels}), "name": policy.name}
    body: Object = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": head | {"namespace": policy.namespace},
        "spec": policy.spec,
    }
    return json.dumps(sorted_keys(body), separators=(",", ":")) + "\n"


def namespace_object(seed: str, name: str, labels: Mapping[str, str], created: float, writer: Writer) -> Object:
    """A Namespace."""
    own = {**labels, "kubernetes.io/metadata.name": name}
    meta = Meta(seed, "Namespace", name, created=created, labels=own)
    body: Object = {"spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"}}
    entry = managed(writer, "v1", meta.born, {"metadata": {"labels": own}})
    return {"metadata": metadata(meta, [entry]), **body}


@dataclass(frozen=True, slots=True)
class Volume:
    """A claim and the disk or share behind it."""

    namespace: str
    claim: str
    gib: int
    node_zone: str
    """The zone of an LRS disk; empty is a ZRS disk."""
    labels: Mapping[str, str] = field(default_factory=dict)
    created: float = 280.0

    @property
    def storage_class(self) -> str:
        """The class that provisioned it."""
        return "managed-csi-premium" if self.node_zone else "managed-csi-premium-zrs"


def volumes_of(seed: str, pods: Sequence[Pod]) -> tuple[Volume, ...]:
    """One volume for each claim of each StatefulSet pod."""
    return tuple(volume for pod in pods for volume in _pod_volumes(seed, pod))


def _pod_volumes(seed: str, pod: Pod) -> Iterator[Volume]:
    born = pod.work.meta(seed).born - 0.0003
    for claim in pod.work.claims:
        spec = _mapping(claim["spec"])
        requested = str(_mapping(_mapping(spec["resources"])["requests"])["storage"])
        zonal = spec["storageClassName"] == "managed-csi-premium"
        name = f"{_mapping(claim['metadata'])['name']}-{pod.name}"
        zone = pod.node.zone if zonal else ""
        yield Volume(pod.work.namespace, name, int(requested[:-2]), zone, pod.work.selector, born)


def claim_template(name: str, gib: int, storage_class: str) -> Object:
    """An entry of `volumeClaimTemplates`."""
    return {
        "kind": "PersistentVolumeClaim",
        "apiVersion": "v1",
        "metadata": {"name": name, "creationTimestamp": None},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": f"{gib}Gi"}},
            "storageClassName": storage_class,
            "volumeMode": "Filesystem",
        },
        "status": {"phase": "Pending"},
    }


def _claim_meta(seed: str, volume: Volume) -> Meta:
    provisioner = "disk.csi.azure.com"
    return Meta(
        seed,
        "PersistentVolumeClaim",
        volume.claim,
        volume.namespace,
        created=volume.created,
        changed=volume.created - 0.0002,
        labels=volume.labels,
        annotations={
            "pv.kubernetes.io/bind-completed": "yes",
            "pv.kubernetes.io/bound-by-controller": "yes",
            "volume.beta.kubernetes.io/storage-provisioner": provisioner,
            "volume.kubernetes.io/storage-provisioner": provisioner,
        },
        finalizers=("kubernetes.io/pvc-protection",),
    )


def claim_object(seed: str, volume: Volume) -> Object:
    """A bound PersistentVolumeClaim."""
    meta = _claim_meta(seed, volume)
    size = {"storage": f"{volume.gib}Gi"}
    body: Object = {
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": size},
            "volumeName": f"pvc-{meta.uid}",
            "storageClassName": volume.storage_class,
            "volumeMode": "Filesystem",
        },
        "status": {"phase": "Bound", "accessModes": ["ReadWriteOnce"], "capacity": size},
    }
    return whole(meta, "v1", body, Writer("kube-controller-manager"), CONTROLLERS)


def volume_object(site: Site, volume: Volume) -> Object:
    """The PersistentVolume of a claim, on an Azure disk."""
    claim = _claim_meta(site.name, volume)
    name = f"pvc-{claim.uid}"
    meta = Meta(
        site.name,
        "PersistentVolume",
        name,
        created=volume.created - 0.0001,
        annotations={
            "pv.kubernetes.io/provisioned-by": "disk.csi.azure.com",
            "volume.kubernetes.io/provisioner-deletion-secret-name": "",
            "volume.kubernetes.io/provisioner-deletion-secret-namespace": "",
        },
        finalizers=("external-provisioner.volume.kubernetes.io/finalizer", "kubernetes.io/pv-protection"),
    )
    reference: Object = {
        "kind": "PersistentVolumeClaim",
        "namespace": volume.namespace,
        "name": volume.claim,
        "uid": claim.uid,
        "apiVersion": "v1",
        "resourceVersion": resource_version(volume.created, claim.uid, "unbound"),
    }
    body: Object = {
        "spec": {
            "capacity": {"storage": f"{volume.gib}Gi"},
            "csi": _disk(site, volume, name),
            "accessModes": ["ReadWriteOnce"],
            "claimRef": reference,
            "persistentVolumeReclaimPolicy": "Delete",
            "storageClassName": volume.storage_class,
            "volumeMode": "Filesystem",
            "nodeAffinity": {"required": {"nodeSelectorTerms": _zone_terms(site, volume)}},
        },
        "status": {"phase": "Bound", "lastPhaseTransitionTime": ago(volume.created - 0.0001)},
    }
    return whole(meta, "v1", body, Writer("csi-provisioner"), CONTROLLERS)


def _disk(site: Site, volume: Volume, name: str) -> Object:
    return {
        "driver": "disk.csi.azure.com",
        "volumeHandle": f"{site.group_id}/providers/Microsoft.Compute/disks/{name}",
        "volumeAttributes": {
            "csi.storage.k8s.io/pv/name": name,
            "csi.storage.k8s.io/pvc/name": volume.claim,
            "csi.storage.k8s.io/pvc/namespace": volume.namespace,
            "requestedsizegib": str(volume.gib),
            "skuname": "Premium_LRS" if volume.node_zone else "Premium_ZRS",
            "storage.kubernetes.io/csiProvisionerIdentity": f"{number(10**12, 17 * 10**11, site.name)}-"
            f"{number(1000, 9999, site.name)}-disk.csi.azure.com",
        },
    }


def _zone_terms(site: Site, volume: Volume) -> list[Json]:
    zones = [volume.node_zone] if volume.node_zone else [f"{site.location}-{index}" for index in (1, 2, 3)] + [""]
    key = "topology.disk.csi.azure.com/zone"
    return [{"matchExpressions": [{"key": key, "operator": "In", "values": [zone]}]} for zone in zones]


@dataclass(frozen=True, slots=True)
class Route:
    """An Ingress of one host: path, Service and port number."""

    namespace: str
    name: str
    host: str
    paths: tuple[tuple[str, str, int], ...]
    ingress_class: str = "nginx"
    annotations: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    writer: Writer = HELM
    created: float = 260.0


def ingress_object(seed: str, route: Route, address: str) -> Object:
    """An Ingress with TLS, admitted at the controller's address."""
    meta = Meta(
        seed,
        "Ingress",
        route.name,
        route.namespace,
        created=route.created,
        changed=route.created - 0.0006,
        labels=route.labels,
        annotations=route.annotations,
        generation=1,
    )
    paths: list[Json] = [
        {
            "path": path,
            "pathType": "Prefix",
            "backend": {"service": {"name": service, "port": {"number": port_number}}},
        }
        for path, service, port_number in route.paths
    ]
    body: Object = {
        "spec": {
            "ingressClassName": route.ingress_class,
            "tls": [{"hosts": [route.host], "secretName": f"{route.host.replace('.', '-')}-tls"}],
            "rules": [{"host": route.host, "http": {"paths": paths}}],
        },
        "status": {"loadBalancer": {"ingress": [{"ip": address}]}},
    }
    status = Writer("nginx-ingress-controller", subresource="status")
    return whole(meta, "networking.k8s.io/v1", body, route.writer, status)


def ingress_class_object(seed: str, name: str, controller: str, labels: Mapping[str, str]) -> Object:
    """An IngressClass."""
    meta = Meta(seed, "IngressClass", name, created=300.0, labels=labels, generation=1)
    return whole(meta, "networking.k8s.io/v1", {"spec": {"controller": controller}}, HELM)


def service_cidr_object(seed: str, cidr: str, created: float) -> Object:
    """The ServiceCIDR that the API server makes of its own flag."""
    meta = Meta(
        seed,
        "ServiceCIDR",
        "kubernetes",
        created=created,
        finalizers=("networking.k8s.io/service-cidr-finalizer",),
    )
    ready: Object = {
        "type": "Ready",
        "status": "True",
        "lastTransitionTime": ago(meta.born),
        "reason": "",
        "message": "Kubernetes Service CIDR is ready",
    }
    body: Object = {"spec": {"cidrs": [cidr]}, "status": {"conditions": [ready]}}
    return whole(
        meta, "networking.k8s.io/v1", body, Writer("kube-apiserver"), Writer("kube-apiserver", subresource="status")
    )


def config_map_object(meta: Meta, content: Mapping[str, str], writer: Writer) -> Object:
    """A ConfigMap as a GET prints it, with kind and apiVersion."""
    owned: Object = {"data": dict(content), "metadata": owned_metadata(meta)}
    entry = managed(writer, "v1", meta.born, owned)
    body: Object = {"kind": "ConfigMap", "apiVersion": "v1", "metadata": metadata(meta, [entry])}
    return body | {"data": dict(content)}


def partial_metadata(meta: Meta, keys: Sequence[str], writer: Writer) -> Object:
    """A ConfigMap as a list of metadata prints it: no data."""
    entry = managed(writer, "v1", meta.born, {"data": {key: "" for key in keys}, "metadata": owned_metadata(meta)})
    body: Object = {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1"}
    return body | {"metadata": metadata(meta, [entry])}


def custom_object(meta: Meta, api_version: str, spec: Object, writer: Writer = HELM) -> Object:
    """A custom resource with a spec only."""
    return whole(meta, api_version, {"spec": spec}, writer)


def node_network_config(site: Site, node: Node) -> Object:
    """The NodeNetworkConfig of an overlay node: one /24."""
    guid = vnet_guid(site)
    meta = Meta(
        site.name,
        "NodeNetworkConfig",
        node.name,
        "kube-system",
        created=node.created,
        changed=node.created - 0.0008,
        labels={
            "kubernetes.azure.com/podnetwork-delegationguid": "",
            "kubernetes.azure.com/podnetwork-subnet": "",
            "kubernetes.azure.com/podnetwork-type": "overlay",
            "managed": "true",
            "owner": node.name,
        },
        owners=(owner(Meta(site.name, "Node", node.name), "v1"),),
        finalizers=("finalizers.acn.azure.com/dnc-operations",),
        generation=1,
    )
    container: Object = {
        "assignmentMode": "static",
        "id": uid("network-container", site.name, node.name),
        "nodeIP": node.ip,
        "primaryIP": node.pod_cidr,
        "resourceGroupID": site.vnet_group,
        "subcriptionID": site.subscription,
        "subnetAddressSpace": site.pod_cidr,
        "subnetID": site.subnet,
        "subnetName": f"routingdomain_{guid}_overlaysubnet",
        "type": "overlay",
        "version": 0,
        "vnetID": site.vnet,
    }
    body: Object = {
        "spec": {"requestedIPCount": 0},
        "status": {"assignedIPCount": 256, "networkContainers": [container]},
    }
    return whole(meta, "acn.azure.com/v1alpha", body, Writer("dnc-rc"), Writer("dnc-rc", subresource="status"))


CRUD = ("delete", "deletecollection", "get", "list", "patch", "create", "update", "watch")


@dataclass(frozen=True, slots=True)
class Resource:
    """One custom kind of an API group."""

    kind: str
    plural: str
    namespaced: bool
    short: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    status: bool = False


def networking_resources(minor: int) -> tuple[Resource, ...]:
    """What networking.k8s.io/v1 serves; IPAddress and ServiceCIDR came with 1.33."""
    addresses = (Resource("IPAddress", "ipaddresses", False, ("ip",)),) if minor >= 33 else ()
    ranges = (Resource("ServiceCIDR", "servicecidrs", False, status=True),) if minor >= 33 else ()
    return (
        Resource("IngressClass", "ingressclasses", False),
        Resource("Ingress", "ingresses", True, ("ing",), status=True),
        *addresses,
        Resource("NetworkPolicy", "networkpolicies", True, ("netpol",)),
        *ranges,
    )


def resource_list(group_version: str, resources: Sequence[Resource]) -> Object:
    """The APIResourceList of a group of custom kinds."""
    entries: list[Json] = []
    for item in resources:
        entries.append(_api_resource(group_version, item))
        if item.status:
            entries.append(
                {
                    "name": f"{item.plural}/status",
                    "singularName": "",
                    "namespaced": item.namespaced,
                    "kind": item.kind,
                    "verbs": ["get", "patch", "update"],
                }
            )
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": entries}


def _api_resource(group_version: str, item: Resource) -> Object:
    body: Object = {
        "name": item.plural,
        "singularName": item.kind.lower(),
        "namespaced": item.namespaced,
        "kind": item.kind,
        "verbs": list(CRUD),
    }
    extra: Object = {"shortNames": item.short, "categories": item.categories}
    hash_ = base64.b64encode(digest("storage", group_version, item.plural)[:8]).decode()
    return body | present(extra) | {"storageVersionHash": hash_}


_BUILT_IN = (
    ("apiregistration.k8s.io", "v1"),
    ("apps", "v1"),
    ("events.k8s.io", "v1"),
    ("authentication.k8s.io", "v1"),
    ("authorization.k8s.io", "v1"),
    ("autoscaling", "v2 v1"),
    ("batch", "v1"),
    ("certificates.k8s.io", "v1"),
    ("networking.k8s.io", "v1"),
    ("policy", "v1"),
    ("rbac.authorization.k8s.io", "v1"),
    ("storage.k8s.io", "v1"),
    ("admissionregistration.k8s.io", "v1"),
    ("apiextensions.k8s.io", "v1"),
    ("scheduling.k8s.io", "v1"),
    ("coordination.k8s.io", "v1"),
    ("node.k8s.io", "v1"),
    ("discovery.k8s.io", "v1"),
    ("flowcontrol.apiserver.k8s.io", "v1"),
)


def group_list(minor: int, custom: Mapping[str, str]) -> Object:
    """The APIGroupList: built-in groups, custom ones by name, metrics last."""
    rows = [*_BUILT_IN, *sorted(custom.items()), ("metrics.k8s.io", "v1beta1")]
    if minor < 32:
        rows[len(_BUILT_IN) - 1] = ("flowcontrol.apiserver.k8s.io", "v1 v1beta3")
    groups: list[Json] = []
    for group, versions in rows:
        entries = [{"groupVersion": f"{group}/{version}", "version": version} for version in versions.split()]
        groups.append({"name": group, "versions": entries, "preferredVersion": entries[0]})
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}


@dataclass(frozen=True, slots=True)
class Hook:
    """One webhook of a configuration; `service` is namespace, name, path and port, empty for a URL."""

    name: str
    service: tuple[str, str, str, int] | None
    rules: tuple[Object, ...]
    failure: str = "Fail"
    url: str = ""
    namespace_selector: Mapping[str, Json] = field(default_factory=dict)
    timeout_s: int = 10


def webhook_rule(groups: str, versions: str, resources: str, operations: str = "CREATE UPDATE") -> Object:
    """A rule of an admission webhook; words are separated by spaces, `core` is the core group."""
    return {
        "operations": operations.split(),
        "apiGroups": ["" if group == "core" else group for group in groups.split()],
        "apiVersions": versions.split(),
        "resources": resources.split(),
        "scope": "*",
    }


def webhook_object(meta: Meta, hooks: Sequence[Hook], writer: Writer = HELM) -> Object:
    """A validating or mutating webhook configuration."""
    mutating = meta.kind.startswith("Mutating")
    body: Object = {"webhooks": [_hook(meta, hook, mutating=mutating) for hook in hooks]}
    return whole(meta, "admissionregistration.k8s.io/v1", body, writer)


def _hook(meta: Meta, hook: Hook, *, mutating: bool) -> Object:
    client: Object = {"url": hook.url}
    if hook.service is not None:
        space, name, path, port_number = hook.service
        client = {"service": {"namespace": space, "name": name, "path": path, "port": port_number}}
    reinvocation: Object = {"reinvocationPolicy": "Never"} if mutating else {}
    return {
        "name": hook.name,
        "clientConfig": client | {"caBundle": blob(420, meta.seed, meta.name)},
        "rules": list(hook.rules),
        "failurePolicy": hook.failure,
        "matchPolicy": "Equivalent",
        "namespaceSelector": dict(hook.namespace_selector),
        "objectSelector": {},
        "sideEffects": "None",
        "timeoutSeconds": hook.timeout_s,
        "admissionReviewVersions": ["v1"],
        **reinvocation,
    }


def arm_network_id(site: Site, group: str, kind: str, name: str) -> str:
    """ARM id of a network resource in the cluster's subscription."""
    return f"/subscriptions/{site.subscription}/resourceGroups/{group}/providers/Microsoft.Network/{kind}/{name}"


@dataclass(frozen=True, slots=True)
class Subnet:
    """One subnet of a VNet."""

    name: str
    prefix: str
    route_table_id: str = ""
    nsg_id: str = ""
    nat_gateway_id: str = ""
    configurations: tuple[str, ...] = ()
    """Ids of the IP configurations in it."""
    delegation: str = ""
    endpoints: tuple[str, ...] = ()


def etag(*parts: object) -> str:
    """A weak ETag, as the network provider prints it."""
    return f'W/"{uid("etag", *parts)}"'


def vnet_body(site: Site, prefixes: Sequence[str], subnets: Sequence[Subnet], peerings: Sequence[Object]) -> Object:
    """The ARM body of the cluster's VNet."""
    id_ = arm_network_id(site, site.vnet_group, "virtualNetworks", site.vnet)
    return {
        "name": site.vnet,
        "id": id_,
        "etag": etag(id_),
        "type": "Microsoft.Network/virtualNetworks",
        "location": site.location,
        **present({"tags": dict(site.tags)}),
        "properties": {
            "provisioningState": "Succeeded",
            "resourceGuid": vnet_guid(site),
            "addressSpace": {"addressPrefixes": list(prefixes)},
            "privateEndpointVNetPolicies": "Disabled",
            "subnets": [_subnet_body(id_, item) for item in subnets],
            "virtualNetworkPeerings": list(peerings),
            "enableDdosProtection": False,
        },
    }


def _subnet_body(vnet_id: str, subnet: Subnet) -> Object:
    id_ = f"{vnet_id}/subnets/{subnet.name}"
    references = {
        "networkSecurityGroup": subnet.nsg_id,
        "routeTable": subnet.route_table_id,
        "natGateway": subnet.nat_gateway_id,
    }
    delegations: list[Json] = [_delegation(id_, subnet.delegation)] if subnet.delegation else []
    points: list[Json] = [
        {"provisioningState": "Succeeded", "service": name, "locations": ["*"]} for name in subnet.endpoints
    ]
    properties: Object = {"provisioningState": "Succeeded", "addressPrefix": subnet.prefix}
    properties |= {key: {"id": text} for key, text in references.items() if text}
    properties |= present({"ipConfigurations": [{"id": text} for text in subnet.configurations]})
    properties |= {"serviceEndpoints": points} if points else {}
    properties |= {
        "delegations": delegations,
        "privateEndpointNetworkPolicies": "Disabled",
        "privateLinkServiceNetworkPolicies": "Enabled",
    }
    return {
        "name": subnet.name,
        "id": id_,
        "etag": etag(vnet_id),
        "properties": properties,
        "type": "Microsoft.Network/virtualNetworks/subnets",
    }


def _delegation(subnet_id: str, service: str) -> Object:
    name = f"{service.rsplit('.', 1)[-1].replace('/', '-')}-delegation"
    return {
        "name": name,
        "id": f"{subnet_id}/delegations/{name}",
        "etag": etag(subnet_id),
        "properties": {
            "provisioningState": "Succeeded",
            "serviceName": service,
            "actions": ["Microsoft.Network/virtualNetworks/subnets/join/action"],
        },
        "type": "Microsoft.Network/virtualNetworks/subnets/delegations",
    }


def node_configurations(nodes: Sequence[Node], subnet_id: str) -> tuple[str, ...]:
    """Ids of the IP configurations of the nodes in a subnet, in the provider's capitals."""
    found: list[str] = []
    for node in nodes:
        if node.pool.subnet_id not in ("", subnet_id):
            continue
        routed = node.site.plugin == "azure" and not node.site.overlay
        scale_set = node.scale_set.upper()
        prefix = (
            f"{node.site.group_id}/providers/Microsoft.Compute/virtualMachineScaleSets/{scale_set}"
            f"/virtualMachines/{node.index}/networkInterfaces/{scale_set}/ipConfigurations/IPCONFIG"
        )
        found += [f"{prefix}{index}" for index in range(1, (node.pool.max_pods if routed else 0) + 2)]
    return tuple(found)


def peering_body(site: Site, name: str, remote_id: str, prefixes: Sequence[str]) -> Object:
    """A connected peering to a hub that owns the gateway."""
    vnet_id = arm_network_id(site, site.vnet_group, "virtualNetworks", site.vnet)
    space = {"addressPrefixes": list(prefixes)}
    return {
        "name": name,
        "id": f"{vnet_id}/virtualNetworkPeerings/{name}",
        "etag": etag(vnet_id),
        "properties": {
            "provisioningState": "Succeeded",
            "resourceGuid": uid("peering", vnet_id, name),
            "peeringState": "Connected",
            "peeringSyncLevel": "FullyInSync",
            "remoteVirtualNetwork": {"id": remote_id},
            "allowVirtualNetworkAccess": True,
            "allowForwardedTraffic": True,
            "allowGatewayTransit": False,
            "useRemoteGateways": True,
            "doNotVerifyRemoteGateways": False,
            "peerCompleteVnets": True,
            "remoteAddressSpace": space,
            "remoteVirtualNetworkAddressSpace": space,
        },
        "type": "Microsoft.Network/virtualNetworks/virtualNetworkPeerings",
    }


def node_route(node: Node) -> tuple[str, str, str, str]:
    """The route that AKS writes for the pods of a kubenet node: name, prefix, type, hop."""
    code = node.pod_cidr.replace(".", "").replace("/", "")
    return f"{node.name}____{code}", node.pod_cidr, "VirtualAppliance", node.ip


def route_table_body(
    site: Site, name: str, routes: Sequence[tuple[str, str, str, str]], subnet_ids: Sequence[str]
) -> Object:
    """The ARM body of a route table in the VNet's resource group."""
    id_ = arm_network_id(site, site.vnet_group, "routeTables", name)
    return {
        "name": name,
        "id": id_,
        "etag": etag(id_),
        "type": "Microsoft.Network/routeTables",
        "location": site.location,
        **present({"tags": dict(site.tags)}),
        "properties": {
            "provisioningState": "Succeeded",
            "resourceGuid": uid("route-table", id_),
            "disableBgpRoutePropagation": True,
            "routes": [_route(id_, row) for row in routes],
            "subnets": [{"id": text} for text in subnet_ids],
        },
    }


def _route(table_id: str, row: tuple[str, str, str, str]) -> Object:
    name, prefix, hop_type, hop = row
    return {
        "name": name,
        "id": f"{table_id}/routes/{name}",
        "etag": etag(table_id),
        "properties": {
            "provisioningState": "Succeeded",
            "addressPrefix": prefix,
            "nextHopType": hop_type,
            "nextHopIpAddress": hop,
            "hasBgpOverride": False,
        },
        "type": "Microsoft.Network/routeTables/routes",
    }


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a network security group; several ports or prefixes are separated by spaces."""

    name: str
    priority: int
    access: str
    source: str
    destination: str
    ports: str = "*"
    protocol: str = "*"
    direction: str = "Inbound"
    description: str = ""


_DEFAULT_RULES = (
    Rule("AllowVnetInBound", 65000, "Allow", "VirtualNetwork", "VirtualNetwork"),
    Rule("AllowAzureLoadBalancerInBound", 65001, "Allow", "AzureLoadBalancer", "*"),
    Rule("DenyAllInBound", 65500, "Deny", "*", "*"),
    Rule("AllowVnetOutBound", 65000, "Allow", "VirtualNetwork", "VirtualNetwork", direction="Outbound"),
    Rule("AllowInternetOutBound", 65001, "Allow", "*", "Internet", direction="Outbound"),
    Rule("DenyAllOutBound", 65500, "Deny", "*", "*", direction="Outbound"),
)
_DEFAULT_WORDS = {
    "AllowVnetInBound": "Allow inbound traffic from all VMs in VNET",
    "AllowAzureLoadBalancerInBound": "Allow inbound traffic from azure load balancer",
    "DenyAllInBound": "Deny all inbound traffic",
    "AllowVnetOutBound": "Allow outbound traffic from all VMs to all VMs in VNET",
    "AllowInternetOutBound": "Allow outbound traffic from all VMs to Internet",
    "DenyAllOutBound": "Deny all outbound traffic",
}


def nsg_body(site: Site, name: str, rules: Sequence[Rule], subnet_ids: Sequence[str]) -> Object:
    """The ARM body of a network security group beside the VNet."""
    id_ = arm_network_id(site, site.vnet_group, "networkSecurityGroups", name)
    return {
        "name": name,
        "id": id_,
        "etag": etag(id_),
        "type": "Microsoft.Network/networkSecurityGroups",
        "location": site.location,
        **present({"tags": dict(site.tags)}),
        "properties": {
            "provisioningState": "Succeeded",
            "resourceGuid": uid("nsg", id_),
            "securityRules": [_rule(id_, "securityRules", rule) for rule in rules],
            "defaultSecurityRules": [_rule(id_, "defaultSecurityRules", rule) for rule in _DEFAULT_RULES],
            "subnets": [{"id": text} for text in subnet_ids],
        },
    }


def _rule(nsg_id: str, kind: str, rule: Rule) -> Object:
    properties: Object = {"provisioningState": "Succeeded"}
    properties |= present({"description": rule.description or _DEFAULT_WORDS.get(rule.name, "")})
    properties |= {"protocol": rule.protocol, "sourcePortRange": "*"}
    properties |= _one_or_many("destinationPortRange", rule.ports)
    properties |= _one_or_many("sourceAddressPrefix", rule.source)
    properties |= _one_or_many("destinationAddressPrefix", rule.destination)
    properties |= {"access": rule.access, "priority": rule.priority, "direction": rule.direction}
    for key, text in (
        ("sourcePortRanges", ""),
        ("destinationPortRanges", rule.ports),
        ("sourceAddressPrefixes", rule.source),
        ("destinationAddressPrefixes", rule.destination),
    ):
        properties[key] = text.split() if " " in text else []
    return {
        "name": rule.name,
        "id": f"{nsg_id}/{kind}/{rule.name}",
        "etag": etag(nsg_id),
        "type": f"Microsoft.Network/networkSecurityGroups/{kind}",
        "properties": properties,
    }


def _one_or_many(key: str, text: str) -> Object:
    return {} if " " in text else {key: text}


def aks_show(site: Site, outbound_ips: int = 1, extra: Mapping[str, Json] | None = None) -> Object:
    """What `az aks show -o json` prints: flattened, keys sorted, unset keys null.

    The command itself drops `tags`, `vnetSubnetId` and `osDiskSizeGb` where they are null.
    """
    body: Object = {
        **{key: None for key in _UNSET},
        **_AKS_DEFAULTS,
        "agentPoolProfiles": [_agent_pool(site, pool) for pool in site.pools],
        "autoScalerProfile": _AUTO_SCALER if any(pool.limits for pool in site.pools) else None,
        "autoUpgradeProfile": {"nodeOsUpgradeChannel": "NodeImage", "upgradeChannel": "none"},
        "azurePortalFqdn": site.fqdn.replace(".hcp.", ".portal.hcp."),
        "currentKubernetesVersion": site.version,
        "dnsPrefix": f"{site.name}-dns",
        "eTag": uid("etag", site.id),
        "fqdn": site.fqdn,
        "id": site.id,
        "identity": _identity(site),
        "identityProfile": {"kubeletidentity": _kubelet_identity(site)},
        "kubernetesVersion": site.version,
        "location": site.location,
        "name": site.name,
        "networkProfile": _network_profile(site, outbound_ips),
        "nodeResourceGroup": site.node_group,
        "oidcIssuerProfile": {"enabled": True, "issuerUrl": _issuer(site)},
        "resourceGroup": site.resource_group,
        "resourceUid": digest("resource", site.name).hex()[:24],
        "windowsProfile": _WINDOWS if site.windows else None,
        **present({"tags": dict(site.tags)}),
    }
    return sorted_keys(body | dict(extra or {}))


_UNSET = [
    "aadProfile",
    "addonProfiles",
    "aiToolchainOperatorProfile",
    "apiServerAccessProfile",
    "autoScalerProfile",
    "azureMonitorProfile",
    "diskEncryptionSetId",
    "extendedLocation",
    "fqdnSubdomain",
    "hostedSystemProfile",
    "httpProxyConfig",
    "ingressProfile",
    "linuxProfile",
    "metricsProfile",
    "nodeResourceGroupProfile",
    "podIdentityProfile",
    "privateFqdn",
    "privateLinkResources",
    "publicNetworkAccess",
    "serviceMeshProfile",
    "status",
    "systemData",
    "upgradeSettings",
    "windowsProfile",
    "workloadAutoScalerProfile",
]
_AKS_DEFAULTS: Object = {
    "bootstrapProfile": {"artifactSource": "Direct", "containerRegistryId": None},
    "disableLocalAccounts": True,
    "enableRbac": True,
    "kind": "Base",
    "maxAgentPools": 100,
    "metricsProfile": {"costAnalysis": {"enabled": True}},
    "nodeProvisioningProfile": {"defaultNodePools": "Auto", "mode": "Manual"},
    "powerState": {"code": "Running"},
    "provisioningState": "Succeeded",
    "securityProfile": {
        "azureKeyVaultKms": None,
        "customCaTrustCertificates": None,
        "defender": None,
        "imageCleaner": {"enabled": True, "intervalHours": 168},
        "workloadIdentity": {"enabled": True},
    },
    "servicePrincipalProfile": {"clientId": "msi"},
    "sku": {"name": "Base", "tier": "Premium"},
    "storageProfile": {
        "blobCsiDriver": None,
        "diskCsiDriver": {"enabled": True},
        "fileCsiDriver": {"enabled": False},
        "snapshotController": {"enabled": True},
    },
    "supportPlan": "AKSLongTermSupport",
    "type": "Microsoft.ContainerService/ManagedClusters",
}
_AUTO_SCALER: Object = {
    "balanceSimilarNodeGroups": "false",
    "daemonsetEvictionForEmptyNodes": False,
    "daemonsetEvictionForOccupiedNodes": True,
    "expander": "random",
    "ignoreDaemonsetsUtilization": False,
    "maxEmptyBulkDelete": "10",
    "maxGracefulTerminationSec": "600",
    "maxNodeProvisionTime": "15m",
    "maxTotalUnreadyPercentage": "45",
    "newPodScaleUpDelay": "0s",
    "okTotalUnreadyCount": "3",
    "scaleDownDelayAfterAdd": "10m",
    "scaleDownDelayAfterDelete": "10s",
    "scaleDownDelayAfterFailure": "3m",
    "scaleDownUnneededTime": "10m",
    "scaleDownUnreadyTime": "20m",
    "scaleDownUtilizationThreshold": "0.5",
    "scanInterval": "10s",
    "skipNodesWithLocalStorage": "false",
    "skipNodesWithSystemPods": "true",
}
_WINDOWS: Object = {
    "adminPassword": None,
    "adminUsername": "azureuser",
    "enableCsiProxy": True,
    "gmsaProfile": None,
    "licenseType": "Windows_Server",
}
_POOL_UNSET = [
    "availabilityZones",
    "capacityReservationGroupId",
    "creationData",
    "gatewayProfile",
    "gpuInstanceProfile",
    "gpuProfile",
    "hostGroupId",
    "kubeletConfig",
    "linuxOsConfig",
    "localDnsProfile",
    "maxCount",
    "messageOfTheDay",
    "minCount",
    "networkProfile",
    "nodeLabels",
    "nodePublicIpPrefixId",
    "nodeTaints",
    "podIpAllocationMode",
    "podSubnetId",
    "proximityPlacementGroupId",
    "scaleSetEvictionPolicy",
    "scaleSetPriority",
    "spotMaxPrice",
    "status",
    "tags",
    "virtualMachineNodesStatus",
    "virtualMachinesProfile",
    "windowsProfile",
]
_POOL_DEFAULTS: Object = {
    "enableEncryptionAtHost": True,
    "enableFips": False,
    "enableNodePublicIp": False,
    "enableUltraSsd": False,
    "kubeletDiskType": "OS",
    "osDiskSizeGb": 128,
    "osDiskType": "Managed",
    "powerState": {"code": "Running"},
    "provisioningState": "Succeeded",
    "scaleDownMode": "Delete",
    "type": "VirtualMachineScaleSets",
    "workloadRuntime": "OCIContainer",
}


def _agent_pool(site: Site, pool: Pool) -> Object:
    least, most = pool.limits or (None, None)
    windows: Object = {"windowsProfile": {"disableOutboundNat": False}} if pool.windows else {}
    return {
        **{key: None for key in _POOL_UNSET},
        **_POOL_DEFAULTS,
        "availabilityZones": list(pool.zones),
        "count": pool.count,
        "currentOrchestratorVersion": site.version,
        "eTag": uid("etag", site.id, pool.name),
        "enableAutoScaling": pool.limits is not None,
        "maxCount": most,
        "maxPods": pool.max_pods,
        "minCount": least,
        "mode": pool.mode,
        "name": pool.name,
        "nodeImageVersion": pool.image,
        "nodeLabels": dict(pool.labels) or None,
        "nodeTaints": list(pool.taints) or None,
        "orchestratorVersion": site.version,
        "osSku": pool.sku,
        "osType": pool.os,
        "securityProfile": {"enableSecureBoot": False, "enableVtpm": False, "sshAccess": "LocalUser"},
        "upgradeSettings": {
            "drainTimeoutInMinutes": pool.drain_minutes,
            "maxBlockedNodes": None,
            "maxSurge": pool.surge,
            "maxUnavailable": "0",
            "nodeSoakDurationInMinutes": None,
            "undrainableNodeBehavior": None,
        },
        "vmSize": pool.size,
        **present({"vnetSubnetId": pool.subnet_id}),
        **windows,
    }


def _identity(site: Site) -> Object:
    if site.identity:
        who = {"clientId": uid("client", site.identity), "principalId": uid("principal", site.identity)}
        users: Json = {site.identity: who}
        return _IDENTITY_UNSET | {"type": "UserAssigned", "userAssignedIdentities": users}
    principal = uid("principal", site.id)
    return _IDENTITY_UNSET | {"principalId": principal, "tenantId": site.tenant, "type": "SystemAssigned"}


_IDENTITY_UNSET: Object = {
    "delegatedResources": None,
    "principalId": None,
    "tenantId": None,
    "userAssignedIdentities": None,
}


def _kubelet_identity(site: Site) -> Object:
    return {
        "clientId": uid("kubelet-client", site.name),
        "objectId": uid("kubelet-object", site.name),
        "resourceId": f"{site.group_id.replace('resourceGroups', 'resourcegroups')}/providers"
        f"/Microsoft.ManagedIdentity/userAssignedIdentities/{site.name}-agentpool",
    }


def _issuer(site: Site) -> str:
    return f"https://{site.location}.oic.prod-aks.azure.com/{site.tenant}/{uid('issuer', site.name)}/"


def _network_profile(site: Site, outbound_ips: int) -> Object:
    azure = site.plugin == "azure"
    return {
        "advancedNetworking": None,
        "dnsServiceIp": site.dns_ip,
        "ipFamilies": ["IPv4"],
        "loadBalancerProfile": _balancer(site, outbound_ips) if site.outbound == "loadBalancer" else None,
        "loadBalancerSku": "standard",
        "natGatewayProfile": None,
        "networkDataplane": "azure" if azure else None,
        "networkMode": None,
        "networkPlugin": site.plugin,
        "networkPluginMode": "overlay" if site.overlay else None,
        "networkPolicy": site.policy,
        "outboundType": site.outbound,
        "podCidr": site.pod_cidr or None,
        "podCidrs": [site.pod_cidr] if site.pod_cidr else None,
        "serviceCidr": site.service_cidr,
        "serviceCidrs": [site.service_cidr],
        "staticEgressGatewayProfile": None,
    }


def _balancer(site: Site, outbound_ips: int) -> Object:
    addresses = [
        f"{site.group_id}/providers/Microsoft.Network/publicIPAddresses/{uid('outbound', site.name, index)}"
        for index in range(outbound_ips)
    ]
    return {
        "allocatedOutboundPorts": None,
        "backendPoolType": "nodeIPConfiguration",
        "effectiveOutboundIPs": [{"id": text, "resourceGroup": site.node_group} for text in addresses],
        "enableMultipleStandardLoadBalancers": None,
        "idleTimeoutInMinutes": None,
        "managedOutboundIPs": {"count": outbound_ips, "countIpv6": None},
        "outboundIPs": None,
        "outboundIpPrefixes": None,
    }
