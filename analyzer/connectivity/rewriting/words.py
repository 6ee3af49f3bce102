"""What a policy newly allows, in words: every flow of it as long as they are few."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from analyzer.addresses import text_of
from analyzer.bits import members
from analyzer.connectivity.analysis import Comparison
from analyzer.connectivity.flow import PartyKind
from analyzer.connectivity.isolation import Direction
from analyzer.connectivity.parties import Parties
from analyzer.connectivity.rewriting.flow_sets import Gain

_MOST_PODS = 5
_MOST_PHRASES = 20


@dataclass(frozen=True)
class Words:
    """For the parties of one comparison."""

    comparison: Comparison

    def of(self, gains: Iterable[Gain]) -> tuple[str, ...]:
        """A phrase for each rectangle, those that differ in one end alone together: "shop/a to shop/b on TCP 80"; of
        very many the first, and how many more there are.
        """
        rectangles = list({_ends(*item) for item in gains})
        for side in (0, 1, 2, 0, 1):
            rectangles = _united(rectangles, side)
        found = sorted(self._phrase(*item) for item in sorted(rectangles)[:_MOST_PHRASES])
        more = len(rectangles) - len(found)
        return (*found, f"and {more} more of this kind") if more else tuple(found)

    def _phrase(self, sources: int, destinations: int, ports: int) -> str:
        listed = str(self.comparison.ports.port_set(self._with_unused(ports)))
        return f"{self._end(sources)} to {self._end(destinations)} on {listed}"

    def _with_unused(self, ports: int) -> int:
        """Every port in play is every port."""
        everything = self.comparison.ports.everything
        used = self.comparison.ports.of_protocols(("TCP", "UDP"))
        return everything if ports & used == used else ports

    def _end(self, parties: int) -> str:
        return " and ".join(word for kind, some in self._parties.by_kind(parties) for word in self._names(kind, some))

    def _names(self, kind: PartyKind, some: int) -> Iterator[str]:
        parties = self._parties
        match kind:
            case PartyKind.POD:
                yield from self._pods(some)
            case PartyKind.OWN_NODE:
                yield "the pod's own node"
            case PartyKind.REMOTE_NODE if some == parties.remote_nodes:
                yield "every other node"
            case PartyKind.REMOTE_NODE:
                addresses = (text for bit in members(some) for text in parties.node_group_of(bit).addresses)
                yield f"other nodes ({', '.join(addresses)})"
            case PartyKind.LOCAL_DNS:
                yield "DNS on the node"
            case PartyKind.API_SERVER:
                yield "the API server"
            case PartyKind.WORLD if some == parties.outside:
                yield "every address outside the cluster"
            case PartyKind.WORLD:
                yield from (self._range(bit) for bit in members(some))

    def _range(self, bit: int) -> str:
        family, first, last = self._parties.range_of(bit)
        return text_of(family, first) if first == last else f"{text_of(family, first)}-{text_of(family, last)}"

    def _pods(self, classes: int) -> Iterator[str]:
        population = self._parties.population
        for namespace in sorted({population.classes[place].namespace for place in members(classes)}):
            inside = population.in_namespace(namespace)
            if classes & inside == inside:
                yield f"every pod of {namespace}"
                continue
            names = sorted(population.pods[place].name for place in population.pods_of(classes & inside))
            more = len(names) - _MOST_PODS
            shown = ", ".join(f"{namespace}/{name}" for name in names[:_MOST_PODS])
            yield f"{shown} and {more} more of {namespace}" if more > 0 else shown

    @cached_property
    def _parties(self) -> Parties:
        return self.comparison.parties


def _ends(direction: Direction, subjects: int, peers: int, ports: int) -> tuple[int, int, int]:
    return (subjects, peers, ports) if direction is Direction.EGRESS else (peers, subjects, ports)


def _united(rectangles: list[tuple[int, int, int]], side: int) -> list[tuple[int, int, int]]:
    together: dict[tuple[int, ...], int] = {}
    for item in rectangles:
        key = (*item[:side], *item[side + 1 :])
        together[key] = together.get(key, 0) | item[side]
    return [(*key[:side], bits, *key[side:]) for key, bits in together.items()]  # type: ignore[misc]
