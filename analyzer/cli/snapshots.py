"""Writes one target's snapshot, and says what it lacks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from analyzer.cli import exit_codes
from analyzer.cli.evidence import Reach, read
from analyzer.cli.guard import say
from analyzer.errors import PreflightError, UsageError
from analyzer.fleet.targets import Target
from analyzer.model.fact import Missing
from analyzer.store.atomic import write_atomically
from analyzer.store.snapshot_file import encode, pack


def write_snapshot(targets: Sequence[Target], output: Path | None, reach: Reach) -> int:
    """Reads the one target and writes its snapshot file; returns the exit code."""
    if len(targets) != 1:
        raise UsageError(f"{len(targets)} targets are named; a snapshot holds one cluster.")
    if output is None or output.suffix != ".zip":
        raise UsageError("Give the snapshot file a name that ends in .zip: -O cluster.zip.")
    evidence = read(targets[0], reach)
    for warning in evidence.warnings:
        say(warning)
    try:
        write_atomically(output, pack(encode(evidence.snapshot)))
    except OSError as error:
        raise PreflightError(f"{output} cannot be written: {error.strerror}.") from error
    for source, fact in evidence.snapshot.facts():
        if isinstance(fact, Missing) and not reach.quiet:
            say(f"not read: {source.value}: {fact.detail}")
    say(f"wrote {output} (sha256 {evidence.hash[:12]})")
    return exit_codes.INTERRUPTED if evidence.interrupted else exit_codes.OK
