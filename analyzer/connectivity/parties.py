"""Everybody who can be at one end of a flow, in one address family, folded into what no policy can tell apart.

A set of parties is a bitset. Its lowest bits are classes of pods, those of `Parties.population`; above them stand the
nodes, twice: once as the own node of the pod at the other end and once as a remote one; then node-local DNS, the API
server, and the ranges of all other addresses, cut wherever a policy makes a difference.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from analyzer.addresses import Interval, interval
from analyzer.bits import bitset
from analyzer.connectivity.address_order import parsed
from analyzer.connectivity.flow import PartyKind
from analyzer.connectivity.population import PodClass, Population
from analyzer.model.objects import Node, Pod

_KINDS = (
    PartyKind.POD,
    PartyKind.OWN_NODE,
    PartyKind.REMOTE_NODE,
    PartyKind.LOCAL_DNS,
    PartyKind.API_SERVER,
    PartyKind.WORLD,
)
"""In the order of the bits."""
_LAST = {4: 2**32 - 1, 6: 2**128 - 1}


class NodeGroup(NamedTuple):
    """Nodes whose addresses no range of a policy tells apart."""

    atom: int
    """Place of the stretch of addresses that theirs lie in; -1 where a node has none of the family."""
    nodes: tuple[str, ...]
    """Their names."""
    addresses: tuple[str, ...]
    """Their InternalIPs, in the order of the names."""


@dataclass(frozen=True)
class Surroundings:
    """What is known of a cluster beside its pods."""

    nodes: tuple[Node, ...] = ()
    api_server: tuple[str, ...] = ()
    """The addresses behind the Service default/kubernetes."""
    local_dns: tuple[str, ...] = ()
    """The link-local addresses on which a host process answers DNS."""
    never_outside: tuple[str, ...] = ()
    """Ranges in which no address is outside the cluster: an overlay's pod CIDR, the service CIDR."""


