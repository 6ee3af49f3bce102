"""Who can talk to whom in one cluster, under any engine: the entry to everything else in this package."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple, assert_never

from analyzer.bits import EVERY, members
from analyzer.connectivity.address_order import parsed
from analyzer.connectivity.blocks import blocks
from analyzer.connectivity.enforcement import Enforcement
from analyzer.connectivity.engines import calico, cilium, none, npm
from analyzer.connectivity.engines.settings import Calico, Cilium, NoEngine, Npm, Settings
from analyzer.connectivity.entrances import Sees, View, views
from analyzer.connectivity.flow import Flow, FlowVerdict, Party, PartyKind, Way
from analyzer.connectivity.isolation import Direction
from analyzer.connectivity.parties import Mentioned, Parties, Surroundings, together
from analyzer.connectivity.party_fold import fold_parties
from analyzer.connectivity.policy_book import mentioned, policy_book, rules, unread_policies
from analyzer.connectivity.population import Population, fold
from analyzer.connectivity.port_atoms import PortAtoms, port_atoms
from analyzer.connectivity.ports import NamedPort, PortSet, Span
from analyzer.connectivity.reach import Block, Evaluation, Shared
from analyzer.connectivity.reading import PolicyBook, Reading
from analyzer.connectivity.selection import Namespaces, namespaces_of
from analyzer.connectivity.surroundings import surroundings
from analyzer.model.fact import Fact, LackingError, Missing, seen
from analyzer.model.objects import ContainerPort, LabelSelector, Pod, Service
from analyzer.model.snapshot import Snapshot


class Admitted(NamedTuple):
    """Ports, as a bitset over the atoms of a comparison."""

    sure: int
    possible: int
    """With the sure ones."""


@dataclass(frozen=True)
class Comparison:
    """Some engines over the same parties and the same cuts of the ports."""

    parties: Parties
    ports: PortAtoms
    engines: tuple[Settings, ...]
    evaluations: tuple[Evaluation, ...]
    """One for each engine."""

    @cached_property
    def blocks(self) -> dict[Direction, tuple[Block, ...]]:
        """The pods of each direction, apart by what selects them under any of the engines."""
        return {direction: blocks(self.parties, self.evaluations, direction) for direction in Direction}

    @cached_property
    def _block_of(self) -> dict[Direction, list[int]]:
        found = {direction: [0] * len(self.parties.population.classes) for direction in Direction}
        for direction, listed in self.blocks.items():
            for place, block in enumerate(listed):
                for owner in members(block.classes):
                    found[direction][owner] = place
        return found

    def block_of(self, direction: Direction, owner: int) -> Block:
        """The block of a class."""
        return self.blocks[direction][self._block_of[direction][owner]]

    def admitted(self, engine: int, direction: Direction, owner: int, peer: int) -> Admitted:
        """The ports on which one class may talk to a peer, as far as its own policies go; a peer is a set of one.

        Of the empty set, a peer that was not read, only what is the same for everybody is sure.
        """
        block = self.block_of(direction, owner)
        sure = possible = 0
        for part in self.evaluations[engine].reach(direction, block.signatures[engine], block.numbers):
            is_sure = part.admitted & peer if peer else part.admitted == self.parties.everybody
            sure |= part.ports if is_sure else 0
            possible |= part.ports if (part.admitted | part.unknown) & (peer or EVERY) else 0
        return Admitted(sure, possible)


@dataclass(frozen=True)
class Analysis:
    """One cluster's pods, policies and surroundings."""

    book: PolicyBook
    population: Population
    around: Surroundings
    services: tuple[Service, ...]
    namespaces: Callable[[], Fact[Namespaces]]
    unread: dict[str, tuple[Missing[object], ...]] = field(default_factory=dict)
    """Of each kind of policy the lists that were not all read."""
    _parties: dict[int, Parties] = field(default_factory=dict, repr=False, compare=False)
    _readings: dict[int, Reading] = field(default_factory=dict, repr=False, compare=False)
    _comparisons: dict[tuple[tuple[Settings, ...], int], Comparison] = field(
        default_factory=dict, repr=False, compare=False
    )
    _enforcements: dict[tuple[Settings, int], Enforcement] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def mentioned(self) -> Mentioned:
        """What policies and Services mention."""
        return mentioned(self.book, self.services)

    @cached_property
    def families(self) -> tuple[int, ...]:
        """4, and 6 where a pod has an address of it."""
        statuses = (pod.status for pod in self.population.pods)
        has_ipv6 = any(":" in item.pod_ip or any(":" in other.ip for other in item.pod_ips) for item in statuses)
        return (4, 6) if has_ipv6 else (4,)

    @cached_property
    def protocols(self) -> frozenset[str]:
        """Those that the cluster may use: TCP and UDP, and SCTP where a pod, a Service or a policy names it."""
        declared = {port.protocol for port in self._declared}
        declared |= {port.protocol for service in self.services for port in service.spec.ports}
        listed = (port for policy in self.book.kubernetes for rule in rules(policy) for port in rule.ports)
        declared |= {port.protocol for port in listed}
        return frozenset(declared & {"SCTP"} | {"TCP", "UDP"})

    @cached_property
    def _declared(self) -> frozenset[ContainerPort]:
        """The ports that containers declare beyond ordinary ones of TCP, each once."""
        containers = (item for pod in self.population.pods for item in pod.spec.containers)
        ports = (port for item in containers for port in item.ports)
        return frozenset(port for port in ports if port.host_port or port.protocol != "TCP")

    def parties(self, family: int = 4) -> Parties:
        """Everybody of one address family."""
        if family not in self._parties:
            self._parties[family] = fold_parties(self.population, self.around, self.mentioned, family)
        return self._parties[family]

    def reading(self, family: int = 4) -> Reading:
        """What an engine reads, for one address family."""
        if family not in self._readings:
            self._readings[family] = Reading(self.book, self.parties(family), self.namespaces, self.population)
        return self._readings[family]

    def enforcement(self, settings: Settings, family: int = 4) -> Enforcement:
        """What an engine makes of the policies. Raises LackingError where it reads a list that was not all read."""
        key = (settings, family)
        if key not in self._enforcements:
            self._require(settings)
            self._enforcements[key] = _enforce(self.reading(family), settings)
        return self._enforcements[key]

    def _require(self, settings: Settings) -> None:
        kinds = {Cilium: ("kubernetes", "cilium"), Calico: ("kubernetes", "calico"), Npm: ("kubernetes",)}
        missing = tuple(item for kind in kinds.get(type(settings), ()) for item in self.unread.get(kind, ()))
        if missing:
            raise LackingError(missing)

    def comparison(self, *engines: Settings, family: int = 4) -> Comparison:
        """Some engines side by side."""
        key = (engines, family)
        if key not in self._comparisons:
            self._comparisons[key] = self._compare(engines, family)
        return self._comparisons[key]

    def _compare(self, engines: tuple[Settings, ...], family: int) -> Comparison:
        parties = self.parties(family)
        enforcements = [self.enforcement(settings, family) for settings in engines]
        atoms = port_atoms(self._spans(enforcements))
        shared = Shared()
        evaluations = tuple(Evaluation(enforcement, parties, atoms, shared) for enforcement in enforcements)
        return Comparison(parties, atoms, engines, evaluations)

    def across(self, pairs: Iterable[tuple[Settings, PolicyBook]], family: int = 4) -> Comparison:
        """Engines side by side, each over policies of its own, between parties that any of those tell apart."""
        listed = tuple(pairs)
        told = [mentioned(book, self.services) for _, book in listed]
        parties = fold_parties(self.population, self.around, together(told), family)
        enforcements = []
        for settings, book in listed:
            self._require(settings)
            enforcements.append(_enforce(Reading(book, parties, self.namespaces, self.population), settings))
        atoms = port_atoms(self._spans(enforcements))
        shared = Shared()
        evaluations = tuple(Evaluation(enforcement, parties, atoms, shared) for enforcement in enforcements)
        return Comparison(parties, atoms, tuple(settings for settings, _ in listed), evaluations)

    def _spans(self, enforcements: Iterable[Enforcement]) -> set[Span]:
        """Every stretch of ports that a rule, a name or a Service names."""
        listed = {
            grant.ports
            for item in enforcements
            for some in item.sections.values()
            for one in some
            for grant in one.grants
        }
        found = {span for ports in listed for span in ports.spans}
        names = {name for ports in listed for name in ports.names}
        names |= {
            NamedPort(port.protocol, port.target_port)
            for service in self.services
            for port in service.spec.ports
            if isinstance(port.target_port, str)
        }
        found.update(
            Span(name.protocol, number, number) for name in names for number in self.population.numbers_of(name)
        )
        found.update(
            Span(port.protocol, port.container_port, port.container_port) for port in self._declared if port.host_port
        )
        found.update(
            Span(port.protocol, number, number)
            for service in self.services
            for port in service.spec.ports
            if isinstance(number := port.target_port or port.port, int)
        )
        return found

    def bit_of(self, party: Party, family: int = 4) -> int:
        """The set of one party; 0 where it has no address of the family or is not in the cluster's records."""
        parties = self.parties(family)
        match party.kind:
            case PartyKind.POD:
                place = self._places(family).get(_key(party.pod)) if party.pod else None
                return 0 if place is None else 1 << parties.population.class_of[place]
            case PartyKind.OWN_NODE:
                return parties.own_node_bit(group) if (group := self._group(party.address, family)) >= 0 else 0
            case PartyKind.REMOTE_NODE:
                return parties.remote_node_bit(group) if (group := self._group(party.address, family)) >= 0 else 0
            case PartyKind.LOCAL_DNS:
                return parties.local_dns_bit(party.address)
            case PartyKind.API_SERVER | PartyKind.WORLD:
                return parties.holding(party.address)
            case _:
                assert_never(party.kind)

    def _group(self, address: str, family: int) -> int:
        """The node group of an address; of one that is no node's the group that lies in the same stretch; -1: none."""
        groups = self.parties(family).node_groups
        for place, group in enumerate(groups):
            if address in group.addresses or (not address and len(groups) == 1):
                return place
        found = parsed(address)
        atom = self.parties(family).atom_at(found[1]) if found and found[0] == family else -1
        return next((place for place, group in enumerate(groups) if group.atom == atom), -1)

    def _places(self, family: int) -> dict[tuple[str, str], int]:
        if family not in self._place_maps:
            pods = self.parties(family).population.pods
            self._place_maps[family] = {_key(pod): place for place, pod in enumerate(pods)}
        return self._place_maps[family]

    @cached_property
    def _place_maps(self) -> dict[int, dict[tuple[str, str], int]]:
        return {}

    def backends_of(self, service: Service, family: int = 4) -> int:
        """The classes of pods that a Service selects; none of a Service without selector."""
        if not service.spec.selector:
            return 0
        selector = LabelSelector(match_labels=service.spec.selector)
        return self.reading(family).selection.pods(selector, service.namespace)

    def verdict(self, settings: Settings, flow: Flow) -> FlowVerdict:
        """What an engine does with one flow. Raises LackingError as `enforcement` does."""
        comparison = self._with(settings, flow.family)
        port = comparison.ports.holding(flow.protocol, flow.port)
        admitted = self._admitted(comparison, settings, flow)
        if admitted.sure & port:
            return FlowVerdict.ALLOWED
        return FlowVerdict.UNKNOWN if admitted.possible & port else FlowVerdict.BLOCKED

    def _with(self, settings: Settings, family: int) -> Comparison:
        """A comparison that the engine is in: one that another question asked for serves as well."""
        known = (found for (engines, of), found in self._comparisons.items() if of == family and settings in engines)
        return next(known, None) or self.comparison(settings, family=family)

    def ports_between(
        self, settings: Settings, source: Party, destination: Party, way: Way = Way.DIRECT, family: int = 4
    ) -> tuple[PortSet, PortSet]:
        """The ports on which one party may talk to another: surely, and possibly, which includes the sure ones."""
        flow = Flow(source, destination, "TCP", 0, way, family)
        comparison = self._with(settings, family)
        admitted = self._admitted(comparison, settings, flow)
        return comparison.ports.port_set(admitted.sure), comparison.ports.port_set(admitted.possible)

    def _admitted(self, comparison: Comparison, settings: Settings, flow: Flow) -> Admitted:
        """Of all ports those that each side admits. Where one of several views holds, what they agree on is sure."""
        everything = comparison.ports.everything
        if flow.way is Way.DIRECT and _is_itself(flow):
            return Admitted(everything, everything)
        engine = comparison.engines.index(settings)
        found = [
            self._viewed(comparison, engine, flow, view)
            for view in views(settings, flow.way, flow.source.kind is PartyKind.POD)
        ]
        sure, possible = found[0]
        for item in found[1:]:
            sure, possible = sure & item.sure, possible | item.possible
        dropped = comparison.evaluations[engine].dropped
        return Admitted(sure & ~dropped, possible & ~dropped)

    def _viewed(self, comparison: Comparison, engine: int, flow: Flow, view: View) -> Admitted:
        sure = possible = comparison.ports.everything
        sides = (
            (Direction.EGRESS, flow.source, flow.destination, view.egress),
            (Direction.INGRESS, flow.destination, flow.source, view.ingress),
        )
        for direction, subject, peer, sees in sides:
            if subject.kind is not PartyKind.POD or sees is Sees.NOTHING:
                continue
            other = peer if sees is Sees.ITSELF else Party(PartyKind.REMOTE_NODE, address=flow.entrance)
            owner = self.bit_of(subject, flow.family).bit_length() - 1
            found = comparison.admitted(engine, direction, owner, self.bit_of(other, flow.family))
            sure, possible = sure & found.sure, possible & found.possible
        return Admitted(sure, comparison.ports.everything if view.doubts else possible)


