"""The policies of the benchmarks: a realistic mix, the worst cases, and Calico's own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address

import msgspec
from connectivity_objects import COMPONENT, NAME, NAMESPACE_NAME, POD_NAME, App
from connectivity_shapes import Cluster

from analyzer.model.objects import (
    CalicoNetworkSet,
    CalicoPolicy,
    EgressRule,
    IngressRule,
    IPBlock,
    LabelSelector,
    Metadata,
    NetworkPolicy,
    NetworkPolicySpec,
    PolicyPeer,
    PolicyPort,
    Requirement,
)

ALL_PODS = LabelSelector()
SAME_NAMESPACE = PolicyPeer(ALL_PODS)
_INGRESS = ("Ingress",)
_EGRESS = ("Egress",)
_BOTH = ("Ingress", "Egress")
_PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
PER_NAMESPACE = 10


def mixed(cluster: Cluster, count: int) -> Iterator[NetworkPolicy]:
    """That of AKS, and ten policies a namespace: one in three denies egress too, and has rules for it."""
    tunnel = LabelSelector({"app": "konnectivity-agent"})
    yield _policy(("kube-system", "konnectivity-agent"), tunnel, _EGRESS, egress=(EgressRule(),))
    for index in range(count - 1):
        turn, kind = divmod(index, PER_NAMESPACE)
        space = turn % len(cluster.spaces)
        match kind:
            case 0 | 1 | 2 | 3:
                yield _platform(cluster.spaces[space], turn, kind)
            case 4:
                yield _to_ranges(cluster.apps_in(space)[turn % len(cluster.apps_in(space))], turn)
            case _:
                yield _between_apps(cluster, space, index)


def denied_by_default(cluster: Cluster) -> Iterator[NetworkPolicy]:
    """In each namespace: deny in both directions, allow DNS, allow the own namespace."""
    for space in cluster.spaces:
        yield _policy((space, "default-deny"), ALL_PODS, _BOTH)
        yield _policy((space, "allow-dns"), ALL_PODS, _EGRESS, egress=(_dns(),))
        own = (IngressRule((SAME_NAMESPACE,)),), (EgressRule((SAME_NAMESPACE,)),)
        yield _policy((space, "allow-same-namespace"), ALL_PODS, _BOTH, *own)


def of_one_pod(cluster: Cluster) -> NetworkPolicy:
    """One pod of a StatefulSet, by the label that tells every pod from the others."""
    app = next(item for item in cluster.apps if item.kind == "StatefulSet")
    one = LabelSelector({POD_NAME: f"{app.name}-0"})
    caller = PolicyPeer(LabelSelector({POD_NAME: f"{app.name}-1"}))
    return _policy((app.namespace, "primary"), one, _INGRESS, (IngressRule((caller,), _tcp(5432)),))


def with_many_addresses(cluster: Cluster) -> NetworkPolicy:
    """One policy that lists 10,000 addresses outside."""
    first = IPv4Address("40.64.0.1")
    return _allow_list(cluster, (f"{first + 37 * place}/32" for place in range(10_000)))


def with_many_pod_ranges(cluster: Cluster) -> NetworkPolicy:
    """One policy that lists 10,000 ranges of pods, half a node's each."""
    first = IPv4Address("10.128.0.0")
    return _allow_list(cluster, (f"{first + 128 * place}/25" for place in range(10_000)))


def _allow_list(cluster: Cluster, ranges: Iterable[str]) -> NetworkPolicy:
    app = cluster.apps[1]
    peers = tuple(PolicyPeer(ip_block=IPBlock(text)) for text in ranges)
    return _policy((app.namespace, "allow-list"), _of(app), _EGRESS, egress=(EgressRule(peers, _tcp(443)),))


def _policy(
    where: tuple[str, str],
    subjects: LabelSelector,
    types: tuple[str, ...],
    ingress: tuple[IngressRule, ...] = (),
    egress: tuple[EgressRule, ...] = (),
) -> NetworkPolicy:
    namespace, name = where
    spec = NetworkPolicySpec(subjects, types, ingress, egress)
    return NetworkPolicy(Metadata(name, namespace), "NetworkPolicy", "networking.k8s.io/v1", spec)


