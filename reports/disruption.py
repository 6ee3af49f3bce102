"""The disruption forecast as a reader sees it: durations in words, and the waves of each pool on one axis of time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from analyzer.model.report import Disruption, PoolDisruption
from reports.prose import counted

MOST_BARS = 24
"""Pools of the picture; the table has more."""
MOST_CUTS = 60
"""Waves of one bar that are drawn apart."""
_TOP, _PITCH, _BAR_DOWN, _BAR_HEIGHT, _AXIS = 6, 38, 18, 13, 22
"""Pixels: above the first row, a row, from a row's top to its bar, a bar, the axis."""
_STRIDES = (5, 10, 15, 30, 60, 120, 240, 480, 720, 1440)
"""Minutes from one mark of the axis to the next."""
_MOST_TICKS = 6


@dataclass(frozen=True, slots=True)
class WaveBar:
    """One pool. x and widths in per cent, y in pixels."""

    pool: PoolDisruption
    text: str
    text_y: int
    y: int
    best: str
    """Width of the shortest time."""
    worst: str
    """Width of the longest time; empty: it is not known."""
    cuts: tuple[str, ...]
    """Where, at worst, one wave ends and the next begins; none where they would be too many to see."""


@dataclass(frozen=True, slots=True)
class WaveTick:
    """A mark of the axis."""

    x: str
    label: str


@dataclass(frozen=True, slots=True)
class WavePicture:
    """Everything to draw."""

    height: int
    axis_y: int
    bar_height: int
    bars: tuple[WaveBar, ...]
    ticks: tuple[WaveTick, ...]
    left_out: int
    """Pools that are in the table only."""


def wave_picture(disruption: Disruption) -> WavePicture | None:
    """The pools that take the longest first; None where no pool is known, or none has a node."""
    longest = max((pool.minutes_most or 0 for pool in disruption.pools), default=0)
    if not longest:
        return None
    pools = sorted(disruption.pools, key=lambda pool: (pool.minutes_most is not None, -(pool.minutes_most or 0)))
    axis_y = _TOP + _PITCH * len(pools[:MOST_BARS]) + 4
    return WavePicture(
        height=axis_y + _AXIS,
        axis_y=axis_y,
        bar_height=_BAR_HEIGHT,
        bars=tuple(_bar(row, pool, longest) for row, pool in enumerate(pools[:MOST_BARS])),
        ticks=tuple(_ticks(longest)),
        left_out=len(pools[MOST_BARS:]),
    )


def duration(minutes: int) -> str:
    """Minutes in words: 45 minutes, 2 hours, 1 h 30 min."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return counted(rest, "minute")
    return f"{hours:,} h {rest} min" if rest else counted(hours, "hour")


def range_text(least: int | None, most: int | None) -> str:
    """A range of minutes in words, also one that is not wholly known."""
    if least is None:
        return "not known"
    if most is None:
        return f"at least {duration(least)}; the most is not known"
    return duration(least) if least == most else f"{duration(least)} to {duration(most)}"


def amount(least: int | None, most: int | None) -> str:
    """A range of numbers: 3, 3 to 30, unknown."""
    if least is None or most is None:
        return "unknown"
    return f"{least:,}" if least == most else f"{least:,} to {most:,}"


def headline(disruption: Disruption) -> str:
    """How long one step takes, and which steps it holds for."""
    span = range_text(disruption.minutes_least, disruption.minutes_most)
    if not disruption.steps:
        subject = "a step that recreates the nodes of every pool; the path is not known"
    elif len(disruption.steps) == 1:
        subject = f"the step {disruption.steps[0]}"
    else:
        subject = f"each of the steps {', '.join(disruption.steps)}"
    return f"{span[0].upper()}{span[1:]}, by estimate, for {subject}."


def effects(disruption: Disruption) -> str:
    """How many workloads suffer, and how, worst first; of a capped list those that are shown."""
    tally: dict[str, int] = {}
    for row in disruption.workloads:
        tally[row.effects[0]] = tally.get(row.effects[0], 0) + 1
    if not tally:
        return "None found." if not disruption.unknown else "None found in what was read."
    parts = tuple(f"{effect}: {number:,}" for effect, number in tally.items())
    more = disruption.workload_count - len(disruption.workloads)
    return f"{', '.join(parts)}{f', and {more:,} more' if more else ''}."


def _bar(row: int, pool: PoolDisruption, longest: int) -> WaveBar:
    top = _TOP + _PITCH * row
    waves, most = pool.waves_most or 0, pool.minutes_most
    cuts = range(1, waves) if most and waves <= MOST_CUTS else ()
    return WaveBar(
        pool=pool,
        text=_text(pool),
        text_y=top + 12,
        y=top + _BAR_DOWN,
        best=_percent(pool.minutes_least or 0, longest),
        worst="" if most is None else _percent(most, longest),
        cuts=tuple(_percent((most or 0) * cut / waves, longest) for cut in cuts),
    )


def _text(pool: PoolDisruption) -> str:
    if pool.minutes_least is None or pool.minutes_most is None:
        return "? not known"
    waves = amount(pool.waves_least, pool.waves_most)
    nodes = counted(pool.nodes or 0, "node")
    noun = "wave" if pool.waves_most == 1 else "waves"
    return f"{nodes} in {waves} {noun}: {range_text(pool.minutes_least, pool.minutes_most)}"


def _ticks(longest: int) -> Iterator[WaveTick]:
    stride = next((stride for stride in _STRIDES if longest / stride <= _MOST_TICKS), None)
    stride = stride or -(-longest // (_MOST_TICKS * 1440)) * 1440
    for minutes in range(0, longest, stride):
        yield WaveTick(_percent(minutes, longest), _short(minutes))


def _short(minutes: int) -> str:
    return f"{minutes // 60:,} h" if minutes and minutes % 60 == 0 else f"{minutes} min"


def _percent(minutes: float, longest: int) -> str:
    return f"{100 * minutes / longest:.2f}%"
