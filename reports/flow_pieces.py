"""The small parts of the section on traffic: the ends of flows, an example, numbers with their icons."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from markupsafe import Markup

from analyzer.model.flows import FlowEdge, FlowEnd
from reports.escaping import shown
from reports.flow_words import end_words
from reports.flows import BlamedPolicy, ChangeView, Tally
from reports.pieces import badge, named_object
from reports.prose import counted


def flow_badge(mark: str, text: str) -> Markup:
    """A word with the icon of a kind of change."""
    return badge(f"flow-{mark}", text)


def tally_badges(tallies: Iterable[Tally]) -> Markup:
    """How many changes there are of each kind."""
    return Markup(" ".join(flow_badge(item.mark, f"{item.number:,} {item.kind.value}") for item in tallies))


def some_ends(ends: Sequence[FlowEnd], count: int, most: int) -> Markup:
    """The first ends of so many, in one line."""
    first = ends[:most]
    more = f" and {count - len(first):,} more" if count > len(first) else ""
    return Markup(f"{', '.join(map(_end, first))}{more}")


def end_list(ends: Sequence[FlowEnd], count: int) -> Markup:
    """The ends that the report names of so many, one in a line, with their pods."""
    more = f"<li>and {count - len(ends):,} more</li>\n" if count > len(ends) else ""
    return Markup(f"<ul>\n{''.join(map(_line, ends))}{more}</ul>\n")


def _line(end: FlowEnd) -> str:
    pods = f' <span class="more">{counted(end.pods, "pod")}</span>' if end.pods else ""
    return f"<li>{_end(end)}{pods}</li>\n"


def _end(end: FlowEnd) -> str:
    kind, name = end_words(end)
    return (
        f'<span class="kind">{shown(kind)}</span> <code>{shown(name)}</code>' if kind else f"<bdi>{shown(name)}</bdi>"
    )


def blame_list(view: ChangeView) -> Markup:
    """The policies that make a change, one in a line, and what each does."""
    left_out = view.change.blame_count - len(view.blamed)
    more = f"<li>and {counted(left_out, 'more policy', 'more policies')}</li>\n" if left_out > 0 else ""
    return Markup(f"<ul>\n{''.join(map(_blame, view.blamed))}{more}</ul>\n")


def _blame(item: BlamedPolicy) -> str:
    where = f"<code>{shown(item.blame.where)}</code> " if item.blame.where else ""
    return f"<li>{named_object(item.blame.policy)}{where}{shown(item.under)}: {shown(item.blame.effect)}.</li>\n"


def edge_row(edge: FlowEdge) -> Markup:
    """A pair of ends, as a row of the table of changed flows."""
    cells = (
        f'<th scope="row"><bdi>{shown(edge.source)}</bdi></th>'
        f'<td data-label="To"><bdi>{shown(edge.destination)}</bdi></td>'
        f'<td data-label="Newly blocked" class="figure">{edge.blocked:,}</td>'
        f'<td data-label="Newly allowed" class="figure">{edge.allowed:,}</td>'
        f'<td data-label="Unknown" class="figure">{edge.unknown:,}</td>'
    )
    return Markup(f"<tr>{cells}</tr>")


def example(view: ChangeView) -> Markup:
    """One flow of a change, and what becomes of it."""
    flow = view.change.example
    ends = f"<code>{shown(flow.source)}</code> → <code>{shown(flow.destination)}</code>"
    way = f", {shown(flow.way)}" if flow.way else ""
    return Markup(f"{ends}, {shown(flow.port)}{way}: <strong>{shown(view.outcome)}.</strong>")
