"""What the two words of compare name: a report, a snapshot that is judged, a whole audit."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from pathlib import Path

from analyzer.cli.evidence import Reach, read
from analyzer.cli.guard import say
from analyzer.cli.questions import Asked
from analyzer.engine import judge
from analyzer.errors import UsageError
from analyzer.fleet.store import RUNS, RunFolder, newest_finished, run_name
from analyzer.fleet.targets import InSnapshot
from analyzer.model.fleet_report import FleetCluster, FleetReport
from analyzer.model.report import Report
from analyzer.store.folder import open_folder
from analyzer.store.report_file import read_any
from rules import CATALOG

_INDEX = "index.json"


@dataclass(frozen=True, slots=True)
class Audit:
    """The index of a run, and the folder from which it names the reports of its clusters."""

    report: FleetReport
    run: RunFolder

    def report_of(self, row: FleetCluster) -> Report | None:
        """The report of one of its clusters; None where there is none that can be read, which is said on stderr."""
        try:
            return self.run.report_of(row)
        except UsageError as error:
            say(f"aks-preflight: {error}")
            return None


Side = Report | Audit


def side(word: str, question: Asked) -> Side:
    """What a word of the command line names. Raises UsageError."""
    if word.endswith(".zip"):
        return _judged(Path(word), question)
    return _file(word) if _is_file(word) else _audit(word)


def _judged(path: Path, question: Asked) -> Report:
    evidence = read(InSnapshot(path), Reach())
    return judge(evidence.snapshot, question.of(evidence.hash), CATALOG)


def _is_file(word: str) -> bool:
    """A URL is a folder unless its name says JSON; on this machine the disk knows."""
    return word.endswith(".json") if "://" in word else not Path(word).is_dir()


def _file(word: str) -> Side:
    path, name = posixpath.split(word)
    folder = open_folder(path or ".")
    try:
        content = folder.read(name)
    except OSError as error:
        raise UsageError(f"{word} cannot be read: {error.strerror or error}.") from error
    found = read_any(content, word)
    # an index names its pages from where it lies: in the folder of its run, or above it
    return found if isinstance(found, Report) else Audit(found, RunFolder(folder, run_name(found.run)))


def _audit(word: str) -> Audit:
    """The audit of a run's folder, or the newest finished one of several."""
    folder = open_folder(word)
    if not folder.names(RUNS):
        if not folder.exists(_INDEX):
            raise UsageError(f"{word} holds no audit: neither {_INDEX} nor a folder {RUNS}. Give the folder of a run.")
        return _read(RunFolder(folder, posixpath.basename(word.rstrip("/"))))
    run = newest_finished(folder)
    if run is None:
        raise UsageError(f"No audit in {word} is finished. Finish one with audit --resume, or name a run's folder.")
    return _read(run)


def _read(run: RunFolder) -> Audit:
    return Audit(run.report(), run)
