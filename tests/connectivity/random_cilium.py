"""Random CiliumNetworkPolicies, and clusterwide ones."""

from __future__ import annotations

from connectivity.random_kubernetes import BLOCKS, CIDRS, CIDRS_6
from hypothesis import strategies as st

from analyzer.model.objects import (
    CiliumCIDR,
    CiliumPort,
    CiliumPortRules,
    CiliumPorts,
    CiliumRule,
    CiliumSpec,
    LabelSelector,
    Requirement,
)
from analyzer.model.objects.cilium import CiliumDefaultDeny

_ENDPOINTS = st.sampled_from(
    (
        LabelSelector(),
        LabelSelector({"app": "web"}),
        LabelSelector({"k8s:app": "api"}),
        LabelSelector({"tier": "front"}),
        LabelSelector({"statefulset.kubernetes.io/pod-name": "db-0"}),
        LabelSelector({"k8s:io.kubernetes.pod.namespace": "ops", "app": "web"}),
        LabelSelector({"io.kubernetes.pod.namespace": "shop"}),
        LabelSelector({"io.cilium.k8s.namespace.labels.team": "a"}),
        LabelSelector({}, (Requirement("io.kubernetes.pod.namespace", "Exists"),)),
        LabelSelector({}, (Requirement("io.cilium.k8s.namespace.labels.team", "NotIn", ("a",)),)),
        LabelSelector({}, (Requirement("app", "NotIn", ("web",)),)),
    )
)
_ENTITIES = st.sampled_from(("all", "world", "cluster", "host", "remote-node", "kube-apiserver", "health", "none"))
_CILIUM_PORTS = st.sampled_from(
    (
        CiliumPort("8080", None, "TCP"),
        CiliumPort("8080"),
        CiliumPort("53", None, "UDP"),
        CiliumPort("0", None, "TCP"),
        CiliumPort("8000", 9090, "TCP"),
        CiliumPort("http", None, "TCP"),
        CiliumPort("db", None, "ANY"),
        CiliumPort("dns"),
        CiliumPort("http", 9090, "TCP"),
    )
)
_PORT_RULES = st.builds(
    CiliumPorts,
    st.lists(_CILIUM_PORTS, min_size=1, max_size=2).map(tuple),
    st.sampled_from((None,) * 15 + (CiliumPortRules(http=({"method": "GET"},)),)),
)
_RANGES = st.sampled_from((*CIDRS, "203.0.113.7", *CIDRS_6))
_RANGE_SETS = BLOCKS.map(lambda block: CiliumCIDR(cidr=block.cidr, except_=block.except_))


def _cilium_peers(ingress: bool) -> st.SearchStrategy[dict[str, tuple[object, ...]]]:
    way = "from" if ingress else "to"

    def some(name: str, strategy: st.SearchStrategy[object]) -> st.SearchStrategy[dict[str, tuple[object, ...]]]:
        return st.lists(strategy, min_size=1, max_size=2).map(lambda items: {f"{way}_{name}": tuple(items)})

    return st.one_of(
        st.just({}),
        st.just({f"{way}_endpoints": ()}),
        some("endpoints", _ENDPOINTS),
        some("endpoints", _ENDPOINTS),
        some("entities", _ENTITIES),
        some("entities", _ENTITIES),
        some("cidr", _RANGES),
        some("cidr_set", _RANGE_SETS),
    )


def _cilium_rules(ingress: bool, ports: st.SearchStrategy[CiliumPorts]) -> st.SearchStrategy[tuple[CiliumRule, ...]]:
    on_ports = st.just(()) | st.lists(ports, min_size=1, max_size=2).map(tuple)
    rule = st.builds(lambda peers, on: CiliumRule(to_ports=on, **peers), _cilium_peers(ingress), on_ports)
    return st.lists(rule, max_size=2).map(tuple)


_NO_L7 = st.builds(CiliumPorts, st.lists(_CILIUM_PORTS, min_size=1, max_size=2).map(tuple))
_DEFAULT_DENY = st.sampled_from(
    (CiliumDefaultDeny(), CiliumDefaultDeny(), CiliumDefaultDeny(False, None), CiliumDefaultDeny(True, False))
)
_CILIUM_SPECS = st.builds(
    CiliumSpec,
    endpoint_selector=_ENDPOINTS.filter(lambda selector: not any("io." in key for key in selector.match_labels)),
    ingress=_cilium_rules(True, _PORT_RULES),
    egress=_cilium_rules(False, _PORT_RULES),
    ingress_deny=st.just(()) | _cilium_rules(True, _NO_L7),
    egress_deny=st.just(()) | _cilium_rules(False, _NO_L7),
    enable_default_deny=_DEFAULT_DENY,
).filter(lambda spec: spec.ingress or spec.egress or spec.ingress_deny or spec.egress_deny)
CILIUM = st.tuples(st.integers(0, 4), st.lists(_CILIUM_SPECS, min_size=1, max_size=2).map(tuple))
