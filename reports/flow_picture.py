"""The picture of changed flows: who on the left, to whom on the right, an arrow for each kind of change. Geometry."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from analyzer.model.flows import FlowEdge
from reports.escaping import visible
from reports.fair_share import fair_share
from reports.prose import counted

MOST_ENDS = 12
"""Names in one column; further namespaces share one name."""
MOST_ARROWS = 24
"""Arrows of one picture; the table has more."""
LEAST_ARROWS = 4
"""Of each kind, where there are so many."""
LONGEST_NAME = 19
"""Characters of a name that fit beside the arrows on a telephone; a longer one loses its middle."""
_NAME, _ROW, _GAP = 18, 17, 12
"""Pixels: a name, an arrow's end, the least between two blocks."""
_HEADS = (0, _NAME)
"""Pixels above the first arrow's end: a name on the left stands beside its arrows, one on the right above them."""
_TEXTS = {"blocked": "× {} blocked", "allowed": "+ {} allowed", "unknown": "? {} unknown"}
_RANK = {mark: rank for rank, mark in enumerate(_TEXTS)}


@dataclass(frozen=True, slots=True)
class End:
    """One name of a column, with the bar that its arrows leave from or lead to. Pixels."""

    name: str
    """As it is drawn."""
    is_namespace: bool
    text_y: int
    y1: int
    y2: int


@dataclass(frozen=True, slots=True)
class Arrow:
    """Changed flows of one kind, from a name on the left to one on the right. Pixels."""

    mark: str
    """blocked, allowed or unknown"""
    y1: int
    y2: int
    text: str
    """What stands at its head: "× 12 blocked"."""


@dataclass(frozen=True, slots=True)
class FlowPicture:
    """Everything to draw."""

    height: int
    sources: tuple[End, ...]
    destinations: tuple[End, ...]
    arrows: tuple[Arrow, ...]
    left_out: int
    """Arrows that are in the table only."""
    summary: str
    """One sentence for who cannot see it."""


class _Flow(NamedTuple):
    """An arrow before it has a place."""

    ends: tuple[str, str]
    mark: str
    pairs: int


_Blocks = Mapping[str, Sequence[_Flow]]
"""The names of a column from the top, and the arrows at each, from the top."""


def flow_picture(edges: Sequence[FlowEdge]) -> FlowPicture | None:
    """The picture of one step, what breaks drawn before what opens and what is unknown; None where nothing changes."""
    found = _flows(edges)
    shown = fair_share(found, lambda item: item.mark, MOST_ARROWS, LEAST_ARROWS)
    if not shown:
        return None
    columns = _columns(shown)
    blocks = [_blocks(shown, columns, side) for side in (0, 1)]
    height = max(_least(blocks[side], _HEADS[side]) for side in (0, 1))
    sources, leaving = _placed(blocks[0], _HEADS[0], height)
    destinations, arriving = _placed(blocks[1], _HEADS[1], height)
    return FlowPicture(
        height=height,
        sources=sources,
        destinations=destinations,
        arrows=tuple(Arrow(item.mark, leaving[item], arriving[item], _text(item)) for item in shown),
        left_out=len(found) - len(shown),
        summary=_summary(shown, columns),
    )


def _flows(edges: Sequence[FlowEdge]) -> list[_Flow]:
    """The arrows between the names that the columns have room for, the gravest and thickest first."""
    sources = _folding([(edge.source, edge) for edge in edges])
    destinations = _folding([(edge.destination, edge) for edge in edges])
    pairs: Counter[tuple[tuple[str, str], str]] = Counter()
    for edge in edges:
        ends = sources.get(edge.source, edge.source), destinations.get(edge.destination, edge.destination)
        for mark, number in zip(_TEXTS, _numbers(edge), strict=True):
            if number:
                pairs[ends, mark] += number
    made = [_Flow(ends, mark, number) for (ends, mark), number in pairs.items()]
    return sorted(made, key=lambda item: (_RANK[item.mark], -item.pairs, item.ends))


