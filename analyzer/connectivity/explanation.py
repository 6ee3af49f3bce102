"""What an explanation says, in names and words; and how rules and ends are named in it."""

from __future__ import annotations

from msgspec import Struct

from analyzer.connectivity.change import Blame, Effect
from analyzer.connectivity.enforcement import Action, Grant
from analyzer.connectivity.engines.cilium_policies import rule_path as cilium_rule_path
from analyzer.connectivity.flow import FlowVerdict, Party, PartyKind
from analyzer.connectivity.isolation import Direction
from analyzer.connectivity.reading import Policy
from analyzer.model.finding import ObjectRef
from analyzer.model.objects import CiliumPolicy, NetworkPolicy


class ExplainedPolicy(Struct, frozen=True, kw_only=True, rename="camel"):
    """A policy that has to do with a pod."""

    policy: ObjectRef
    effect: str
    """"isolates it", "may isolate it", "is not enforced"…"""
    row: int = 0
    """The row of docs/semantics.md that makes it so; 0: the plain reading."""


class ExplainedRule(Struct, frozen=True, kw_only=True, rename="camel"):
    """A rule, or a peer of it, that matches the other end on the port."""

    policy: ObjectRef
    where: str
    """"spec.egress[0].to[1]"."""
    effect: str
    """"admits", "may admit", "does not admit", "refuses", "may refuse", "passes on", "may pass on"."""
    how: str
    """"a selector", "an address range", "a rule without peers"…"""
    ports: str
    row: int = 0


class ExplainedSide(Struct, frozen=True, kw_only=True, rename="camel"):
    """What the policies of the pod at one end make of the flow."""

    direction: str
    """Egress or Ingress."""
    pod: str
    """"shop/web-7d9f-x2"."""
    peer: str
    """Whom the engine takes the other end for; empty: nobody is looked at."""
    verdict: FlowVerdict
    reason: str
    """One sentence."""
    row: int = 0
    policies: tuple[ExplainedPolicy, ...] = ()
    rules: tuple[ExplainedRule, ...] = ()
    """Those that match, in the order in which they are asked. Where nothing admits the flow, also those that admit it
    as they are written, and that the engine takes otherwise."""


class Explanation(Struct, frozen=True, kw_only=True, rename="camel"):
    """One engine's answer about one flow."""

    engine: str
    verdict: FlowVerdict
    reason: str = ""
    """One sentence, where not the sides decide."""
    row: int = 0
    sides: tuple[ExplainedSide, ...] = ()
    """Of each end that is a pod; egress first."""


def rule_path(policy: Policy, direction: Direction, grant: Grant) -> str:
    """Where a rule stands in its policy, as in spec.egress[0].to[1]; of Kubernetes' policies down to the peer."""
    if isinstance(policy, CiliumPolicy):
        return cilium_rule_path(policy, direction, grant.action, grant.rule)
    rule = f"spec.{direction.value.lower()}[{grant.rule}]"
    if not isinstance(policy, NetworkPolicy) or grant.peer < 0:
        return rule
    return f"{rule}.{'to' if direction is Direction.EGRESS else 'from'}[{grant.peer}]"


def policy_path(policy: Policy, blame: Blame) -> str:
    """Where a blamed rule stands in its policy; "" of a policy as a whole."""
    if blame.rule < 0:
        return ""
    if isinstance(policy, CiliumPolicy):
        is_deny = blame.effect in (Effect.REFUSES, Effect.REFUSED)
        return cilium_rule_path(policy, blame.direction, Action.DENY if is_deny else Action.ALLOW, blame.rule)
    return f"spec.{blame.direction.value.lower()}[{blame.rule}]"


def party_text(party: Party) -> str:
    """One end of a flow, in words: "shop/web-7d9f-x2 (10.244.1.7)", "its own node (10.224.0.4)"."""
    if party.pod is not None:
        name = f"{party.pod.namespace}/{party.pod.name}"
        return f"{name} ({party.pod.addresses[0]})" if party.pod.addresses else name
    words = _PARTIES[party.kind]
    return f"{words} ({party.address})" if words and party.address else words or party.address


_PARTIES = {
    PartyKind.POD: "a pod",
    PartyKind.OWN_NODE: "its own node",
    PartyKind.REMOTE_NODE: "another node",
    PartyKind.LOCAL_DNS: "DNS on its node",
    PartyKind.API_SERVER: "the API server",
    PartyKind.WORLD: "",
}