@dataclass(frozen=True)
class Parties:
    """The parties of one family. Bits of what is not a pod stand above `population`'s classes."""

    family: int
    population: Population
    """The live pods with a network of their own and, of IPv6, an address of it. Classes are told apart by namespace, by
    the labels and named ports that policies and Services mention, and by the stretch of addresses that they lie in."""
    boundaries: tuple[int, ...]
    """The first address of each stretch that no range of a policy divides, ascending from 0."""
    atom_of_class: tuple[int, ...]
    """Of each class the place of its stretch, or of another that the same ranges hold; -1 where its pods have no
    address yet."""
    node_groups: tuple[NodeGroup, ...]
    local_dns: tuple[str, ...]
    api_server: tuple[str, ...]
    world: tuple[Interval, ...]
    """Stretches with addresses that are nobody's of the above, ascending."""
    other_family_first: int = 0
    """The classes whose pods have the other family's address as their first one."""
    _by_range: dict[Interval, int] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def pods(self) -> int:
        """All classes of pods."""
        return (1 << len(self.population.classes)) - 1

    @cached_property
    def own_nodes(self) -> int:
        """The nodes, each as the own node of the pod at the other end."""
        return self._run(self._own, len(self.node_groups))

    @cached_property
    def remote_nodes(self) -> int:
        """The nodes, each as another node than that of the pod at the other end."""
        return self._run(self._own + len(self.node_groups), len(self.node_groups))

    @cached_property
    def local_dns_parties(self) -> int:
        """The addresses of node-local DNS."""
        return self._run(self._dns, len(self.local_dns))

    @cached_property
    def api_servers(self) -> int:
        """The addresses of the API server."""
        return self._run(self._api, len(self.api_server))

    @cached_property
    def outside(self) -> int:
        """All other addresses."""
        return self._run(self._outside, len(self.world))

    @cached_property
    def everybody(self) -> int:
        """All parties."""
        return (1 << self.size) - 1

    @property
    def size(self) -> int:
        """How many bits there are."""
        return self._outside + len(self.world)

    @property
    def _own(self) -> int:
        return len(self.population.classes)

    @property
    def _dns(self) -> int:
        return self._own + 2 * len(self.node_groups)

    @property
    def _api(self) -> int:
        return self._dns + len(self.local_dns)

    @property
    def _outside(self) -> int:
        return self._api + len(self.api_server)

    @staticmethod
    def _run(first: int, count: int) -> int:
        return ((1 << count) - 1) << first

    def kind_of(self, bit: int) -> PartyKind:
        """What one bit stands for."""
        return _KINDS[bisect_right(self._limits, bit)]

    @cached_property
    def _limits(self) -> tuple[int, ...]:
        return self._own, self._own + len(self.node_groups), self._dns, self._api, self._outside

    def by_kind(self, parties: int) -> Iterator[tuple[PartyKind, int]]:
        """A set apart by what its members are, empty parts left out. EVERY is everybody."""
        yield from ((kind, parties & mask) for kind, mask in zip(_KINDS, self._masks, strict=True) if parties & mask)

    @cached_property
    def _masks(self) -> tuple[int, ...]:
        pods, nodes = self.pods, (self.own_nodes, self.remote_nodes)
        return pods, *nodes, self.local_dns_parties, self.api_servers, self.outside

    def node_group_of(self, bit: int) -> NodeGroup:
        """The nodes that an own-node or remote-node bit stands for."""
        return self.node_groups[(bit - self._own) % len(self.node_groups)]

    def own_node_bit(self, group: int) -> int:
        """The set that holds a group of nodes as own nodes."""
        return 1 << self._own + group

    def remote_node_bit(self, group: int) -> int:
        """The set that holds a group of nodes as remote nodes."""
        return 1 << self._own + len(self.node_groups) + group

    def local_dns_of(self, bit: int) -> str:
        """The address that a node-local DNS bit stands for."""
        return self.local_dns[bit - self._dns]

    def local_dns_bit(self, address: str) -> int:
        """The set that holds an address of node-local DNS; 0 where nothing answers there."""
        return 1 << self._dns + self.local_dns.index(address) if address in self.local_dns else 0

    def atom_at(self, address: int) -> int:
        """The place of the stretch that an address lies in."""
        return bisect_right(self.boundaries, address) - 1

    def api_server_of(self, bit: int) -> str:
        """The address that an API server bit stands for."""
        return self.api_server[bit - self._api]

    def range_of(self, bit: int) -> Interval:
        """The addresses that a bit of the outside stands for."""
        return self.world[bit - self._outside]

    def holding(self, address: str) -> int:
        """The set of the outside range, or the API server, that an address belongs to; 0 where it is none of them."""
        if address in self.api_server:
            return 1 << self._api + self.api_server.index(address)
        found = parsed(address)
        if found is None or found[0] != self.family:
            return 0
        place = bisect_right(self._world_firsts, found[1]) - 1
        return 1 << self._outside + place if place >= 0 and found[1] <= self.world[place].last else 0

    def with_address_in(self, intervals: Iterable[Interval]) -> int:
        """All parties of every kind whose addresses lie in some ranges, which must be among those that cut."""
        found = 0
        for item in intervals:
            if item.family != self.family:
                continue
            if item not in self._by_range:
                self._by_range[item] = self._in_range(item)
            found |= self._by_range[item]
        return found

    def _in_range(self, item: Interval) -> int:
        first = bisect_left(self.boundaries, item.first)
        last = bisect_right(self.boundaries, item.last)
        if (item.first, item.last) == (0, _LAST[self.family]):
            return self._with_address
        found = bitset(self._classes_between(first, last), self.size)
        for place, group in enumerate(self.node_groups):
            if first <= group.atom < last:
                found |= self.own_node_bit(place) | self.remote_node_bit(place)
        found |= self._listed(self.local_dns, self._dns, item) | self._listed(self.api_server, self._api, item)
        start = bisect_left(self._world_firsts, item.first)
        return found | self._run(self._outside + start, bisect_right(self._world_firsts, item.last) - start)

    @cached_property
    def _with_address(self) -> int:
        lacking = bitset((place for place, atom in enumerate(self.atom_of_class) if atom < 0), self.size)
        for place, group in enumerate(self.node_groups):
            if group.atom < 0:
                lacking |= self.own_node_bit(place) | self.remote_node_bit(place)
        return self.everybody & ~lacking

    def _classes_between(self, first: int, last: int) -> Iterator[int]:
        atoms, classes = self._classes_by_atom
        yield from classes[bisect_left(atoms, first) : bisect_left(atoms, last)]

    @cached_property
    def _classes_by_atom(self) -> tuple[list[int], list[int]]:
        order = sorted(range(len(self.atom_of_class)), key=self.atom_of_class.__getitem__)
        return [self.atom_of_class[place] for place in order], order

    @cached_property
    def _world_firsts(self) -> list[int]:
        return [item.first for item in self.world]

    @staticmethod
    def _listed(addresses: Sequence[str], first: int, item: Interval) -> int:
        found = 0
        for place, address in enumerate(addresses):
            if (known := parsed(address)) and known[0] == item.family and item.first <= known[1] <= item.last:
                found |= 1 << first + place
        return found


