"""What holds the fleet back, each thing once: blockers by rule, unread clusters by cause, facts to make readable."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from analyzer.model.fleet_report import FleetCluster, FleetReport, Readiness


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One thing, and the clusters that it holds back, worst first."""

    title: str
    rule: str = ""
    """The rule that finds it; empty: none."""
    clusters: tuple[FleetCluster, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The clusters' names."""
        return tuple(cluster.name for cluster in self.clusters)


def blockers(report: FleetReport) -> tuple[Cause, ...]:
    """The blockers of all clusters, the one that stops most first."""
    return _causes((stop.title, stop.rule, cluster) for cluster in report.clusters for stop in cluster.stops)


def unread(report: FleetReport) -> tuple[Cause, ...]:
    """Why clusters could not be read."""
    lost = (cluster for cluster in report.clusters if cluster.readiness is Readiness.UNREAD)
    return _causes((cluster.cause or "no reason was recorded", "", cluster) for cluster in lost)


def to_read(report: FleetReport) -> tuple[Cause, ...]:
    """What would have to be readable in the clusters that are not known yet."""
    uncertain = (cluster for cluster in report.clusters if cluster.readiness is Readiness.UNCERTAIN)
    return _causes((title, "", cluster) for cluster in uncertain for title in cluster.after)


def _causes(found: Iterable[tuple[str, str, FleetCluster]]) -> tuple[Cause, ...]:
    held: dict[tuple[str, str], list[FleetCluster]] = defaultdict(list)
    for title, rule, cluster in found:
        held[title, rule].append(cluster)
    causes = (Cause(title=title, rule=rule, clusters=tuple(held[title, rule])) for title, rule in held)
    return tuple(sorted(causes, key=lambda cause: (-len(cause.clusters), cause.rule, cause.title)))
