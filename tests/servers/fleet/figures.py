"""What the servers were asked, and how much at once."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from servers.fleet.exchange import Request

_EVERYTHING = ("all", "")


@dataclass
class Figures:
    """Counts since the start."""

    requests: Counter[str] = field(default_factory=Counter)
    """By kind: arm, resource graph, kubernetes, token."""
    faults: Counter[str] = field(default_factory=Counter)
    retry_after_s: float = 0.0
    """The sum of what was asked to be waited."""
    over_quota: int = 0
    """Resource Graph queries beyond the quota that its headers told."""
    violations: list[str] = field(default_factory=list)
    """Requests that could write."""
    asked: Counter[str] = field(default_factory=Counter)
    """ARM and Resource Graph requests by path, with every name replaced by X."""
    _under_way: Counter[tuple[str, str]] = field(default_factory=Counter)
    _most: Counter[str] = field(default_factory=Counter)

    def begin(self, kind: str, request: Request) -> None:
        """A request came."""
        self.requests[kind] += 1
        if kind in ("arm", "resource graph"):
            self.asked[_shape(request.path)] += 1
        for place in _places(kind, request):
            self._under_way[place] += 1
            self._most[place[0]] = max(self._most[place[0]], self._under_way[place])

    def end(self, kind: str, request: Request) -> None:
        """Its answer was sent."""
        for place in _places(kind, request):
            self._under_way[place] -= 1

    def told(self) -> dict[str, Any]:
        """All of them, for JSON."""
        return {
            "requests": dict(self.requests),
            "faults": dict(self.faults),
            "retry_after_s": self.retry_after_s,
            "most_at_once": dict(self._most),
            "over_quota": self.over_quota,
            "violations": self.violations,
            "asked": dict(self.asked.most_common()),
        }


def _places(kind: str, request: Request) -> tuple[tuple[str, str], ...]:
    """What its concurrency is bounded by: everything, its API server, its subscription."""
    if kind == "kubernetes":
        return _EVERYTHING, ("api_server", request.address)
    found = re.match(r"/subscriptions/([^/]+)", request.path)
    return (_EVERYTHING, ("subscription", found.group(1).lower())) if found else (_EVERYTHING,)


def _shape(path: str) -> str:
    plain = re.sub(r"(?i)/(subscriptions|resourcegroups)/[^/]+", r"/\1/X", path)
    return re.sub(r"(?i)(/providers/microsoft\.\w+/\w+)/[^/]+", r"\1/X", plain)
