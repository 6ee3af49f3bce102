"""One healthy cluster, and the ways in which tests spoil it.

Node subnet, Azure data plane, no policy engine, Kubernetes 1.33, two Linux pools in one VNet, a shop of four pods.
Every source is read. A test patches the one thing that it is about.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import msgspec
import yaml

from analyzer.model.cluster import ManagedCluster
from analyzer.model.fact import Cause, Fact, Known, Missing
from analyzer.model.preview import ClusterPreview
from analyzer.model.snapshot import ITEM_TYPES, SINGLE_OBJECTS, Snapshot
from analyzer.model.source import READS, KubernetesRead, Source

SUBSCRIPTION = "/subscriptions/11111111-2222-3333-4444-555555555555"
GROUP = f"{SUBSCRIPTION}/resourceGroups/shop-rg"
NETWORK = f"{GROUP}/providers/Microsoft.Network"
VNET = f"{NETWORK}/virtualNetworks/shop-vnet"
MANAGED = f"{SUBSCRIPTION}/resourceGroups/MC_shop-rg_shop_westeurope"
GALLERY = f"{SUBSCRIPTION}/resourceGroups/AKS-Ubuntu/providers/Microsoft.Compute/galleries/AKSUbuntu/images"
IDENTITY = f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/shop-identity"
PRINCIPAL = "99999999-8888-7777-6666-555555555555"
NETWORK_CONTRIBUTOR = "4d97b98b-1d4f-4787-a291-c67834d212e7"
AS_OF = "2026-11-20"
"""The day on which the healthy cluster is judged."""

_CLUSTER = f"""
id: {GROUP}/providers/Microsoft.ContainerService/managedClusters/shop
name: shop
location: westeurope
sku: {{name: Base, tier: Standard}}
identity: {{type: UserAssigned, userAssignedIdentities: {{"{IDENTITY}": {{principalId: {PRINCIPAL}}}}}}}
servicePrincipalProfile: {{clientId: msi}}
supportPlan: KubernetesOfficial
addonProfiles: {{azurepolicy: {{enabled: true, config: null}}}}
autoUpgradeProfile: {{upgradeChannel: none, nodeOSUpgradeChannel: None}}
serviceMeshProfile: {{mode: Disabled}}
kubernetesVersion: "1.33"
currentKubernetesVersion: 1.33.5
provisioningState: Succeeded
powerState: {{code: Running}}
fqdn: shop-dns-abcd1234.hcp.westeurope.azmk8s.io
nodeResourceGroup: MC_shop-rg_shop_westeurope
nodeProvisioningProfile: {{mode: Manual}}
networkProfile:
  networkPlugin: azure
  networkPluginMode: null
  networkDataplane: azure
  networkPolicy: none
  serviceCidr: 10.0.0.0/16
  serviceCidrs: [10.0.0.0/16]
  dnsServiceIP: 10.0.0.10
  ipFamilies: [IPv4]
  outboundType: loadBalancer
  loadBalancerSku: standard
agentPoolProfiles:
- &pool
  name: apps
  count: 2
  vmSize: Standard_D4s_v5
  osType: Linux
  osSKU: Ubuntu
  mode: User
  type: VirtualMachineScaleSets
  maxPods: 30
  vnetSubnetID: {VNET}/subnets/nodes
  orchestratorVersion: "1.33"
  currentOrchestratorVersion: 1.33.5
  nodeImageVersion: AKSUbuntu-2204gen2containerd-202610.12.0
  provisioningState: Succeeded
  powerState: {{code: Running}}
  upgradeSettings: {{maxSurge: 10%}}
- <<: *pool
  name: system
  count: 3
  mode: System
"""

_PREVIEW = f"""
id: {GROUP}/providers/Microsoft.ContainerService/managedClusters/shop
name: shop
networkProfile: {{kubeProxyConfig: null}}
nodeDisruptionProfile: {{nodeDisruptionPolicy: Allow}}
"""

_ARM_LISTS = {
    Source.SUBNET_USAGES: f"""
