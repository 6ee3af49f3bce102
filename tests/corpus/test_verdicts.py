"""Real ARM bodies, all of them, to every target: the verdicts that a person agreed to.

The golden has one line per body and target; docs/decisions/recorded-clusters.md argues each of them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from analyzer.collect.files.reading import read_files
from analyzer.engine import Question, judge
from analyzer.errors import UsageError
from analyzer.model.finding import Severity
from analyzer.model.report import Report, State
from analyzer.model.step import Inputs, Target
from rules import CATALOG

FOLDER = os.environ.get("AKS_PREFLIGHT_CORPUS")
ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden" / "recorded-clusters.txt"
ARGUED = ROOT / "docs" / "decisions" / "recorded-clusters.md"
pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(FOLDER is None, reason="AKS_PREFLIGHT_CORPUS does not name the folder of real ARM bodies"),
]


def _judged(path: Path, target: Target) -> Report:
    question = Question(target=target, inputs=Inputs(), as_of="2026-11-20", snapshot_hash="", tool_version="0")
    return judge(read_files([path]).snapshot, question, CATALOG)


def _line(path: Path, target: Target) -> str:
    start = f"{path.stem} -> {target.value}:"
    try:
        report = _judged(path, target)
    except UsageError:
        return f"{start} no evidence of a cluster"
    assert [result.rule for result in report.results if result.state is State.ERROR] == []
    steps = " ".join(f"{step.kind}{'!' if step.refused else ''}" for step in report.path.steps)
    blockers = sorted(
        {result.rule for result in report.results for item in result.findings if item.severity is Severity.BLOCKER}
    )
    path_words = steps or ("nothing to do" if report.path.known else "path unknown")
    return f"{start} {report.verdict} | {path_words} | {' '.join(blockers) or '-'}"


def _lines() -> Iterator[str]:
    for path in sorted((Path(str(FOLDER)) / "arm").glob("*.json")):
        yield from (_line(path, target) for target in Target)


def test_every_body_is_judged_to_every_target_as_agreed() -> None:
    found = "\n".join(_lines()) + "\n"
    if os.environ.get("UPDATE_GOLDENS"):
        GOLDEN.write_text(found)
    assert len(found.splitlines()) == 51 * len(Target)
    assert found == GOLDEN.read_text()


def test_every_line_is_argued() -> None:
    """Each row of the record names a body, a target and the golden's verdict, and says why."""
    golden = {line.partition(":")[0]: line.partition(": ")[2] for line in GOLDEN.read_text().splitlines()}
    rows = re.findall(r"^\| (\S+) \| (\S+) \| ([^|]+) \| ([^|]{20,}) \|$", ARGUED.read_text(), re.MULTILINE)
    assert {f"{body} -> {target}": verdict.strip() for body, target, verdict, _ in rows} == {
        key: value.partition(" |")[0] for key, value in golden.items()
    }
