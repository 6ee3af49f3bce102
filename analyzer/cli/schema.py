"""`schema`: JSON Schema of the report, of an audit's index, of the snapshot's manifest and of waiver files."""

from __future__ import annotations

from typing import Annotated

import typer


def schema(
    what: Annotated[str, typer.Argument(help="report, audit, snapshot or waivers.")] = "report",
) -> int:
    """Print the JSON Schema of a report, an audit, a snapshot or a waiver file.

    Of the JSON report, of an audit's index.json, of a snapshot's manifest, or of the YAML that --waivers takes.
    """
    import msgspec

    from analyzer.errors import UsageError
    from analyzer.model.fleet_report import FleetReport
    from analyzer.store import waiver_file
    from analyzer.store.snapshot_file import Manifest
    from reports.json import json_schema
    from rules import CATALOG

    documents = {
        "report": json_schema(),
        "audit": msgspec.json.schema(FleetReport),
        "snapshot": msgspec.json.schema(Manifest),
        "waivers": waiver_file.json_schema({rule.id: rule.reads for rule in CATALOG}),
    }
    if what not in documents:
        raise UsageError(f"There is no schema of {what!r}; there is one of {', '.join(documents)}.")
    typer.echo(msgspec.json.format(msgspec.json.encode(documents[what]), indent=2).decode())
    return 0
