"""Renderers: from a report to text, one small module per format."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from analyzer.model.report import Report
from reports.html import render as render_html
from reports.json import render as render_json
from reports.text import render as render_text

Renderer = Callable[[Report], str]

FORMATS: Mapping[str, Renderer] = MappingProxyType({"html": render_html, "json": render_json, "text": render_text})
"""By the name that `--format` takes."""
