"""What might keep a lost flow, or prevent a new one: rules by the kind of peer, or why there are none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from analyzer.connectivity.analysis import Analysis, Comparison
from analyzer.connectivity.change import Blame, ChangeKind, Effect, Side
from analyzer.connectivity.engines.kubernetes import all_rules
from analyzer.connectivity.engines.settings import Cilium, NoEngine, Npm
from analyzer.connectivity.entrances import is_entrance
from analyzer.connectivity.flow import PartyKind, Way
from analyzer.connectivity.isolation import Direction
from analyzer.connectivity.ports import PortSet
from analyzer.connectivity.rewriting import reasons
from analyzer.connectivity.rewriting.edits import edits
from analyzer.connectivity.rewriting.losses import Loss
from analyzer.connectivity.rewriting.peers import PeerNames
from analyzer.connectivity.rewriting.rule_ports import listed_ports, ports_of
from analyzer.connectivity.rewriting.wishes import (
    Addition,
    Entity,
    ManifestKind,
    NoRewriteError,
    Peer,
    Subjects,
    Wish,
)
from analyzer.model.objects import EgressRule, IngressRule, NetworkPolicy, PolicyPeer, PolicyPort
from analyzer.model.version import Version

_RANGES_HOLD = {ManifestKind.KUBERNETES: Version(1, 17), ManifestKind.CILIUM: Version(1, 16)}
_NAMES_BY_DESTINATION = Version(1, 20)
_REFUSES_ALONE = Version(1, 16)
"""Before, a policy that only refuses isolates as well: cilium pull request 30572."""
_OPEN_HOST = (
    "Everything to the pod's own node stays open, as it is today: which ports are used cannot be seen. Where they are "
    "known, name them under toPorts."
)
_BY_NODE = {
    Direction.INGRESS: "What a load balancer or node port sends on through another node arrives as that node, whoever "
    "sent it, and is admitted with it.",
    Direction.EGRESS: "Node ports of other nodes are reached as well, whatever Service they lead to.",
}


class _Rule(NamedTuple):
    """The rule of a Kubernetes policy that admitted the traffic before."""

    policy: NetworkPolicy
    rule: IngressRule | EgressRule


@dataclass(frozen=True)
class Proposals:
    """Over one comparison of the engine before with the one after."""

    analysis: Analysis
    comparison: Comparison
    names: PeerNames
    after: Cilium
    _tolerated: dict[tuple[Direction, int, PortSet], int] = field(default_factory=dict, repr=False)

    def of(self, loss: Loss) -> tuple[Wish, ...]:
        """What might undo a loss; nothing where what is newly allowed cannot be prevented. Raises NoRewriteError."""
        if isinstance(self.comparison.engines[0], NoEngine):
            raise NoRewriteError(reasons.DORMANT)
        if loss.kind is ChangeKind.BLOCKED and loss.row in reasons.BY_ROW:
            raise NoRewriteError(reasons.BY_ROW[loss.row])
        if found := tuple(edits(self.analysis.book, loss)):
            return found
        if loss.kind is ChangeKind.ALLOWED:
            return tuple(self._refusals(loss)) if loss.row == 40 and self.after.version >= _REFUSES_ALONE else ()
        rule = self._rule(loss)
        if loss.row == 24 and rule is not None:
            return tuple(self._listed(loss, rule))
        return tuple(self._additions(loss, rule))

    def _rule(self, loss: Loss) -> _Rule | None:
        """The rule that is blamed for having admitted the traffic, where it is one of Kubernetes' policies."""
        for item in loss.blame if loss.way is Way.DIRECT else ():
            if item.effect is Effect.ADMITTED and item.side is Side.BEFORE and item.direction is loss.direction:
                policy = self.analysis.book.policies[item.policy]
                if isinstance(policy, NetworkPolicy) and item.rule >= 0:
                    return _Rule(policy, all_rules(policy, loss.direction)[item.rule])
        return None

    @staticmethod
    def _listed(loss: Loss, found: _Rule) -> Iterator[Addition]:
        """The rule again, with each port of its ranges by itself (row 24)."""
        ports = listed_ports(found.rule.ports)
        if ports is None:
            raise NoRewriteError(reasons.RANGE)
        for peer in found.rule.peers or (None,):
            yield Addition(loss.change, ManifestKind.KUBERNETES, _beside(found.policy), loss.direction, peer, ports)

    def _additions(self, loss: Loss, rule: _Rule | None) -> Iterator[Addition]:
        for subjects in self._subjects(loss, rule):
            for kind, some in self.comparison.parties.by_kind(loss.peers):
                for peer in self._peers(loss, kind, some, subjects.namespace):
                    manifest = ManifestKind.KUBERNETES if isinstance(peer, PolicyPeer) else ManifestKind.CILIUM
                    ports = self._ports(loss, rule, manifest)
                    note = self._note(peer, loss)
                    yield Addition(loss.change, manifest, subjects, loss.direction, peer, ports, note=note)

    def _subjects(self, loss: Loss, rule: _Rule | None) -> tuple[Subjects, ...]:
        """Whom additional policies are for. All the pods of a policy where it admitted the traffic to all of them, or
        where nothing was filtered for any of them; else the pods alone, by their labels.
        """
        if rule is not None:
            return (_beside(rule.policy),)
        if loss.row in (35, 37):
            return (_beside(self._widest(loss)),)
        return tuple(
            Subjects(namespace, selector, self._base(loss.blame, namespace))
            for namespace, selector in self.names.subjects(loss.subjects)
        )

    def _widest(self, loss: Loss) -> NetworkPolicy:
        """Of the policies that isolate the pods the one with the most of them."""
        policies = [self.analysis.book.policies[item.policy] for item in loss.blame]
        plain = [policy for policy in policies if isinstance(policy, NetworkPolicy)]
        found = [policy for policy in plain if loss.direction in policy.types]
        if not found:
            raise NoRewriteError(reasons.CLUSTERWIDE)
        return max(found, key=lambda policy: self._selected(policy).bit_count())

    def _selected(self, policy: NetworkPolicy) -> int:
        reading = self.analysis.reading(self.comparison.parties.family)
        return reading.selection.pods(policy.spec.pod_selector, policy.namespace)

    def _base(self, blame: tuple[Blame, ...], namespace: str) -> str:
        named = [self.analysis.book.policies[item.policy] for item in blame]
        return next((policy.name for policy in named if policy.namespace in (namespace, "")), "allow")

    def _peers(self, loss: Loss, kind: PartyKind, some: int, namespace: str) -> Iterator[Peer]:
        if kind is PartyKind.POD:
            tolerable = some | self._admitted_before(loss) & self.comparison.parties.pods
            yield from self.names.pods(some, tolerable, namespace)
        else:
            yield from self.names.named(kind, some, all_outside=loss.way is not Way.DIRECT)

    def _admitted_before(self, loss: Loss) -> int:
        """The peers that each of the pods' own policies admitted on all the ports."""
        key = (loss.direction, loss.subjects, loss.ports)
        if key not in self._tolerated:
            ports = self.comparison.ports.bits(loss.ports)
            before, found = self.comparison.evaluations[0], self.comparison.parties.everybody
            for block in self.comparison.blocks[loss.direction]:
                if block.classes & loss.subjects:
                    for part in before.reach(loss.direction, block.signatures[0], block.numbers):
                        found &= part.admitted if part.ports & ports else -1
            self._tolerated[key] = found
        return self._tolerated[key]

    def _ports(self, loss: Loss, found: _Rule | None, kind: ManifestKind) -> tuple[PolicyPort, ...]:
        """Those of the rule that admitted the traffic, as long as Cilium reads them alike; else numbers."""
        holds = self.after.version >= _RANGES_HOLD[kind]
        if found is not None and self._reads_alike(found.rule.ports, loss.direction, holds):
            return found.rule.ports
        listed = ports_of(loss.ports, has_ranges=holds)
        if listed is None:
            raise NoRewriteError(reasons.RANGE)
        return listed

    def _reads_alike(self, ports: tuple[PolicyPort, ...], direction: Direction, holds: bool) -> bool:
        has_names = direction is Direction.EGRESS and any(isinstance(item.port, str) for item in ports)
        has_ranges = any(item.end_port is not None for item in ports)
        return (holds or not has_ranges) and (self.after.version >= _NAMES_BY_DESTINATION or not has_names)

    def _note(self, peer: Peer, loss: Loss) -> str:
        if peer == Entity("remote-node") and any(map(is_entrance, self.analysis.services)):
            return _BY_NODE[loss.direction]
        is_open = loss.row in (35, 37) and isinstance(self.comparison.engines[0], Npm)
        return _OPEN_HOST if is_open and peer == Entity("host") else ""

    def _refusals(self, loss: Loss) -> Iterator[Addition]:
        """What Calico's policies refused, in Cilium's own words (row 40)."""
        ports = ports_of(loss.ports, has_ranges=True)
        if ports is None or not any(item.effect is Effect.REFUSED for item in loss.blame):
            return
        for subjects in self._subjects(loss, None):
            for kind, some in self.comparison.parties.by_kind(loss.peers):
                for peer in self.names.refused(kind, some):
                    kinds = ManifestKind.CILIUM
                    yield Addition(loss.change, kinds, subjects, loss.direction, peer, ports, refuses=True)


def _beside(policy: NetworkPolicy) -> Subjects:
    return Subjects(policy.namespace, policy.spec.pod_selector, policy.name)
