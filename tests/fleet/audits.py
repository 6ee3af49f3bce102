"""Audits of a simulated fleet as processes, and what they leave behind."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from difflib import unified_diff
from itertools import islice
from pathlib import Path

import msgspec
from servers.fleet.running import RunningFleet

from analyzer.model.fleet_report import FleetReport

PREFLIGHT = Path(sys.executable).parent / "aks-preflight"
AT_TWO = Path(__file__).parent / "audit_at_two.py"
NIGHT = "runs/2026-11-22T020000Z"


@dataclass(frozen=True)
class Ended:
    """A program that is over."""

    code: int
    stdout: str
    stderr: str


def environment(fleet: RunningFleet, **more: str) -> dict[str, str]:
    """The caller's, signed in; without its options."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("AKS_PREFLIGHT_", "AZURE_"))}
    return {**own, **fleet.environment, **more}


def audit(fleet: RunningFleet, root: Path, *words: str | Path, patience_s: float = 300) -> Ended:
    """The program itself, over the fleet; `words` are its further arguments."""
    command = [PREFLIGHT, "audit", *words, *fleet.words, "--out-dir", root]
    with subprocess.Popen(
        command, env=environment(fleet), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        return _end_of(process, patience_s)


def begin_at_two(fleet: RunningFleet, root: Path, *more: str) -> subprocess.Popen[str]:
    """An audit at a fixed time, in a process of its own."""
    command = [sys.executable, AT_TWO, root, fleet.url, *more]
    return subprocess.Popen(command, env=environment(fleet), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def audit_at_two(fleet: RunningFleet, root: Path, *more: str) -> Ended:
    """The same, until its end."""
    with begin_at_two(fleet, root, *more) as process:
        return _end_of(process)


def index(root: Path) -> FleetReport:
    """The newest index."""
    return msgspec.json.decode((root / "index.json").read_bytes(), type=FleetReport)


def files(root: Path) -> dict[str, bytes]:
    """Everything that is kept. A dot marks what a killed process had not finished writing."""
    found = (path for path in root.rglob("*") if path.is_file() and not path.name.startswith("."))
    return {str(path.relative_to(root)): path.read_bytes() for path in found}


def differences(found: dict[str, bytes], wanted: dict[str, bytes]) -> dict[str, list[str]]:
    """Of each file that is not the same in both, the first lines that differ."""
    told = {}
    for name in sorted(found.keys() | wanted.keys()):
        before, after = (one.get(name, b"no such file").decode().splitlines() for one in (wanted, found))
        if before != after:
            told[name] = list(islice(unified_diff(before, after, "wanted", "found", lineterm="", n=0), 12))
    return told


def rows(root: Path) -> dict[str, int]:
    """The clusters that are done, and when each was written."""
    found = (path for path in (root / NIGHT / "rows").glob("*.json") if not path.name.startswith("."))
    return {path.name: path.stat().st_mtime_ns for path in found}


def wait_for(condition: Callable[[], bool], what: str, patience_s: float = 200.0) -> None:
    """Until something is so."""
    ends = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < ends, f"waited {patience_s:g} s for {what}"
        time.sleep(0.01)


def _end_of(process: subprocess.Popen[str], patience_s: float = 300) -> Ended:
    stdout, stderr = process.communicate(timeout=patience_s)
    return Ended(process.returncode, stdout, stderr)
