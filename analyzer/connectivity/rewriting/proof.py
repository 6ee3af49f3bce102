"""What some policies would do, proven by evaluating both engines over the book as it is and as it would be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from analyzer.connectivity.analysis import Analysis, Comparison
from analyzer.connectivity.change import Change, ChangeKind
from analyzer.connectivity.enforcement import Section
from analyzer.connectivity.engines.settings import Settings
from analyzer.connectivity.isolation import Direction
from analyzer.connectivity.rewriting.drafts import Draft, place_of, with_drafts
from analyzer.connectivity.rewriting.flow_sets import Admits, FlowSets, Gain
from analyzer.connectivity.rewriting.translation import Translation
from analyzer.connectivity.rewriting.words import Words

_BEFORE, _AFTER, _PREPARED, _DONE = range(4)
"""The engine before and the one after over the book as it is; both with the policies that can exist by then."""


class Verdict(NamedTuple):
    """What one draft does."""

    widens: tuple[str, ...] = ()
    """What it newly allows after the step."""
    widens_before: tuple[str, ...] = ()
    """What it newly allows until the step."""
    harms: bool = False
    """Whether it refuses what is allowed now."""


class Proof(NamedTuple):
    """What all drafts do together, and each for itself."""

    done: frozenset[int]
    """The changes of which no flow changes any more."""
    verdicts: tuple[Verdict, ...]
    """One for each draft."""


@dataclass(frozen=True)
class Prover:
    """Over one cluster and one step."""

    analysis: Analysis
    before: Settings
    after: Settings
    changes: tuple[Change, ...]

    def proof(self, found: Sequence[Draft], wanted: Iterable[int]) -> Proof:
        """Of some drafts, for some changes. Raises LackingError as the engines do."""
        listed = tuple(wanted)
        done: set[int] = set()
        verdicts = [Verdict() for _ in found]
        for family in self.analysis.families:
            part = self._of_family(found, family)
            mine = (place for place in listed if self.changes[place].family == family)
            done |= {place for place in mine if part.undoes(self.changes[place])}
            verdicts = [_joined(old, part.verdict(number, found[number])) for number, old in enumerate(verdicts)]
        return Proof(frozenset(done), tuple(verdicts))

    def _of_family(self, found: Sequence[Draft], family: int) -> _Part:
        book = self.analysis.book
        prepared = with_drafts(book, (draft for draft in found if not draft.is_ciliums))
        done = with_drafts(book, found)
        pairs = ((self.before, book), (self.after, book), (self.before, prepared), (self.after, done))
        comparison = self.analysis.across(pairs, family)
        flows = FlowSets(comparison, comparison.ports.of_protocols(self.analysis.protocols))
        places = tuple(place_of(book, found, draft) for draft in found)
        return _Part(
            tuple(found), places, comparison, flows, Translation(self.analysis.parties(family), comparison.parties)
        )


@dataclass(frozen=True)
class _Part:
    """One family of addresses."""

    drafts: tuple[Draft, ...]
    places: tuple[int, ...]
    """Of each draft the place of its policy in the book with all of them."""
    comparison: Comparison
    flows: FlowSets
    translation: Translation

    def undoes(self, change: Change) -> bool:
        sources, destinations = self.translation.of(change.sources), self.translation.of(change.destinations)
        ports = self.comparison.ports.bits(change.ports)
        check = self.flows.allows if change.kind is ChangeKind.BLOCKED else self.flows.refuses
        return check(_DONE, sources, destinations, ports)

    def verdict(self, number: int, draft: Draft) -> Verdict:
        after = tuple(self._sections(number, _DONE)) + tuple(self._replaced(number, draft))
        until = () if draft.is_ciliums else tuple(self._sections(number, _PREPARED))
        words = Words(self.comparison)
        return Verdict(
            words.of(part for gain in self._widening for part in self._shares(draft, after, gain)),
            words.of(part for gain in self._early for part in self._shares(draft, until, gain)),
            number in self._harmful,
        )

    @cached_property
    def _widening(self) -> tuple[Gain, ...]:
        """What is allowed in the end, and neither was before nor would be without any rewrite."""
        now = Admits(_AFTER, possibly=True)
        return tuple(self.flows.difference((Admits(_DONE, possibly=True),), (now, Admits(_BEFORE))))

    @cached_property
    def _early(self) -> tuple[Gain, ...]:
        return tuple(self.flows.difference((Admits(_PREPARED, possibly=True),), (Admits(_BEFORE, possibly=True),)))

    @cached_property
    def _refused(self) -> tuple[Gain, ...]:
        """What is refused until the step or after it, and would not be without any rewrite."""
        early = self.flows.difference((Admits(_BEFORE),), (Admits(_PREPARED),))
        kept = (Admits(_BEFORE), Admits(_AFTER))
        return (*early, *self.flows.difference(kept, (Admits(_DONE),)))

    @cached_property
    def _harmful(self) -> frozenset[int]:
        """The drafts that refuse what is allowed now: those that take rules away, else those that isolate more pods."""
        found: set[int] = set()
        for gain in self._refused:
            meant = [number for number, draft in enumerate(self.drafts) if self._has_part(number, draft, gain)]
            taking = [number for number in meant if self.drafts[number].takes_away]
            found.update(taking or meant)
        return frozenset(found)

    def _has_part(self, number: int, draft: Draft, gain: Gain) -> bool:
        sections = (*self._sections(number, _DONE), *self._sections(number, _PREPARED), *self._replaced(number, draft))
        return any(self._selects(some, gain) for some in sections)

    def _sections(self, number: int, evaluation: int) -> Iterator[tuple[Direction, Section]]:
        for direction, sections in self.comparison.evaluations[evaluation].enforcement.sections.items():
            for section in sections:
                if section.policy == self.places[number]:
                    yield direction, section

    def _replaced(self, number: int, draft: Draft) -> Iterator[tuple[Direction, Section]]:
        """The old reading of a policy that a draft replaces: it differs by what is no longer there."""
        if draft.replaces >= 0:
            yield from self._sections(number, _AFTER)

    @staticmethod
    def _selects(some: tuple[Direction, Section], gain: Gain) -> bool:
        direction, section = some
        return direction is gain.direction and bool((section.subjects | section.maybe) & gain.subjects)

    def _shares(self, draft: Draft, listed: Iterable[tuple[Direction, Section]], gain: Gain) -> Iterator[Gain]:
        """What a draft's own rules have in a difference."""
        for some in listed:
            if not self._selects(some, gain):
                continue
            if draft.replaces >= 0:
                yield gain
                continue
            section = some[1]
            subjects = gain.subjects & (section.subjects | section.maybe)
            for grant in section.grants:
                ports = gain.ports if grant.ports.names else gain.ports & self.comparison.ports.bits(grant.ports)
                if (peers := gain.peers & grant.peers) and ports:
                    yield gain._replace(subjects=subjects, peers=peers, ports=ports)


def _joined(one: Verdict, other: Verdict) -> Verdict:
    """Of two families."""
    return Verdict(
        tuple(dict.fromkeys((*one.widens, *other.widens))),
        tuple(dict.fromkeys((*one.widens_before, *other.widens_before))),
        one.harms or other.harms,
    )