def _of(app: App) -> LabelSelector:
    return LabelSelector({NAME: app.name})


def _tcp(*ports: int | str) -> tuple[PolicyPort, ...]:
    return tuple(PolicyPort(port=port) for port in ports)


def _namespace(name: str) -> LabelSelector:
    return LabelSelector({NAMESPACE_NAME: name})


def _dns() -> EgressRule:
    peer = PolicyPeer(LabelSelector({"k8s-app": "kube-dns"}), _namespace("kube-system"))
    return EgressRule((peer,), (PolicyPort("UDP", 53), PolicyPort("TCP", 53)))


def _denies_egress(turn: int) -> bool:
    return turn % 3 == 0


def _platform(space: str, turn: int, kind: int) -> NetworkPolicy:
    """What every namespace gets: a default, its own pods, the ingress controller, DNS or the scraper."""
    match kind:
        case 0:
            return _policy((space, f"default-deny-{turn}"), ALL_PODS, _BOTH if _denies_egress(turn) else _INGRESS)
        case 1:
            to = (EgressRule((SAME_NAMESPACE,)),) if _denies_egress(turn) else ()
            types = _BOTH if _denies_egress(turn) else _INGRESS
            where = (space, f"allow-same-namespace-{turn}")
            return _policy(where, ALL_PODS, types, (IngressRule((SAME_NAMESPACE,)),), to)
        case 2:
            web = LabelSelector(match_expressions=(Requirement(COMPONENT, "In", ("web", "backend")),))
            nginx = PolicyPeer(LabelSelector({NAME: "ingress-nginx"}), _namespace("ingress-nginx"))
            return _policy((space, f"allow-ingress-{turn}"), web, _INGRESS, (IngressRule((nginx,), _tcp("http")),))
        case _ if _denies_egress(turn):
            return _policy((space, f"allow-dns-{turn}"), ALL_PODS, _EGRESS, egress=(_dns(),))
        case _:
            scraper = PolicyPeer(namespace_selector=_namespace("monitoring"))
            rule = IngressRule((scraper,), _tcp("metrics" if turn % 2 else 9464))
            return _policy((space, f"allow-metrics-{turn}"), ALL_PODS, _INGRESS, (rule,))


def _to_ranges(app: App, turn: int) -> NetworkPolicy:
    """Ranges for egress, of clients for one in five; every fifth rule has a range of ports."""
    ports = (PolicyPort(port=30_000, end_port=32_767),) if turn % 5 == 4 else _tcp(443, 1433)
    name = f"{app.name}-ranges-{turn}"
    if turn % 5 == 3:
        rule = IngressRule((_range(turn),), _tcp(app.ports[0].container_port))
        return _policy((app.namespace, name), _of(app), _INGRESS, (rule,))
    return _policy((app.namespace, name), _of(app), _EGRESS, egress=(_dns(), EgressRule((_range(turn),), ports)))


def _range(turn: int) -> PolicyPeer:
    """Half of the ranges are outside the cluster; the others meet pods, nodes or both."""
    blocks = (
        IPBlock("0.0.0.0/0", _PRIVATE),
        IPBlock("10.128.0.0/10"),
        IPBlock(f"20.50.{turn % 251}.0/24"),
        IPBlock("10.224.0.0/12"),
        IPBlock(f"172.20.{turn % 241}.17/32"),
        IPBlock("10.128.0.0/16"),
        IPBlock("52.112.0.0/14"),
        IPBlock("10.0.0.0/8", ("10.128.0.0/10",)),
        IPBlock(f"192.168.{turn % 239}.0/24"),
        IPBlock("0.0.0.0/0", ("169.254.169.254/32",)),
        IPBlock("10.129.16.0/20"),
    )
    return PolicyPeer(ip_block=blocks[turn % len(blocks)])


