"""A run over one or more targets: read, judge, write, and the code that it ends with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import typer
from msgspec.structs import replace

from analyzer.cli import exit_codes
from analyzer.cli.evidence import Evidence, Reach, read
from analyzer.cli.guard import say
from analyzer.cli.output import Writer, parse_outputs
from analyzer.cli.questions import Asked
from analyzer.cli.targets import Target
from analyzer.engine import judge
from analyzer.errors import PreflightError, UsageError
from rules import CATALOG


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which reports are wanted, and where."""

    formats: Sequence[str] = ()
    out_dir: Path | None = None
    quiet: bool = False
    color: bool = True


def check_targets(targets: Sequence[Target], question: Asked, reach: Reach, wanted: Wanted) -> int:
    """Judges every target and writes its reports; returns the run's exit code. One failure never ends the others."""
    if len(targets) > 1 and wanted.out_dir is None:
        raise UsageError(f"{len(targets)} targets need a folder for their reports: --out-dir FOLDER.")
    writer = Writer(parse_outputs(wanted.formats), wanted.out_dir, color=wanted.color)
    codes = []
    for target in targets:
        try:
            codes.append(_check(read(target, reach), question, writer))
        except PreflightError as error:
            if len(targets) == 1:
                raise
            say(f"aks-preflight: {error}")
            codes.append(error.exit_code)
    return exit_codes.worst([*codes, *_conclude(writer, quiet=wanted.quiet)])


def _check(evidence: Evidence, question: Asked, writer: Writer) -> int:
    for warning in evidence.warnings:
        say(warning)
    report = judge(evidence.snapshot, question.of(evidence.hash), CATALOG)
    report = replace(report, partial=True) if evidence.interrupted else report
    writer.write(report)
    if writer.folder is not None:
        typer.echo(f"{report.verdict.value:<17} {report.cluster.name or 'unnamed'}")
    code = exit_codes.verdict_code(report.verdict, question.fail_on)
    return exit_codes.INTERRUPTED if evidence.interrupted else code


def _conclude(writer: Writer, *, quiet: bool) -> tuple[int, ...]:
    """Says where the reports are, and what could not be written."""
    if not quiet:
        for path in writer.written:
            say(f"wrote {path}")
    for failure in writer.failures:
        say(f"aks-preflight: {failure}")
    return (exit_codes.BROKE,) if writer.failures else ()
