"""The exit code of a run: the table of the README, as a pure function."""

from __future__ import annotations

import enum
from collections.abc import Iterable

from analyzer.model.fleet_report import FleetReport, UnreadCause
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


_NOT_REACHED = (UnreadCause.FORBIDDEN, UnreadCause.UNREACHABLE, UnreadCause.SUBSCRIPTION_GONE)


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


def fleet_exit_codes(report: FleetReport, fail_on: FailOn) -> tuple[int, ...]:
    """The codes of an audit's parts, for `worst`; none where it has no cluster.

    What was not read is INDETERMINATE whatever --fail-on says: a cluster, a subscription whose clusters nobody counted,
    or subscriptions that nobody could list. Where nothing was let in anywhere, no target was reached.
    """
    unread = [cluster for cluster in report.clusters if cluster.verdict is None]
    stopped = (INTERRUPTED,) if report.partial else ()
    if unread and len(unread) == len(report.clusters) and all(item.cause in _NOT_REACHED for item in unread):
        return (*stopped, UNREACHABLE)
    judged = (verdict_code(item.verdict, fail_on) for item in report.clusters if item.verdict is not None)
    is_seen = report.subscriptions_known and all(subscription.seen for subscription in report.subscriptions)
    return (*stopped, *judged, *([] if is_seen and not unread else [INDETERMINATE]))


def worst(codes: Iterable[int]) -> int:
    """The run's code out of its parts'. No part at all means that nothing was evaluated, which is never a success."""
    return min(codes, key=PRECEDENCE.index, default=INDETERMINATE)
