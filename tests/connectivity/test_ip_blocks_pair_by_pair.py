"""POL-IPBLOCK-POD and POL-IPBLOCK-NODE against a look at each pair of pods, each node, each port."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from ipaddress import ip_address, ip_network
from itertools import product

import healthy
from connectivity.cases import NAMESPACES, pod
from connectivity.pair_by_pair import PODS, POLICIES, PROBES, admits_port, admitted, selects
from hypothesis import given, settings

from analyzer.connectivity.isolation import Direction, rules_of
from analyzer.connectivity.universe import Universe
from analyzer.model.fact import Known
from analyzer.model.finding import Finding, Severity
from analyzer.model.network import PolicyEngine, observe
from analyzer.model.objects import (
    Address,
    IPBlock,
    Metadata,
    Namespace,
    NetworkPolicy,
    Node,
    NodeStatus,
    Pod,
    PolicyPort,
)
from analyzer.model.step import Inputs, Step, StepKind
from analyzer.scene import Rule, Scene
from rules.policy import ipblock_node, ipblock_pod

NODE = "10.0.0.1"
ON_NODE = pod("node/agent", NODE, host=True)
"""Stands for the node: it defines no named port."""


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
    state = replace(observe(snapshot.cluster), policy=Known(PolicyEngine.AZURE))
    return Scene(
        snapshot, Step(StepKind.CILIUM, (), state, state, 1), (), Inputs(), date(2026, 11, 20), Universe(snapshot)
    )


def found(rule: Rule, made: Scene, severity: Severity | None = None) -> set[tuple[str, str]]:
    """Policy and key of the findings; those of one severity, if any is asked for."""
    listed = [item for item in rule.check(made) if isinstance(item, Finding)]
    return {(item.object.name, item.key) for item in listed if severity in (None, item.severity or rule.severity)}


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


@settings(max_examples=300, deadline=None)
@given(POLICIES, PODS)
def test_a_risk_is_a_pair_of_pods_that_only_an_ip_block_admits(
    policies: tuple[NetworkPolicy, ...], pods: tuple[Pod, ...]
) -> None:
    plain = [item for item in pods if not item.spec.host_network]
    expected = {
        (policy.name, f"{direction.value.lower()} {block.cidr}")
        for policy, direction, block, ports in uses(policies)
        for subject, peer, probe in product(plain, plain, PROBES)
        if subject is not peer and selects(policy, subject) and is_inside(block, peer.addresses[0])
        if admits_port(ports, peer if direction is Direction.EGRESS else subject, probe)
        if not admitted(policies, subject, peer, probe, direction)
    }
    assert found(ipblock_pod.RULE, scene(policies, pods), Severity.RISK) == expected


def admits_nodes(policies: tuple[NetworkPolicy, ...], subject: Pod, probe: tuple[str, int], way: Direction) -> bool:
    """Whether a rule without peers does."""
    destination = ON_NODE if way is Direction.EGRESS else subject
    return any(
        selects(policy, subject) and not rule.peers and admits_port(rule.ports, destination, probe)
        for policy in policies
        for rule in rules_of(policy, way)
    )


@settings(max_examples=300, deadline=None)
@given(POLICIES, PODS)
def test_a_node_is_lost_to_a_pod_where_no_rule_without_peers_admits_it(
    policies: tuple[NetworkPolicy, ...], pods: tuple[Pod, ...]
) -> None:
    plain = [item for item in pods if not item.spec.host_network]
    expected = {
        (policy.name, f"{direction.value.lower()} {block.cidr}")
        for policy, direction, block, ports in uses(policies)
        for subject, probe in product(plain, (*PROBES, ("ICMP", 0)))
        if selects(policy, subject) and is_inside(block, NODE)
        if admits_port(ports, ON_NODE if direction is Direction.EGRESS else subject, probe)
        if not admits_nodes(policies, subject, probe, direction)
    }
    selecting = {policy.name for policy in policies if any(selects(policy, item) for item in plain)}
    judged = found(ipblock_node.RULE, scene(policies, pods))
    assert {item for item in judged if item[0] in selecting} == expected
