"""`waivers draft`, the file that --waivers names, and what a person hears of waivers that do not work."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, assert_never

import typer

from analyzer.cli.guard import say

if TYPE_CHECKING:
    from analyzer.model.waiver import JudgedWaiver, Waiver


def draft_waivers(
    report: Annotated[Path, typer.Argument(metavar="REPORT", help="A cluster's JSON report.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", envvar="AKS_PREFLIGHT_OUTPUT", help="A new file (default: stdout)."),
    ] = None,
) -> int:
    """Draft a waiver file of today's findings, to fill in.

    One entry for each object with a blocker or a risk, and for each unread fact that holds the verdict back. Reason,
    owner, ticket and the last day are empty: until somebody fills them in, the file is refused. Delete what nobody
    accepts.
    """
    from analyzer.cli.waiver_draft import draft
    from analyzer.errors import UsageError
    from analyzer.store.atomic import write_atomically
    from analyzer.store.report_file import read_report

    text = draft(read_report(_content(report), str(report)))
    if output is None:
        typer.echo(text, nl=False)
        return 0
    if output.exists():
        raise UsageError(f"{output} exists, and may hold waivers that were filled in: give -o a new name.")
    try:
        write_atomically(output, text.encode())
    except OSError as error:
        raise UsageError(f"{output} cannot be written: {error.strerror}.") from error
    return 0


def given_waivers(path: Path) -> tuple[Waiver, ...]:
    """The waivers of a file, in its order. Says every mistake in it, then raises UsageError."""
    from analyzer.errors import UsageError
    from analyzer.store.waiver_file import WaiverFileError, read_waivers
    from rules import CATALOG

    try:
        return read_waivers(_content(path), str(path), {rule.id: rule.reads for rule in CATALOG})
    except WaiverFileError as error:
        for mistake in error.mistakes:
            say(mistake)
        raise UsageError(f"{path} is not used, and nothing is judged: correct what is said above.") from error


def say_standings(waivers: Iterable[JudgedWaiver], path: Path | None) -> None:
    """One line on stderr for each waiver that does not work."""
    for item in waivers:
        told = _told(item)
        if told:
            say(f"{path}:{item.waiver.line}: the waiver of {item.waiver.rule} {told}")


def _told(item: JudgedWaiver) -> str:
    """What became of a waiver, for who maintains the file; empty: nothing that asks for a hand."""
    from analyzer.model.waiver import WaiverStanding

    match item.standing:
        case WaiverStanding.REFUSED:
            return f"is refused. {item.detail}"
        case WaiverStanding.EXPIRED:
            counts = f"{item.count} of what it accepted count again." if item.count else item.detail
            return f"expired: its last day was {item.waiver.expires}. {counts}".rstrip()
        case WaiverStanding.NEAR_MISS:
            return f"matches nothing, but nearly. {item.detail}"
        case WaiverStanding.UNUSED:
            return f"is unused. {item.detail}"
        case WaiverStanding.UNSEEN | WaiverStanding.IGNORED | WaiverStanding.ELSEWHERE | WaiverStanding.IN_FORCE:
            return ""
        case _:
            assert_never(item.standing)


def _content(path: Path) -> bytes:
    from analyzer.errors import UsageError

    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
