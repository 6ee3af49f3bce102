"""The runs that a folder keeps, over time: from their stored indexes alone."""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.errors import UsageError
from analyzer.fleet.index import MOST_NIGHTS
from analyzer.fleet.store import RUNS, RunFolder, kept_runs, newest_finished, run_name
from analyzer.model.fleet_report import Night
from analyzer.store.folder import Folder, open_folder

PREVIOUS = "previous"
"""The baseline that is the newest finished run of the same folder."""


def nights(root: Folder, before: str) -> tuple[Night, ...]:
    """The runs that are kept and began before this one, each counted from its own index; at most the newest 90.

    A run whose index is not there, or cannot be read, has no night: it would be invented.
    """
    runs = [run for run in kept_runs(root) if run.name < before][-MOST_NIGHTS:]
    return tuple(_nights(runs))


def _nights(runs: list[RunFolder]) -> Iterator[Night]:
    """An index holds the nights before it too: of those the ones whose runs are kept are taken."""
    known: dict[str, Night] = {}
    for run in reversed(runs):
        if run.name not in known:
            known = {run_name(night.run): night for night in _trend(run)} | known
        if run.name in known:
            yield known[run.name]


def _trend(run: RunFolder) -> tuple[Night, ...]:
    try:
        return run.report().trend
    except UsageError:
        return ()


def find_baseline(word: str, root: Folder, before: str) -> RunFolder | None:
    """The run to compare with: `previous`, a run's folder, or a folder of runs, of which the newest finished one.

    None where `previous` finds none: the first night has nothing before it. Raises UsageError where a URL leads to
    none.
    """
    if word == PREVIOUS:
        return newest_finished(root, lambda run: run.name < before)
    folder = open_folder(word)
    run = RunFolder(folder, word.rstrip("/").rpartition("/")[2])
    if not folder.names(RUNS) and run.is_over:
        return run
    found = newest_finished(folder, lambda one: not (one.name >= before and folder.root == root.root))
    if found is None:
        raise UsageError(f"--baseline {word} holds no finished audit: give a run's folder, or the --out-dir of audits.")
    return found
