"""What each rule came to along the whole path, once: the one count of rules that every part of a report uses."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence

from analyzer.model.finding import Severity
from analyzer.model.report import Report, Result, State

OPEN = (State.UNKNOWN, State.ERROR)


class Standing(enum.StrEnum):
    """By the gravest thing that a rule says at any step, in the order of reading."""

    BLOCKER = "blocker"
    UNKNOWN = "unknown"
    """It found nothing, and a fact was missing, or it broke."""
    RISK = "risk"
    NOTICE = "notice"
    ASKS = "asks"
    """It only has a question to the operator."""
    PASSED = "passed"
    NOT_APPLICABLE = "not applicable"
    """At no step does it speak about this cluster."""


def standings(report: Report) -> dict[str, Standing]:
    """The standing of every rule, by its id, in catalogue order."""
    results: dict[str, list[Result]] = {rule.id: [] for rule in report.rules}
    for result in report.results:
        results.setdefault(result.rule, []).append(result)
    return {rule: standing(found) for rule, found in results.items()}


def standing(results: Sequence[Result]) -> Standing:
    """The standing of one rule, by its results."""
    found = gravest(results)
    if found is not None:
        return Standing(found.value)
    if any(result.state in OPEN for result in results):
        return Standing.UNKNOWN
    if any(item.asks for result in results for item in result.findings):
        return Standing.ASKS
    passed = any(result.state is State.PASS for result in results)
    return Standing.PASSED if passed else Standing.NOT_APPLICABLE


def gravest(results: Iterable[Result]) -> Severity | None:
    """The most that a finding weighs; questions are no defects and weigh nothing."""
    found = (item.severity for result in results for item in result.findings if not item.asks)
    return max(found, key=lambda severity: severity.weight, default=None)
