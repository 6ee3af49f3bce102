"""The verdict in words, and what to do first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from analyzer.model.report import Report, State, Verdict
from reports.anchors import step_anchor
from reports.priorities import Line, Priorities
from reports.prose import counted, listed
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
    return tuple(filter(None, (_reason(report, lines), _besides(report, lines))))


def _reason(report: Report, lines: Priorities) -> str:
    match report.verdict:
        case Verdict.BLOCKED:
            return f"{counted(len(lines.stops), 'blocker')} to settle before this migration can start."
        case Verdict.INDETERMINATE:
            return _open_reason(report)
        case Verdict.READY_WITH_RISKS:
            risks = counted(len(lines.risks), "risk")
            return f"No blocker, and {risks}: the platform accepts the migration, then traffic or workloads suffer."
        case Verdict.READY:
            return _ready_reason(report)
        case _ as never:
            assert_never(never)


def _open_reason(report: Report) -> str:
    if not report.tool.rule_count:
        return "No rule was evaluated, so nothing is known."
    if not report.path.known:
        return "No path can be named, so no rule could be judged. This is not a go."
    return "Nothing that was read blocks this migration, but not everything was read. This is not a go."


def _ready_reason(report: Report) -> str:
    if is_finished(report):
        return f"The cluster already runs {target_title(report.target)}: there is nothing to migrate."
    judged = counted(report.tool.rule_count, "limitation")
    return f"No blocker and no risk among the {judged} that this version judges, and no fact was lacking for one."


def _besides(report: Report, lines: Priorities) -> str:
    """What the verdict alone does not say: rules that could not be judged."""
    holding = {rule for row in lines.holding for rule in row.rules} | {line.rule for line in lines.broken}
    if holding and report.verdict is Verdict.BLOCKED:
        open_rules = counted(len(holding), "rule")
        return f"Besides, {open_rules} could not be judged: settling the blockers alone does not make it ready."
    if holding:
        return f"{counted(len(holding), 'rule')} could not be judged."
    others = {result.rule for result in report.results if result.state in (State.UNKNOWN, State.ERROR)}
    if not others:
        return ""
    return f"{counted(len(others), 'rule')} could not be judged; what is missing could only make a notice."


def advice(report: Report, lines: Priorities) -> Advice:
    """The first thing to do, by the verdict."""
    match report.verdict:
        case Verdict.BLOCKED:
            return _first(lines.stops, "No blocker is named. Read the steps of the path.")
        case Verdict.INDETERMINATE:
            return _make_visible(lines)
        case Verdict.READY_WITH_RISKS:
            return _first(lines.risks, "No risk is named. Read the findings.")
        case Verdict.READY:
            return _begin(report, lines)
        case _ as never:
            assert_never(never)


def _first(lines: tuple[Line, ...], otherwise: str) -> Advice:
    if not lines:
        return Advice("Read the report", otherwise, (), "")
    line = lines[0]
    others = f" The same holds for {counted(line.more, 'more object')}." if line.more else ""
    return Advice(line.title, line.message + others, line.remedy, line.anchor)


def _make_visible(lines: Priorities) -> Advice:
    gaps = lines.holding or lines.unseen
    grants = tuple(dict.fromkeys(row.grant for row in gaps if row.grant))
    if gaps:
        sources = listed(tuple(dict.fromkeys(source_title(row.source) for row in gaps)), 5)
        return Advice("Make the missing facts readable", f"Not known: {sources}.", grants, "coverage")
    return _first(lines.broken, "Nothing was evaluated: name a cluster and at least one rule.")


def _begin(report: Report, lines: Priorities) -> Advice:
    if not report.path.steps:
        return Advice("Nothing to do", "The cluster is on the target.", (), "")
    step = report.path.steps[0]
    notices = counted(len(lines.notices), "notice")
    heading = f"Plan the window for step 1: {step_title(step.kind)}"
    return Advice(heading, f"First read what is worth knowing about it: {notices}.", (), step_anchor(step.kind))
