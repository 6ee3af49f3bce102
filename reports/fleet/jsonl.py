"""One flat JSON object a line, one line for each cluster, for log analytics. Every line has every key."""

from __future__ import annotations

import msgspec

from analyzer.model.fleet_report import FleetReport
from reports.fleet.records import records
from reports.json import safe


def render(report: FleetReport, prefix: str) -> str:
    """The keys of `reports.fleet.records.FIELDS`, in their order; null: not known, or not judged."""
    return "".join(f"{safe(msgspec.json.encode(record).decode())}\n" for record in records(report, prefix))
