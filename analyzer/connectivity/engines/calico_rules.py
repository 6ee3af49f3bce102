"""What one rule of a Calico policy matches, and what follows for a pod: grants.

Source: projectcalico/calico, libcalico-go/lib/backend/syncersv1/updateprocessors/rules.go, felix/calc/rule_scanner.go,
felix/rules/policy.go; docs.tigera.io, reference/resources/networkpolicy, "Rule" and "EntityRule".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from analyzer.bits import EVERY
from analyzer.connectivity.enforcement import Action, Grant, How
from analyzer.connectivity.engines.calico_expressions import (
    And,
    Bounds,
    Expression,
    Not,
    Operator,
    Term,
    Word,
    rewritten,
)
from analyzer.connectivity.engines.calico_labels import (
    NAMESPACE,
    NAMESPACE_PREFIX,
    SERVICE_ACCOUNT,
    SERVICE_ACCOUNT_PREFIX,
    CalicoEndpoints,
    ranges,
)
from analyzer.connectivity.engines.calico_ports import Traffic, traffic
from analyzer.connectivity.engines.calico_selectors import selector
from analyzer.connectivity.isolation import Direction
from analyzer.connectivity.parties import Parties
from analyzer.connectivity.ports import NumbersByName, PortSet
from analyzer.model.fact import Cause, LackingError, Missing
from analyzer.model.objects import CalicoEntity, CalicoPolicy, CalicoRule, CalicoServiceAccounts
from analyzer.model.source import Source

ROW = 40
_EVERYBODY = Bounds(EVERY, EVERY)
_NOBODY = Bounds(0, 0)
_IN_A_NAMESPACE = Term(NAMESPACE, Operator.HAS)
_ACTIONS = {"": Action.ALLOW, "allow": Action.ALLOW, "deny": Action.DENY, "pass": Action.PASS, "log": None}
"""Log decides nothing: the next rule is asked."""


class Meaning(NamedTuple):
    """One rule in one direction."""

    place: int
    """In its list."""
    action: Action
    own: Bounds
    """The subjects that its own side matches: the destination of ingress, the source of egress."""
    peers: Bounds
    how: How
    traffic: Traffic


@dataclass(frozen=True)
class Rules:
    """The rules of Calico's policies over the parties of one family."""

    endpoints: CalicoEndpoints

    @property
    def parties(self) -> Parties:
        """Whom they match."""
        return self.endpoints.reading.parties

    def meanings(self, policy: CalicoPolicy, direction: Direction) -> Iterator[Meaning]:
        """The rules of a policy that decide anything, in order."""
        is_ingress = direction is Direction.INGRESS
        for place, rule in enumerate(policy.spec.ingress if is_ingress else policy.spec.egress):
            action = action_of(rule)
            if action is None or rule.ip_version not in (None, self.parties.family):
                continue
            peer, own = (rule.source, rule.destination) if is_ingress else (rule.destination, rule.source)
            peers, how = self._side(peer, policy.namespace, direction)
            if is_ingress and how is not How.EVERYBODY:
                peers = self._behind_tunnel(peers, action)
            owners, _ = self._side(own, policy.namespace, direction)
            wanted = traffic(rule, self.parties.family)
            if peers.possibly and owners.possibly and not wanted.possibly.is_empty:
                yield Meaning(place, action, owners, peers, how, wanted)

    def _behind_tunnel(self, peers: Bounds, action: Action) -> Bounds:
        """What the control plane sends may come from anywhere (row 39): a refusal may meet it whomever it names."""
        control = self.parties.api_servers
        if not peers.possibly:
            return peers
        possibly = peers.possibly & ~control if action is Action.ALLOW else peers.possibly | control
        return Bounds(peers.surely & ~control, possibly)

    def _side(self, entity: CalicoEntity | None, namespace: str, direction: Direction) -> tuple[Bounds, How]:
        """Whom one side of a rule matches: all that it asks for at once.

        Which addresses a Service or a DNS name stands for is not known.
        """
        if entity is None or not _asks(entity):
            return _EVERYBODY, How.EVERYBODY
        found = self._selected(entity, namespace, direction).and_(self._addressed(entity))
        if entity.domains or entity.services:
            return Bounds(0, found.possibly), How.ENTITY
        return found, How.IP_BLOCK if entity.nets or entity.not_nets else How.SELECTOR

    def _selected(self, entity: CalicoEntity, namespace: str, direction: Direction) -> Bounds:
        """notSelector alone leaves over what is no endpoint, too; beside another selector it only narrows that one."""
        everybody = self.parties.everybody
        if wanted := wanted_endpoints(entity, namespace):
            return self.endpoints.peers(wanted, direction)
        if entity.not_selector:
            return self.endpoints.peers(selector(entity.not_selector), direction).complement(everybody)
        return Bounds(everybody, everybody)

    def _addressed(self, entity: CalicoEntity) -> Bounds:
        """A list with ranges of the other family only makes the rule one of that family."""
        found = self.parties.everybody
        for texts, is_negated in ((entity.nets, False), (entity.not_nets, True)):
            own = [item for item in ranges(texts) if item.family == self.parties.family]
            if texts and not own:
                return _NOBODY
            if texts:
                inside = self.parties.with_address_in(own)
                found &= ~inside if is_negated else inside
        return Bounds(found, found)

    def grants(self, meaning: Meaning, direction: Direction, subjects: int, numbers: NumbersByName) -> Iterator[Grant]:
        """What a rule does to some subjects, which it matches all alike, and which give their ports these numbers."""
        if not subjects & meaning.own.possibly:
            return
        is_own = bool(subjects & meaning.own.surely)
        surely, possibly = meaning.peers
        if is_own and surely:
            yield from self._openings(meaning, direction, surely, numbers)
        if rest := possibly & ~surely if is_own else possibly:
            unsure = meaning._replace(traffic=meaning.traffic._replace(surely=PortSet()))
            yield from self._openings(unsure, direction, rest, numbers)

    def _openings(self, meaning: Meaning, direction: Direction, peers: int, numbers: NumbersByName) -> Iterator[Grant]:
        if direction is Direction.INGRESS:
            found = meaning.traffic if meaning.traffic.without.is_empty else meaning.traffic.resolved(numbers)
            yield from _grants(meaning, peers, found)
            return
        for part, known in self._by_numbers(peers, meaning.traffic):
            yield from _grants(meaning, part, meaning.traffic.resolved(known))

    def _by_numbers(self, peers: int, wanted: Traffic) -> Iterator[tuple[int, NumbersByName]]:
        """Destinations apart by their numbers for the rule's names; what is not a pod has none."""
        if not wanted.names:
            yield peers, {}
            return
        pods = self.parties.pods
        yield from self.parties.population.by_numbers(peers & pods, wanted.names)
        yield peers & self.parties.everybody & ~pods, {}


