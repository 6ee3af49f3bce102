"""What might keep a lost flow, or prevent a new one: rules by the kind of peer, or why there are none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from analyzer.addresses import cidrs_of
from analyzer.bits import bitset, members
from analyzer.connectivity.analysis import Analysis, Comparison
from analyzer.connectivity.change import Blame, ChangeKind, Effect, Side
from analyzer.connectivity.engines.kubernetes import all_rules
from analyzer.connectivity.engines.settings import Cilium, NoEngine
from analyzer.connectivity.flow import PartyKind, Way
from analyzer.connectivity.isolation import Direction
from analyzer.connectivity.rewriting import reasons
from analyzer.connectivity.rewriting.edits import edits
from analyzer.connectivity.rewriting.labels import Naming
from analyzer.connectivity.rewriting.losses import Loss
from analyzer.connectivity.rewriting.rule_ports import listed_ports, ports_of
from analyzer.connectivity.rewriting.wishes import (
    Addition,
    Endpoints,
    Entity,
    ManifestKind,
    Peer,
    Range,
    Subjects,
    Wish,
)
from analyzer.connectivity.selection import NAME_LABEL
from analyzer.model.objects import (
    EgressRule,
    IngressRule,
    IPBlock,
    LabelSelector,
    NetworkPolicy,
    PolicyPeer,
    PolicyPort,
    Requirement,
)
from analyzer.model.version import Version

_HOST_ANSWERS_DNS = Version(1, 17)
_RANGES_HOLD = Version(1, 17)
_DENY_ALONE = Version(1, 16)
_NAMES_BY_DESTINATION = Version(1, 20)
_MOST_RANGES = 40
_NAMESPACE = "k8s:io.kubernetes.pod.namespace"
_OPEN_HOST = (
    "Everything to the pod's own node stays open, as it is today: which ports are used cannot be seen. Where they are "
    "known, name them under toPorts."
)


class NoRewriteError(Exception):
    """There is no rule for a loss; its text says why."""


class _Rule(NamedTuple):
    """The rule of a Kubernetes policy that admitted the traffic before."""

    policy: NetworkPolicy
    rule: IngressRule | EgressRule


@dataclass(frozen=True)
class Proposals:
    """Over one comparison of the engine before with the one after."""

    analysis: Analysis
    comparison: Comparison
    naming: Naming
    after: Cilium
    _tolerated: dict[tuple[object, ...], int] = field(default_factory=dict, repr=False)

    def of(self, loss: Loss) -> tuple[Wish, ...]:
        """What might undo a loss. Raises NoRewriteError."""
        if found := tuple(edits(self.analysis.book, loss)):
            return found
        if loss.kind is ChangeKind.ALLOWED:
            return tuple(self._refusals(loss)) if loss.row == 40 and self.after.version >= _DENY_ALONE else ()
        if isinstance(self.comparison.engines[0], NoEngine):
            raise NoRewriteError(reasons.DORMANT)
        if loss.row in reasons.BY_ROW:
            raise NoRewriteError(reasons.BY_ROW[loss.row])
        rule = self._rule(loss)
        if loss.row == 24 and rule is not None:
            return tuple(self._listed(loss, rule))
        return tuple(self._additions(loss, rule))

    def _rule(self, loss: Loss) -> _Rule | None:
        """The rule that is blamed for having admitted the traffic, where it is one of Kubernetes' policies."""
        for item in loss.blame:
            if item.effect is Effect.ADMITTED and item.side is Side.BEFORE and item.direction is loss.direction:
                policy = self.analysis.book.policies[item.policy]
                if isinstance(policy, NetworkPolicy) and item.rule >= 0:
                    return _Rule(policy, all_rules(policy, loss.direction)[item.rule])
        return None

    def _listed(self, loss: Loss, found: _Rule) -> Iterator[Addition]:
        """The rule again, with each port of its ranges by itself (row 24)."""
        ports = listed_ports(found.rule.ports)
        if ports is None:
            raise NoRewriteError(reasons.RANGE)
        subjects = Subjects(found.policy.namespace, found.policy.spec.pod_selector, found.policy.name)
        for peer in found.rule.peers or (None,):
            yield Addition(loss.change, ManifestKind.KUBERNETES, subjects, loss.direction, peer, ports)

    def _additions(self, loss: Loss, rule: _Rule | None) -> Iterator[Addition]:
        ports = self._ports(loss, rule)
        for subjects, classes in self._subjects(loss, rule):
            for kind, some in self.comparison.parties.by_kind(loss.peers):
                for peer, note in self._peers(loss._replace(subjects=classes, peers=some), kind, subjects):
                    manifest = ManifestKind.KUBERNETES if isinstance(peer, PolicyPeer) else ManifestKind.CILIUM
                    yield Addition(loss.change, manifest, subjects, loss.direction, peer, ports, note=note)

    def _ports(self, loss: Loss, found: _Rule | None) -> tuple[PolicyPort, ...]:
        """Those of the rule that admitted the traffic, as long as Cilium reads them alike; else numbers."""
        holds = self.after.version >= _RANGES_HOLD
        if found is not None:
            ports = found.rule.ports
            has_names = loss.direction is Direction.EGRESS and any(isinstance(item.port, str) for item in ports)
            has_ranges = any(item.end_port is not None for item in ports)
            if (holds or not has_ranges) and (self.after.version >= _NAMES_BY_DESTINATION or not has_names):
                return ports
        listed = ports_of(loss.ports, has_ranges=holds)
        if listed is None:
            raise NoRewriteError(reasons.RANGE)
        return listed

    def _subjects(self, loss: Loss, rule: _Rule | None) -> Iterator[tuple[Subjects, int]]:
        """Whom additional policies are for: the pods of the policy that is blamed, if it has room for no others."""
        if rule is not None:
            subjects = Subjects(rule.policy.namespace, rule.policy.spec.pod_selector, rule.policy.name)
            yield subjects, self._selected(rule.policy)
        elif loss.row in (35, 37):
            policy = self._widest(loss)
            yield Subjects(policy.namespace, policy.spec.pod_selector, policy.name), self._selected(policy)
        else:
            yield from self._exactly(loss)

    def _widest(self, loss: Loss) -> NetworkPolicy:
        """Of the policies that isolate the pods the one with the most pods: to all of those the same was open."""
        policies = [self.analysis.book.policies[item.policy] for item in loss.blame]
        found = [policy for policy in policies if isinstance(policy, NetworkPolicy)]
        if not found:
            raise NoRewriteError(reasons.CLUSTERWIDE)
        return max(found, key=lambda policy: self._selected(policy).bit_count())

    def _selected(self, policy: NetworkPolicy) -> int:
        reading = self.analysis.reading(self.comparison.parties.family)
        return reading.selection.pods(policy.spec.pod_selector, policy.namespace)

    def _exactly(self, loss: Loss) -> Iterator[tuple[Subjects, int]]:
        """The pods themselves, by their labels."""
        wanted = self._everyday(loss.subjects)
        for namespace in self._namespaces(loss.subjects):
            selectors = self.naming.selectors(wanted, wanted, namespace)
            if selectors is None:
                raise NoRewriteError(reasons.UNNAMED)
            inside = loss.subjects & self.comparison.parties.population.in_namespace(namespace)
            for selector in selectors:
                yield Subjects(namespace, selector, self._base(loss.blame, namespace)), inside

    def _base(self, blame: tuple[Blame, ...], namespace: str) -> str:
        named = [self.analysis.book.policies[item.policy] for item in blame]
        return next((policy.name for policy in named if policy.namespace in (namespace, "")), "allow")

    def _peers(self, loss: Loss, kind: PartyKind, subjects: Subjects) -> Iterator[tuple[Peer, str]]:
        parties = self.comparison.parties
        match kind:
            case PartyKind.POD:
                yield from ((peer, "") for peer in self._pods(loss, subjects.namespace))
            case PartyKind.OWN_NODE:
                yield Entity("host"), _OPEN_HOST if loss.row == 35 else ""
            case PartyKind.REMOTE_NODE:
                yield Entity("remote-node"), ""
            case PartyKind.LOCAL_DNS if self.after.version >= _HOST_ANSWERS_DNS:
                yield Entity("host"), _OPEN_HOST if loss.row == 37 and not loss.ports.names else ""
            case PartyKind.LOCAL_DNS:
                yield from ((_block(parties.local_dns_of(bit)), "") for bit in members(loss.peers))
            case PartyKind.API_SERVER:
                yield Entity("kube-apiserver"), ""
            case PartyKind.WORLD:
                yield from ((peer, "") for peer in self._outside(loss))

    def _outside(self, loss: Loss) -> Iterator[Peer]:
        parties = self.comparison.parties
        if loss.way is not Way.DIRECT or not parties.outside & ~loss.peers:
            yield Entity("world")
            return
        yield from (PolicyPeer(ip_block=IPBlock(text)) for text in self._cidrs(loss.peers))

    def _cidrs(self, outside: int) -> list[str]:
        parties = self.comparison.parties
        found = [text for bit in members(outside) for text in cidrs_of(parties.range_of(bit))]
        if len(found) > _MOST_RANGES:
            raise NoRewriteError(reasons.RANGES)
        return found

    def _pods(self, loss: Loss, own: str) -> Iterator[PolicyPeer]:
        """By labels: all pods at once where that is meant, else whole namespaces together, then single workloads."""
        tolerable = loss.peers | self._admitted_before(loss) & self.comparison.parties.pods
        wanted, bearable = self._everyday(loss.peers), self._all_of(tolerable)
        plain = self.analysis.population.plain
        if not plain & ~bearable:
            yield PolicyPeer(namespace_selector=LabelSelector())
            return
        whole: list[str] = []
        for namespace in self._namespaces(loss.peers):
            selectors = self.naming.selectors(wanted, bearable, namespace)
            if selectors is None:
                raise NoRewriteError(reasons.UNNAMED)
            if selectors == (LabelSelector(),):
                whole.append(namespace)
            else:
                yield from (_in_namespace(namespace, selector, own) for selector in selectors)
        if whole:
            yield _whole(whole, own)

    def _admitted_before(self, loss: Loss) -> int:
        """The peers that were admitted on all the ports to each of the pods, as far as their own policies go."""
        key = (loss.direction, loss.subjects, loss.ports)
        if key not in self._tolerated:
            ports = self.comparison.ports.bits(loss.ports)
            found = self.comparison.parties.everybody
            for block in self.comparison.blocks[loss.direction]:
                if block.classes & loss.subjects:
                    for part in self.comparison.evaluations[0].reach(
                        loss.direction, block.signatures[0], block.numbers
                    ):
                        found &= part.admitted if part.ports & ports else -1
            self._tolerated[key] = found
        return self._tolerated[key]

    def _refusals(self, loss: Loss) -> Iterator[Addition]:
        """Refusals of Calico's policies, in Cilium's own words."""
        if not any(item.effect is Effect.REFUSED for item in loss.blame):
            return
        ports = ports_of(loss.ports, has_ranges=True)
        if ports is None:
            return
        for subjects, _ in self._exactly(loss):
            for kind, some in self.comparison.parties.by_kind(loss.peers):
                for peer in self._refused_peers(loss, kind, some):
                    yield Addition(
                        loss.change, ManifestKind.CILIUM, subjects, loss.direction, peer, ports, refuses=True
                    )

    def _refused_peers(self, loss: Loss, kind: PartyKind, some: int) -> Iterator[Peer]:
        entities = {PartyKind.REMOTE_NODE: "remote-node", PartyKind.OWN_NODE: "host"}
        if kind is PartyKind.POD:
            wanted = self._everyday(some)
            for namespace in self._namespaces(some):
                for selector in self.naming.selectors(wanted, wanted, namespace) or ():
                    yield Endpoints(LabelSelector({_NAMESPACE: namespace, **selector.match_labels}))
        elif kind is PartyKind.WORLD:
            yield from map(Range, self._cidrs(some))
        elif kind in entities:
            yield Entity(entities[kind])

    def _namespaces(self, classes: int) -> list[str]:
        population = self.comparison.parties.population
        return sorted(
            {population.classes[place].namespace for place in members(classes & self.comparison.parties.pods)}
        )

    def _everyday(self, classes: int) -> int:
        """Pods of the comparison as classes by all their labels: those with any such pod."""
        population = self.comparison.parties.population
        places = population.pods_of(classes & self.comparison.parties.pods)
        found = {self._class_of[id(population.pods[place])] for place in places}
        return bitset(found, len(self.analysis.population.classes))

    def _all_of(self, classes: int) -> int:
        """Those without any other pod."""
        return self.analysis.population.plain & ~self._everyday(self.comparison.parties.pods & ~classes)

    @cached_property
    def _class_of(self) -> dict[int, int]:
        population = self.analysis.population
        return {id(pod): owner for pod, owner in zip(population.pods, population.class_of, strict=True)}


def _block(address: str) -> PolicyPeer:
    return PolicyPeer(ip_block=IPBlock(f"{address}/{128 if ':' in address else 32}"))


def _in_namespace(namespace: str, pods: LabelSelector, own: str) -> PolicyPeer:
    return PolicyPeer(pods, None if namespace == own else LabelSelector({NAME_LABEL: namespace}))


def _whole(namespaces: list[str], own: str) -> PolicyPeer:
    """All pods of some namespaces."""
    if namespaces == [own]:
        return PolicyPeer(LabelSelector())
    if len(namespaces) == 1:
        return PolicyPeer(namespace_selector=LabelSelector({NAME_LABEL: namespaces[0]}))
    named = Requirement(NAME_LABEL, "In", tuple(namespaces))
    return PolicyPeer(namespace_selector=LabelSelector(match_expressions=(named,)))
