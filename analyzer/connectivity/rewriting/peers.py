"""Parties as policies name them: pods by labels, nodes by entities, addresses by ranges."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
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
    _known: dict[int, int] = field(default_factory=dict, repr=False, compare=False)

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
            case PartyKind.WORLD if len(listed := self._cidrs(some)) <= _MOST_RANGES:
                yield from (PolicyPeer(ip_block=IPBlock(text)) for text in listed)
            case PartyKind.WORLD:
                yield self._all_but(some)

    def refused(self, kind: PartyKind, some: int) -> Iterator[Peer]:
        """Parties of one kind as a refusal of Cilium's own policies names them, and no others."""
        match kind:
            case PartyKind.POD:
                yield from self._endpoints(some)
            case PartyKind.OWN_NODE:
                yield Entity("host")
            case PartyKind.REMOTE_NODE:
                yield Entity("remote-node")
            case PartyKind.WORLD if len(listed := self._cidrs(some)) <= _MOST_RANGES:
                yield from map(Range, listed)
            case PartyKind.WORLD:
                yield self._all_but(some)
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
        pods = parties & self.parties.pods
        if pods not in self._known:
            found = (place for owner in members(pods) for place in self._classes_in[owner])
            self._known[pods] = bitset(found, len(self.everybody.classes))
        return self._known[pods]

    def _without_others(self, parties: int) -> int:
        """The classes of `everybody` with pods of these alone."""
        torn = (place for place, owners in self._torn if owners & ~parties)
        return self.with_any(parties) & ~bitset(torn, len(self.everybody.classes))

    @cached_property
    def _classes_in(self) -> tuple[tuple[int, ...], ...]:
        """Of each class of the comparison the classes of `everybody` that it has pods of."""
        class_of = {id(pod): owner for pod, owner in zip(self.everybody.pods, self.everybody.class_of, strict=True)}
        population = self.parties.population
        found: list[set[int]] = [set() for _ in population.classes]
        for pod, owner in zip(population.pods, population.class_of, strict=True):
            found[owner].add(class_of[id(pod)])
        return tuple(tuple(sorted(places)) for places in found)

    @cached_property
    def _torn(self) -> tuple[tuple[int, int], ...]:
        """The classes of `everybody` whose addresses tell their pods apart, with all that their pods are here."""
        owners: dict[int, list[int]] = {}
        for owner, places in enumerate(self._classes_in):
            for place in places:
                owners.setdefault(place, []).append(owner)
        return tuple((place, bitset(some, self.parties.size)) for place, some in owners.items() if len(some) > 1)

    def _endpoints(self, some: int) -> Iterator[Peer]:
        for namespace, selector in self.subjects(some):
            yield Endpoints(LabelSelector({_NAMESPACE: namespace, **selector.match_labels}))

    def _cidrs(self, outside: int) -> list[str]:
        return [text for bit in members(outside) for text in cidrs_of(self.parties.range_of(bit))]

    def _all_but(self, outside: int) -> Range:
        """Every address but some: for Cilium pods and nodes are not among them. Raises NoRewriteError."""
        others = (*self.parties.api_server, *self.parties.local_dns)
        left_out = (*self._cidrs(self.parties.outside & ~outside), *map(_as_range, others))
        if len(left_out) > _MOST_RANGES:
            raise NoRewriteError(reasons.RANGES)
        return Range("::/0" if self.parties.family == 6 else "0.0.0.0/0", left_out)


def _block(address: str) -> PolicyPeer:
    return PolicyPeer(ip_block=IPBlock(_as_range(address)))


def _as_range(address: str) -> str:
    return f"{address}/{128 if ':' in address else 32}"


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
