"""`rules list` and `rules show`: what is checked, with sources."""

from __future__ import annotations

from typing import Annotated

import typer


def list_rules(
    format: Annotated[str, typer.Option("--format", help="text or json.")] = "text",
) -> int:
    """List every rule.

    With id, severity, title, and the steps that it is judged at.
    """
    import msgspec

    from analyzer.errors import UsageError
    from rules import CATALOG

    if format not in ("text", "json"):
        raise UsageError(f"--format is {format!r}; it can be text or json.")
    if format == "json":
        rows = [
            {
                "id": rule.id,
                "title": rule.page.title,
                "severity": rule.severity,
                "confidence": rule.confidence,
                "steps": rule.steps,
                "reads": rule.reads,
                "since": rule.since,
            }
            for rule in CATALOG
        ]
        typer.echo(msgspec.json.format(msgspec.json.encode(rows), indent=2).decode())
        return 0
    width = max(len(rule.id) for rule in CATALOG)
    for rule in CATALOG:
        steps = ",".join(rule.steps)
        typer.echo(f"{rule.id:<{width}}  {rule.severity.value:<7}  {rule.page.title}  [{steps}]")
    return 0


def show_rule(
    id: Annotated[str, typer.Argument(metavar="ID", help="A rule's id, such as OVL-K8S-VERSION.")],
) -> int:
    """Show one rule's page.

    What it is, why it matters, what to do, how it is decided, and its sources.
    """
    from analyzer.errors import UsageError
    from rules import CATALOG

    found = next((rule for rule in CATALOG if rule.id == id.upper()), None)
    if found is None:
        near = [rule.id for rule in CATALOG if id.upper() in rule.id]
        raise UsageError(f"There is no rule {id!r}. " + (f"Close: {', '.join(near)}." if near else "See: rules list."))
    typer.echo(f"{found.id}: {found.page.text.strip()}\n")
    typer.echo(f"Severity: {found.severity.value}    Confidence: {found.confidence.value}    Since: {found.since}")
    typer.echo(f"Judged at: {', '.join(found.steps)}    Reads: {', '.join(found.reads)}")
    for source in found.sources:
        typer.echo(f"\n{source.url}\n  {source.claim} ({source.date or 'no date'})")
        if source.contradicts:
            typer.echo(f"  But: {source.contradicts}")
    return 0
