"""One waiver before the results of its rule: what it accepts, and its standing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from analyzer.model.finding import Severity
from analyzer.model.report import ClusterSummary, ReportedFinding, ReportedGap, Result, State
from analyzer.model.waiver import JudgedWaiver, Pattern, Waiver, WaiverStanding
from analyzer.waiving.aim import difference, means, means_cluster, nearly_means, nearly_means_cluster

_WHOLE = "Words match whole, with their case."


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """What waivers are judged by, beside the results."""

    cluster: ClusterSummary
    as_of: str
    """YYYY-MM-DD"""
    strict: bool
    """Every waiver is ignored."""
    enforced: frozenset[str]
    """Rules whose blockers the platform itself enforces."""
    refused: tuple[str, str] | None
    """The rule and the step that the platform refuses for it."""


@dataclass(frozen=True, slots=True)
class Found:
    """A finding or a gap, and the result that it is of."""

    rule: str
    step: str
    item: ReportedFinding | ReportedGap


@dataclass(frozen=True)
class Docket:
    """The results of one rule, and what waivers of findings, or of one fact's gaps, may accept of them."""

    results: tuple[Result, ...]
    fact: str
    """Empty: findings."""

    @cached_property
    def found(self) -> tuple[Found, ...]:
        """Of any object; nothing of a rule that broke, or of a path that is not known."""
        judged = (result for result in self.results if result.step and result.state is not State.ERROR)
        return tuple(Found(result.rule, result.step, item) for result in judged for item in self._items(result))

    def named(self, pattern: Pattern | None) -> tuple[Found, ...]:
        """What an object's name may mean: among thousands of objects an exact one is looked up."""
        if pattern is None or pattern.is_glob:
            return self.found
        return self._by_name.get(pattern.text, ())

    def resembling(self, pattern: Pattern | None) -> tuple[Found, ...]:
        """What a name may nearly mean."""
        if pattern is None or pattern.is_glob:
            return self.found
        text = pattern.text.casefold()
        return tuple(found for folded, found in self._folded if folded is None or text in folded)

    @cached_property
    def unseen(self) -> str:
        """What the rule could not see, in words; empty: it saw everything, or is not judged here and says why."""
        lacking = {f"{item.source} ({item.cause})": None for result in self.results for item in result.gaps}
        broken = {f"it broke at {result.step}": None for result in self.results if result.state is State.ERROR}
        return ", ".join([*lacking, *broken])

    def _items(self, result: Result) -> Sequence[ReportedFinding | ReportedGap]:
        return [item for item in result.gaps if item.source == self.fact] if self.fact else result.findings

    @cached_property
    def _folded(self) -> tuple[tuple[str | None, Found], ...]:
        objects = ((found.item.object, found) for found in self.found)
        return tuple((object.name.casefold() if object else None, found) for object, found in objects)

    @cached_property
    def _by_name(self) -> Mapping[str, tuple[Found, ...]]:
        names: dict[str, list[Found]] = {}
        for found in self.found:
            if found.item.object is not None:
                names.setdefault(found.item.object.name, []).append(found)
        return {name: tuple(of_name) for name, of_name in names.items()}


