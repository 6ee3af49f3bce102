"""Several nights in one folder: the trend, the baseline, and which run a resumed audit goes on with."""

from __future__ import annotations

import datetime
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from analyzer.cli.audit import Keeping, Running, Where
from analyzer.cli.auditing import run_audit
from analyzer.cli.options import Asking
from analyzer.model.fleet_report import FleetReport
from analyzer.store.report_file import read_fleet_report

SAMPLES = Path(__file__).parents[2] / "analyzer" / "samples"
Night = Callable[..., int]


@pytest.fixture
def night(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Night:
    """One audit of one ready sample cluster, at two in the morning of a day of November 2026."""
    targets = tmp_path / "targets.yaml"
    targets.write_text(f"- files: [{SAMPLES / 'overlay-ready'}]\n")

    def run(day: int, hour: int = 2, **keeping: object) -> int:
        moment = datetime.datetime(2026, 11, day, hour, tzinfo=datetime.UTC)
        code = run_audit(
            Where(targets=targets),
            Asking(as_of="2026-11-22"),
            Running(quiet=True),
            Keeping(out_dir=str(tmp_path / "audits"), **keeping),  # type: ignore[arg-type]
            lambda: moment,
        )
        capsys.readouterr()
        return code

    return run


def index(tmp_path: Path) -> FleetReport:
    path = tmp_path / "audits" / "index.json"
    return read_fleet_report(path.read_bytes(), str(path))


def runs(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "audits" / "runs").iterdir())


def test_the_trend_is_that_of_the_runs_that_are_kept(night: Night, tmp_path: Path) -> None:
    assert [night(day) for day in (20, 21, 22)] == [0, 0, 0]
    assert [(one.run, one.ready, one.blocked, one.unknown) for one in index(tmp_path).trend] == [
        (f"2026-11-{day}T02:00:00Z", 1, 0, 0) for day in (20, 21, 22)
    ]
    shutil.rmtree(tmp_path / "audits" / "runs" / "2026-11-21T020000Z")
    night(23)
    assert [one.run[:10] for one in index(tmp_path).trend] == ["2026-11-20", "2026-11-22", "2026-11-23"]


def test_the_first_night_has_no_baseline_and_the_second_one_the_first(night: Night, tmp_path: Path) -> None:
    night(20, baseline="previous")
    assert index(tmp_path).baseline is None
    night(21, baseline="previous")
    difference = index(tmp_path).baseline
    assert difference is not None
    assert (difference.before, difference.unchanged, difference.clusters) == ("2026-11-20T02:00:00Z", 1, ())


def test_a_run_without_its_index_is_no_baseline_and_has_no_night(night: Night, tmp_path: Path) -> None:
    night(20)
    night(21)
    (tmp_path / "audits" / "runs" / "2026-11-21T020000Z" / "index.json").unlink()
    night(22, baseline="previous")
    difference = index(tmp_path).baseline
    assert difference is not None
    assert difference.before == "2026-11-20T02:00:00Z"
    assert [one.run[:10] for one in index(tmp_path).trend] == ["2026-11-20", "2026-11-22"]


@pytest.mark.parametrize(("day", "hour", "names"), [(20, 19, 1), (20, 21, 2), (21, 2, 2)])
def test_an_unfinished_run_is_gone_on_with_for_18_hours(
    night: Night, tmp_path: Path, day: int, hour: int, names: int
) -> None:
    night(20)
    folder = tmp_path / "audits" / "runs" / "2026-11-20T020000Z"
    (folder / "index.json").unlink()
    assert night(day, hour, resume=True) == 0
    assert len(runs(tmp_path)) == names
    assert (folder / "index.json").exists() is (names == 1)


def test_a_run_that_is_over_is_not_gone_on_with(night: Night, tmp_path: Path) -> None:
    night(20)
    night(20, 3, resume=True)
    assert runs(tmp_path) == ["2026-11-20T020000Z", "2026-11-20T030000Z"]


def test_a_run_whose_rows_are_lost_is_judged_again_and_is_the_same(night: Night, tmp_path: Path) -> None:
    night(20)
    folder = tmp_path / "audits" / "runs" / "2026-11-20T020000Z"
    whole = {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    for lost in ("index.json", "rows/overlay-ready.json", "clusters/overlay-ready.json"):
        (folder / lost).unlink()
    assert night(20, 4, resume=True) == 0
    assert {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == whole
