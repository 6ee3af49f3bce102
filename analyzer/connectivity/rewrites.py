"""Policies that keep traffic which a step would lose, each proven by evaluating the engines with it in place."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from analyzer.connectivity.analysis import Analysis
from analyzer.connectivity.change import Change, ChangeKind
from analyzer.connectivity.engines.settings import Cilium, Settings
from analyzer.connectivity.rewriting import reasons
from analyzer.connectivity.rewriting.drafts import Draft, drafts
from analyzer.connectivity.rewriting.labels import Naming
from analyzer.connectivity.rewriting.losses import Losses
from analyzer.connectivity.rewriting.manifest_text import manifest_text
from analyzer.connectivity.rewriting.peers import PeerNames
from analyzer.connectivity.rewriting.proof import Proof, Prover, Verdict
from analyzer.connectivity.rewriting.proposals import Proposals
from analyzer.connectivity.rewriting.wishes import NoRewriteError, Wish
from analyzer.model.objects import CiliumPolicy, NetworkPolicy


class When(enum.StrEnum):
    """When a policy is applied."""

    BEFORE = "before the step"
    AFTER = "right after the step"
    """It is Cilium's own: its kind does not exist earlier."""


@dataclass(frozen=True, slots=True)
class Rewrite:
    """One policy to apply."""

    manifest: NetworkPolicy | CiliumPolicy
    when: When
    replaces: bool
    """Whether a policy of its name is there already."""
    keeps: tuple[int, ...]
    """The places of the newly blocked changes that need it. With all rewrites applied, none of their flows is lost."""
    prevents: tuple[int, ...]
    """The places of the newly allowed changes of which, with all rewrites applied, no flow is allowed."""
    widens: str
    """Everything that it allows beyond what was allowed before, in words; empty: nothing."""
    note: str
    """What a reader should know before applying it; empty: nothing."""

    @property
    def text(self) -> str:
        """The manifest as YAML."""
        return manifest_text(self.manifest)


@dataclass(frozen=True, slots=True)
class Rewrites:
    """What can be done about the changes of one step."""

    rewrites: tuple[Rewrite, ...]
    """In the order in which they are applied."""
    reasons: Mapping[int, str] = field(default_factory=dict)
    """Of each newly blocked change that no rewrite keeps: why."""


def rewrites(analysis: Analysis, before: Settings, after: Cilium, changes: tuple[Change, ...]) -> Rewrites:
    """Policies that together keep as many of a step's newly blocked changes as can be kept, and prevent newly allowed
    ones where one policy's words are to blame.

    Raises LackingError where an engine reads a list that was not all read.
    """
    search = _Search(analysis, before, after, changes)
    wishes = search.wishes()
    prover = Prover(analysis, before, after, changes)
    while True:
        found = drafts(analysis.book, (wish for listed in wishes.values() for wish in listed))
        if not found:
            return Rewrites((), search.reasons)
        proof = prover.proof(found, wishes)
        failed = search.given_up_first(found, dict(_failed(found, proof, wishes)))
        if not failed:
            told = zip(found, proof.verdicts, strict=True)
            return Rewrites(tuple(_rewrite(*item, changes) for item in told), search.reasons)
        search.give_up(failed)
        wishes = {place: listed for place, listed in wishes.items() if place not in failed}


def _failed(found: tuple[Draft, ...], proof: Proof, wishes: Mapping[int, object]) -> Iterator[tuple[int, str]]:
    for place in wishes:
        if place not in proof.done:
            yield place, reasons.NOT_PROVEN
    for draft, verdict in zip(found, proof.verdicts, strict=True):
        if verdict.harms:
            yield from ((place, reasons.HARMFUL) for place in sorted(draft.changes))


@dataclass(frozen=True)
class _Search:
    analysis: Analysis
    before: Settings
    after: Cilium
    changes: tuple[Change, ...]
    reasons: dict[int, str] = field(default_factory=dict)

    def wishes(self) -> dict[int, tuple[Wish, ...]]:
        """By the change that they are for; of changes without any the reasons are noted."""
        found: dict[int, tuple[Wish, ...]] = {}
        naming = Naming(self.analysis.population, self.after)
        for family in self.analysis.families:
            comparison = self.analysis.comparison(self.before, self.after, family=family)
            names = PeerNames(comparison.parties, self.analysis.population, naming, self.after)
            losses = Losses(self.analysis, comparison)
            proposals = Proposals(self.analysis, comparison, names, self.after)
            for place, change in enumerate(self.changes):
                is_meant = change.family == family and change.kind is not ChangeKind.UNKNOWN
                if is_meant and (wishes := self._of_change(place, losses, proposals)):
                    found[place] = wishes
        return dict(sorted(found.items()))

    def _of_change(self, place: int, losses: Losses, proposals: Proposals) -> tuple[Wish, ...]:
        change = self.changes[place]
        listed = losses.of(place, change)
        try:
            found = tuple(wish for loss in listed for wish in proposals.of(loss))
        except NoRewriteError as refused:
            self.give_up({place: str(refused)})
            return ()
        if not found:
            self.give_up({place: reasons.BY_ROW.get(change.row, reasons.NO_POLICY)})
        return found

    def given_up_first(self, found: tuple[Draft, ...], failed: Mapping[int, str]) -> Mapping[int, str]:
        """What failed; but first, alone, what is kept out by policies that may refuse what should be kept."""
        lost = [self.changes[place] for place in failed if self.changes[place].kind is ChangeKind.BLOCKED]
        ends = [end.pod for change in lost for end in (change.example.source, change.example.destination)]
        around = {pod.namespace for pod in ends if pod}
        return {
            place: reasons.HARMFUL
            for draft in found
            if draft.takes_away and draft.manifest.namespace in around
            for place in sorted(draft.changes)
            if self.changes[place].kind is ChangeKind.ALLOWED
        } or failed

    def give_up(self, failed: Mapping[int, str]) -> None:
        """Notes why changes are not kept; what is newly allowed needs no reason."""
        lost = {place: why for place, why in failed.items() if self.changes[place].kind is ChangeKind.BLOCKED}
        self.reasons.update(lost)


def _rewrite(draft: Draft, verdict: Verdict, changes: tuple[Change, ...]) -> Rewrite:
    places = sorted(draft.changes)
    return Rewrite(
        manifest=draft.manifest,
        when=When.AFTER if draft.is_ciliums else When.BEFORE,
        replaces=draft.replaces >= 0,
        keeps=tuple(place for place in places if changes[place].kind is ChangeKind.BLOCKED),
        prevents=tuple(place for place in places if changes[place].kind is ChangeKind.ALLOWED),
        widens=_widening(verdict),
        note=" ".join(draft.notes),
    )


def _widening(verdict: Verdict) -> str:
    if verdict.widens == verdict.widens_before and verdict.widens:
        return f"It newly allows {'; '.join(verdict.widens)}."
    found = []
    if verdict.widens_before:
        found.append(f"Until the step it newly allows {'; '.join(verdict.widens_before)}.")
    if verdict.widens:
        found.append(f"After the step it allows, as nothing did before, {'; '.join(verdict.widens)}.")
    return " ".join(found)
