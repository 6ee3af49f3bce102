"""Label selectors as Kubernetes defines them: row 10, and what rows 8, 9 and 11 ask about their form."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from analyzer.model.objects import LabelSelector, NetworkPolicy, PolicyPeer, Requirement

_VALUE = re.compile(r"(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")


def terms_of(selector: LabelSelector) -> tuple[Requirement, ...]:
    """All terms, matchLabels among them, each as one requirement."""
    plain = tuple(Requirement(key, "In", (value,)) for key, value in selector.match_labels.items())
    return plain + selector.match_expressions


def holds(term: Requirement, labels: Mapping[str, str]) -> bool:
    """One term. Row 10: NotIn and DoesNotExist hold where the key is missing."""
    present = term.key in labels
    if term.operator == "Exists":
        return present
    if term.operator == "DoesNotExist":
        return not present
    if term.operator == "In":
        return present and labels[term.key] in term.values
    assert term.operator == "NotIn", term.operator
    return not present or labels[term.key] not in term.values


def selects(selector: LabelSelector, labels: Mapping[str, str]) -> bool:
    """Whether every term holds. No terms: everything."""
    return all(holds(term, labels) for term in terms_of(selector))


def only_negative(selector: LabelSelector | None) -> bool:
    """Rows 8 and 10: no matchLabels, no In, no Exists. Also true of no selector, and of an empty one."""
    return selector is None or all(term.operator in ("NotIn", "DoesNotExist") for term in terms_of(selector))


def is_empty(selector: LabelSelector) -> bool:
    """Row 6: without any term."""
    return not terms_of(selector)


def has_invalid_value(selector: LabelSelector | None) -> bool:
    """Row 11: a value in matchExpressions that no label can have."""
    if selector is None:
        return False
    values = (value for term in selector.match_expressions for value in term.values)
    return any(_VALUE.fullmatch(value) is None for value in values)


def peers_of(policy: NetworkPolicy, directions: Iterable[str]) -> tuple[PolicyPeer, ...]:
    """The peers in the rules of some directions."""
    found: list[PolicyPeer] = []
    if "Ingress" in directions:
        found += [peer for rule in policy.spec.ingress for peer in rule.from_]
    if "Egress" in directions:
        found += [peer for rule in policy.spec.egress for peer in rule.to]
    return tuple(found)


def policy_has_invalid_value(policy: NetworkPolicy) -> bool:
    """Row 11, of a whole policy: of its subject, and of the peers in the directions that policyTypes lists (row 3)."""
    selectors = [policy.spec.pod_selector]
    for peer in peers_of(policy, policy.types):
        selectors += [selector for selector in (peer.pod_selector, peer.namespace_selector) if selector is not None]
    return any(has_invalid_value(selector) for selector in selectors)