- {{id: {VNET}/subnets/nodes, currentValue: 155, limit: 4091}}
- {{id: {VNET}/subnets/ingress, currentValue: 0, limit: 251}}
""",
    Source.SCALE_SETS: "".join(
        f"""
- id: {MANAGED}/providers/Microsoft.Compute/virtualMachineScaleSets/aks-{pool}-vmss
  name: aks-{pool}-vmss
  tags: {{aks-managed-poolName: {pool}}}
  virtualMachineProfile:
    storageProfile: {{imageReference: {{id: {GALLERY}/2204gen2containerd/versions/202610.12.0}}}}
    networkProfile:
      networkInterfaceConfigurations:
      - name: aks-{pool}-vmss
        ipConfigurations: [{{subnet: {{id: {VNET}/subnets/nodes}}}}]
"""
        for pool in ("apps", "system")
    ),
    Source.COMPUTE_USAGES: """
- {name: {value: cores}, currentValue: 20, limit: 350}
- {name: {value: lowPriorityCores}, currentValue: 0, limit: 100}
- {name: {value: standardDSv5Family}, currentValue: 20, limit: 350}
""",
    Source.VIRTUAL_MACHINE_SIZES: """
- name: Standard_D4s_v5
  resourceType: virtualMachines
  family: standardDSv5Family
  capabilities: [{name: vCPUs, value: "4"}]
""",
    Source.ROLE_ASSIGNMENTS: f"""
