"""Writes a large cluster for benchmarks: `python bench/synthetic.py OUT --nodes 5000 --pods 100000 …`.

Two forms: `kubectl` is one `kubectl get <plural> -A -o json` export for each kind, `collected` is the
folder of the jump-host script. Objects are as large as real ones. Each kind of object is rendered once, and
its names are replaced for each further one, so that memory stays flat and 100,000 pods take seconds.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

import samples
import shapes
from shapes import (
    ARGO,
    KUBECTL,
    SAFE,
    Container,
    Json,
    Node,
    Object,
    Pod,
    Policy,
    Pool,
    Service,
    ServicePort,
    Site,
    Subnet,
    Workload,
)

NAMESPACES = 300
POOL_NODES = 1000
"""The most nodes of one pool."""
SLICE_ENDPOINTS = 100
"""The most endpoints of one EndpointSlice."""
FIRST_NODE = IPv4Address("10.224.0.4")
DOMAINS = (
    "accounts basket booking cards catalog claims credit customer deposits dispatch fleet fraud identity inventory "
    "ledger loans logistics loyalty mailing offers orders payments payroll pricing quotes reports returns risk routing "
    "search settlement shipping stock tariffs tracking travel treasury vouchers warehouse workforce"
).split()
PARTS = "api worker gateway adapter scheduler export sync view engine feed store rules".split()
STACKS = ("java", "dotnet", "go", "node", "python")


@dataclass(frozen=True, slots=True)
class Scale:
    """How much of each kind to write."""

    nodes: int
    pods: int
    policies: int
    services: int
    seed: int

    def site(self) -> Site:
        """The cluster: overlay with NPM, pools of at most a thousand nodes."""
        group = f"MC_rg-bench_synthetic-{self.seed}_westeurope"
        return Site(
            name=f"synthetic-{self.seed}",
            resource_group="rg-bench",
            location="westeurope",
            subscription=shapes.uid("subscription", self.seed),
            tenant=shapes.uid("tenant", self.seed),
            version="1.31.13",
            plugin="azure",
            overlay=True,
            policy="azure",
            pod_cidr="10.128.0.0/10",
            vnet="aks-vnet-30518842",
            vnet_group=group,
            vnet_prefix="10.224.0.0/12",
            subnet="aks-subnet",
            pools=tuple(self._pools()),
        )

    def _pools(self) -> Iterator[Pool]:
        for index, start in enumerate(range(0, self.nodes, POOL_NODES)):
            yield Pool(
                "system" if index == 0 else f"apps{index}",
                "Standard_D16s_v5",
                min(POOL_NODES, self.nodes - start),
                "User" if index else "System",
                subnet_start=str(FIRST_NODE + start),
                surge="33%",
            )


@dataclass(frozen=True, slots=True)
class App:
    """One Deployment with its Service."""

    namespace: str
    name: str
    stack: str
    replicas: int
    number: int = 0
    """Which app this is, from nought: its Service's address follows from it."""


def apps_of(scale: Scale, system_pods: int) -> tuple[App, ...]:
    """One Deployment for each Service; their replicas and the system pods make up the number of pods."""
    weights = [shapes.number(1, 25, "weight", scale.seed, index) for index in range(scale.services)]
    wanted = max(0, scale.pods - system_pods)
    total, spent, seen = sum(weights), 0, 0
    made = []
    for index, weight in enumerate(weights):
        seen += weight
        replicas = wanted * seen // total - spent
        spent += replicas
        made.append(_app(index, replicas))
    return tuple(made)


def _app(index: int, replicas: int) -> App:
    space = index % NAMESPACES
    turn = index // NAMESPACES
    part = PARTS[turn % len(PARTS)]
    name = f"{DOMAINS[space % len(DOMAINS)]}-{part}" + (f"-{turn // len(PARTS)}" if turn >= len(PARTS) else "")
    return App(namespace_name(space), name, STACKS[index % len(STACKS)], replicas, index)


def namespace_name(index: int) -> str:
    """The name of a business namespace."""
    return f"{DOMAINS[index % len(DOMAINS)]}-{index // len(DOMAINS) + 1}"


