"""Work in several threads that never keep an interrupted process alive, as those of concurrent.futures do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


def in_threads(count: int, jobs: Sequence[Callable[[], T]]) -> list[T]:
    """What each job gives, in the order of the jobs. Raises what a job raises, and leaves the others to end."""
    if len(jobs) == 1:
        return [jobs[0]()]
    waiting: SimpleQueue[int] = SimpleQueue()
    for place in range(len(jobs)):
        waiting.put(place)
    found: dict[int, T] = {}
    ended: SimpleQueue[BaseException | None] = SimpleQueue()

    def work() -> None:
        try:
            while (place := _next(waiting)) is not None:
                found[place] = jobs[place]()
        except BaseException as error:  # handed to the one who waits, who is woken as seldom as can be
            ended.put(error)
        else:
            ended.put(None)

    threads = max(1, min(count, len(jobs)))
    for _ in range(threads):
        Thread(target=work, daemon=True).start()
    for _ in range(threads):
        if (error := ended.get()) is not None:
            raise error
    return [found[place] for place in range(len(jobs))]


def _next(waiting: SimpleQueue[int]) -> int | None:
    try:
        return waiting.get_nowait()
    except Empty:
        return None
