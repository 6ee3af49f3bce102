"""Time, requests and memory of an audit: 300 simulated clusters in 40 subscriptions, and 30 in 4.

    python bench/audit.py [--clusters 300] [--subscriptions 40] [--concurrency 32] [--latency-s 0.05] [--keep FOLDER]

The servers are processes of their own on the same machine: what they take of its cores is printed too. Every answer
takes 50 ms, 2 % are 429 with Retry-After, 2 % resets; 5 clusters are forbidden, 3 unreachable, 1 subscription goes
away. The bound is what no audit can go below: the larger of (requests x latency + Retry-After waits) / concurrency and
the judging's own CPU time / cores.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from processes import Tree
from servers.fleet.faults import Weather
from servers.fleet.members import Shape
from servers.fleet.running import RunningFleet, running

PREFLIGHT = Path(sys.executable).parent / "aks-preflight"
MB = 1_000_000
TARGETS = {"of the bound": 1.25, "ARM and Resource Graph calls per cluster": 3.0, "memory of 30": 1.3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One audit, measured."""

    clusters: int
    exit_code: int
    wall_s: float
    judging_s: float
    """CPU time that judging took, by the program's own account."""
    figures: dict[str, Any]
    """Of the servers."""
    tree: Tree
    server_s: float
    """CPU time of the servers meanwhile."""
    said: str
    """The last lines on stderr."""

    @property
    def asked(self) -> int:
        """Requests of all kinds."""
        return sum(self.figures["requests"].values())

    @property
    def calls_per_cluster(self) -> float:
        """ARM and Resource Graph requests."""
        requests = self.figures["requests"]
        return float(requests["arm"] + requests["resource graph"]) / self.clusters

    def waiting_s(self, latency_s: float, concurrency: int) -> float:
        """The least time for all requests and the waits that were asked for."""
        return float(self.asked * latency_s + self.figures["retry_after_s"]) / concurrency

    @property
    def judging_bound_s(self) -> float:
        """The least time for judging on every core."""
        return self.judging_s / (os.cpu_count() or 1)


def main() -> None:
    """Runs the small audit and the large one, prints both and their ratios."""
    parser = argparse.ArgumentParser()
    for name, value in (("clusters", 300), ("subscriptions", 40), ("concurrency", 32), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--latency-s", type=float, default=0.05)
    parser.add_argument("--small-only", action="store_true", help="leave the large audit out")
    parser.add_argument("--keep", type=Path, help="keep the results of the large audit here")
    options = parser.parse_args()
    small = Shape(clusters=options.clusters // 10, subscriptions=options.subscriptions // 10)
    large = Shape(clusters=options.clusters, subscriptions=options.subscriptions, forbidden=5, unreachable=3, gone=1)
    with tempfile.TemporaryDirectory() as scratch:
        first = audit(small, options, Path(scratch))
        tell(first, options)
        if options.small_only:
            return
        second = audit(large, options, options.keep or Path(scratch))
    tell(second, options)
    ratio = second.tree.peak_bytes / first.tree.peak_bytes
    print(f"{'memory of 30':42}{ratio:10.2f}  (at most {TARGETS['memory of 30']})")


def audit(shape: Shape, options: argparse.Namespace, folder: Path) -> Run:
    """One audit with the real program, measured."""
    weather = Weather(seed=options.seed, latency_s=options.latency_s, throttled=0.02, resets=0.02)
    with running(shape, weather) as fleet:
        return _measured(fleet, options, folder / f"audit-{shape.clusters}")


def _measured(fleet: RunningFleet, options: argparse.Namespace, folder: Path) -> Run:
    command = [PREFLIGHT, "audit", "--all-subscriptions", *fleet.words, "--out-dir", folder]
    command += ["--concurrency", str(options.concurrency), "--as-of", "2026-11-22"]
    with tempfile.TemporaryFile("w+") as errors:
        server, began = Tree(fleet.pid), time.perf_counter()
        server.look()
        before_s = server.cpu_s
        process = subprocess.Popen(
            [str(word) for word in command],
            env={**os.environ, **fleet.environment},
            stdout=subprocess.DEVNULL,
            stderr=errors,
        )
        tree = Tree(process.pid)
        while process.poll() is None:
            tree.look()
            time.sleep(0.2)
        wall_s = time.perf_counter() - began
        server.look()
        errors.seek(0)
        said = errors.read()
    return Run(
        clusters=len(fleet.clusters),
        exit_code=process.returncode,
        wall_s=wall_s,
        judging_s=_judging_s(said),
        figures=fleet.figures(),
        tree=tree,
        server_s=server.cpu_s - before_s,
        said="\n".join(said.splitlines()[-5:]),
    )


def _judging_s(said: str) -> float:
    """What the program says of its judging, on stderr."""
    found = re.search(r": ([\d.]+) s of judging", said)
    if found is None:
        raise SystemExit(f"The audit says nothing of its judging:\n{said}")
    return float(found.group(1))


def tell(run: Run, options: argparse.Namespace) -> None:
    """One audit's table."""
    waiting_s = run.waiting_s(options.latency_s, options.concurrency)
    bound_s = max(waiting_s, run.judging_bound_s)
    print(f"{run.clusters} clusters, exit code {run.exit_code}")
    rows = (
        ("wall time", run.wall_s, "s"),
        ("requests and waits / concurrency", waiting_s, "s"),
        ("CPU of judging / cores", run.judging_bound_s, "s"),
        ("of the bound", run.wall_s / bound_s, f" (at most {TARGETS['of the bound']})"),
        ("ARM and Resource Graph calls per cluster", run.calls_per_cluster, " (at most 3)"),
        ("peak memory of all processes", run.tree.peak_bytes / MB, "MB"),
        ("CPU of the servers", run.server_s, "s"),
        *((f"CPU of {name}", cpu_s, "s") for name, cpu_s in run.tree.cpu_by_name.items()),
    )
    for name, value, unit in rows:
        print(f"  {name:40}{value:10.2f} {unit}")
    requests = ", ".join(f"{count} {kind}" for kind, count in run.figures["requests"].items())
    print(f"  requests: {requests}; {run.figures['faults']}; at once: {run.figures['most_at_once']}")
    print(f"  violations: {run.figures['violations']}; beyond quotas: {run.figures['over_quota']}")
    for path, count in list(run.figures["asked"].items())[:12]:
        print(f"    {count:6} {path}")


if __name__ == "__main__":
    main()
