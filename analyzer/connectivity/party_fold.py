"""From pods, nodes and ranges to the parties of one address family: what no policy can tell apart is folded."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from analyzer.addresses import Interval, interval
from analyzer.bits import bitset
from analyzer.connectivity.address_order import parsed
from analyzer.connectivity.parties import LAST_ADDRESS, Mentioned, NodeGroup, Parties, Surroundings
from analyzer.connectivity.population import PodClass, Population
from analyzer.model.objects import Node, Pod


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
    for first, after in zip(boundaries, (*boundaries[1:], LAST_ADDRESS[family] + 1), strict=True):
        if first > LAST_ADDRESS[family] or any(item.first <= first and after - 1 <= item.last for item in inside):
            continue
        if bisect_left(taken, after) - bisect_left(taken, first) < after - first:
            yield Interval(family, first, after - 1)
