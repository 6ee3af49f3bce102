"""`gate`: go or no-go at the time of the change."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from analyzer.cli import options


@dataclass(frozen=True, slots=True, kw_only=True)
class Approving:
    """What was approved, and on what terms it holds."""

    approved: Annotated[
        Path | None,
        typer.Option(
            "--approved", envvar="AKS_PREFLIGHT_APPROVED", metavar="REPORT", help="The JSON report that was approved."
        ),
    ] = None
    approved_hash: Annotated[
        str | None,
        typer.Option(
            "--approved-hash",
            envvar="AKS_PREFLIGHT_APPROVED_HASH",
            metavar="SHA256",
            help="Of that file, as the ticket's page names it; any other file is refused.",
        ),
    ] = None
    max_age: Annotated[
        str,
        typer.Option(
            "--max-age",
            envvar="AKS_PREFLIGHT_MAX_AGE",
            metavar="AGE",
            help="The oldest that the approved evidence, and the new one, may be: 90m, 24h, 7d.",
        ),
    ] = "24h"
    waivers: options.Waivers = None
    strict: options.Strict = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """Where the decision goes."""

    formats: Annotated[
        list[str] | None,
        options.format_option("text, json or markdown; repeatable, one may go to stdout. Default: text."),
    ] = None


def gate(approving: Approving, which: options.Selection, reaching: options.Reaching, recording: Recording) -> int:
    """Decide at the time of the change whether an approved report still holds.

    The cluster is read again (without a target: the approved one, in Azure) and judged by the target and the inputs
    of the approved report, as of today. It is a go only where that report was READY or READY WITH RISKS, the verdict
    is no worse now, nothing new fails, nothing material drifted, and neither evidence is older than --max-age.

    \b
    Exit codes:
      0    go
      1    the run itself broke: a bug, or a record that could not be written
      2    usage: options, files, another cluster, another report than the one that was approved
      3    no go: BLOCKED, now or at the approval
      5    no go: INDETERMINATE, now or at the approval; or nothing proves that the new evidence is of now
      6    the cluster could not be signed in to or reached
      7    no go: something drifted since the approval
      130  interrupted
    """
    from analyzer.cli.deciding import decide_and_record

    return decide_and_record(approving, which, reaching, recording)
