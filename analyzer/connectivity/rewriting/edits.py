"""Policies to replace: those of which Cilium enforces more, or admits more, than the engine before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import structs

from analyzer.connectivity.change import ChangeKind, Effect, Side
from analyzer.connectivity.engines.kubernetes import all_rules, has_positive_term, is_negative
from analyzer.connectivity.isolation import Direction
from analyzer.connectivity.reading import Policy, PolicyBook
from analyzer.connectivity.rewriting.losses import Loss
from analyzer.connectivity.rewriting.wishes import Edit, EditKind
from analyzer.connectivity.selection import NAME_LABEL
from analyzer.model.objects import EgressRule, IngressRule, LabelSelector, NetworkPolicy, PolicyPeer, Requirement


def edits(book: PolicyBook, loss: Loss) -> Iterator[Edit]:
    """The edits that may undo a loss where such sections alone isolate (row 3), or keep what is new out (rows 3, 8)."""
    found = {item.policy: book.policies[item.policy] for item in loss.blame if item.side is Side.AFTER}
    extra = [place for place, policy in found.items() if _is_extra(policy, loss.direction)]
    admits = any(item.effect is Effect.ADMITS for item in loss.blame)
    if loss.kind is ChangeKind.BLOCKED:
        places = extra if len(extra) == len(found) else []
        yield from (Edit(loss.change, place, loss.direction, EditKind.WITHOUT_SECTION) for place in places)
    elif loss.row == 3 and admits:
        yield from (Edit(loss.change, place, loss.direction, EditKind.WITHOUT_SECTION) for place in extra)
    elif loss.row == 8 and admits:
        named = [place for place, policy in found.items() if isinstance(policy, NetworkPolicy)]
        yield from (Edit(loss.change, place, loss.direction, EditKind.PODS_ONLY) for place in named)


def _is_extra(policy: Policy, direction: Direction) -> bool:
    """Whether a policy has rules of a direction that policyTypes leaves out."""
    if not isinstance(policy, NetworkPolicy):
        return False
    return direction not in policy.types and bool(all_rules(policy, direction))


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
