"""Time and memory of the offline check: a cluster of 100,000 pods, a demo cluster, and --help.

    python bench/run.py [--pods 100000] [--nodes 5000] [--policies 2000] [--services 5000] [--keep FOLDER]

Every figure is the best of several fresh processes over warm files; ratios are of one run on one machine.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
PREFLIGHT = Path(sys.executable).parent / "aks-preflight"
MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process took."""

    seconds: float
    peak_mb: float


def cost(*command: str | Path, runs: int = 3) -> Cost:
    """The least time and the peak memory of a command, of several runs. Verdict codes are not failures."""
    found = [_once([str(word) for word in command]) for _ in range(runs)]
    return Cost(min(item.seconds for item in found), max(item.peak_mb for item in found))


def _once(command: list[str]) -> Cost:
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 3, 4, 5):
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return Cost(time.perf_counter() - started, usage.ru_maxrss * 1024 / MB)


def main() -> None:
    """Makes the cluster, measures, prints."""
    parser = argparse.ArgumentParser()
    for name, value in (("pods", 100_000), ("nodes", 5_000), ("policies", 2_000), ("services", 5_000)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--keep", type=Path, help="keep the exports here and use them again")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        measure(options, options.keep or Path(scratch))


def measure(options: argparse.Namespace, folder: Path) -> None:
    """The whole table."""
    exports, snapshot = folder / "exports", folder / "cluster.zip"
    sizes = [
        word
        for name in ("pods", "nodes", "policies", "services")
        for word in (f"--{name}", str(getattr(options, name)))
    ]
    if not exports.exists():
        subprocess.run([sys.executable, HERE / "synthetic.py", exports, *sizes, "--layout", "kubectl"], check=True)
    flags = ("--complete", "--quiet", "--to", "overlay,cilium", "--format", f"html={folder / 'report.html'}")
    subprocess.run([PREFLIGHT, "collect", exports, "--complete", "--quiet", "-O", snapshot], check=True)
    bare = cost(sys.executable, HERE / "decode.py", exports)
    checked = cost(PREFLIGHT, "check", exports, *flags)
    judged = cost(PREFLIGHT, "check", snapshot, *flags[1:])
    bytes_read = sum(path.stat().st_size for path in exports.iterdir())
    print(
        f"exports {bytes_read / MB:,.0f} MB, snapshot {snapshot.stat().st_size / MB:,.1f} MB, "
        f"HTML report {(folder / 'report.html').stat().st_size / MB:,.2f} MB"
    )
    print(f"{'':34}{'time':>8}{'peak':>10}{'of bare decode':>16}")
    for name, item in (
        ("bare decode of the exports", bare),
        ("check of the exports", checked),
        ("check of the snapshot", judged),
    ):
        print(f"{name:34}{item.seconds:7.2f}s{item.peak_mb:8,.0f}MB{item.seconds / bare.seconds:15.2f}x")
    print(f"bare decode: {bytes_read / MB / bare.seconds:,.0f} MB/s")
    subprocess.run([sys.executable, HERE / "per_rule.py", snapshot], check=True)
    small()
    held = (
        ("check of the exports at most 4 times the bare decode", checked.seconds <= 4 * bare.seconds),
        ("and under 2 GB", checked.peak_mb < 2000),
        ("check of the snapshot no slower than of the exports", judged.seconds <= checked.seconds),
    )
    for target, holds in held:
        print(f"{'held  ' if holds else 'MISSED'} {target}")


def small() -> None:
    """Start-up, and a demo cluster."""
    sample = HERE.parent / "analyzer" / "samples" / "overlay-two-policies"
    start = cost(PREFLIGHT, "--help", runs=10)
    demo = cost(PREFLIGHT, "check", sample, "--quiet", "--format", "json", runs=5)
    print(f"--help {start.seconds:.2f}s (target 0.15s); check of a demo cluster {demo.seconds:.2f}s (target 0.5s)")


if __name__ == "__main__":
    main()
