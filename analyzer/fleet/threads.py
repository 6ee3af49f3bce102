"""Clusters looked at on this machine: read in threads, judged in processes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from analyzer.fleet.clusters import Look, LookingHere
from analyzer.fleet.judging import Judge
from analyzer.fleet.processes import JudgingProcesses
from analyzer.fleet.reading import Reader


@dataclass(frozen=True, slots=True)
class Threads:
    """The executor that needs nothing but this machine."""

    reader: Reader
    judge: Judge
    longest_s: float
    """For judging one cluster."""

    @property
    def at_once(self) -> int:
        """Fewer clusters than requests: each keeps up to three under way, but some wait, and some are being judged."""
        return max(1, self.reader.access.concurrency * 3 // 4)

    @contextmanager
    def looking(self) -> Iterator[Look]:
        """Reads here, judges on every core."""
        judging = JudgingProcesses(self.judge, os.cpu_count() or 1, self.longest_s)
        try:
            yield LookingHere(self.reader, judging)
        finally:
            judging.close()
