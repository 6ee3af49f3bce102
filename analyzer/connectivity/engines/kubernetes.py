"""What the engines' readings of Kubernetes NetworkPolicies have in common."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple, Protocol

from analyzer.addresses import Interval, subtract
from analyzer.bits import EVERY
from analyzer.connectivity.enforcement import Grant, How
from analyzer.connectivity.isolation import Direction, rules_of
from analyzer.connectivity.parties import Parties
from analyzer.connectivity.ports import NOTHING, PortSet
from analyzer.connectivity.reading import Reading
from analyzer.model.objects import (
    EgressRule,
    IngressRule,
    IPBlock,
    LabelSelector,
    NetworkPolicy,
    PolicyPeer,
    PolicyPort,
)

_LABEL_VALUE = re.compile(r"(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")
POSITIVE = ("In", "Exists")


class Match(NamedTuple):
    """Parties that one peer of a rule names."""

    how: How
    peers: int
    is_sure: bool = True
    row: int = 0


class Opening(NamedTuple):
    """Some of those parties, with the ports on which the rule holds for them."""

    peers: int
    ports: PortSet
    row: int = 0


class RuleReader(Protocol):
    """What an engine makes of the parts of a rule."""

    @property
    def reading(self) -> Reading:
        """What it reads."""

    def matches(self, namespace: str, peer: PolicyPeer) -> Iterator[Match]:
        """The parties that a peer names in a policy of a namespace."""

    def openings(self, direction: Direction, peers: int, ports: tuple[PolicyPort, ...]) -> Iterator[Opening]:
        """Those parties apart by the ports that the rule's list means for them."""


def grants(
    reader: RuleReader, policy: NetworkPolicy, direction: Direction, rules: Iterable[IngressRule | EgressRule]
) -> Iterator[Grant]:
    """What each peer of each rule admits; a rule without peers is one for everybody (rows 20 and 21)."""
    for number, rule in enumerate(rules):
        for place, match in _matches(reader, policy.namespace, rule, direction):
            for opening in reader.openings(direction, match.peers, rule.ports):
                row = opening.row or match.row if match.is_sure else match.row
                yield Grant(number, place, match.how, opening.peers, opening.ports, is_sure=match.is_sure, row=row)


def _matches(
    reader: RuleReader, namespace: str, rule: IngressRule | EgressRule, direction: Direction
) -> Iterator[tuple[int, Match]]:
    """The control plane's packets may arrive with another source than its own address (row 39)."""
    if not rule.peers:
        yield -1, Match(How.EVERYBODY, EVERY)
    doubtful = reader.reading.parties.api_servers if direction is Direction.INGRESS else 0
    for place, peer in enumerate(rule.peers):
        for match in reader.matches(namespace, peer):
            if peers := match.peers & ~doubtful:
                yield place, match._replace(peers=peers)


@lru_cache(maxsize=65536)
def admitted_addresses(block: IPBlock) -> tuple[Interval, ...]:
    """The addresses of an ipBlock without its exceptions (row 16)."""
    return subtract(block.cidr, block.except_)


def by_destination(parties: Parties, peers: int, ports: PortSet) -> Iterator[Opening]:
    """Some destinations apart by their numbers for named ports (rows 25, 28). What is not a pod defines no name."""
    if not ports.names:
        yield Opening(peers, ports)
        return
    for classes, numbers in parties.population.by_numbers(peers & parties.pods, ports.names):
        if classes and (resolved := ports.resolved(numbers)) != NOTHING:
            yield Opening(classes, resolved)
    others = peers & parties.everybody & ~parties.pods
    if others and (resolved := ports.resolved({})) != NOTHING:
        yield Opening(others, resolved)


def has_positive_term(selector: LabelSelector) -> bool:
    """Whether some term asks for a label to be there."""
    return bool(selector.match_labels) or any(item.operator in POSITIVE for item in selector.match_expressions)


def is_negative(selector: LabelSelector) -> bool:
    """Whether a selector has terms, and all of them exclude (rows 8 and 9)."""
    return bool(selector.match_expressions) and not has_positive_term(selector)


def selectors_of(policy: NetworkPolicy, directions: Iterable[Direction] = tuple(Direction)) -> Iterator[LabelSelector]:
    """The podSelector of a policy, and the selectors of its peers."""
    yield policy.spec.pod_selector
    for direction in directions:
        for rule in rules_of(policy, direction):
            for peer in rule.peers:
                yield from (item for item in (peer.pod_selector, peer.namespace_selector) if item is not None)


def has_value_that_is_no_label(policy: NetworkPolicy) -> bool:
    """Whether a term of matchExpressions names a value that no label can have; the API server does not look (row 11).

    Source: kubernetes.io, "Labels and Selectors", syntax and character set.
    """
    return any(map(names_no_label_value, selectors_of(policy)))


def names_no_label_value(selector: LabelSelector) -> bool:
    """Whether a term of one selector does."""
    values = (value for term in selector.match_expressions for value in term.values)
    return any(len(value) > _LONGEST or _LABEL_VALUE.fullmatch(value) is None for value in values)


_LONGEST = 63


def has_ipv6_block(policy: NetworkPolicy) -> bool:
    """Whether an ipBlock of a direction that counts is one of IPv6 (row 18)."""
    return any(
        peer.ip_block is not None and ":" in peer.ip_block.cidr
        for direction in Direction
        for rule in rules_of(policy, direction)
        for peer in rule.peers
    )


def all_rules(policy: NetworkPolicy, direction: Direction) -> tuple[IngressRule | EgressRule, ...]:
    """The rules of a direction, whether policyTypes names it or not."""
    return policy.spec.ingress if direction is Direction.INGRESS else policy.spec.egress
