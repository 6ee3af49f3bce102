"""Where audits are kept: `runs/<moment>/` for each run, and the newest index at the root.

A run's folder holds `plan.json`, `clusters/<name>.html` and `.json`, `rows/<name>.json` (written last of a cluster: it
is done), and, once the run is over, the index in every format.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import msgspec

from analyzer.errors import UsageError
from analyzer.fleet.judging import Finished, Judged
from analyzer.fleet.plan import PLAN_SCHEMA_VERSION, Plan, PlannedCluster
from analyzer.model.fleet_report import FleetCluster, FleetReport
from analyzer.model.report import Report
from analyzer.store.folder import Folder
from analyzer.store.report_file import read_fleet_report, read_report
from reports.fleet import FLEET_FORMATS

RUNS = "runs"
_PLAN = "plan.json"
_INDEX = "index.json"
_RUN = re.compile(r"\d{4}-\d\d-\d\dT\d{6}Z", re.ASCII)
_EXTENSIONS = {"markdown": "md"}


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The folder of one run."""

    folder: Folder
    name: str
    """The run's start without colons: 2026-11-22T020000Z"""

    def begin(self, plan: Plan) -> None:
        """Writes what is going to be done."""
        self.folder.write(_PLAN, msgspec.json.format(msgspec.json.encode(plan), indent=1))

    def plan(self) -> Plan:
        """What is to be done. Raises UsageError where it cannot be read."""
        try:
            plan = msgspec.json.decode(self.folder.read(_PLAN), type=Plan)
        except (msgspec.MsgspecError, OSError) as error:
            raise UsageError(f"{self.folder.url}/{_PLAN} cannot be read: {error}. Begin a new run.") from error
        if plan.schema_version != PLAN_SCHEMA_VERSION:
            raise UsageError(f"{self.folder.url} was begun by another version of aks-preflight. Begin a new run.")
        return plan

    def keep(self, cluster_file: str, judged: Judged) -> None:
        """Writes a cluster's pages, then its row. Raises OSError."""
        for name, content in judged.files.items():
            self.folder.write(name, content)
        self.folder.write(f"rows/{cluster_file}.json", msgspec.json.encode(judged.finished))

    def finished(self, clusters: Iterable[PlannedCluster]) -> dict[str, Finished]:
        """The clusters that are done, by the names of their files. A row that cannot be read is not done."""
        names = set(self.folder.names("rows"))
        wanted = (item.file for item in clusters if f"{item.file}.json" in names)
        rows = ((file, _row(self.folder, file)) for file in wanted)
        return {file: row for file, row in rows if row is not None}

    def conclude(self, report: FleetReport, root: Folder) -> None:
        """Writes the index in every format, at the root too, where links lead into the run's folder; the JSON last,
        whatever became of the others: it says that the run is over. Raises OSError.
        """
        try:
            for name in (name for name in FLEET_FORMATS if name != "json"):
                self._write(name, report, root)
        finally:
            self._write("json", report, root)

    def _write(self, name: str, report: FleetReport, root: Folder) -> None:
        file = f"index.{_EXTENSIONS.get(name, name)}"
        root.write(file, FLEET_FORMATS[name](report, f"{RUNS}/{self.name}/").encode())
        self.folder.write(file, FLEET_FORMATS[name](report, "").encode())

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to do."""
        return self.folder.exists(_INDEX) and not self.report().partial

    def report(self) -> FleetReport:
        """Its index. Raises UsageError."""
        return read_fleet_report(_content(self.folder, _INDEX), f"{self.folder.url}/{_INDEX}")

    def report_of(self, row: FleetCluster) -> Report | None:
        """The report of one of its clusters; None where it was not judged. Raises UsageError."""
        page = row.pages.get("json")
        return read_report(_content(self.folder, page), f"{self.folder.url}/{page}") if page else None

    def report_if_whole(self, row: FleetCluster) -> Report | None:
        """The same, but None also where the report is lost: a comparison then says that nothing was compared."""
        try:
            return self.report_of(row)
        except UsageError:
            return None


def run_name(began: str) -> str:
    """2026-11-22T02:00:00Z as a name that every file system takes."""
    return began.replace(":", "")


def run_folder(root: Folder, name: str) -> RunFolder:
    """A run of this folder, there or not."""
    return RunFolder(root.below(f"{RUNS}/{name}"), name)


def kept_runs(root: Folder) -> tuple[RunFolder, ...]:
    """All runs that are kept, the oldest first, finished or not. What else lies there under another name is none."""
    return tuple(run_folder(root, name) for name in root.names(RUNS) if _RUN.fullmatch(name))


def newest_finished(root: Folder, keeps: Callable[[RunFolder], bool] = lambda _: True) -> RunFolder | None:
    """The newest run that is over; None where there is none."""
    return next((run for run in reversed(kept_runs(root)) if keeps(run) and run.is_over), None)


def _row(folder: Folder, file: str) -> Finished | None:
    try:
        return msgspec.json.decode(folder.read(f"rows/{file}.json"), type=Finished)
    except msgspec.MsgspecError:
        return None


def _content(folder: Folder, name: str) -> bytes:
    try:
        return folder.read(name)
    except OSError as error:
        raise UsageError(f"{folder.url}/{name} cannot be read: {error}.") from error
