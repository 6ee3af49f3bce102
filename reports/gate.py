"""A go or no-go for a change record: one screen of text, the same as a page of Markdown, or JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import msgspec

from analyzer.model.approval import Approval, Criterion, Holding
from analyzer.model.difference import Turn
from reports.escaping import visible
from reports.fair_share import fair_share
from reports.json import safe
from reports.words import cluster_title, moment, target_title

WIDTH = 80
HEIGHT = 24
_ID_LINES = 4
_CRITERION = 19
_MARKS = {Holding.MET: "ok", Holding.NOT_ASKED: "skipped"}
_INDENT = "    "
"""So far in, a line of backticks does not end a block of code."""


def render_text(approval: Approval) -> str:
    """At most 24 lines of at most 80 columns, whatever the names are."""
    head = [*_head(approval), "", *map(_criterion, approval.criteria)]
    feet = ["", *_feet(approval)]
    why = _capped(tuple(_why(approval)), HEIGHT - len(head) - len(feet))
    return "".join(f"{_line(line)}\n" for line in (*head, *why, *feet))


def render_markdown(approval: Approval) -> str:
    """The same in a block of code, in which no name acts: each line begins with a word, a mark or four blanks."""
    return f"### {_word(approval)}\n\n```text\n{render_text(approval)}```\n"


def render_json(approval: Approval) -> str:
    """Everything, as the structs of `analyzer.model.approval` say."""
    return safe(msgspec.json.format(msgspec.json.encode(approval), indent=2).decode()) + "\n"


GATE_FORMATS: Mapping[str, Callable[[Approval], str]] = MappingProxyType(
    {"text": render_text, "json": render_json, "markdown": render_markdown}
)
"""What `gate` writes, by the name that `--format` takes."""


@dataclass(frozen=True, slots=True)
class _Line:
    kind: str
    text: str


def _word(approval: Approval) -> str:
    return "GO" if approval.go else "NO-GO"


def _head(approval: Approval) -> Iterator[str]:
    yield f"{_word(approval)}  {cluster_title(approval.cluster)} to {target_title(approval.target)}"
    id = visible(approval.cluster.id) or "ARM id not known"
    room = WIDTH - len(_INDENT)
    for start in range(0, min(len(id), _ID_LINES * room), room):
        yield f"{_INDENT}{id[start : start + room]}"


def _criterion(item: Criterion) -> str:
    mark = _MARKS.get(item.holding, "FAILED")
    return f"  {mark:<8}{item.name:<{_CRITERION}}{item.detail}"


def _why(approval: Approval) -> Iterator[_Line]:
    """What fails, what drifted, and what else to know: one line each."""
    yield from (_Line("fails", f"  ! {line}") for line in approval.failing)
    yield from (_Line("drift", f"  ! {_turned(turn)}") for turn in approval.drift)
    yield from (_Line("note", f"  - {line}") for line in approval.notes)


def _turned(turn: Turn) -> str:
    return f"{turn.what}: {turn.after}; approved {turn.before}"


def _capped(lines: tuple[_Line, ...], most: int) -> tuple[str, ...]:
    """As many as there is room for, of each kind some."""
    if len(lines) <= most:
        return tuple(line.text for line in lines)
    shown = fair_share(lines, lambda line: line.kind, most - 1, 1)
    return (*(line.text for line in shown), f"  and {len(lines) - len(shown)} more: --format json")


def _feet(approval: Approval) -> Iterator[str]:
    tool = approval.now.tool
    yield f"approved report {approval.approved_file_hash}"
    yield f"  its evidence  {approval.approved.snapshot_hash or 'not known'}"
    yield f"evidence now    {approval.now.snapshot_hash or 'not known'}"
    yield f"collected       {moment(approval.approved.collected_at)}; now {moment(approval.now.collected_at)}"
    yield f"decided         {moment(approval.decided_at)}; version {tool.version}, rules {tool.rule_pack_hash[:12]}"


def _line(text: str) -> str:
    """One visible line that fits."""
    line = visible(text)
    return line if len(line) <= WIDTH else f"{line[: WIDTH - 3]}..."
