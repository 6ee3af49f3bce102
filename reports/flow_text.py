"""What policy engines answer, in a terminal: changes of flows, allowed flows, explanations. 80 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence

from analyzer.connectivity.explanation import ExplainedSide, Explanation
from analyzer.connectivity.flow import FlowVerdict
from analyzer.model.flows import FlowBlame, FlowChange, FlowEnd, FlowExample, StepFlows
from reports.escaping import inert
from reports.flow_ends import Ends, end_text
from reports.flow_json import Changes, ExplainedFlow, Explanations, FlowRow, Flows
from reports.flow_words import window_sentence
from reports.prose import counted, listed

WIDTH = 80
_LONGEST = 2000
"""Characters of one paragraph. The JSON has them whole."""
MOST_CHANGES = 25
"""Changes of one step; the JSON has all."""
_MOST_ENDS = 3
_MOST_BLAMED = 3
_LABEL = 9
"""Columns of the word before a paragraph: "Example"."""


def changes(answer: Changes) -> str:
    """What each step does to the traffic, the likeliest changes first."""
    said = [line for step in answer.steps for line in _step(step)]
    if not answer.steps:
        said = ["No step of the path changes the policy engine, so no flow changes."]
    return _joined((*_not_read(answer.unread), *said))


def _step(step: StepFlows) -> Iterator[str]:
    title = f"Step {step.step}: " if step.step else ""
    yield _data(f"{title}{step.before} -> {step.after}")
    yield f"  {_tally(step)}"
    yield from _paragraph("Not read", _sentences(step.unread))
    if step.unenforced is not None:
        yield from _paragraph("Gap", window_sentence(step.unenforced))
    for change in step.changes[:MOST_CHANGES]:
        yield from _change(change)
    left_out = step.change_count - len(step.changes[:MOST_CHANGES])
    if left_out > 0:
        yield ""
        yield f"  ... and {counted(left_out, 'more change')}: see --format json."
    yield ""


def _tally(step: StepFlows) -> str:
    if not step.change_count:
        return "No flow changes." if not step.unread else "No change was found, but not everything was read."
    kinds = ((step.blocked, "newly blocked"), (step.allowed, "newly allowed"), (step.unknown, "unknown"))
    parts = ", ".join(f"{number:,} {kind}" for number, kind in kinds if number)
    return f"{counted(step.change_count, 'change')}: {parts}."


def _change(change: FlowChange) -> Iterator[str]:
    way = "" if change.way == "direct" else f", {change.way}"
    six = ", over IPv6" if change.family == 6 else ""
    yield ""
    yield f"  {change.kind.upper()}: {counted(change.flow_count, 'flow')}{way}{six}"
    yield from _paragraph("From", _ends(change.sources, change.source_count))
    yield from _paragraph("To", f"{_ends(change.destinations, change.destination_count)} : {change.ports}")
    yield from _paragraph("Why", f"{change.reason} ({_grounds(change)})")
    yield from _paragraph("Blame", _blamed(change))
    yield from _paragraph("Example", _example(change.example))
    yield from _paragraph("Likely", change.likelihood)


def _grounds(change: FlowChange) -> str:
    return f"row {change.row}, {change.confidence}" if change.row else change.confidence


def _ends(ends: Sequence[FlowEnd], count: int) -> str:
    """The first few of some ends, which may not all be given."""
    named = tuple(map(end_text, ends[:_MOST_ENDS]))
    return listed((*named, *[""] * (count - len(named))), len(named))


def _blamed(change: FlowChange) -> str:
    named = tuple(map(_blame, change.blame[:_MOST_BLAMED]))
    more = change.blame_count - len(named)
    return "; ".join(named) + (f"; and {counted(more, 'more policy', 'more policies')}" if more > 0 else "")


def _blame(blame: FlowBlame) -> str:
    where = f" {blame.where}" if blame.where else ""
    return f"{blame.side}, {blame.policy}{where} {blame.effect}"


def _example(example: FlowExample) -> str:
    way = f", {example.way}" if example.way else ""
    return f"{example.source} -> {example.destination}, {example.port}{way}: {example.before} -> {example.after}"


def flows(answer: Flows) -> str:
    """A line for each source and destination, with the ports between them; many alike ends have one name."""
    sources, destinations = Ends(answer.sources, bool(answer.src)), Ends(answer.destinations, bool(answer.dst))
    said = [line for row in answer.rows for line in _row(row, sources, destinations)]
    title = f"Allowed with {answer.engine}:" if said else f"Nothing of this is allowed with {answer.engine}."
    return _joined((*_not_read(answer.unread), title, *said))


def _row(row: FlowRow, sources: Ends, destinations: Ends) -> Iterator[str]:
    mark = " (unknown)" if row.verdict is FlowVerdict.UNKNOWN else ""
    six = " over IPv6" if row.family == 6 else ""
    for source in sources.names(row.sources):
        for destination in destinations.names(row.destinations):
            yield _data(f"{source} -> {destination} : {row.ports}{six}{mark}")


def explanations(answer: Explanations) -> str:
    """Each flow, and under it what each engine does with it and why."""
    said = [line for flow in answer.flows for line in _flow(flow)]
    return _joined((*_not_read(answer.unread), *said))


def _flow(flow: ExplainedFlow) -> Iterator[str]:
    by = f", by {flow.by}" if flow.by else ""
    way = f", {flow.way}" if flow.way != "direct" else ""
    yield from _wrapped(f"{flow.source} -> {flow.destination}, {flow.port}{by}{way}", "", "  ")
    for item in flow.explanations:
        yield from _explanation(item)
    yield ""


def _explanation(item: Explanation) -> Iterator[str]:
    yield ""
    yield from _wrapped(f"{item.engine}: {item.verdict.upper()}", "  ", "    ")
    if item.reason:
        yield from _wrapped(f"{item.reason}{_by_row(item.row)}", "    ", "    ")
    for side in item.sides:
        yield from _side(side)


def _side(side: ExplainedSide) -> Iterator[str]:
    towards = "to" if side.direction == "Egress" else "from"
    peer = f" {towards} {side.peer}" if side.peer else ""
    title = f"{side.direction} of {side.pod}{peer}: {side.verdict}. {side.reason}{_by_row(side.row)}"
    yield from _wrapped(title, "    ", "      ")
    for policy in side.policies:
        yield from _wrapped(f"{policy.policy} {policy.effect}{_by_row(policy.row)}", "      - ", "        ")
    for rule in side.rules:
        said = f"{rule.policy} {rule.where} {rule.effect}: {rule.how}, {rule.ports}{_by_row(rule.row)}"
        yield from _wrapped(said, "      - ", "        ")


def _by_row(row: int) -> str:
    return f" (row {row})" if row else ""


def _not_read(unread: Sequence[str]) -> Iterator[str]:
    """What makes the answer less than the whole truth."""
    for sentence in unread:
        yield from _wrapped(f"Not read: {sentence.rstrip('.')}.", "", "  ")
    if unread:
        yield ""


def _sentences(texts: Iterable[str]) -> str:
    return " ".join(f"{text.rstrip('.')}." for text in texts)


def _paragraph(label: str, text: str) -> Iterator[str]:
    """A labelled paragraph; nothing where there is no text."""
    if text:
        yield from _wrapped(text, f"    {label:<{_LABEL}}", " " * (_LABEL + 4))


def _wrapped(text: str, first: str, others: str) -> Iterator[str]:
    yield from textwrap.wrap(
        _data(text),
        WIDTH,
        initial_indent=first,
        subsequent_indent=others,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _joined(lines: Sequence[str]) -> str:
    return "\n".join(lines).rstrip("\n") + "\n"


def _data(text: str) -> str:
    """Text of a cluster: never a character that acts."""
    return inert(text, _LONGEST)
