"""A run over one or more targets: read, judge, write, and the code that it ends with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import typer
from msgspec.structs import replace

from analyzer.cli import exit_codes
from analyzer.cli.evidence import Evidence, reach_of, read, targets_of
from analyzer.cli.guard import say
from analyzer.cli.options import Asking, Reaching, Selection
from analyzer.cli.output import Writer, parse_outputs
from analyzer.cli.questions import Asked, asked
from analyzer.cli.waivers import say_standings
from analyzer.engine import judge
from analyzer.errors import PreflightError, UsageError
from analyzer.model.report import Report
from analyzer.model.snapshot import Snapshot
from analyzer.model.step import StepKind
from analyzer.model.waiver import JudgedWaiver, WaiverStanding
from analyzer.waiving import merge_standings
from reports import Renderer
from reports.escaping import visible
from reports.words import VERDICTS, cluster_title
from rules import CATALOG

_WIDEST = max(map(len, VERDICTS.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which reports are wanted, and where."""

    renderers: Mapping[str, Renderer]
    """By the name that --format takes."""
    formats: Sequence[str] = ()
    out_dir: Path | None = None
    quiet: bool = False
    color: bool = True
    beside: Callable[[Snapshot, Report], Mapping[str, str]] | None = None
    """What a folder gets beside each report: texts by their paths."""


def judge_targets(which: Selection, asking: Asking, reaching: Reaching, wanted: Wanted) -> int:
    """Judges every target and writes its reports; returns the run's exit code. One failure never ends the others."""
    question = asked(asking)
    targets = targets_of(which, reaching)
    reach = reach_of(reaching, scan_configmaps=asking.scan_configmaps)
    if len(targets) > 1 and wanted.out_dir is None:
        raise UsageError(f"{len(targets)} targets need a folder for their reports: --out-dir FOLDER.")
    outputs = parse_outputs(wanted.formats, wanted.renderers, wanted.out_dir)
    writer = Writer(outputs, wanted.out_dir, renderers=wanted.renderers, color=wanted.color)
    codes, standings = [], []
    for target in targets:
        try:
            code, judged = _judge(read(target, reach), question, writer, wanted)
            codes.append(code)
            standings.append(judged)
        except PreflightError as error:
            if len(targets) == 1:
                raise
            say(f"aks-preflight: {error}")
            codes.append(error.exit_code)
    say_standings(merge_standings(standings, whole=len(standings) == len(targets)), asking.waivers)
    return exit_codes.worst([*codes, *_conclude(writer, quiet=wanted.quiet)])


def _judge(evidence: Evidence, question: Asked, writer: Writer, wanted: Wanted) -> tuple[int, tuple[JudgedWaiver, ...]]:
    """Judges one target and writes its report; returns its exit code, and what became of the waivers for it."""
    for warning in evidence.warnings:
        say(warning)
    report = judge(evidence.snapshot, question.of(evidence.hash), CATALOG)
    report = replace(report, partial=True) if evidence.interrupted else report
    _say_what_is_not_used(report)
    beside = wanted.beside(evidence.snapshot, report) if wanted.beside and writer.folder else None
    writer.write(report, beside)
    if writer.folder is not None:
        typer.echo(verdict_line(report))
    code = exit_codes.verdict_code(report.verdict, question.fail_on)
    waivers = tuple(item for item in report.waivers if item.standing is not WaiverStanding.ELSEWHERE)
    return exit_codes.INTERRUPTED if evidence.interrupted else code, waivers


def verdict_line(report: Report) -> str:
    """The verdict and which cluster it is of: the names that tell it from others of the same name."""
    cluster = report.cluster
    names = (cluster_title(cluster), cluster.resource_group, cluster.subscription)
    return visible(f"{VERDICTS[report.verdict].upper():<{_WIDEST}}  {'  '.join(filter(None, names))}")


def _say_what_is_not_used(report: Report) -> None:
    """A range that nobody judged must not look accepted."""
    given = report.inputs.get("--pod-cidr")
    if given and report.path.known and not any(step.kind == StepKind.OVERLAY for step in report.path.steps):
        now = ", ".join(report.observed.pod_cidrs) or "none"
        name = report.cluster.name or "the cluster"
        say(f"--pod-cidr {given} is not used: the path of {name} has no overlay step (its pod CIDR now: {now})")


def _conclude(writer: Writer, *, quiet: bool) -> tuple[int, ...]:
    """Says where the reports are, and what could not be written."""
    if not quiet:
        for path in writer.written:
            say(f"wrote {path}")
    for failure in writer.failures:
        say(f"aks-preflight: {failure}")
    return (exit_codes.BROKE,) if writer.failures else ()
