"""Whom pods may reach and be reached by, as one engine has it: the same evaluation for every engine.

Pods that the same sections select are a block, and are evaluated once. What a block admits is a list of parts: a set
of ports, the parties that are surely admitted on them, and those of which nobody knows. All others are refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations, groupby
from typing import NamedTuple

from analyzer.connectivity.enforcement import Action, Enforcement, Grant, Section
from analyzer.connectivity.isolation import Direction
from analyzer.connectivity.parties import Parties
from analyzer.connectivity.port_atoms import PortAtoms
from analyzer.connectivity.ports import NamedPort, NumbersByName


class Part(NamedTuple):
    """What is admitted on some ports. The parts of a reach have no port in common, and together all of them."""

    ports: int
    admitted: int
    """Parties that surely are."""
    unknown: int
    """Parties of which it is not known; none that surely is."""


Reach = tuple[Part, ...]


class Signature(NamedTuple):
    """The sections that select some pods in one direction, by their places in the enforcement."""

    sure: tuple[int, ...] = ()
    maybe: tuple[int, ...] = ()


class Block(NamedTuple):
    """Pods that are alike in one direction under each of some engines."""

    classes: int
    signatures: tuple[Signature, ...]
    """One for each engine."""
    numbers: NumbersByName
    """What the pods call the port names of their sections."""


_NO_NAMES: frozenset[NamedPort] = frozenset()
_MOST_DOUBTS = 6
"""Sections of which it is not known whether they select a pod; each doubles the work."""
NOT_SELECTED = Signature()


@dataclass(frozen=True)
class Shared:
    """What engines that are compared have in common: most sections mean the same to all of them."""

    contents: dict[tuple[object, ...], int] = field(default_factory=dict)
    """Grants that only admit, by a number."""
    unions: dict[tuple[object, ...], list[Part]] = field(default_factory=dict)
    """What such grants admit together."""
    sets: dict[int, int] = field(default_factory=dict)
    """Equal sets as one object: thousands of blocks admit the same."""


@dataclass(frozen=True)
class Evaluation:
    """One engine's enforcement over the parties of one family."""

    enforcement: Enforcement
    parties: Parties
    ports: PortAtoms
    shared: Shared = field(default_factory=Shared, repr=False, compare=False)
    _reaches: dict[tuple[Direction, Signature, tuple[object, ...]], Reach] = field(
        default_factory=dict, repr=False, compare=False
    )
    _port_bits: dict[int, int] = field(default_factory=dict, repr=False, compare=False)

    def reach(self, direction: Direction, signature: Signature, numbers: NumbersByName) -> Reach:
        """What some sections together make of the traffic of pods that give their ports these numbers."""
        names = self.names(direction, signature)
        known = tuple(sorted((name, numbers[name]) for name in names if name in numbers))
        key = (direction, signature, known)
        if key not in self._reaches:
            self._reaches[key] = self._evaluate(direction, signature, numbers)
        return self._reaches[key]

    def names(self, direction: Direction, signature: Signature) -> frozenset[NamedPort]:
        """The port names that its sections leave to the subject to resolve."""
        found = [self._named[direction][place] for place in (*signature.sure, *signature.maybe)]
        return _NO_NAMES.union(*found)

    @cached_property
    def _named(self) -> dict[Direction, tuple[frozenset[NamedPort], ...]]:
        return {
            direction: tuple(
                frozenset(name for grant in section.grants for name in grant.ports.names) for section in sections
            )
            for direction, sections in self.enforcement.sections.items()
        }

    @cached_property
    def _plain(self) -> dict[Direction, tuple[bool, ...]]:
        """Whether a section isolates, and all its grants admit."""
        return {
            direction: tuple(
                section.isolates and all(grant.action is Action.ALLOW for grant in section.grants)
                for section in sections
            )
            for direction, sections in self.enforcement.sections.items()
        }

    @cached_property
    def dropped(self) -> int:
        """The ports that are never carried."""
        return self.ports.bits(self.enforcement.dropped) & self.ports.everything

    def _evaluate(self, direction: Direction, signature: Signature, numbers: NumbersByName) -> Reach:
        everybody = self.parties.everybody
        free = self.enforcement.unfiltered[direction] & everybody
        doubtful = self.enforcement.doubtful[direction] & everybody
        if free == everybody or signature == NOT_SELECTED:
            parts = [Part(self.ports.everything, everybody, 0)]
        else:
            parts = self._filtered(direction, signature, numbers)
        return tuple(self._finished(parts, free, doubtful))

    def _finished(self, parts: Sequence[Part], free: int, doubtful: int) -> Iterator[Part]:
        """With what is never filtered and what is in doubt, without what is not carried; equal sets as one object."""
        for ports, admitted, unknown in parts:
            if carried := ports & ~self.dropped:
                sure = self._shared(admitted | free)
                yield Part(carried, sure, self._shared((unknown | doubtful) & ~sure))
        if self.dropped:
            yield Part(self.dropped, 0, 0)

    def _shared(self, bits: int) -> int:
        return self.shared.sets.setdefault(bits, bits)

    def _filtered(self, direction: Direction, signature: Signature, numbers: NumbersByName) -> list[Part]:
        """Where sections only may select the pods, each possibility is evaluated; what they disagree on is unknown."""
        if len(signature.maybe) > _MOST_DOUBTS:
            return [Part(self.ports.everything, 0, self.parties.everybody)]
        found = self._selected(direction, signature.sure, numbers)
        for count in range(1, len(signature.maybe) + 1):
            for more in combinations(signature.maybe, count):
                other = self._selected(direction, tuple(sorted((*signature.sure, *more))), numbers)
                found = [new for part in found for new in _agreed(part, other)]
        return found

    def _selected(self, direction: Direction, places: tuple[int, ...], numbers: NumbersByName) -> list[Part]:
        if not places:
            return [Part(self.ports.everything, self.parties.everybody, 0)]
        sections = [self.enforcement.sections[direction][place] for place in places]
        plain, anyway = self._plain[direction], self.enforcement.admitted.get(direction, 0)
        if all(plain[place] for place in places) and len({section.tier for section in sections}) == 1:
            parts = self._known_union(direction, places, numbers)
            return [Part(part.ports, part.admitted | anyway, part.unknown) for part in parts] if anyway else parts
        return self._in_order(sections, numbers, anyway)

    def _known_union(self, direction: Direction, places: tuple[int, ...], numbers: NumbersByName) -> list[Part]:
        contents = self._contents[direction]
        key = (*sorted(contents[place] for place in places), *sorted(numbers.items()))
        if key not in self.shared.unions:
            sections = [self.enforcement.sections[direction][place] for place in places]
            self.shared.unions[key] = self._union(sections, numbers)
        return self.shared.unions[key]

    @cached_property
    def _contents(self) -> dict[Direction, tuple[int, ...]]:
        """A number for each section: the same for those whose grants are the same."""
        known = self.shared.contents
        return {
            direction: tuple(known.setdefault(_content(section), len(known)) for section in sections)
            for direction, sections in self.enforcement.sections.items()
        }

    def _union(self, sections: Sequence[Section], numbers: NumbersByName) -> list[Part]:
        by_ports: dict[int, tuple[int, int]] = {}
        for section in sections:
            for grant in section.grants:
                ports = self.grant_ports(grant, numbers)
                sure, unsure = by_ports.get(ports, (0, 0))
                if grant.is_sure:
                    by_ports[ports] = sure | grant.peers, unsure
                else:
                    by_ports[ports] = sure, unsure | grant.peers
        parts = [Part(self.ports.everything, 0, 0)]
        everybody = self.parties.everybody
        for ports, (sure, unsure) in by_ports.items():
            parts = [new for part in parts for new in _added(part, ports, sure & everybody, unsure & everybody)]
        return list(_united(parts))

    def grant_ports(self, grant: Grant, numbers: NumbersByName) -> int:
        """The ports that a grant matches for pods that give their ports these numbers."""
        if grant.ports.names:
            return self.ports.bits(grant.ports.resolved(numbers)) & self.ports.everything
        key = id(grant.ports)  # the enforcement keeps them all alive, and hashing a set of ports is slow
        if key not in self._port_bits:
            self._port_bits[key] = self.ports.bits(grant.ports) & self.ports.everything
        return self._port_bits[key]

    def _in_order(self, sections: Sequence[Section], numbers: NumbersByName, anyway: int) -> list[Part]:
        """First match decides, tier by tier; ports are cut at every grant."""
        pieces = [self.ports.everything]
        for cut in {self.grant_ports(grant, numbers) for section in sections for grant in section.grants}:
            pieces = [new for piece in pieces for new in (piece & cut, piece & ~cut) if new]
        ordered = sorted(sections, key=lambda section: (section.tier, section.order))
        found = (self._first_match(piece, ordered, numbers) for piece in pieces)
        return list(_united([walk.part(piece, anyway) for piece, walk in zip(pieces, found, strict=True)]))

    def _first_match(self, ports: int, ordered: Sequence[Section], numbers: NumbersByName) -> _Walk:
        walk = _Walk(self.parties.everybody)
        for _, tier in groupby(ordered, key=lambda section: section.tier):
            passed, isolates = 0, False
            for section in tier:
                isolates |= section.isolates
                for grant in section.grants:
                    if self.grant_ports(grant, numbers) & ports:
                        passed |= walk.meet(grant)
            walk.end_tier(passed, isolates)
        return walk


