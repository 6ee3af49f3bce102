"""What an audit of snapshots says, and where: data on stdout, the rest on stderr, mistakes before anything is done."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import replace
from pathlib import Path

import healthy
import pytest
from fleet.audits import PREFLIGHT, Ended

from analyzer.store.snapshot_file import encode, pack


@pytest.fixture
def targets(tmp_path: Path) -> Path:
    (tmp_path / "store.zip").write_bytes(pack(encode(replace(healthy.healthy(), collected_at=None))))
    path = tmp_path / "targets.yaml"
    path.write_text("- snapshot: store.zip\n")
    return path


def audit(targets: Path, out_dir: Path, *words: str) -> Ended:
    """Signed in to nothing."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("AKS_PREFLIGHT_", "AZURE_"))
    }
    command = [PREFLIGHT, "audit", "--targets", targets, "--out-dir", out_dir, *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    return Ended(done.returncode, done.stdout, done.stderr)


def test_a_format_on_stdout_has_it_for_itself_and_the_summary_is_told_on_stderr(targets: Path, tmp_path: Path) -> None:
    ended = audit(targets, tmp_path / "audits", "--format", "json")
    assert [row["verdict"] for row in json.loads(ended.stdout)["clusters"]] == ["READY"]
    assert "1 of 1 cluster ready" in ended.stderr.splitlines()


def test_with_a_log_of_json_every_line_of_progress_is_an_object(targets: Path, tmp_path: Path) -> None:
    ended = audit(targets, tmp_path / "audits", "--log-format", "json")
    events = [json.loads(line)["event"] for line in ended.stderr.splitlines()]
    assert (ended.code, events) == (0, ["message", "cluster", "message", "message"])
    assert ended.stdout.splitlines()[0] == "1 of 1 cluster ready"


def test_snapshots_are_audited_whoever_is_not_signed_in(targets: Path, tmp_path: Path) -> None:
    ended = audit(targets, tmp_path / "audits", "--credential", "environment", "--cloud", "https://127.0.0.1:9")
    assert (ended.code, "aks-preflight: " in ended.stderr) == (0, False), ended.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("--log-format", "xml"),
        ("--executor", "spark"),
        ("--executor", "dask"),
        ("--scheduler", "tcp://127.0.0.1:1"),
        ("--baseline", "memory://nothing"),
        ("--format", "pdf"),
    ],
)
def test_an_option_that_cannot_work_is_told_in_one_sentence_and_nothing_is_begun(
    targets: Path, tmp_path: Path, words: tuple[str, str]
) -> None:
    ended = audit(targets, tmp_path / "audits", *words)
    (sentence,) = ended.stderr.splitlines()
    assert (ended.code, ended.stdout, words[0] in sentence) == (2, "", True)
    assert not (tmp_path / "audits").exists()


def test_a_folder_that_cannot_be_written_is_told_in_one_sentence(targets: Path, tmp_path: Path) -> None:
    ended = audit(targets, targets / "below")
    (sentence,) = (line for line in ended.stderr.splitlines() if line.startswith("aks-preflight: "))
    assert sentence == (
        f"aks-preflight: {targets}/below cannot be read or written: Not a directory. Mend that, then go on with"
        " --resume; or give another --out-dir."
    )
    assert (ended.code, ended.stdout, "Traceback" in ended.stderr) == (1, "", False)


def test_a_baseline_is_told_of_whether_there_was_one_or_not(targets: Path, tmp_path: Path) -> None:
    first = audit(targets, tmp_path / "audits", "--baseline", "previous")
    second = audit(targets, tmp_path / "audits", "--baseline", "previous")
    nothing = "nothing is compared: --baseline found no earlier run that is finished"
    assert [nothing in ended.stderr.splitlines() for ended in (first, second)] == [True, False]
    said = [
        line for ended in (first, second) for line in ended.stdout.splitlines() if line.startswith("Since the run of ")
    ]
    assert [line.partition(": ")[2] for line in said] == [
        "0 clusters differ; 1 unchanged. No blocker and no risk came or went in what both runs judged."
    ]
