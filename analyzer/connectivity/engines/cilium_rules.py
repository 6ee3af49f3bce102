"""What the rules of Cilium's own policies admit and refuse.

Sources: as for peers and ports; cilium, pkg/policy/rule.go for rules without peers; for refused ranges pull request
26245, for fromRequires and toRequires 42615, for Services with selectors 34208.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from analyzer.addresses import Interval, interval, subtract
from analyzer.bits import EVERY
from analyzer.connectivity.enforcement import Action, Grant, How
from analyzer.connectivity.engines.cilium_peers import PeerReader
from analyzer.connectivity.engines.cilium_ports import numbered, wanted_ports
from analyzer.connectivity.engines.kubernetes import Match, Opening
from analyzer.connectivity.isolation import Direction
from analyzer.connectivity.ports import PortSet
from analyzer.model.objects import CiliumCIDR, CiliumPolicy, CiliumRule, CiliumSpec, LabelSelector
from analyzer.model.version import Version

_RANGES_ARE_REFUSED = Version(1, 14)
_REQUIREMENTS_END = Version(1, 19)
_SERVICES_WITH_PODS = Version(1, 17)


def listed(spec: CiliumSpec, direction: Direction, action: Action) -> tuple[CiliumRule, ...]:
    """The rules of a spec that admit, or refuse, in a direction."""
    if action is Action.DENY:
        return spec.ingress_deny if direction is Direction.INGRESS else spec.egress_deny
    return spec.ingress if direction is Direction.INGRESS else spec.egress


def ranges_of(rule: CiliumRule) -> Iterator[tuple[Interval, ...]]:
    """What each entry of a rule's lists of addresses means, exceptions taken out; nothing for a group of them."""
    yield from (_range(text) for text in (*rule.from_cidr, *rule.to_cidr))
    yield from (subtract(item.cidr, item.except_) for item in (*rule.from_cidr_set, *rule.to_cidr_set))


