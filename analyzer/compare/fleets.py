"""Two audits, cluster by cluster: never more than the two reports of one cluster at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import zip_longest

from msgspec.structs import replace

from analyzer.compare.clusters import compare_reports, has_changes, only_in
from analyzer.compare.turns import changed, question_turns
from analyzer.compare.worse import is_cluster_worse
from analyzer.model.difference import ClusterDifference, Difference, FleetDifference, Presence, Turn
from analyzer.model.fleet_report import FleetCluster, FleetReport
from analyzer.model.report import Report, Verdict

ReportOf = Callable[[FleetCluster], Report | None]
"""Reads the report of one row; None: it cannot be read."""
NO_REPORT = "its report could not be read, so nothing was compared"


def compare_fleets(old: FleetReport, new: FleetReport, reports_of: tuple[ReportOf, ReportOf]) -> FleetDifference:
    """What changed from one audit to another. Each row's report is read once, where its cluster was judged."""
    before, after = _Audit(old, reports_of[0]), _Audit(new, reports_of[1])
    asked = frozenset(question_turns(old, new))
    clusters: list[ClusterDifference] = []
    alike: list[Verdict | None] = []
    for was, now in _pairs(old.clusters, new.clusters):
        found = _compare(_Side(before, was), _Side(after, now), asked)
        if _differs(found):
            clusters.append(found)
        else:
            alike.append(found.difference.verdict_after)
    return FleetDifference(
        before=old.run,
        after=new.run,
        worse=any(item.difference.worse for item in clusters),
        clusters=tuple(sorted(clusters, key=lambda item: (item.difference.name, item.difference.cluster))),
        unchanged=len(alike),
        still_unknown=sum(verdict in (None, Verdict.INDETERMINATE) for verdict in alike),
        turns=(*question_turns(old, new), *_audit_turns(old, new)),
    )


@dataclass(frozen=True, slots=True)
class _Audit:
    report: FleetReport
    report_of: ReportOf


@dataclass(frozen=True, slots=True)
class _Side:
    """One audit, and its row of a cluster; None: it has none."""

    audit: _Audit
    row: FleetCluster | None

    def report(self) -> Report | None:
        """The cluster's report, where it was judged."""
        return self.audit.report_of(self.row) if self.row is not None and self.row.verdict is not None else None

    def cause(self, report: Report | None, other: _Side) -> str:
        """Why there is nothing to compare; empty: there is, or the audit looked and the cluster was not there."""
        if self.row is None:
            return _blind(self.audit.report, other.row) if other.row else ""
        if self.row.verdict is None:
            return self.row.cause or "not read"
        return "" if report else NO_REPORT


def _pairs(
    old: Iterable[FleetCluster], new: Iterable[FleetCluster]
) -> Iterator[tuple[FleetCluster | None, FleetCluster | None]]:
    """Rows of the same cluster; of rows that share a name and have no id, by their place among them."""
    before, after = _by_key(old), _by_key(new)
    for key in sorted({*before, *after}):
        yield from zip_longest(before.get(key, ()), after.get(key, ()))


def _by_key(rows: Iterable[FleetCluster]) -> dict[tuple[str, ...], list[FleetCluster]]:
    found: dict[tuple[str, ...], list[FleetCluster]] = {}
    for row in sorted(rows, key=lambda row: (row.collected_at or "", row.snapshot_hash, sorted(row.pages.items()))):
        found.setdefault(_key(row), []).append(row)
    return found


def _key(row: FleetCluster) -> tuple[str, ...]:
    """The ARM id, which compares without regard to case; else the names."""
    names = (row.id,) if row.id else (row.subscription, row.resource_group, row.name)
    return tuple(name.lower() for name in names)


def _compare(was: _Side, now: _Side, asked: frozenset[Turn]) -> ClusterDifference:
    old, new = was.report(), now.report()
    causes = was.cause(old, now), now.cause(new, was)
    found = ClusterDifference(
        presence=_presence(was.row, now.row, causes),
        difference=_difference(was.row, now.row, (old, new), asked),
        cause_before=causes[0],
        cause_after=causes[1],
    )
    return replace(found, difference=replace(found.difference, worse=is_cluster_worse(found)))


def _presence(was: FleetCluster | None, now: FleetCluster | None, causes: tuple[str, str]) -> Presence:
    if was is None:
        return Presence.FIRST_SEEN if causes[0] else Presence.APPEARED
    if now is None:
        return Presence.OUT_OF_SIGHT if causes[1] else Presence.VANISHED
    return Presence.BOTH


def _difference(
    was: FleetCluster | None,
    now: FleetCluster | None,
    reports: tuple[Report | None, Report | None],
    asked: frozenset[Turn],
) -> Difference:
    """What the reports say; where one is not there, what the other one alone does. The question is the audit's."""
    old, new = reports
    if old is not None and new is not None:
        found = compare_reports(old, new)
        found = replace(found, turns=tuple(turn for turn in found.turns if turn not in asked))
    else:
        found = _alone(old, new)
    row = now or was
    verdicts = was.verdict if was else None, now.verdict if now else None
    names = {"cluster": row.id or row.name, "name": row.name} if row else {}
    return replace(found, verdict_before=verdicts[0], verdict_after=verdicts[1], **names)


def _alone(old: Report | None, new: Report | None) -> Difference:
    empty = Difference(cluster="", name="", verdict_before=None, verdict_after=None)
    if old is not None:
        findings, gaps = only_in(old)
        return replace(empty, vanished=findings, gaps_closed=gaps)
    if new is not None:
        findings, gaps = only_in(new)
        return replace(empty, appeared=findings, gaps_opened=gaps)
    return empty


def _differs(found: ClusterDifference) -> bool:
    """What cannot be compared differs, as far as anybody knows."""
    difference = found.difference
    lost = NO_REPORT in (found.cause_before, found.cause_after)
    causes = found.cause_before != found.cause_after
    return found.presence is not Presence.BOTH or lost or causes or has_changes(difference)


def _blind(fleet: FleetReport, row: FleetCluster) -> str:
    """Why the absence of this cluster from an audit proves nothing; empty: the audit looked where it is."""
    if not fleet.subscriptions:
        is_sure = all(item.id for item in (row, *fleet.clusters))
        return "the audit's targets do not name it" if is_sure else "none of the audit's targets is known to be it"
    found = next((item for item in fleet.subscriptions if item.id.lower() == row.subscription.lower()), None)
    if found is None:
        asked = "was not asked for" if fleet.subscriptions_known else "is not among those that could be listed"
        return f"its subscription {asked}"
    if not found.seen:
        return f"its subscription was not seen{': ' if found.detail else ''}{found.detail}"
    if fleet.partial or fleet.pending:
        return f"the audit was interrupted, {fleet.pending} of its clusters not looked at"
    if found.excluded:
        return f"filters leave out {found.excluded} of the clusters of its subscription"
    return ""


def _audit_turns(old: FleetReport, new: FleetReport) -> Iterator[Turn]:
    """What the audits looked at."""
    yield from changed({"scope": old.scope}, {"scope": new.scope})
    yield from changed(_subscriptions(old), _subscriptions(new), "not asked for")


def _subscriptions(fleet: FleetReport) -> dict[str, str]:
    return {f"subscription {item.id.lower()}": "seen" if item.seen else "not seen" for item in fleet.subscriptions}
