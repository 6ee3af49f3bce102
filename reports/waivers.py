"""What is accepted, by whom and until when; and the waivers that do not hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from analyzer.model.finding import ObjectRef, Severity
from analyzer.model.report import Report, Result
from analyzer.model.waiver import JudgedWaiver, Selector, Waiver, WaiverStanding
from reports.anchors import rule_anchor
from reports.folding import gap_rows, rows
from reports.prose import counted
from reports.standing import has_waived
from reports.words import day, source_title

STANDINGS: Mapping[WaiverStanding, str] = MappingProxyType(
    {
        WaiverStanding.REFUSED: "Refused",
        WaiverStanding.EXPIRED: "Expired",
        WaiverStanding.NEAR_MISS: "Near miss",
        WaiverStanding.UNSEEN: "Out of sight",
        WaiverStanding.UNUSED: "Unused",
        WaiverStanding.IGNORED: "Ignored",
        WaiverStanding.ELSEWHERE: "For another cluster",
        WaiverStanding.IN_FORCE: "In force",
    }
)
"""The gravest first."""

MEANINGS: Mapping[WaiverStanding, str] = MappingProxyType(
    {
        WaiverStanding.REFUSED: "It names a blocker that the platform itself enforces, which nobody can accept.",
        WaiverStanding.EXPIRED: "Its last day is over: what it accepted counts again.",
        WaiverStanding.NEAR_MISS: "It matches nothing, and a name that it nearly matches has a finding of its rule.",
        WaiverStanding.UNSEEN: "It matches nothing, but its rule could not see everything: it may still be needed.",
        WaiverStanding.UNUSED: "It matches nothing, and its rule saw everything.",
        WaiverStanding.IGNORED: "This judgement ignores every waiver: --strict.",
        WaiverStanding.ELSEWHERE: "Its selector names another cluster.",
        WaiverStanding.IN_FORCE: "What it covers stops nothing, and stays visible.",
    }
)
_QUIET = (WaiverStanding.IN_FORCE, WaiverStanding.ELSEWHERE)
_ORDER = tuple(STANDINGS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """One thing that a waiver accepts: what was found on an object, or a missing fact."""

    severity: Severity
    object: ObjectRef | None
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """A waiver in force, and what it covers."""

    waiver: Waiver
    title: str
    """Of its rule; the rule's id where the report does not name it."""
    anchor: str
    """Where the report says more of its rule; empty: nowhere."""
    covered: tuple[Covered, ...]
    """Findings, the gravest first; or missing facts."""


@dataclass(frozen=True, slots=True)
class Waivers:
    """The waivers of a report."""

    in_force: tuple[Acceptance, ...]
    """Of blockers first."""
    amiss: tuple[JudgedWaiver, ...]
    """Those that do not hold, though they are meant for this cluster; the gravest first."""
    elsewhere: int
    """Those that name another cluster."""


def waivers(report: Report) -> Waivers:
    """Sorts a report's waivers by what became of them."""
    return Waivers(
        in_force=tuple(sorted(_in_force(report), key=_weight)),
        amiss=amiss(report),
        elsewhere=sum(item.standing is WaiverStanding.ELSEWHERE for item in report.waivers),
    )


def amiss(report: Report) -> tuple[JudgedWaiver, ...]:
    """The waivers that do not hold, though they are meant for this cluster; the gravest first."""
    found = (item for item in report.waivers if item.standing not in _QUIET)
    return tuple(sorted(found, key=lambda item: _ORDER.index(item.standing)))


def named(report: Report) -> dict[str, Waiver]:
    """A report's waivers by id."""
    return {item.waiver.id: item.waiver for item in report.waivers}


def tally(amiss: Iterable[JudgedWaiver]) -> str:
    """How many do not hold, by what became of them: "1 expired, 2 unused"."""
    numbers = Counter(item.standing for item in amiss)
    return ", ".join(f"{numbers[kind]:,} {word.lower()}" for kind, word in STANDINGS.items() if numbers[kind])


def selected(selector: Selector) -> str:
    """What a selector means, in words: "namespace shop, name glob cart-*"."""
    patterns = (
        ("cluster", selector.cluster),
        ("namespace", selector.namespace),
        ("kind", selector.kind),
        ("name", selector.name),
    )
    return ", ".join(f"{word} {pattern}" for word, pattern in patterns if pattern is not None)


def target(waiver: Waiver) -> str:
    """What a waiver accepts, in words: its objects, or the fact that is missing."""
    about = selected(waiver.selector)
    return f"without {source_title(waiver.fact)}, {about}" if waiver.fact else about


def accepted_by(waiver: Waiver) -> str:
    """Who accepts it, until when, and where that was agreed: "team-net until 31 December 2026, CHG-1"."""
    return f"{waiver.owner} until {day(waiver.expires)}, {waiver.ticket}"


def said(judged: JudgedWaiver) -> str:
    """What became of a waiver, in a sentence."""
    if judged.detail or not judged.count or judged.standing is WaiverStanding.IN_FORCE:
        return judged.detail or MEANINGS[judged.standing]
    covered = counted(judged.count, "finding or missing fact", "findings and missing facts")
    return f"{MEANINGS[judged.standing]} It would cover {covered}."


def _in_force(report: Report) -> Iterator[Acceptance]:
    titles = {rule.id: rule.title for rule in report.rules}
    covered = _covered(report)
    for judged in report.waivers:
        waiver = judged.waiver
        found = tuple(covered.get(waiver.id, ()))
        if found or judged.standing is WaiverStanding.IN_FORCE:
            title = titles.get(waiver.rule)
            anchor = rule_anchor(waiver.rule) if found and title is not None else ""
            yield Acceptance(waiver=waiver, title=title or waiver.rule, anchor=anchor, covered=found)


def _covered(report: Report) -> dict[str, list[Covered]]:
    """What each waiver covers, by its id. One that covers nothing is not there."""
    by_rule: dict[str, list[Result]] = {}
    for result in report.results:
        by_rule.setdefault(result.rule, []).append(result)
    waived = ((rule, results) for rule, results in by_rule.items() if any(map(has_waived, results)))
    found: dict[str, list[Covered]] = {}
    for waiver, item in (pair for rule, results in waived for pair in _covers(rule, results)):
        found.setdefault(waiver, []).append(item)
    return found


def _covers(rule: str, results: list[Result]) -> Iterator[tuple[str, Covered]]:
    """Each thing of one rule that a waiver covers, with the waiver's id."""
    for row in rows(results):
        if row.waiver:
            yield row.waiver, Covered(severity=row.severity, object=row.object, message=row.message)
    for gap in gap_rows((rule, gap) for item in results for gap in item.gaps if gap.waiver):
        more = f" And {gap.alike:,} more like it." if gap.alike else ""
        message = f"{source_title(gap.source)}: {gap.cause}. {gap.detail}{more}"
        yield gap.waiver, Covered(severity=gap.severity, object=None, message=message)


def _weight(acceptance: Acceptance) -> int:
    return -max((item.severity.weight for item in acceptance.covered), default=0)
