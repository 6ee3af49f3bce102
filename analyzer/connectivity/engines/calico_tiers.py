"""In what order Calico asks its policies.

Source: projectcalico/calico, felix/calc/policy_sorter.go, libcalico-go/lib/resources/tier.go and lib/names/policy.go;
docs.tigera.io, reference/resources/tier.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from analyzer.connectivity.reading import PolicyBook
from analyzer.model.objects import CalicoPolicy

DEFAULT = "default"
KUBERNETES_ORDER = 1000
"""Where Kubernetes policies stand in the default tier."""
_DEFAULT_TIER_ORDER = 1_000_000
"""Of the default tier, and of every other that gives none."""


@dataclass(frozen=True, slots=True)
class Rank:
    """Where one policy stands."""

    tier: int
    order: float
    """Within the tier: the policies stand around Kubernetes' ones at 1000, each with a number of its own."""


def tier_names(book: PolicyBook) -> tuple[str, ...]:
    """The names of all tiers: by order, then by name; after them those that policies name and nobody made."""
    orders = {DEFAULT: float(_DEFAULT_TIER_ORDER)}
    for tier in book.calico_tiers:
        orders[tier.name] = _DEFAULT_TIER_ORDER if tier.spec.order is None else tier.spec.order
    known = sorted(orders, key=lambda name: (orders[name], name))
    named = {policy.spec.tier for policy in book.calico if policy.spec.tier}
    return (*known, *sorted(named - orders.keys()))


def ranks(book: PolicyBook) -> tuple[Rank, ...]:
    """The ranks of Calico's policies, as they stand in the book.

    Policies of equal order go by name, one that gives none after all that do. One of the order of Kubernetes' policies
    goes before them: names are compared with the tier's before them, and "default." comes before "knp.".
    """
    tiers = tier_names(book)
    by_tier: dict[str, list[int]] = {}
    for place, policy in enumerate(book.calico):
        by_tier.setdefault(_tier_of(policy, tiers), []).append(place)
    found: dict[int, Rank] = {}
    for tier, places in by_tier.items():
        ordered = sorted(places, key=lambda place: _key(book.calico[place], tier))
        before = sum(_order(book.calico[place]) <= KUBERNETES_ORDER for place in ordered)
        for number, place in enumerate(ordered):
            order = KUBERNETES_ORDER + number - before + (number >= before)
            found[place] = Rank(tiers.index(tier), order)
    return tuple(found[place] for place in range(len(book.calico)))


def lenient_tiers(book: PolicyBook) -> frozenset[int]:
    """The places of the tiers that pass on what none of their policies decides."""
    tiers = tier_names(book)
    return frozenset(tiers.index(tier.name) for tier in book.calico_tiers if tier.spec.default_action == "Pass")


def _tier_of(policy: CalicoPolicy, tiers: Iterable[str]) -> str:
    """The name of a policy's tier; where it gives none, the CRD group's name begins with it."""
    prefix, dot, _ = policy.name.partition(".")
    return policy.spec.tier or (prefix if dot and prefix in tiers else DEFAULT)


def _order(policy: CalicoPolicy) -> float:
    return math.inf if policy.spec.order is None else policy.spec.order


def _key(policy: CalicoPolicy, tier: str) -> tuple[float, str, str]:
    """Of a policy in its tier. The CRD group's names have the tier's before them."""
    return _order(policy), policy.name.removeprefix(f"{tier}."), policy.namespace
