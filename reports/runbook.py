"""The runbook of a path: every command with this cluster's names, held back where a step must not run yet.

The prose stands in templates/runbook.txt.j2; this module fills it, and writes the same as JSON.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from functools import cache

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined
from msgspec import Struct

from analyzer.model.finding import Severity
from analyzer.model.report import AddressPlanSummary, ClusterSummary, Report, ReportedGap, ReportedStep, State, Verdict
from reports.escaping import inert
from reports.json import safe
from reports.prose import counted, listed
from reports.runbook_commands import Command, before_first, gate, preparation
from reports.waiver_text import step_waivers
from reports.words import VERDICTS, cluster_title, day, moment, source_title, step_title, target_title

_HELD = (Verdict.BLOCKED, Verdict.INDETERMINATE)
_MOST_RULES = 8


class RunbookStep(Struct, frozen=True, kw_only=True, rename="camel"):
    """One step to carry out."""

    number: int
    kind: str
    title: str
    verdict: Verdict
    may_run: bool
    why_not: str = ""
    """What holds the step back; empty: nothing does."""
    risks: str = ""
    """What to settle or accept first."""
    waived: tuple[str, ...] = ()
    """What waivers accept at this step, by whom and until when: it holds nothing back."""
    lost_flows: int = 0
    """Sets of flows that the step blocks."""
    prepare: tuple[Command, ...] = ()
    command: tuple[str, ...] = ()
    """Empty: the platform does not offer the step."""
    least_cli: str = ""
    irreversible: bool = False
    reimages: int = 0
    gate: tuple[Command, ...] = ()
    """What to see before anything else is sent."""
    ways_out: tuple[str, ...] = ()


class Runbook(Struct, frozen=True, kw_only=True, rename="camel"):
    """What `plan` says of one cluster."""

    cluster: ClusterSummary
    target: str
    verdict: Verdict
    as_of: str
    collected_at: str | None
    snapshot_hash: str
    partial: bool
    path_known: bool
    reimages: int
    reason: str
    """Why this order; or why there is no path."""
    missing: tuple[ReportedGap, ...]
    """What the path lacks, where there is none."""
    address_plan: AddressPlanSummary | None
    before_first: tuple[Command, ...]
    steps: tuple[RunbookStep, ...]
    held: int | None = None
    """The number of the first step that must not run yet; None: all may, one after the other."""


def runbook(report: Report) -> Runbook:
    """The runbook of a report."""
    steps = tuple(_steps(report))
    return Runbook(
        cluster=report.cluster,
        target=report.target,
        verdict=report.verdict,
        as_of=report.as_of,
        collected_at=report.collected_at,
        snapshot_hash=report.snapshot_hash,
        partial=report.partial,
        path_known=report.path.known,
        reimages=report.path.reimages,
        reason=report.path.reason,
        missing=report.path.gaps,
        address_plan=report.address_plan,
        before_first=tuple(before_first(report)) if any(step.command for step in steps) else (),
        steps=steps,
        held=first_held(report) or None,
    )


def render_json(report: Report) -> str:
    """The runbook as JSON, indented by two spaces."""
    return safe(msgspec.json.format(msgspec.json.encode(runbook(report)), indent=2).decode()) + "\n"


def render_text(report: Report) -> str:
    """The runbook as text, to be read, printed or pasted from."""
    return _environment().get_template("runbook.txt.j2").render(book=runbook(report))


def held_steps(report: Report) -> dict[str, str]:
    """What holds back each step that must not run yet, by the step's kind."""
    return {step.kind: why for _, step, why in _judged(report) if why or step.refused}


def _steps(report: Report) -> Iterator[RunbookStep]:
    return (_step(report, number, step, why) for number, step, why in _judged(report))


def _judged(report: Report) -> Iterator[tuple[int, ReportedStep, str]]:
    """The steps by number, and what holds each back; empty: nothing.

    Where one is held, all are: those before it alone would leave the cluster half-way.
    """
    first = first_held(report)
    for number, step in enumerate(report.path.steps, 1):
        yield number, step, _held_by(report, step) or _waits_for(first, number)


def first_held(report: Report) -> int:
    """The number of the first step that something holds back by itself; 0: none."""
    return next((number for number, step in enumerate(report.path.steps, 1) if _held_by(report, step)), 0)


def _waits_for(first: int, number: int) -> str:
    if not first:
        return ""
    if number > first:
        return f"step {first} must be settled and done first"
    return f"step {first} must be settled first; this step alone would leave the cluster half-way"


def _held_by(report: Report, step: ReportedStep) -> str:
    if step.refused:
        return step.reason
    if report.partial:
        return "the run was interrupted, so not everything was judged"
    if step.verdict not in _HELD:
        return ""
    blockers = _rules(report, step, (Severity.BLOCKER,))
    if blockers:
        return f"{counted(len(blockers), 'blocker')}: {listed(blockers, _MOST_RULES)}"
    return f"not known: {listed(_open_rules(report, step), _MOST_RULES) or 'no rule was evaluated'}"


def _rules(report: Report, step: ReportedStep, severities: Iterable[Severity]) -> tuple[str, ...]:
    wanted = set(severities)
    results = (item for item in report.results if item.step == step.kind)
    return tuple(
        item.rule for item in results if any(found.severity in wanted and not found.waiver for found in item.findings)
    )


def _open_rules(report: Report, step: ReportedStep) -> tuple[str, ...]:
    """The rules that could not be judged, could have found more than a notice, and are not accepted so."""
    weights = {rule.id: rule.severity for rule in report.rules}
    results = (item for item in report.results if item.step == step.kind)
    return tuple(
        item.rule
        for item in results
        if any(gap.severity is not Severity.NOTICE and not gap.waiver for gap in item.gaps)
        or (item.state is State.ERROR and weights.get(item.rule) is not Severity.NOTICE)
    )


def _step(report: Report, number: int, step: ReportedStep, why: str) -> RunbookStep:
    if step.refused:
        return RunbookStep(
            number=number,
            kind=step.kind,
            title=step_title(step.kind),
            verdict=step.verdict,
            may_run=False,
            why_not=why,
            ways_out=step.ways_out,
        )
    return RunbookStep(
        number=number,
        kind=step.kind,
        title=step_title(step.kind),
        verdict=step.verdict,
        may_run=not why,
        why_not=why,
        risks=listed(_rules(report, step, (Severity.RISK,)), _MOST_RULES),
        waived=tuple(step_waivers(report, step)),
        lost_flows=sum(flows.blocked for flows in report.flows if flows.step == step.kind),
        prepare=tuple(preparation(step, report)),
        command=step.command,
        least_cli=step.least_cli,
        irreversible=step.irreversible,
        reimages=step.reimages,
        gate=tuple(gate(step, report)),
    )


@cache
def _environment() -> Environment:
    """Plain text: nothing to escape as markup, and no character of a name that acts on a terminal."""
    environment = Environment(
        loader=PackageLoader("reports"),
        autoescape=False,
        finalize=lambda value: inert(value) if isinstance(value, str) else value,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        cluster_title=cluster_title,
        counted=counted,
        day=day,
        listed=listed,
        moment=moment,
        plain=lambda text: text.replace("`", ""),
        shell=lambda arguments: " ".join(map(shlex.quote, arguments)),
        source=source_title,
        target=target_title,
        verdict=lambda verdict: VERDICTS[verdict],
    )
    return environment
