"""Nodes in the order of their internal addresses."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from analyzer.addresses import Interval
from analyzer.connectivity.address_order import parsed
from analyzer.model.objects import Node


class NodeAddress(NamedTuple):
    """One InternalIP."""

    family: int
    number: int
    node: str
    text: str


@dataclass(frozen=True)
class NodeAddresses:
    """The InternalIPs of nodes."""

    ordered: tuple[NodeAddress, ...]
    """By family and number."""

    def within(self, intervals: Iterable[Interval]) -> tuple[NodeAddress, ...]:
        """Those in any of some ranges, which do not overlap."""
        return tuple(item for interval in intervals for item in self._run(interval))

    def _run(self, interval: Interval) -> tuple[NodeAddress, ...]:
        start = bisect_left(self.ordered, (interval.family, interval.first), key=_position)
        return self.ordered[start : bisect_right(self.ordered, (interval.family, interval.last), key=_position)]


def node_addresses(nodes: Iterable[Node]) -> NodeAddresses:
    """The InternalIPs of some nodes, in order."""
    found = ((parsed(text), node.name, text) for node in nodes for text in node.internal_ips)
    return NodeAddresses(tuple(sorted(NodeAddress(*place, name, text) for place, name, text in found if place)))


def _position(item: NodeAddress) -> tuple[int, int]:
    return item.family, item.number
