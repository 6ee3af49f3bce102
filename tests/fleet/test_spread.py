"""Workers of a Dask cluster: what they must have in common with the one who sends them clusters."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import healthy
import pytest
from distributed import LocalCluster

from analyzer.collect.access import Access
from analyzer.collect.sharing import utc_now
from analyzer.engine import Question
from analyzer.errors import SignInError
from analyzer.fleet.judging import Judge
from analyzer.fleet.plan import PlannedCluster
from analyzer.fleet.spread import Errand, spread_over
from analyzer.model.report import Verdict
from analyzer.model.step import Inputs, Target
from analyzer.store.snapshot_file import encode, pack
from rules import CATALOG

OWN = version("aks-preflight")


def verdict_of(path: Path, tool_version: str) -> Verdict | None:
    """What workers of this version say of a snapshot that is sent to them by another version, or by the same."""
    path.write_bytes(pack(encode(healthy.healthy())))
    question = Question(
        target=Target.OVERLAY_CILIUM, inputs=Inputs(), as_of="2026-11-22", snapshot_hash="", tool_version=tool_version
    )
    access = Access(environment={})
    errand = Errand(access, Judge(question, CATALOG), utc_now, 60.0, complete=False)
    with (
        LocalCluster(n_workers=1, processes=False, dashboard_address=":0") as cluster,
        spread_over(cluster.scheduler_address, errand) as spread,
        spread.looking() as look,
    ):
        return look(PlannedCluster(file="shop", name="shop", snapshot=str(path))).finished.row.verdict


def test_workers_of_the_same_version_judge(tmp_path: Path) -> None:
    assert verdict_of(tmp_path / "shop.zip", OWN) is Verdict.READY


def test_workers_of_another_version_judge_nothing(tmp_path: Path) -> None:
    with pytest.raises(SignInError, match=f"has aks-preflight {OWN}, not 99.0: give all workers the same version"):
        verdict_of(tmp_path / "shop.zip", "99.0")
