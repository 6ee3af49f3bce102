"""CiliumNetworkPolicy and CiliumClusterwideNetworkPolicy: rows 41 to 46.

Sources beside the table: pkg/policy/api/rule_validation.go (what is refused, what isolates), pkg/policy/api/entity.go,
pkg/k8s/apis/cilium.io/utils/utils.go (which namespaces a selector means), all cilium/cilium; docs.cilium.io, "Deny
Policies" (a refusal also isolates).
"""

from __future__ import annotations

from collections.abc import Iterator

from connectivity.naive.answers import Answer, agreed, every, some
from connectivity.naive.cilium_identity import (
    CLUSTER,
    NAMESPACE,
    NAMESPACE_LABELS,
    Case,
    Identity,
    cidr_matches,
    selected,
)
from connectivity.naive.cilium_ports import numbers_of
from connectivity.naive.labels import terms_of
from connectivity.naive.network import INGRESS

from analyzer.connectivity.engines.settings import Cilium
from analyzer.connectivity.flow import PartyKind
from analyzer.model.objects import (
    CiliumPolicy,
    CiliumPort,
    CiliumPorts,
    CiliumRule,
    CiliumSpec,
    LabelSelector,
    Requirement,
)

PORTS_MOST = 40


def cilium_isolates(case: Case) -> Answer:
    """Row 46: per direction, where rules or refusals stand, unless enableDefaultDeny (from 1.16 on) says no."""
    return some(_subject_selected(policy, spec, case) for policy, spec in _specs(case) if _isolates(spec, case))


def cilium_admits(case: Case) -> Answer:
    """Row 41: whether a rule admits the flow."""
    return some(
        every((_subject_selected(policy, spec, case), _rule_matches(policy, rule, case)))
        for policy, spec in _specs(case)
        for rule in (spec.ingress if case.side.direction == INGRESS else spec.egress)
    )


def cilium_denies(case: Case) -> Answer:
    """Row 46: whether a refusal matches the flow: it goes before every rule that admits."""
    return some(
        every((_subject_selected(policy, spec, case), _rule_matches(policy, rule, case)))
        for policy, spec in _specs(case)
        for rule in (spec.ingress_deny if case.side.direction == INGRESS else spec.egress_deny)
    )


def _specs(case: Case) -> Iterator[tuple[CiliumPolicy, CiliumSpec]]:
    """What is in force. Row 45: nothing that selects nodes."""
    for policy in case.network.cilium:
        if all(_is_accepted(case.settings, spec) for spec in policy.all_specs):
            yield from ((policy, spec) for spec in policy.all_specs if spec.endpoint_selector is not None)


def _is_accepted(settings: Cilium, spec: CiliumSpec) -> bool:
    """Rows 42 and 46: one rule that is not accepted, and the whole object is rejected."""
    for rule in (*spec.ingress, *spec.egress, *spec.ingress_deny, *spec.egress_deny):
        if sum(map(bool, _peer_lists(rule))) > 1 or rule.to_nodes or rule.from_nodes:
            return False
        if any(len(item.ports) > PORTS_MOST for item in rule.to_ports):
            return False
        if not settings.has_l7_proxy and any(_has_l7(item) for item in rule.to_ports):
            return False
    return True


def _peer_lists(rule: CiliumRule) -> tuple[tuple[object, ...], ...]:
    return (
        rule.from_endpoints or (),
        rule.to_endpoints or (),
        rule.from_entities,
        rule.to_entities,
        rule.from_cidr,
        rule.to_cidr,
        rule.from_cidr_set,
        rule.to_cidr_set,
        rule.to_fqdns,
        rule.to_services,
        rule.from_nodes,
        rule.to_nodes,
        rule.from_groups,
        rule.to_groups,
    )


def _has_l7(ports: CiliumPorts) -> bool:
    rules = ports.rules
    return rules is not None and (
        bool(rules.l7proto) or any(item is not None for item in (rules.http, rules.kafka, rules.dns))
    )


def _isolates(spec: CiliumSpec, case: Case) -> bool:
    is_ingress = case.side.direction == INGRESS
    has_rules = bool(spec.ingress or spec.ingress_deny) if is_ingress else bool(spec.egress or spec.egress_deny)
    asked = spec.enable_default_deny.ingress if is_ingress else spec.enable_default_deny.egress
    return has_rules and (asked is not False or case.settings.version < (1, 16))


