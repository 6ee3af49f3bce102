"""Pods in the order of their addresses: those inside a CIDR are a run of it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from analyzer.addresses import Interval, number
from analyzer.bits import bitset

_CHUNK = 512


@dataclass(frozen=True)
class AddressOrder:
    """The addresses of one family, ascending, with the pods that hold them."""

    numbers: Sequence[int]
    pods: Sequence[int]
    """The place of each address's pod in the population."""
    classes: Sequence[int]
    """The class of each address's pod."""
    class_count: int
    _chunks: dict[int, int] = field(default_factory=dict, repr=False, compare=False)

    def classes_in(self, interval: Interval) -> int:
        """The classes of which at least one pod has an address in a range, as a bitset."""
        start, end = self._run(interval)
        whole = range(-(-start // _CHUNK), end // _CHUNK)
        if not whole:
            return bitset(self.classes[start:end], self.class_count)
        edges = (*self.classes[start : whole.start * _CHUNK], *self.classes[whole.stop * _CHUNK : end])
        found = bitset(edges, self.class_count)
        for chunk in whole:
            found |= self._chunk(chunk)
        return found

    def pods_in(self, interval: Interval, classes: int) -> Iterator[int]:
        """The places of the pods of some classes that have an address in a range, by address."""
        for index in range(*self._run(interval)):
            if classes >> self.classes[index] & 1:
                yield self.pods[index]

    def _run(self, interval: Interval) -> tuple[int, int]:
        return bisect_left(self.numbers, interval.first), bisect_right(self.numbers, interval.last)

    def _chunk(self, chunk: int) -> int:
        if chunk not in self._chunks:
            run = self.classes[chunk * _CHUNK : (chunk + 1) * _CHUNK]
            self._chunks[chunk] = bitset(run, self.class_count)
        return self._chunks[chunk]


def parsed(address: str) -> tuple[int, int] | None:
    """Family and integer of an address, as `number`, but quick for the usual form; None where it is not one."""
    try:
        first, second, third, fourth = address.split(".")
        return 4, _OCTETS[first] << 24 | _OCTETS[second] << 16 | _OCTETS[third] << 8 | _OCTETS[fourth]
    except (ValueError, KeyError):
        return number(address)


_OCTETS = {str(value): value for value in range(256)}


def packed(address: int, pod: int) -> int:
    """An address and its pod as one integer, which sorts quicker than a pair."""
    return address << _PLACE | pod


def in_address_order(pairs: list[int], class_of: Sequence[int], class_count: int) -> AddressOrder:
    """The order of some packed addresses of one family."""
    pairs.sort()
    pods = [item & _MASK for item in pairs]
    return AddressOrder([item >> _PLACE for item in pairs], pods, [class_of[pod] for pod in pods], class_count)


_PLACE = 32
_MASK = (1 << _PLACE) - 1
