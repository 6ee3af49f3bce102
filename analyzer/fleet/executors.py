"""Where the clusters of a run are looked at: one look for each, many at once, done in any order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import Protocol

from analyzer.fleet.clusters import Look
from analyzer.fleet.judging import Judged
from analyzer.fleet.plan import PlannedCluster

APART_S = 0.1
"""Between the beginnings of the first clusters: begun together they end together, and none is judged till then."""
Keep = Callable[[PlannedCluster, Judged], None]
"""Writes what a look gave. Raises OSError."""


class Executor(Protocol):
    """A machine, or many."""

    def looking(self) -> AbstractContextManager[Look]:
        """A look that can be called from several threads; closed at the end."""

    @property
    def at_once(self) -> int:
        """Clusters that are worth being looked at, at the same time."""


def done(
    clusters: Sequence[PlannedCluster], look: Look, keep: Keep, at_once: int
) -> Iterator[tuple[PlannedCluster, Judged]]:
    """Each cluster when it is looked at and kept.

    Raises what `look` and `keep` raise, and begins no other cluster then. The threads never keep a process alive that
    is interrupted.
    """
    waiting: SimpleQueue[PlannedCluster] = SimpleQueue()
    for cluster in clusters:
        waiting.put(cluster)
    ready: SimpleQueue[tuple[PlannedCluster, Judged] | BaseException] = SimpleQueue()
    stopped = Event()

    def work(place: int) -> None:
        stopped.wait(place * APART_S)
        while not stopped.is_set():
            try:
                cluster = waiting.get_nowait()
            except Empty:
                return
            try:
                judged = look(cluster)
                if not stopped.is_set():
                    keep(cluster, judged)
                ready.put((cluster, judged))
            except BaseException as error:  # handed to the one who waits
                ready.put(error)
                return

    for place in range(min(at_once, len(clusters))):
        Thread(target=work, args=(place,), daemon=True).start()
    try:
        yield from _heard(ready, len(clusters))
    finally:
        stopped.set()


def _heard(
    ready: SimpleQueue[tuple[PlannedCluster, Judged] | BaseException], count: int
) -> Iterator[tuple[PlannedCluster, Judged]]:
    """Waits in short turns: a signal is only heard between them."""
    while count:
        try:
            found = ready.get(timeout=0.5)
        except Empty:
            continue
        if isinstance(found, BaseException):
            raise found
        count -= 1
        yield found
