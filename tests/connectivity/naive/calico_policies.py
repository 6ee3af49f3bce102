"""Calico's own NetworkPolicies and GlobalNetworkPolicies: row 40.

Sources: docs.tigera.io, "Network policy", "Global network policy", "Network set", "Calico automatic labels";
libcalico-go/lib/backend/syncersv1/updateprocessors/rules.go (which namespaces a rule's selectors mean), felix
rules/policy.go (rules with nets of one family) and calc/rule_scanner.go (notSelector), all projectcalico/calico.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from connectivity.naive.answers import Answer, every
from connectivity.naive.blocks import is_in
from connectivity.naive.calico_case import DEFAULT_TIER, Case, Policy, Rule
from connectivity.naive.calico_expressions import NAMESPACE, holds_for_labels, holds_for_namespace
from connectivity.naive.network import (
    EGRESS,
    INGRESS,
    Network,
    address_of,
    disguises,
    is_control_plane_at_ingress,
    namespace_labels,
)
from connectivity.naive.ports import destination_pod, named_numbers

from analyzer.connectivity.flow import Party
from analyzer.connectivity.ports import OTHER
from analyzer.model.objects import CalicoEntity, CalicoPolicy, CalicoPolicySpec, CalicoRule, Pod

_NUMBERS = {6: "TCP", 17: "UDP", 132: "SCTP"}


def own_policies(case: Case) -> Iterator[Policy]:
    """Those that select the subject, in the direction of the case; without an order the last."""
    for policy in case.network.calico:
        spec = policy.spec
        if case.side.direction in _types(spec) and _selects_subject(policy, case):
            rules = spec.ingress if case.side.direction == INGRESS else spec.egress
            yield Policy(
                spec.tier or DEFAULT_TIER,
                float("inf") if spec.order is None else spec.order,
                tuple(Rule(rule.action, _rule_matches(policy, rule, case)) for rule in rules),
            )


def _types(spec: CalicoPolicySpec) -> tuple[str, ...]:
    """Where a manifest leaves them out: what the rules need, and Ingress where there are none."""
    if spec.types:
        return spec.types
    return (INGRESS,) * bool(spec.ingress or not spec.egress) + (EGRESS,) * bool(spec.egress)


def _selects_subject(policy: CalicoPolicy, case: Case) -> bool:
    """Policies that untracked or untranslated packets pass are for host endpoints alone."""
    subject, spec = case.side.subject, policy.spec
    if subject.spec.host_network or spec.do_not_track or spec.pre_dnat:
        return False
    if policy.namespace and policy.namespace != subject.namespace:
        return False
    labels = _pod_labels(subject)
    return holds_for_labels(spec.selector, labels) and holds_for_namespace(
        "" if policy.namespace else spec.namespace_selector, _labels_of_namespace(case.network, subject.namespace)
    )


def _rule_matches(policy: CalicoPolicy, rule: CalicoRule, case: Case) -> Answer:
    """A rule matches what meets all that it names."""
    source, destination = rule.source or CalicoEntity(), rule.destination or CalicoEntity()
    return every(
        (
            rule.ip_version in (None, case.flow.family),
            _protocol_matches(rule.protocol, case),
            rule.not_protocol is None or not _protocol_matches(rule.not_protocol, case),
            _end_matches(policy, source, case.source, case),
            _end_matches(policy, destination, case.destination, case),
            not destination.ports or _port_matches(destination.ports, case),
            not destination.not_ports or not _port_matches(destination.not_ports, case),
        )
    )


def _protocol_matches(protocol: int | str | None, case: Case) -> bool:
    if protocol is None:
        return True
    name = _NUMBERS.get(int(protocol), OTHER) if str(protocol).isdigit() else str(protocol).upper()
    return name == case.flow.protocol


def _port_matches(ports: tuple[int | str, ...], case: Case) -> bool:
    """Numbers, ranges, and names as the destination itself gives them (row 25)."""
    pod, flow = destination_pod(case.flow), case.flow
    for port in ports:
        first, _, last = str(port).partition(":")
        if not first.isdigit():
            if pod is not None and flow.port in named_numbers(pod, flow.protocol, first):
                return True
        elif int(first) <= flow.port <= int(last or first):
            return True
    return False


def _end_matches(policy: CalicoPolicy, entity: CalicoEntity, party: Party, case: Case) -> Answer:
    """Row 39: where the control plane calls, whom it is taken for is not known."""
    names_somebody = any(
        (entity.nets, entity.not_nets, entity.selector, entity.not_selector, entity.namespace_selector)
    )
    if not names_somebody:
        return True
    if is_control_plane_at_ingress(case.side) and party is case.side.other:
        taken_for = (item for item in disguises(case.network) if address_of(item, case.flow.family))
        return None if any(_party_matches(policy, entity, item, case) for item in taken_for) else False
    return _party_matches(policy, entity, party, case)


def _party_matches(policy: CalicoPolicy, entity: CalicoEntity, party: Party, case: Case) -> bool:
    if not _nets_match(entity, address_of(party, case.flow.family)):
        return False
    names_endpoints = entity.selector or entity.not_selector or entity.namespace_selector
    return not names_endpoints or _selectors_match(policy, entity, party, case)


def _nets_match(entity: CalicoEntity, address: str) -> bool:
    """A rule whose nets, or notNets, are all of the other family is not there for this one."""
    if entity.not_nets and all((":" in net) != (":" in address) for net in entity.not_nets):
        return False
    if entity.nets and not any(is_in(address, net) for net in entity.nets):
        return False
    return not any(is_in(address, net) for net in entity.not_nets)


def _selectors_match(policy: CalicoPolicy, entity: CalicoEntity, party: Party, case: Case) -> bool:
    """Whether the address is an endpoint's or a set's that the selectors find.

    notSelector takes out of what the others find; alone, in a global policy, it is met by every address that it does
    not find.
    """
    owners = [*_owners(party, case)]
    if not entity.selector and not entity.namespace_selector and not policy.namespace:
        return not any(holds_for_labels(entity.not_selector, labels) for labels, _ in owners)
    return any(
        holds_for_labels(entity.selector, labels)
        and not (entity.not_selector and holds_for_labels(entity.not_selector, labels))
        and _namespace_matches(policy, entity, namespace, case.network)
        for labels, namespace in owners
    )


def _owners(party: Party, case: Case) -> Iterator[tuple[Mapping[str, str], str]]:
    """Whose address it is: the pod's, and that of each set of networks that holds it, with their namespaces."""
    if party.pod is not None:
        yield _pod_labels(party.pod), party.pod.namespace
    address = address_of(party, case.flow.family)
    for item in case.network.calico_sets:
        if any(is_in(address, net) for net in item.spec.nets):
            yield item.labels | ({NAMESPACE: item.namespace} if item.namespace else {}), item.namespace


def _namespace_matches(policy: CalicoPolicy, entity: CalicoEntity, namespace: str, network: Network) -> bool:
    """Without a selector of namespaces: the policy's own, and in a global policy all, and what is in none."""
    if not entity.namespace_selector:
        return not policy.namespace or namespace == policy.namespace
    return holds_for_namespace(entity.namespace_selector, _labels_of_namespace(network, namespace))


def _pod_labels(pod: Pod) -> Mapping[str, str]:
    return pod.labels | {NAMESPACE: pod.namespace, "projectcalico.org/orchestrator": "k8s"}


def _labels_of_namespace(network: Network, name: str) -> Mapping[str, str] | None:
    """None of what is in no namespace."""
    return namespace_labels(network, name) | {"projectcalico.org/name": name} if name else None
