"""One flat record for each cluster, for spreadsheets and log analytics. What was not judged has no numbers, not zeros.

A subscription that was not seen has a record too, and so has a run that found nothing: neither is a clean one.
"""

from __future__ import annotations

from collections.abc import Iterable

from analyzer.model.fleet_report import FAMILIES, FamilyCell, FleetCluster, FleetReport, Readiness, SeenSubscription
from analyzer.model.report import StateSummary
from reports.fleet.deadlines import has_known_deadlines
from reports.fleet.rows import linked

Value = str | int | bool | None
Record = dict[str, Value]

_RUN = (
    "run",
    "run_partial",
    "clusters_not_looked_at",
    "subscriptions_seen",
    "subscriptions_asked",
    "target",
    "as_of",
    "tool_version",
    "rule_pack_version",
    "rule_pack_hash",
)
_CLUSTER = (
    "record",
    "cluster_id",
    "cluster",
    "resource_group",
    "subscription",
    "subscription_name",
    "location",
    "kubernetes_version",
    "readiness",
    "verdict",
    "cause",
    "detail",
    "partial",
    "ready_after",
    "ready_after_count",
    "plugin",
    "ipam",
    "dataplane",
    "policy",
    "steps",
    "reimages",
    "blockers",
    "unknown",
    "risks",
    "waived",
    "blocker_rules",
    "not_read",
    "next_deadline",
    "next_deadline_date",
    "next_deadline_days",
    "deadlines",
    "deadlines_known",
    "collected_at",
    "snapshot_hash",
    "page",
)
_WEIGHTS = ("blockers", "unknown", "risks")
FIELDS = (*_RUN, *_CLUSTER, *(f"{family}_{weight}" for family in FAMILIES for weight in _WEIGHTS))
"""Frozen: a field keeps its name and its place, and new ones come last. `record` is cluster, subscription or run;
blockers, unknown and risks count rules."""
_NOTHING: Record = dict.fromkeys(FIELDS)


def records(report: FleetReport, prefix: str) -> tuple[Record, ...]:
    """The subscriptions that were not seen, then the clusters, worst first."""
    run = _run(report)
    missed = [run | _unseen(item) for item in report.subscriptions if not item.seen]
    clusters = [run | _cluster(item) for item in linked(report, prefix).clusters]
    nothing = run | {"record": "run", "detail": "No cluster was found, or none was reached."}
    return tuple(_NOTHING | found for found in (*missed, *clusters) or (nothing,))


def _run(report: FleetReport) -> Record:
    return {
        "run": report.run,
        "run_partial": report.partial or report.pending > 0,
        "clusters_not_looked_at": report.pending,
        "subscriptions_seen": sum(item.seen for item in report.subscriptions),
        "subscriptions_asked": len(report.subscriptions) if report.subscriptions_known else None,
        "target": report.target,
        "as_of": report.as_of,
        "tool_version": report.tool.version,
        "rule_pack_version": report.tool.rule_pack_version,
        "rule_pack_hash": report.tool.rule_pack_hash,
    }


def _unseen(item: SeenSubscription) -> Record:
    return {
        "record": "subscription",
        "subscription": item.id,
        "subscription_name": item.name,
        "cause": "not seen",
        "detail": item.detail,
    }


def _cluster(item: FleetCluster) -> Record:
    return _place(item) | _deadlines(item) | (_judgement(item) if item.verdict is not None else {})


def _place(item: FleetCluster) -> Record:
    return {
        "record": "cluster",
        "cluster_id": item.id,
        "cluster": item.name,
        "resource_group": item.resource_group,
        "subscription": item.subscription,
        "subscription_name": item.subscription_name,
        "location": item.location,
        "readiness": item.readiness.value,
        "verdict": item.verdict,
        "cause": item.cause,
        "detail": item.detail,
        "partial": item.partial,
        "page": item.pages.get("html") or next(iter(item.pages.values()), ""),
    }


def _judgement(item: FleetCluster) -> Record:
    """What only a cluster that was judged has."""
    return {
        "kubernetes_version": item.kubernetes_version,
        "ready_after": _joined(item.after),
        "ready_after_count": item.after_count,
        "blockers": len(item.stops),
        "risks": item.risks,
        "waived": item.waived,
        "blocker_rules": ",".join(stop.rule for stop in item.stops if stop.rule),
        "not_read": ",".join(item.unread),
        "collected_at": item.collected_at,
        "snapshot_hash": item.snapshot_hash,
        **_path(item),
        **_observed(item.observed),
        **_families(item.families),
    }


def _path(item: FleetCluster) -> Record:
    """Nothing where the path is not known: where it is and has no steps, the verdict is READY, or BLOCKED."""
    if item.readiness is Readiness.UNCERTAIN and not item.steps:
        return {}
    return {"steps": ",".join(item.steps), "reimages": item.reimages}


def _observed(state: StateSummary | None) -> Record:
    if state is None:
        return {}
    return {"plugin": state.plugin, "ipam": state.ipam, "dataplane": state.dataplane, "policy": state.policy}


def _families(families: dict[str, FamilyCell]) -> Record:
    cells = {family: families.get(family, FamilyCell()) for family in FAMILIES}
    counts: Record = {"unknown": sum(cell.unknown for cell in families.values())}
    for family, cell in cells.items():
        counts[f"{family}_blockers"] = cell.blockers
        counts[f"{family}_unknown"] = cell.unknown
        counts[f"{family}_risks"] = cell.risks
    return counts


def _deadlines(item: FleetCluster) -> Record:
    """The nearest one, and all. Null: nothing that was read says so."""
    known: Record = {"deadlines_known": has_known_deadlines(item)}
    if not item.deadlines:
        return known | {"deadlines": "" if has_known_deadlines(item) else None}
    nearest = min(item.deadlines, key=lambda deadline: (deadline.date, deadline.what))
    return known | {
        "next_deadline": nearest.what,
        "next_deadline_date": nearest.date,
        "next_deadline_days": nearest.days,
        "deadlines": _joined(f"{deadline.what} {deadline.date}" for deadline in item.deadlines),
    }


def _joined(parts: Iterable[str]) -> str:
    return " | ".join(parts)
