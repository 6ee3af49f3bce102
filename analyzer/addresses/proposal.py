"""The smallest free private range for the pods of a cluster, and why each nearer one was rejected.

The order of the spaces: RFC 6598 first, because VNets and sites on premises seldom use it, then RFC 1918.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from itertools import product

from analyzer.addresses.intervals import Interval, interval, prefix_length
from analyzer.addresses.known_range import KnownRange

SPACES = ("100.64.0.0/10", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
"""Where a pod range may be taken from, in the order of preference. Others are not supported:
concepts-network-azure-cni-overlay#kubernetes-service-ip-address-for-dns, 2026-07-31."""
HEADROOM = 1.5
"""Times the demand: what is proposed has room to grow."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """Candidates that come before the proposal, and what they hit."""

    cidr: str
    """The first of them."""
    candidates: int
    """How many neighbours of this size, from the first on, hit the same range."""
    hit: KnownRange | None
    """None: the space is too small to hold one of this size."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A free range, or none."""

    cidr: str | None
    """None: no private range that is large enough is free."""
    rejected: tuple[Rejected, ...]
    """What comes before it in the order of the spaces; in the order in which it was tried."""


def propose(demand: int, taken: Sequence[KnownRange]) -> Proposal:
    """The first free range with room for 1.5 times the demand; else for the demand. `taken` must be all ranges."""
    placed = [(found, item) for item in taken if (found := interval(item.cidr)) and found.family == 4]
    rejected: list[Rejected] = []
    lengths = dict.fromkeys(_prefix_for(nodes) for nodes in (math.ceil(demand * HEADROOM), demand))
    for length, space in product(lengths, SPACES):
        cidr, before = _first_free(space, length, placed)
        rejected += before
        if cidr is not None:
            return Proposal(cidr, tuple(rejected))
    return Proposal(None, tuple(rejected))


def _prefix_for(nodes: int) -> int:
    """The length of the smallest range with a /24 for each node."""
    return 24 - max(nodes - 1, 0).bit_length()


_Placed = Sequence[tuple[Interval, KnownRange]]


def _first_free(space: str, length: int, placed: _Placed) -> tuple[str | None, list[Rejected]]:
    """The first free range of a size in a space, if there is one; and the runs of ranges before it."""
    if length < (prefix_length(space) or 0):
        return None, [Rejected(space, 1, None)]
    first, last = _ends(space)
    size = 2 ** (32 - length)
    rejected: list[Rejected] = []
    while first <= last:
        cidr = f"{IPv4Address(first)}/{length}"
        hits = [(found.last, item) for found, item in placed if found.first < first + size and first <= found.last]
        if not hits:
            return cidr, rejected
        reach, item = max(hits, key=lambda hit: hit[0])
        behind = min(-(-(reach + 1) // size) * size, last + 1)
        rejected.append(Rejected(cidr, (behind - first) // size, item))
        first = behind
    return None, rejected


def _ends(space: str) -> tuple[int, int]:
    network = IPv4Network(space)
    return int(network.network_address), int(network.broadcast_address)
