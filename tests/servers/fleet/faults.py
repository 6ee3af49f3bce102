"""Which requests fail: chosen by what is asked and how often it was, and never by the order of arrival."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field

from servers.fleet.exchange import Request


@dataclass(frozen=True)
class Weather:
    """How the network and the services fare."""

    seed: int = 1
    latency_s: float = 0.05
    throttled: float = 0.0
    """The share of answers that are 429 with Retry-After."""
    resets: float = 0.0
    """The share of answers that are a reset of the connection."""


@dataclass
class Faults:
    """The fate of each request."""

    weather: Weather
    _asked: Counter[str] = field(default_factory=Counter)

    def of(self, request: Request) -> str:
        """`throttled`, `reset` or nothing."""
        if not self.weather.throttled + self.weather.resets:
            return ""
        key = f"{request.address} {request.method} {request.target} {hashlib.sha256(request.body).hexdigest()}"
        self._asked[key] += 1
        drawn = hashlib.sha256(f"{self.weather.seed} {self._asked[key]} {key}".encode()).digest()
        fate = int.from_bytes(drawn[:8], "big") / 2**64
        if fate < self.weather.throttled:
            return "throttled"
        return "reset" if fate < self.weather.throttled + self.weather.resets else ""
