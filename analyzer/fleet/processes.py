"""Judging in processes of its own: on every core, and no crash or endless judgement of one cluster spoils a run."""

from __future__ import annotations

import gc
import multiprocessing
import os
import pickle
import signal
import tempfile
import threading
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from contextlib import suppress
from multiprocessing import connection, forkserver
from multiprocessing.context import BaseContext
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from analyzer.errors import LateError

if TYPE_CHECKING:
    from analyzer.fleet.judging import Evidence, Judge, Judged
    from analyzer.fleet.plan import PlannedCluster


def warm_up() -> None:
    """Loads what judging needs into the process that others are forked from, while this one does something else."""
    _context()


def _context() -> BaseContext:
    """Not forked from this process, which has threads: from one that has none, or begun anew where nothing can be."""
    if "forkserver" in multiprocessing.get_all_start_methods():
        forking = multiprocessing.get_context("forkserver")
        forking.set_forkserver_preload(["__main__", "analyzer.fleet.preloaded"])
        with suppress(OSError):  # there is no place for its socket, or the place's name is too long
            forkserver.ensure_running()
            return forking
    return multiprocessing.get_context("spawn")


class JudgingProcesses:
    """A pool of processes that all hold the same judge; begun when it is first asked."""

    def __init__(self, judge: Judge, count: int, longest_s: float) -> None:
        self._count, self._longest_s = count, longest_s
        self._pool: ProcessPoolExecutor | None = None
        self._lock = Lock()
        self._is_closed = False
        self._one_at_a_time = Lock()
        self._told = _written(judge)

    def __call__(self, cluster: PlannedCluster, evidence: Evidence) -> Judged:
        """What the judge says. Raises LateError, BrokenExecutor where its process died."""
        pool = self._current()
        try:
            return self._asked(pool, cluster, evidence)
        except BrokenExecutor:
            self._replace(pool)
            return self._alone(cluster, evidence)
        except LateError:
            self._replace(pool)
            raise

    def close(self) -> None:
        """Ends the processes, whatever they are doing."""
        with self._lock:
            self._is_closed = True
            if self._pool is not None:
                _kill(self._pool)
                self._pool = None
        self._told.unlink(missing_ok=True)

    def _alone(self, cluster: PlannedCluster, evidence: Evidence) -> Judged:
        """In a process that serves nobody else: which of several clusters killed the one before is not known."""
        with self._one_at_a_time:
            pool = self._begun(1)
            try:
                return self._asked(pool, cluster, evidence)
            finally:
                _kill(pool)

    def _asked(self, pool: ProcessPoolExecutor, cluster: PlannedCluster, evidence: Evidence) -> Judged:
        try:
            future: Future[Judged] = pool.submit(_judged, cluster, evidence)
            return future.result(self._longest_s)
        except TimeoutError as error:
            limit = f"{self._longest_s:g} s"
            raise LateError(
                f"Judging {cluster.name} took longer than {limit}. Collect it, and check it alone."
            ) from error

    def _current(self) -> ProcessPoolExecutor:
        with self._lock:
            if self._pool is None:
                self._pool = self._begun(self._count)
            return self._pool

    def _begun(self, count: int) -> ProcessPoolExecutor:
        if self._is_closed:  # threads that still read come here after the end
            raise LateError("The run is over.")
        return ProcessPoolExecutor(count, _context(), _prepare, (self._told,))

    def _replace(self, broken: ProcessPoolExecutor) -> None:
        with self._lock:
            if self._pool is broken:
                self._pool = None
        _kill(broken)


_NICER = 10
"""Than the process that reads, which is one for all clusters and has threads that wake for a moment at a time."""
_COLLECTED_AFTER = 20
"""Clusters."""
_judge: list[Judge] = []
"""Of this process."""
_counted: list[str] = []
"""Clusters since garbage was collected."""


def _written(judge: Judge) -> Path:
    """The judge in a file. Handed over at the start of a process, it would fill the pipe, and whoever begins a process
    that dies at once would wait for ever.
    """
    with tempfile.NamedTemporaryFile(prefix="aks-preflight-", delete=False) as file:
        file.write(pickle.dumps(judge))
    return Path(file.name)


def _prepare(told: Path) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal sends it to all; the parent decides
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with suppress(OSError, AttributeError):  # not everywhere, and not always allowed
        os.nice(_NICER)
    gc.disable()
    gc.freeze()
    _judge.append(pickle.loads(told.read_bytes()))


def _end_with_parent() -> None:
    """A parent that was killed cannot say goodbye."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def _judged(cluster: PlannedCluster, evidence: Evidence) -> Judged:
    """Garbage is collected between clusters, not while one is judged: a judgement makes hardly any cycles."""
    judged = _judge[0](cluster, evidence)
    _counted.append(cluster.file)
    if len(_counted) >= _COLLECTED_AFTER:
        _counted.clear()
        gc.collect()
    return judged


def _kill(pool: ProcessPoolExecutor) -> None:
    processes = pool._processes or {}
    pool.shutdown(wait=False, cancel_futures=True)  # after which none is started any more
    for process in list(processes.values()):
        process.kill()
