"""An audit that is killed, or that loses a worker, comes to the same files as one that nobody disturbed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fleet.audits import NIGHT, audit_at_two, begin_at_two, differences, environment, files, index, rows, wait_for
from servers.fleet.faults import Weather
from servers.fleet.members import Shape
from servers.fleet.running import RunningFleet, running

SHAPE = Shape(clusters=12, subscriptions=4, forbidden=1, unreachable=1, gone=1)
WEATHER = Weather(seed=5, latency_s=0.01, throttled=0.003, resets=0.01)


@pytest.fixture(scope="module")
def fleet() -> Iterator[RunningFleet]:
    with running(SHAPE, WEATHER) as found:
        yield found


@pytest.fixture(scope="module")
def undisturbed(fleet: RunningFleet, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    root = tmp_path_factory.mktemp("undisturbed")
    ended = audit_at_two(fleet, root)
    assert (ended.code, len(rows(root))) == (3, 12), ended.stderr
    return files(root)


def killed(fleet: RunningFleet, root: Path, kill: signal.Signals) -> tuple[int, str]:
    """The code and stderr of an audit that was sent a signal when three clusters were done."""
    with begin_at_two(fleet, root) as process:
        wait_for(lambda: len(rows(root)) >= 3, "three clusters")
        process.send_signal(kill)
        _, stderr = process.communicate(timeout=300)
    return process.returncode, stderr


def resumed_like_undisturbed(fleet: RunningFleet, root: Path, undisturbed: dict[str, bytes]) -> None:
    """Nothing that was done is done again, and the files are those of an undisturbed audit."""
    done = rows(root)
    assert 3 <= len(done) < 12
    resumed = audit_at_two(fleet, root, "resume")
    again = rows(root)
    assert resumed.code == 3, resumed.stderr
    assert {name: again[name] for name in done} == done
    assert differences(files(root), undisturbed) == {}


def test_an_audit_that_was_interrupted_says_so_and_resumed_is_the_undisturbed_one(
    fleet: RunningFleet, undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    code, stderr = killed(fleet, tmp_path, signal.SIGINT)
    found = index(tmp_path)
    assert (code, "Traceback" in stderr) == (130, False), stderr
    assert (found.partial, len(found.clusters) + found.pending, found.pending > 0) == (True, 12, True)
    resumed_like_undisturbed(fleet, tmp_path, undisturbed)


def test_an_audit_that_was_killed_and_resumed_is_the_undisturbed_one(
    fleet: RunningFleet, undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    code, _ = killed(fleet, tmp_path, signal.SIGKILL)
    assert code == -signal.SIGKILL
    resumed_like_undisturbed(fleet, tmp_path, undisturbed)


@contextmanager
def dask(fleet: RunningFleet) -> Iterator[dict[str, Any]]:
    """Three worker processes, signed in as their environment says."""
    script = Path(__file__).parent / "dask_cluster.py"
    with subprocess.Popen(
        [sys.executable, script], env=environment(fleet), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        yield {**json.loads(process.stdout.readline()), "scheduler": process.pid}


def test_dask_workers_of_which_one_is_killed_come_to_the_same_files(
    fleet: RunningFleet, undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    with dask(fleet) as cluster, begin_at_two(fleet, tmp_path, cluster["address"]) as process:
        wait_for(lambda: len(rows(tmp_path)) >= 3, "three clusters")
        os.kill(cluster["pids"][0], signal.SIGKILL)
        killed_after = len(rows(tmp_path))
        _, stderr = process.communicate(timeout=300)
    assert (process.returncode, killed_after < 12) == (3, True), stderr
    assert differences(files(tmp_path), undisturbed) == {}


def test_an_audit_that_loses_the_dask_scheduler_says_so_and_resumed_is_the_undisturbed_one(
    fleet: RunningFleet, undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    with dask(fleet) as cluster, begin_at_two(fleet, tmp_path, cluster["address"]) as process:
        wait_for(lambda: len(rows(tmp_path)) >= 3, "three clusters")
        os.kill(cluster["scheduler"], signal.SIGKILL)
        _, stderr = process.communicate(timeout=100)
    said = stderr.splitlines()[-1]
    words = f"The Dask scheduler at {cluster['address']} does not answer any more. Start it again."
    assert (process.returncode, said) == (6, f"aks-preflight: {words} Then go on with --resume."), stderr
    found = index(tmp_path)
    assert (found.partial, len(found.clusters), found.pending) == (True, len(rows(tmp_path)), 12 - len(rows(tmp_path)))
    resumed_like_undisturbed(fleet, tmp_path, undisturbed)


def test_the_files_of_a_night_are_the_index_at_the_root_and_one_folder(undisturbed: dict[str, bytes]) -> None:
    tops = {name if "/" not in name else "/".join(name.split("/")[:2]) for name in undisturbed}
    assert tops == {NIGHT, *(f"index.{ending}" for ending in ("html", "json", "jsonl", "csv", "md"))}
