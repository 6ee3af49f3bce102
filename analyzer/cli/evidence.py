"""From a target to a snapshot: the one place where a verb decides what is read."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import assert_never

from analyzer.cli.options import Reaching, Selection
from analyzer.cli.targets import Named, parse_targets
from analyzer.errors import UsageError
from analyzer.fleet.targets import BehindKubeconfig, InAzure, InFiles, InSnapshot, Target
from analyzer.model.snapshot import Snapshot
from analyzer.store.snapshot_file import encode, unpack


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How evidence is reached, by the words of the command line."""

    kubeconfig: Path | None = None
    context: str | None = None
    cloud: str = "public"
    credential: str = "default"
    concurrency: int = 8
    timeout_s: float = 30.0
    complete: bool = False
    scan_configmaps: bool = False
    quiet: bool = False
    """No progress on stderr."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A snapshot, its hash, and what a person should hear about how it was read."""

    snapshot: Snapshot
    hash: str
    warnings: tuple[str, ...] = ()
    interrupted: bool = False
    server_doubt: str = ""
    """Why nothing proves that the API server is the cluster's, which `warnings` say too; empty: its name does."""


def targets_of(which: Selection, reaching: Reaching) -> tuple[Target, ...]:
    """The targets that the command line names. Raises UsageError."""
    named = Named(which.subscription, which.resource_group, which.name)
    return parse_targets(which.targets or (), named, has_kubeconfig=reaching.kubeconfig is not None)


def reach_of(reaching: Reaching, *, scan_configmaps: bool) -> Reach:
    """How the command line wants evidence to be reached."""
    return Reach(
        kubeconfig=reaching.kubeconfig,
        context=reaching.context,
        cloud=reaching.cloud,
        credential=reaching.credential,
        concurrency=reaching.concurrency,
        timeout_s=reaching.timeout,
        complete=reaching.complete,
        scan_configmaps=scan_configmaps,
        quiet=reaching.quiet,
    )


def read(target: Target, reach: Reach) -> Evidence:
    """Reads one target. Raises PreflightError."""
    match target:
        case InSnapshot(path):
            return _from_snapshot(path)
        case InFiles(paths):
            return _from_files(paths, reach)
        case InAzure(cluster_id, None, context):
            return _live(cluster_id, replace(reach, context=context or reach.context))
        case InAzure(cluster_id, kubeconfig, context):
            return _live(cluster_id, replace(reach, kubeconfig=kubeconfig, context=context))
        case BehindKubeconfig():
            return _live(None, reach)
        case _:
            assert_never(target)


def _from_snapshot(path: Path) -> Evidence:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
    return Evidence(*unpack(content, str(path)))


def _from_files(paths: Sequence[Path], reach: Reach) -> Evidence:
    from analyzer.collect.context import require_same_cluster
    from analyzer.collect.files.reading import read_files

    reading = read_files(paths, complete=reach.complete, scan_configmaps=reach.scan_configmaps)
    doubts = require_same_cluster(reading.snapshot)
    warnings = (*(f"not used: {what}" for what in reading.unknown), *doubts)
    return Evidence(reading.snapshot, encode(reading.snapshot).hash, warnings, server_doubt=" ".join(doubts))


def _live(cluster_id: str | None, reach: Reach) -> Evidence:
    from analyzer.cli.progress import showing
    from analyzer.collect.access import Access
    from analyzer.collect.context import require_same_cluster
    from analyzer.collect.live import read_live

    access = Access(
        kubeconfig=reach.kubeconfig,
        context=reach.context,
        cloud=reach.cloud,
        credential=reach.credential,
        concurrency=reach.concurrency,
        timeout_s=reach.timeout_s,
        scan_configmaps=reach.scan_configmaps,
        environment=os.environ,
    )
    with showing("Reading the cluster", quiet=reach.quiet) as progress:
        reading = read_live(cluster_id, access, progress)
    doubts = require_same_cluster(reading.snapshot, reading.tls_server_name)
    return Evidence(reading.snapshot, encode(reading.snapshot).hash, doubts, reading.interrupted, " ".join(doubts))
