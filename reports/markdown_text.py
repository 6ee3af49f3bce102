"""GitHub-flavoured Markdown in which data is inert, on a page that never grows beyond its room.

Names and values stand in code spans: nothing in them becomes markup, HTML, a link, a mention, a reference, an emoji
or a formula there. Sentences keep their plain words; any other word of theirs is a code span too. There is no table.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from reports.escaping import visible
from reports.prose import runs

MOST = 3_990
"""Bytes of a page. A page below 4,000 bytes is below 4,000 characters, however a ticket system counts them."""
_CUT = "..."
_BEFORE, _AFTER = "(\"'", ")\"'.,;:!?"
"""What may stand around a plain word."""
_ENDS = ".,;"
"""What may stand right behind a code span."""
_PLAIN = re.compile(r"[A-Za-z]+(?:['-][A-Za-z]+)*|\d{1,4}|\d{1,3}(?:,\d{3})+|\d\d:\d\d", re.ASCII)
_HASH = re.compile(r"(?<![a-z])[a-f]{7,}(?![a-z])", re.IGNORECASE)
"""Letters that could be the short hash of a commit, which GitHub makes a link."""
_LONGEST_WORD = 60
_LONGEST_PUNCTUATION = 3
_MOST_ITEMS = 60

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and its list. An item is one line of Markdown."""

    title: str
    items: tuple[str, ...]
    """The gravest first."""
    further: int = 0
    """Items behind these, of which only the number is said: no page could hold them."""


def section(title: str, found: Sequence[Item], line: Callable[[Item], str]) -> Section:
    """A section whose title ends with its number, of what there is and how it is said in one line."""
    return Section(f"{title}: {len(found):,}", tuple(map(line, found[:_MOST_ITEMS])), max(0, len(found) - _MOST_ITEMS))


def code(text: str, most: int = 120) -> str:
    """A name or a value as a code span of at most so many bytes."""
    shown = visible(text[:most]).replace("`", "\\x60").encode()
    if len(text) <= most and len(shown) <= most - 2:
        return f"`{shown.decode() or ' '}`"
    return f"`{shown[: most - 2 - len(_CUT)].decode(errors='ignore')}{_CUT}`"


def prose(text: str, most: int = 240) -> str:
    """A sentence of at most so many bytes: plain words as they are, everything else in code spans."""
    shown, room = list[str](), most - len(_CUT)
    for word in _words(text):
        room -= len(word.encode()) + 1
        if room < 0:
            return " ".join((*shown, _CUT))
        shown.append(word)
    return " ".join(shown)


def page(head: Sequence[str], sections: Iterable[Section], foot: Sequence[str]) -> str:
    """The page: of each section its first item, then the first section's others and so on, while there is room."""
    filled = [section for section in sections if section.items]
    shown = [0] * len(filled)
    for place in (*range(len(filled)), *_rest(filled)):
        shown[place] += 1
        if len(_page(head, filled, shown, foot).encode()) > MOST:
            shown[place] -= 1
    return _page(head, filled, shown, foot)


def _rest(sections: Sequence[Section]) -> Iterator[int]:
    """A place for each further item, as many as could ever fit."""
    for place, section in enumerate(sections):
        yield from (place for _ in section.items[1:])


def _page(head: Sequence[str], sections: Sequence[Section], shown: Sequence[int], foot: Sequence[str]) -> str:
    lines = [*head]
    for section, number in zip(sections, shown, strict=True):
        lines += ["", f"### {section.title}", "", *(f"- {item}" for item in section.items[:number])]
        left = len(section.items) + section.further - number
        lines += [f"- and {left:,} more: see the report" if number else f"- {left:,}: see the report"] if left else []
    return "\n".join((*lines, "", "---", "", *foot, ""))


def _words(text: str) -> Iterator[str]:
    words = list[str]()
    for run in runs(text):
        if run.is_code:
            words.append(code(run.text))
            continue
        end = run.text[0] if words and run.text[0] in _ENDS else ""
        words[-1:] = [word + end for word in words[-1:]]
        words += map(_word, run.text[len(end) :].split())
    return iter(words)


def _word(word: str) -> str:
    core = word.lstrip(_BEFORE).rstrip(_AFTER)
    before, _, after = word.partition(core) if core else ("", "", "")
    if not core or max(len(before), len(after)) > _LONGEST_PUNCTUATION:
        return code(word, _LONGEST_WORD)
    is_plain = _PLAIN.fullmatch(core) and len(core) < _LONGEST_WORD and not _HASH.search(core)
    return f"{before}{core if is_plain else code(core, _LONGEST_WORD)}{after}"
