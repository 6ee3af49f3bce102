"""Folds alike findings and gaps for display. Fingerprints stay those of the single findings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from analyzer.model.finding import Evidence, ObjectRef, Severity
from analyzer.model.report import ReportedFinding, ReportedGap, Result


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One finding of a row: the same on another step has another fingerprint."""

    step: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Row:
    """One object, and what a rule says of it, at every step where it says the same."""

    severity: Severity
    object: ObjectRef
    message: str
    evidence: tuple[Evidence, ...]
    remedy: tuple[str, ...]
    occurrences: tuple[Occurrence, ...]
    asks: str = ""
    """The flag that answers, of a question."""
    waiver: str = ""
    """The id of the waiver that accepts it; empty: it counts."""

    @property
    def steps(self) -> tuple[str, ...]:
        """The steps where it was found, in the path's order."""
        return tuple(item.step for item in self.occurrences)


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of one rule that differ only in names and values. One waiver accepts all of them, or none does."""

    severity: Severity
    steps: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class GapRow:
    """One missing fact, for all objects, steps and rules that lack it alike."""

    severity: Severity
    """The most that it could hide."""
    source: str
    cause: str
    detail: str
    """Of the first one."""
    grant: str
    alike: int
    """Further gaps that differ only in names and values."""
    rules: tuple[str, ...]
    waiver: str = ""
    """The id of the waiver that accepts it; empty: nobody does."""

    @property
    def is_holding(self) -> bool:
        """Whether it holds the verdict back: nobody accepts it, and it could hide a blocker or a risk."""
        return not self.waiver and self.severity is not Severity.NOTICE

    @property
    def is_accepted(self) -> bool:
        """Whether it counts as a risk: a waiver accepts what it could hide."""
        return bool(self.waiver) and self.severity is not Severity.NOTICE


def rows(results: Iterable[Result]) -> tuple[Row, ...]:
    """What one rule found, equal findings of several steps as one row; the gravest first, waived ones last.

    No questions.
    """
    found = [(result.step, item) for result in results for item in result.findings if not item.asks]
    return tuple(sorted(_rows(found), key=lambda row: (bool(row.waiver), -row.severity.weight)))


def question_rows(results: Iterable[Result]) -> tuple[Row, ...]:
    """What one rule asks of the operator, equal questions of several steps as one row."""
    return tuple(_rows([(result.step, item) for result in results for item in result.findings if item.asks]))


def _rows(at_steps: Iterable[tuple[str, ReportedFinding]]) -> list[Row]:
    found: dict[tuple[object, ...], list[tuple[Occurrence, ReportedFinding]]] = {}
    for step, item in at_steps:
        key = (item.severity, item.object, item.message, item.evidence, item.remedy, item.asks, item.waiver)
        found.setdefault(key, []).append((Occurrence(step, item.fingerprint), item))
    return [_row(same[0][1], tuple(place for place, _ in same)) for same in found.values()]


def _row(item: ReportedFinding, occurrences: tuple[Occurrence, ...]) -> Row:
    return Row(
        severity=item.severity,
        object=item.object,
        message=item.message,
        evidence=item.evidence,
        remedy=item.remedy,
        occurrences=occurrences,
        asks=item.asks,
        waiver=item.waiver,
    )


def groups(folded: Sequence[Row]) -> tuple[Group, ...]:
    """Alike rows together: same severity, same steps, same waiver, same shape of the message."""
    found: dict[tuple[object, ...], list[Row]] = {}
    for row in folded:
        key = (row.severity, row.steps, row.remedy, row.waiver, shape(row.message, row.object, row.evidence))
        found.setdefault(key, []).append(row)
    return tuple(Group(alike[0].severity, alike[0].steps, tuple(alike)) for alike in found.values())


def shape(message: str, of: ObjectRef | None, evidence: Iterable[Evidence] = ()) -> str:
    """The sentence without what is particular to one object: its names, its values, numbers and quotations."""
    particular = {item.value for item in evidence}
    particular |= {of.name, of.namespace} if of else set()
    words = _QUOTED.sub("*", message).split()
    return " ".join("*" if _is_particular(word, particular) else word for word in words)


_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|`[^`]*`")


def _is_particular(word: str, particular: set[str]) -> bool:
    bare = word.strip(".,:;()[]")
    if bare.isalpha():
        return bare in particular
    return bare in particular or not particular.isdisjoint(bare.split("/")) or any(map(str.isdigit, bare))


def gap_rows(found: Iterable[tuple[str, ReportedGap]]) -> tuple[GapRow, ...]:
    """Gaps of several rules, by rule id, alike ones as one row.

    The gravest and most often named first, waived ones last.
    """
    alike: dict[tuple[str, ...], list[tuple[str, ReportedGap]]] = {}
    for rule, item in found:
        key = (item.source, item.cause, shape(item.detail, item.object), shape(item.grant, item.object), item.waiver)
        alike.setdefault(key, []).append((rule, item))
    made = [_gap_row(same) for same in alike.values()]
    return tuple(sorted(made, key=_gap_order))


def _gap_order(row: GapRow) -> tuple[bool, int, int, str, str]:
    return bool(row.waiver), -row.severity.weight, -len(row.rules), row.source, row.detail


def _gap_row(same: list[tuple[str, ReportedGap]]) -> GapRow:
    first = same[0][1]
    return GapRow(
        severity=max((item.severity for _, item in same), key=lambda severity: severity.weight),
        source=first.source,
        cause=first.cause,
        detail=first.detail,
        grant=first.grant,
        alike=len({(item.detail, item.object) for _, item in same}) - 1,
        rules=tuple(dict.fromkeys(rule for rule, _ in same if rule)),
        waiver=first.waiver,
    )
