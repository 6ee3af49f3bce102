"""`compare`: what changed between two reports, snapshots or audits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from analyzer.cli import options


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparing:
    """Which two, and where the answer goes."""

    old: Annotated[str | None, typer.Argument(metavar="OLD", help="What it was.")] = None
    new: Annotated[str | None, typer.Argument(metavar="NEW", help="What it is now.")] = None
    formats: Annotated[
        list[str] | None,
        options.format_option("text (default), json or markdown; repeatable, one may go to stdout."),
    ] = None


def compare(comparing: Comparing, asking: options.Asking) -> int:
    """Say what changed from OLD to NEW, and whether anything is worse.

    Each is a JSON report, a snapshot (.zip, judged first, both with the options below), or an audit: the folder or URL
    of a run, of several runs (the newest finished one), or an index.json. New, fixed, changed, still unknown; what was
    not looked at again is out of sight, and never fixed.

    \b
    Exit codes:
      0    nothing is worse
      1    the run itself broke: a bug, or an answer that could not be written
      2    usage: options, files, two clusters, a cluster and an audit
      5    nothing was compared: NEW holds no cluster, or no rule was evaluated
      7    something new fails, or a verdict got worse; not with --fail-on never
      130  interrupted
    """
    from analyzer.cli.comparing import compare_sides

    return compare_sides(comparing, asking)
