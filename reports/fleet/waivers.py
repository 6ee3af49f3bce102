"""The waivers of a run: those that do not hold are findings of the run; of the others it is said what they cover."""

from __future__ import annotations

from collections.abc import Iterable

from analyzer.model.waiver import JudgedWaiver, WaiverStanding
from reports.waivers import STANDINGS

_QUIET = (WaiverStanding.IN_FORCE, WaiverStanding.ELSEWHERE)


def amiss(waivers: Iterable[JudgedWaiver]) -> tuple[JudgedWaiver, ...]:
    """Those that do not hold, the gravest first."""
    order = tuple(STANDINGS)
    found = (item for item in waivers if item.standing not in _QUIET)
    return tuple(sorted(found, key=lambda item: order.index(item.standing)))


def in_force(waivers: Iterable[JudgedWaiver]) -> tuple[JudgedWaiver, ...]:
    """Those that cover something."""
    return tuple(item for item in waivers if item.standing is WaiverStanding.IN_FORCE)
