"""Random NetworkPolicies: everything that the table tells apart."""

from __future__ import annotations

from typing import TypeVar

from hypothesis import strategies as st

from analyzer.model.objects import (
    EgressRule,
    IngressRule,
    IPBlock,
    LabelSelector,
    NetworkPolicySpec,
    PolicyPeer,
    PolicyPort,
    Requirement,
)

CIDRS = (
    "0.0.0.0/0",
    "10.244.0.0/16",
    "10.244.1.0/24",
    "10.244.0.4/32",
    "10.244.1.5/32",
    "10.224.0.0/16",
    "10.224.0.4/32",
    "10.224.0.5/32",
    "10.0.0.0/8",
    "169.254.0.0/16",
    "169.254.20.10/32",
    "20.50.1.0/24",
    "20.50.1.1/32",
    "203.0.113.0/24",
    "168.63.129.16/32",
)
CIDRS_6 = ("::/0", "fd00:244::/32", "fd00:224::/64", "2001:db8::/32")
_HOLES = ("10.244.0.0/24", "10.224.0.4/32", "203.0.113.128/25", "20.50.1.1/32", "168.63.129.16/32", "169.254.20.10/32")


_LABEL_TERMS = st.sampled_from(
    (
        Requirement("app", "In", ("web", "api")),
        Requirement("app", "NotIn", ("web",)),
        Requirement("app", "NotIn", ("web", "api")),
        Requirement("tier", "Exists"),
        Requirement("tier", "DoesNotExist"),
        Requirement("tier", "NotIn", ("front",)),
        Requirement("statefulset.kubernetes.io/pod-name", "In", ("db-0",)),
        Requirement("statefulset.kubernetes.io/pod-name", "DoesNotExist"),
        Requirement("pod-template-hash", "NotIn", ("5d4",)),
        Requirement("app", "In", ("not a value",)),
        Requirement("app", "NotIn", ("-bad-",)),
    )
)
_MATCH_LABELS = st.sampled_from(
    (
        {"app": "web"},
        {"app": "api"},
        {"app": "db"},
        {"tier": "front"},
        {"app.kubernetes.io/name": "web"},
        {"statefulset.kubernetes.io/pod-name": "db-0"},
        {"pod-template-hash": "5d4"},
    )
)
_EVERYTHING = LabelSelector()
_SELECTORS = st.one_of(
    st.just(_EVERYTHING),
    st.builds(LabelSelector, _MATCH_LABELS),
    st.builds(LabelSelector, _MATCH_LABELS),
    st.builds(LabelSelector, st.just({}), st.lists(_LABEL_TERMS, min_size=1, max_size=2).map(tuple)),
    st.builds(LabelSelector, _MATCH_LABELS, st.lists(_LABEL_TERMS, min_size=1, max_size=1).map(tuple)),
)
_SUBJECTS = st.just(_EVERYTHING) | _SELECTORS
_NAMESPACE_TERMS = st.sampled_from(
    (
        Requirement("team", "In", ("a", "b")),
        Requirement("team", "NotIn", ("a",)),
        Requirement("team", "NotIn", ("a", "b")),
        Requirement("kubernetes.io/metadata.name", "NotIn", ("shop", "ops")),
        Requirement("kubernetes.io/metadata.name", "NotIn", ("shop",)),
        Requirement("team", "DoesNotExist"),
        Requirement("team", "Exists"),
        Requirement("team", "In", ("no such/value",)),
    )
)
_NAMESPACE_SELECTORS = st.one_of(
    st.just(_EVERYTHING),
    st.sampled_from((LabelSelector({"team": "a"}), LabelSelector({"kubernetes.io/metadata.name": "shop"}))),
    st.builds(LabelSelector, st.just({}), st.lists(_NAMESPACE_TERMS, min_size=1, max_size=2).map(tuple)),
    st.builds(LabelSelector, st.just({"team": "a"}), st.lists(_NAMESPACE_TERMS, min_size=1, max_size=1).map(tuple)),
)


def _block(cidr: str, holes: list[str]) -> IPBlock:
    """With those holes that lie in it, as the API server asks."""
    if cidr == "0.0.0.0/0":
        return IPBlock(cidr, tuple(holes))
    start = {"10.244.0.0/16": "10.244.", "10.0.0.0/8": "10.", "10.224.0.0/16": "10.224."}.get(cidr)
    return IPBlock(cidr, tuple(hole for hole in holes if start and hole.startswith(start)))


BLOCKS = st.builds(_block, st.sampled_from(CIDRS), st.lists(st.sampled_from(_HOLES), max_size=2, unique=True))
_PEERS = st.one_of(
    st.builds(PolicyPeer, st.none(), st.none(), BLOCKS),
    st.builds(PolicyPeer, st.none(), st.none(), BLOCKS),
    st.builds(PolicyPeer, _SELECTORS),
    st.builds(PolicyPeer, st.none(), _NAMESPACE_SELECTORS),
    st.builds(PolicyPeer, _SELECTORS, _NAMESPACE_SELECTORS),
)
_ANY_PEERS = st.one_of(
    _PEERS,
    _PEERS,
    _PEERS,
    st.sampled_from(CIDRS_6).map(lambda cidr: PolicyPeer(ip_block=IPBlock(cidr))),
)
_POLICY_PORTS = st.sampled_from(
    (
        PolicyPort("TCP", 8080),
        PolicyPort("TCP", 8080),
        PolicyPort("TCP", 5432),
        PolicyPort("TCP", 8000, 9090),
        PolicyPort("UDP", 53),
        PolicyPort("TCP"),
        PolicyPort("UDP"),
        PolicyPort("SCTP", 3868),
        PolicyPort("SCTP"),
        PolicyPort("TCP", "http"),
        PolicyPort("TCP", "https"),
        PolicyPort("TCP", "db"),
        PolicyPort("UDP", "dns"),
        PolicyPort("TCP", "gone"),
        PolicyPort("SCTP", "sig"),
    )
)
_PORT_LISTS = st.just(()) | st.lists(_POLICY_PORTS, max_size=2).map(tuple)


_Rule = TypeVar("_Rule", IngressRule, EgressRule)


def _rules(rule: type[_Rule], peers: st.SearchStrategy[PolicyPeer]) -> st.SearchStrategy[_Rule]:
    return st.builds(rule, st.lists(peers, max_size=2).map(tuple), _PORT_LISTS)


def _rule_list(rule: type[_Rule], peers: st.SearchStrategy[PolicyPeer]) -> st.SearchStrategy[tuple[_Rule, ...]]:
    return st.just(()) | st.lists(_rules(rule, peers), max_size=2).map(tuple)


INGRESS_RULES = _rules(IngressRule, _ANY_PEERS)
EGRESS_RULES = _rules(EgressRule, _ANY_PEERS)


def _specs(peers: st.SearchStrategy[PolicyPeer]) -> st.SearchStrategy[NetworkPolicySpec]:
    types = st.sampled_from((("Ingress",), ("Egress",), ("Ingress", "Egress"), None))
    return st.builds(
        NetworkPolicySpec, _SELECTORS, types, _rule_list(IngressRule, peers), _rule_list(EgressRule, peers)
    )


KUBERNETES = st.tuples(st.integers(0, 3), _specs(_PEERS) | _specs(_ANY_PEERS))
