"""Azure NPM on Linux, as the column of the table has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from connectivity.naive.answers import Answer, agreed, every
from connectivity.naive.blocks import in_block, is_ipv6
from connectivity.naive.labels import (
    holds,
    is_empty,
    only_negative,
    peers_of,
    policy_has_invalid_value,
    selects,
    terms_of,
)
from connectivity.naive.network import (
    INGRESS,
    Network,
    Side,
    address_of,
    both_sides,
    egress_side,
    entrance_node,
    ingress_side,
    involves_own_node,
    is_control_plane_at_ingress,
    is_from_a_pod,
    is_through_another_node,
    namespace_labels,
)
from connectivity.naive.ports import destination_pod, ports_admit

from analyzer.connectivity.engines.settings import Npm
from analyzer.connectivity.flow import Flow, PartyKind, Way
from analyzer.model.objects import EgressRule, IngressRule, LabelSelector, NetworkPolicy, Pod, PolicyPeer, Requirement


@dataclass(frozen=True)
class Case:
    """One side of one flow."""

    network: Network
    settings: Npm
    flow: Flow
    side: Side


def npm_allows(network: Network, settings: Npm, flow: Flow) -> Answer:
    """Where a setting was not read, what its two values agree on (rows 9, 52, 55)."""
    if settings.chain_first is None:
        return agreed(
            npm_allows(network, Npm(False, settings.flattens_not_in), flow),
            npm_allows(network, Npm(True, settings.flattens_not_in), flow),
        )
    if settings.flattens_not_in is None:
        return agreed(
            npm_allows(network, Npm(settings.chain_first, False), flow),
            npm_allows(network, Npm(settings.chain_first, True), flow),
        )
    return _with_settings_read(network, settings, flow)


def _with_settings_read(network: Network, settings: Npm, flow: Flow) -> Answer:
    """Section 1: only what is forwarded passes NPM (rows 34, 35, 37), and of that only IPv4 (row 19)."""
    if flow.family == 6 or involves_own_node(flow) or flow.destination.kind is PartyKind.LOCAL_DNS:
        return True
    found = every(_side_allows(Case(network, settings, flow, side)) for side in _sides(settings, flow))
    if flow.way is Way.HAIRPIN and settings.chain_first:
        return True if found else None
    return found


def _sides(settings: Npm, flow: Flow) -> tuple[Side, ...]:
    """Rows 51 to 55: what the mark of kube-proxy leaves for NPM to see, unless NPM's chain stands before it."""
    egress = egress_side(flow) if settings.chain_first else ()
    if flow.way is Way.DIRECT:
        return both_sides(flow)
    if not settings.chain_first and not (is_through_another_node(flow) and is_from_a_pod(flow)):
        # rows 51 to 53 and 55; section 6: from outside by another node decided as allowed
        return ()
    if is_through_another_node(flow):
        return egress + ingress_side(flow, entrance_node(flow))
    return both_sides(flow)


def _side_allows(case: Case) -> Answer:
    """Rows 1 and 2: everything unless a policy isolates, then what any of the rules admits. Row 39: unknown."""
    policies = [policy for policy in case.network.policies if _isolates(policy, case.side)]
    if not policies:
        return True
    for policy in policies:
        rules: tuple[IngressRule | EgressRule, ...] = (
            policy.spec.ingress if case.side.direction == INGRESS else policy.spec.egress
        )
        for rule in rules:
            if ports_admit(rule.ports, case.flow, _named_by(case.flow)) and _peers_admit(case, policy, rule.peers):
                return True
    return None if is_control_plane_at_ingress(case.side) else False


def _named_by(flow: Flow) -> Pod | None:
    """Rows 19 and 25: names of ports are sets of addresses too."""
    pod = destination_pod(flow)
    return pod if pod is not None and _is_known(pod) else None


def _isolates(policy: NetworkPolicy, side: Side) -> bool:
    """Row 3: only in the directions of policyTypes. Row 19: only pods that NPM knows. Rows 11 and 18: in force."""
    return (
        side.direction in policy.types
        and policy.namespace == side.subject.namespace
        and selects(policy.spec.pod_selector, side.subject.labels)
        and _is_known(side.subject)
        and not policy_has_invalid_value(policy)
        and not _has_ipv6_block(policy)
    )


def _has_ipv6_block(policy: NetworkPolicy) -> bool:
    """Row 18: one IPv6 block in a direction that policyTypes lists, and nothing of the policy is enforced."""
    return any(peer.ip_block is not None and is_ipv6(peer.ip_block.cidr) for peer in peers_of(policy, policy.types))


def _is_known(pod: Pod) -> bool:
    """Rows 19, 31, 32, 48: the label sets hold running pods with a network of their own and a primary IPv4."""
    return not pod.spec.host_network and not pod.has_ended and bool(pod.addresses) and ":" not in pod.addresses[0]


def _peers_admit(case: Case, policy: NetworkPolicy, peers: tuple[PolicyPeer, ...]) -> bool:
    """Rows 20 and 21: no peers admit everybody. Row 39: the control plane has no address that could match."""
    if not peers:
        return True
    if is_control_plane_at_ingress(case.side):
        return False
    return any(_peer_admits(case, policy, peer) for peer in peers)


def _peer_admits(case: Case, policy: NetworkPolicy, peer: PolicyPeer) -> bool:
    """Rows 5 to 10 and 13 to 16: by address, pods and nodes too, or by the sets of labels."""
    other = case.side.other
    if peer.ip_block is not None:
        return in_block(address_of(other, case.flow.family), peer.ip_block.cidr, peer.ip_block.except_)
    pod = other.pod if other.pod is not None and _is_known(other.pod) else None
    if peer.namespace_selector is None:
        # row 5
        return pod is not None and pod.namespace == policy.namespace and selects(_selector(peer), pod.labels)
    if pod is None:
        return _reaches_beyond_pods(peer, peer.namespace_selector)
    labels = namespace_labels(case.network, pod.namespace)
    return selects(_selector(peer), pod.labels) and _namespace_selected(case.settings, peer.namespace_selector, labels)


def _reaches_beyond_pods(peer: PolicyPeer, namespaces: LabelSelector) -> bool:
    """Row 8: with negative terms alone, only what is in a set is kept out. Row 6: an empty selector is a set."""
    return not is_empty(namespaces) and only_negative(namespaces) and only_negative(peer.pod_selector)


def _selector(peer: PolicyPeer) -> LabelSelector:
    return peer.pod_selector or LabelSelector()


def _namespace_selected(settings: Npm, selector: LabelSelector, labels: Mapping[str, str]) -> bool:
    """Rows 6 and 7, and row 9: an old image takes NotIn over several values apart, and one part is enough."""
    return all(_term_holds(settings, term, labels) for term in terms_of(selector))


def _term_holds(settings: Npm, term: Requirement, labels: Mapping[str, str]) -> bool:
    if term.operator == "NotIn" and settings.flattens_not_in:
        return any(holds(Requirement(term.key, "NotIn", (value,)), labels) for value in term.values)
    return holds(term, labels)
