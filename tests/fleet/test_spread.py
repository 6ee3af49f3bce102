"""Workers of a Dask cluster: what they must have in common with the one who sends them clusters, and their end."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import healthy
import pytest
from distributed import Client, LocalCluster

from analyzer.collect.access import Access
from analyzer.collect.sharing import utc_now
from analyzer.engine import Question
from analyzer.errors import UnreachableError, UsageError
from analyzer.fleet.judging import Judge
from analyzer.fleet.plan import PlannedCluster
from analyzer.fleet.spread import Errand, Spread, spread_over
from analyzer.model.report import Verdict
from analyzer.model.step import Inputs, Target
from analyzer.store.snapshot_file import encode, pack
from rules import CATALOG

OWN = version("aks-preflight")


@contextmanager
def spread(tool_version: str) -> Iterator[tuple[LocalCluster, Spread]]:
    """A scheduler with one worker, and who sends it clusters."""
    question = Question(
        target=Target.OVERLAY_CILIUM, inputs=Inputs(), as_of="2026-11-22", snapshot_hash="", tool_version=tool_version
    )
    errand = Errand(Access(environment={}), Judge(question, CATALOG), utc_now, 60.0, complete=False)
    with (
        LocalCluster(n_workers=1, processes=False, protocol="tcp", dashboard_address=":0") as cluster,
        spread_over(cluster.scheduler_address, errand) as found,
    ):
        yield cluster, found


def verdict_of(path: Path, tool_version: str) -> Verdict | None:
    """What workers of this version say of a snapshot that is sent to them by another version, or by the same."""
    path.write_bytes(pack(encode(healthy.healthy())))
    with spread(tool_version) as (_, found), found.looking() as look:
        return look(PlannedCluster(file="shop", name="shop", snapshot=str(path))).finished.row.verdict


def test_workers_of_the_same_version_judge(tmp_path: Path) -> None:
    assert verdict_of(tmp_path / "shop.zip", OWN) is Verdict.READY


def test_a_dask_cluster_of_another_version_judges_nothing(tmp_path: Path) -> None:
    words = rf"The scheduler has aks-preflight {OWN}, not 99.0. Give the scheduler and all workers the same version."
    with pytest.raises(UsageError, match=words):
        verdict_of(tmp_path / "shop.zip", "99.0")


def older(folder: Path) -> str:
    """A folder of packages in which aks-preflight is 0.0.9; what is imported is ours."""
    named = folder / "aks_preflight-0.0.9.dist-info"
    named.mkdir()
    (named / "METADATA").write_text("Metadata-Version: 2.1\nName: aks-preflight\nVersion: 0.0.9\n")
    return str(folder)


def test_a_worker_of_another_version_that_comes_later_judges_nothing(tmp_path: Path) -> None:
    words = r"A worker on .* has aks-preflight 0.0.9, not"
    with spread(OWN) as (cluster, found), found.looking() as look:
        late = [sys.executable, "-m", "distributed.cli.dask_worker", cluster.scheduler_address, "--no-nanny"]
        paths = os.pathsep.join((older(tmp_path), *sys.path))
        with subprocess.Popen(late, env={**os.environ, "PYTHONPATH": paths}, stderr=subprocess.DEVNULL) as worker:
            found.client.wait_for_workers(2, timeout=60)
            found.client.retire_workers(names=[0])
            with pytest.raises(UsageError, match=words):
                look(PlannedCluster(file="shop", name="shop", snapshot="shop.zip"))
            worker.kill()


def test_a_scheduler_that_ends_before_the_first_cluster_is_a_scheduler_that_does_not_answer() -> None:
    with spread(OWN) as (cluster, found), Client(found.scheduler, timeout=1, set_as_default=False) as hasty:
        cluster.close()
        with (
            pytest.raises(UnreachableError, match=r"scheduler at .* does not answer any more"),
            replace(found, client=hasty).looking(),
        ):
            pytest.fail("nobody is there")
