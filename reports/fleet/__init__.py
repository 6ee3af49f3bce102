"""Renderers of an audit: from a fleet report to text, one small module per format, imported when it is asked for."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from analyzer.model.fleet_report import FleetReport

FleetRenderer = Callable[[FleetReport, str], str]
"""Takes the report, and the prefix of links from where the file lies to the run's folder: "" or "runs/…/"."""


def _html(report: FleetReport, prefix: str) -> str:
    from reports.fleet.html import render

    return render(report, prefix)


def _json(report: FleetReport, prefix: str) -> str:
    from reports.fleet.json import render

    return render(report, prefix)


def _csv(report: FleetReport, prefix: str) -> str:
    from reports.fleet.csv import render

    return render(report, prefix)


def _jsonl(report: FleetReport, prefix: str) -> str:
    from reports.fleet.jsonl import render

    return render(report, prefix)


def _markdown(report: FleetReport, prefix: str) -> str:
    from reports.fleet.markdown import render

    return render(report, prefix)


FLEET_FORMATS: Mapping[str, FleetRenderer] = MappingProxyType(
    {"html": _html, "json": _json, "csv": _csv, "jsonl": _jsonl, "markdown": _markdown}
)
"""By the name that `--format` takes."""
