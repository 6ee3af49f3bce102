"""What ends, when, and how many clusters still use it; and of how many that is not known."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from analyzer.model.fleet_report import Deadline, FleetCluster, FleetReport
from reports.fleet.headline import READY


@dataclass(frozen=True, slots=True)
class Ending:
    """One thing that ends."""

    what: str
    date: str
    days: int
    clusters: int
    not_ready: int
    """Of those, the ones that cannot leave it yet."""


def endings(report: FleetReport) -> tuple[Ending, ...]:
    """What the judged clusters use that ends, the nearest end first."""
    using: dict[Deadline, list[FleetCluster]] = defaultdict(list)
    for cluster in report.clusters:
        for deadline in cluster.deadlines:
            using[deadline].append(cluster)
    return tuple(_ending(item, using[item]) for item in sorted(using, key=lambda item: (item.date, item.what)))


def _ending(item: Deadline, clusters: list[FleetCluster]) -> Ending:
    waiting = sum(cluster.readiness not in READY for cluster in clusters)
    return Ending(item.what, item.date, item.days, len(clusters), waiting)


def undated(report: FleetReport) -> int:
    """Clusters that may use something that ends: what tells was not read, or they were not looked at."""
    return report.pending + sum(not has_known_deadlines(cluster) for cluster in report.clusters)


def has_known_deadlines(cluster: FleetCluster) -> bool:
    """Whether a cluster without a deadline has none: everything that tells was read."""
    return cluster.observed is not None and not cluster.deadlines_unread
