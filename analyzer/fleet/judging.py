"""One cluster's evidence, judged and rendered: what runs in a process of its own."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from dataclasses import replace as with_other

from msgspec import Struct
from msgspec.structs import replace

from analyzer.engine import Question, judge
from analyzer.fleet.plan import PlannedCluster
from analyzer.fleet.rows import row_of
from analyzer.model.fleet_report import FleetCluster
from analyzer.model.waiver import JudgedWaiver
from analyzer.scene import Rule
from analyzer.store.snapshot_file import Encoded, decode
from reports import FORMATS

PAGES = ("html", "json")
"""What is written of each cluster."""
CLUSTERS = "clusters"
"""The folder of a run that holds them."""


class Finished(Struct, frozen=True, kw_only=True):
    """What the index needs of one cluster: kept in the run's folder as soon as the cluster is done."""

    row: FleetCluster
    waivers: tuple[JudgedWaiver, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """A snapshot's parts, as a collection would have written them."""

    encoded: Encoded
    partial: bool = False
    warning: str = ""
    """What a reader of the row must know of how it was read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One cluster that is done, and the files to be written of it."""

    finished: Finished
    files: Mapping[str, bytes] = field(default_factory=dict)
    """Whole contents by names in the run's folder."""
    cpu_s: float = 0.0
    """That judging and rendering took."""


@dataclass(frozen=True, slots=True)
class Judge:
    """The question of a run, and the rules that answer it."""

    question: Question
    catalog: Sequence[Rule]

    def __call__(self, cluster: PlannedCluster, evidence: Evidence) -> Judged:
        """Judges a snapshot and renders its pages. Raises UsageError for one that cannot be decoded."""
        began = time.thread_time()
        question = with_other(self.question, snapshot_hash=evidence.encoded.hash)
        report = judge(decode(evidence.encoded, cluster.file), question, self.catalog)
        report = replace(report, partial=evidence.partial)
        pages = {name: f"{CLUSTERS}/{cluster.file}.{name}" for name in PAGES}
        files = {path: FORMATS[name](report).encode() for name, path in pages.items()}
        row = replace(row_of(report, pages, cluster.named), detail=evidence.warning)
        finished = Finished(row=row, waivers=report.waivers)
        return Judged(finished=finished, files=files, cpu_s=time.thread_time() - began)
