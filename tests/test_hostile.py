"""A cluster whose names attack their readers, from its files to what a browser and a terminal make of the report."""

from __future__ import annotations

import json
import shutil
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import sync_playwright

from analyzer.collect.files.reading import read_files
from analyzer.engine import Question, judge
from analyzer.model.report import Report, State
from analyzer.model.step import Inputs, Target
from reports import FORMATS
from rules import CATALOG

CHROMIUM = shutil.which("chromium")
SAMPLE = Path(__file__).parent.parent / "analyzer" / "samples" / "kubenet-calico-prod"
ATTACK = (
    "<script>alert(1)</script><img src=x onerror=alert(1)>\"'`--></style>"
    "\x1b[2J\x1b]0;owned\x07\r\x00\u202e\u2066\u2028[red]x[/red]{{ 7 * 7 }}=cmd|' /C calc'!A0" + "n" * 10_000
)
NAMES = frozenset(("name", "namespace", "image", "location", "nodeImageVersion", "vmSize", "nextHopIpAddress", "job"))
"""Keys whose values nothing is decided by but equality: each value becomes an attack of its own."""


def spoil(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        inner = "name" if key in ("labels", "matchLabels") else ""
        return {name: spoil(item, inner or name) for name, item in value.items()}
    if isinstance(value, list):
        return [spoil(item, key) for item in value]
    return f"{value}{ATTACK}" if isinstance(value, str) and key in NAMES else value


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """The report of a sample cluster with an attack in every name."""
    folder = tmp_path_factory.mktemp("hostile")
    for path in SAMPLE.iterdir():
        spoilt = path.suffix == ".json" and not path.name.startswith("apis")
        (folder / path.name).write_text(json.dumps(spoil(json.loads(path.read_text()))) if spoilt else path.read_text())
    question = Question(
        target=Target.OVERLAY_CILIUM, inputs=Inputs(), as_of="2026-11-20", snapshot_hash="", tool_version="0"
    )
    return judge(read_files([folder]).snapshot, question, CATALOG)


def test_the_attacks_reach_the_report(report: Report) -> None:
    found = [item for result in report.results for item in result.findings]
    assert ATTACK in report.cluster.name
    assert sum(ATTACK in item.message for item in found) > 10
    assert [result for result in report.results if result.state is State.ERROR] == []


@pytest.mark.parametrize("name", FORMATS)
def test_no_control_or_bidi_character_leaves_a_renderer(report: Report, name: str) -> None:
    found = {char for char in FORMATS[name](report) if unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp")}
    assert found == {"\n"}


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no chromium binary on the path")
def test_in_a_browser_no_script_runs_and_no_request_leaves(report: Report, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(FORMATS["html"](report), encoding="utf-8")
    requests: list[str] = []
    complaints: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.on("request", lambda request: requests.append(request.url))
        page.on("dialog", lambda dialog: complaints.append(dialog.message))
        page.on("console", lambda message: complaints.append(message.text))
        page.goto(path.as_uri())
        counts = page.evaluate(
            "[document.scripts.length, document.images.length, document.querySelectorAll('h1').length]"
        )
        browser.close()
    assert (requests, complaints, counts) == ([path.as_uri()], [], [0, 0, 1])