@dataclass(frozen=True)
class Mentioned:
    """What policies and Services mention, and so may tell pods apart."""

    labels: frozenset[str] = frozenset()
    """Keys of pod labels."""
    port_names: frozenset[str] = frozenset()
    ranges: frozenset[Interval] = frozenset()
    """Of both families: ipBlocks without their exceptions, and every other range that a rule names."""


def together(told: Sequence[Mentioned]) -> Mentioned:
    """What any of some books of policies mentions."""
    return Mentioned(
        frozenset().union(*(item.labels for item in told)),
        frozenset().union(*(item.port_names for item in told)),
        frozenset().union(*(item.ranges for item in told)),
    )


def fold_parties(population: Population, around: Surroundings, mentioned: Mentioned, family: int = 4) -> Parties:
    """The parties of one family."""
    used = [item for item in mentioned.ranges if item.family == family]
    inside = [item for text in around.never_outside if (item := interval(text)) and item.family == family]
    boundaries = tuple(sorted({0, *(edge for item in (*used, *inside) for edge in (item.first, item.last + 1))}))
    folded, stretches, numbers = _folded(
        population, mentioned, _Stretches(boundaries, _alike(boundaries, used)), family
    )
    atoms = tuple(atom for atom, _ in stretches)
    other = bitset((place for place, (_, is_first) in enumerate(stretches) if not is_first), len(stretches))
    groups = _node_groups(around.nodes, boundaries, family)
    api = tuple(sorted({text for text in around.api_server if (found := parsed(text)) and found[0] == family}))
    dns = tuple(text for text in around.local_dns if (found := parsed(text)) and found[0] == family)
    taken = _taken(numbers, groups, (*api, *dns), family)
    world = tuple(_world(boundaries, taken, inside, family))
    return Parties(family, folded, boundaries, atoms, groups, dns, api, world, other)


class _Stretches(NamedTuple):
    """The stretches of addresses, and of each the first one that the same ranges hold."""

    boundaries: tuple[int, ...]
    alike: tuple[int, ...]

    def like(self, address: int) -> int:
        """The stretch that stands for an address."""
        return self.alike[bisect_right(self.boundaries, address) - 1]


def _alike(boundaries: tuple[int, ...], used: list[Interval]) -> tuple[int, ...]:
    """Of each stretch the first one that just the same ranges hold: no policy tells the pods of both apart."""
    turns: dict[int, int] = {}
    for number, item in enumerate(dict.fromkeys(used)):
        for edge in (item.first, item.last + 1):
            turns[edge] = turns.get(edge, 0) ^ 1 << number
    holding = 0
    first: dict[int, int] = {}
    found: list[int] = []
    for place, boundary in enumerate(boundaries):
        holding ^= turns.get(boundary, 0)
        found.append(first.setdefault(holding, place))
    return tuple(found)


