"""`explain`: what an error of the platform means, and the way out."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rules.platform_errors import PlatformError


def explain(
    error: Annotated[
        list[str], typer.Argument(metavar="ERROR", help="An error code, or a pasted message; `-` reads stdin.")
    ],
    format: Annotated[str, typer.Option("--format", help="text or json.")] = "text",
) -> int:
    """Explain an error of a network change.

    Its cause, the way out, and the rule that finds it beforehand. Ends with 2 where the error is not known.
    """
    from analyzer.errors import UsageError
    from rules.platform_errors import PLATFORM_ERRORS, known_codes, recognise

    if format not in ("text", "json"):
        raise UsageError(f"--format is {format!r}; it can be text or json.")
    text = sys.stdin.read() if error == ["-"] else " ".join(error)
    if not text.strip():
        raise UsageError("There is no error to explain. Give its code, its message, or `-` and the message on stdin.")
    found = recognise(text)
    if not found:
        raise UsageError(
            "This error is not known. Give the code or subcode alone, or the whole message in quotes. Known codes: "
            f"{', '.join(known_codes(PLATFORM_ERRORS))}."
        )
    typer.echo(_as_json(found) if format == "json" else "\n\n".join(_as_text(item) for item in found))
    return 0


def _as_text(error: PlatformError) -> str:
    from rules import CATALOG

    titles = {rule.id: rule.page.title for rule in CATALOG}
    lines = [error.name, f"  Cause    {error.cause}"]
    lines += [f"  {'Way out' if place == 0 else '':<7}  {line}" for place, line in enumerate(error.way_out)]
    lines += [
        f"  {'Rule' if place == 0 else '':<7}  {id}: {titles[id]} (aks-preflight rules show {id})"
        for place, id in enumerate(error.rules)
    ]
    return "\n".join([*lines, f"  Source   {error.source}"])


def _as_json(found: tuple[PlatformError, ...]) -> str:
    import msgspec

    rows = [
        {
            "name": item.name,
            "codes": item.codes,
            "cause": item.cause,
            "wayOut": item.way_out,
            "rules": item.rules,
            "source": item.source,
        }
        for item in found
    ]
    return msgspec.json.format(msgspec.json.encode(rows), indent=2).decode()
