"""One small cluster, and policies as people write them, on a line each."""

from __future__ import annotations

import yaml
from msgspec import convert

from analyzer.connectivity.analysis import Analysis, analyse
from analyzer.model.fact import Known
from analyzer.model.objects import (
    CalicoPolicy,
    CiliumPolicy,
    EndpointSlice,
    Metadata,
    Namespace,
    NetworkPolicy,
    Node,
    Pod,
    Service,
    Workload,
)
from analyzer.model.snapshot import Snapshot

CLUSTER = """
- {kind: Namespace, metadata: {name: shop, labels: {team: retail, kubernetes.io/metadata.name: shop}}}
- {kind: Namespace, metadata: {name: ops, labels: {team: ops, kubernetes.io/metadata.name: ops}}}
- {kind: Namespace, metadata: {name: lab, labels: {kubernetes.io/metadata.name: lab}}}
- {kind: Node, metadata: {name: n1}, status: {addresses: [{type: InternalIP, address: 10.224.0.4}]}}
- {kind: Node, metadata: {name: n2}, status: {addresses: [{type: InternalIP, address: 10.224.0.5}]}}
- kind: Pod
  metadata: {name: web, namespace: shop, labels: {app: web, statefulset.kubernetes.io/pod-name: web-0}}
  spec: {nodeName: n1, containers: [{name: web, ports: [{name: http, containerPort: 8080}]}]}
  status: {phase: Running, podIP: 10.244.0.10, podIPs: [{ip: 10.244.0.10}, {ip: "fd00::10"}]}
- kind: Pod
  metadata: {name: db, namespace: shop, labels: {app: db, statefulset.kubernetes.io/pod-name: db-0}}
  spec:
    nodeName: n2
    containers: [{name: db, ports: [{name: pg, containerPort: 5432}, {name: only, containerPort: 7000}]}]
  status: {phase: Running, podIP: 10.244.1.10, podIPs: [{ip: 10.244.1.10}, {ip: "fd00::20"}]}
- kind: Pod
  metadata: {name: agent, namespace: ops, labels: {app: agent}}
  spec: {nodeName: n1, containers: [{name: agent, ports: [{name: pg, containerPort: 6432}]}]}
  status: {phase: Running, podIP: 10.244.0.20}
- kind: Pod
  metadata: {name: solo, namespace: lab}
  spec: {nodeName: n2, containers: [{name: solo}]}
  status: {phase: Running, podIP: 10.244.1.30}
- kind: Pod
  metadata: {name: new, namespace: shop, labels: {app: web}}
  spec: {containers: [{name: web}]}
  status: {phase: Pending}
- kind: Pod
  metadata: {name: done, namespace: shop, labels: {app: db}}
  spec: {nodeName: n2, containers: [{name: db, ports: [{name: only, containerPort: 7001}]}]}
  status: {phase: Succeeded, podIP: 10.244.1.10}
- kind: Pod
  metadata: {name: exporter, namespace: ops, labels: {app: exporter}}
  spec: {nodeName: n2, hostNetwork: true, containers: [{name: exporter, ports: [{name: only, containerPort: 9100}]}]}
  status: {phase: Running, podIP: 10.224.0.5}
- kind: EndpointSlice
  metadata: {name: kubernetes, namespace: default, labels: {kubernetes.io/service-name: kubernetes}}
  endpoints: [{addresses: [203.0.113.100]}]
- kind: DaemonSet
  metadata: {name: node-local-dns, namespace: kube-system}
"""
KINDS = {
    "Namespace": ("namespaces", Namespace),
    "Node": ("nodes", Node),
    "Pod": ("pods", Pod),
    "Service": ("services", Service),
    "EndpointSlice": ("endpoint_slices", EndpointSlice),
    "NetworkPolicy": ("network_policies", NetworkPolicy),
    "CiliumNetworkPolicy": ("cilium_policies", CiliumPolicy),
    "CiliumClusterwideNetworkPolicy": ("cilium_clusterwide_policies", CiliumPolicy),
    "CalicoPolicy": ("calico_policies", CalicoPolicy),
}
NAMESPACED = {"NetworkPolicy", "CiliumNetworkPolicy", "CalicoPolicy"}


def cluster(text: str) -> Analysis:
    """The analysis of `snapshot`."""
    return analyse(snapshot(text))


def snapshot(text: str) -> Snapshot:
    """The cluster with more objects; policies are in the namespace shop unless they name one."""
    lists: dict[str, list[object]] = {name: [] for name, _ in KINDS.values()}
    for item in (*yaml.safe_load(CLUSTER), *(yaml.safe_load(text) if text else ())):
        if item["kind"] == "DaemonSet":
            continue
        field, kind = KINDS[item["kind"]]
        metadata = {"name": f"p{len(lists[field])}"} | item.get("metadata", {})
        if item["kind"] in NAMESPACED:
            metadata.setdefault("namespace", "shop")
        lists[field].append(convert({**item, "metadata": metadata}, kind, strict=False))
    cache = Workload(Metadata(name="node-local-dns", namespace="kube-system"))
    facts = {name: Known(tuple(items)) for name, items in lists.items()}
    names = ("calico_global_policies", "calico_network_sets", "calico_global_network_sets", "calico_tiers")
    rest = {name: Known(()) for name in names}
    return Snapshot(**facts, **rest, daemon_sets=Known((cache,)))  # type: ignore[arg-type]


def np(spec: str) -> str:
    """A NetworkPolicy of one line."""
    return f"- {{kind: NetworkPolicy, spec: {{{spec}}}}}\n"


WEB = "podSelector: {matchLabels: {app: web}}"
DB = "podSelector: {matchLabels: {app: db}}"
EGRESS, INGRESS = "policyTypes: [Egress]", "policyTypes: [Ingress]"
DENY_IN, DENY_OUT = np(f"{DB}, {INGRESS}"), np(f"{WEB}, {EGRESS}")


def to(*peers: str, ports: str = "") -> str:
    return np(f"{WEB}, {EGRESS}, egress: [{{to: [{', '.join(peers)}]{', ports: [' + ports + ']' if ports else ''}}}]")


def source_of(*peers: str, ports: str = "") -> str:
    return np(
        f"{DB}, {INGRESS}, ingress: [{{from: [{', '.join(peers)}]{', ports: [' + ports + ']' if ports else ''}}}]"
    )


def block(cidr: str, *exceptions: str) -> str:
    return f'{{ipBlock: {{cidr: "{cidr}", except: [{", ".join(exceptions)}]}}}}'


NOT_OPS = "{namespaceSelector: {matchExpressions: [{key: team, operator: NotIn, values: [ops]}]}}"
NOT_TWO = "{namespaceSelector: {matchExpressions: [{key: team, operator: NotIn, values: [ops, retail]}]}}"
BAD_VALUE = "{podSelector: {matchExpressions: [{key: app, operator: NotIn, values: [not/a/value]}]}}"