@dataclass(frozen=True)
class Trial:
    """One waiver before what it may accept."""

    waiver: Waiver
    docket: Docket
    grounds: Grounds

    def judged(self, accepted: Collection[Found]) -> JudgedWaiver:
        """The waiver with its standing, beside what all of them accept."""
        standing, detail = self._standing(accepted)
        return JudgedWaiver(waiver=self.waiver, standing=standing, detail=detail, count=len(self._meant))

    @property
    def accepted(self) -> tuple[Found, ...]:
        """What nobody has to settle any more."""
        if self.grounds.strict or self._is_expired:
            return ()
        return tuple(found for found in self._meant if found not in self._forbidden)

    def _standing(self, accepted: Collection[Found]) -> tuple[WaiverStanding, str]:
        if self.grounds.strict:
            return WaiverStanding.IGNORED, ""
        if self._forbidden:
            return WaiverStanding.REFUSED, self._refusal()
        if self._is_here is False:
            return self._elsewhere()
        if self._is_expired:
            return WaiverStanding.EXPIRED, "" if self._meant or self.docket.unseen else self._nothing()
        if self._meant:
            return WaiverStanding.IN_FORCE, self._warning()
        return self._idle(accepted)

    def _idle(self, accepted: Collection[Found]) -> tuple[WaiverStanding, str]:
        """Of a waiver that matches nothing. What another one accepts was not meant by this one."""
        selector = self.waiver.selector
        alike = (found for found in self.docket.resembling(selector.name) if nearly_means(selector, found.item.object))
        near = tuple(found for found in alike if found not in accepted)
        if self._is_here and near:
            return WaiverStanding.NEAR_MISS, self._near_miss(near)
        if self._is_here is None:
            return WaiverStanding.UNSEEN, "Which cluster this is was not read."
        if self.docket.unseen:
            return WaiverStanding.UNSEEN, f"{self.waiver.rule} could not see everything: {self.docket.unseen}."
        return WaiverStanding.UNUSED, self._nothing()

    def _near_miss(self, near: Sequence[Found]) -> str:
        first = near[0].item.object
        if first is None:
            told = "as a whole, and not of single objects: select by nothing but `cluster`."
            return f"{self.waiver.rule} lacks {self.waiver.fact} {told}"
        return f"{self._names} {difference(self.waiver.selector, first)}{_and_more(near)}. {_WHOLE}"

    def _elsewhere(self) -> tuple[WaiverStanding, str]:
        """A cluster whose name differs by case alone, and has what the waiver is about, was probably meant."""
        here = self.grounds.cluster.name
        meant = any(means(self.waiver.selector, found.item.object) for found in self.docket.found)
        if meant and nearly_means_cluster(self.waiver.selector.cluster, here):
            return WaiverStanding.NEAR_MISS, f"Cluster {self.waiver.selector.cluster} is not {here}. {_WHOLE}"
        return WaiverStanding.ELSEWHERE, ""

    def _refusal(self) -> str:
        first = self._forbidden[0]
        others = len(self._meant) - len(self._forbidden)
        beside = f" It covers {others} beside." if others and not self._is_expired else ""
        return (
            f"The platform itself enforces {first.rule} at {first.step}, whoever accepts it: settle"
            f" {first.item.object}{_and_more(self._forbidden)}.{beside}"
        )

    def _warning(self) -> str:
        if self.waiver.fact and self.waiver.rule in self.grounds.enforced:
            return "What is not seen here the platform itself enforces: it may still refuse the step."
        return ""

    def _nothing(self) -> str:
        if not self.docket.results:
            return f"There is no rule {self.waiver.rule}."
        if self.waiver.fact:
            return f"{self.waiver.rule} lacks no {self.waiver.fact} that it names."
        return f"{self.waiver.rule} finds nothing that it names."

    @property
    def _names(self) -> str:
        return f"{self.waiver.rule} lacks {self.waiver.fact} of" if self.waiver.fact else f"{self.waiver.rule} finds"

    @property
    def _is_expired(self) -> bool:
        return self.grounds.as_of > self.waiver.expires

    @cached_property
    def _is_here(self) -> bool | None:
        return means_cluster(self.waiver.selector.cluster, self.grounds.cluster.id, self.grounds.cluster.name)

    @cached_property
    def _meant(self) -> tuple[Found, ...]:
        if not self._is_here:
            return ()
        selector = self.waiver.selector
        return tuple(found for found in self.docket.named(selector.name) if means(selector, found.item.object))

    @cached_property
    def _forbidden(self) -> tuple[Found, ...]:
        """What nobody can accept, since the platform refuses whoever accepts it."""
        return tuple(found for found in self._meant if self._forbids(found))

    def _forbids(self, found: Found) -> bool:
        if isinstance(found.item, ReportedGap) or found.item.severity is not Severity.BLOCKER:
            return False
        return found.rule in self.grounds.enforced or (found.rule, found.step) == self.grounds.refused


def _and_more(found: Sequence[Found]) -> str:
    others = len({str(item.item.object) for item in found}) - 1
    return f", and {others} more" if others else ""
