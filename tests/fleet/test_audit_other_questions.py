"""A run goes on with the question that it was begun with, or not at all."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import healthy
import pytest
from fleet.audits import NIGHT, index

from analyzer.cli.audit import Keeping, Running, Where
from analyzer.cli.auditing import run_audit
from analyzer.cli.options import Asking
from analyzer.errors import UsageError
from analyzer.store.snapshot_file import encode, pack

RUNNING = Running(quiet=True)


def two_in_the_morning() -> datetime.datetime:
    return datetime.datetime(2026, 11, 22, 2, 0, tzinfo=datetime.UTC)


def resume(root: Path, targets: Path, running: Running = RUNNING) -> int:
    keeping = Keeping(out_dir=str(root), resume=True)
    return run_audit(Where(targets=targets), Asking(), running, keeping, two_in_the_morning)


@pytest.fixture
def targets(tmp_path: Path) -> Callable[[str, str], Path]:
    """Writes a file of targets, in a folder of its own, and the snapshot that it names."""

    def write(folder: str, name: str) -> Path:
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / f"{name}.zip").write_bytes(pack(encode(replace(healthy.healthy(), collected_at=None))))
        path = tmp_path / folder / "fleet.yaml"
        path.write_text(f"- snapshot: {name}.zip\n")
        return path

    return write


@pytest.fixture
def begun(tmp_path: Path, targets: Callable[[str, str], Path]) -> tuple[Path, Path]:
    """A run that ended before its only cluster was done: its folder, and its file of targets."""
    root, file = tmp_path / "audits", targets("one", "store")
    resume(root, file)
    (root / NIGHT / "index.json").unlink()
    (root / NIGHT / "rows/store.json").unlink()
    return root, file


def test_the_same_targets_are_gone_on_with(begun: tuple[Path, Path]) -> None:
    resume(*begun)
    assert sorted(path.name for path in (begun[0] / "runs").iterdir()) == [NIGHT.removeprefix("runs/")]
    assert index(begun[0]).pending == 0


def test_what_is_no_run_is_not_gone_on_with(begun: tuple[Path, Path]) -> None:
    (begun[0] / "runs" / "old").mkdir()
    resume(*begun)
    assert (begun[0] / NIGHT / "rows/store.json").exists()


@pytest.mark.parametrize("folder", ["one", "two"])
def test_a_file_of_the_same_name_that_names_others_is_another_question(
    begun: tuple[Path, Path], targets: Callable[[str, str], Path], folder: str
) -> None:
    with pytest.raises(UsageError, match="its file of targets names others"):
        resume(begun[0], targets(folder, "annex"))


def test_files_that_are_taken_for_everything_there_is_are_another_question(begun: tuple[Path, Path]) -> None:
    with pytest.raises(UsageError, match=r"inputs: none, now --complete yes"):
        resume(*begun, Running(quiet=True, complete=True))


def test_a_first_night_says_that_nothing_is_compared(
    tmp_path: Path, targets: Callable[[str, str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    keeping = Keeping(out_dir=str(tmp_path / "audits"), baseline="previous")
    run_audit(Where(targets=targets("one", "store")), Asking(), Running(), keeping, two_in_the_morning)
    assert "nothing is compared: --baseline found no earlier run that is finished\n" in capsys.readouterr().err
