"""The kept runs as three small pictures on one scale: ready, blocked, unknown. Geometry only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analyzer.model.fleet_report import Night
from analyzer.model.report import Verdict
from reports.words import moment

WIDTH, HEIGHT = 300, 60
"""Of a picture's drawing, which is stretched to the room that it has."""
_TOP = 4


@dataclass(frozen=True, slots=True)
class Line:
    """How one number went over the runs."""

    title: str
    tone: Verdict
    icon: str
    last: int
    change: str
    """Since the run before: +3, −2, no change."""
    points: str
    """Of a polyline."""
    area: str
    """Of the polygon below it."""
    alternative: str
    """The picture in one sentence."""


def lines(nights: Sequence[Night]) -> tuple[Line, ...]:
    """One line each for ready, blocked and unknown; none where there are not two runs to compare."""
    if len(nights) < 2:
        return ()
    ready = [night.ready for night in nights]
    blocked = [night.blocked for night in nights]
    unknown = [night.unknown for night in nights]
    most = max(*ready, *blocked, *unknown, 1)
    span = f"from {moment(nights[0].run)} to {moment(nights[-1].run)}"
    return (
        _line("Ready", Verdict.READY, ready, (most, span)),
        _line("Blocked", Verdict.BLOCKED, blocked, (most, span)),
        _line("Unknown or not read", Verdict.INDETERMINATE, unknown, (most, span)),
    )


def _line(title: str, tone: Verdict, numbers: Sequence[int], scale: tuple[int, str]) -> Line:
    most, span = scale
    points = " ".join(_point(place, number, len(numbers), most) for place, number in enumerate(numbers))
    return Line(
        title=title,
        tone=tone,
        icon=tone.value,
        last=numbers[-1],
        change=_change(numbers[-1] - numbers[-2]),
        points=points,
        area=f"0,{HEIGHT} {points} {WIDTH},{HEIGHT}",
        alternative=f"{title} {span}: {numbers[0]:,} at first, {numbers[-1]:,} at last,"
        f" {min(numbers):,} at least, {max(numbers):,} at most.",
    )


def _point(place: int, number: int, count: int, most: int) -> str:
    x = WIDTH * place / (count - 1)
    y = HEIGHT - (HEIGHT - _TOP) * number / most
    return f"{x:.1f},{y:.1f}"


def _change(by: int) -> str:
    return f"{'+' if by > 0 else '−'}{abs(by):,}" if by else "no change"
