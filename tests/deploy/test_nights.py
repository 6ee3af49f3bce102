"""What a workflow and a pipeline make of a night: their own scripts run, beside programs that act as the night went."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from deploy.command_lines import ROOT

from analyzer.fleet.store import run_name

BEGAN = "2026-11-22T02:00:00Z"
WRITES = f"""echo '{{"run": "{BEGAN}"}}' >index.json; echo '# tonight' >summary.md; """
FILES = {"github": "github-actions/audit.yaml", "azure": "azure-pipelines/audit.yaml"}


@dataclass(frozen=True)
class Night:
    """How it ended."""

    code: int
    shown: str
    """On the run's page."""
    fetched: str
    """What the store was asked for; empty: nothing."""
    said: str


def steps_of(kind: str) -> list[dict[str, Any]]:
    jobs = yaml.safe_load((ROOT / "deploy" / FILES[kind]).read_text())["jobs"]
    job = jobs["audit"] if kind == "github" else jobs[0]
    return [step for step in job["steps"] if script_of(step)]


def script_of(step: dict[str, Any]) -> str:
    return step.get("run") or step.get("script") or step.get("inputs", {}).get("inlineScript", "")


def name_of(step: dict[str, Any]) -> str:
    return step.get("name") if "run" in step else step["displayName"]


def night(kind: str, folder: Path, audit: str) -> Night:
    """The steps after the sign-in. `audit` is what the program does, in shell."""
    for name, text in {"aks-preflight": audit, "az": 'echo "$@" >>fetched'}.items():
        (folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name).chmod(0o755)
    page = folder / "page.md"
    page.touch()
    environment = {
        **os.environ,
        "PATH": os.pathsep.join([str(folder), os.environ["PATH"]]),
        "GITHUB_OUTPUT": str(folder / "output"),
        "GITHUB_STEP_SUMMARY": str(page),
        "BUILD_ARTIFACTSTAGINGDIRECTORY": str(folder / "staging"),
        "STORAGE_ACCOUNT": "audits0",
    }
    said = ""
    for step in steps_of(kind)[-3:]:
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script_of(step)]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        said += done.stdout
        code = re.search(r"^code=(\d+)$|variable=code;isOutput=true\](\d+)", _output(folder) + said, re.MULTILINE)
        environment["CODE"] = (code[1] or code[2]) if code else ""
        if done.returncode:
            break
    summary = re.search(r"task\.uploadsummary\](.*)", said)
    return Night(
        code=done.returncode,
        shown=Path(summary[1]).read_text() if summary else page.read_text(),
        fetched=(folder / "fetched").read_text() if (folder / "fetched").exists() else "",
        said="".join(re.findall(r"(?:error title=|type=error\])(.*)", said)),
    )


def _output(folder: Path) -> str:
    return (folder / "output").read_text() if (folder / "output").exists() else ""


@pytest.mark.parametrize("kind", FILES)
def test_the_last_three_steps_are_audit_fetch_and_result(kind: str) -> None:
    assert [name_of(step) for step in steps_of(kind)[-3:]] == ["Audit", "Fetch the run", "Result"]


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize(
    ("code", "word"),
    [(0, ""), (3, "BLOCKED"), (4, "READY WITH RISKS"), (5, "INDETERMINATE"), (7, "WORSE"), (130, "code 130")],
)
def test_a_night_with_a_report_shows_it_and_ends_with_its_code(kind: str, code: int, word: str, tmp_path: Path) -> None:
    seen = night(kind, tmp_path, f"{WRITES} exit {code}")
    assert (seen.code, seen.shown) == (code, "# tonight\n")
    assert f"--pattern nightly/runs/{run_name(BEGAN)}/* " in seen.fetched
    assert word in seen.said
    assert (seen.said == "") is (code == 0)


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("code", [1, 2, 6])
def test_a_night_without_a_report_shows_none_and_fails(kind: str, code: int, tmp_path: Path) -> None:
    (tmp_path / "index.json").write_text('{"run": "2026-11-21T02:00:00Z"}')
    (tmp_path / "summary.md").write_text("# last night: all is ready")
    seen = night(kind, tmp_path, f"exit {code}")
    assert (seen.code, seen.shown, seen.fetched) == (code, "", "")
    assert f"code {code}" in seen.said.lower()


@pytest.mark.parametrize("kind", FILES)
def test_a_run_that_cannot_be_fetched_fails(kind: str, tmp_path: Path) -> None:
    seen = night(kind, tmp_path, f"{WRITES} printf '#!/bin/sh\\nexit 4\\n' >az")
    assert (seen.code, seen.shown) == (4, "# tonight\n")
