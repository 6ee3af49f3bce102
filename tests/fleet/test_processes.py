"""Judging in processes: a cluster that kills or blocks its process spoils no other."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, ThreadPoolExecutor
from pathlib import Path

import pytest
from fleet.odd_judges import DeadOnArrival, OddJudge

from analyzer.errors import LateError
from analyzer.fleet.clusters import LookingHere
from analyzer.fleet.judging import Evidence
from analyzer.fleet.plan import PlannedCluster
from analyzer.fleet.processes import JudgingProcesses
from analyzer.store.snapshot_file import Encoded

NOTHING = Evidence(Encoded(b"", {}))


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    return tmp_path / "notes"


@pytest.fixture
def judging(notes: Path) -> Iterator[JudgingProcesses]:
    processes = JudgingProcesses(OddJudge(notes), 2, longest_s=60.0)
    yield processes
    processes.close()


def cluster(name: str) -> PlannedCluster:
    return PlannedCluster(file=name, name=name)


def test_a_judgement_runs_in_another_process(judging: JudgingProcesses) -> None:
    assert judging(cluster("store"), NOTHING).finished.row.detail == "judged"


def test_a_judgement_yields_to_those_who_read(judging: JudgingProcesses, notes: Path) -> None:
    judging(cluster("store"), NOTHING)
    process = int(notes.read_text().split()[1])
    assert os.getpriority(os.PRIO_PROCESS, process) == min(os.getpriority(os.PRIO_PROCESS, 0) + 10, 19)


def test_a_cluster_whose_process_dies_once_is_judged_by_another(judging: JudgingProcesses) -> None:
    assert judging(cluster("dies_once"), NOTHING).finished.row.name == "dies_once"


def test_a_cluster_that_kills_every_process_is_given_up_and_others_are_judged(judging: JudgingProcesses) -> None:
    with pytest.raises(BrokenExecutor):
        judging(cluster("dies"), NOTHING)
    assert judging(cluster("store"), NOTHING).finished.row.name == "store"


def test_a_cluster_that_takes_too_long_is_late_and_others_are_judged(notes: Path) -> None:
    judging = JudgingProcesses(OddJudge(notes), 1, longest_s=12.0)  # in which the next process begins, too
    with pytest.raises(LateError) as late:
        judging(cluster("hangs"), NOTHING)
    assert str(late.value) == "Judging hangs took longer than 12 s. Collect it, and check it alone."
    assert judging(cluster("store"), NOTHING).finished.row.name == "store"
    judging.close()


def test_processes_that_die_before_they_begin_leave_nobody_waiting(notes: Path) -> None:
    judging = JudgingProcesses(DeadOnArrival(notes), 2, longest_s=30.0)
    with pytest.raises(BrokenExecutor):
        judging(cluster("store"), NOTHING)
    judging.close()


def test_where_nothing_can_be_forked_processes_begin_anew(tmp_path: Path) -> None:
    far = tmp_path / ("deep" * 20) / ("deep" * 20)
    far.mkdir(parents=True)
    code = "from analyzer.fleet.processes import _context, warm_up; warm_up(); print(_context().get_start_method())"
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "TMPDIR": str(far)}, capture_output=True, text=True, check=True
    )
    assert done.stdout == "spawn\n"


def test_what_is_handed_to_a_process_leaves_no_file_behind(notes: Path) -> None:
    judging = JudgingProcesses(OddJudge(notes), 1, longest_s=30.0)
    told = judging._told
    assert told.exists()
    judging.close()
    assert not told.exists()


def test_what_a_look_comes_to_is_a_row_whatever_happens(judging: JudgingProcesses) -> None:
    look = LookingHere(lambda _: NOTHING, judging)
    names = ("store", "raises", "dies_once", "annex")
    with ThreadPoolExecutor(4) as pool:
        rows = [judged.finished.row for judged in pool.map(look, map(cluster, names))]
    assert [(row.name, row.cause, row.detail) for row in rows] == [
        ("store", "malformed", "judged"),
        ("raises", "broke", "This is a bug: ValueError: an odd value"),
        ("dies_once", "malformed", "judged"),
        ("annex", "malformed", "judged"),
    ]
