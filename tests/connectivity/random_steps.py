"""Small clusters whose policies name each other's pods and nodes by address, as what a step to Cilium breaks."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import strategies as st

from analyzer.connectivity.engines.settings import Calico, Cilium, Npm, Settings
from analyzer.model.fact import Known
from analyzer.model.objects import (
    Address,
    Container,
    ContainerPort,
    EgressRule,
    IngressRule,
    IPBlock,
    LabelSelector,
    Metadata,
    Namespace,
    NamespaceMetadata,
    NetworkPolicy,
    NetworkPolicySpec,
    Node,
    NodeStatus,
    Pod,
    PodIP,
    PodMetadata,
    PodSpec,
    PodStatus,
    PolicyPeer,
    PolicyPort,
    Requirement,
    Service,
    ServicePort,
    ServiceSpec,
    Workload,
)
from analyzer.model.objects.services import ServiceMetadata
from analyzer.model.snapshot import Snapshot
from analyzer.model.version import Version

_NAMESPACES = ("shop", "ops")
_LABELS = st.sampled_from(
    (
        {"app": "web"},
        {"app": "web", "tier": "front", "pod-template-hash": "5d4"},
        {"app": "api", "tier": "front"},
        {"app": "api", "tier": "back"},
        {"app": "db"},
        {},
    )
)
_NUMBERS = st.sampled_from((8080, 8080, 9090))
_PODS = st.lists(st.tuples(st.sampled_from(_NAMESPACES), st.integers(0, 1), _LABELS, _NUMBERS), min_size=2, max_size=9)
_SUBJECTS = st.sampled_from(
    (LabelSelector(), LabelSelector({"app": "web"}), LabelSelector({"tier": "front"}), LabelSelector({"app": "api"}))
)
_ADDRESSES = st.sampled_from(
    (
        "10.244.0.0/16",
        "10.244.1.0/24",
        "10.244.0.4/30",
        "10.244.0.5/32",
        "10.224.0.0/24",
        "10.224.0.5/32",
        "10.0.0.0/8",
        "0.0.0.0/0",
        "203.0.113.0/24",
    )
)
_TERMS = st.sampled_from(
    (
        Requirement("team", "NotIn", ("a",)),
        Requirement("kubernetes.io/metadata.name", "NotIn", ("shop",)),
        Requirement("team", "Exists"),
    )
)
_PEERS = st.one_of(
    _ADDRESSES.map(lambda cidr: PolicyPeer(ip_block=IPBlock(cidr))),
    _ADDRESSES.map(lambda cidr: PolicyPeer(ip_block=IPBlock(cidr))),
    _SUBJECTS.map(PolicyPeer),
    _TERMS.map(lambda term: PolicyPeer(namespace_selector=LabelSelector(match_expressions=(term,)))),
)
_PORTS = st.sampled_from(
    (
        (),
        (PolicyPort("TCP", 8080),),
        (PolicyPort("TCP", 8080), PolicyPort("UDP", 53)),
        (PolicyPort("TCP", 8080, 8090),),
        (PolicyPort("TCP", 1000, 9999),),
        (PolicyPort("TCP", "http"),),
        (PolicyPort("TCP"),),
    )
)


def _rules(rule: type) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(st.builds(rule, st.lists(_PEERS, max_size=2).map(tuple), _PORTS), max_size=2).map(tuple)


_SPECS = st.builds(
    NetworkPolicySpec,
    _SUBJECTS,
    st.sampled_from((("Ingress",), ("Egress",), ("Ingress", "Egress"))),
    _rules(IngressRule),
    _rules(EgressRule),
)
_POLICIES = st.lists(st.tuples(st.sampled_from(_NAMESPACES), _SPECS), min_size=1, max_size=5)
_SERVICES = st.lists(
    st.tuples(st.sampled_from(_NAMESPACES), st.sampled_from(("web", "api")), st.sampled_from(("Cluster", "Local"))),
    max_size=2,
    unique_by=lambda item: item[:2],
)


class Step(NamedTuple):
    """A cluster, and the engines before and after."""

    snapshot: Snapshot
    before: Settings
    after: Cilium


@st.composite
def steps(draw: st.DrawFn) -> Step:
    """From NPM or Calico to Cilium with Kubernetes 1.31, or a later one."""
    pods = tuple(_pod(number, *place) for number, place in enumerate(draw(_PODS)))
    policies = tuple(
        NetworkPolicy(Metadata(name=f"p{number}", namespace=namespace), spec=spec)
        for number, (namespace, spec) in enumerate(draw(_POLICIES))
    )
    snapshot = Snapshot(
        namespaces=Known(tuple(map(_namespace, _NAMESPACES, ({"team": "a"}, {})))),
        nodes=Known(tuple(_node(number) for number in range(2))),
        pods=Known(pods),
        services=Known(tuple(_service(*item) for item in draw(_SERVICES))),
        endpoint_slices=Known(()),
        daemon_sets=Known((Workload(Metadata(name="node-local-dns", namespace="kube-system")),)),
        network_policies=Known(policies),
        **dict.fromkeys(_EMPTY, Known(())),
    )
    before = draw(st.sampled_from((Npm(), Npm(flattens_not_in=False), Calico())))
    return Step(snapshot, before, Cilium(draw(st.sampled_from((Version(1, 16), Version(1, 18))))))


_EMPTY = (
    "cilium_policies",
    "cilium_clusterwide_policies",
    "calico_policies",
    "calico_global_policies",
    "calico_network_sets",
    "calico_global_network_sets",
    "calico_tiers",
    "calico_host_endpoints",
)


def _namespace(name: str, labels: dict[str, str]) -> Namespace:
    return Namespace(NamespaceMetadata(name=name, labels={"kubernetes.io/metadata.name": name, **labels}))


def _node(number: int) -> Node:
    address = Address("InternalIP", f"10.224.0.{number + 4}")
    return Node(Metadata(name=f"n{number}"), status=NodeStatus((address,)))


def _pod(number: int, namespace: str, node: int, labels: dict[str, str], port: int) -> Pod:
    address = f"10.244.{node}.{number + 4}"
    container = Container("main", ports=(ContainerPort(port, "http"),))
    return Pod(
        PodMetadata(name=f"pod{number}", namespace=namespace, labels=labels),
        spec=PodSpec(containers=(container,), node_name=f"n{node}"),
        status=PodStatus("Running", address, (PodIP(address),)),
    )


def _service(namespace: str, app: str, policy: str) -> Service:
    port = ServicePort(80, target_port="http", node_port=30080)
    spec = ServiceSpec("LoadBalancer", {"app": app}, (port,), external_traffic_policy=policy)
    return Service(ServiceMetadata(name=f"{app}-lb", namespace=namespace), spec=spec)