class Stencil:
    """One rendered object whose names are replaced to make the next ones."""

    def __init__(self, text: str, words: Mapping[str, str]) -> None:
        """`words` maps each literal of the text to the name of its slot."""
        ordered = sorted(words, key=len, reverse=True)
        pieces = re.split("(" + "|".join(re.escape(word) for word in ordered) + ")", text)
        self._fixed = pieces[::2]
        self._slots = [words[piece] for piece in pieces[1::2]]

    def fill(self, values: Mapping[str, str]) -> str:
        """The text with a value in each slot."""
        parts = [self._fixed[0]]
        for slot, fixed in zip(self._slots, self._fixed[1:], strict=True):
            parts += (values[slot], fixed)
        return "".join(parts)


class ListFile:
    """A list that is written item by item."""

    def __init__(self, folder: Path, plural: str, kind: str, api_version: str, *, kubectl: bool) -> None:
        """`kubectl` is the export of `kubectl get`; otherwise the body of `kubectl get --raw`."""
        self.kind, self.api_version, self.kubectl = kind, api_version, kubectl
        self._path = folder / f"{plural}.json"
        self._between = ""

    def __enter__(self) -> Self:
        self._file: TextIO = self._path.open("w", encoding="utf-8", newline="\n", buffering=1 << 20)
        head: Object = {"kind": f"{self.kind}List", "apiVersion": self.api_version}
        head |= {"metadata": {"resourceVersion": "412031337"}}
        raw = json.dumps(head, separators=(",", ":"))[:-1] + ',"items":['
        self._file.write('{\n    "apiVersion": "v1",\n    "items": [' if self.kubectl else raw)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        end = "\n    ]" if self._between else "]"
        tail = ',\n    "kind": "List",\n    "metadata": {\n        "resourceVersion": ""\n    }\n}\n'
        self._file.write(end + tail if self.kubectl else "]}\n")
        self._file.close()

    def render(self, item: Object) -> str:
        """The text of one item in this form."""
        if not self.kubectl:
            return samples.compact(item)
        meta = item["metadata"]
        assert isinstance(meta, Mapping)
        plain = {key: value for key, value in meta.items() if key != "managedFields"}
        named = {"apiVersion": self.api_version, "kind": self.kind} | item | {"metadata": plain}
        text = json.dumps(named, indent=4, sort_keys=True, ensure_ascii=False)
        return samples.go_escaped(text).replace("\n", "\n        ")

    def write(self, text: str) -> None:
        """Appends one rendered item."""
        lead = "\n        " if self.kubectl else ""
        self._file.write(f"{self._between}{lead}{text}")
        self._between = ","

    def write_all(self, items: Iterable[Object]) -> None:
        """Appends objects that need no stencil."""
        for item in items:
            self.write(self.render(item))


class Cluster:
    """The cluster to write: its nodes, what runs on them, and the next free address of each node."""

    def __init__(self, scale: Scale) -> None:
        """Names everything that the lists have in common."""
        self.scale = scale
        self.site = scale.site()
        self.seed = self.site.name
        self.nodes = shapes.nodes_of(self.site)
        self.names = [node.name for node in self.nodes]
        self.system = tuple(samples.kube_system(self.site))
        self.system_pods = shapes.place(
            self.seed, [work for work in self.system if work.kind != "DaemonSet"], self.nodes
        )
        self.daemons = tuple(work for work in self.system if work.kind == "DaemonSet")
        self.apps = apps_of(scale, len(self.system_pods) + len(self.daemons) * len(self.nodes))
        self._taken = Counter(pod.node.index for pod in self.system_pods)
        self._next = 0

    def seat(self) -> tuple[Node, str]:
        """The next node in turn, and its next free address."""
        turn = self._next % len(self.nodes)
        self._next += 1
        self._taken[turn] += 1
        node = self.nodes[turn]
        first = int(IPv4Address(node.pods_from))
        return node, str(IPv4Address(first + 8 + self._taken[turn] % 240))


DUMMY = App("qqspaceqq", "qqappqq", "go", 987654321)


def app_work(app: App, cluster: Cluster) -> Workload:
    """The Deployment of an app."""
    estate = samples.Estate("acrbench.azurecr.io", "2026.11.1", ARGO, "bench")
    shape = samples.App(app.namespace, app.name, app.stack, app.replicas)
    made = samples.app_workload(shape, estate)
    template = replace(made.template, containers=(*made.template.containers, _sidecar(app)), security=samples.NON_ROOT)
    return replace(made, template=template, created=240.3, rolled=10.6, revision=7)


