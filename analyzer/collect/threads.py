"""Work in several threads that never keep an interrupted process alive, as those of concurrent.futures do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


def in_threads(count: int, jobs: Sequence[Callable[[], T]]) -> list[T]:
    """What each job gives, in the order of the jobs. Raises what a job raises, and leaves the others to end."""
    waiting: SimpleQueue[tuple[Callable[[], T], Future[T]]] = SimpleQueue()
    futures: list[Future[T]] = []
    for job in jobs:
        futures.append(Future())
        waiting.put((job, futures[-1]))
    for _ in range(max(1, min(count, len(jobs)))):
        Thread(target=_work, args=(waiting,), daemon=True).start()
    return [future.result() for future in futures]


def _work(waiting: SimpleQueue[tuple[Callable[[], T], Future[T]]]) -> None:
    while True:
        try:
            job, future = waiting.get_nowait()
        except Empty:
            return
        try:
            future.set_result(job())
        except BaseException as error:  # handed to the one who waits
            future.set_exception(error)