def _subject_selected(policy: CiliumPolicy, spec: CiliumSpec, case: Case) -> Answer:
    if policy.namespace and policy.namespace != case.side.subject.namespace:
        return False
    assert spec.endpoint_selector is not None
    return selected(_own_terms(spec.endpoint_selector), case.subject)


def _own_terms(selector: LabelSelector) -> tuple[Requirement, ...]:
    """Keys without the source that they may name."""
    return tuple(
        Requirement(term.key.removeprefix("k8s:").removeprefix("any:"), term.operator, term.values)
        for term in terms_of(selector)
    )


def _rule_matches(policy: CiliumPolicy, rule: CiliumRule, case: Case) -> Answer:
    """Row 46 and section 7: a rule of nothing matches nothing; ports alone match everybody on them."""
    ports = [port for item in rule.to_ports for port in item.ports]
    on_ports = not rule.to_ports or any(_port_matches(port, case) for port in ports)
    return every((on_ports, _peers_match(policy, rule, case)))


def _peers_match(policy: CiliumPolicy, rule: CiliumRule, case: Case) -> Answer:
    if rule.from_endpoints is None and rule.to_endpoints is None and not any(_peer_lists(rule)):
        return bool(rule.to_ports)
    return agreed(*(_peer_matches(policy, rule, case, other) for other in case.others))


def _peer_matches(policy: CiliumPolicy, rule: CiliumRule, case: Case, other: Identity) -> Answer:
    endpoints = (*(rule.from_endpoints or ()), *(rule.to_endpoints or ()))
    return some(
        (
            *(_endpoint_matches(policy, item, other) for item in endpoints),
            *(_entity_matches(item, other) for item in (*rule.from_entities, *rule.to_entities)),
            *(cidr_matches(other, item) for item in (*rule.from_cidr, *rule.to_cidr)),
            *(cidr_matches(other, item.cidr, item.except_) for item in (*rule.from_cidr_set, *rule.to_cidr_set)),
            *(_fqdn_matches(case.settings, other) for _ in rule.to_fqdns),
        )
    )


def _fqdn_matches(settings: Cilium, other: Identity) -> Answer:
    """Row 43: nothing without the proxy; with it, which addresses is not known."""
    return None if settings.has_l7_proxy and other.address else False


def _endpoint_matches(policy: CiliumPolicy, selector: LabelSelector, other: Identity) -> Answer:
    """Without a namespace of its own it means the policy's, and in a clusterwide policy any."""
    terms = _own_terms(selector)
    keys = [term.key for term in terms]
    if NAMESPACE not in keys:
        if not policy.namespace:
            terms += (Requirement(NAMESPACE, "Exists"),)
        elif not any(key.startswith(NAMESPACE_LABELS) for key in keys):
            terms += (Requirement(NAMESPACE, "In", (policy.namespace,)),)
    return selected(terms, other)


def _entity_matches(entity: str, other: Identity) -> Answer:
    """Rows 35 to 39: what each entity stands for, among the parties there are. Row 38: world is CIDR 0.0.0.0/0."""
    if entity == "all":
        return True
    if entity == "world" and other.address_is_doubtful:
        return None
    is_node = other.is_host or other.kind is PartyKind.REMOTE_NODE
    is_api_server = other.kind is PartyKind.API_SERVER
    found = {
        "world": other.kind is PartyKind.WORLD,
        "host": other.is_host,
        "remote-node": other.kind is PartyKind.REMOTE_NODE,
        "kube-apiserver": is_api_server,
        "cluster": is_node or is_api_server or CLUSTER in other.labels,
    }
    return found.get(entity, False)


def _port_matches(port: CiliumPort, case: Case) -> bool:
    """No protocol means TCP, UDP and SCTP; port 0 means all; a name never has a range (row 46)."""
    flow = case.flow
    if flow.protocol not in ((port.protocol,) if port.protocol not in ("", "ANY") else ("TCP", "UDP", "SCTP")):
        return False
    if not port.port.isdigit():
        return flow.port in numbers_of(port.port, case)
    first = int(port.port)
    last = port.end_port if port.end_port and case.settings.version >= (1, 16) else first
    return first == 0 or first <= flow.port <= max(first, last)
