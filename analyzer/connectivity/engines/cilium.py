"""Cilium as AKS runs it: eBPF at every pod, by identity."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from analyzer.connectivity.enforcement import Enforcement, How, Section
from analyzer.connectivity.engines.cilium_labels import IdentitySelection, Selected, is_identity_label
from analyzer.connectivity.engines.cilium_policies import sections as own_sections
from analyzer.connectivity.engines.cilium_ports import NAMES_BY_DESTINATION, in_whole_cluster
from analyzer.connectivity.engines.kubernetes import (
    Match,
    Opening,
    admitted_addresses,
    all_rules,
    by_destination,
    grants,
    has_positive_term,
    is_negative,
    names_no_label_value,
)
from analyzer.connectivity.engines.settings import Cilium
from analyzer.connectivity.isolation import Direction
from analyzer.connectivity.parties import Parties
from analyzer.connectivity.ports import LAST, PortSet, Span, port_set
from analyzer.connectivity.reading import Reading
from analyzer.model.objects import IPBlock, LabelSelector, PolicyPeer, PolicyPort
from analyzer.model.version import Version
from analyzer.selectors import is_empty, terms

_RANGES_HOLD = Version(1, 17)
_HOST_ANSWERS_DNS = Version(1, 17)
_SCTP = PortSet((Span("SCTP", 1, LAST),))
KUBERNETES_ORDER = 1
"""After the refusals of Cilium's own policies, which go before every admission (row 46)."""


def enforce(reading: Reading, settings: Cilium) -> Enforcement:
    """Kubernetes' policies by identity, and Cilium's own (rows 41 to 46).

    What a node sends to its own pods is admitted unless a policy of Cilium's refuses it (rows 34, 46); what the control
    plane sends may arrive as a node's (row 39). SCTP is not carried at all (row 29). Calico's policies do not count
    (row 40).
    """
    parties = reading.parties
    own, passed_over = own_sections(reading, settings)
    translator = _Translator(reading, settings)
    return Enforcement(
        engine=f"{settings.name} {settings.version}",
        sections={
            direction: tuple(
                sorted((*translator.sections(direction), *own[direction]), key=lambda item: (item.tier, item.order))
            )
            for direction in Direction
        },
        unfiltered=dict.fromkeys(Direction, 0),
        unfiltered_row=dict.fromkeys(Direction, 0),
        admitted={Direction.INGRESS: parties.own_nodes},
        doubtful={Direction.INGRESS: parties.api_servers, Direction.EGRESS: 0},
        dropped=_SCTP,
        dropped_row=29,
        not_enforced=tuple(passed_over),
    )


@dataclass(frozen=True)
class _Translator:
    reading: Reading
    settings: Cilium

    def sections(self, direction: Direction) -> Iterator[Section]:
        """One for each policy with the direction in policyTypes, and for each with rules of the direction, whether
        policyTypes names it or not (row 3). Only labels of identities select (row 12)."""
        for place, policy in enumerate(self.reading.book.kubernetes):
            rules = all_rules(policy, direction)
            is_extra = direction not in policy.types
            if is_extra and not rules:
                continue
            inside = self._parties.population.in_namespace(policy.namespace)
            subjects = self._selected(policy.spec.pod_selector, inside)
            if subjects.possibly:
                row = 3 if is_extra else self._label_row(policy.spec.pod_selector)
                admitted = tuple(grants(self, policy, direction, rules))
                yield Section(place, subjects.surely, admitted, maybe=subjects.further, order=KUBERNETES_ORDER, row=row)

    def matches(self, namespace: str, peer: PolicyPeer) -> Iterator[Match]:
        """ipBlocks match what is neither pod nor node (rows 13 to 17, 33, 36 to 38); selectors match identities (rows 5
        to 7, 10, 12, 32), and those of namespaces that only exclude everything without a namespace too (row 8)."""
        if peer.ip_block is not None:
            yield from self._by_address(peer.ip_block)
        elif peer.namespace_selector is None:
            inside = self.reading.parties.population.in_namespace(namespace)
            yield from self._by_labels(peer.pod_selector or LabelSelector(), inside, 0)
        else:
            yield from self._by_namespace(peer.namespace_selector, peer.pod_selector or LabelSelector())

    def openings(self, direction: Direction, peers: int, ports: tuple[PolicyPort, ...]) -> Iterator[Opening]:
        """Before 1.17 a range is its first port (row 24). For ingress names are the subject's own (row 25), for egress
        those of the whole cluster (rows 26 to 28)."""
        kept = ports if self.settings.version >= _RANGES_HOLD else tuple(map(_first_port, ports))
        wanted = port_set(kept)
        row = 24 if kept != ports else 0
        if direction is Direction.INGRESS or not wanted.names:
            yield Opening(peers, wanted, row)
        elif self.settings.version >= NAMES_BY_DESTINATION:
            yield from by_destination(self._parties, peers, wanted)
        else:
            found, names_row = in_whole_cluster(self.reading, wanted)
            yield Opening(peers, found, row or names_row)

    @property
    def _parties(self) -> Parties:
        return self.reading.parties

    @cached_property
    def _identities(self) -> IdentitySelection:
        return IdentitySelection(self._parties.population, self.settings)

    def _label_row(self, selector: LabelSelector) -> int:
        """12 where a term asks for a label that is not, or may not be, part of an identity."""
        return 12 if any(is_identity_label(key, self.settings) is not True for key, _, _ in terms(selector)) else 0

    def _by_address(self, block: IPBlock) -> Iterator[Match]:
        parties = self._parties
        found = parties.with_address_in(admitted_addresses(block))
        outside = found & parties.outside
        if self.settings.version < _HOST_ANSWERS_DNS:
            outside |= found & parties.local_dns_parties
        yield Match(How.IP_BLOCK, outside)
        yield Match(How.IP_BLOCK, found & parties.api_servers, is_sure=False, row=38)

    def _by_labels(self, pods: LabelSelector, inside: int, row: int) -> Iterator[Match]:
        if is_empty(pods):
            yield Match(How.SELECTOR, inside & self._parties.pods, row=row)
            return
        found = self._selected(pods, inside & self._parties.pods)
        row = row or self._label_row(pods)
        yield Match(How.SELECTOR, found.surely, row=row)
        yield Match(How.SELECTOR, found.further, is_sure=False, row=row)

    def _selected(self, selector: LabelSelector, inside: int) -> Selected:
        """A selector that names a value which no label can have matches nobody, whatever its operators (row 11)."""
        return Selected(0, 0) if names_no_label_value(selector) else self._identities.peers(selector, inside)

    def _by_namespace(self, namespaces: LabelSelector, pods: LabelSelector) -> Iterator[Match]:
        if names_no_label_value(namespaces) or names_no_label_value(pods):
            return
        parties = self._parties
        inside = self.reading.selection.peer(PolicyPeer(None, namespaces), "")
        yield from self._by_labels(pods, inside, 0)
        if is_negative(namespaces) and not has_positive_term(pods):
            yield Match(How.SELECTOR, parties.everybody & ~parties.pods, row=8)


def _first_port(port: PolicyPort) -> PolicyPort:
    return PolicyPort(port.protocol, port.port)