def _sidecar(app: App) -> Container:
    return Container(
        "telemetry",
        "mcr.microsoft.com/bench/telemetry-sidecar:1.14.2",
        ports=(shapes.port(9464, "metrics"),),
        requests=("10m", "32Mi"),
        limits=("", "64Mi"),
        env=(shapes.value("SERVICE", app.name), shapes.from_field("POD_NAME", "metadata.name")),
        security=samples.LOCKED,
    )


def app_words(cluster: Cluster, work: Workload) -> dict[str, str]:
    """The literals of a dummy app's objects and their slots."""
    deployment = work.meta(cluster.seed)
    replica_set = shapes.replica_set_meta(cluster.seed, work)
    return {
        work.namespace: "space",
        work.name: "app",
        work.template_hash: "hash",
        deployment.uid: "deployment",
        replica_set.uid: "set",
        str(DUMMY.replicas): "replicas",
    }


def app_values(cluster: Cluster, app: App) -> dict[str, str]:
    """What goes into the slots of one app."""
    code = shapes.token(10, shapes.HASH, "template", app.namespace, app.name)
    return {
        "space": app.namespace,
        "app": app.name,
        "hash": code,
        "deployment": shapes.uid(cluster.seed, "Deployment", app.namespace, app.name),
        "set": shapes.uid(cluster.seed, "ReplicaSet", app.namespace, f"{app.name}-{code}"),
        "replicas": str(app.replicas),
    }


def dummy_pod(cluster: Cluster, work: Workload) -> Pod:
    """A pod of dummy names."""
    node = replace(cluster.nodes[0], ip="qqhostqq")
    daemon = work.kind == "DaemonSet"
    meta = work.meta(cluster.seed) if daemon else shapes.replica_set_meta(cluster.seed, work)
    labels = {**work.template.labels, "pod-template-hash": work.template_hash}
    if daemon:
        labels = {**work.template.labels, "controller-revision-hash": work.template_hash}
        labels["pod-template-generation"] = str(work.revision)
    ip = node.ip if work.template.host_network else "qqipqq"
    reference = shapes.owner(meta, "apps/v1")
    return Pod(work, node, f"{meta.name}-qqpod", f"{meta.name}-", ip, 10.6, reference, labels)


def pod_words(cluster: Cluster, pod: Pod) -> dict[str, str]:
    """The literals of a dummy pod and their slots."""
    work, seed = pod.work, cluster.seed
    identity = shapes.uid(seed, "Pod", work.namespace, pod.name)
    words = {
        "qqpod": "suffix",
        "qqhostqq": "host",
        "qqipqq": "ip",
        pod.node.name: "node",
        identity: "uid",
        shapes.resource_version(pod.created - 0.0004, identity): "version",
        shapes.token(5, SAFE, "token", seed, work.namespace, pod.name): "token",
    }
    for index, container in enumerate(work.template.init + work.template.containers):
        code = shapes.digest("container", seed, work.namespace, pod.name, container.name).hex()
        words[code] = f"container{index}"
    return words


def pod_values(name: str, node: str, host: str, ip: str) -> dict[str, str]:
    """What goes into the slots of one pod; `name` is its namespace and name."""
    code = shapes.digest("pod", name).hex()
    identity = f"{code[:8]}-{code[8:12]}-4{code[13:16]}-a{code[17:20]}-{code[20:32]}"
    tail = code[32:]
    return {
        "host": host,
        "ip": ip,
        "node": node,
        "uid": identity,
        "version": str(411_000_000 + int(tail[:5], 16) % 1_000_000),
        "suffix": name[-5:],
        "token": tail[5:10].translate(_SAFE),
        **{f"container{index}": code[index:] + code[:index] for index in range(4)},
    }


_SAFE = str.maketrans("0123456789abcdef", "bcd4fgh2j5klm6np")


def suffix_of(*parts: object) -> str:
    """The last five letters of a pod's name."""
    return shapes.token(5, SAFE, *parts)


def daemon_pods(cluster: Cluster, out: ListFile) -> None:
    """Writes the pods of every DaemonSet."""
    for work in cluster.daemons:
        dummy = dummy_pod(cluster, work)
        stencil = Stencil(out.render(shapes.pod_object(cluster.seed, dummy)), pod_words(cluster, dummy))
        for node, name in zip(cluster.nodes, cluster.names, strict=True):
            suffix = suffix_of(work.name, name)
            out.write(stencil.fill(pod_values(f"kube-system/{work.name}-{suffix}", name, node.ip, node.ip)))


