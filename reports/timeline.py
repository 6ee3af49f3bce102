"""The path as a reader sees it: each step with its command, what it changes and what was judged of it."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from analyzer.model.finding import Severity
from analyzer.model.report import Report, ReportedStep, Result, State, StateSummary
from reports.anchors import step_anchor
from reports.standing import is_open, is_waived, weight
from reports.words import ipam_title, step_title


@dataclass(frozen=True, slots=True)
class Change:
    """One property of the network state that a step changes."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class StepView:
    """One step of the timeline."""

    number: int
    title: str
    anchor: str
    step: ReportedStep
    command: tuple[str, ...]
    """Arguments, quoted for a POSIX shell; joined by spaces they can be pasted."""
    changes: tuple[Change, ...]
    tally: str
    """What the rules came to: "Rules: 2 with blockers, 1 unknown"."""


def timeline(report: Report) -> tuple[StepView, ...]:
    """The steps in order, a refused one last."""
    return tuple(_view(number, step, report.results) for number, step in enumerate(report.path.steps, 1))


def _view(number: int, step: ReportedStep, results: tuple[Result, ...]) -> StepView:
    return StepView(
        number=number,
        title=step_title(step.kind),
        anchor=step_anchor(step.kind),
        step=step,
        command=tuple(shlex.quote(argument) for argument in step.command),
        changes=tuple(_changes(step.before, step.after)),
        tally=_tally([result for result in results if result.step == step.kind]),
    )


def _changes(before: StateSummary, after: StateSummary) -> Iterator[Change]:
    pairs = zip(state_lines(before), state_lines(after), strict=True)
    return (Change(name, old, new) for (name, old), (_, new) in pairs if old != new)


def state_lines(state: StateSummary) -> tuple[tuple[str, str], ...]:
    """A network state as names and values. The version is the same before and after every step."""
    return (
        ("Network plugin", state.plugin),
        ("Pod addresses", ipam_title(state.ipam)),
        ("Data plane", state.dataplane),
        ("Policy engine", state.policy),
        ("Pod CIDR", ", ".join(state.pod_cidrs) or "none"),
    )


def _tally(results: list[Result]) -> str:
    return f"Rules: {', '.join(_numbers(results)) or 'none concerns it'}"


def _numbers(results: list[Result]) -> Iterator[str]:
    weights = Counter(map(weight, results))
    for severity in Severity:
        yield from _number(weights[severity], f"with {severity.value}s")
    asking = sum(any(item.asks for item in result.findings) for result in results)
    yield from _number(asking, "with questions")
    yield from _number(sum(map(is_open, results)), "unknown")
    yield from _number(sum(map(is_waived, results)), "waived")
    yield from _number(sum(result.state is State.PASS for result in results), "passed")


def _number(number: int, what: str) -> Iterator[str]:
    if number:
        yield f"{number} {what}"