def _folded(
    population: Population, mentioned: Mentioned, stretches_of: _Stretches, family: int
) -> tuple[Population, list[tuple[int, bool]], list[int]]:
    """The population with only the labels and port names that are mentioned, apart by stretches of addresses; of each
    class its stretch, and whether the family's address is its pods' first; and all addresses."""
    reduced = [_reduced(item, mentioned) for item in population.classes]
    known: dict[tuple[int, int, bool], int] = {}
    addresses: list[int] = []
    numbers: dict[tuple[object, ...], int] = {}
    names = [numbers.setdefault(item, len(numbers)) for item, _ in reduced]
    pods: list[Pod] = []
    class_of: list[int] = []
    classes: list[PodClass] = []
    stretches: list[tuple[int, bool]] = []
    for pod, old in zip(population.pods, population.class_of, strict=True):
        if population.classes[old].host_network:
            continue
        address = _address(pod, family)
        if address is None and (family == 6 or pod.addresses):
            continue
        atom = -1
        if address is not None:
            addresses.append(address)
            atom = stretches_of.like(address)
        is_first = (":" in pod.status.pod_ip) is (family == 6)
        key = (names[old], atom, is_first)
        place = known.get(key)
        if place is None:
            place = known[key] = len(classes)
            classes.append(reduced[old][1])
            stretches.append((atom, is_first))
        pods.append(pod)
        class_of.append(place)
    return Population(tuple(pods), class_of, tuple(classes)), stretches, addresses


def _reduced(item: PodClass, mentioned: Mentioned) -> tuple[tuple[object, ...], PodClass]:
    labels = {key: value for key, value in item.labels.items() if key in mentioned.labels}
    ports = tuple(port for port in item.named_ports if port[1] in mentioned.port_names)
    key = (item.namespace, ports, *sorted(labels.items()))
    return key, PodClass(item.namespace, labels, ports, False)


def _address(pod: Pod, family: int) -> int | None:
    first = parsed(pod.status.pod_ip) if pod.status.pod_ip else None
    if first and first[0] == family:
        return first[1]
    for text in pod.addresses:
        if (found := parsed(text)) and found[0] == family:
            return found[1]
    return None


def _node_groups(nodes: Iterable[Node], boundaries: tuple[int, ...], family: int) -> tuple[NodeGroup, ...]:
    """The nodes by the stretch of their first address of the family; a cluster without any has one group for all."""
    found: dict[int, list[tuple[str, str]]] = {}
    for node in nodes:
        known = [(number[1], text) for text in node.internal_ips if (number := parsed(text)) and number[0] == family]
        atom, text = (bisect_right(boundaries, known[0][0]) - 1, known[0][1]) if known else (-1, "")
        found.setdefault(atom, []).append((node.name, text))
    if not found:
        return (NodeGroup(-1, (), ()),)
    return tuple(
        NodeGroup(atom, tuple(name for name, _ in items), tuple(text for _, text in items))
        for atom, items in sorted((atom, sorted(items)) for atom, items in found.items())
    )


def _taken(pods: list[int], groups: Iterable[NodeGroup], others: Iterable[str], family: int) -> list[int]:
    """The addresses that are somebody's, ascending, each once."""
    texts = (*(text for group in groups for text in group.addresses), *others)
    known = {found[1] for text in texts if (found := parsed(text)) and found[0] == family}
    return sorted(known.union(pods))


def _world(boundaries: tuple[int, ...], taken: list[int], inside: list[Interval], family: int) -> Iterator[Interval]:
    """The stretches that hold an address which is nobody's."""
    for first, after in zip(boundaries, (*boundaries[1:], _LAST[family] + 1), strict=True):
        if first > _LAST[family] or any(item.first <= first and after - 1 <= item.last for item in inside):
            continue
        if bisect_left(taken, after) - bisect_left(taken, first) < after - first:
            yield Interval(family, first, after - 1)
