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

from analyzer.addresses import Interval
from analyzer.bits import bitset
from analyzer.connectivity.address_order import parsed
from analyzer.connectivity.flow import PartyKind
from analyzer.connectivity.population import Population
from analyzer.model.objects import Node

_KINDS = (
    PartyKind.POD,
    PartyKind.OWN_NODE,
    PartyKind.REMOTE_NODE,
    PartyKind.LOCAL_DNS,
    PartyKind.API_SERVER,
    PartyKind.WORLD,
)
"""In the order of the bits."""
LAST_ADDRESS = {4: 2**32 - 1, 6: 2**128 - 1}
"""The last address of each family."""


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

    def by_kind(self, parties: int) -> list[tuple[PartyKind, int]]:
        """A set apart by what its members are, empty parts left out. EVERY is everybody."""
        return [(kind, some) for kind, mask in self._masks if (some := parties & mask)]

    @cached_property
    def _masks(self) -> tuple[tuple[PartyKind, int], ...]:
        nodes = self.own_nodes, self.remote_nodes
        masks = (self.pods, *nodes, self.local_dns_parties, self.api_servers, self.outside)
        return tuple(zip(_KINDS, masks, strict=True))

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
        if (item.first, item.last) == (0, LAST_ADDRESS[self.family]):
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
