"""A large cluster in memory for the benchmarks of the engines: overlay with Azure NPM.

Apps are Deployments and StatefulSets with the recommended labels, one Service each; pods sit on nodes at random, by a
fixed seed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from ipaddress import IPv4Address
from itertools import chain
from random import Random

import shapes
import synthetic
from connectivity_objects import (
    COMPONENT,
    INSTANCE,
    NAME,
    App,
    Seat,
    as_read,
    balanced,
    dotted,
    endpoint_of,
    namespace_of,
    node_of,
    pods_of,
    service_of,
    slices_of,
)

from analyzer.collect.decoding import convert_arm, in_order
from analyzer.model.cluster import ManagedCluster
from analyzer.model.fact import Known
from analyzer.model.objects import (
    ContainerPort,
    EndpointAddresses,
    EndpointSlice,
    Namespace,
    Node,
    Pod,
    Service,
    ServicePort,
)
from analyzer.model.snapshot import ITEM_TYPES, SINGLE_OBJECTS, Snapshot

SYSTEM_NAMESPACES = ("default", "ingress-nginx", "kube-system", "monitoring")
SYSTEM_SERVICES = 3
API_SERVER = "20.31.88.9"
_HTTP = (8080, 3000, 5000, 8000, 8080)
"""What the stacks call http, in the order of `synthetic.STACKS`."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How large the cluster is."""

    pods: int
    nodes: int
    namespaces: int
    services: int
    stateful_every: int = 10
    """One app in so many is a StatefulSet."""
    has_system: bool = True
    """Whether what AKS and the platform run is there too: DNS, ingress, and four pods on each node."""


