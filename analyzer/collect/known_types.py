"""Makes types known to msgspec before threads use them.

msgspec 0.22 takes a type apart when it is first used; two threads that do so at once crash the process.
"""

from __future__ import annotations

from functools import cache
from threading import Lock
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")

_LOCK = Lock()


def introduce(*kinds: Any) -> None:
    """For the types of a module, where it is imported."""
    for kind in kinds:
        decoder(kind)


def known(kind: type[T]) -> type[T]:
    """The same type, taken apart: for one that is named only when it is needed."""
    _take_apart(kind)  # type: ignore[arg-type] # every type can be hashed
    return kind


def decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    """A decoder that any thread may make, of any type."""
    with _LOCK:
        return msgspec.json.Decoder(kind)


@cache
def _take_apart(kind: Any) -> None:
    decoder(kind)
