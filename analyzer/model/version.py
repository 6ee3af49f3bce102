"""Versions as Kubernetes, Cilium and the Azure CLI write them."""

from __future__ import annotations

import re
from typing import NamedTuple

_PATTERN = re.compile(r"^v?(\d+)\.(\d+)(?:\.(\d+))?(?:[-+.].*)?$")


class Version(NamedTuple):
    """Compares by number: 1.9 is older than 1.27."""

    major: int
    minor: int
    patch: int = 0

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"

    @property
    def minor_version(self) -> Version:
        """The version without its patch, as tables and support policies name it."""
        return Version(self.major, self.minor)


def parse_version(text: str | None) -> Version | None:
    """The version that a text names, or None where it names none ("", "unknown", None).

    Accepts "1.27", "v1.31.4", "1.28.3-hotfix.1".
    """
    match = _PATTERN.match(text or "")
    if match is None:
        return None
    major, minor, patch = match.groups()
    return Version(int(major), int(minor), int(patch or 0))
