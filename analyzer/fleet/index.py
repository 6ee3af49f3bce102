"""The fleet's index: rows in their order, subscriptions, titles and the trend over the kept runs. Pure."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace

from analyzer.model.difference import FleetDifference
from analyzer.model.fleet_report import (
    FleetCluster,
    FleetReport,
    Night,
    Readiness,
    SeenSubscription,
    UnreadCause,
)
from analyzer.model.report import Tool, Verdict
from analyzer.model.waiver import JudgedWaiver
from reports.words import moment

MOST_NIGHTS = 90
"""Kept runs that a trend goes back."""
FRESH = datetime.timedelta(days=1)
"""Evidence that is older than this when a run begins is another night's, which its row says."""
_PLACE = {readiness: place for place, readiness in enumerate(Readiness)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What is known of an audit beside its clusters."""

    tool: Tool
    began: str
    """2026-11-22T02:00:00Z"""
    scope: str
    target: str
    as_of: str
    inputs: Mapping[str, str] = field(default_factory=dict)
    is_partial: bool = False
    pending: int = 0
    """Clusters that an interrupted run did not look at."""
    subscriptions: Sequence[SeenSubscription] = ()
    subscriptions_note: str = ""
    subscriptions_known: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What earlier runs say."""

    nights: Sequence[Night] = ()
    """The kept ones, in any order."""
    baseline: FleetDifference | None = None


def fleet_report(
    run: Run, rows: Iterable[FleetCluster], waivers: Sequence[JudgedWaiver] = (), history: History | None = None
) -> FleetReport:
    """Everything that an audit says. The order of the rows and subscriptions that are handed in plays no part."""
    history = history or History()
    clusters = tuple(sorted(_told_apart(_dated(row, run.began) for row in rows), key=_worst_first))
    report = FleetReport(
        tool=run.tool,
        run=run.began,
        scope=run.scope,
        target=run.target,
        as_of=run.as_of,
        inputs=dict(run.inputs),
        partial=run.is_partial,
        pending=run.pending,
        subscriptions=_subscriptions(run.subscriptions, clusters),
        subscriptions_note=run.subscriptions_note,
        subscriptions_known=run.subscriptions_known,
        clusters=clusters,
        rules=_titles(clusters),
        waivers=tuple(waivers),
        baseline=history.baseline,
    )
    return replace(report, trend=trend((*history.nights, night_of(report))))


def night_of(report: FleetReport) -> Night:
    """One run, counted for the trend. What was not read or not looked at is unknown, and never left out."""
    verdicts = [cluster.verdict for cluster in report.clusters]
    ready = sum(verdict in (Verdict.READY, Verdict.READY_WITH_RISKS) for verdict in verdicts)
    blocked = verdicts.count(Verdict.BLOCKED)
    return Night(run=report.run, ready=ready, blocked=blocked, unknown=len(verdicts) - ready - blocked + report.pending)


def trend(nights: Iterable[Night]) -> tuple[Night, ...]:
    """The oldest first, each run once (of several the last that is given), at most the newest 90."""
    by_run = {night.run: night for night in nights}
    return tuple(by_run[run] for run in sorted(by_run))[-MOST_NIGHTS:]


def _dated(row: FleetCluster, began: str) -> FleetCluster:
    """The row; of a cluster that was judged by old evidence (a snapshot, files), with that in its detail."""
    if row.verdict is None or _is_fresh(row.collected_at, began):
        return row
    told = f"Its evidence is of {moment(row.collected_at)}." if row.collected_at else "Its evidence has no date."
    return replace(row, detail=" ".join(filter(None, (row.detail, told))))


def _told_apart(rows: Iterable[FleetCluster]) -> Iterator[FleetCluster]:
    """The rows; of a cluster that several targets led to, with their number in the detail of each."""
    found = tuple(rows)
    of_id = Counter(row.id.lower() for row in found)
    for row in found:
        count = of_id[row.id.lower()] if row.id else 1
        told = f"It is one of {count:,} rows of this cluster." if count > 1 else ""
        yield replace(row, detail=" ".join(filter(None, (row.detail, told))))


def _is_fresh(collected_at: str | None, began: str) -> bool:
    """Whether it was collected for this run, as far as its time says."""
    try:
        age = datetime.datetime.fromisoformat(began) - datetime.datetime.fromisoformat(collected_at or "")
    except (ValueError, TypeError):
        return False
    return age <= FRESH


def _worst_first(cluster: FleetCluster) -> tuple[int, int, str, str, str]:
    """By readiness, then the number of blockers, name and id; case tells apart only what else is equal."""
    return (
        _PLACE[cluster.readiness],
        -len(cluster.stops),
        cluster.name.lower(),
        cluster.id.lower(),
        cluster.id or cluster.name,
    )


def _titles(clusters: Iterable[FleetCluster]) -> dict[str, str]:
    """The titles of the rules that stop a cluster, by id."""
    titles = {stop.rule: stop.title for cluster in clusters for stop in cluster.stops if stop.rule}
    return dict(sorted(titles.items()))


def _subscriptions(
    listed: Sequence[SeenSubscription], clusters: Sequence[FleetCluster]
) -> tuple[SeenSubscription, ...]:
    """By name, then id. One whose every cluster was gone when it was read was not seen, whatever listed it."""
    of_id: dict[str, list[FleetCluster]] = {}
    for cluster in clusters:
        of_id.setdefault(cluster.subscription.lower(), []).append(cluster)
    found = (_still_seen(subscription, of_id.get(subscription.id.lower(), [])) for subscription in listed)
    return tuple(sorted(found, key=lambda item: (item.name.lower(), item.id.lower())))


def _still_seen(subscription: SeenSubscription, clusters: Sequence[FleetCluster]) -> SeenSubscription:
    if not clusters or any(cluster.cause != UnreadCause.SUBSCRIPTION_GONE for cluster in clusters):
        return subscription
    return replace(subscription, seen=False, detail=subscription.detail or clusters[0].detail)
