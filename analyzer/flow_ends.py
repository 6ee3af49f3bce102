"""The ends of flow changes: each set of parties once, in names, by namespace, and by its place on the map."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from analyzer.bits import members
from analyzer.connectivity.analysis import Analysis
from analyzer.connectivity.end_names import EndNames
from analyzer.connectivity.flow import PartyKind
from analyzer.connectivity.naming import Workloads
from analyzer.model.flows import API_SERVER, LOCAL_DNS, NODES, OUTSIDE, FlowEnd

SEVERAL = "several namespaces"
"""A place on the map."""
_TOO_MANY = 20
"""Namespaces at one end from which on an edge says "several namespaces"."""
_PLACES = {
    PartyKind.OWN_NODE: NODES,
    PartyKind.REMOTE_NODE: NODES,
    PartyKind.LOCAL_DNS: LOCAL_DNS,
    PartyKind.API_SERVER: API_SERVER,
    PartyKind.WORLD: OUTSIDE,
}

_Set = tuple[int, int]
"""A family, and a set of its parties."""


@dataclass(frozen=True)
class FlowEnds:
    """Of one cluster. Changes, and the steps of a path, have many sets in common."""

    analysis: Analysis
    workloads: Workloads
    _names_of: dict[int, EndNames] = field(default_factory=dict, repr=False)
    _named: dict[_Set, tuple[FlowEnd, ...]] = field(default_factory=dict, repr=False)
    _namespaces: dict[_Set, Mapping[str, int]] = field(default_factory=dict, repr=False)
    _places: dict[_Set, Mapping[str, int]] = field(default_factory=dict, repr=False)

    def named(self, family: int, parties: int) -> tuple[FlowEnd, ...]:
        """A set in names, in order."""
        key = (family, parties)
        if key not in self._named:
            if family not in self._names_of:
                self._names_of[family] = EndNames(self.analysis.parties(family), self.workloads.workload_of)
            self._named[key] = self._names_of[family].ends(parties)
        return self._named[key]

    def namespaces(self, family: int, parties: int) -> Mapping[str, int]:
        """The pods of a set by namespace."""
        key = (family, parties)
        if key not in self._namespaces:
            known = self.analysis.parties(family)
            classes, size_of = known.population.classes, known.population.size_of
            found: dict[str, int] = {}
            for owner in members(parties & known.pods):
                name = classes[owner].namespace
                found[name] = found.get(name, 0) + size_of(owner)
            self._namespaces[key] = found
        return self._namespaces[key]

    def places(self, family: int, parties: int) -> Mapping[str, int]:
        """A set on the map: namespaces with their pods, and what is not a pod."""
        key = (family, parties)
        if key not in self._places:
            self._places[key] = self._placed(family, parties)
        return self._places[key]

    def _placed(self, family: int, parties: int) -> Mapping[str, int]:
        found = self.namespaces(family, parties)
        places = Counter({SEVERAL: sum(found.values())} if len(found) > _TOO_MANY else found)
        for kind, some in self.analysis.parties(family).by_kind(parties):
            if kind is not PartyKind.POD:
                places[_PLACES[kind]] += some.bit_count()
        return places
