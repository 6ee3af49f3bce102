"""The pods of a cluster, folded: those that no selector and no named port can tell apart are one class."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from typing import NamedTuple

from analyzer.addresses import Interval
from analyzer.bits import EVERY, bitset, members
from analyzer.connectivity.address_order import AddressOrder, in_address_order, packed, parsed
from analyzer.connectivity.ports import NamedPort, NumbersByName
from analyzer.model.objects import Pod, PodSpec
from analyzer.selectors import LabelIndex


class PodClass(NamedTuple):
    """What all pods of one class share."""

    namespace: str
    labels: Mapping[str, str]
    named_ports: tuple[tuple[str, str, int], ...]
    """Protocol, name and number of each named port that containers declare, in order; none of host-network pods."""
    host_network: bool


@dataclass(frozen=True)
class Population:
    """Live pods. Sets of classes are bitsets over `classes`; a pod is named by its place in `pods`."""

    pods: tuple[Pod, ...]
    """Without Succeeded and Failed ones: they have no address and no traffic."""
    class_of: Sequence[int]
    """The class of each pod."""
    classes: tuple[PodClass, ...]
    _by_namespace: dict[str, int] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def labels(self) -> LabelIndex:
        """The classes by their labels."""
        return LabelIndex([item.labels for item in self.classes])

    @cached_property
    def on_host(self) -> int:
        """The classes of host-network pods: no policy isolates them, no selector of a peer finds them."""
        return bitset((place for place, item in enumerate(self.classes) if item.host_network), len(self.classes))

    @cached_property
    def plain(self) -> int:
        """The classes of pods with a network of their own."""
        return self.labels.everything & ~self.on_host

    def in_namespace(self, namespace: str) -> int:
        """The classes of one namespace."""
        if namespace not in self._by_namespace:
            places = self._namespaces.get(namespace, ())
            self._by_namespace[namespace] = bitset(places, len(self.classes))
        return self._by_namespace[namespace]

    @property
    def namespaces(self) -> tuple[str, ...]:
        """The names of the namespaces that have pods."""
        return tuple(self._namespaces)

    @cached_property
    def _namespaces(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for place, item in enumerate(self.classes):
            found.setdefault(item.namespace, []).append(place)
        return found

    def pods_of(self, classes: int) -> Iterator[int]:
        """The places of the pods of some classes, class by class."""
        order, class_of = self._by_class, self.class_of
        for place in members(classes):
            index = bisect_left(order, place, key=class_of.__getitem__)
            while index < len(order) and class_of[order[index]] == place:
                yield order[index]
                index += 1

    def count(self, classes: int) -> int:
        """How many pods some classes hold."""
        return sum(size * (alike & classes).bit_count() for size, alike in self._by_size)

    @cached_property
    def _by_size(self) -> tuple[tuple[int, int], ...]:
        """Each number of pods that classes have, with those classes."""
        places: dict[int, list[int]] = {}
        for place, size in enumerate(self._sizes):
            places.setdefault(size, []).append(place)
        return tuple((size, bitset(found, len(self.classes))) for size, found in places.items())

    def size_of(self, place: int) -> int:
        """How many pods one class holds."""
        return self._sizes[place]

    @cached_property
    def _sizes(self) -> list[int]:
        sizes = [0] * len(self.classes)
        for place in self.class_of:
            sizes[place] += 1
        return sizes

    @cached_property
    def _by_class(self) -> list[int]:
        return sorted(range(len(self.pods)), key=self.class_of.__getitem__)

    def numbers_of(self, name: NamedPort) -> tuple[int, ...]:
        """All numbers that pods with a network of their own give to a name, ascending; empty where none defines it."""
        return tuple(sorted({number for numbers in self._numbers.get(name, {}) for number in numbers}))

    def by_numbers(self, classes: int, names: Iterable[NamedPort]) -> Iterator[tuple[int, NumbersByName]]:
        """Some classes, apart by the numbers that they give to some names; without names all together."""
        parts: list[tuple[int, dict[NamedPort, tuple[int, ...]]]] = [(classes, {})]
        for name in sorted(names):
            parts = [part for old in parts for part in self._split(old, name)]
        yield from parts

    def _split(
        self, part: tuple[int, dict[NamedPort, tuple[int, ...]]], name: NamedPort
    ) -> Iterator[tuple[int, dict[NamedPort, tuple[int, ...]]]]:
        classes, numbers = part
        for found, holders in self._numbers.get(name, {}).items():
            if together := classes & holders:
                yield together, numbers | {name: found}
                classes &= ~holders
        if classes:
            yield classes, numbers

    @cached_property
    def _numbers(self) -> dict[NamedPort, dict[tuple[int, ...], int]]:
        """Of each name the classes that define it, by their numbers for it."""
        alike: dict[tuple[tuple[str, str, int], ...], list[int]] = {}
        for place, item in enumerate(self.classes):
            alike.setdefault(item.named_ports, []).append(place)
        found: dict[NamedPort, dict[tuple[int, ...], int]] = {}
        for ports, places in alike.items():
            bits = bitset(places, len(self.classes))
            for name, group in groupby(ports, key=lambda port: NamedPort(port[0], port[1])):
                by_numbers = found.setdefault(name, {})
                numbers = tuple(number for _, _, number in group)
                by_numbers[numbers] = by_numbers.get(numbers, 0) | bits
        return found

    def classes_with_address_in(self, intervals: Iterable[Interval]) -> int:
        """The classes of which a pod with a network of its own has an address in one of some ranges."""
        found = 0
        for interval in intervals:
            found |= self._addresses[interval.family].classes_in(interval)
        return found

    def pods_with_address_in(self, intervals: Iterable[Interval], classes: int = EVERY) -> Iterator[int]:
        """The places of such pods, by address; a pod with several addresses there comes several times."""
        for interval in intervals:
            yield from self._addresses[interval.family].pods_in(interval, classes)

    @cached_property
    def _addresses(self) -> dict[int, AddressOrder]:
        found: dict[int, list[int]] = {4: [], 6: []}
        for place, pod in enumerate(self.pods):
            if not pod.spec.host_network:
                for address in [item.ip for item in pod.status.pod_ips] or pod.addresses:
                    if known := parsed(address):
                        found[known[0]].append(packed(known[1], place))
        return {kind: in_address_order(pairs, self.class_of, len(self.classes)) for kind, pairs in found.items()}


def fold(pods: Iterable[Pod]) -> Population:
    """The live ones of some pods, folded by namespace, labels, named ports and host network."""
    live: list[Pod] = []
    class_of: list[int] = []
    classes: list[PodClass] = []
    known: dict[tuple[object, ...], int] = {}
    for pod in pods:
        if pod.has_ended:
            continue
        metadata, spec = pod.metadata, pod.spec
        labels = metadata.labels
        ports = () if spec.host_network else _named_ports(spec)
        key = (metadata.namespace, spec.host_network, ports, *labels, *labels.values())
        place = known.get(key)
        if place is None:
            place = known[key] = len(classes)
            classes.append(PodClass(metadata.namespace, labels, ports, spec.host_network))
        live.append(pod)
        class_of.append(place)
    return Population(tuple(live), class_of, tuple(classes))


def _named_ports(spec: PodSpec) -> tuple[tuple[str, str, int], ...]:
    """Of the containers that run as long as the pod: the ordinary ones, and init containers that restart."""
    found: tuple[tuple[str, str, int], ...] = ()
    for container in spec.containers:
        for port in container.ports:
            if port.name:
                found += ((port.protocol, port.name, port.container_port),)
    for container in spec.init_containers:
        if container.restart_policy == "Always":
            found += tuple((port.protocol, port.name, port.container_port) for port in container.ports if port.name)
    return found if len(found) < 2 else tuple(sorted(set(found)))
