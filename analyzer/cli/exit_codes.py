"""The exit code of a run: the table of the README, as a pure function."""

from __future__ import annotations

import enum
from collections.abc import Iterable

from analyzer.model.report import Verdict

OK = 0
BROKE = 1
USAGE = 2
BLOCKED = 3
RISKS = 4
INDETERMINATE = 5
UNREACHABLE = 6
DRIFT = 7
INTERRUPTED = 130

PRECEDENCE = (INTERRUPTED, BROKE, USAGE, UNREACHABLE, BLOCKED, INDETERMINATE, DRIFT, RISKS, OK)
"""Of several codes, the first of these is the run's."""


class FailOn(enum.StrEnum):
    """`--fail-on`: the mildest verdict that fails the run."""

    RISKS = "risks"
    INDETERMINATE = "indeterminate"
    BLOCKED = "blocked"
    NEVER = "never"


def verdict_code(verdict: Verdict, fail_on: FailOn) -> int:
    """The code of one cluster's verdict."""
    failing = {
        FailOn.RISKS: {Verdict.BLOCKED: BLOCKED, Verdict.INDETERMINATE: INDETERMINATE, Verdict.READY_WITH_RISKS: RISKS},
        FailOn.INDETERMINATE: {Verdict.BLOCKED: BLOCKED, Verdict.INDETERMINATE: INDETERMINATE},
        FailOn.BLOCKED: {Verdict.BLOCKED: BLOCKED},
        FailOn.NEVER: {},
    }
    return failing[fail_on].get(verdict, OK)


def worst(codes: Iterable[int]) -> int:
    """The run's code out of its parts'. No part at all means that nothing was evaluated, which is never a success."""
    return min(codes, key=PRECEDENCE.index, default=INDETERMINATE)
