"""Whom Cilium's own policies name: endpoints by their labels, entities, ranges of addresses.

Sources: docs.cilium.io, "Layer 3 Policies", 1.13 to 1.18; cilium, pkg/k8s/apis/cilium.io/utils/utils.go for the
namespace that a selector is held to, pkg/policy/api/entity.go for entities, pkg/ipcache/metadata.go for the labels of
the API server.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from analyzer.addresses import Interval
from analyzer.connectivity.endpoints import NAMESPACE, NAMESPACE_LABELS, POLICY_LABELS, Endpoints
from analyzer.connectivity.enforcement import How
from analyzer.connectivity.engines.cilium_labels import Selected, is_identity_label, is_negative_operator, of_label
from analyzer.connectivity.engines.kubernetes import Match
from analyzer.connectivity.engines.settings import Cilium
from analyzer.connectivity.parties import Parties
from analyzer.connectivity.reading import Reading
from analyzer.model.objects import LabelSelector, Requirement
from analyzer.model.version import Version
from analyzer.selectors import terms

ENTITIES = frozenset(
    "all world world-ipv4 world-ipv6 cluster host init ingress unmanaged remote-node health none kube-apiserver".split()
)
"""Those that Cilium knows; it rejects a policy that names another."""

_HOST_ANSWERS_DNS = Version(1, 17)
_OF_PODS = ("k8s", "any")
_OF_OTHERS = ("reserved", "any")
_CLUSTER = POLICY_LABELS + "cluster"


class Term(NamedTuple):
    """One requirement of a selector."""

    source: str
    """k8s, reserved, any and so on."""
    key: str
    operator: str
    values: tuple[str, ...]

    @property
    def is_negative(self) -> bool:
        """Whether it matches what lacks the label."""
        return is_negative_operator(self.operator)

    def holds_for(self, labels: frozenset[str]) -> bool:
        """Whether it matches an identity with some reserved labels, which have no values, and no others."""
        if self.source not in _OF_OTHERS or self.key not in labels:
            return self.is_negative
        return self.operator == "Exists" or (
            self.operator in {"In", "NotIn"} and ("" in self.values) != self.is_negative
        )


def parsed_terms(selector: LabelSelector) -> tuple[Term, ...]:
    """The terms of a selector; a key without a source is one of any."""
    found = []
    for text, operator, values in terms(selector):
        source, colon, key = text.partition(":")
        found.append(Term(source, key, operator, values) if colon else Term("any", text, operator, values))
    return tuple(found)


@dataclass(frozen=True)
class PeerReader:
    """Reads selectors, entities and ranges over the parties of one family."""

    reading: Reading
    settings: Cilium
    _known: dict[tuple[Term, ...], Selected] = field(default_factory=dict, repr=False, compare=False)

    def subjects(self, selector: LabelSelector, namespace: str) -> Selected:
        """The classes of pods that a policy of a namespace selects; of every namespace where it is "".

        Its own namespace goes before one that matchLabels name.
        """
        wanted = parsed_terms(selector)
        if namespace:
            named = len(selector.match_labels)
            wanted = (
                *(term for term in wanted[:named] if (term.source, term.key) != ("k8s", NAMESPACE)),
                *wanted[named:],
            )
        inside = self._in_namespace(namespace) if namespace else self._parties.pods
        found = self._pods(wanted)
        return Selected(inside & found.surely, inside & found.possibly)

    def endpoints(self, selector: LabelSelector, namespace: str, *, for_init: bool = False) -> Iterator[Match]:
        """Whom a selector of a rule matches, in a policy of a namespace or, where it is "", a clusterwide one.

        Where it names neither a namespace nor reserved labels it is held to the policy's namespace, or to pods; else
        terms that only exclude match everything without a namespace too (row 8). `for_init`: the policy is one for
        pods that start, which are in no namespace yet.
        """
        wanted = parsed_terms(selector)
        inside = self._held_to(wanted, namespace, for_init)
        found, row = self._pods(wanted), 12 if self._has_other_label(wanted) else 0
        within = self._parties.pods if inside is None else inside
        yield Match(How.SELECTOR, within & found.surely, row=row)
        yield Match(How.SELECTOR, within & found.further, is_sure=False, row=row)
        if inside is None:
            is_reserved = any(term.source == "reserved" for term in wanted)
            yield Match(How.SELECTOR, self._others(wanted), row=0 if is_reserved else 8)

    def entity(self, name: str) -> Iterator[Match]:
        """Whom an entity means. Nobody here is init, health, unmanaged, ingress or none."""
        parties, how = self._parties, How.ENTITY
        match name:
            case "all":
                yield Match(how, -1)
            case "world":
                yield from self._as_world(how, parties.outside | parties.api_servers | self._dns_outside)
            case "world-ipv4" | "world-ipv6" if name.endswith(str(parties.family)):
                yield Match(how, self._world, is_sure=False, row=46)
            case "cluster":
                yield from self._cluster()
            case "host":
                yield Match(how, parties.own_nodes, row=35)
                yield Match(how, self._dns_on_host, row=37)
            case "remote-node":
                yield Match(how, parties.remote_nodes, row=36)
            case "kube-apiserver":
                yield Match(how, parties.api_servers, row=38)

    def addresses(self, ranges: Iterable[Interval]) -> Iterator[Match]:
        """What is in some ranges and is neither a pod nor a node (rows 13 to 16, 37, 38)."""
        yield from self._as_world(How.IP_BLOCK, self._parties.with_address_in(ranges))

    def some_addresses(self, row: int) -> Iterator[Match]:
        """Ranges that are not known: of a group, or of a name in DNS."""
        yield Match(How.IP_BLOCK, self._world, is_sure=False, row=row)

    def services(self, *, with_pods: bool) -> Iterator[Match]:
        """What is behind Services, which are not looked up."""
        found = self._world | (self._parties.pods if with_pods else 0)
        yield Match(How.SELECTOR, found, is_sure=False, row=46)

    def pods_without(self, selectors: Iterable[LabelSelector], namespace: str) -> int:
        """The pods that any of some requirements does not surely match."""
        found = self._parties.pods
        for selector in selectors:
            found &= next(self.endpoints(selector, namespace)).peers
        return self._parties.pods & ~found

    @cached_property
    def disguises(self) -> int:
        """Whose packets those of the control plane may look like."""
        parties = self._parties
        return parties.pods | parties.own_nodes | parties.remote_nodes | parties.api_servers

    @property
    def _parties(self) -> Parties:
        return self.reading.parties

    @cached_property
    def _endpoints(self) -> Endpoints:
        return Endpoints(self._parties.population, self.reading.namespaces)

    @property
    def _dns_on_host(self) -> int:
        return self._parties.local_dns_parties if self.settings.version >= _HOST_ANSWERS_DNS else 0

    @property
    def _dns_outside(self) -> int:
        return self._parties.local_dns_parties & ~self._dns_on_host

    @property
    def _world(self) -> int:
        return self._parties.outside | self._parties.api_servers | self._dns_outside

    def _in_namespace(self, namespace: str) -> int:
        return self._parties.population.in_namespace(namespace)

    def _held_to(self, wanted: tuple[Term, ...], namespace: str, for_init: bool) -> int | None:
        """The pods that a selector is held to; None: it is held to nothing."""
        of_pods = [term.key for term in wanted if term.source in _OF_PODS]
        if any(term.source == "reserved" for term in wanted) or NAMESPACE in of_pods:
            return None
        if not namespace:
            return None if for_init else self._parties.pods
        return None if any(key.startswith(NAMESPACE_LABELS) for key in of_pods) else self._in_namespace(namespace)

    def _as_world(self, how: How, found: int) -> Iterator[Match]:
        """The part of some parties that addresses decide about; whether they do for the API server is not known."""
        yield Match(how, found & self._parties.outside)
        yield Match(how, found & self._dns_outside, row=37)
        yield Match(how, found & self._parties.api_servers, is_sure=False, row=38)

    def _cluster(self) -> Iterator[Match]:
        """Nodes and the API server, and the pods by a label of the cluster that the user's filter may leave out."""
        parties = self._parties
        pods = of_label(parties.pods, 0, is_identity_label(_CLUSTER, self.settings))
        row = 0 if pods.surely else 12
        yield Match(How.ENTITY, pods.surely | parties.own_nodes | parties.remote_nodes | parties.api_servers, row=row)
        yield Match(How.ENTITY, pods.further, is_sure=False, row=12)
        yield Match(How.ENTITY, self._dns_on_host, row=37)

    def _pods(self, wanted: tuple[Term, ...]) -> Selected:
        if wanted not in self._known:
            found = Selected(self._parties.pods, self._parties.pods)
            for term in wanted:
                found = found.also(self._of_term(term))
            self._known[wanted] = found
        return self._known[wanted]

    def _of_term(self, term: Term) -> Selected:
        pods = self._parties.pods
        lacking = pods if term.is_negative else 0
        if term.source not in _OF_PODS:
            return Selected(lacking, lacking)
        is_part = is_identity_label(term.key, self.settings)
        if not term.key.startswith(POLICY_LABELS):
            return of_label(self._having(term), lacking, is_part)
        if term.operator in {"Exists", "DoesNotExist"}:
            return of_label(pods & ~lacking, lacking, is_part)
        return Selected(lacking, lacking) if is_part is False else Selected(0, pods)

    def _having(self, term: Term) -> int:
        """By labels as they are. Raises LackingError where those of namespaces were not all read."""
        by_namespace = term.key.startswith(NAMESPACE_LABELS)
        index = self._endpoints.labels_with_namespaces if by_namespace else self._endpoints.labels
        return index.select(LabelSelector(match_expressions=(Requirement(*term[1:]),)))

    def _has_other_label(self, wanted: Iterable[Term]) -> bool:
        """Whether a term asks for a label that is not, or may not be, part of an identity."""
        keys = (term.key for term in wanted if term.source in _OF_PODS)
        return any(is_identity_label(key, self.settings) is not True for key in keys)

    def _others(self, wanted: tuple[Term, ...]) -> int:
        """What is not a pod and matches every term."""
        parties = self._parties
        identities = (
            (parties.own_nodes | self._dns_on_host, frozenset({"host"})),
            (parties.remote_nodes, frozenset({"remote-node"})),
            (parties.api_servers, frozenset({"kube-apiserver", "world"})),
            (parties.outside | self._dns_outside, frozenset({"world"})),
        )
        found = 0
        for peers, labels in identities:
            if all(term.holds_for(labels) for term in wanted):
                found |= peers
        return found
