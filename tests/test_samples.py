"""The bundled sample clusters: as their generator writes them, and judged as a person agreed they should be."""

from __future__ import annotations

import filecmp
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest

from analyzer.cli.demo import SAMPLES
from analyzer.collect.files.reading import read_files
from analyzer.engine import Question, judge
from analyzer.model.report import Report, State
from analyzer.model.source import READS, KubernetesRead
from analyzer.model.step import Inputs, Target
from rules import CATALOG

ROOT = Path(__file__).parent.parent
FOLDER = Path(str(files("analyzer.samples")))
GOLDEN = Path(__file__).parent / "golden"


def judged(name: str) -> Report:
    question = Question(
        target=Target.OVERLAY_CILIUM,
        inputs=Inputs(pod_cidr=SAMPLES[name]),
        as_of="2026-11-20",
        snapshot_hash="",
        tool_version="0",
    )
    return judge(read_files([FOLDER / name]).snapshot, question, CATALOG)


def lines(report: Report) -> Iterator[str]:
    """Verdicts, then everything that is not a pass, a line each."""
    yield f"{report.verdict}"
    for step in report.path.steps:
        yield f"{step.kind}: {step.verdict}{' (refused)' if step.refused else ''}"
    for result in report.results:
        if result.state in (State.PASS, State.NOT_APPLICABLE):
            continue
        yield f"{result.step} {result.rule} {result.state}{f': {result.reason}' if result.reason else ''}"
        for item in result.findings:
            yield f"  {item.severity} {item.object}{f' asks {item.asks}' if item.asks else ''}"
        yield from (f"  ? {item.severity} {item.source}: {item.detail}" for item in result.gaps)


@pytest.mark.parametrize("name", SAMPLES)
def test_each_sample_is_judged_as_agreed(name: str) -> None:
    golden = GOLDEN / f"{name}.txt"
    found = "\n".join(lines(judged(name))) + "\n"
    if os.environ.get("UPDATE_GOLDENS"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(found)
    assert found == golden.read_text()


@pytest.mark.parametrize("name", SAMPLES)
def test_each_sample_is_read_in_full(name: str) -> None:
    """Every list that is read unasked was read, or its API is absent; ServiceCIDR exists from Kubernetes 1.33."""
    asked = {source for source, read in READS.items() if isinstance(read, KubernetesRead) and read.only_when_asked}
    statuses = {row.status for row in judged(name).coverage if row.source not in asked}
    assert statuses == {"read", "absent API"}


def test_the_samples_are_as_their_generator_writes_them(tmp_path: Path) -> None:
    subprocess.run([sys.executable, ROOT / "bench" / "samples.py", tmp_path], check=True)
    for name in SAMPLES:
        written = sorted(path.name for path in (tmp_path / name).iterdir())
        assert written == sorted(path.name for path in (FOLDER / name).iterdir())
        assert filecmp.cmpfiles(tmp_path / name, FOLDER / name, written, shallow=False)[1:] == ([], [])
