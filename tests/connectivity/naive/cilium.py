"""Cilium on AKS, as the column of the table has it: Kubernetes policies, and the ways of flows."""

from __future__ import annotations

from collections.abc import Iterator

from connectivity.naive.answers import Answer, agreed, every, opposite, some
from connectivity.naive.cilium_identity import (
    NAMESPACE,
    NAMESPACE_LABELS,
    Case,
    Identity,
    case_of,
    cidr_matches,
    ignored_labels,
    selected,
)
from connectivity.naive.cilium_policies import cilium_admits, cilium_denies, cilium_isolates
from connectivity.naive.cilium_ports import numbers_of
from connectivity.naive.labels import has_invalid_value, is_empty, terms_of
from connectivity.naive.network import (
    INGRESS,
    Network,
    Side,
    both_sides,
    egress_side,
    entrance_node,
    ingress_side,
    is_control_plane_at_ingress,
    is_from_a_pod,
)
from connectivity.naive.ports import numbered_port_admits

from analyzer.connectivity.engines.settings import Cilium
from analyzer.connectivity.flow import Flow, PartyKind, Way
from analyzer.model.objects import (
    EgressRule,
    IngressRule,
    LabelSelector,
    NetworkPolicy,
    PolicyPeer,
    PolicyPort,
    Requirement,
)


def cilium_allows(network: Network, settings: Cilium, flow: Flow) -> Answer:
    """Row 29: no SCTP at all. Row 51: a hairpin skips the policies from 1.15 on, before that nobody knows."""
    if flow.protocol == "SCTP":
        return False
    if flow.way is Way.HAIRPIN and settings.version >= (1, 15):
        return True
    readings = [_all_sides_allow(network, settings, flow, ignored) for ignored in ignored_labels(settings)]
    found = agreed(*readings)
    if flow.way is Way.HAIRPIN:
        return True if found else None
    return found


def _all_sides_allow(network: Network, settings: Cilium, flow: Flow, ignored: tuple[str, ...]) -> Answer:
    return every(_side_allows(case_of(network, settings, flow, side, ignored)) for side in _sides(flow))


def _sides(flow: Flow) -> tuple[Side, ...]:
    """Rows 52 to 55: what is translated at the pod is pod to pod; what comes through another node has its identity."""
    if flow.way is Way.OTHER_NODE_PORT:
        return egress_side(flow, entrance_node(flow)) + ingress_side(flow, entrance_node(flow))
    if flow.way is Way.ENTRANCE_REMOTE and not is_from_a_pod(flow):
        return ingress_side(flow, entrance_node(flow))
    return both_sides(flow)


def _side_allows(case: Case) -> Answer:
    """Rows 1, 2 and 46: not refused, and either admitted or not isolated. Rows 34 and 39: who needs no rule."""
    denied = cilium_denies(case)
    if case.side.direction == INGRESS and case.side.other.kind is PartyKind.OWN_NODE:
        return opposite(denied)
    policies = [(policy, _isolates(policy, case)) for policy in case.network.policies]
    isolated = some((*(answer for _, answer in policies), cilium_isolates(case)))
    admitted = some((*(every((answer, _admits(policy, case))) for policy, answer in policies), cilium_admits(case)))
    found = every((opposite(denied), some((opposite(isolated), admitted))))
    if is_control_plane_at_ingress(case.side):
        return True if found else None
    return found


def _isolates(policy: NetworkPolicy, case: Case) -> Answer:
    """Row 3: in the directions of policyTypes, and in those that have rules. Row 11: a bad value selects nobody."""
    if not _rules(policy, case) and case.side.direction not in policy.types:
        return False
    if policy.namespace != case.side.subject.namespace or has_invalid_value(policy.spec.pod_selector):
        return False
    return selected(terms_of(policy.spec.pod_selector), case.subject)


def _rules(policy: NetworkPolicy, case: Case) -> tuple[IngressRule | EgressRule, ...]:
    return policy.spec.ingress if case.side.direction == INGRESS else policy.spec.egress


def _admits(policy: NetworkPolicy, case: Case) -> Answer:
    return some(
        every((_ports_admit(rule.ports, case), _peers_admit(policy, rule.peers, case))) for rule in _rules(policy, case)
    )


def _peers_admit(policy: NetworkPolicy, peers: tuple[PolicyPeer, ...], case: Case) -> Answer:
    """Rows 20 and 21: no peers admit every identity."""
    if not peers:
        return True
    return agreed(*(some(_peer_admits(policy, peer, other) for peer in peers) for other in case.others))


def _peer_admits(policy: NetworkPolicy, peer: PolicyPeer, other: Identity) -> Answer:
    """Rows 5 to 10, 32: by the labels of identities. Row 11: a bad value finds nothing. Rows 13 to 16: by CIDR."""
    if peer.ip_block is not None:
        return cidr_matches(other, peer.ip_block.cidr, peer.ip_block.except_)
    if has_invalid_value(peer.pod_selector) or has_invalid_value(peer.namespace_selector):
        return False
    return selected((*terms_of(peer.pod_selector or LabelSelector()), *_namespace_terms(policy, peer)), other)


def _namespace_terms(policy: NetworkPolicy, peer: PolicyPeer) -> Iterator[Requirement]:
    """Row 5: the policy's own namespace. Row 6: any namespace. Rows 7, 8, 9: by the namespace's labels alone."""
    if peer.namespace_selector is None:
        yield Requirement(NAMESPACE, "In", (policy.namespace,))
    elif is_empty(peer.namespace_selector):
        yield Requirement(NAMESPACE, "Exists")
    else:
        for term in terms_of(peer.namespace_selector):
            yield Requirement(NAMESPACE_LABELS + term.key, term.operator, term.values)


def _ports_admit(entries: tuple[PolicyPort, ...], case: Case) -> bool:
    """Rows 20 and 30: no entries admit everything; else one entry must."""
    return not entries or any(_port_admits(entry, case) for entry in entries)


def _port_admits(entry: PolicyPort, case: Case) -> bool:
    """Row 24: before 1.17 only the first port of a range. Rows 25 to 28: a name."""
    if isinstance(entry.port, str):
        return entry.protocol == case.flow.protocol and case.flow.port in numbers_of(entry.port, case)
    if case.settings.version < (1, 17):
        entry = PolicyPort(entry.protocol, entry.port)
    return numbered_port_admits(entry, case.flow)
