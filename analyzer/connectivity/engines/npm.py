"""Azure NPM on Linux nodes: iptables and ipsets, on what a node forwards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product

from analyzer.bits import EVERY
from analyzer.connectivity.enforcement import Enforcement, How, NotEnforced, Section
from analyzer.connectivity.engines.kubernetes import (
    Match,
    Opening,
    admitted_addresses,
    all_rules,
    by_destination,
    grants,
    has_ipv6_block,
    has_positive_term,
    has_value_that_is_no_label,
    is_negative,
)
from analyzer.connectivity.engines.settings import Npm
from analyzer.connectivity.isolation import Direction, rules_of
from analyzer.connectivity.parties import Parties
from analyzer.connectivity.ports import port_set
from analyzer.connectivity.reading import Reading
from analyzer.model.objects import LabelSelector, NetworkPolicy, PolicyPeer, PolicyPort, Requirement
from analyzer.selectors import is_empty


def enforce(reading: Reading, settings: Npm) -> Enforcement:
    """Policies as NPM translates them.

    What never passes the chain FORWARD is never filtered: a pod and its own node, in both directions, and DNS on that
    node (rows 15, 34, 35, 37). Nor is IPv6 (row 19). What the control plane sends may come from anywhere (row 39).
    Calico's and Cilium's own policies are nothing to it (rows 40 and 41). A pod whose first address is of IPv6 is in
    none of its sets (row 19).
    """
    parties = reading.parties
    is_ipv6 = parties.family == 6
    own = EVERY if is_ipv6 else parties.own_nodes
    translator = _Translator(reading, settings)
    return Enforcement(
        engine=settings.name,
        sections={direction: tuple(translator.sections(direction)) for direction in Direction},
        unfiltered={Direction.INGRESS: own, Direction.EGRESS: own | parties.local_dns_parties},
        unfiltered_row={Direction.INGRESS: 19 if is_ipv6 else 34, Direction.EGRESS: 19 if is_ipv6 else 35},
        doubtful={Direction.INGRESS: parties.api_servers, Direction.EGRESS: 0},
        not_enforced=tuple(translator.not_enforced()),
    )


def not_translated(policy: NetworkPolicy) -> int:
    """The row for which NPM passes a whole policy over; 0 where it takes it."""
    if has_ipv6_block(policy):
        return 18
    return 11 if has_value_that_is_no_label(policy) else 0


@dataclass(frozen=True)
class _Translator:
    reading: Reading
    settings: Npm

    @property
    def _parties(self) -> Parties:
        return self.reading.parties

    @cached_property
    def _not_translated(self) -> tuple[int, ...]:
        return tuple(map(not_translated, self.reading.book.kubernetes))

    def sections(self, direction: Direction) -> Iterator[Section]:
        """One for each policy that names the direction in policyTypes (row 3), and that NPM takes (rows 11 and 18)."""
        selection = self.reading.selection
        for place, policy in enumerate(self.reading.book.kubernetes):
            if direction in policy.types and not self._not_translated[place]:
                subjects = selection.pods(policy.spec.pod_selector, policy.namespace)
                if subjects := subjects & ~self._parties.other_family_first:
                    rules = grants(self, policy, direction, rules_of(policy, direction))
                    yield Section(place, subjects, tuple(rules))

    def not_enforced(self) -> Iterator[NotEnforced]:
        """What is passed over, with its row."""
        for place, policy in enumerate(self.reading.book.kubernetes):
            row = self._not_translated[place]
            for direction in Direction:
                if row and direction in policy.types:
                    yield NotEnforced(place, direction, row)
                elif direction not in policy.types and all_rules(policy, direction):
                    yield NotEnforced(place, direction, 3)

    def matches(self, namespace: str, peer: PolicyPeer) -> Iterator[Match]:
        """ipBlocks match every address, of pods and nodes as well (rows 13, 14, 16, 33); labels are those of pods with
        a network of their own (rows 5 to 7, 10, 32)."""
        if peer.ip_block is not None:
            everybody = self._parties.with_address_in(admitted_addresses(peer.ip_block))
            yield Match(How.IP_BLOCK, everybody)
        elif peer.namespace_selector is None:
            found = self.reading.selection.peer(peer, namespace)
            yield Match(How.SELECTOR, found & ~self._parties.other_family_first)
        else:
            yield from self._by_namespace(peer.namespace_selector, peer.pod_selector or LabelSelector())

    def openings(self, direction: Direction, peers: int, ports: tuple[PolicyPort, ...]) -> Iterator[Opening]:
        """Names are the destination's own (row 25); ranges hold whole (row 24), as do protocols (rows 22, 29)."""
        wanted = port_set(ports)
        if direction is Direction.INGRESS:
            yield Opening(peers, wanted)
        else:
            yield from by_destination(self._parties, peers, wanted)

    def _by_namespace(self, namespaces: LabelSelector, pods: LabelSelector) -> Iterator[Match]:
        """Rows 8 and 9: a selector that only excludes has no set of its own, and NotIn over several values is taken
        apart by images of before 2026-09-15; where the image was not read, what that would add is unknown."""
        whole = self._chosen(namespaces, pods)
        flat = 0
        for variant in _one_value_each(namespaces):
            flat |= self._chosen(variant, pods)
        is_negative_row = 8 if is_negative(namespaces) and not has_positive_term(pods) else 0
        if flat == whole or self.settings.flattens_not_in is False:
            yield Match(How.SELECTOR, whole, row=is_negative_row)
            return
        yield Match(How.SELECTOR, whole, row=is_negative_row)
        yield Match(How.SELECTOR, flat & ~whole, is_sure=self.settings.flattens_not_in is True, row=9)

    def _chosen(self, namespaces: LabelSelector, pods: LabelSelector) -> int:
        selection = self.reading.selection
        unseen = self._parties.other_family_first
        found = selection.peer(PolicyPeer(pods, namespaces), "")
        if not is_negative(namespaces) or has_positive_term(pods):
            return found & ~unseen
        excluded = self._parties.pods & ~selection.peer(PolicyPeer(None, namespaces), "")
        if not is_empty(pods):
            excluded |= self._parties.pods & ~selection.population.labels.select(pods)
        return self._parties.everybody & ~(excluded & ~unseen)


def _one_value_each(selector: LabelSelector) -> Iterator[LabelSelector]:
    """A selector with each NotIn over several values replaced by one of them, in every combination."""
    choices = [_single(term) for term in selector.match_expressions]
    for terms in product(*choices):
        yield LabelSelector(selector.match_labels, terms)


def _single(term: Requirement) -> tuple[Requirement, ...]:
    if term.operator != "NotIn" or len(term.values) <= 1:
        return (term,)
    return tuple(Requirement(term.key, term.operator, (value,)) for value in term.values)
