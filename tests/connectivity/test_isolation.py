"""What policies isolate, and what their selectors admit."""

from __future__ import annotations

import pytest
from connectivity.cases import NAMESPACES, isolation, names, pod, policy
from connectivity.pair_by_pair import PODS, POLICIES, PROBES, admitted
from hypothesis import given
from hypothesis import strategies as st

from analyzer.bits import EVERY, members
from analyzer.connectivity.isolation import Direction, Flows, Isolation, open_ports, rules_of
from analyzer.connectivity.ports import EVERYTHING, NamedPort, PortSet, port_set
from analyzer.model.objects import (
    ContainerPort,
    EgressRule,
    IngressRule,
    IPBlock,
    LabelSelector,
    NetworkPolicy,
    NetworkPolicySpec,
    Pod,
    PolicyPeer,
    PolicyPort,
)

EVERYONE = LabelSelector()
WEB, DB = LabelSelector({"app": "web"}), LabelSelector({"app": "db"})
TCP_80, TCP_443 = PolicyPort("TCP", 80), PolicyPort("TCP", 443)


def blocks(found: Isolation, direction: Direction = Direction.INGRESS) -> list[tuple[tuple[int, ...], list[str]]]:
    population = found.selection.population
    return [(block.policies, names(population, block.classes)) for block in found.blocks("shop", direction)]


def left(found: Isolation, direction: Direction, ports: PortSet = EVERYTHING) -> list[tuple[list[str], list[str], str]]:
    """What no selector admits between isolated pods of shop and any pod: subjects, peers, ports."""
    population = found.selection.population
    return sorted(
        (names(population, flows.subjects), names(population, flows.peers), str(flows.ports))
        for block in found.blocks("shop", direction)
        for flows in found.not_admitted(block, direction, Flows(block.classes, population.plain, ports))
    )


def test_pods_are_apart_by_the_policies_that_select_them() -> None:
    found = isolation(
        (
            policy("shop/all", EVERYONE, ingress=()),
            policy("shop/web", WEB, ingress=()),
            policy("ops/all", EVERYONE, ()),
        ),
        pod("shop/web"),
        pod("shop/db"),
        pod("shop/cache"),
        pod("shop/agent", host=True),
        pod("ops/web"),
    )
    assert blocks(found) == [((0, 1), ["shop/web"]), ((0,), ["shop/cache", "shop/db"])]
    assert [names(found.selection.population, block.classes) for block in found.blocks_of(1, Direction.INGRESS)] == [
        ["shop/web"]
    ]
    assert len(found.blocks_of(0, Direction.INGRESS)) == 2


def test_pods_that_no_policy_selects_are_in_no_block() -> None:
    found = isolation((policy("shop/web", WEB, ingress=()),), pod("shop/web"), pod("shop/db"))
    assert blocks(found) == [((0,), ["shop/web"])]
    assert found.blocks_among(EVERY & 0b11, "shop", Direction.INGRESS) == found.blocks("shop", Direction.INGRESS)
    assert found.blocks_among(0b10, "shop", Direction.INGRESS) == ()


def test_a_direction_counts_where_policy_types_names_it() -> None:
    spec = NetworkPolicySpec(EVERYONE, ("Egress",), ingress=(IngressRule(),), egress=(EgressRule(),))
    found = isolation((NetworkPolicy(policy("shop/x", EVERYONE).metadata, spec=spec),), pod("shop/web"))
    assert blocks(found, Direction.INGRESS) == []
    assert blocks(found, Direction.EGRESS) == [((0,), ["shop/web"])]
    assert rules_of(found.policies[0], Direction.INGRESS) == ()
    assert rules_of(found.policies[0], Direction.EGRESS) == (EgressRule(),)


def test_the_union_of_all_policies_admits() -> None:
    to_db = policy("shop/to-db", WEB, egress=(EgressRule((PolicyPeer(DB),), (TCP_80,)),))
    to_all = policy("shop/to-all", EVERYONE, egress=(EgressRule((PolicyPeer(EVERYONE),), (TCP_443,)),))
    found = isolation((to_db, to_all), pod("shop/web"), pod("shop/db"), pod("ops/x"))
    both = port_set((TCP_80, TCP_443))
    assert left(found, Direction.EGRESS, both) == [
        (["shop/db"], ["ops/x"], "TCP 80, TCP 443"),
        (["shop/db"], ["shop/db", "shop/web"], "TCP 80"),
        (["shop/web"], ["ops/x"], "TCP 80, TCP 443"),
        (["shop/web"], ["shop/web"], "TCP 80"),
    ]


def test_rules_for_other_peers_leave_a_flow_as_it_is() -> None:
    rules = (EgressRule((PolicyPeer(WEB),), (TCP_80,)), EgressRule((PolicyPeer(DB),), (TCP_443,)))
    found = isolation((policy("shop/x", WEB, egress=rules),), pod("shop/web"), pod("shop/db"))
    assert left(found, Direction.EGRESS, port_set((TCP_80,))) == [(["shop/web"], ["shop/db"], "TCP 80")]
    assert left(found, Direction.EGRESS, port_set((TCP_80, TCP_443))) == [
        (["shop/web"], ["shop/db"], "TCP 80"),
        (["shop/web"], ["shop/web"], "TCP 443"),
    ]


def test_a_rule_without_peers_admits_everyone_on_its_ports() -> None:
    found = isolation((policy("shop/x", WEB, ingress=(IngressRule(ports=(TCP_80,)),)),), pod("shop/web"), pod("ops/x"))
    assert left(found, Direction.INGRESS, port_set((TCP_80,))) == []
    assert left(found, Direction.INGRESS, port_set((TCP_443,))) == [(["shop/web"], ["ops/x", "shop/web"], "TCP 443")]
    assert (
        str(found.open_ports(0, Direction.INGRESS)) == str(open_ports(found.policies[0], Direction.INGRESS)) == "TCP 80"
    )


