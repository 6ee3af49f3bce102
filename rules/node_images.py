"""What the name of a node image says: which OS, and of which day.

Names as `AKSUbuntu-2204gen2containerd-202610.12.0` and `AKSWindows-2022-20348.4294.251014`: the node image versions of
learn.microsoft.com/azure/aks/node-images, 2026.
"""

from __future__ import annotations

import datetime
import re
from contextlib import suppress

_LINUX = re.compile(r"-(\d{4})(\d{2})\.(\d{2})\.\d+$")
_WINDOWS = re.compile(r"\.(\d{2})(\d{2})(\d{2})$")


def day_of(image: str) -> datetime.date | None:
    """The day that an image is of; None where its name does not say."""
    linux, windows = _LINUX.search(image), _WINDOWS.search(image)
    found = linux or windows
    if found is None:
        return None
    year, month, day = map(int, found.groups())
    with suppress(ValueError):
        return datetime.date(year if linux else 2000 + year, month, day)
    return None
