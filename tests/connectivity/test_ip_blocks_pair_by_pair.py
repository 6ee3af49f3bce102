"""POL-IPBLOCK-POD and POL-IPBLOCK-NODE against a look at each pair of pods, each node, each port.

AKS_PREFLIGHT_EXAMPLES sets on how many policies.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from ipaddress import ip_address, ip_network
from itertools import product

import healthy
from connectivity.cases import NAMESPACES, pod
from connectivity.pair_by_pair import PODS, POLICIES, PROBES, admits_port, admitted, selects
from hypothesis import given, settings
from msgspec import structs

from analyzer.connectivity.isolation import Direction, rules_of
from analyzer.model.fact import Known
from analyzer.model.finding import Finding
from analyzer.model.network import PolicyEngine, observe
from analyzer.model.objects import (
    Address,
    EgressRule,
    IPBlock,
    LabelSelector,
    Metadata,
    Namespace,
    NetworkPolicy,
    Node,
    NodeStatus,
    Pod,
    PolicyPeer,
    PolicyPort,
)
from analyzer.model.step import Inputs, Step, StepKind
from analyzer.scene import Rule, Scene, Views
from rules.policy import ipblock_node, ipblock_pod

EXAMPLES = int(os.environ.get("AKS_PREFLIGHT_EXAMPLES", "100"))
NODE = "10.0.0.1"
ON_NODE = pod("node/agent", NODE, host=True)
"""Stands for the node: it defines no named port."""
EVERY_PROBE = (*PROBES, ("TCP", 100), ("ICMP", 0))
"""A port of every kind that rules tell apart."""


def scene(policies: tuple[NetworkPolicy, ...], pods: tuple[Pod, ...]) -> Scene:
    """The healthy cluster under NPM with other namespaces, pods and policies, and one node."""
    named = (Namespace(Metadata(name=name, labels=labels)) for name, labels in NAMESPACES.items())
    snapshot = replace(
        healthy.healthy(),
        namespaces=Known(tuple(named)),
        pods=Known(pods),
        network_policies=Known(policies),
        nodes=Known((Node(Metadata(name="n"), status=NodeStatus((Address("InternalIP", NODE),))),)),
    )
    before = replace(observe(snapshot.cluster), policy=Known(PolicyEngine.AZURE))
    after = replace(before, policy=Known(PolicyEngine.CILIUM))
    step = Step(StepKind.CILIUM, (), before, after, 1)
    return Scene(Views(snapshot, Inputs()), step, (), date(2026, 11, 20))


def found(rule: Rule, made: Scene) -> set[tuple[str, str]]:
    """Policy and key of the findings."""
    return {(item.object.name, item.key) for item in rule.check(made) if isinstance(item, Finding)}


def uses(
    policies: tuple[NetworkPolicy, ...],
) -> Iterator[tuple[NetworkPolicy, Direction, IPBlock, tuple[PolicyPort, ...]]]:
    """Every ipBlock that is enforced."""
    for policy, direction in product(policies, Direction):
        for rule in rules_of(policy, direction):
            for peer in rule.peers:
                if peer.ip_block is not None:
                    yield policy, direction, peer.ip_block, rule.ports


def is_inside(block: IPBlock, address: str) -> bool:
    number = ip_address(address)
    return number in ip_network(block.cidr) and not any(number in ip_network(cut) for cut in block.except_)


def numbered(policies: tuple[NetworkPolicy, ...]) -> tuple[NetworkPolicy, ...]:
    """With numbers for names in egress rules: what Cilium makes of those names is another rule's."""

    def of_rule(rule: EgressRule) -> EgressRule:
        ports = (PolicyPort(port.protocol, 80) if isinstance(port.port, str) else port for port in rule.ports)
        return EgressRule(rule.to, tuple(ports))

    return tuple(
        structs.replace(item, spec=structs.replace(item.spec, egress=tuple(map(of_rule, item.spec.egress))))
        for item in policies
    )


