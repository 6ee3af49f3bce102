"""What a reader must do, in order: what stops the migration, what was not seen, what can break."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from analyzer.model.finding import ObjectRef, Severity
from analyzer.model.report import Report, ReportedStep, Result, RuleSummary, State
from reports.anchors import rule_anchor, step_anchor
from reports.folding import GapRow, Row, gap_rows, rows
from reports.questions import Question, questions
from reports.remedies import named
from reports.standing import results_of
from reports.words import step_title

_CLUSTER = "ManagedCluster"
"""The kind that needs no name: the report is about one cluster."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing to settle, in one line: a rule at the gravest weight that it has on this path."""

    rule: str
    """Id; empty where the path itself says it."""
    title: str
    message: str
    """What was found on the first object."""
    object: ObjectRef | None = None
    """The first object, where the message does not name it."""
    more: int = 0
    """Further objects of the same weight."""
    lesser: int = 0
    """Further objects of less weight."""
    waived: int = 0
    """Further objects that a waiver accepts."""
    steps: tuple[str, ...]
    remedy: tuple[str, ...]
    """What to do, in order; empty where the rule does not say."""
    anchor: str
    """Where the report says more."""
    is_refusal: bool = False
    """The platform does not offer the step: its remedies are the ways out, to choose from."""


@dataclass(frozen=True, slots=True)
class Priorities:
    """The lines of a report, in the order of their weight."""

    stops: tuple[Line, ...]
    """The refused step, then each rule with a blocker, the earliest step first."""
    unseen: tuple[GapRow, ...]
    """Every missing fact that a rule or the path lacked, the gravest first, those that a waiver accepts last."""
    broken: tuple[Line, ...]
    """The rules that broke and could have found a blocker or a risk. Each counts as unknown."""
    risks: tuple[Line, ...]
    notices: tuple[Line, ...]
    """What is about this cluster first; then what is so in every cluster."""
    questions: tuple[Question, ...]
    waived_blockers: int = 0
    """Rules of which a waiver accepts a blocker, beside what counts of them."""
    waived_risks: int = 0
    """Rules of which a waiver accepts a risk, and no blocker."""

    @property
    def holding(self) -> tuple[GapRow, ...]:
        """The missing facts that hold the verdict back: what they hide could be a blocker or a risk."""
        return tuple(row for row in self.unseen if row.is_holding)

    @property
    def accepted(self) -> tuple[GapRow, ...]:
        """The missing facts that count as risks: a waiver accepts what they hide."""
        return tuple(row for row in self.unseen if row.is_accepted)


def priorities(report: Report) -> Priorities:
    """Sorts a report's findings and gaps into lines: one for each rule, at its gravest weight."""
    results = results_of(report)
    lines = [line for rule in report.rules for line in _lines(results[rule.id], rule)]
    found = {severity: _in_order(lines, severity, report) for severity in Severity}
    always_so = {rule.id for rule in report.rules if rule.is_always_so}
    return Priorities(
        stops=_stops(report.path.steps, found[Severity.BLOCKER]),
        unseen=_unseen(report),
        broken=tuple(_broken(report)),
        risks=found[Severity.RISK],
        notices=tuple(sorted(found[Severity.NOTICE], key=lambda line: line.rule in always_so)),
        questions=questions(report),
        waived_blockers=len(_waived(report, Severity.BLOCKER)),
        waived_risks=len(_waived(report, Severity.RISK) - _waived(report, Severity.BLOCKER)),
    )


def _waived(report: Report, severity: Severity) -> set[str]:
    """The rules of which a waiver accepts a finding of this weight."""
    found = ((result.rule, item) for result in report.results for item in result.findings if item.waiver)
    return {rule for rule, item in found if item.severity is severity and not item.asks}


def _in_order(lines: list[tuple[Severity, Line]], severity: Severity, report: Report) -> tuple[Line, ...]:
    """By the earliest step, then in catalogue order."""
    place = {step.kind: number for number, step in enumerate(report.path.steps)}
    matching = (line for found, line in lines if found is severity)
    return tuple(sorted(matching, key=lambda line: min(place.get(step, len(place)) for step in line.steps)))


def _stops(steps: Iterable[ReportedStep], blockers: tuple[Line, ...]) -> tuple[Line, ...]:
    """A refusal goes first, and is one with the rule that found the same."""
    refused = next((step for step in steps if step.refused), None)
    if refused is None:
        return blockers
    owner = next((line for line in blockers if line.rule == refused.refused_by and refused.kind in line.steps), None)
    first = _refusal(refused) if owner is None else replace(owner, is_refusal=True)
    return (first, *(line for line in blockers if line is not owner))


def _refusal(step: ReportedStep) -> Line:
    return Line(
        rule="",
        title=f"{step_title(step.kind)}: the platform does not offer it from here",
        message=step.reason,
        steps=(step.kind,),
        remedy=step.ways_out,
        anchor=step_anchor(step.kind),
        is_refusal=True,
    )


def _lines(results: Iterable[Result], rule: RuleSummary) -> Iterator[tuple[Severity, Line]]:
    of_rule = rows(results)
    if of_rule and not of_rule[0].waiver:
        yield of_rule[0].severity, _line(rule, of_rule)


def _line(rule: RuleSummary, of_rule: tuple[Row, ...]) -> Line:
    first = of_rule[0]
    counting = [row for row in of_rule if not row.waiver]
    gravest = [row for row in counting if row.severity is first.severity]
    return Line(
        rule=rule.id,
        title=rule.title,
        message=first.message,
        object=None if first.object.kind == _CLUSTER or first.object.name in first.message else first.object,
        more=len(gravest) - 1,
        lesser=len(counting) - len(gravest),
        waived=len(of_rule) - len(counting),
        steps=tuple(dict.fromkeys(step for row in gravest for step in row.steps)),
        remedy=named(first.remedy or rule.remedy, first.object),
        anchor=rule_anchor(rule.id),
    )


def _unseen(report: Report) -> tuple[GapRow, ...]:
    on_path = (("", item) for item in report.path.gaps)
    in_rules = ((result.rule, item) for result in report.results for item in result.gaps)
    return gap_rows((*on_path, *in_rules))


def _broken(report: Report) -> Iterator[Line]:
    rules = {rule.id: rule for rule in report.rules if rule.severity is not Severity.NOTICE}
    remedy = ("Report it with the JSON report; until then judge this limitation by hand.",)
    for result in report.results:
        if result.state is State.ERROR and result.rule in rules:
            yield Line(
                rule=result.rule,
                title=rules[result.rule].title,
                message=result.reason,
                steps=(result.step,),
                remedy=remedy,
                anchor=rule_anchor(result.rule),
            )
