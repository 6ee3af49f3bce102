"""Makes types known to msgspec before threads use them."""

from __future__ import annotations

from typing import Any

import msgspec


def introduce(*kinds: Any) -> None:
    """Called where a module is imported, and so in one thread.

    msgspec 0.22 takes a type apart when it is first used; two threads that do so at once crash the process.
    """
    for kind in kinds:
        msgspec.json.Decoder(kind)
