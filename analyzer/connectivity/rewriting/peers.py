"""Parties as policies name them: pods by labels, nodes by entities, addresses by ranges."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from analyzer.addresses import cidrs_of
from analyzer.bits import bitset, members
from analyzer.connectivity.engines.settings import Cilium
from analyzer.connectivity.flow import PartyKind
from analyzer.connectivity.parties import Parties
from analyzer.connectivity.population import Population
from analyzer.connectivity.rewriting import reasons
from analyzer.connectivity.rewriting.labels import Naming
from analyzer.connectivity.rewriting.wishes import Endpoints, Entity, NoRewriteError, Peer, Range
from analyzer.connectivity.selection import NAME_LABEL
from analyzer.model.objects import IPBlock, LabelSelector, PolicyPeer, Requirement
from analyzer.model.version import Version

_HOST_ANSWERS_DNS = Version(1, 17)
_MOST_RANGES = 40
_NAMESPACE = "k8s:io.kubernetes.pod.namespace"


@dataclass(frozen=True)
class PeerNames:
    """For the parties of one family. Sets are bitsets over those, unless they are said to be others."""

    parties: Parties
    everybody: Population
    """The live pods of every family, by all their labels."""
    naming: Naming
    """Over `everybody`."""
    after: Cilium

    def named(self, kind: PartyKind, some: int, *, all_outside: bool) -> Iterator[Peer]:
        """Parties of one kind that are not pods. `all_outside`: the whole world is meant. Raises NoRewriteError."""
        match kind:
            case PartyKind.OWN_NODE:
                yield Entity("host")
            case PartyKind.REMOTE_NODE:
                yield Entity("remote-node")
            case PartyKind.LOCAL_DNS if self.after.version >= _HOST_ANSWERS_DNS:
                yield Entity("host")
            case PartyKind.LOCAL_DNS:
                yield from (_block(self.parties.local_dns_of(bit)) for bit in members(some))
            case PartyKind.API_SERVER:
                yield Entity("kube-apiserver")
            case PartyKind.WORLD if all_outside or not self.parties.outside & ~some:
                yield Entity("world")
            case PartyKind.WORLD:
                yield from (PolicyPeer(ip_block=IPBlock(text)) for text in self._cidrs(some))

    def refused(self, kind: PartyKind, some: int) -> Iterator[Peer]:
        """Parties of one kind as a refusal of Cilium's own policies names them, and no others."""
        match kind:
            case PartyKind.POD:
                yield from self._endpoints(some)
            case PartyKind.OWN_NODE:
                yield Entity("host")
            case PartyKind.REMOTE_NODE:
                yield Entity("remote-node")
            case PartyKind.WORLD:
                yield from map(Range, self._cidrs(some))
            case _:
                return

    def pods(self, wanted: int, tolerable: int, own: str) -> Iterator[PolicyPeer]:
        """Pods, in a policy of the namespace `own`: all at once where that is tolerable, else whole namespaces
        together, then by labels. Raises NoRewriteError.
        """
        meant, bearable = self.with_any(wanted), self._without_others(tolerable)
        if not self.everybody.plain & ~bearable:
            yield PolicyPeer(namespace_selector=LabelSelector())
            return
        whole: list[str] = []
        for namespace in self.namespaces(wanted):
            selectors = self.naming.selectors(meant, bearable, namespace)
            if selectors is None:
                raise NoRewriteError(reasons.UNNAMED)
            if selectors == (LabelSelector(),):
                whole.append(namespace)
            else:
                yield from (_in_namespace(namespace, selector, own) for selector in selectors)
        if whole:
            yield _whole(whole, own)

    def subjects(self, wanted: int) -> Iterator[tuple[str, LabelSelector]]:
        """Pods as a policy selects them, and no others if labels can say it. Raises NoRewriteError."""
        meant = self.with_any(wanted)
        for namespace in self.namespaces(wanted):
            selectors = self.naming.selectors(meant, meant, namespace)
            if selectors is None:
                raise NoRewriteError(reasons.UNNAMED)
            yield from ((namespace, selector) for selector in selectors)

    def namespaces(self, parties: int) -> list[str]:
        """Those of some pods."""
        classes = self.parties.population.classes
        return sorted({classes[place].namespace for place in members(parties & self.parties.pods)})

    def with_any(self, parties: int) -> int:
        """The classes of `everybody` with any of some pods."""
        population = self.parties.population
        places = population.pods_of(parties & self.parties.pods)
        return bitset({self._class_of[id(population.pods[place])] for place in places}, len(self.everybody.classes))

    def _without_others(self, parties: int) -> int:
        """The classes of `everybody` with no other pods than these."""
        return self.everybody.plain & ~self.with_any(self.parties.pods & ~parties)

    def _endpoints(self, some: int) -> Iterator[Peer]:
        for namespace, selector in self.subjects(some):
            yield Endpoints(LabelSelector({_NAMESPACE: namespace, **selector.match_labels}))

    def _cidrs(self, outside: int) -> list[str]:
        found = [text for bit in members(outside) for text in cidrs_of(self.parties.range_of(bit))]
        if len(found) > _MOST_RANGES:
            raise NoRewriteError(reasons.RANGES)
        return found

    @cached_property
    def _class_of(self) -> dict[int, int]:
        return {id(pod): owner for pod, owner in zip(self.everybody.pods, self.everybody.class_of, strict=True)}


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
