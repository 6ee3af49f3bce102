"""Places for requests: how many may be under way at once, over all clusters of a run."""

from __future__ import annotations

from collections import Counter
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from threading import BoundedSemaphore, Lock
from typing import Any

ARM = "Resource Manager"
RESOURCE_GRAPH = "Resource Graph"
KUBERNETES = "Kubernetes"


@dataclass(slots=True)
class Places:
    """Shared by all threads of a run."""

    most: int = 32
    asked: Counter[str] = field(default_factory=Counter)
    """Requests that were sent, by who is asked; each attempt counts."""
    _free: BoundedSemaphore = field(init=False)
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self._free = BoundedSemaphore(self.most)

    def turn(self, kind: str) -> AbstractContextManager[Any]:
        """A place for one request, held while it is under way; the same turn can be entered many times."""
        return _Turn(self, kind)

    def take(self, kind: str) -> None:
        """Waits for a place and counts the request."""
        self._free.acquire()
        with self._lock:
            self.asked[kind] += 1

    def give_back(self) -> None:
        """Frees a place."""
        self._free.release()


@dataclass(frozen=True, slots=True)
class _Turn:
    places: Places
    kind: str

    def __enter__(self) -> None:
        self.places.take(self.kind)

    def __exit__(self, *_: object) -> None:
        self.places.give_back()
