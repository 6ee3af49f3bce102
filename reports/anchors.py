"""Names of places in the HTML report, stable from run to run."""

from __future__ import annotations

import re

_UNPLAIN = re.compile(r"[^A-Za-z0-9_-]")


def finding_anchor(fingerprint: str) -> str:
    """Of one finding: what a ticket or a waiver links to."""
    return f"f-{fingerprint}"


def rule_anchor(rule: str) -> str:
    """Of one rule."""
    return f"r-{_plain(rule)}"


def step_anchor(kind: str) -> str:
    """Of one step of the path."""
    return f"step-{_plain(kind)}"


def waiver_anchor(waiver: str) -> str:
    """Of one waiver, by its id."""
    return f"w-{_plain(waiver)}"


def _plain(text: str) -> str:
    return _UNPLAIN.sub("_", text)[:100]
