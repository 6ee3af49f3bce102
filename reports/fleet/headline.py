"""What happened in a run, in a few sentences: how many are ready, how much was seen, what is left open."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from analyzer.model.fleet_report import FleetReport, Readiness
from analyzer.model.report import Verdict
from reports.fleet.words import FACES, Face, seen_title
from reports.prose import counted

READY = (Readiness.RISKS, Readiness.READY, Readiness.ARRIVED)
"""What counts as ready: nothing that is blocked, open or unread."""
MOST_UNSEEN = 5
"""Subscriptions that a sentence names; the table has all."""


@dataclass(frozen=True, slots=True)
class Tile:
    """One readiness, and how many clusters have it."""

    readiness: Readiness
    face: Face
    count: int


def tally(report: FleetReport) -> tuple[Tile, ...]:
    """How many clusters have each readiness that one has, worst first."""
    counts = Counter(item.readiness for item in report.clusters)
    return tuple(Tile(item, FACES[item], counts[item]) for item in Readiness if counts[item])


def ready_count(report: FleetReport) -> int:
    """Clusters that are ready, with risks or without, or on the target."""
    return sum(item.readiness in READY for item in report.clusters)


def title(report: FleetReport) -> str:
    """The run in five words: 142 of 300 clusters ready. A cluster that was not looked at is one of the 300."""
    whole = len(report.clusters) + report.pending
    if not whole:
        return "No cluster was judged"
    return f"{ready_count(report):,} of {counted(whole, 'cluster')} ready"


def tone(report: FleetReport) -> Verdict:
    """The gravest verdict of the fleet, as its colour and icon. What was not seen is never ready."""
    verdicts = {item.verdict for item in report.clusters}
    if Verdict.BLOCKED in verdicts:
        return Verdict.BLOCKED
    if not report.clusters or not verdicts <= {Verdict.READY, Verdict.READY_WITH_RISKS} or not is_whole(report):
        return Verdict.INDETERMINATE
    return Verdict.READY_WITH_RISKS if Verdict.READY_WITH_RISKS in verdicts else Verdict.READY


def is_whole(report: FleetReport) -> bool:
    """Whether the run came to its end, and saw every subscription that it was to look at: none that nobody listed."""
    is_seen = report.subscriptions_known and all(item.seen for item in report.subscriptions)
    return is_seen and not report.partial and not report.pending


def interruption(report: FleetReport) -> str:
    """That the run did not come to its end; empty: it did."""
    if report.pending:
        not_looked_at = counted(report.pending, "cluster was", "clusters were")
        return f"The run was interrupted: {not_looked_at} not looked at, and nothing is known of them."
    if not report.partial:
        return ""
    return "The run was interrupted: what follows is what was judged until then."


def found(report: FleetReport) -> str:
    """How many clusters came to what, worst first."""
    if not report.clusters:
        return "Nothing is known: no cluster was found, or none was reached. This is not a good result."
    counts = ", ".join(tile.face.counted(tile.count) for tile in tally(report))
    return f"{counted(len(report.clusters), 'cluster')}: {counts}."


def seen(report: FleetReport) -> str:
    """How many of the subscriptions were seen; where it is not known how many there are, that."""
    whole = len(report.subscriptions)
    count = sum(item.seen for item in report.subscriptions)
    excluded = sum(item.excluded for item in report.subscriptions)
    least = "" if report.subscriptions_known else "at least "
    said = [f"Saw {count:,} of {least}{counted(whole, 'subscription')}." if whole else ""]
    said += [report.subscriptions_note]
    said += [f"{counted(excluded, 'cluster is', 'clusters are')} left out by filters." if excluded else ""]
    if not whole and not report.subscriptions_note:
        said += ["Only the clusters that were named were looked at."]
    return " ".join(filter(None, said))


def unseen(report: FleetReport) -> str:
    """Which subscriptions were not seen, and why; empty: none, or the run names none."""
    missed = [item for item in report.subscriptions if not item.seen]
    if not missed:
        return ""
    named = " ".join(f"{seen_title(item)}: {_sentence(item.detail)}" for item in missed[:MOST_UNSEEN])
    rest = f" And {len(missed) - MOST_UNSEEN:,} more." if len(missed) > MOST_UNSEEN else ""
    return f"Not seen: {named}{rest}"


def _sentence(text: str) -> str:
    return f"{text.rstrip('. ')}." if text else "no reason was recorded."
