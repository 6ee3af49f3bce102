"""Objects of a cluster in memory, as decoding leaves them: pods, nodes, namespaces, Services and their slices."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import msgspec
import shapes

from analyzer.collect.decoding import in_order
from analyzer.model.objects import (
    Address,
    Container,
    ContainerPort,
    ContainerStatus,
    EndpointAddresses,
    EndpointPort,
    EndpointSlice,
    EndpointTarget,
    KubernetesObject,
    LoadBalancerIngress,
    LoadBalancerStatus,
    Metadata,
    Namespace,
    NamespaceMetadata,
    Node,
    NodeInfo,
    NodeSpec,
    NodeStatus,
    OwnerReference,
    Pod,
    PodIP,
    PodMetadata,
    PodSpec,
    PodStatus,
    Resources,
    Service,
    ServiceMetadata,
    ServicePort,
    ServiceSpec,
    ServiceStatus,
    Volume,
)

T = TypeVar("T", bound=KubernetesObject)

NAME = "app.kubernetes.io/name"
INSTANCE = "app.kubernetes.io/instance"
COMPONENT = "app.kubernetes.io/component"
NAMESPACE_NAME = "kubernetes.io/metadata.name"
POD_NAME = "statefulset.kubernetes.io/pod-name"
SLICE_ENDPOINTS = 100
_SUFFIXES = len(shapes.SAFE) ** 5


@dataclass(frozen=True, slots=True)
class App:
    """One workload, and what its pods are like."""

    namespace: str
    name: str
    kind: str
    replicas: int
    labels: dict[str, str]
    """Those of its template."""
    ports: tuple[ContainerPort, ...]
    on_host: bool = False


class Seat(NamedTuple):
    """Where a pod lands."""

    node: str
    address: str


def as_read(items: Iterable[T], kind: type[T]) -> tuple[T, ...]:
    """The objects as they come off the wire: in order, and no two of them share a value."""
    decoded: tuple[T, ...] = msgspec.json.decode(msgspec.json.encode(in_order(items)), type=tuple[kind, ...])  # type: ignore[valid-type]
    return decoded


def dotted(number: int) -> str:
    """An IPv4 address."""
    return f"{number >> 24}.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def pods_of(app: App, seats: Iterable[Seat]) -> Iterator[Pod]:
    """One pod a seat."""
    revision = shapes.token(10, shapes.HASH, "template", app.namespace, app.name)
    owner = _owner(app, revision)
    resources = Resources({"cpu": "100m", "memory": "128Mi"}, {"memory": "256Mi"})
    container = Container(app.name, f"acrbench.azurecr.io/{app.namespace}/{app.name}:2026.11.1", app.ports, resources)
    volumes = (Volume("kube-api-access-7x2vb"),)
    for index, (node, address) in enumerate(seats):
        spec = PodSpec((container,), node_name=node, host_network=app.on_host, volumes=volumes)
        status = PodStatus("Running", address, (PodIP(address),), (ContainerStatus(ready=True),))
        yield Pod(_pod_metadata(app, owner, revision, index), "Pod", "v1", spec, status)


def _owner(app: App, revision: str) -> OwnerReference:
    """What owns the pods of a workload: of a Deployment the ReplicaSet."""
    kind, name = ("ReplicaSet", f"{app.name}-{revision}") if app.kind == "Deployment" else (app.kind, app.name)
    return OwnerReference(kind, name, shapes.uid(kind, app.namespace, name), controller=True)


def _pod_metadata(app: App, owner: OwnerReference, revision: str, index: int) -> PodMetadata:
    tail = str(index) if app.kind == "StatefulSet" else _suffix(index)
    name = f"{owner.name}-{tail}"
    match app.kind:
        case "StatefulSet":
            own = {POD_NAME: name, "apps.kubernetes.io/pod-index": tail}
            own["controller-revision-hash"] = f"{app.name}-{revision}"
        case "DaemonSet":
            own = {"controller-revision-hash": revision, "pod-template-generation": "7"}
        case _:
            own = {"pod-template-hash": revision}
    uid = f"{owner.uid[:24]}{index:012x}"
    return PodMetadata(name, app.namespace, uid, app.labels | own, (owner,))


def _suffix(index: int) -> str:
    """Five letters, others for each pod of a workload."""
    number = (index * 7_368_787 + 1_234_577) % _SUFFIXES
    return "".join(shapes.SAFE[number // 27**place % 27] for place in range(5))


def node_of(name: str, address: str, pod_cidr: str) -> Node:
    """A node of an overlay."""
    labels = {
        "agentpool": name.split("-")[1],
        "kubernetes.azure.com/mode": "user",
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "topology.kubernetes.io/zone": f"westeurope-{int(name[-6:]) % 3 + 1}",
    }
    info = NodeInfo("5.15.0-1098-azure", "Ubuntu 22.04.5 LTS", "linux", "containerd://1.7.29", "v1.31.13")
    addresses = (Address("InternalIP", address), Address("Hostname", name))
    return Node(Metadata(name, labels=labels), "Node", "v1", NodeSpec((pod_cidr,)), NodeStatus(addresses, {}, info))


def namespace_of(name: str, labels: Mapping[str, str]) -> Namespace:
    """A namespace with labels of its own."""
    return Namespace(NamespaceMetadata(name, labels={NAMESPACE_NAME: name, **labels}), "Namespace", "v1")


def service_of(where: tuple[str, str], address: str, selector: dict[str, str], ports: Iterable[ServicePort]) -> Service:
    """A ClusterIP; `where` is its namespace and name."""
    namespace, name = where
    metadata = ServiceMetadata(name, namespace, shapes.uid("Service", *where), selector)
    spec = ServiceSpec(selector=selector, ports=tuple(ports), cluster_ip=address, cluster_ips=(address,))
    return Service(metadata, "Service", "v1", spec)


def balanced(service: Service, address: str) -> Service:
    """The Service as a load balancer with externalTrafficPolicy Cluster."""
    node_port = 30_000 + shapes.number(0, 2_767, "node port", service.namespace, service.name)
    ports = tuple(msgspec.structs.replace(port, node_port=node_port + at) for at, port in enumerate(service.spec.ports))
    spec = msgspec.structs.replace(service.spec, type="LoadBalancer", ports=ports, external_traffic_policy="Cluster")
    status = ServiceStatus(LoadBalancerStatus((LoadBalancerIngress(address),)))
    return msgspec.structs.replace(service, spec=spec, status=status)


def slices_of(
    service: Service, endpoints: tuple[EndpointAddresses, ...], numbers: Mapping[str, int]
) -> Iterator[EndpointSlice]:
    """A hundred endpoints a slice; `numbers` are the container ports by name."""
    ports = tuple(EndpointPort(port.name, _target(port, numbers), port.protocol) for port in service.spec.ports)
    for start in range(0, len(endpoints), SLICE_ENDPOINTS):
        tail = shapes.token(5, shapes.SAFE, "slice", service.namespace, service.name, start)
        name = f"{service.name}-{tail}" if service.spec.selector else service.name
        metadata = Metadata(name, service.namespace, labels={"kubernetes.io/service-name": service.name})
        part = endpoints[start : start + SLICE_ENDPOINTS]
        yield EndpointSlice(metadata, "EndpointSlice", "discovery.k8s.io/v1", "IPv4", part, ports)


def _target(port: ServicePort, numbers: Mapping[str, int]) -> int:
    return port.target_port if isinstance(port.target_port, int) else numbers[port.target_port]


def endpoint_of(pod: Pod) -> EndpointAddresses:
    """A pod behind a Service."""
    return EndpointAddresses(pod.addresses, EndpointTarget("Pod", pod.name, pod.namespace))
