"""Address arithmetic: networks as integer intervals, overlap, containment."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple


class Interval(NamedTuple):
    """A closed range of addresses of one family, as integers."""

    family: int
    """4 or 6."""
    first: int
    last: int


@lru_cache(maxsize=65536)
def interval(cidr: str) -> Interval | None:
    """The range of a CIDR or of a single address; host bits are ignored. None where the text is neither."""
    try:
        network = ipaddress.ip_network(cidr, strict=False)
    except ValueError:
        return None
    return Interval(network.version, int(network.network_address), int(network.broadcast_address))


def overlaps(one: str, other: str) -> bool:
    """Whether two CIDRs of one family share an address. False where either is not a CIDR."""
    left, right = interval(one), interval(other)
    if left is None or right is None or left.family != right.family:
        return False
    return left.first <= right.last and right.first <= left.last


def contains(outer: str, inner: str) -> bool:
    """Whether every address of `inner` is in `outer`. False where either is not a CIDR."""
    return is_covered(inner, (outer,))


def is_covered(cidr: str, ranges: Iterable[str]) -> bool:
    """Whether every address of a CIDR lies in the union of some ranges. False where it is not a CIDR."""
    target = interval(cidr)
    if target is None:
        return False
    known = sorted(found for text in ranges if (found := interval(text)) and found.family == target.family)
    reached = target.first
    for _, first, last in known:
        if first <= reached:
            reached = max(reached, last + 1)
    return reached > target.last


def subtract(cidr: str, cuts: Iterable[str]) -> tuple[Interval, ...]:
    """What is left of a CIDR without some ranges, in order. Empty where it is not a CIDR."""
    target = interval(cidr)
    if target is None:
        return ()
    left: list[Interval] = []
    reached = target.first
    for _, first, last in sorted(cut for text in cuts if (cut := interval(text)) and cut.family == target.family):
        if last < reached or first > target.last:
            continue
        if first > reached:
            left.append(Interval(target.family, reached, first - 1))
        reached = max(reached, last + 1)
    if reached <= target.last:
        left.append(Interval(target.family, reached, target.last))
    return tuple(left)


def prefix_length(cidr: str) -> int | None:
    """The prefix length of a CIDR; None where the text is not one."""
    try:
        return ipaddress.ip_network(cidr, strict=False).prefixlen
    except ValueError:
        return None


def family(cidr: str) -> int | None:
    """4 or 6; None where the text is not a CIDR or address."""
    found = interval(cidr)
    return found.family if found else None


def exact_network(cidr: str) -> str | None:
    """The CIDR in canonical form, if it is an IPv4 network without host bits; else None."""
    try:
        return str(ipaddress.IPv4Network(cidr)) if "/" in cidr else None
    except ValueError:
        return None


def number(address: str) -> tuple[int, int] | None:
    """Family and integer of a single address; None where the text is not one."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return None
    return parsed.version, int(parsed)


def text_of(family: int, address: int) -> str:
    """An address as it is written."""
    return ".".join(map(str, address.to_bytes(4))) if family == 4 else str(ipaddress.IPv6Address(address))


def cidrs_of(item: Interval) -> tuple[str, ...]:
    """A range as the fewest CIDRs, ascending."""
    return tuple(_cidrs(item))


def _cidrs(item: Interval) -> Iterator[str]:
    """Each as wide as its first address is aligned, and as there are addresses left."""
    width = 32 if item.family == 4 else 128
    first = item.first
    while first <= item.last:
        aligned = first | 1 << width
        size = min((aligned & -aligned).bit_length(), (item.last - first + 1).bit_length()) - 1
        yield f"{text_of(item.family, first)}/{width - size}"
        first += 1 << size


def node_capacity(cidr: str) -> int:
    """Nodes that a pod CIDR has room for: each takes a /24, whatever maxPods is. 0 where it is not an IPv4 range.

    Source: learn.microsoft.com/azure/aks/concepts-network-azure-cni-overlay#pods, 2026-07-31.
    """
    length = prefix_length(cidr)
    return 0 if length is None or length > _NODE_PREFIX or family(cidr) != 4 else 2 ** (_NODE_PREFIX - length)


_NODE_PREFIX = 24


def wider(cidr: str) -> str:
    """The range of twice the size that contains an IPv4 or IPv6 network; the network itself where there is none."""
    return str(ipaddress.ip_network(cidr, strict=False).supernet())