@dataclass(frozen=True)
class SpecReader:
    """Reads the rules of one spec in one direction."""

    peers: PeerReader
    policy: CiliumPolicy
    place: int
    """The spec's place among those of its policy."""
    direction: Direction

    @property
    def spec(self) -> CiliumSpec:
        """The spec."""
        return self.policy.all_specs[self.place]

    def grants(self, action: Action) -> Iterator[Grant]:
        """What the rules admit, or refuse. Rules are numbered through all specs of the policy."""
        for number, rule in self._numbered(action):
            for peer, match in self._matches(rule, action):
                if match.peers:
                    yield from self._of_match(Grant(number, peer, match.how, match.peers, action=action), match, rule)

    def requirements(self) -> Iterator[Grant]:
        """fromRequires and toRequires narrow what selectors of any policy admit; what may be lost is not known."""
        if self._version >= _REQUIREMENTS_END:
            return
        for number, rule in self._numbered(Action.ALLOW):
            wanted = rule.from_requires if self.direction is Direction.INGRESS else rule.to_requires
            if wanted and (peers := self.peers.pods_without(wanted, self.policy.namespace)):
                yield Grant(number, -1, How.SELECTOR, peers, action=Action.DENY, is_sure=False, row=46)

    def _numbered(self, action: Action) -> Iterator[tuple[int, CiliumRule]]:
        earlier = self.policy.all_specs[: self.place]
        first = sum(len(listed(spec, self.direction, action)) for spec in earlier)
        yield from enumerate(listed(self.spec, self.direction, action), start=first)

    @property
    def _version(self) -> Version:
        return self.peers.settings.version

    def _of_match(self, grant: Grant, match: Match, rule: CiliumRule) -> Iterator[Grant]:
        is_sure = match.is_sure and self._is_sure(rule, match, grant.action)
        for wanted in wanted_ports(rule, self._version):
            for part in self._openings(match.peers, wanted.ports):
                yield Grant(
                    grant.rule,
                    grant.peer,
                    grant.how,
                    part.peers,
                    part.ports,
                    grant.action,
                    is_sure=is_sure and wanted.is_sure,
                    row=wanted.row or part.row or match.row,
                )

    def _is_sure(self, rule: CiliumRule, match: Match, action: Action) -> bool:
        """Whether what a rule says holds: not where peers must prove who they are, and in 1.13 not where addresses
        outside are refused, which a range inside them admits again."""
        if rule.authentication is not None and rule.authentication.mode not in {"", "disabled"}:
            return False
        if action is Action.ALLOW or self._version >= _RANGES_ARE_REFUSED or match.peers == EVERY:
            return True
        return match.how is How.SELECTOR or not match.peers & self.peers.reading.parties.outside

    def _openings(self, peers: int, ports: PortSet) -> Iterator[Opening]:
        """For ingress names are the subject's own (row 25)."""
        if self.direction is Direction.INGRESS:
            yield Opening(peers, ports)
        else:
            yield from numbered(self.peers.reading, self._version, peers, ports)

    def _matches(self, rule: CiliumRule, action: Action) -> Iterator[tuple[int, Match]]:
        """The peers of a rule by their places; a rule with ports alone is one for everybody, and an empty one for
        nobody (row 46)."""
        named = tuple(self._named(rule))
        has_peers = bool(named) or rule.from_endpoints is not None or rule.to_endpoints is not None or rule.to_fqdns
        if not has_peers and (rule.to_ports or rule.icmps):
            yield -1, Match(How.EVERYBODY, EVERY)
        for place, matches in enumerate(named):
            for match in matches:
                yield from ((place, part) for part in self._arriving(match, action))

    def _arriving(self, match: Match, action: Action) -> Iterator[Match]:
        """The control plane's packets may arrive as those of a node or a pod (row 39): what is admitted from its own
        address may miss them, and what is refused to some nodes or pods may hit them."""
        api_servers, disguises = self.peers.reading.parties.api_servers, self.peers.disguises
        if self.direction is Direction.EGRESS or match.peers & disguises in {0, disguises}:
            yield match
            return
        yield match._replace(peers=match.peers & ~api_servers)
        if action is Action.DENY or match.peers & api_servers:
            yield match._replace(peers=api_servers, is_sure=False, row=39)

    def _named(self, rule: CiliumRule) -> Iterator[Iterator[Match]]:
        """What each peer matches. Names in DNS are learnt by a proxy; without it nothing is (row 43)."""
        peers, incoming = self.peers, self.direction is Direction.INGRESS
        for selector in (rule.from_endpoints if incoming else rule.to_endpoints) or ():
            yield peers.endpoints(selector, self.policy.namespace, for_init=self._is_for_init)
        for entity in rule.from_entities if incoming else rule.to_entities:
            yield peers.entity(entity)
        for text in rule.from_cidr if incoming else rule.to_cidr:
            yield peers.addresses(_range(text))
        for item in rule.from_cidr_set if incoming else rule.to_cidr_set:
            yield self._of_set(item)
        for _ in rule.from_groups if incoming else rule.to_groups:
            yield peers.some_addresses(46)
        for _ in rule.to_services:
            yield peers.services(with_pods=self._version >= _SERVICES_WITH_PODS)
        for _ in rule.to_fqdns if peers.settings.has_l7_proxy else ():
            yield peers.some_addresses(43)

    def _of_set(self, item: CiliumCIDR) -> Iterator[Match]:
        if item.cidr_group_ref or item.cidr_group_selector is not None:
            return self.peers.some_addresses(46)
        return self.peers.addresses(subtract(item.cidr, item.except_))

    @property
    def _is_for_init(self) -> bool:
        selector = self.spec.endpoint_selector or LabelSelector()
        keys: Sequence[str] = (*selector.match_labels, *(term.key for term in selector.match_expressions))
        return "reserved:init" in keys


def _range(text: str) -> tuple[Interval, ...]:
    found = interval(text)
    return () if found is None else (found,)
