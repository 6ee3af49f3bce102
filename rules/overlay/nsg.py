"""A network security group denies traffic that overlay needs.

Why it matters
--------------
Overlay traffic is not encapsulated: network security groups of the node subnets see packets with pod addresses. The tag
VirtualNetwork does not hold the pod CIDR, so an allow for it does not help against a deny for everything. Pods on other
nodes, and DNS among them, are then out of reach once the nodes are overlay.

What to do
----------
- Before the step allow, at a lower priority number than the deny, in both directions, every protocol and port from node
  range to node range, from node range to pod CIDR, and from pod CIDR to pod CIDR: `az network nsg rule create
  --resource-group NSG_RESOURCE_GROUP --nsg-name NSG --name allow-overlay --direction Inbound --priority NUMBER --access
  Allow --protocol '*' --source-address-prefixes NODE_CIDR POD_CIDR --destination-address-prefixes NODE_CIDR POD_CIDR
  --destination-port-ranges '*'`.

How it is decided
-----------------
Judged are the groups of the node subnets (of pools, and of node auto-provisioning) and, as far as scale sets show them,
those of the nodes' interfaces. The customer's rules are gone through by priority for traffic from each node range to
each node range, from node ranges to the pod range after the step and from pod range to pod range, inbound for what
reaches the group's nodes and outbound for what leaves them, over every protocol and port. A deny that takes any of it
before an allow does is a finding on the group.

It is a risk where the deny's own scope holds a whole pair of ranges and every TCP or UDP port, however much an allow
before it has taken away. It is a notice where it holds only a part of the addresses, some ports or source ports, or no
protocol but others; and where it names application security groups, whose members are not known.

VirtualNetwork stands for the address spaces of the nodes' VNets, those of their peerings and the on-premises ranges
that the operator names. Other tags, Internet among them, hold neither nodes nor pods. The default rules, as
DenyAllInBound, are not counted. On kubenet the allows that node and pod ranges need are usually there already.

A group without a deny of the customer's passes as it is. For the others an unknown pod range is a gap. So is a group
that was not read, a rule that lacks a field, and a pool of which no scale set was read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from analyzer.model.fact import seen
from analyzer.model.finding import Confidence, Evidence, Finding, Gap, Outcome, Passed, Severity
from analyzer.model.network_resources import NetworkSecurityGroup, SecurityRule
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.azure_resources import group_of, security_group_ref
from rules.lists import gaps
from rules.node_subnets import network_space, node_subnets, prefixes
from rules.security_groups import READS, Guard, guards
from rules.security_rules import (
    ALL_PORTS,
    Hit,
    Traffic,
    denied,
    destinations_of,
    expanded,
    in_order,
    is_deny,
    sources_of,
)

DIRECTIONS = ("Inbound", "Outbound")


def check(scene: Scene) -> Iterator[Outcome]:
    """Each deny that takes what overlay needs, and what may hide one."""
    yield Passed(
        "No rule of the groups before the node subnets denies what overlay needs; node classes count only under node"
        " auto-provisioning."
    )
    subnets = node_subnets(scene)[0]
    space = (*network_space(subnets), *(scene.inputs.on_premises_cidrs or ()))
    pods = scene.after.pod_cidrs
    found = tuple(guards(scene))
    yield from (item for item in found if isinstance(item, Gap))
    for own in _by_group(found):
        if any(_may_deny(rule, space) for rule in own.group.security_rules):
            yield from _judge(own, _Ranges(prefixes(subnets), seen(pods), space))
            yield from gaps(pods)


class _Own(NamedTuple):
    """A group, and the node ranges that it stands before."""

    group: NetworkSecurityGroup
    ranges: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Ranges:
    """Who talks to whom after the step."""

    nodes: tuple[str, ...]
    pods: tuple[str, ...]
    network_space: tuple[str, ...]


def _by_group(found: Sequence[Guard | Gap]) -> Iterator[_Own]:
    behind: dict[str, tuple[NetworkSecurityGroup, set[str]]] = {}
    for item in found:
        if not isinstance(item, Gap):
            behind.setdefault(item.group.id.lower(), (item.group, set()))[1].update(item.subnet.prefixes)
    yield from (_Own(group, tuple(sorted(ranges))) for group, ranges in behind.values())


def _may_deny(rule: SecurityRule, space: Sequence[str]) -> bool:
    """Whether a deny names anything that can be a node or pod."""
    sources = rule.source_application_security_groups or expanded(sources_of(rule), space)
    destinations = rule.destination_application_security_groups or expanded(destinations_of(rule), space)
    return is_deny(rule) and bool(sources) and bool(destinations)


def _judge(own: _Own, ranges: _Ranges) -> Iterator[Finding]:
    for direction in DIRECTIONS:
        rules = in_order(own.group, direction)
        hits: dict[str, list[tuple[Hit, str]]] = {}
        for words, traffic in _pairs(own, ranges, direction):
            for hit in denied(rules, traffic, ranges.network_space):
                hits.setdefault(hit.rule.name, []).append((hit, f"{words} ({traffic.source} to {traffic.destination})"))
        yield from (_finding(own.group, found, ranges) for found in hits.values())


def _pairs(own: _Own, ranges: _Ranges, direction: str) -> Iterator[tuple[str, Traffic]]:
    inbound = direction == "Inbound"
    for node in ranges.nodes:
        for near in own.ranges:
            yield "node to node", Traffic(node, near) if inbound else Traffic(near, node)
    for source in ranges.nodes if inbound else own.ranges:
        for pod in ranges.pods:
            yield "node to pod", Traffic(source, pod)
    for pod in ranges.pods:
        for other in ranges.pods:
            yield "pod to pod", Traffic(pod, other)


def _finding(group: NetworkSecurityGroup, found: list[tuple[Hit, str]], ranges: _Ranges) -> Finding:
    rule = found[0][0].rule
    is_whole = any(hit.is_whole for hit, _ in found)
    kinds = list(dict.fromkeys(words.partition(" (")[0] for _, words in found))
    part = "" if is_whole else ", for a part of the addresses or ports"
    return Finding(
        object=security_group_ref(group),
        message=f"Rule {rule.name} ({rule.direction}, priority {rule.priority}) of network security group {group.name}"
        f" denies traffic from {', '.join(kinds)} that no rule before it allows{part}.",
        evidence=(_rule_evidence(group, rule), *(Evidence("denied", _words(hit, pair)) for hit, pair in found)),
        severity=Severity.RISK if is_whole else Severity.NOTICE,
        key=rule.name.lower(),
        remedy=tuple(_remedy(group, rule, ranges)),
    )


def _rule_evidence(group: NetworkSecurityGroup, rule: SecurityRule) -> Evidence:
    sources = sources_of(rule) or ("application security groups",)
    destinations = destinations_of(rule) or ("application security groups",)
    return Evidence(
        f"networkSecurityGroups[{group.name}].securityRules[{rule.name}]",
        f"Deny {rule.protocol} from {', '.join(sources)} to {', '.join(destinations)}",
    )


def _words(hit: Hit, pair: str) -> str:
    ports = ", ".join("every port" if found == ALL_PORTS else f"{found[0]}-{found[1]}" for found in hit.ports[:_NAMED])
    return f"{pair}, {'/'.join(hit.protocols).upper()}, {ports}"


_NAMED = 5
"""Port ranges that a line of evidence names."""


def _remedy(group: NetworkSecurityGroup, rule: SecurityRule, ranges: _Ranges) -> Iterator[str]:
    """The allows, with free priorities just before the deny; nothing where the pod range is not known."""
    used = {item.priority for item in in_order(group, rule.direction or "")}
    free = [number for number in range((rule.priority or 0) - 1, 99, -1) if number not in used]
    if not ranges.pods:
        return
    if len(free) < len(_ALLOWS):
        yield f"Give rule {rule.name} a higher number: below {rule.priority} no two priorities are free."
        return
    nodes, pods = " ".join(ranges.nodes), " ".join(ranges.pods)
    for (name, template), number in zip(_ALLOWS, sorted(free[: len(_ALLOWS)]), strict=True):
        yield (
            f"`az network nsg rule create --resource-group {group_of(group.id)} --nsg-name {group.name} --name"
            f" {name}-{rule.direction} --direction {rule.direction} --priority {number} --access Allow --protocol '*'"
            f" {template.format(nodes=nodes, pods=pods)} --destination-port-ranges '*'`"
        )


_ALLOWS = (
    ("overlay-from-nodes", "--source-address-prefixes {nodes} --destination-address-prefixes {nodes} {pods}"),
    ("overlay-from-pods", "--source-address-prefixes {pods} --destination-address-prefixes {pods}"),
)

RULE = Rule(
    id="OVL-NSG",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.OVERLAY,),
    reads=(*READS, Source.INPUTS),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/concepts-network-azure-cni-overlay#network-security-groups",
            "Where rules would deny pod traffic, node to node, node to pod and pod to pod must be allowed on all ports"
            " and protocols.",
            "2026-07-31",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/concepts-network-cni-overview#aks-cni-networking-prerequisites",
            "Groups on the node subnets must let the traffic within the node range and towards pods pass.",
            "2026-07-10",
        ),
    ),
    check=check,
)