def _key(pod: Pod) -> tuple[str, str]:
    return pod.namespace, pod.name


def _is_itself(flow: Flow) -> bool:
    """Whether a pod talks to its own address, which never leaves it (row 50)."""
    source, destination = flow.source.pod, flow.destination.pod
    return source is not None and destination is not None and _key(source) == _key(destination)


def _enforce(reading: Reading, settings: Settings) -> Enforcement:
    match settings:
        case NoEngine():
            return none.enforce(reading, settings)
        case Npm():
            return npm.enforce(reading, settings)
        case Calico():
            return calico.enforce(reading, settings)
        case Cilium():
            return cilium.enforce(reading, settings)
        case _:
            assert_never(settings)


def analyse(snapshot: Snapshot, population: Population | None = None) -> Analysis:
    """A snapshot as an analysis: over the pods, nodes and Services that were read, whether those are all or not.

    Lists of policies that were not all read are lacking only for the engines that read them. Whoever has folded the
    pods already hands them in.
    """
    namespaces = snapshot.namespaces.map(namespaces_of)
    return Analysis(
        book=policy_book(snapshot),
        population=population or fold(seen(snapshot.pods)),
        around=surroundings(snapshot),
        services=seen(snapshot.services),
        namespaces=lambda: namespaces,
        unread=unread_policies(snapshot),
    )
