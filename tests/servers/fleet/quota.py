"""How much may still be asked, as ARM and Resource Graph say it in their headers."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

_WINDOW_S = 5
_QUERIES = 15
_READS = 250
_READS_PER_S = 25


@dataclass
class Quota:
    """Nothing is refused for it: what goes beyond is counted, so that a test may say that nothing did."""

    beyond: int = 0
    _queries: list[float] = field(default_factory=list)
    _levels: dict[str, tuple[float, float]] = field(default_factory=dict)

    def query(self) -> dict[str, str]:
        """The headers of one more Resource Graph query: 15 in 5 s."""
        now = time.monotonic()
        self._queries = [*(one for one in self._queries if now - one < _WINDOW_S), now]
        self.beyond += len(self._queries) > _QUERIES
        left = max(0, _QUERIES - len(self._queries))
        return {"x-ms-user-quota-remaining": str(left), "x-ms-user-quota-resets-after": f"00:00:{_WINDOW_S:02}"}

    def read(self, subscription: str) -> dict[str, str]:
        """The headers of one more read in a subscription: a bucket of 250, filled with 25 a second."""
        now = time.monotonic()
        level, since = self._levels.get(subscription, (_READS, now))
        level = min(_READS, level + (now - since) * _READS_PER_S) - 1
        self.beyond += level < 0
        self._levels[subscription] = (level, now)
        return {"x-ms-ratelimit-remaining-subscription-reads": str(max(0, int(level)))}
