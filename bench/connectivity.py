"""Time and memory of the connectivity engines: what changes between two of them in a cluster of 100,000 pods.

    python bench/connectivity.py [--only NAME ...] [--runs 3] [--timeout-s 300] [--profile]

Each run is a fresh process: it builds the snapshot in memory, then asks for the changes. CPU seconds are the least of
the runs, peaks the most, and both are of what comes after the snapshot. Targets are held to CPU seconds, so that they
mean the same on a busy machine. `--profile` runs each case once under cProfile instead.
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import pstats
import resource
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import connectivity_policies as policies
import msgspec
from connectivity_objects import as_read
from connectivity_shapes import Cluster, Scale

from analyzer.connectivity.analysis import analyse
from analyzer.connectivity.change import Change
from analyzer.connectivity.changes import changes
from analyzer.connectivity.engines.settings import Calico, Cilium, NoEngine, Npm, Settings
from analyzer.model.objects import NetworkPolicy
from analyzer.model.snapshot import Snapshot
from analyzer.model.version import Version

MB = 1_000_000
LARGE = Scale(pods=100_000, nodes=5_000, namespaces=1_000, services=5_000)
SMALL = Scale(pods=10_000, nodes=500, namespaces=100, services=500)
STATEFUL = Scale(pods=100_000, nodes=5_000, namespaces=1_000, services=5_000, stateful_every=1, has_system=False)
NPM = Npm(chain_first=False, flattens_not_in=False)
CILIUM = Cilium(Version(1, 17, 9))
MOST_CPU_S = 5
MOST_PEAK_MB = 600
MOST_GROWTH = 13

Policies = Callable[[Cluster], Iterable[NetworkPolicy]]


@dataclass(frozen=True, slots=True)
class Case:
    """One cluster between two engines."""

    name: str
    what: str
    scale: Scale
    policies: Policies
    before: Settings = NPM

    def snapshot(self) -> Snapshot:
        """The cluster; with Calico before, its own policies are there too."""
        cluster = Cluster(self.scale)
        further = policies.calico(cluster) if isinstance(self.before, Calico) else {}
        return cluster.snapshot(network_policies=as_read(self.policies(cluster), NetworkPolicy), **further)


def _mixed(cluster: Cluster) -> Iterator[NetworkPolicy]:
    return policies.mixed(cluster, 10 * cluster.scale.namespaces)


def _and(extra: Callable[[Cluster], NetworkPolicy]) -> Policies:
    return lambda cluster: chain(_mixed(cluster), (extra(cluster),))


CASES = (
    Case("large", "100,000 pods, 10,000 policies", LARGE, _mixed),
    Case("small", "10,000 pods, 1,000 policies", SMALL, _mixed),
    Case("own-class", "large, every pod its own class", STATEFUL, _and(policies.of_one_pod)),
    Case("outside-ranges", "large, and 10,000 ipBlocks outside", LARGE, _and(policies.with_many_addresses)),
    Case("pod-ranges", "large, and 10,000 ipBlocks of pods", LARGE, _and(policies.with_many_pod_ranges)),
    Case("deny", "1,000 namespaces of default-deny", LARGE, policies.denied_by_default),
    Case("deny-none", "the same, none before", LARGE, policies.denied_by_default, NoEngine()),
    Case("deny-calico", "the same, Calico before", LARGE, policies.denied_by_default, Calico()),
    Case("large-none", "large, none before", LARGE, _mixed, NoEngine()),
    Case("large-calico", "large, Calico before", LARGE, _mixed, Calico()),
)


class Cost(msgspec.Struct, frozen=True):
    """What one run took, beyond the snapshot."""

    cpu_s: float
    wall_s: float
    peak_mb: float
    loaded_mb: float
    """What the process held before."""
    changes: int
    flows: int
    digest: int
    """Of the changes: equal where they are."""


def main() -> None:
    """Runs the cases, and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = [case.name for case in CASES]
    parser.add_argument("--only", nargs="+", choices=names, default=names, metavar="NAME", help=", ".join(names))
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--timeout-s", type=int, default=300, help="of one run")
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--once", action="store_true", help="run in this process, and print JSON")
    options = parser.parse_args()
    chosen = [case for case in CASES if case.name in options.only]
    gc.disable()  # as the program itself does
    if options.profile:
        for case in chosen:
            print_profile(case)
    elif options.once:
        for case in chosen:
            print(msgspec.json.encode(measured(case)).decode())
    else:
        report(chosen, options.runs, options.timeout_s)


