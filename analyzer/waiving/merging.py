"""Standings of the same waivers in several clusters, as one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from analyzer.model.fleet_report import FleetCluster
from analyzer.model.waiver import JudgedWaiver, Waiver, WaiverStanding
from analyzer.waiving.aim import means_cluster

_PRECEDENCE = (WaiverStanding.IN_FORCE, *(item for item in WaiverStanding if item is not WaiverStanding.IN_FORCE))
"""Of several standings, the first of these is the whole's: in force wherever it is, else the gravest."""


def merge_standings(
    judged: Iterable[Iterable[JudgedWaiver]], unread: Sequence[FleetCluster] = (), *, whole: bool = True
) -> tuple[JudgedWaiver, ...]:
    """Each waiver once, with its standing over several clusters, in the order of the file.

    In force anywhere: in force, with the sum. Elsewhere everywhere: unused. One that may be for a cluster that could
    not be read is out of sight, never unused; and so is any where the clusters are not `whole`: others were not even
    looked at.
    """
    tallies: dict[str, _Tally] = {}
    for waivers in judged:
        for item in waivers:
            tallies.setdefault(item.waiver.id, _Tally(item.waiver)).add(item)
    merged = (tally.merged(unread, whole=whole) for tally in tallies.values())
    return tuple(sorted(merged, key=lambda item: (item.waiver.line, item.waiver.id)))


@dataclass(slots=True)
class _Tally:
    """One waiver, counted over clusters."""

    waiver: Waiver
    clusters: dict[WaiverStanding, int] = field(default_factory=dict)
    counts: dict[WaiverStanding, int] = field(default_factory=dict)
    details: dict[WaiverStanding, str] = field(default_factory=dict)
    """Of several the first of the alphabet, whatever the order of the clusters."""

    def add(self, item: JudgedWaiver) -> None:
        """One more cluster."""
        standing = item.standing
        self.clusters[standing] = self.clusters.get(standing, 0) + 1
        self.counts[standing] = self.counts.get(standing, 0) + item.count
        self.details[standing] = min(filter(None, (self.details.get(standing), item.detail)), default="")

    def merged(self, unread: Sequence[FleetCluster], *, whole: bool) -> JudgedWaiver:
        """The waiver with one standing."""
        standing = min(self.clusters, key=_PRECEDENCE.index)
        count = self.counts[standing]
        if standing not in (WaiverStanding.UNUSED, WaiverStanding.ELSEWHERE):
            return self._judged(standing, self._detail(standing), count)
        hidden = tuple(row.name for row in unread if self._may_mean(row))
        if hidden:
            return self._judged(WaiverStanding.UNSEEN, f"{_listed(hidden)} could not be read.", 0)
        if not whole:
            return self._judged(WaiverStanding.UNSEEN, "Not every cluster was looked at.", 0)
        if standing is WaiverStanding.ELSEWHERE:
            return self._judged(WaiverStanding.UNUSED, "No cluster is the one that it names.", 0)
        return self._judged(standing, self._detail(standing), count)

    def _may_mean(self, row: FleetCluster) -> bool:
        return means_cluster(self.waiver.selector.cluster, row.id, row.name) is not False

    def _detail(self, standing: WaiverStanding) -> str:
        refused = self.clusters.get(WaiverStanding.REFUSED, 0)
        if standing is WaiverStanding.IN_FORCE and refused:
            return f"Refused in {_clusters(refused)}: {self.details[WaiverStanding.REFUSED]}"
        detail, clusters = self.details[standing], self.clusters[standing]
        return f"{detail} So it is in {_clusters(clusters)}." if detail and clusters > 1 else detail

    def _judged(self, standing: WaiverStanding, detail: str, count: int) -> JudgedWaiver:
        return JudgedWaiver(waiver=self.waiver, standing=standing, detail=detail, count=count)


def _clusters(count: int) -> str:
    return "1 cluster" if count == 1 else f"{count} clusters"


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]}, and {len(names) - 1} more,"
