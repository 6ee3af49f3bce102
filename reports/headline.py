"""The verdict in words, and what to do first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from analyzer.model.report import Report, Verdict
from reports.anchors import step_anchor
from reports.folding import GapRow
from reports.priorities import Line, Priorities
from reports.prose import counted, listed
from reports.standing import is_open
from reports.waivers import amiss, tally
from reports.words import source_title, step_title, target_title


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do first, and why."""

    heading: str
    reason: str
    actions: tuple[str, ...]
    anchor: str
    """Where the report says more; empty: nowhere."""


def is_finished(report: Report) -> bool:
    """Whether the cluster is on the target already: a known path without a step."""
    return report.path.known and not report.path.steps


def sentences(report: Report, lines: Priorities) -> tuple[str, ...]:
    """What the verdict rests on, then what else a reader must know before acting on it."""
    return tuple(filter(None, (_reason(report, lines), _besides(report, lines), _accepted(report, lines))))


def _reason(report: Report, lines: Priorities) -> str:
    match report.verdict:
        case Verdict.BLOCKED:
            blockers = counted(len(lines.stops), "blocker")
            return f"Not yet: {blockers} to settle before this migration can start. Nothing was changed."
        case Verdict.INDETERMINATE:
            return _open_reason(report, lines)
        case Verdict.READY_WITH_RISKS:
            return _risky_reason(lines)
        case Verdict.READY:
            return _ready_reason(report, lines)
        case _ as never:
            assert_never(never)


def _risky_reason(lines: Priorities) -> str:
    blockers = f"No blocker{_beside(_waived_blockers(lines))}"
    waived = _beside(_waived_risks(lines))
    if lines.accepted and not lines.risks:
        return f"{blockers}, and no risk{waived} in what was read; what was not read counts as one."
    risks = f"{counted(len(lines.risks), 'risk')}{waived}"
    what = "settle or accept first: the platform accepts the migration, then traffic or workloads suffer"
    return f"{blockers}, and {risks} to {what}."


def _beside(*waived: str) -> str:
    """What waivers take out of a count, with a space before it: " beside 1 waived blocker"; empty: nothing."""
    found = tuple(filter(None, waived))
    return f" beside {' and '.join(found)}" if found else ""


def _waived_blockers(lines: Priorities) -> str:
    return counted(lines.waived_blockers, "waived blocker") if lines.waived_blockers else ""


def _waived_risks(lines: Priorities) -> str:
    return counted(lines.waived_risks, "waived risk") if lines.waived_risks else ""


def _open_reason(report: Report, lines: Priorities) -> str:
    if not report.tool.rule_count:
        return "No rule was evaluated, so nothing is known."
    if not report.path.known:
        return "No path can be named, so no rule could be judged. This is not a go."
    nothing = f"Nothing that was read{_beside(_waived_blockers(lines))} blocks this migration"
    return f"{nothing}, but not everything was read. This is not a go."


def _ready_reason(report: Report, lines: Priorities) -> str:
    if is_finished(report):
        return f"The cluster already runs {target_title(report.target)}: there is nothing to migrate.{_left(lines)}"
    judged = counted(report.tool.rule_count, "limitation")
    asked = counted(len(lines.questions), "question")
    waived = _beside(_waived_blockers(lines), _waived_risks(lines))
    return (
        f"No blocker and no risk{waived} among the {judged} that this version judges, and no fact was lacking for one."
        f"{f' {asked} for you to answer could still bring one.' if lines.questions else ''}"
    )


def _left(lines: Priorities) -> str:
    """What was found on a cluster that is on the target already."""
    found = (("blocker", lines.stops), ("risk", lines.risks), ("notice", lines.notices))
    numbers = [counted(len(of_weight), weight) for weight, of_weight in found if of_weight]
    return f" What is left there to settle: {', '.join(numbers)}." if numbers else ""


def _besides(report: Report, lines: Priorities) -> str:
    """What the verdict alone does not say: rules that are unknown."""
    holding = {rule for row in lines.holding for rule in row.rules} | {line.rule for line in lines.broken}
    if holding and report.verdict is Verdict.BLOCKED:
        return f"Besides, {_unknown(len(holding))}: settling the blockers alone does not make it ready."
    if holding:
        return f"{_unknown(len(holding))}."
    others = {result.rule for result in report.results if is_open(result)}
    if not others:
        return ""
    return f"{_unknown(len(others))}; what is missing could only make a notice."