def is_lost(
    policies: tuple[NetworkPolicy, ...], subject: Pod, peer: Pod, probe: tuple[str, int], way: Direction
) -> bool:
    """Whether one side of a flow refuses it under Cilium, where the other side lets it through."""
    other = Direction.INGRESS if way is Direction.EGRESS else Direction.EGRESS
    lets_through = admitted(policies, peer, subject, probe, other)
    if way is Direction.EGRESS:
        lets_through = lets_through or any(by_address(policies, peer, subject, probe, other))
    return lets_through and not admitted(policies, subject, peer, probe, way)


def by_address(
    policies: tuple[NetworkPolicy, ...], subject: Pod, peer: Pod, probe: tuple[str, int], way: Direction
) -> Iterator[tuple[str, str]]:
    """Policy and key of the ipBlocks that admit one flow."""
    destination = peer if way is Direction.EGRESS else subject
    for policy, direction, block, ports in uses(policies):
        is_meant = direction is way and selects(policy, subject) and is_inside(block, peer.addresses[0])
        if is_meant and admits_port(ports, destination, probe):
            yield policy.name, f"{direction.value.lower()} {block.cidr}"


@settings(max_examples=EXAMPLES, deadline=None)
@given(POLICIES.map(numbered), PODS)
def test_a_risk_is_a_pair_of_pods_that_only_an_ip_block_admits(
    policies: tuple[NetworkPolicy, ...], pods: tuple[Pod, ...]
) -> None:
    plain = [item for item in pods if not item.spec.host_network]
    expected = {
        item
        for subject, peer, probe, way in product(plain, plain, EVERY_PROBE, Direction)
        if subject is not peer and is_lost(policies, subject, peer, probe, way)
        for item in by_address(policies, subject, peer, probe, way)
    }
    assert found(ipblock_pod.RULE, scene(policies, pods)) == expected


def admits_nodes(policies: tuple[NetworkPolicy, ...], subject: Pod, probe: tuple[str, int], way: Direction) -> bool:
    """Whether a rule without peers does, or one whose namespaceSelector only excludes."""
    destination = ON_NODE if way is Direction.EGRESS else subject
    return any(
        selects(policy, subject) and names_nodes(rule.peers) and admits_port(rule.ports, destination, probe)
        for policy in policies
        for rule in rules_of(policy, way)
    )


def names_nodes(listed: tuple[PolicyPeer, ...]) -> bool:
    excluding = (item for item in listed if item.namespace_selector and item.namespace_selector.match_expressions)
    return not listed or not all(asks(item.pod_selector or LabelSelector()) for item in excluding)


def asks(selector: LabelSelector) -> bool:
    operators = {item.operator for item in selector.match_expressions}
    return bool(selector.match_labels or operators & {"In", "Exists"})


@settings(max_examples=EXAMPLES, deadline=None)
@given(POLICIES.map(numbered), PODS)
def test_a_node_is_lost_to_a_pod_where_no_rule_without_peers_admits_it(
    policies: tuple[NetworkPolicy, ...], pods: tuple[Pod, ...]
) -> None:
    plain = [item for item in pods if not item.spec.host_network]
    expected = {
        (policy.name, f"{direction.value.lower()} {block.cidr}")
        for policy, direction, block, ports in uses(policies)
        for subject, probe in product(plain, EVERY_PROBE)
        if selects(policy, subject) and is_inside(block, NODE)
        if admits_port(ports, ON_NODE if direction is Direction.EGRESS else subject, probe)
        if not admits_nodes(policies, subject, probe, direction)
    }
    assert found(ipblock_node.RULE, scene(policies, pods)) == expected


@settings(max_examples=EXAMPLES, deadline=None)
@given(POLICIES, PODS)
def test_the_flow_that_a_finding_shows_is_allowed_before_and_blocked_after(
    policies: tuple[NetworkPolicy, ...], pods: tuple[Pod, ...]
) -> None:
    made = scene(policies, pods)
    outcomes = (*ipblock_pod.RULE.check(made), *ipblock_node.RULE.check(made))
    shown = [item.evidence[-1].value for item in outcomes if isinstance(item, Finding)]
    assert [text for text in shown if not text.endswith(": allowed by Azure NPM, blocked by Cilium")] == []
