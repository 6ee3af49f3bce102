"""The machine's index: JSON, keys as the structs of `analyzer.model.fleet_report` say."""

from __future__ import annotations

import msgspec

from analyzer.model.fleet_report import FleetReport
from reports.fleet.rows import linked
from reports.json import safe


def render(report: FleetReport, prefix: str) -> str:
    """The whole report, indented by two spaces, with a newline at its end. Its pages are relative to this file."""
    return safe(msgspec.json.format(msgspec.json.encode(linked(report, prefix)), indent=2).decode()) + "\n"
