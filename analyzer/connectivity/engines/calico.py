"""Calico: Felix's iptables chains at every pod, with Calico's own policies around Kubernetes' ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from analyzer.connectivity.enforcement import Enforcement, How, NotEnforced, Section
from analyzer.connectivity.engines.calico_policies import default_tier
from analyzer.connectivity.engines.calico_policies import sections as own_sections
from analyzer.connectivity.engines.kubernetes import (
    Match,
    Opening,
    admitted_addresses,
    all_rules,
    by_destination,
    grants,
    has_value_that_is_no_label,
)
from analyzer.connectivity.engines.settings import Calico
from analyzer.connectivity.isolation import Direction, rules_of
from analyzer.connectivity.ports import port_set
from analyzer.connectivity.reading import Reading
from analyzer.model.objects import PolicyPeer, PolicyPort

_KUBERNETES_ORDER = 1000
"""libcalico-go, conversion of Kubernetes NetworkPolicies (row 2)."""


def enforce(reading: Reading, settings: Calico) -> Enforcement:
    """Kubernetes' policies in the default tier at order 1000 (row 2), and Calico's own by tier and order (row 40).

    What a node sends to its own pods is not filtered (row 34); what a pod sends to its node is, by egress policies
    (rows 15, 35, 37). What the control plane sends may come from anywhere (row 39). Cilium's policies do not count.
    """
    own, passed_over = own_sections(reading)
    translator = _Translator(reading, default_tier(reading.book))
    return Enforcement(
        engine=settings.name,
        sections={
            direction: tuple(
                sorted((*translator.sections(direction), *own[direction]), key=lambda item: (item.tier, item.order))
            )
            for direction in Direction
        },
        unfiltered={Direction.INGRESS: reading.parties.own_nodes, Direction.EGRESS: 0},
        unfiltered_row={Direction.INGRESS: 34, Direction.EGRESS: 0},
        doubtful={Direction.INGRESS: reading.parties.api_servers, Direction.EGRESS: 0},
        not_enforced=(*translator.not_enforced(), *passed_over),
    )


@dataclass(frozen=True)
class _Translator:
    reading: Reading
    tier: int

    def sections(self, direction: Direction) -> Iterator[Section]:
        """One for each policy that names the direction in policyTypes (rows 3 and 4). Whether a policy is taken that
        names values which no label can have is not known (row 11)."""
        for place, policy in enumerate(self.reading.book.kubernetes):
            if direction not in policy.types:
                continue
            subjects = self.reading.selection.pods(policy.spec.pod_selector, policy.namespace)
            if subjects:
                rules = tuple(grants(self, policy, direction, rules_of(policy, direction)))
                section = Section(place, subjects, rules, tier=self.tier, order=_KUBERNETES_ORDER)
                doubtful = has_value_that_is_no_label(policy)
                yield replace(section, subjects=0, maybe=subjects, row=11) if doubtful else section

    def not_enforced(self) -> Iterator[NotEnforced]:
        """Rules of directions that policyTypes leaves out (row 3)."""
        for place, policy in enumerate(self.reading.book.kubernetes):
            for direction in Direction:
                if direction not in policy.types and all_rules(policy, direction):
                    yield NotEnforced(place, direction, 3)

    def matches(self, namespace: str, peer: PolicyPeer) -> Iterator[Match]:
        """ipBlocks match every address (rows 13 to 16, 33, 37); selectors only pods with a network of their own, also
        where they only exclude (rows 5 to 10, 32)."""
        if peer.ip_block is not None:
            yield Match(How.IP_BLOCK, self.reading.parties.with_address_in(admitted_addresses(peer.ip_block)))
        else:
            yield Match(How.SELECTOR, self.reading.selection.peer(peer, namespace))

    def openings(self, direction: Direction, peers: int, ports: tuple[PolicyPort, ...]) -> Iterator[Opening]:
        """Names are the destination's own (row 25); ranges hold whole (row 24), as do protocols (rows 22, 29)."""
        wanted = port_set(ports)
        if direction is Direction.INGRESS:
            yield Opening(peers, wanted)
        else:
            yield from by_destination(self.reading.parties, peers, wanted)