def _numbers(edge: FlowEdge) -> tuple[int, int, int]:
    """In the order of `_TEXTS`."""
    return edge.blocked, edge.allowed, edge.unknown


def _folding(ends: Sequence[tuple[str, FlowEdge]]) -> dict[str, str]:
    """The namespaces that a column has no room for, and the one name for all of them."""
    if len({name for name, _ in ends}) <= MOST_ENDS:
        return {}
    weights: dict[str, tuple[int, ...]] = {}
    for name, edge in ends:
        before = weights.get(name, (0, 0, 0))
        weights[name] = tuple(old + new for old, new in zip(before, _numbers(edge), strict=True))
    ranked = sorted(weights, key=lambda name: (_is_namespace(name), *(-number for number in weights[name]), name))
    folded = ranked[MOST_ENDS - 1 :]
    return dict.fromkeys(folded, f"{len(folded):,} other namespaces")


def _is_namespace(name: str) -> bool:
    """Whether an end is a namespace: no namespace's name has a blank, and that of every other end has one."""
    return " " not in name


def _columns(shown: Sequence[_Flow]) -> tuple[list[str], list[str]]:
    """Both columns in an order in which few arrows cross: each name near the middle of what it is joined to."""
    left = list(dict.fromkeys(item.ends[0] for item in shown))
    right = list(dict.fromkeys(item.ends[1] for item in shown))
    for _ in range(4):
        right = _nearest(right, [(item.ends[1], left.index(item.ends[0])) for item in shown])
        left = _nearest(left, [(item.ends[0], right.index(item.ends[1])) for item in shown])
    return left, right


def _nearest(names: list[str], joined: list[tuple[str, int]]) -> list[str]:
    places: dict[str, list[int]] = {name: [] for name in names}
    for name, place in joined:
        places[name].append(place)
    return sorted(names, key=lambda name: (sum(places[name]) / len(places[name]), name))


def _blocks(shown: Sequence[_Flow], columns: tuple[list[str], list[str]], side: int) -> _Blocks:
    across = columns[1 - side]

    def key(item: _Flow) -> tuple[int, int]:
        return across.index(item.ends[1 - side]), _RANK[item.mark]

    return {name: sorted((item for item in shown if item.ends[side] == name), key=key) for name in columns[side]}


def _least(blocks: _Blocks, head: int) -> int:
    return sum(_height(items, head) + _GAP for items in blocks.values())


def _height(items: Sequence[_Flow], head: int) -> int:
    return head + _ROW * len(items)


def _placed(blocks: _Blocks, head: int, height: int) -> tuple[tuple[End, ...], dict[_Flow, int]]:
    """The names spread evenly over the height, and where each arrow's end stands."""
    ends: list[End] = []
    slots: dict[_Flow, int] = {}
    gap = (height - _least(blocks, head)) // len(blocks) + _GAP
    top = gap // 2
    for name, items in blocks.items():
        first = top + head
        last = first + _ROW * len(items)
        slots |= {item: first + _ROW * place + _ROW // 2 for place, item in enumerate(items)}
        middle = top + 13 if head else (first + last) // 2 + 4
        ends.append(End(_short(name), _is_namespace(name), middle, first, last))
        top += _height(items, head) + gap
    return tuple(ends), slots


def _short(name: str) -> str:
    """The name as it fits, its beginning and its end."""
    shown = visible(name)
    kept = LONGEST_NAME - 1
    return shown if len(shown) <= LONGEST_NAME else f"{shown[: kept - kept // 2]}…{shown[-(kept // 2) :]}"


def _text(item: _Flow) -> str:
    return _TEXTS[item.mark].format(f"{item.pairs:,}")


def _summary(shown: Sequence[_Flow], columns: tuple[list[str], list[str]]) -> str:
    tally = Counter(item.mark for item in shown)
    numbers = (_TEXTS[mark][2:].format(f"{tally[mark]:,}") for mark in _TEXTS if tally[mark])
    left, right = (counted(len(column), "name") for column in columns)
    arrows = counted(len(shown), "arrow")
    return f"{arrows} from {left} on the left to {right} on the right: {', '.join(numbers)}."