def _between_apps(cluster: Cluster, space: int, index: int) -> NetworkPolicy:
    """One app calls another, of its own namespace or not. A few in between have what engines differ in."""
    own = cluster.apps_in(space)
    app = own[index % len(own)]
    partner = cluster.apps[-1 - space - index % len(own) * len(cluster.spaces)]
    other = partner if index % 5 in (2, 4) else own[index // 3 % len(own)]
    where = (app.namespace, f"{app.name}-{index}")
    peer = PolicyPeer(_of(other), _namespace(other.namespace))
    if _denies_egress(index // PER_NAMESPACE) and index % 2:
        return _policy(where, _of(app), _EGRESS, egress=(_dns(), EgressRule((peer,), _serving(other, index))))
    if index % 200 == 5:
        peer = PolicyPeer(namespace_selector=_not_in(cluster, 1 + index // 200 % 2))
    unmeant = (EgressRule((SAME_NAMESPACE,)),) if index % 200 == 106 else ()
    return _policy(where, _of(app), _INGRESS, (IngressRule((peer,), _serving(app, index)),), unmeant)


def _serving(app: App, index: int) -> tuple[PolicyPort, ...]:
    """The port of an app, in one of seven policies by its name."""
    serving = app.ports[0]
    return _tcp(serving.name if index % 7 == 1 else serving.container_port)


def _not_in(cluster: Cluster, count: int) -> LabelSelector:
    """All namespaces but one or two."""
    return LabelSelector(match_expressions=(Requirement(NAMESPACE_NAME, "NotIn", cluster.spaces[:count]),))


def calico(cluster: Cluster) -> dict[str, object]:
    """Calico's own objects beside the Kubernetes policies, as the lists of a snapshot."""
    return {
        "calico_policies": tuple(_calico_policies(cluster)),
        "calico_global_policies": tuple(_calico_global_policies()),
        "calico_global_network_sets": (_network_set(),),
    }


def _calico_policies(cluster: Cluster) -> Iterator[CalicoPolicy]:
    """In every fourth namespace one that admits ahead of the Kubernetes policies; every eighth denies a range too."""
    for place, space in enumerate(cluster.spaces[::4]):
        app = cluster.apps_in(place * 4)[0]
        allow = {"action": "Allow", "protocol": "TCP", "source": {"namespaceSelector": "team == 't1'"}}
        allow |= {"destination": {"ports": [app.ports[0].container_port]}}
        deny = {"action": "Deny", "source": {"nets": ["10.129.0.0/16"]}}
        spec = {"order": 500, "selector": f"{NAME} == '{app.name}'", "types": ["Ingress"]}
        spec["ingress"] = [deny, allow] if place % 2 else [allow]
        yield _calico("NetworkPolicy", "admit-ahead", space, spec)


def _calico_global_policies() -> Iterator[CalicoPolicy]:
    """A deny of bad addresses for all pods, and DNS for all pods."""
    bad = {"action": "Deny", "destination": {"selector": "kind == 'bad'"}}
    rest = {"action": "Pass"}
    spec: dict[str, object] = {"order": 10, "selector": f"has({NAME})", "types": ["Egress"], "egress": [bad, rest]}
    yield _calico("GlobalNetworkPolicy", "deny-bad", "", spec)
    dns = {"action": "Allow", "protocol": "UDP", "destination": {"ports": [53], "selector": "k8s-app == 'kube-dns'"}}
    spec = {"order": 100, "selector": "all()", "types": ["Egress"], "egress": [dns]}
    yield _calico("GlobalNetworkPolicy", "allow-dns", "", spec)


def _network_set() -> CalicoNetworkSet:
    metadata = {"name": "bad", "labels": {"kind": "bad"}}
    nets = [f"45.{place}.0.0/16" for place in range(64)]
    body = {"metadata": metadata, "kind": "GlobalNetworkSet", "apiVersion": _CALICO, "spec": {"nets": nets}}
    return msgspec.convert(body, CalicoNetworkSet)


_CALICO = "crd.projectcalico.org/v1"


def _calico(kind: str, name: str, namespace: str, spec: dict[str, object]) -> CalicoPolicy:
    metadata = {"name": f"default.{name}", "namespace": namespace}
    return msgspec.convert({"metadata": metadata, "kind": kind, "apiVersion": _CALICO, "spec": spec}, CalicoPolicy)
