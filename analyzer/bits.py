"""Sets of small integers as Python ints: bit i stands for member i."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

EVERY = -1
"""Every member, however many there are: all bits of it are set."""

_FEW = 12


def bitset(members: Iterable[int], size: int) -> int:
    """The set of these members, each less than `size`."""
    buffer = bytearray((size >> 3) + 1)
    for member in members:
        buffer[member >> 3] |= 1 << (member & 7)
    return int.from_bytes(buffer, "little")


def members(bits: int) -> Iterator[int]:
    """The members of a set, ascending. Not for EVERY."""
    return _many(bits) if bits.bit_count() > _FEW else _few(bits)


def _few(bits: int) -> Iterator[int]:
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


def _many(bits: int) -> Iterator[int]:
    """Searching the digits beats clearing the lowest bit, which copies the whole number each time."""
    digits = bin(bits)[:1:-1]
    place = digits.find("1")
    while place >= 0:
        yield place
        place = digits.find("1", place + 1)
