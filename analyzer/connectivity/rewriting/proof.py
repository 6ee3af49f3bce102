"""What some policies would do, proven by evaluating both engines over the book as it is and as it would be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from analyzer.bits import members
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
            verdicts = [_joined(old, part.verdict(number)) for number, old in enumerate(verdicts)]
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

    def verdict(self, number: int) -> Verdict:
        words = Words(self.comparison)
        after, until = (words.of(found.get(number, ())) for found in (self._widening, self._early))
        return Verdict(after, until, number in self._harmful)

    @cached_property
    def _widening(self) -> dict[int, list[Gain]]:
        """What is allowed in the end, and neither was before nor would be without any rewrite."""
        now = Admits(_AFTER, possibly=True)
        found = self.flows.difference((Admits(_DONE, possibly=True),), (now, Admits(_BEFORE)))
        return self._by_draft(found, self._after)

    @cached_property
    def _early(self) -> dict[int, list[Gain]]:
        found = self.flows.difference((Admits(_PREPARED, possibly=True),), (Admits(_BEFORE, possibly=True),))
        return self._by_draft(found, self._until)

    @cached_property
    def _harmful(self) -> frozenset[int]:
        """The drafts that refuse what is allowed now: those that take rules away, else those that isolate more pods."""
        early = self.flows.difference((Admits(_BEFORE),), (Admits(_PREPARED),))
        late = self.flows.difference((Admits(_BEFORE), Admits(_AFTER)), (Admits(_DONE),))
        found: set[int] = set()
        for gains, about in ((early, self._until), (late, self._after)):
            for gain in gains:
                meant = list(about.of(gain))
                taking = {number for number, section in meant if self._takes(number, section, gain)}
                found.update(taking or {number for number, _ in meant})
        return frozenset(found)

    def _takes(self, number: int, section: Section, gain: Gain) -> bool:
        return self.drafts[number].takes_away and any(grant.peers & gain.peers for grant in section.grants)

    def _by_draft(self, gains: Iterable[Gain], about: _Sections) -> dict[int, list[Gain]]:
        """What each draft's own rules have in some differences."""
        found: dict[int, list[Gain]] = {}
        for gain in gains:
            for number, section in about.of(gain):
                found.setdefault(number, []).extend(self._shares(number, section, gain))
        return found

    def _shares(self, number: int, section: Section, gain: Gain) -> Iterator[Gain]:
        if self.drafts[number].replaces >= 0:
            yield gain
            return
        subjects = gain.subjects & (section.subjects | section.maybe)
        for grant in section.grants:
            ports = gain.ports if grant.ports.names else gain.ports & self.comparison.ports.bits(grant.ports)
            if (peers := gain.peers & grant.peers) and ports:
                yield gain._replace(subjects=subjects, peers=peers, ports=ports)

    @cached_property
    def _after(self) -> _Sections:
        """Of the drafts' policies once Cilium enforces; of those that are replaced also as they were."""
        replaced = frozenset(number for number, draft in enumerate(self.drafts) if draft.replaces >= 0)
        listed = [*self._sections(_DONE, frozenset(range(len(self.drafts)))), *self._sections(_AFTER, replaced)]
        return _Sections(tuple(listed))

    @cached_property
    def _until(self) -> _Sections:
        """Of those that can exist before the step."""
        early = frozenset(number for number, draft in enumerate(self.drafts) if not draft.is_ciliums)
        return _Sections(tuple(self._sections(_PREPARED, early)))

    def _sections(self, evaluation: int, numbers: frozenset[int]) -> Iterator[tuple[Direction, int, Section]]:
        draft_at = {self.places[number]: number for number in numbers}
        for direction, sections in self.comparison.evaluations[evaluation].enforcement.sections.items():
            for section in sections:
                if section.policy in draft_at:
                    yield direction, draft_at[section.policy], section


@dataclass(frozen=True)
class _Sections:
    """What drafts make of policies, by the pods that they are about."""

    listed: tuple[tuple[Direction, int, Section], ...]

    def of(self, gain: Gain) -> Iterator[tuple[int, Section]]:
        """The drafts, with their sections, that are about some of the pods of a difference."""
        at = self._at[gain.direction]
        places = {place for owner in members(gain.subjects) for place in at.get(owner, ())}
        yield from (self.listed[place][1:] for place in sorted(places))

    @cached_property
    def _at(self) -> dict[Direction, dict[int, list[int]]]:
        found: dict[Direction, dict[int, list[int]]] = {direction: {} for direction in Direction}
        for place, (direction, _, section) in enumerate(self.listed):
            for owner in members(section.subjects | section.maybe):
                found[direction].setdefault(owner, []).append(place)
        return found


def _joined(one: Verdict, other: Verdict) -> Verdict:
    """Of two families."""
    return Verdict(
        tuple(dict.fromkeys((*one.widens, *other.widens))),
        tuple(dict.fromkeys((*one.widens_before, *other.widens_before))),
        one.harms or other.harms,
    )