- id: {VNET}/providers/Microsoft.Authorization/roleAssignments/0a5e1f7e-0000-4000-8000-000000000001
  name: 0a5e1f7e-0000-4000-8000-000000000001
  principalId: {PRINCIPAL}
  roleDefinitionId: {SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{NETWORK_CONTRIBUTOR}
  scope: {VNET}
""",
    Source.ROLE_DEFINITIONS: f"""
- id: {SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{NETWORK_CONTRIBUTOR}
  name: {NETWORK_CONTRIBUTOR}
  roleName: Network Contributor
  permissions: [{{actions: [Microsoft.Authorization/*/read, Microsoft.Network/*, Microsoft.Resources/deployments/*]}}]
""",
}
"""What the ARM lists hold beside the VNet; those that are not here were read and are empty."""

_NETWORKS = f"""
- id: {VNET}
  name: shop-vnet
  addressSpace: {{addressPrefixes: [10.10.0.0/16]}}
  subnets:
  - id: {VNET}/subnets/nodes
    name: nodes
    addressPrefix: 10.10.0.0/20
  - id: {VNET}/subnets/ingress
    name: ingress
    addressPrefix: 10.10.32.0/24
  virtualNetworkPeerings: []
"""


def _node(name: str, pool: str, address: str) -> str:
    return f"""
apiVersion: v1
kind: Node
metadata: {{name: {name}, labels: {{agentpool: {pool}, kubernetes.io/os: linux}}}}
status:
  addresses: [{{type: InternalIP, address: {address}}}, {{type: Hostname, address: {name}}}]
  allocatable: {{cpu: 3860m, memory: 12881720Ki, pods: "30"}}
  nodeInfo:
    kernelVersion: 5.15.0-1098-azure
    osImage: Ubuntu 22.04.5 LTS
    operatingSystem: linux
    containerRuntimeVersion: containerd://1.7.29
    kubeletVersion: v1.33.5
  conditions: [{{type: Ready, status: "True"}}]
---"""


def _managed(namespace: str) -> str:
    return ", kubernetes.azure.com/managedby: aks" if namespace == "kube-system" else ""


def _pod(namespace: str, app: str, node: str, address: str, port: int) -> str:
    return f"""
apiVersion: v1
kind: Pod
metadata:
  namespace: {namespace}
  name: {app}-{node}
  labels: {{app: {app}{_managed(namespace)}}}
  ownerReferences: [{{kind: {"StatefulSet" if app == "db" else "ReplicaSet"}, name: {app}, controller: true}}]
spec:
  nodeName: {node}
  containers:
  - name: {app}
    image: registry.example/{app}:1.4.2
    ports: [{{name: main, containerPort: {port}}}]
    resources: {{requests: {{cpu: 100m, memory: 128Mi}}}}
status: {{phase: Running, podIP: {address}, podIPs: [{{ip: {address}}}], containerStatuses: [{{ready: true}}]}}
---"""


def _service(namespace: str, app: str, address: str, port: int) -> str:
    return f"""
apiVersion: v1
kind: Service
metadata: {{namespace: {namespace}, name: {app}}}
spec: {{type: ClusterIP, clusterIP: {address}, selector: {{app: {app}}}, ports: [{{port: {port}}}]}}
---"""


def _workload(kind: str, namespace: str, app: str) -> str:
    return f"""
apiVersion: apps/v1
kind: {kind}
metadata: {{namespace: {namespace}, name: {app}, labels: {{app: {app}{_managed(namespace)}}}}}
spec:
  replicas: 2
  selector: {{matchLabels: {{app: {app}}}}}
  template:
    metadata: {{labels: {{app: {app}}}}}
    spec: {{containers: [{{name: {app}, image: "registry.example/{app}:1.4.2"}}]}}
---"""


def _replica_set(namespace: str, app: str) -> str:
    return f"""
apiVersion: apps/v1
kind: ReplicaSet
metadata:
  namespace: {namespace}
  name: {app}
  ownerReferences: [{{kind: Deployment, name: {app}, controller: true}}]
---"""


_OBJECTS = "".join(
    (
        _node("apps-0", "apps", "10.10.0.4"),
        _node("apps-1", "apps", "10.10.0.5"),
        _node("system-0", "system", "10.10.0.6"),
        _node("system-1", "system", "10.10.0.7"),
        _node("system-2", "system", "10.10.0.8"),
        _pod("kube-system", "coredns", "system-0", "10.10.0.90", 53),
        _pod("shop", "web", "apps-0", "10.10.0.10", 8080),
        _pod("shop", "web", "apps-1", "10.10.0.40", 8080),
        _pod("shop", "db", "apps-0", "10.10.0.11", 5432),
        _pod("shop", "db", "apps-1", "10.10.0.41", 5432),
        _service("shop", "web", "10.0.12.1", 80),
        _service("shop", "db", "10.0.12.2", 5432),
        _workload("Deployment", "shop", "web"),
        _replica_set("shop", "web"),
        _workload("StatefulSet", "shop", "db"),
        _workload("Deployment", "kube-system", "coredns"),
        _replica_set("kube-system", "coredns"),
        _workload("DaemonSet", "kube-system", "kube-proxy"),
        """
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {kubernetes.io/metadata.name: shop, team: retail}}
---
apiVersion: v1
kind: Namespace
metadata: {name: kube-system, labels: {kubernetes.io/metadata.name: kube-system}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {namespace: kube-system, name: konnectivity-agent}
spec:
  podSelector: {matchLabels: {app: konnectivity-agent}}
  policyTypes: [Egress]
  egress: [{}]
""",
    )
)


def _source_of(document: Mapping[str, Any]) -> Source:
    """The source that a manifest belongs to, by its API group, kind and, for named ConfigMaps, name."""
    group = document["apiVersion"].rpartition("/")[0]
    for source, read in READS.items():
        if isinstance(read, KubernetesRead) and read.name in ("", document["metadata"]["name"]):
            if source is Source.CONFIG_MAP_NAMES:
                continue
            if any(end.group == group and end.kind == document["kind"] for end in read.endpoints):
                return source
    raise ValueError(f"No source holds {document['apiVersion']} {document['kind']}")


def _key(item: Any) -> tuple[str, str, str]:
    return item.metadata.namespace, item.metadata.name, item.kind


def with_objects(snapshot: Snapshot, manifests: str) -> Snapshot:
    """The snapshot with these manifests applied: same kind, namespace and name replaces, else adds."""
    for document in filter(None, yaml.safe_load_all(manifests)):
        source = _source_of(document)
        if source in SINGLE_OBJECTS:
            value: Any = msgspec.convert(document, SINGLE_OBJECTS[source])
        else:
            item = msgspec.convert(document, ITEM_TYPES[source])
            items = {_key(old): old for old in getattr(snapshot, source.value).value} | {_key(item): item}
            value = tuple(items[key] for key in sorted(items))
        snapshot = replace(snapshot, **{source.value: Known(value)})
    return snapshot


def merge(body: Any, patch: Any) -> Any:
    """RFC 7396 merge patch."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(body) if isinstance(body, dict) else {}
    for key, value in patch.items():
        if value == "<absent>":
            merged.pop(key, None)
        else:
            merged[key] = merge(merged.get(key), value)
    return merged


def cluster_body() -> dict[str, Any]:
    """The healthy cluster's ARM body, to be patched."""
    return yaml.safe_load(_CLUSTER)  # type: ignore[no-any-return]


def with_cluster(snapshot: Snapshot, patch: str) -> Snapshot:
    """The snapshot with a merge patch on the cluster's body. The value "<absent>" takes a key away.

    `pools` in the patch maps a pool's name to a patch of that pool (null removes it; a new name adds one like apps).
    """
    change = yaml.safe_load(patch)
    pools = change.pop("pools", {})
    body = merge(cluster_body(), change)
    if pools:
        by_name = {pool["name"]: pool for pool in body["agentPoolProfiles"]}
        for name, pool_patch in pools.items():
            base = by_name.get(name) or {**cluster_body()["agentPoolProfiles"][0], "name": name}
            by_name[name] = merge(base, pool_patch)
            if pool_patch is None:
                del by_name[name]
        body["agentPoolProfiles"] = [by_name[name] for name in sorted(by_name)]
    return replace(snapshot, cluster=Known(msgspec.convert(body, ManagedCluster)))


def with_preview(snapshot: Snapshot, patch: str) -> Snapshot:
    """The snapshot with a merge patch on the body that the preview API version answers."""
    body = merge(yaml.safe_load(_PREVIEW), yaml.safe_load(patch))
    return replace(snapshot, cluster_preview=Known(msgspec.convert(body, ClusterPreview)))


def with_network(snapshot: Snapshot, source: Source, bodies: str) -> Snapshot:
    """The snapshot with these bodies in one of the ARM lists instead of its own."""
    items = tuple(msgspec.convert(body, ITEM_TYPES[source]) for body in yaml.safe_load(bodies))
    return replace(snapshot, **{source.value: Known(items)})


def without(snapshot: Snapshot, source: Source, cause: Cause = Cause.FORBIDDEN) -> Snapshot:
    """The snapshot as if this source had not been readable at all."""
    return _taken(snapshot, source, cause, None)


def partly(snapshot: Snapshot, source: Source, keep: int | None = None) -> Snapshot:
    """The snapshot as if only the first objects of a list had been read (default: all, but nothing proves it)."""
    value = getattr(snapshot, source.value).value
    return _taken(snapshot, source, Cause.PARTIAL, value if keep is None else value[:keep])


def _taken(snapshot: Snapshot, source: Source, cause: Cause, seen: Any) -> Snapshot:
    missing: Fact[Any] = Missing(source, cause, f"{source.value}: {cause.value}", f"read {source.value}", seen)
    return replace(snapshot, **{source.value: missing})


def emptied(snapshot: Snapshot, sources: Iterable[Source]) -> Snapshot:
    """The snapshot with these lists read and empty."""
    return replace(snapshot, **{source.value: Known(()) for source in sources})


@cache
def healthy() -> Snapshot:
    """The healthy cluster, read in full."""
    everything: dict[str, Any] = {source.value: Known(()) for source in ITEM_TYPES}
    everything |= {source.value: Known(None) for source in SINGLE_OBJECTS}
    snapshot = Snapshot(
        **everything,
        collected_at="2026-11-20T06:00:00Z",
        api_version="2026-05-01",
        server="https://shop-dns-abcd1234.hcp.westeurope.azmk8s.io:443",
    )
    snapshot = with_preview(with_cluster(snapshot, "{}"), "{}")
    for source, bodies in {Source.VIRTUAL_NETWORKS: _NETWORKS, **_ARM_LISTS}.items():
        snapshot = with_network(snapshot, source, bodies)
    return with_objects(snapshot, _OBJECTS)
