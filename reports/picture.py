"""The address-space picture: ranges of very different size on one segmented axis. Geometry only."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from itertools import accumulate

from analyzer.addresses import Interval, interval
from analyzer.model.report import AddressRange

MOST_BARS = 24
"""Bars of one picture; the table has every range."""
_TOP, _PITCH, _BAR_DOWN, _BAR_HEIGHT, _AXIS = 6, 36, 18, 11, 22
"""Pixels: above the first row, a row, from a row's top to its bar, a bar, the axis."""
_GAP_WEIGHT = 1.5
"""Width of unused space between ranges, whatever its size; a used segment weighs the logarithm of its size."""
_FACES = (
    ("pod CIDR asked for", "asked"),
    ("pod CIDR proposed", "proposed"),
    ("pod CIDR", "pods"),
    ("service", "services"),
    ("virtual network", "network"),
    ("subnet", "subnet"),
    ("peered", "peered"),
    ("route", "peered"),
    ("on premises", "peered"),
)


@dataclass(frozen=True, slots=True)
class Bar:
    """One range. x and width in per cent, y in pixels."""

    range: AddressRange
    face: str
    """How it is drawn: asked, proposed, pods, services, network, subnet, peered, other."""
    x: str
    width: str
    text_y: int
    y: int
    overlaps: int
    """Other ranges that it overlaps and should not."""


@dataclass(frozen=True, slots=True)
class Band:
    """Addresses that two ranges share and should not, across the rows between them."""

    x: str
    width: str
    y: int
    height: int


@dataclass(frozen=True, slots=True)
class Tick:
    """Where the axis starts again after a stretch of unused addresses."""

    x: str
    address: str


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything to draw for one address family."""

    family: int
    height: int
    axis_y: int
    bar_height: int
    bars: tuple[Bar, ...]
    bands: tuple[Band, ...]
    ticks: tuple[Tick, ...]
    cuts: tuple[str, ...]
    """Where unused addresses are left out, in per cent."""
    left_out: int
    """Ranges of this family that are in the table only."""


def pictures(ranges: Sequence[AddressRange]) -> tuple[Picture, ...]:
    """One picture for each address family with ranges to compare, IPv4 first. What is not a CIDR is not drawn."""
    placed = [(item, found) for item in ranges if (found := interval(item.cidr))]
    families = (4, 6)
    of_family = ([pair for pair in placed if pair[1].family == family] for family in families)
    return tuple(_picture(family, pairs) for family, pairs in zip(families, of_family, strict=True) if len(pairs) > 1)


def size(cidr: str) -> str:
    """How many addresses a range has: 65,536, or 2^64; empty where it is not a range."""
    found = interval(cidr)
    if found is None:
        return ""
    addresses = found.last - found.first + 1
    return f"{addresses:,}" if addresses < 2**33 else f"2^{addresses.bit_length() - 1}"


Placed = tuple[AddressRange, Interval]


def _picture(family: int, pairs: Sequence[Placed]) -> Picture:
    shown = _most_telling(pairs)
    axis = _Axis.over(found for _, found in shown)
    bars = tuple(_bar(row, item, found, axis) for row, (item, found) in enumerate(shown))
    axis_y = _TOP + _PITCH * len(bars) + 4
    return Picture(
        family=family,
        height=axis_y + _AXIS,
        axis_y=axis_y,
        bar_height=_BAR_HEIGHT,
        bars=bars,
        bands=_bands(shown, axis),
        ticks=axis.ticks(),
        cuts=axis.cuts(),
        left_out=len(pairs) - len(shown),
    )


def _most_telling(pairs: Sequence[Placed]) -> list[Placed]:
    """What fits, in the report's order: pod and service ranges and what they overlap go before all others."""
    shared = {_cidr_of(text) for item, _ in pairs for text in item.overlaps}

    def rank(place: int) -> tuple[int, int]:
        item = pairs[place][0]
        if _face(item) in ("asked", "proposed", "pods", "services") or item.cidr in shared:
            return 0, place
        return (1 if _face(item) == "network" else 2), place

    kept = sorted(sorted(range(len(pairs)), key=rank)[:MOST_BARS])
    return [pairs[place] for place in kept]


def _cidr_of(overlap: str) -> str:
    """The CIDR that an entry of `AddressRange.overlaps` begins with."""
    return overlap.partition(" ")[0]


def _face(item: AddressRange) -> str:
    return next((face for start, face in _FACES if item.role.startswith(start)), "other")


def _bar(row: int, item: AddressRange, found: Interval, axis: _Axis) -> Bar:
    top = _TOP + _PITCH * row
    x, width = axis.span(found.first, found.last)
    return Bar(item, _face(item), x, width, top + 12, top + _BAR_DOWN, len(item.overlaps))


def _bands(shown: Sequence[Placed], axis: _Axis) -> tuple[Band, ...]:
    return tuple(
        _band(axis, (row, other), (max(one.first, two.first), min(one.last, two.last)))
        for row, (item, one) in enumerate(shown)
        for other, (against, two) in enumerate(shown)
        if other != row and any(_cidr_of(text) == against.cidr for text in item.overlaps)
    )


def _band(axis: _Axis, between: tuple[int, int], shared: tuple[int, int]) -> Band:
    x, width = axis.span(*shared)
    upper, lower = min(between), max(between)
    y = _TOP + _PITCH * upper + _BAR_DOWN - 3
    return Band(x, width, y, _PITCH * (lower - upper) + _BAR_HEIGHT + 6)


@dataclass(frozen=True, slots=True)
class _Axis:
    """Addresses to per cent. Between two edges lies one segment, in a range or unused."""

    edges: tuple[int, ...]
    """First addresses of the segments, then the address behind the last one."""
    places: tuple[float, ...]
    """Of each edge, in per cent."""
    used: tuple[bool, ...]
    """Of each segment."""
    family: int

    @classmethod
    def over(cls, intervals: Iterable[Interval]) -> _Axis:
        """The axis that has an edge wherever a range begins or ends."""
        known = tuple(intervals)
        edges = sorted({edge for found in known for edge in (found.first, found.last + 1)})
        used = [any(one.first <= start <= one.last for one in known) for start in edges[:-1]]
        weights = [
            2 + math.log2(end - start) if inside else _GAP_WEIGHT
            for start, end, inside in zip(edges, edges[1:], used, strict=False)
        ]
        reached = accumulate(weights, initial=0.0)
        places = tuple(weight * 100 / sum(weights) for weight in reached)
        return cls(tuple(edges), places, tuple(used), known[0].family)

    def span(self, first: int, last: int) -> tuple[str, str]:
        """Start and width of a stretch that begins and ends at edges."""
        start = self.places[bisect_left(self.edges, first)]
        end = self.places[bisect_left(self.edges, last + 1)]
        return _percent(start), _percent(end - start)

    def ticks(self) -> tuple[Tick, ...]:
        """The first address of each stretch of used addresses."""
        starts = [place for place, inside in enumerate(self.used) if inside and not (place and self.used[place - 1])]
        return tuple(Tick(_percent(self.places[place]), self._address(self.edges[place])) for place in starts)

    def cuts(self) -> tuple[str, ...]:
        """The middle of each stretch of unused addresses."""
        unused = [place for place, inside in enumerate(self.used) if not inside]
        return tuple(_percent((self.places[place] + self.places[place + 1]) / 2) for place in unused)

    def _address(self, number: int) -> str:
        return str(IPv4Address(number) if self.family == 4 else IPv6Address(number))


def _percent(value: float) -> str:
    return f"{value:.2f}%"
