"""Calico on AKS, as the column of the table has it: the ways of flows, and the tiers that hold the policies.

Tiers: docs.tigera.io, "Tier" and "Get started with policy tiers".
"""

from __future__ import annotations

from connectivity.naive.answers import Answer, agreed, every
from connectivity.naive.calico_case import ALLOW, DEFAULT_TIER, DENY, PASS, Case, Policy
from connectivity.naive.calico_kubernetes import kubernetes_policies
from connectivity.naive.calico_policies import own_policies
from connectivity.naive.network import (
    Network,
    Side,
    both_sides,
    egress_side,
    entrance_node,
    ingress_side,
    is_control_plane_at_ingress,
    is_through_another_node,
)

from analyzer.connectivity.flow import Flow, PartyKind, Way
from analyzer.model.objects import CalicoTier, Metadata
from analyzer.model.objects.calico import CalicoTierSpec


def calico_allows(network: Network, flow: Flow) -> Answer:
    """Row 34: what the own node sends passes. Row 51: a hairpin is unknown where its policies would not let it."""
    if flow.source.kind is PartyKind.OWN_NODE:
        return True
    found = agreed(_all_sides_allow(network, flow, True), _all_sides_allow(network, flow, False))
    if flow.way is Way.HAIRPIN:
        return True if found else None
    return found


def _all_sides_allow(network: Network, flow: Flow, enforces_invalid_values: bool) -> Answer:
    """Row 11: whether policies with a value that no label can have are enforced is not known."""
    return every(_side_allows(Case(network, flow, side, enforces_invalid_values)) for side in _sides(flow))


def _sides(flow: Flow) -> tuple[Side, ...]:
    """Rows 52 to 55: the egress side sees the backend; the backend on another node sees the entrance node."""
    if is_through_another_node(flow):
        return egress_side(flow) + ingress_side(flow, entrance_node(flow))
    return both_sides(flow)


def _side_allows(case: Case) -> Answer:
    """Row 39: what the control plane is seen as is not known, so it is allowed where everybody is."""
    ends = _ends(case)
    if is_control_plane_at_ingress(case.side):
        return True if ends == {ALLOW} else None
    return None if len(ends) > 1 else ends == {ALLOW}


def _ends(case: Case) -> set[str]:
    """Rows 1, 2, 40: tier by tier, those without a policy for the pod left out; after the last one all passes.

    Several ends where it is not known whether a rule matches.
    """
    policies = (*kubernetes_policies(case), *own_policies(case))
    ends: set[str] = set()
    for tier in _tiers(case.network):
        mine = sorted((policy for policy in policies if policy.tier == tier.name), key=lambda policy: policy.order)
        if not mine:
            continue
        found = _ends_of_tier(tier, mine)
        ends |= found - {PASS}
        if PASS not in found:
            return ends
    return ends | {ALLOW}


def _ends_of_tier(tier: CalicoTier, policies: list[Policy]) -> set[str]:
    """The first rule that matches decides; where none does, the tier's default action."""
    found: set[str] = set()
    for rule in (rule for policy in policies for rule in policy.rules):
        if rule.action not in (ALLOW, DENY, PASS) or rule.matches is False:
            continue
        found.add(rule.action)
        if rule.matches:
            return found
    return found | {PASS if tier.spec.default_action == PASS else DENY}


def _tiers(network: Network) -> list[CalicoTier]:
    """In their order; a tier without one is the last."""
    tiers = list(network.calico_tiers)
    if all(tier.name != DEFAULT_TIER for tier in tiers):
        tiers.append(_default_tier())
    return sorted(tiers, key=lambda tier: float("inf") if tier.spec.order is None else tier.spec.order)


def _default_tier() -> CalicoTier:
    return CalicoTier(Metadata(name=DEFAULT_TIER), spec=CalicoTierSpec(order=1_000_000))
