"""One pair of pods and one port at a time, as the API reference words it: what the quick way is compared with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from connectivity.cases import NAMESPACES, pod, policy
from hypothesis import strategies as st

from analyzer.connectivity.isolation import Direction, rules_of
from analyzer.model.objects import (
    ContainerPort,
    EgressRule,
    IngressRule,
    IPBlock,
    LabelSelector,
    NetworkPolicy,
    Pod,
    PolicyPeer,
    PolicyPort,
    Requirement,
)

EVERYONE = LabelSelector()
APPS, PORTS = ("web", "db", "api"), (80, 81, 443)
NAMES = ("http", "admin")
KEYS = st.sampled_from(["app", "tier"])
SELECTORS = st.builds(
    LabelSelector,
    st.dictionaries(KEYS, st.sampled_from(APPS), max_size=1),
    st.lists(
        st.builds(
            Requirement,
            KEYS,
            st.sampled_from(["In", "NotIn", "Exists", "DoesNotExist"]),
            st.lists(st.sampled_from(APPS), min_size=1, max_size=2).map(tuple),
        ),
        max_size=1,
    ).map(tuple),
)
BLOCKS = (
    IPBlock("0.0.0.0/0"),
    IPBlock("10.0.0.0/30"),
    IPBlock("10.0.0.2/31"),
    IPBlock("10.0.0.0/29", ("10.0.0.0/31",)),
)
NAMESPACE_SELECTORS = st.sampled_from(
    [EVERYONE, LabelSelector({"team": "ops"}), LabelSelector({}, (Requirement("team", "DoesNotExist"),))]
)
PEERS = st.one_of(
    st.builds(PolicyPeer, SELECTORS),
    st.builds(PolicyPeer, st.none() | SELECTORS, NAMESPACE_SELECTORS),
    st.builds(PolicyPeer, st.none(), st.none(), st.sampled_from(BLOCKS)),
)
POLICY_PORTS = st.one_of(
    st.builds(PolicyPort, st.sampled_from(["TCP", "UDP"]), st.sampled_from([None, *PORTS, *NAMES])),
    st.just(PolicyPort("TCP", 80, 443)),
)
RULE_PARTS = (st.lists(PEERS, max_size=2).map(tuple), st.lists(POLICY_PORTS, max_size=2).map(tuple))
POLICIES = st.lists(
    st.tuples(
        st.sampled_from(list(NAMESPACES)),
        SELECTORS,
        st.none() | st.lists(st.builds(IngressRule, *RULE_PARTS), max_size=2).map(tuple),
        st.none() | st.lists(st.builds(EgressRule, *RULE_PARTS), max_size=2).map(tuple),
    ),
    min_size=1,
    max_size=4,
).map(lambda items: tuple(policy(f"{item[0]}/p{place}", *item[1:]) for place, item in enumerate(items)))
PODS = st.lists(
    st.tuples(
        st.sampled_from(list(NAMESPACES)),
        st.dictionaries(KEYS, st.sampled_from(APPS)),
        st.lists(st.builds(ContainerPort, st.sampled_from(PORTS), st.sampled_from(NAMES)), max_size=2).map(tuple),
        st.booleans(),
    ),
    min_size=1,
    max_size=6,
).map(
    lambda items: tuple(
        pod(f"{item[0]}/p{place}", f"10.0.0.{place}", labels=item[1], ports=item[2], host=item[3])
        for place, item in enumerate(items)
    )
)
"""Pod p3 has the address 10.0.0.3."""
PROBES = tuple((protocol, port) for protocol in ("TCP", "UDP") for port in (*PORTS, 8080))


def admitted(
    policies: Sequence[NetworkPolicy], subject: Pod, peer: Pod, port: tuple[str, int], direction: Direction
) -> bool:
    """One flow at a time, as the API reference words it; True of a pod that nothing isolates."""
    destination = peer if direction is Direction.EGRESS else subject
    isolating = [item for item in policies if direction in item.types and selects(item, subject)]
    return not isolating or any(
        admits_peer(item.namespace, rule.peers, peer) and admits_port(rule.ports, destination, port)
        for item in isolating
        for rule in rules_of(item, direction)
    )


def selects(item: NetworkPolicy, subject: Pod) -> bool:
    return item.namespace == subject.namespace and matches(item.spec.pod_selector, subject.labels)


def matches(selector: LabelSelector, labels: dict[str, str]) -> bool:
    def holds(item: Requirement) -> bool:
        inside = labels.get(item.key) in item.values if item.operator in ("In", "NotIn") else item.key in labels
        return inside is (item.operator in ("In", "Exists"))

    wanted = selector.match_labels.items()
    return all(labels.get(key) == value for key, value in wanted) and all(map(holds, selector.match_expressions))


def admits_peer(namespace: str, listed: tuple[PolicyPeer, ...], peer: Pod) -> bool:
    def is_meant(item: PolicyPeer) -> bool:
        if item.ip_block:
            return False
        if item.namespace_selector is None:
            inside = namespace == peer.namespace
        else:
            inside = matches(item.namespace_selector, NAMESPACES[peer.namespace])
        return inside and matches(item.pod_selector or EVERYONE, peer.labels)

    return not listed or any(map(is_meant, listed))


def admits_port(listed: tuple[PolicyPort, ...], destination: Pod, port: tuple[str, int]) -> bool:
    def numbers(item: PolicyPort) -> Iterator[int]:
        if item.port is None:
            yield port[1]
        elif isinstance(item.port, int):
            yield from range(item.port, (item.end_port or item.port) + 1)
        else:
            declared = destination.spec.containers[0].ports
            yield from (
                one.container_port for one in declared if (one.name, one.protocol) == (item.port, item.protocol)
            )

    return not listed or any(item.protocol == port[0] and port[1] in numbers(item) for item in listed)
