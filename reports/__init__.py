"""Renderers: from a report to text, one small module per format, imported when it is asked for."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from analyzer.model.report import Report

Renderer = Callable[[Report], str]


def _html(report: Report) -> str:
    from reports.html import render

    return render(report)


def _json(report: Report) -> str:
    from reports.json import render

    return render(report)


def _markdown(report: Report) -> str:
    from reports.markdown import render

    return render(report)


def _csv(report: Report) -> str:
    from reports.csv import render

    return render(report)


def _text(report: Report) -> str:
    from reports.text import render

    return render(report)


FORMATS: Mapping[str, Renderer] = MappingProxyType(
    {"html": _html, "json": _json, "markdown": _markdown, "csv": _csv, "text": _text}
)
"""By the name that `--format` takes."""


def _plan_text(report: Report) -> str:
    from reports.runbook import render_text

    return render_text(report)


def _plan_json(report: Report) -> str:
    from reports.runbook import render_json

    return render_json(report)


PLAN_FORMATS: Mapping[str, Renderer] = MappingProxyType({"text": _plan_text, "json": _plan_json})
"""What `plan` writes, by the name that `--format` takes."""
