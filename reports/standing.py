"""What each rule came to along the whole path, once: the one count of rules that every part of a report uses."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence

from analyzer.model.finding import Severity
from analyzer.model.report import Report, ReportedGap, Result, State


class Standing(enum.StrEnum):
    """By the gravest thing that a rule says at any step, in the order of reading."""

    BLOCKER = "blocker"
    UNKNOWN = "unknown"
    """It found nothing that counts, and a fact was missing, or it broke."""
    RISK = "risk"
    """Or a fact was missing, and a waiver accepts that."""
    NOTICE = "notice"
    ASKS = "asks"
    """It only has a question to the operator."""
    WAIVED = "waived"
    """Waivers accept everything that it found."""
    PASSED = "passed"
    NOT_APPLICABLE = "not applicable"
    """At no step does it speak about this cluster."""


def standings(report: Report) -> dict[str, Standing]:
    """The standing of every rule, by its id, in catalogue order."""
    return {rule: standing(found) for rule, found in results_of(report).items()}


def results_of(report: Report) -> Mapping[str, Sequence[Result]]:
    """The results of every rule, by its id, in catalogue order; of one that has none an empty list."""
    results: dict[str, list[Result]] = {rule.id: [] for rule in report.rules}
    for result in report.results:
        results.setdefault(result.rule, []).append(result)
    return results


def standing(results: Sequence[Result]) -> Standing:
    """The standing of one rule, by its results."""
    speaking = [result for result in results if result.findings or result.gaps]
    found = gravest(speaking)
    accepts = any(is_accepted(gap) for result in speaking for gap in result.gaps)
    if found is not None and not (found is Severity.NOTICE and accepts):
        return Standing(found.value)
    if any(map(is_open, results)):
        return Standing.UNKNOWN
    return Standing.RISK if accepts else _mild(results, speaking)


def _mild(results: Sequence[Result], speaking: Sequence[Result]) -> Standing:
    """Of a rule that found nothing that counts, and lacked nothing."""
    if any(item.asks for result in speaking for item in result.findings):
        return Standing.ASKS
    if any(map(has_waived, speaking)):
        return Standing.WAIVED
    passed = any(result.state is State.PASS for result in results)
    return Standing.PASSED if passed else Standing.NOT_APPLICABLE


def gravest(results: Iterable[Result]) -> Severity | None:
    """The most that a finding weighs; questions and what is waived weigh nothing."""
    found = (item.severity for result in results for item in result.findings if not item.asks and not item.waiver)
    return max(found, key=lambda severity: severity.weight, default=None)


def weight(result: Result) -> Severity | None:
    """The most that counts of one result: a finding, or a missing fact that a waiver accepts."""
    found = gravest([result])
    return Severity.RISK if found in (None, Severity.NOTICE) and any(map(is_accepted, result.gaps)) else found


def is_waived(result: Result) -> bool:
    """Whether waivers accept everything that a rule found at this step."""
    return has_waived(result) and weight(result) is None and not is_open(result)


def has_waived(result: Result) -> bool:
    """Whether a waiver accepts something of this result."""
    if not result.findings and not result.gaps:
        return False
    return any(item.waiver for item in result.findings) or any(gap.waiver for gap in result.gaps)


def is_open(result: Result) -> bool:
    """Whether the rule broke or lacked a fact at this step, nobody accepts that, and no blocker goes before it."""
    if result.state is State.ERROR:
        return True
    lacks = any(not gap.waiver for gap in result.gaps) if result.gaps else result.state is State.UNKNOWN
    return lacks and gravest([result]) is not Severity.BLOCKER


def is_accepted(gap: ReportedGap) -> bool:
    """Whether a missing fact counts as a risk: a waiver accepts it, and it could hide more than a notice."""
    return bool(gap.waiver) and gap.severity is not Severity.NOTICE