def _accepted(report: Report, lines: Priorities) -> str:
    """What waivers took out of the verdict, and how many of them do not hold."""
    found = tuple(filter(None, (_waived_blockers(lines), _waived_risks(lines))))
    is_said = report.verdict in (Verdict.READY, Verdict.READY_WITH_RISKS) and not is_finished(report)
    there = "" if is_said or not found else f"Still there, and accepted: {' and '.join(found)}."
    return " ".join(filter(None, (there, _accepted_unseen(lines), _not_holding(report))))


def _accepted_unseen(lines: Priorities) -> str:
    number = len(lines.accepted)
    verbs = "is accepted unseen, and counts as a risk" if number == 1 else "are accepted unseen, and count as risks"
    return f"{counted(number, 'missing fact')} {verbs}." if number else ""


def _not_holding(report: Report) -> str:
    found = amiss(report)
    verb = "does" if len(found) == 1 else "do"
    return f"{counted(len(found), 'waiver')} {verb} not hold: {tally(found)}." if found else ""


def _unknown(number: int) -> str:
    return f"{counted(number, 'rule')} {'is' if number == 1 else 'are'} unknown"


def advice(report: Report, lines: Priorities) -> Advice:
    """The first thing to do, by the verdict."""
    match report.verdict:
        case Verdict.BLOCKED:
            return _first(lines.stops, "No blocker is named. Read the steps of the path.")
        case Verdict.INDETERMINATE:
            return _make_visible(lines)
        case Verdict.READY_WITH_RISKS:
            return _first_risk(lines)
        case Verdict.READY:
            return _begin(report, lines)
        case _ as never:
            assert_never(never)


def _first_risk(lines: Priorities) -> Advice:
    if lines.accepted and not lines.risks:
        return _readable("See what was accepted unseen", lines.accepted)
    return _first(lines.risks, "No risk is named. Read the findings.")


def _first(lines: tuple[Line, ...], otherwise: str) -> Advice:
    if not lines:
        return Advice("Read the report", otherwise, (), "")
    line = lines[0]
    return Advice(line.title, said(line), line.remedy, line.anchor)


def said(line: Line) -> str:
    """What was found, with the object that it was found on and the number of others."""
    about = f"{line.object}: " if line.object else ""
    return f"{about}{line.message}{others(line)}"


def others(line: Line) -> str:
    """The further objects of a line, as a sentence with a space before it; empty: there are none."""
    parts = [counted(line.more, "more object")] if line.more else []
    parts += [f"{counted(line.lesser, 'object')} of less weight"] if line.lesser else []
    parts += [f"{counted(line.waived, 'object')} that a waiver accepts"] if line.waived else []
    return f" And {', and '.join(parts)}." if parts else ""


def _make_visible(lines: Priorities) -> Advice:
    gaps = lines.holding or lines.unseen
    if gaps:
        return _readable("Make the missing facts readable", gaps)
    return _first(lines.broken, "Nothing was evaluated: name a cluster and at least one rule.")


def _readable(heading: str, gaps: tuple[GapRow, ...]) -> Advice:
    grants = tuple(dict.fromkeys(row.grant for row in gaps if row.grant))
    sources = listed(tuple(dict.fromkeys(source_title(row.source) for row in gaps)), 5)
    return Advice(heading, f"Not known: {sources}.", grants, "coverage")


def _begin(report: Report, lines: Priorities) -> Advice:
    if not report.path.steps:
        return _after_arrival(lines)
    step = report.path.steps[0]
    notices, asked = counted(len(lines.notices), "notice"), counted(len(lines.questions), "question")
    heading = f"Plan the window for step 1: {step_title(step.kind)}"
    answer = f"answer {asked}, and read {notices}" if lines.questions else f"read {notices}"
    return Advice(heading, f"First {answer}, worth knowing before the change.", (), step_anchor(step.kind))


def _after_arrival(lines: Priorities) -> Advice:
    """What the way to the target left behind; what could not be seen of it is never "nothing"."""
    left = (*lines.stops, *lines.risks, *lines.notices)
    if left:
        return _first(left, "")
    return _make_visible(lines) if lines.unseen else Advice("Nothing to do", "The cluster is on the target.", (), "")
