"""Work in several threads that never keep an interrupted process alive, as those of concurrent.futures do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TypeVar, cast

T = TypeVar("T")


def in_threads(count: int, jobs: Sequence[Callable[[], T]]) -> list[T]:
    """What each job gives, in the order of the jobs. Raises what a job raises, and leaves the others to end."""
    if len(jobs) == 1:
        return [jobs[0]()]
    waiting: SimpleQueue[int] = SimpleQueue()
    for place in range(len(jobs)):
        waiting.put(place)
    ended: SimpleQueue[tuple[int, T | None, BaseException | None]] = SimpleQueue()

    def work() -> None:
        while True:
            try:
                place = waiting.get_nowait()
            except Empty:
                return
            try:
                ended.put((place, jobs[place](), None))
            except BaseException as error:  # handed to the one who waits
                ended.put((place, None, error))

    for _ in range(max(1, min(count, len(jobs)))):
        Thread(target=work, daemon=True).start()
    found: dict[int, T] = {}
    for _ in jobs:
        place, result, error = ended.get()
        if error is not None:
            raise error
        found[place] = cast(T, result)
    return [found[place] for place in range(len(jobs))]
