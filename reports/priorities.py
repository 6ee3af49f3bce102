"""What a reader must do, in order: what stops the migration, what was not seen, what can break."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from analyzer.model.finding import Severity
from analyzer.model.report import Report, ReportedStep, Result, RuleSummary, State
from reports.anchors import rule_anchor, step_anchor
from reports.folding import GapRow, Row, gap_rows, rows
from reports.words import step_title


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to settle, in one line."""

    rule: str
    """Id; empty where the path itself says it."""
    title: str
    message: str
    """What was found on the first object."""
    more: int
    """Further objects of which the rule says so."""
    steps: tuple[str, ...]
    remedy: tuple[str, ...]
    """What to do, in order; empty where the rule does not say."""
    anchor: str
    """Where the report says more."""


@dataclass(frozen=True, slots=True)
class Priorities:
    """The lines of a report, in the order of their weight."""

    stops: tuple[Line, ...]
    """The refused step, then each rule with a blocker, the earliest step first."""
    unseen: tuple[GapRow, ...]
    """Every missing fact that a rule or the path lacked, the gravest first."""
    broken: tuple[Line, ...]
    """The rules that broke and could have found a blocker or a risk. Each counts as unknown."""
    risks: tuple[Line, ...]
    notices: tuple[Line, ...]

    @property
    def holding(self) -> tuple[GapRow, ...]:
        """The missing facts that hold the verdict back: what they hide could be a blocker or a risk."""
        return tuple(row for row in self.unseen if row.severity is not Severity.NOTICE)


def priorities(report: Report) -> Priorities:
    """Sorts a report's findings and gaps into lines: one for each rule and severity."""
    lines = [line for rule in report.rules for line in _lines(report.results, rule)]
    found = {severity: _in_order(lines, severity, report) for severity in Severity}
    refused = (_refusal(step) for step in report.path.steps if step.refused)
    return Priorities(
        stops=(*refused, *found[Severity.BLOCKER]),
        unseen=_unseen(report),
        broken=tuple(_broken(report)),
        risks=found[Severity.RISK],
        notices=found[Severity.NOTICE],
    )


def _in_order(lines: list[tuple[Severity, Line]], severity: Severity, report: Report) -> tuple[Line, ...]:
    """By the earliest step, then in catalogue order."""
    place = {step.kind: number for number, step in enumerate(report.path.steps)}
    matching = (line for found, line in lines if found is severity)
    return tuple(sorted(matching, key=lambda line: min(place.get(step, len(place)) for step in line.steps)))


def _refusal(step: ReportedStep) -> Line:
    return Line(
        rule="",
        title=f"{step_title(step.kind)}: the platform does not offer it from here",
        message=step.reason,
        more=0,
        steps=(step.kind,),
        remedy=step.ways_out,
        anchor=step_anchor(step.kind),
    )


def _lines(results: Iterable[Result], rule: RuleSummary) -> Iterator[tuple[Severity, Line]]:
    of_rule = rows(result for result in results if result.rule == rule.id)
    for severity in Severity:
        matching = [row for row in of_rule if row.severity is severity]
        if matching:
            yield severity, _line(rule, matching)


def _line(rule: RuleSummary, matching: list[Row]) -> Line:
    return Line(
        rule=rule.id,
        title=rule.title,
        message=matching[0].message,
        more=len(matching) - 1,
        steps=_steps(matching),
        remedy=matching[0].remedy or rule.remedy,
        anchor=rule_anchor(rule.id),
    )


def _steps(matching: list[Row]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(step for row in matching for step in row.steps))


def _unseen(report: Report) -> tuple[GapRow, ...]:
    on_path = (("", item) for item in report.path.gaps)
    in_rules = ((result.rule, item) for result in report.results for item in result.gaps)
    return gap_rows((*on_path, *in_rules))


def _broken(report: Report) -> Iterator[Line]:
    rules = {rule.id: rule for rule in report.rules if rule.severity is not Severity.NOTICE}
    remedy = ("Report it with the JSON report; until then judge this limitation by hand.",)
    for result in report.results:
        if result.state is State.ERROR and result.rule in rules:
            title = rules[result.rule].title
            yield Line(result.rule, title, result.reason, 0, (result.step,), remedy, rule_anchor(result.rule))
