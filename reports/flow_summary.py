"""The traffic that a path changes, in a few lines: the numbers of each step, and its first changes with their blame."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from analyzer.model.flows import FlowChange, StepFlows
from reports.fair_share import fair_share
from reports.flow_words import outcome, under, window_sentence
from reports.flows import shown_first, tallies
from reports.prose import listed

MOST_EXAMPLES = 5
"""Changes of one step."""


class SummaryLine(NamedTuple):
    """One paragraph."""

    columns: int
    """How far it is indented."""
    style: str
    text: str


def summary_lines(steps: tuple[StepFlows, ...]) -> Iterator[SummaryLine]:
    """The paragraphs of all steps; none where no two engines were compared."""
    for flows in steps:
        yield SummaryLine(2, "bold", f"{flows.step}, {flows.before} to {flows.after}: {_numbers(flows)}")
        yield from _warnings(flows)
        yield from _examples(flows)


def _numbers(flows: StepFlows) -> str:
    if flows.change_count:
        return ", ".join(f"{tally.number:,} {tally.kind}" for tally in tallies(flows))
    return "no change found, but not everything was read" if flows.unread else "no flow changes"


def _warnings(flows: StepFlows) -> Iterator[SummaryLine]:
    if flows.unread:
        facts = listed(flows.unread, 3)
        yield SummaryLine(4, "", f"Not the whole truth. Not read: {facts}.")
    if flows.unenforced:
        yield SummaryLine(4, "", f"The time between: {window_sentence(flows.unenforced)}")


def _examples(flows: StepFlows) -> Iterator[SummaryLine]:
    """What breaks first, but of every kind one."""
    shown = fair_share(shown_first(flows.changes), lambda change: change.kind, MOST_EXAMPLES, 1)
    for change in shown:
        yield SummaryLine(4, "", _example(change, flows))
        if change.blame:
            yield SummaryLine(6, "dim", _blame(change, flows))
    if (more := flows.change_count - len(shown)) > 0:
        yield SummaryLine(4, "", f"... and {more:,} more: run aks-preflight policy changes")


def _example(change: FlowChange, flows: StepFlows) -> str:
    flow = change.example
    way = f", {flow.way}" if flow.way else ""
    ends = f"{flow.source} to {flow.destination}, {flow.port}{way}"
    return f"{change.kind.capitalize()}: {ends}: {outcome(change, flows)}."


def _blame(change: FlowChange, flows: StepFlows) -> str:
    """The first policy, and how many there are beside it."""
    first = change.blame[0]
    where = f" ({first.where})" if first.where else ""
    more = f" And {change.blame_count - 1:,} more to blame." if change.blame_count > 1 else ""
    return f"Blame: {first.policy}{where} {under(first.side, flows)}: {first.effect}.{more}"
