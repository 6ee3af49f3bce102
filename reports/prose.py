"""Sentences of rules and findings, taken apart for display: paragraphs, and commands between backticks."""

from __future__ import annotations

import re
from dataclasses import dataclass

_CODE = re.compile(r"`([^`]+)`")


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of a sentence."""

    text: str
    is_code: bool


def runs(text: str) -> tuple[Run, ...]:
    """The sentence as plain text and code in turn. A backtick without a partner is plain text."""
    parts = _CODE.split(text)
    return tuple(Run(part, bool(place % 2)) for place, part in enumerate(parts) if part)


def paragraphs(text: str) -> tuple[tuple[Run, ...], ...]:
    """The paragraphs of a page's section, each without its line breaks."""
    return tuple(runs(" ".join(part.split())) for part in re.split(r"\n\s*\n", text) if part.strip())


def number(count: int) -> str:
    """A number with its thousands apart: 1,200."""
    return f"{count:,}"


def counted(number: int, one: str, many: str = "") -> str:
    """A number and its noun: 1 object, 1,200 objects."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def listed(names: tuple[str, ...], most: int) -> str:
    """Names with commas, the first ones of many: A, B and 7 more."""
    if len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[:most])} and {len(names) - most:,} more"
