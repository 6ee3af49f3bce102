"""Makes data inert: nothing that a name or a value holds may move a cursor, turn text around or flood a page."""

from __future__ import annotations

import unicodedata

LONGEST = 2000
"""Characters of one value that a page shows. Kubernetes names end at 253, ARM ids well below it."""
TOLERANCE = 80
"""Characters beyond the limit that are shown all the same: to say that they are left out takes as much room."""


def visible(text: str) -> str:
    r"""The text with control, bidi, invisible and unassigned characters written as \x1b, \u202e. One line."""
    return text if text.isprintable() else "".join(map(_visible, text))


def shown(text: str) -> str:
    """The text as a page may hold it: inert, and escaped as markup, in attributes too."""
    return escaped(inert(text))


def escaped(text: str) -> str:
    """As `markupsafe.escape` writes it, in a fifth of its time: pages show ten thousand values."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace("'", "&#39;").replace('"', "&#34;")


def _visible(char: str) -> str:
    if char.isprintable() or unicodedata.category(char) == "Zs":
        return char
    return char.encode("unicode_escape").decode("ascii")


def inert(text: str, longest: int = LONGEST) -> str:
    """One visible line of bounded length: the whole text, or its beginning and how much is left out."""
    left_out = len(text) - longest
    if left_out <= TOLERANCE:
        return text if text.isprintable() else visible(text)
    return f"{visible(text[:longest])}... ({left_out:,} more characters in the JSON report)"
