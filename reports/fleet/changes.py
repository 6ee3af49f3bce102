"""The difference against the baseline in numbers: blockers and risks that are new or fixed, and those out of sight."""

from __future__ import annotations

from collections.abc import Iterable

from analyzer.model.difference import FleetDifference, Passing, Sight
from analyzer.model.finding import Severity


def findings(difference: FleetDifference) -> str:
    """What weighs and nobody accepts, over all clusters. What nobody looked at again is not fixed."""
    appeared = _sights(passing for item in difference.clusters for passing in item.difference.appeared)
    vanished = _sights(passing for item in difference.clusters for passing in item.difference.vanished)
    counts = (
        (appeared.count(Sight.CLEAR), "new"),
        (len(appeared) - appeared.count(Sight.CLEAR), "seen for the first time"),
        (vanished.count(Sight.CLEAR), "fixed"),
        (vanished.count(Sight.UNKNOWN), "out of sight, which is not fixed"),
        (vanished.count(Sight.OFF_PATH), "off the path now"),
    )
    said = ", ".join(f"{number:,} {word}" for number, word in counts if number)
    return f"Blockers and risks: {said}." if said else "No blocker and no risk came or went in what both runs judged."


def _sights(passings: Iterable[Passing]) -> list[Sight]:
    marks = ((item.finding, item.other) for item in passings)
    return [sight for mark, sight in marks if mark.severity is not Severity.NOTICE and not mark.waived]
