"""Kubernetes policies under Calico: the default tier, order 1000 (row 2)."""

from __future__ import annotations

from collections.abc import Iterator

from connectivity.naive.answers import Answer
from connectivity.naive.blocks import in_block
from connectivity.naive.calico_case import ALLOW, DEFAULT_TIER, Case, Policy, Rule
from connectivity.naive.labels import policy_has_invalid_value, selects
from connectivity.naive.network import INGRESS, address_of, is_control_plane_at_ingress, namespace_labels
from connectivity.naive.ports import destination_pod, ports_admit

from analyzer.model.objects import EgressRule, IngressRule, LabelSelector, NetworkPolicy, PolicyPeer

ORDER = 1000


def kubernetes_policies(case: Case) -> Iterator[Policy]:
    """Those that select the subject. Row 3: in the directions of policyTypes. Row 11: two readings."""
    for policy in case.network.policies:
        if (
            case.side.direction in policy.types
            and policy.namespace == case.side.subject.namespace
            and not case.side.subject.spec.host_network
            and selects(policy.spec.pod_selector, case.side.subject.labels)
            and (case.enforces_invalid_values or not policy_has_invalid_value(policy))
        ):
            yield Policy(DEFAULT_TIER, ORDER, tuple(_rules(policy, case)))


def _rules(policy: NetworkPolicy, case: Case) -> Iterator[Rule]:
    rules: tuple[IngressRule | EgressRule, ...] = (
        policy.spec.ingress if case.side.direction == INGRESS else policy.spec.egress
    )
    for rule in rules:
        if ports_admit(rule.ports, case.flow, destination_pod(case.flow)):
            yield Rule(ALLOW, _peers_match(policy, rule.peers, case))


def _peers_match(policy: NetworkPolicy, peers: tuple[PolicyPeer, ...], case: Case) -> Answer:
    """Rows 20 and 21: no peers match everybody. Row 39: whether the control plane matches any is not known."""
    if not peers:
        return True
    if is_control_plane_at_ingress(case.side):
        return None
    return any(_peer_matches(policy, peer, case) for peer in peers)


def _peer_matches(policy: NetworkPolicy, peer: PolicyPeer, case: Case) -> bool:
    """Rows 5 to 10, 32: selectors find pods alone. Rows 13 to 16, 35 to 38: blocks find every address."""
    other = case.side.other
    if peer.ip_block is not None:
        return in_block(address_of(other, case.flow.family), peer.ip_block.cidr, peer.ip_block.except_)
    if other.pod is None or not selects(peer.pod_selector or LabelSelector(), other.pod.labels):
        return False
    if peer.namespace_selector is None:
        return other.pod.namespace == policy.namespace
    return selects(peer.namespace_selector, namespace_labels(case.network, other.pod.namespace))