def changes_of(case: Case, snapshot: Snapshot) -> tuple[Change, ...]:
    """What is measured."""
    return changes(analyse(snapshot), case.before, CILIUM)


def measured(case: Case) -> Cost:
    """One run in this process."""
    snapshot = case.snapshot()
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # building may have peaked above what it left
    loaded_mb = _resident_mb()
    cpu, wall = time.process_time(), time.perf_counter()
    found = changes_of(case, snapshot)
    cpu_s, wall_s = time.process_time() - cpu, time.perf_counter() - wall
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / MB - loaded_mb
    return Cost(cpu_s, wall_s, peak_mb, loaded_mb, len(found), sum(item.flow_count for item in found), _digest(found))


def _resident_mb() -> float:
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * resource.getpagesize() / MB


def _digest(found: Iterable[Change]) -> int:
    """Sets go in by their hashes, which of numbers are the same in every process."""
    digest = 0
    for item in found:
        flow = item.example
        ends = (flow.source, flow.destination)
        named = [(end.pod.namespace, end.pod.name) if end.pod else end.address for end in ends]
        parts = (item.kind, item.way, item.family, item.ports.spans, item.row, item.blame, item.flow_count, named)
        digest = zlib.crc32(f"{hash(item.sources)} {hash(item.destinations)} {parts}".encode(), digest)
    return digest


def print_profile(case: Case) -> None:
    """The 25 functions that take longest with all that they call."""
    snapshot = case.snapshot()
    gc.collect()
    profile = cProfile.Profile()
    with profile:
        changes_of(case, snapshot)
    print(f"{case.name}: {case.what}")
    pstats.Stats(profile).strip_dirs().sort_stats("cumulative").print_stats(25)


def report(cases: list[Case], runs: int, timeout_s: int) -> None:
    """The whole table, and which targets hold."""
    print(f"{'':36}{'CPU':>9}{'wall':>9}{'peak':>9}{'loaded':>9}{'changes':>10}{'pairs':>18}")
    found: dict[str, list[Cost]] = {}
    failed: list[str] = []
    for case in cases:
        try:
            found[case.name] = [_in_a_process(case, timeout_s) for _ in range(runs)]
        except _FailedError as error:
            failed.append(case.name)
            print(f"{case.what:36}{error}", flush=True)
        else:
            print(_row(case, found[case.name]), flush=True)
    for target, holds in (("every case ends", not failed), *_held(found)):
        print(f"{'held  ' if holds else 'MISSED'} {target}")


class _FailedError(Exception):
    """A run did not end well."""


def _in_a_process(case: Case, timeout_s: int) -> Cost:
    """One run in a process of its own."""
    command = [sys.executable, str(Path(__file__)), "--once", "--only", case.name]
    try:
        run = subprocess.run(command, capture_output=True, timeout=timeout_s, check=True)
    except subprocess.TimeoutExpired as error:
        raise _FailedError(f"over {timeout_s} s") from error
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode().strip().rpartition("\n")[2]
        raise _FailedError(said or f"ended with {error.returncode}") from error
    return msgspec.json.decode(run.stdout, type=Cost)


def _row(case: Case, costs: list[Cost]) -> str:
    cpu_s, wall_s = min(item.cpu_s for item in costs), min(item.wall_s for item in costs)
    peak_mb, loaded_mb = max(item.peak_mb for item in costs), max(item.loaded_mb for item in costs)
    first = costs[0]
    return (
        f"{case.what:36}{cpu_s:8.2f}s{wall_s:8.2f}s{peak_mb:7,.0f}MB{loaded_mb:7,.0f}MB"
        f"{first.changes:10,}{first.flows:18,}"
    )


def _held(found: dict[str, list[Cost]]) -> Iterator[tuple[str, bool]]:
    cpu = {name: min(item.cpu_s for item in costs) for name, costs in found.items()}
    if "large" in found:
        yield f"100,000 pods in at most {MOST_CPU_S} s of CPU", cpu["large"] <= MOST_CPU_S
        peak_mb = max(item.peak_mb for item in found["large"])
        yield f"and {MOST_PEAK_MB} MB beyond the snapshot", peak_mb <= MOST_PEAK_MB
    if {"large", "small"} <= found.keys():
        growth = cpu["large"] / cpu["small"]
        yield f"ten times the cluster takes {growth:.1f} times as long (at most {MOST_GROWTH})", growth <= MOST_GROWTH
    same = all(len({item.digest for item in costs}) == 1 for costs in found.values())
    yield "every run of a case finds the same changes", same


if __name__ == "__main__":
    main()