def test_an_ip_block_and_a_host_network_pod_admit_nobody() -> None:
    blocks_only = IngressRule((PolicyPeer(ip_block=IPBlock("0.0.0.0/0")),))
    agents = IngressRule((PolicyPeer(LabelSelector({"app": "agent"})),))
    found = isolation((policy("shop/x", WEB, (blocks_only, agents)),), pod("shop/web"), pod("shop/agent", host=True))
    assert found.admissions(0, Direction.INGRESS) == ()
    assert left(found, Direction.INGRESS) == [(["shop/web"], ["shop/web"], "every port")]
    assert found.open_ports(0, Direction.INGRESS) == PortSet()


HTTP = PolicyPort("TCP", "http")


def test_a_named_port_is_the_destinations_own() -> None:
    web = pod("shop/web", ports=(ContainerPort(8080, "http"),))
    db = pod("shop/db", ports=(ContainerPort(9090, "http"),))
    wanted = port_set((PolicyPort("TCP", 8080), PolicyPort("TCP", 9090)))
    outgoing = policy("shop/out", WEB, egress=(EgressRule((PolicyPeer(EVERYONE),), (HTTP,)),))
    assert left(isolation((outgoing,), web, db), Direction.EGRESS, wanted) == [
        (["shop/web"], ["shop/db"], "TCP 8080"),
        (["shop/web"], ["shop/web"], "TCP 9090"),
    ]
    incoming = policy("shop/in", WEB, ingress=(IngressRule((PolicyPeer(EVERYONE),), (HTTP,)),))
    assert left(isolation((incoming,), web, db), Direction.INGRESS, wanted) == [
        (["shop/web"], ["shop/db", "shop/web"], "TCP 9090")
    ]


def test_a_wanted_name_that_a_pod_does_not_define_is_no_traffic_to_it() -> None:
    found = isolation(
        (policy("shop/x", WEB, egress=()),), pod("shop/web"), pod("shop/db", ports=(ContainerPort(1, "http"),))
    )
    wanted = PortSet(names=frozenset({NamedPort("TCP", "http")}))
    assert left(found, Direction.EGRESS, wanted) == [(["shop/web"], ["shop/db"], "TCP 1")]


@pytest.mark.parametrize("empty", [Flows(0, 1, EVERYTHING), Flows(1, 0, EVERYTHING)])
def test_no_pods_have_no_flows(empty: Flows) -> None:
    found = isolation((policy("shop/x", EVERYONE, ingress=()),), pod("shop/web"))
    (block,) = found.blocks("shop", Direction.INGRESS)
    assert list(found.not_admitted(block, Direction.INGRESS, empty)) == []


@given(POLICIES, PODS, st.sampled_from(Direction))
def test_rectangles_hold_exactly_the_flows_that_no_selector_admits(
    policies: tuple[NetworkPolicy, ...], pods: tuple[Pod, ...], direction: Direction
) -> None:
    found = isolation(policies, *pods)
    population = found.selection.population
    plain = [item for item in pods if not item.spec.host_network]
    refused = [
        (subject.name, peer.name, probe)
        for subject in plain
        for peer in plain
        for probe in PROBES
        if not admitted(policies, subject, peer, probe, direction)
    ]
    rectangles = [
        flows
        for namespace in NAMESPACES
        for block in found.blocks(namespace, direction)
        for flows in found.not_admitted(block, direction, Flows(block.classes, population.plain, EVERYTHING))
    ]
    listed = [
        (population.pods[subject].name, population.pods[peer].name, probe)
        for flows in rectangles
        for subject in population.pods_of(flows.subjects)
        for peer in population.pods_of(flows.peers)
        for probe in PROBES
        if flows.ports.holds(*probe)
    ]
    assert sorted(listed) == sorted(refused)


@given(POLICIES, PODS, st.sampled_from(Direction))
def test_every_isolated_pod_is_in_the_one_block_of_its_policies(
    policies: tuple[NetworkPolicy, ...], pods: tuple[Pod, ...], direction: Direction
) -> None:
    found = isolation(policies, *pods)
    population = found.selection.population
    for namespace in NAMESPACES:
        listed = found.blocks(namespace, direction)
        inside = population.in_namespace(namespace)
        assert found.blocks_among(inside, namespace, direction) == listed
        for place in members(inside):
            mine = tuple(block for block in listed if block.classes >> place & 1)
            selecting = tuple(
                index
                for index, item in enumerate(policies)
                if direction in item.types and found.subjects[index] >> place & 1
            )
            assert [block.policies for block in mine] == ([selecting] if selecting else [])
            assert found.blocks_among(1 << place, namespace, direction) == mine


def test_what_the_policies_of_a_block_open_to_everybody_adds_up() -> None:
    policies = (
        policy("shop/one", WEB, ingress=(IngressRule(ports=(TCP_80,)), IngressRule((PolicyPeer(EVERYONE),)))),
        policy("shop/two", EVERYONE, ingress=(IngressRule(ports=(TCP_443,)),), egress=(EgressRule(),)),
        policy("shop/three", WEB, ingress=()),
    )
    found = isolation(policies, pod("shop/web"), pod("shop/db"))
    opened = {
        (direction, block.policies): found.open_to(block, direction)
        for direction in Direction
        for block in found.blocks("shop", direction)
    }
    assert opened == {
        (Direction.INGRESS, (0, 1, 2)): port_set((TCP_80, TCP_443)),
        (Direction.INGRESS, (1,)): port_set((TCP_443,)),
        (Direction.EGRESS, (1,)): EVERYTHING,
    }
