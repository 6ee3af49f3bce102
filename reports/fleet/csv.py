"""One line for each cluster, for spreadsheets: formula-safe, columns frozen. An empty cell is not known, or not so."""

from __future__ import annotations

import csv
from io import StringIO

from analyzer.model.fleet_report import FleetReport
from reports.csv import cell
from reports.fleet.records import FIELDS, Value, records


def render(report: FleetReport, prefix: str) -> str:
    """The columns of FIELDS, each line ended by a line feed."""
    stream = StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(FIELDS)
    for record in records(report, prefix):
        writer.writerow([_written(record[field]) for field in FIELDS])
    return stream.getvalue()


def _written(value: Value) -> str:
    """A number stays one, negative or not: only text can be a formula."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            return cell(value)