def app_pods(cluster: Cluster, pods: ListFile, slices: ListFile) -> None:
    """Writes the pods of every app, and its EndpointSlices beside them."""
    stencils = {stack: pod_stencil(cluster, pods, stack) for stack in STACKS}
    writer = SliceWriter(cluster, slices)
    for app in cluster.apps:
        values = app_values(cluster, app)
        stencil = stencils[app.stack]
        endpoints = []
        for index in range(app.replicas):
            node, ip = cluster.seat()
            suffix = suffix_of(app.namespace, app.name, index)
            name = f"{app.name}-{values['hash']}-{suffix}"
            found = pod_values(f"{app.namespace}/{name}", node.name, node.ip, ip)
            pods.write(stencil.fill(values | found))
            endpoints.append({"pod": name, "uid": found["uid"], "ip": ip, "node": node.name, "zone": node.zone})
        writer.write(app, endpoints)


def pod_stencil(cluster: Cluster, out: ListFile, stack: str) -> Stencil:
    """The stencil of the pods of one language."""
    work = app_work(replace(DUMMY, stack=stack), cluster)
    dummy = dummy_pod(cluster, work)
    words = pod_words(cluster, dummy) | app_words(cluster, work)
    return Stencil(out.render(shapes.pod_object(cluster.seed, dummy)), words)


class SliceWriter:
    """Writes EndpointSlices from one rendered head and one rendered endpoint."""

    def __init__(self, cluster: Cluster, out: ListFile) -> None:
        """Renders the dummy slice."""
        self._out, self._seed = out, cluster.seed
        service = app_service(cluster, DUMMY)
        words = {
            DUMMY.namespace: "space",
            DUMMY.name: "app",
            service.meta(cluster.seed).uid: "service",
            shapes.token(5, SAFE, "slice", cluster.seed, DUMMY.namespace, DUMMY.name): "suffix",
        }
        pod = dummy_pod(cluster, app_work(DUMMY, cluster))
        whole = shapes.endpoint_slice_object(cluster.seed, service, [pod])
        meta = whole["metadata"]
        assert isinstance(meta, Mapping)
        words[str(meta["uid"])] = "uid"
        (endpoint,) = shapes.items_of(whole["endpoints"])
        self._endpoint = Stencil(self._endpoint_text(endpoint), self._endpoint_words(cluster, pod))
        self._slice = Stencil(
            out.render(whole | {"endpoints": ["qqendpointsqq"]}), words | {'"qqendpointsqq"': "endpoints"}
        )

    def _endpoint_text(self, endpoint: Mapping[str, Json]) -> str:
        if not self._out.kubectl:
            return samples.compact(endpoint)
        return json.dumps(endpoint, indent=4, sort_keys=True).replace("\n", "\n                ")

    def _endpoint_words(self, cluster: Cluster, pod: Pod) -> dict[str, str]:
        return {
            pod.ip: "ip",
            pod.name: "pod",
            pod.node.name: "node",
            pod.node.zone: "zone",
            DUMMY.namespace: "space",
            shapes.uid(cluster.seed, "Pod", DUMMY.namespace, pod.name): "uid",
        }

    def write(self, app: App, endpoints: Sequence[Mapping[str, str]]) -> None:
        """Writes the slices of one app, a hundred endpoints each."""
        between = ",\n                " if self._out.kubectl else ","
        for start in range(0, len(endpoints), SLICE_ENDPOINTS):
            chunk = endpoints[start : start + SLICE_ENDPOINTS]
            text = between.join(self._endpoint.fill({**item, "space": app.namespace}) for item in chunk)
            values = {
                "space": app.namespace,
                "app": app.name,
                "service": shapes.uid(self._seed, "Service", app.namespace, app.name),
                "suffix": suffix_of("slice", app.namespace, app.name, start),
                "uid": shapes.uid(self._seed, "EndpointSlice", app.namespace, app.name, start),
                "endpoints": text,
            }
            self._out.write(self._slice.fill(values))


def app_service(cluster: Cluster, app: App) -> Service:
    """The Service of an app; one in two hundred is a load balancer."""
    balanced = shapes.number(0, 199, "balanced", app.namespace, app.name) == 0
    return Service(
        app.namespace,
        app.name,
        samples.app_selector(app.name),
        (ServicePort(80, "http", "http", node_port=31_000 if balanced else 0),),
        service_ip(cluster, 256 + app.number),
        labels=samples.app_selector(app.name),
        kind="LoadBalancer" if balanced else "ClusterIP",
        external_policy="Cluster" if balanced else "",
        load_balancer_ip="20.31.140.77" if balanced else "",
        writer=ARGO,
        created=240.3,
    )


