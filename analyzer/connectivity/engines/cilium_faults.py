"""Why Cilium as AKS runs it rejects one of its own policies: for one fault in one rule the whole object is passed over.

Source: cilium, pkg/policy/api/rule_validation.go and pkg/k8s/apis/cilium.io/v2/cnp_types.go. What the schema of the
custom resource refuses already never gets that far, and is not looked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzer.addresses import contains, interval
from analyzer.connectivity.engines.cilium_peers import ENTITIES
from analyzer.connectivity.engines.cilium_ports import protocol_of
from analyzer.connectivity.engines.settings import Cilium
from analyzer.connectivity.isolation import Direction
from analyzer.connectivity.ports import LAST
from analyzer.model.objects import CiliumCIDR, CiliumPolicy, CiliumPorts, CiliumRule, CiliumSpec
from analyzer.model.version import Version

_MOST_PORTS = 40
_PORT = re.compile(r"0|[1-9][0-9]{0,4}|(?=.{1,15}$)(?=.*[A-Za-z])[A-Za-z0-9](?:-?[A-Za-z0-9])*")
"""A number, or the name of a service as IANA has them."""
_SERVICES_WITH_PORTS = Version(1, 17)
_EMPTY_REJECTED = Version(1, 17)


def fault_row(policy: CiliumPolicy, settings: Cilium) -> int:
    """The row that says why a policy is rejected; 0: it is not."""
    kinds = {kind for spec in policy.all_specs for rule in _allowing(spec) for kind in l7_kinds(rule)}
    if kinds and not settings.has_l7_proxy:
        return 42
    if kinds - {"dns"} and not policy.namespace:
        return 44
    return 46 if any(_is_faulty(policy, spec, settings) for spec in policy.all_specs) else 0


def l7_kinds(rule: CiliumRule) -> Iterator[str]:
    """The kinds of L7 rules that a rule has; an empty list is one too."""
    for rules in (item.rules for item in rule.to_ports if item.rules):
        given = {"http": rules.http, "kafka": rules.kafka, "l7": rules.l7, "dns": rules.dns}
        yield from (kind for kind, listed in given.items() if listed is not None)
        if rules.l7proto:
            yield "l7"


def _allowing(spec: CiliumSpec) -> tuple[CiliumRule, ...]:
    return (*spec.ingress, *spec.egress)


def _is_faulty(policy: CiliumPolicy, spec: CiliumSpec, settings: Cilium) -> bool:
    """Rules for nodes only stand in clusterwide policies, and each spec is for nodes or for endpoints."""
    if (spec.endpoint_selector is None) == (spec.node_selector is None) or (spec.node_selector and policy.namespace):
        return True
    incoming, outgoing = (*spec.ingress, *spec.ingress_deny), (*spec.egress, *spec.egress_deny)
    if not incoming and not outgoing:
        return settings.version >= _EMPTY_REJECTED
    return any(_is_faulty_rule(rule, Direction.INGRESS, settings) for rule in incoming) or any(
        _is_faulty_rule(rule, Direction.EGRESS, settings) for rule in outgoing
    )


def _is_faulty_rule(rule: CiliumRule, direction: Direction, settings: Cilium) -> bool:
    return (
        sum(map(bool, _members(rule, direction))) > 1
        or bool(rule.from_nodes or rule.to_nodes)
        or bool(rule.icmps and rule.to_ports)
        or bool(rule.to_services and rule.to_ports and settings.version < _SERVICES_WITH_PORTS)
        or not ENTITIES.issuperset((*rule.from_entities, *rule.to_entities))
        or any(interval(text) is None for text in (*rule.from_cidr, *rule.to_cidr))
        or any(map(_is_faulty_set, (*rule.from_cidr_set, *rule.to_cidr_set)))
        or any(_are_faulty_ports(item, direction) for item in rule.to_ports)
    )


def _members(rule: CiliumRule, direction: Direction) -> tuple[object, ...]:
    """What names peers; one rule has one of them at most."""
    if direction is Direction.INGRESS:
        named: tuple[object, ...] = (rule.from_endpoints, rule.from_cidr, rule.from_cidr_set, rule.from_entities)
        return (*named, rule.from_nodes, rule.from_groups)
    named = (rule.to_endpoints, rule.to_cidr, rule.to_cidr_set, rule.to_entities)
    return (*named, rule.to_nodes, rule.to_groups, rule.to_services, rule.to_fqdns)


def _is_faulty_set(item: CiliumCIDR) -> bool:
    """A set names one range, with its prefix length, or one group; its exceptions lie inside it."""
    if item.cidr_group_ref or item.cidr_group_selector is not None:
        return bool(item.cidr)
    is_range = "/" in item.cidr and interval(item.cidr) is not None
    return not is_range or not all("/" in cut and contains(item.cidr, cut.split("/")[0]) for cut in item.except_)


def _are_faulty_ports(item: CiliumPorts, direction: Direction) -> bool:
    if len(item.ports) > _MOST_PORTS or not all(_is_port(port.port) for port in item.ports):
        return True
    if not item.rules:
        return False
    if item.rules.dns is not None:
        return direction is Direction.INGRESS or not item.ports
    is_l7 = item.rules.http is not None or item.rules.kafka is not None or bool(item.rules.l7 or item.rules.l7proto)
    return is_l7 and any(protocol_of(port) != "TCP" or port.port == "0" for port in item.ports)


def _is_port(text: str) -> bool:
    return _PORT.fullmatch(text) is not None and (not text.isdecimal() or int(text) <= LAST)
