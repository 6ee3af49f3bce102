"""Rows of the fleet's index: from the report of one cluster, or from the reason why there is none. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

from analyzer.fleet.deadlines import ENDS, deadlines, deadlines_unread
from analyzer.fleet.voices import Voice, families, voices
from analyzer.model.finding import Severity
from analyzer.model.fleet_report import FleetCluster, Readiness, Stop
from analyzer.model.report import Report, ReportedGap, ReportedStep, Verdict
from analyzer.model.source import READS, KubernetesRead, Source
from analyzer.path import NEW_CLUSTER
from reports.words import source_title, step_title

MOST_AFTER = 10
"""Entries of "ready after" that a row names."""
THE_API = "the Kubernetes API"


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedCluster:
    """A cluster as it was found, before anything of it was read. Empty: not known."""

    id: str = ""
    name: str
    resource_group: str = ""
    subscription: str = ""
    subscription_name: str = ""
    location: str = ""


def row_of(report: Report, pages: Mapping[str, str], named: NamedCluster) -> FleetCluster:
    """The row of a cluster that was judged. `named` fills in what the report lacks where ARM was not read.

    `pages` are the cluster's own reports by format, relative to the run's folder.
    """
    spoken = voices(report)
    stops = _stops(report, spoken)
    unread = _unread(report)
    after = (*(stop.title for stop in stops), *_to_read(report, unread), *_broken(spoken))
    cluster = report.cluster
    return FleetCluster(
        id=cluster.id or named.id,
        name=cluster.name or named.name,
        resource_group=cluster.resource_group or named.resource_group,
        subscription=cluster.subscription or named.subscription,
        subscription_name=named.subscription_name,
        location=cluster.location or named.location,
        kubernetes_version=cluster.kubernetes_version,
        readiness=readiness(report, spoken),
        verdict=report.verdict,
        partial=report.partial,
        after=after[:MOST_AFTER],
        after_count=len(after),
        observed=report.observed,
        steps=tuple(step.kind for step in report.path.steps if not step.refused),
        reimages=report.path.reimages,
        families=families(spoken),
        stops=stops,
        risks=sum(voice.has_risk for voice in spoken),
        unread=unread,
        waived=sum(voice.waived for voice in spoken),
        deadlines=deadlines(report),
        deadlines_unread=deadlines_unread(report),
        collected_at=report.collected_at,
        snapshot_hash=report.snapshot_hash,
        pages=dict(pages),
    )


def unread_row(named: NamedCluster, cause: str, detail: str) -> FleetCluster:
    """The row of a cluster of which nothing was judged, and why."""
    return FleetCluster(
        id=named.id,
        name=named.name,
        resource_group=named.resource_group,
        subscription=named.subscription,
        subscription_name=named.subscription_name,
        location=named.location,
        readiness=Readiness.UNREAD,
        verdict=None,
        cause=cause,
        detail=detail,
        deadlines_unread=tuple(ENDS),
    )


def readiness(report: Report, spoken: Sequence[Voice]) -> Readiness:
    """Where a judged cluster stands."""
    match report.verdict:
        case Verdict.BLOCKED:
            return Readiness.NEW_CLUSTER if _needs_new_cluster(report) else Readiness.BLOCKED
        case Verdict.INDETERMINATE:
            return Readiness.UNCERTAIN
        case Verdict.READY_WITH_RISKS:
            return Readiness.RISKS
        case Verdict.READY:
            arrived = report.path.known and not report.path.steps and not any(map(_weighs, spoken))
            return Readiness.ARRIVED if arrived else Readiness.READY
        case _ as never:
            assert_never(never)


def _needs_new_cluster(report: Report) -> bool:
    """Whether the asked target cannot be reached in place. Keeping the mode and asking for less is another target."""
    return any(way.startswith(NEW_CLUSTER) for step in report.path.steps for way in step.ways_out)


def _weighs(voice: Voice) -> bool:
    return bool(voice.blocked or voice.lacks or voice.is_broken or voice.has_risk)


def _stops(report: Report, spoken: Sequence[Voice]) -> tuple[Stop, ...]:
    """The refused step first, as one with the rule that found the same; then each rule with a blocker."""
    blocking = [voice for voice in spoken if voice.blocked]
    refused = next((step for step in report.path.steps if step.refused), None)
    owner = next((voice for voice in blocking if refused and _owns(voice, refused)), None)
    first = [Stop(rule="", title=_refusal(refused))] if refused and owner is None else []
    in_order = sorted(blocking, key=lambda voice: voice is not owner)
    return (*first, *(Stop(rule=voice.rule, title=voice.title, objects=voice.blocked) for voice in in_order))


def _owns(voice: Voice, refused: ReportedStep) -> bool:
    return voice.rule == refused.refused_by and refused.kind in voice.blocked_at


def _refusal(step: ReportedStep) -> str:
    return f"{step_title(step.kind)}: the platform does not offer it from here"


def _holding(report: Report) -> Iterator[tuple[str, ReportedGap]]:
    """Every gap that holds the verdict back, and the rule that has it; empty: the path itself."""
    in_rules = ((result.rule, item) for result in report.results for item in result.gaps)
    for rule, item in (*(("", item) for item in report.path.gaps), *in_rules):
        if item.severity is not Severity.NOTICE and not item.waiver:
            yield rule, item


def _unread(report: Report) -> tuple[str, ...]:
    """Sources that hold the verdict back: those that could hide a blocker first, then by how many rules lack them."""
    weight: dict[str, int] = {}
    lacking: dict[str, set[str]] = {}
    for rule, item in _holding(report):
        weight[item.source] = max(weight.get(item.source, 0), item.severity.weight)
        lacking.setdefault(item.source, set()).add(rule)
    return tuple(sorted(weight, key=lambda source: (-weight[source], -len(lacking[source]), source)))


def _to_read(report: Report, unread: Sequence[str]) -> tuple[str, ...]:
    """What is to be made readable, in words and with the causes; the whole Kubernetes API is one entry."""
    causes: dict[str, set[str]] = {}
    whole = _is_api_unread(report)
    entry = {source: THE_API if whole and _is_of_api(source) else source_title(source) for source in unread}
    for _, item in _holding(report):
        causes.setdefault(entry[item.source], set()).add(item.cause)
    return tuple(_with(title, sorted(causes[title])) for title in dict.fromkeys(entry.values()))


def _is_api_unread(report: Report) -> bool:
    """Whether not one object or list of the Kubernetes API was read, not even in part."""
    rows = [row for row in report.coverage if _is_of_api(row.source)]
    return bool(rows) and all(row.count is None for row in rows)


def _is_of_api(source: str) -> bool:
    return source in _KUBERNETES


_KUBERNETES = frozenset(source.value for source in Source if isinstance(READS.get(source), KubernetesRead))


def _with(title: str, causes: Sequence[str]) -> str:
    why = ", ".join(causes)
    return f"{title[:-1]}, {why})" if title.endswith(")") else f"{title} ({why})"


def _broken(spoken: Sequence[Voice]) -> Iterator[str]:
    return (f"{voice.title} (the rule broke)" for voice in spoken if voice.is_broken)
