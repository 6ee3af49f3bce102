"""Judges that break in the ways that a judging process can."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

from analyzer.fleet.clusters import not_judged
from analyzer.fleet.judging import Evidence, Judged
from analyzer.fleet.plan import PlannedCluster
from analyzer.model.fleet_report import UnreadCause


@dataclass(frozen=True)
class OddJudge:
    """Does what the cluster's name says; notes each time in a file."""

    notes: Path

    def __call__(self, cluster: PlannedCluster, evidence: Evidence) -> Judged:
        with self.notes.open("a") as file:
            file.write(f"{cluster.name} {os.getpid()}\n")
        match cluster.name.partition("-")[0]:
            case "dies":
                os._exit(7)
            case "dies_once" if self.notes.read_text().count(f"{cluster.name} ") == 1:
                os._exit(7)
            case "hangs":
                time.sleep(600)
            case "raises":
                raise ValueError("an odd value")
        return not_judged(cluster, UnreadCause.MALFORMED, "judged")


class DeadOnArrival(OddJudge):
    """Ends the process that takes it out of the file."""

    def __reduce__(self) -> tuple[object, tuple[int]]:
        return os._exit, (7,)