@dataclass(frozen=True)
class Cluster:
    """The apps that policies speak of, and all objects."""

    scale: Scale
    _random: Random = field(default_factory=lambda: Random(1), repr=False)

    @cached_property
    def site(self) -> shapes.Site:
        """The cluster as ARM shows it."""
        return synthetic.Scale(self.scale.nodes, self.scale.pods, 0, self.scale.services, 1).site()

    @cached_property
    def spaces(self) -> tuple[str, ...]:
        """The namespaces of the business."""
        return tuple(map(synthetic.namespace_name, range(self.scale.namespaces - len(SYSTEM_NAMESPACES))))

    @cached_property
    def system(self) -> tuple[App, ...]:
        """What AKS and the platform run."""
        return tuple(system_apps(self.scale.nodes)) if self.scale.has_system else ()

    @cached_property
    def apps(self) -> tuple[App, ...]:
        """The business apps, in the namespaces by turns."""
        free = self.scale.pods - sum(item.replicas for item in self.system)
        count = self.scale.services - SYSTEM_SERVICES
        ends = [free * place // count for place in range(count + 1)]
        return tuple(_app(self, place, ends[place + 1] - ends[place]) for place in range(count))

    def apps_in(self, space: int) -> tuple[App, ...]:
        """The apps of one namespace of the business."""
        return self.apps[space :: len(self.spaces)]

    @cached_property
    def nodes(self) -> tuple[shapes.Node, ...]:
        """The nodes."""
        return shapes.nodes_of(self.site)

    @cached_property
    def pods_by_app(self) -> dict[tuple[str, str], tuple[Pod, ...]]:
        """The pods of each workload, by its namespace and name."""
        hosts = [Seat(item.name, item.ip) for item in self.nodes]
        taken = [int(IPv4Address(item.pods_from)) for item in self.nodes]
        return {
            (app.namespace, app.name): as_read(pods_of(app, self._seats(app, hosts, taken)), Pod)
            for app in (*self.system, *self.apps)
        }

    def _seats(self, app: App, hosts: list[Seat], taken: list[int]) -> Iterator[Seat]:
        for index in range(app.replicas):
            place = index if app.kind == "DaemonSet" else self._random.randrange(len(hosts))
            if app.on_host:
                yield hosts[place]
            else:
                taken[place] += 1
                yield Seat(hosts[place].node, dotted(taken[place]))

    def services(self) -> Iterator[tuple[Service, App | None]]:
        """Every Service, with the app behind it; none behind that of the API server."""
        yield service_of(("default", "kubernetes"), "10.0.0.1", {}, [ServicePort(443, "https", "TCP", 443)]), None
        for app in self.system:
            if app.name == "coredns":
                ports = [ServicePort(53, "dns", "UDP", 53), ServicePort(53, "dns-tcp", "TCP", 53)]
                yield service_of(("kube-system", "kube-dns"), "10.0.0.10", app.labels, ports), app
            if app.name == "ingress-nginx-controller":
                ports = [ServicePort(80, "http", "TCP", "http"), ServicePort(443, "https", "TCP", "https")]
                service = service_of((app.namespace, app.name), "10.0.0.80", app.labels, ports)
                yield balanced(service, "20.31.140.70"), app
        for place, app in enumerate(self.apps):
            service = _app_service(app, place)
            is_balanced = place % 200 == 17
            yield balanced(service, f"20.31.{place // 200}.77") if is_balanced else service, app

    def _slices(self) -> Iterator[EndpointSlice]:
        for service, app in self.services():
            if app is None:
                yield from slices_of(service, (EndpointAddresses((API_SERVER,)),), {})
            else:
                endpoints = tuple(map(endpoint_of, self.pods_by_app[app.namespace, app.name]))
                yield from slices_of(service, endpoints, {port.name: port.container_port for port in app.ports})

    def namespaces(self) -> Iterator[Namespace]:
        """Those of the system, and those of the business with labels of theirs."""
        yield from (namespace_of(name, {}) for name in SYSTEM_NAMESPACES)
        for place, name in enumerate(self.spaces):
            labels = {"team": f"t{place % 40}", "environment": ("prod", "test", "dev")[place % 3]}
            yield namespace_of(name, labels)

    def snapshot(self, **further: object) -> Snapshot:
        """The cluster, read in full; `further` are lists that are not empty."""
        lists = {
            "nodes": as_read((node_of(item.name, item.ip, item.pod_cidr) for item in self.nodes), Node),
            "namespaces": as_read(self.namespaces(), Namespace),
            "pods": in_order(chain.from_iterable(self.pods_by_app.values())),
            "services": as_read((service for service, _ in self.services()), Service),
            "endpoint_slices": as_read(self._slices(), EndpointSlice),
        }
        facts: dict[str, object] = {source.value: Known(()) for source in ITEM_TYPES}
        facts |= {source.value: Known(None) for source in SINGLE_OBJECTS}
        facts |= {name: Known(value) for name, value in (lists | further).items()}
        cluster = Known(convert_arm(shapes.aks_show(self.site), ManagedCluster))
        return Snapshot(**(facts | {"cluster": cluster}))  # type: ignore[arg-type]


def system_apps(nodes: int) -> Iterator[App]:
    """What AKS and the platform run on so many nodes."""
    dns = (ContainerPort(53, "dns", "UDP"), ContainerPort(53, "dns-tcp"), ContainerPort(9153, "metrics"))
    web = (ContainerPort(80, "http"), ContainerPort(443, "https"), ContainerPort(10254, "metrics"))
    yield App("kube-system", "coredns", "Deployment", max(2, nodes // 16), {"k8s-app": "kube-dns"}, dns)
    yield App("kube-system", "konnectivity-agent", "Deployment", max(2, nodes // 50), {"app": "konnectivity-agent"}, ())
    nginx = {NAME: "ingress-nginx", INSTANCE: "ingress-nginx", COMPONENT: "controller"}
    yield App("ingress-nginx", "ingress-nginx-controller", "Deployment", max(2, nodes // 100), nginx, web)
    for name in ("azure-npm", "kube-proxy"):
        yield App("kube-system", name, "DaemonSet", nodes, {"k8s-app": name}, (), on_host=True)
    exporter = (ContainerPort(9100, "metrics", host_port=9100),)
    yield App("monitoring", "node-exporter", "DaemonSet", nodes, {NAME: "node-exporter"}, exporter, on_host=True)
    yield App("monitoring", "fluent-bit", "DaemonSet", nodes, {NAME: "fluent-bit"}, (ContainerPort(2020, "http"),))


def _app(cluster: Cluster, place: int, replicas: int) -> App:
    turn, space = divmod(place, len(cluster.spaces))
    namespace = cluster.spaces[space]
    domain = namespace.rpartition("-")[0]
    is_stateful = place % cluster.scale.stateful_every == 0
    part = "db" if is_stateful else synthetic.PARTS[turn % len(synthetic.PARTS)]
    name = f"{domain}-{part}-{turn}"
    serving = ContainerPort(5432, "postgres") if is_stateful else ContainerPort(_HTTP[place % len(_HTTP)], "http")
    labels = {
        NAME: name,
        INSTANCE: f"{namespace}-{name}",
        "app.kubernetes.io/version": f"2026.11.{place % 9}",
        COMPONENT: "database" if is_stateful else "backend" if turn else "web",
        "app.kubernetes.io/part-of": domain,
        "app.kubernetes.io/managed-by": "Helm",
    }
    kind = "StatefulSet" if is_stateful else "Deployment"
    return App(namespace, name, kind, replicas, labels, (serving, ContainerPort(9464, "metrics")))


def _app_service(app: App, place: int) -> Service:
    """The Service of an app: every third names the port of its pods by number."""
    serving = app.ports[0]
    target: int | str = serving.name if place % 3 else serving.container_port
    port = ServicePort(80 if serving.name == "http" else serving.container_port, serving.name, "TCP", target)
    selector = {key: app.labels[key] for key in (NAME, INSTANCE)}
    return service_of((app.namespace, app.name), dotted((10 << 24) + 256 + place), selector, [port])
