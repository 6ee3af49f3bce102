"""The machine's report: JSON, keys as the structs of `analyzer.model.report` say."""

from __future__ import annotations

import hashlib
import re

import msgspec

from analyzer.model.report import Report

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_UNSAFE = re.compile("[\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
"""DEL, C1 controls, bidi and invisible characters: legal raw in JSON, and harmful where it is shown on a terminal."""


def render(report: Report) -> str:
    """The whole report, indented by two spaces, with a newline at its end."""
    return safe(msgspec.json.format(msgspec.json.encode(report), indent=2).decode()) + "\n"


def digest(report: Report) -> str:
    """sha256 of the file that `render` makes: what tells an approved report from any other."""
    return hashlib.sha256(render(report).encode()).hexdigest()


def safe(text: str) -> str:
    """JSON in which characters that act on a terminal are written as escapes."""
    is_plain = text.replace("…", "").isascii() and "\x7f" not in text  # as nearly always, and quickly seen
    return text if is_plain else _UNSAFE.sub(_escape, text)


def json_schema() -> dict[str, object]:
    """The JSON Schema (draft 2020-12) of what `render` writes."""
    return {"$schema": _DIALECT, "title": "aks-preflight report", **msgspec.json.schema(Report)}


def _escape(found: re.Match[str]) -> str:
    return f"\\u{ord(found.group()):04x}"