def service_ip(cluster: Cluster, offset: int) -> str:
    """An address of the service range, counted from its first: digests would collide."""
    return str(IPv4Network(cluster.site.service_cidr).network_address + offset)


def node_items(cluster: Cluster, out: ListFile) -> None:
    """Writes every node from one rendered node of each pool."""
    images = sorted({item.image for work in cluster.system for item in work.template.containers})
    images += [f"acrbench.azurecr.io/{namespace_name(index)}/service:2026.11.1" for index in range(25)]
    for pool in cluster.site.pools:
        members = [node for node in cluster.nodes if node.pool is pool]
        dummy = replace(members[0], ip="qqhostqq")
        stencil = Stencil(out.render(shapes.node_object(dummy, images)), _node_words(cluster.site, dummy))
        for node in members:
            out.write(stencil.fill(_node_values(cluster.site, node)))


def _node_words(site: Site, node: Node) -> dict[str, str]:
    return {literal: slot for slot, literal in _node_values(site, node).items()}


def _node_values(site: Site, node: Node) -> dict[str, str]:
    """The literals that differ between the nodes of a pool, by slot."""
    name = node.name
    return {
        "node": name,
        "host": node.ip,
        "zone": node.zone,
        "uid": shapes.uid(site.name, "Node", "", name),
        "machine": shapes.digest("machine", site.name, name).hex()[:32],
        "system": shapes.uid("system", site.name, name),
        "boot": shapes.uid("boot", site.name, name),
        "instance": f'/virtualMachines/{node.index}"',
    }


def policies_of(cluster: Cluster) -> Iterator[Policy]:
    """Policies over the labels of the apps; every tenth names addresses."""
    for index in range(cluster.scale.policies):
        app = cluster.apps[index * 7 % len(cluster.apps)]
        yield _policy(cluster, app, index)


