"""Whether a difference is for the worse: a verdict, or something new that fails."""

from __future__ import annotations

from analyzer.compare.turns import NONE, REFUSED_STEP, UNKNOWN
from analyzer.model.difference import (
    ClusterDifference,
    Difference,
    FindingMark,
    FleetDifference,
    GapMark,
    Presence,
    Turn,
)
from analyzer.model.finding import Severity
from analyzer.model.report import Verdict

_WORST_LAST = (Verdict.READY, Verdict.READY_WITH_RISKS, Verdict.INDETERMINATE, Verdict.BLOCKED)


def is_worse(difference: Difference) -> bool:
    """Whether the verdict got worse, or an unwaived blocker, risk, refusal or gap that could hide one is there now and
    was not before. Seen for the first time counts as new.
    """
    return (
        is_verdict_worse(difference.verdict_before, difference.verdict_after)
        or any(_fails(item.finding) for item in difference.appeared)
        or any(_got_worse(pair.before, pair.after) for pair in difference.altered)
        or any(_got_worse(pair.before, pair.after) for pair in difference.gaps_altered)
        or _opens(difference)
        or any(map(_is_new_refusal, difference.turns))
    )


def is_verdict_worse(before: Verdict | None, after: Verdict | None) -> bool:
    """Whether a cluster stands worse. What was judged and is not any more stands worse; what was not, nowhere."""
    if before is None or after is None:
        return before is not None
    return _WORST_LAST.index(after) > _WORST_LAST.index(before)


def is_fleet_worse(difference: FleetDifference) -> bool:
    """Whether any cluster is worse, out of sight, or cannot be compared. A cluster that is gone is not worse."""
    return any(map(is_cluster_worse, difference.clusters))


def is_cluster_worse(cluster: ClusterDifference) -> bool:
    """Whether one cluster of two audits is worse: a new one is where it is not READY or has what fails."""
    difference = cluster.difference
    before, after = difference.verdict_before, difference.verdict_after
    if cluster.presence is Presence.VANISHED:
        return False
    if cluster.presence in (Presence.APPEARED, Presence.FIRST_SEEN) and after is None:
        return True
    if after is not None and cluster.cause_after:
        return True
    if before is not None and cluster.cause_before:
        return after is not Verdict.READY
    return is_worse(difference)


def _fails(mark: FindingMark | GapMark) -> bool:
    return not mark.waived and mark.severity is not Severity.NOTICE


def _got_worse(before: FindingMark | GapMark, after: FindingMark | GapMark) -> bool:
    return _fails(after) and (before.waived or after.severity.weight > before.severity.weight)


def _opens(difference: Difference) -> bool:
    """Whether a rule that was known, or accepted as unknown, is not any more."""
    was = (
        *(item.gap for item in difference.gaps_closed),
        *(pair.before for pair in difference.gaps_altered),
        *difference.still_unknown,
    )
    open_before = {(mark.rule, mark.step) for mark in was if _fails(mark)}
    opened = [item.gap for item in difference.gaps_opened if _fails(item.gap)]
    return ("", "") not in open_before and any((mark.rule, mark.step) not in open_before for mark in opened)


def _is_new_refusal(turn: Turn) -> bool:
    return turn.what == REFUSED_STEP and turn.after not in (NONE, UNKNOWN)
