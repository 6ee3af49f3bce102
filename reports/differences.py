"""What changed between two reports, or two audits, as text, JSON, or a Markdown page for a ticket's comment."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from io import StringIO
from types import MappingProxyType

import msgspec
from msgspec import Struct
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from analyzer.model.difference import Difference, FleetDifference
from reports.difference_words import STILL_UNKNOWN, Entry, Section, sections, tally, verdict_words
from reports.escaping import inert
from reports.fleet_difference_words import fleet_sections, fleet_summary
from reports.json import safe
from reports.markdown_text import page, prose, section
from reports.words import moment

Differences = Difference | FleetDifference
DIFFERENCE_SCHEMA_VERSION = "1.0"
WIDTH = 80
_LONGEST = 320
"""Characters of one name or sentence. The JSON has them whole."""
_MOST = 20
"""Lines of one list in the text."""
_FOOT = ("What is out of sight was not looked at again: it is not fixed.",)


class DifferenceDocument(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The JSON: one of the two."""

    schema_version: str
    cluster: Difference | None = None
    fleet: FleetDifference | None = None


@dataclass(frozen=True, slots=True)
class _Page:
    """A difference in words, whichever it is."""

    mark: str
    heading: str
    summary: str
    sections: tuple[Section, ...]


def render_json(difference: Differences) -> str:
    """The whole difference, indented by two spaces."""
    cluster = difference if isinstance(difference, Difference) else None
    fleet = difference if isinstance(difference, FleetDifference) else None
    document = DifferenceDocument(schema_version=DIFFERENCE_SCHEMA_VERSION, cluster=cluster, fleet=fleet)
    return safe(msgspec.json.format(msgspec.json.encode(document), indent=2).decode()) + "\n"


def render_text(difference: Differences) -> str:
    """At most 80 columns, for a terminal or a log."""
    console = Console(file=StringIO(), width=WIDTH, color_system=None, force_terminal=False, legacy_windows=False)
    with console.capture() as capture:
        console.print(Group(*_lines(_page(difference))), markup=False, highlight=False, emoji=False)
    return "".join(f"{line.rstrip()}\n" for line in capture.get().splitlines())


def render_markdown(difference: Differences) -> str:
    """One page under 4,000 characters, for a comment: nothing from a cluster acts in it."""
    shown = _page(difference)
    head = (f"**{shown.mark}** {_prose(shown.heading)}", *(("", prose(shown.summary)) if shown.summary else ()))
    return page(head, (section(item.title, item.entries, _item) for item in shown.sections), _FOOT)


DIFFERENCE_FORMATS: Mapping[str, Callable[[Differences], str]] = MappingProxyType(
    {"text": render_text, "json": render_json, "markdown": render_markdown}
)
"""By the name that `--format` takes."""


def _page(difference: Differences) -> _Page:
    mark = "WORSE" if difference.worse else "NOT WORSE"
    if isinstance(difference, FleetDifference):
        heading = f"{moment(difference.before)} to {moment(difference.after)}"
        return _Page(mark, heading, fleet_summary(difference), fleet_sections(difference))
    found = sections(difference)
    verdicts = verdict_words(difference.verdict_before, difference.verdict_after)
    heading = f"{difference.name or difference.cluster or 'Unknown cluster'}: {verdicts}"
    return _Page(mark, heading, _summary(difference, found), found)


def _summary(difference: Difference, found: tuple[Section, ...]) -> str:
    counts = tally(difference)
    if all(part.title == STILL_UNKNOWN for part in found):
        else_ = "" if difference.verdict_before is difference.verdict_after else " else"
        return f"Nothing{else_} differs{f'; {counts}' if counts else ''}."
    return f"{counts[:1].upper()}{counts[1:]}." if counts else ""


def _lines(page: _Page) -> Iterator[RenderableType]:
    yield Text(f"{page.mark}  {inert(page.heading, _LONGEST)}")
    if page.summary:
        yield Text(inert(page.summary, _LONGEST))
    for part in page.sections:
        yield Text(f"\n{part.title}: {len(part.entries):,}")
        for entry in part.entries[:_MOST]:
            yield Padding(Text(_plain(entry.title)), (0, 0, 0, 2))
            if entry.detail:
                yield Padding(Text(_plain(entry.detail)), (0, 0, 0, 4))
        more = len(part.entries) - _MOST
        if more > 0:
            yield Padding(Text(f"... and {more:,} more: see --format json."), (0, 0, 0, 2))


def _plain(text: str) -> str:
    return inert(text.replace("`", ""), _LONGEST)


def _item(entry: Entry) -> str:
    return "<br>".join(map(_prose, filter(None, (entry.title, entry.detail))))


def _prose(text: str) -> str:
    return " → ".join(map(prose, text.split(" -> ")))