def _content(section: Section) -> tuple[object, ...]:
    return tuple((grant.peers, id(grant.ports), grant.is_sure) for grant in section.grants)


@dataclass(slots=True)
class _Walk:
    """The parties on their way through the tiers: which may still be undecided, and how they may have been decided."""

    live: int
    allowed: int = 0
    refused: int = 0
    denied: int = 0
    """Those that a rule surely refuses."""
    may_be_denied: int = 0
    """Those that a rule may refuse, or does."""

    def meet(self, grant: Grant) -> int:
        """A grant decides what it matches; gives back what it passes on."""
        hit = self.live & grant.peers
        if grant.is_sure:
            self.live &= ~grant.peers
        if grant.action is Action.ALLOW:
            self.allowed |= hit
        elif grant.action is Action.DENY:
            self.refused |= hit
            self.may_be_denied |= hit
            self.denied |= hit if grant.is_sure else 0
        return hit if grant.action is Action.PASS else 0

    def end_tier(self, passed: int, isolates: bool) -> None:
        """What no rule of a tier matched is refused if any of its policies isolates; passed traffic goes on."""
        if isolates:
            self.refused |= self.live
            self.live = 0
        self.live |= passed

    def part(self, ports: int, anyway: int) -> Part:
        """What has become of all of them; some are admitted anyway where no rule refuses them."""
        allowed = self.allowed | self.live
        sure = allowed & ~self.refused | anyway & ~self.may_be_denied
        return Part(ports, sure, (allowed & self.refused | anyway & ~self.denied) & ~sure)


def _agreed(part: Part, others: Sequence[Part]) -> Iterator[Part]:
    """A part, apart by the parts of another possibility; where the two differ is unknown."""
    for other in others:
        if ports := part.ports & other.ports:
            admitted = part.admitted & other.admitted
            unknown = (part.admitted | part.unknown | other.admitted | other.unknown) & ~admitted
            yield Part(ports, admitted, unknown)


def _added(part: Part, ports: int, sure: int, unsure: int) -> Iterator[Part]:
    if not (both := part.ports & ports):
        yield part
        return
    if rest := part.ports & ~ports:
        yield part._replace(ports=rest)
    yield Part(both, part.admitted | sure, part.unknown | unsure)


def _united(parts: list[Part]) -> Iterator[Part]:
    """Parts that admit the same, as one."""
    found: dict[tuple[int, int], int] = {}
    for part in parts:
        found[part[1:]] = found.get(part[1:], 0) | part.ports
    yield from (Part(ports, admitted, unknown & ~admitted) for (admitted, unknown), ports in found.items())
