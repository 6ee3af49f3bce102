"""Sets of parties in another book's words: the same pods, nodes and addresses, cut more finely."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from analyzer.bits import members
from analyzer.connectivity.parties import Parties


@dataclass(frozen=True)
class Translation:
    """From parties to those that are cut by more labels and ranges."""

    coarse: Parties
    fine: Parties
    _known: dict[int, int] = field(default_factory=dict, repr=False)

    def of(self, parties: int) -> int:
        """The same set. Not for EVERY."""
        if parties not in self._known:
            found = 0
            for bit in members(parties):
                found |= self._table[bit]
            self._known[parties] = found
        return self._known[parties]

    @cached_property
    def _table(self) -> list[int]:
        return [*self._of_classes(), *self._of_nodes(), *self._of_others()]

    def _of_classes(self) -> list[int]:
        """Both list the same pods in the same order."""
        found: list[set[int]] = [set() for _ in self.coarse.population.classes]
        pairs = zip(self.coarse.population.class_of, self.fine.population.class_of, strict=True)
        for old, new in pairs:
            found[old].add(new)
        return [sum(1 << place for place in places) for places in found]

    def _of_nodes(self) -> Iterator[int]:
        for bits in (self.fine.own_node_bit, self.fine.remote_node_bit):
            for group in self.coarse.node_groups:
                yield sum(
                    bits(place)
                    for place, other in enumerate(self.fine.node_groups)
                    if set(other.nodes) & set(group.nodes) or other.nodes == group.nodes
                )

    def _of_others(self) -> Iterator[int]:
        yield from (self.fine.local_dns_bit(address) for address in self.coarse.local_dns)
        yield from (self.fine.holding(address) for address in self.coarse.api_server)
        for old in self.coarse.world:
            yield sum(
                1 << self.fine.size - len(self.fine.world) + place
                for place, new in enumerate(self.fine.world)
                if old.first <= new.first and new.last <= old.last
            )
