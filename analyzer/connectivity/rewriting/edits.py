"""Policies to replace: those of which Cilium enforces more, or admits more, than the engine before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import structs

from analyzer.connectivity.change import ChangeKind, Effect, Side
from analyzer.connectivity.engines.kubernetes import all_rules, has_positive_term, is_negative
from analyzer.connectivity.isolation import Direction
from analyzer.connectivity.reading import PolicyBook
from analyzer.connectivity.rewriting.losses import Loss
from analyzer.connectivity.rewriting.wishes import Edit, EditKind
from analyzer.connectivity.selection import NAME_LABEL
from analyzer.model.objects import EgressRule, IngressRule, LabelSelector, NetworkPolicy, PolicyPeer, Requirement


def edits(book: PolicyBook, loss: Loss) -> Iterator[Edit]:
    """The edits that may undo a loss (row 3), or keep what is new out (rows 3 and 8)."""
    kind = _kind(loss)
    for item in loss.blame if kind else ():
        policy = book.policies[item.policy]
        if not kind or not isinstance(policy, NetworkPolicy) or item.side is not Side.AFTER:
            continue
        is_extra = item.direction not in policy.types and bool(all_rules(policy, item.direction))
        if kind is EditKind.PODS_ONLY or is_extra:
            yield Edit(loss.change, item.policy, item.direction, kind)


def _kind(loss: Loss) -> EditKind | None:
    admits = any(item.effect is Effect.ADMITS for item in loss.blame)
    if loss.row == 3 and (admits or loss.kind is ChangeKind.BLOCKED):
        return EditKind.WITHOUT_SECTION
    return EditKind.PODS_ONLY if loss.row == 8 and loss.kind is ChangeKind.ALLOWED and admits else None


def edited(policy: NetworkPolicy, wanted: Iterable[Edit]) -> NetworkPolicy:
    """A policy with some edits."""
    spec = structs.replace(policy.spec, policy_types=policy.types)
    for item in wanted:
        if item.kind is EditKind.WITHOUT_SECTION and item.direction is Direction.INGRESS:
            spec = structs.replace(spec, ingress=())
        elif item.kind is EditKind.WITHOUT_SECTION:
            spec = structs.replace(spec, egress=())
        elif item.direction is Direction.INGRESS:
            spec = structs.replace(spec, ingress=tuple(map(_incoming, spec.ingress)))
        else:
            spec = structs.replace(spec, egress=tuple(map(_outgoing, spec.egress)))
    return structs.replace(policy, spec=spec)


def _incoming(rule: IngressRule) -> IngressRule:
    return IngressRule(tuple(map(_of_pods, rule.from_)), rule.ports)


def _outgoing(rule: EgressRule) -> EgressRule:
    return EgressRule(tuple(map(_of_pods, rule.to)), rule.ports)


def _of_pods(peer: PolicyPeer) -> PolicyPeer:
    """A peer whose namespaceSelector only excludes asks for a namespace: the API server names every one."""
    selector = peer.namespace_selector
    if selector is None or not is_negative(selector) or has_positive_term(peer.pod_selector or LabelSelector()):
        return peer
    terms = (Requirement(NAME_LABEL, "Exists"), *selector.match_expressions)
    return PolicyPeer(peer.pod_selector, LabelSelector(selector.match_labels, terms))