def _policy(cluster: Cluster, app: App, index: int) -> Policy:
    where = (app.namespace, f"{app.name}-{index}")
    peer = cluster.apps[(index * 11 + 3) % len(cluster.apps)]
    subject = samples.named(app.name)
    match index % 10:
        case 0:
            rules = [samples.DNS_RULE, samples.to([samples.block(_range(index // 10))], samples.tcp(443, 8080))]
            return samples.policy(where, subject, egress=rules)
        case 1:
            return samples.policy((app.namespace, f"default-deny-{index}"), {}, ingress=[])
        case 2 | 3 | 4:
            caller = samples.named_pods(peer.name, peer.namespace)
            return samples.policy(where, subject, ingress=[samples.come([caller], samples.tcp(8080))])
        case 5 | 6:
            rules = [samples.come([samples.pods({})]), samples.come([samples.NGINX_PEER], samples.tcp("http"))]
            return samples.policy(where, subject, ingress=rules)
        case 7:
            rules = [samples.DNS_RULE, samples.to([samples.named_pods(peer.name, peer.namespace)], samples.tcp(8080))]
            return samples.policy(where, subject, egress=rules, writer=ARGO)
        case _:
            spaces: Object = {"namespaceSelector": {"matchLabels": {"tier": f"t{index % 4}"}}}
            return samples.policy(where, subject, ingress=[samples.come([spaces])], writer=ARGO)


def _range(turn: int) -> str:
    """Half of the ranges are outside the cluster; the others meet pods, nodes or both."""
    inside = ("10.128.0.0/10", "10.224.0.0/16", "10.0.0.0/8", f"10.{128 + turn % 60}.0.0/16", "10.140.7.0/24")
    outside = (
        f"172.20.{turn % 256}.0/24",
        f"20.50.{turn % 256}.17/32",
        "192.168.40.0/24",
        "172.21.0.0/20",
        "52.112.0.0/14",
    )
    return (inside if turn % 2 else outside)[turn // 2 % 5]


def namespace_items(cluster: Cluster) -> Iterator[Object]:
    """The namespaces: four of the platform and the business ones."""
    rows: list[tuple[str, dict[str, str]]] = [
        (name, {}) for name in ("default", "kube-node-lease", "kube-public", "kube-system")
    ]
    rows += [(namespace_name(index), {"tier": f"t{index % 4}"}) for index in range(NAMESPACES)]
    for name, labels in rows:
        yield shapes.namespace_object(cluster.seed, name, labels, 600.2, KUBECTL)


def app_items(cluster: Cluster, out: ListFile, *, replica_sets: bool) -> None:
    """Writes the Deployments of the apps, or their ReplicaSets."""
    make = shapes.replica_set_object if replica_sets else shapes.deployment_object
    stencils = {}
    for stack in STACKS:
        work = app_work(replace(DUMMY, stack=stack), cluster)
        stencils[stack] = Stencil(out.render(make(cluster.seed, work)), app_words(cluster, work))
    out.write_all(make(cluster.seed, work) for work in cluster.system if work.kind == "Deployment")
    for app in cluster.apps:
        out.write(stencils[app.stack].fill(app_values(cluster, app)))


LISTS = (
    ("nodes", "Node", "v1"),
    ("namespaces", "Namespace", "v1"),
    ("pods", "Pod", "v1"),
    ("replicasets", "ReplicaSet", "apps/v1"),
    ("deployments", "Deployment", "apps/v1"),
    ("statefulsets", "StatefulSet", "apps/v1"),
    ("daemonsets", "DaemonSet", "apps/v1"),
    ("jobs", "Job", "batch/v1"),
    ("cronjobs", "CronJob", "batch/v1"),
    ("services", "Service", "v1"),
    ("endpointslices", "EndpointSlice", "discovery.k8s.io/v1"),
    ("networkpolicies", "NetworkPolicy", "networking.k8s.io/v1"),
    ("ingresses", "Ingress", "networking.k8s.io/v1"),
    ("ingressclasses", "IngressClass", "networking.k8s.io/v1"),
    ("poddisruptionbudgets", "PodDisruptionBudget", "policy/v1"),
    ("validatingwebhookconfigurations", "ValidatingWebhookConfiguration", "admissionregistration.k8s.io/v1"),
    ("mutatingwebhookconfigurations", "MutatingWebhookConfiguration", "admissionregistration.k8s.io/v1"),
    ("persistentvolumes", "PersistentVolume", "v1"),
    ("persistentvolumeclaims", "PersistentVolumeClaim", "v1"),
    ("limitranges", "LimitRange", "v1"),
    ("resourcequotas", "ResourceQuota", "v1"),
)
"""Every list, in the order of the jump-host script."""
SYSTEM_ONLY = frozenset({"limitranges", "resourcequotas"})


def write_lists(cluster: Cluster, folder: Path, *, kubectl: bool) -> None:
    """Writes every list."""
    files = {
        plural: ListFile(folder, file_name(plural, kubectl=kubectl), kind, version, kubectl=kubectl)
        for plural, kind, version in LISTS
    }
    with files.pop("nodes") as out:
        node_items(cluster, out)
    with files.pop("pods") as pods, files.pop("endpointslices") as slices:
        pods.write_all(shapes.pod_object(cluster.seed, pod) for pod in cluster.system_pods)
        daemon_pods(cluster, pods)
        slices.write(slices.render(shapes.kubernetes_slice(cluster.seed, "20.31.88.9", 600.2)))
        app_pods(cluster, pods, slices)
    with files.pop("deployments") as out:
        app_items(cluster, out, replica_sets=False)
    with files.pop("replicasets") as out:
        app_items(cluster, out, replica_sets=True)
    for plural, items in small_lists(cluster).items():
        with files.pop(plural) as out:
            out.write_all(items)
    for empty in files.values():
        with empty:
            pass


def file_name(plural: str, *, kubectl: bool) -> str:
    """The name of a list's file, without its ending."""
    return f"{plural}-kube-system" if plural in SYSTEM_ONLY and not kubectl else plural


def small_lists(cluster: Cluster) -> dict[str, Iterable[Object]]:
    """The lists that are rendered object by object."""
    seed, site = cluster.seed, cluster.site
    count = len(cluster.nodes)
    budgets = samples.system_budgets(site)
    checking, changing = samples.aks_webhooks(site)
    return {
        "namespaces": namespace_items(cluster),
        "daemonsets": (shapes.daemon_set_object(seed, work, count) for work in cluster.daemons),
        "services": (shapes.service_object(seed, item) for item in services_of(cluster)),
        "networkpolicies": (shapes.network_policy_object(seed, item) for item in all_policies(cluster)),
        "poddisruptionbudgets": (shapes.budget_object(seed, item, cluster.system_pods) for item in budgets),
        "validatingwebhookconfigurations": (checking,),
        "mutatingwebhookconfigurations": (changing,),
    }


def services_of(cluster: Cluster) -> Iterator[Service]:
    """The Services of AKS and of the apps."""
    for index, service in enumerate(samples.system_services(cluster.site)):
        known = service.name in ("kubernetes", "kube-dns")
        yield service if known else replace(service, cluster_ip=service_ip(cluster, 64 + index))
    for app in cluster.apps:
        yield app_service(cluster, app)


def all_policies(cluster: Cluster) -> Iterator[Policy]:
    """The policy of AKS and those of the apps."""
    yield samples.konnectivity_policy(cluster.site)
    yield from policies_of(cluster)


def azure_answers(cluster: Cluster) -> Iterator[samples.Answer]:
    """The bodies of the cluster and of its VNet."""
    site = cluster.site
    vnet_id = samples.network_path(site, site.vnet_group, "virtualNetworks", site.vnet)
    configurations = shapes.node_configurations(cluster.nodes, f"{vnet_id}/subnets/{site.subnet}")
    subnet = Subnet(site.subnet, "10.224.0.0/16", configurations=configurations)
    body = shapes.vnet_body(site, (site.vnet_prefix,), (subnet,), ())
    yield "cluster.json", "az aks show", shapes.aks_show(site, outbound_ips=16), True
    yield "vnet-1.json", f"GET {vnet_id}?api-version={shapes.NETWORK_API}", body, True


def discovery_answers(cluster: Cluster) -> Iterator[samples.Answer]:
    """API discovery with the one custom group, and its objects."""
    group = samples.acn_group(cluster.site)
    version = group.group_version
    yield "apis.json", "GET /apis", shapes.group_list(cluster.site.minor, {group.group: group.version}), False
    resources = shapes.resource_list(version, group.resources)
    yield f"apis-{group.group}-{group.version}.json", f"GET /apis/{version}", resources, False
    configs = shapes.custom_list("NodeNetworkConfig", version, group.items["nodenetworkconfigs"])
    yield "nodenetworkconfigs.json", f"GET /apis/{version}/nodenetworkconfigs", configs, False


def write_collected(cluster: Cluster, folder: Path) -> None:
    """Writes the folder of the jump-host script."""
    site = cluster.site
    groups, resources, configs = discovery_answers(cluster)
    rows = [samples.write_answer(folder, answer) for answer in (*azure_answers(cluster), groups, resources)]
    write_lists(cluster, folder, kubectl=False)
    rows += [
        (0, f"{file_name(plural, kubectl=False)}.json", f"GET {_path(plural, version)}") for plural, _, version in LISTS
    ]
    ranges = samples.reconciled_masquerade((site.pod_cidr, site.service_cidr, site.vnet_prefix))
    maps = samples.config_map_answers(site, (*samples.system_config_maps(site), ranges))
    rows += [samples.write_answer(folder, answer) for answer in (*maps, configs)]
    samples.write_index(folder, site, rows)


def _path(plural: str, version: str) -> str:
    root = "/api/v1" if version == "v1" else f"/apis/{version}"
    return f"{root}/namespaces/kube-system/{plural}" if plural in SYSTEM_ONLY else f"{root}/{plural}"


def write_exports(cluster: Cluster, folder: Path) -> None:
    """Writes the exports of kubectl, and the two bodies of Azure."""
    for answer in azure_answers(cluster):
        samples.write_answer(folder, answer)
    write_lists(cluster, folder, kubectl=True)


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--nodes", type=int, default=5000)
    parser.add_argument("--pods", type=int, default=100_000)
    parser.add_argument("--policies", type=int, default=2000)
    parser.add_argument("--services", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--layout", choices=("kubectl", "collected"), default="kubectl")
    return parser.parse_args()


def main() -> None:
    """Writes one cluster."""
    given = arguments()
    given.out.mkdir(parents=True, exist_ok=True)
    cluster = Cluster(Scale(given.nodes, given.pods, given.policies, given.services, given.seed))
    write = write_exports if given.layout == "kubectl" else write_collected
    write(cluster, given.out)
    print(f"{given.out}: {given.nodes} nodes, {given.pods} pods, {given.policies} policies, {given.services} services")


if __name__ == "__main__":
    main()
