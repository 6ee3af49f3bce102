"""`schema`: JSON Schema of the report and of the snapshot's manifest."""

from __future__ import annotations

from typing import Annotated

import typer


def schema(
    what: Annotated[str, typer.Argument(help="report or snapshot.")] = "report",
) -> int:
    """Print the JSON Schema of a report or a snapshot.

    Of the JSON report, or of a snapshot's manifest.
    """
    import msgspec

    from analyzer.errors import UsageError
    from analyzer.store.snapshot_file import Manifest
    from reports.json import json_schema

    documents = {"report": json_schema(), "snapshot": msgspec.json.schema(Manifest)}
    if what not in documents:
        raise UsageError(f"There is no schema of {what!r}; there is one of {' and of '.join(documents)}.")
    typer.echo(msgspec.json.format(msgspec.json.encode(documents[what]), indent=2).decode())
    return 0
