"""No engine: policies are objects that nobody enforces."""

from __future__ import annotations

from analyzer.bits import EVERY
from analyzer.connectivity.enforcement import Enforcement, NotEnforced
from analyzer.connectivity.engines.settings import NoEngine
from analyzer.connectivity.isolation import Direction
from analyzer.connectivity.reading import Reading


def enforce(reading: Reading, settings: NoEngine) -> Enforcement:
    """Nothing is filtered: section 1 of the semantics, and rows 1, 31, 34 to 37 for this engine."""
    passed_over = (
        NotEnforced(place, direction, 0) for place in range(len(reading.book.policies)) for direction in Direction
    )
    return Enforcement(
        engine=settings.name,
        sections=dict.fromkeys(Direction, ()),
        unfiltered=dict.fromkeys(Direction, EVERY),
        unfiltered_row=dict.fromkeys(Direction, 0),
        doubtful=dict.fromkeys(Direction, 0),
        not_enforced=tuple(passed_over),
    )