def _grants(meaning: Meaning, peers: int, ports: Traffic) -> Iterator[Grant]:
    place = -1 if meaning.how is How.EVERYBODY else 0
    possibly = ports.possibly.minus(ports.surely)
    for found, is_sure in ((ports.surely, True), (possibly, False)):
        if peers and not found.is_empty:
            yield Grant(meaning.place, place, meaning.how, peers, found, meaning.action, is_sure, ROW)


def action_of(rule: CalicoRule) -> Action | None:
    """What a rule does; None: nothing that decides. Raises LackingError on an action that Calico does not have."""
    if rule.action.lower() not in _ACTIONS:
        detail = f"A rule of a Calico policy has the action {rule.action!r}, which Calico does not have"
        raise LackingError((Missing(Source.CALICO_POLICIES, Cause.UNRECOGNISED, detail),))
    return _ACTIONS[rule.action.lower()]


def _asks(entity: CalicoEntity) -> bool:
    """Whether an entity asks for anything but ports."""
    return bool(
        entity.selector
        or entity.namespace_selector
        or entity.not_selector
        or entity.nets
        or entity.not_nets
        or entity.domains
        or entity.services
        or _accounts(entity.service_accounts)
    )


def wanted_endpoints(entity: CalicoEntity, namespace: str) -> Expression | None:
    """What an entity's selectors ask of endpoints together, in a policy of a namespace or of none; None: nothing.

    In a namespace they look at its own endpoints only, unless a namespaceSelector says otherwise.
    """
    chosen = (selector(entity.selector),) if entity.selector else ()
    own = (*_accounts(entity.service_accounts), *chosen)
    if entity.namespace_selector:
        inside: tuple[Expression, ...] = (in_namespaces(entity.namespace_selector),)
    elif namespace and (own or entity.not_selector):
        inside = (Term(NAMESPACE, Operator.IN, (namespace,)),)
    else:
        inside = ()
    if not (inside or own):
        return None
    without = (Not(selector(entity.not_selector)),) if entity.not_selector else ()
    return And((*inside, *own, *without))


def in_namespaces(text: str) -> Expression:
    """A namespaceSelector, over endpoints: all() is in any namespace, global() in none."""
    words: dict[Word, Expression] = {Word.ALL: _IN_A_NAMESPACE, Word.GLOBAL: Not(_IN_A_NAMESPACE)}
    return rewritten(selector(text), NAMESPACE_PREFIX, words)


def of_service_accounts(text: str) -> Expression:
    """A selector of service accounts, over endpoints: every pod has one."""
    return rewritten(selector(text), SERVICE_ACCOUNT_PREFIX, {})


def _accounts(accounts: CalicoServiceAccounts | None) -> tuple[Expression, ...]:
    if accounts is None:
        return ()
    chosen = (of_service_accounts(accounts.selector),) if accounts.selector else ()
    return (*chosen, Term(SERVICE_ACCOUNT, Operator.IN, accounts.names)) if accounts.names else chosen
