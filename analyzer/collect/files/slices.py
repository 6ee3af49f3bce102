"""A large kubectl list, decoded slice by slice, so that its text is never in memory at once.

kubectl prints a list with four spaces an indent and escapes every newline in a string: a line of eight spaces and a
brace can only be the edge of an item.
"""

from __future__ import annotations

import mmap
from typing import Any, TypeVar

import msgspec

from analyzer.collect.decoding import ListBody
from analyzer.collect.known_types import decoder, known

T = TypeVar("T")

SLICE_BYTES = 8 << 20
"""At most about this much text is copied at a time."""
_OPEN = b'"items": [\n        {'
_EDGE = b"\n        },\n        {"
_CLOSE = b"\n    ]"


def decode_sliced(raw: mmap.mmap, item_type: type[T]) -> ListBody[T] | None:
    """The list, or None where the text is not as kubectl prints it. Raises msgspec.MsgspecError as a whole decode."""
    opened = raw.find(_OPEN, 0, 4096)
    closed = raw.rfind(_CLOSE)
    if opened < 0 or closed < opened:
        return None
    start = opened + _OPEN.index(b"[") + 1
    frame = msgspec.json.decode(raw[:start] + raw[closed:], type=known(ListBody[Any]))
    items: list[T] = []
    of_items = decoder(list[item_type])  # type: ignore[valid-type]
    buffer = bytearray(b"[")
    while start < closed:
        edge = raw.find(_EDGE, min(start + SLICE_BYTES, closed), closed)
        end = closed if edge < 0 else edge + _EDGE.index(b",")
        buffer[1:] = memoryview(raw)[start:end]
        buffer += b"]"
        items += of_items.decode(buffer)
        _forget(raw, start, end)
        start = end + 1
    return ListBody(kind=frame.kind, items=tuple(items), api_version=frame.api_version, metadata=frame.metadata)


def _forget(raw: mmap.mmap, start: int, end: int) -> None:
    """Gives the pages of a slice back: they are not read again."""
    first = start // mmap.PAGESIZE * mmap.PAGESIZE
    if hasattr(mmap, "MADV_DONTNEED"):
        raw.madvise(mmap.MADV_DONTNEED, first, end // mmap.PAGESIZE * mmap.PAGESIZE - first)
