"""When Resource Manager may be asked again: what its answers say of their limits, kept for all who share them.

Limits: learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling (2025-06), a bucket
for each subscription and identity; learn.microsoft.com/azure/governance/resource-graph/concepts/
guidance-for-throttled-requests (2025-03), a window for each identity.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from threading import BoundedSemaphore, Lock
from typing import Any

from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import HTTPPolicy
from azure.core.rest import HttpRequest, HttpResponse

from analyzer.collect.places import ARM, RESOURCE_GRAPH, Places

_FEW_LEFT = 10
"""Reads left in a subscription's bucket, from which on the rest is spread."""
_PAUSE_S = 1.0
"""Then: the bucket is filled with 25 reads a second."""
_SUBSCRIPTION = re.compile(r"/subscriptions/([^/?]+)", re.IGNORECASE)
_READS_LEFT = "x-ms-ratelimit-remaining-subscription-reads"
_QUERIES_LEFT = "x-ms-user-quota-remaining"
_RESETS_AFTER = "x-ms-user-quota-resets-after"


@dataclass(slots=True)
class Pace:
    """Shared by all threads of a run."""

    longest_s: float = 60.0
    """Nobody waits longer beforehand: who is to wait for hours is told so by the next answer."""
    places: Places = field(default_factory=Places)
    """For requests to anybody."""
    per_subscription: int = 10
    """Requests under way at once in one subscription."""
    _not_before: dict[str, float] = field(default_factory=dict)
    _turns: dict[str, BoundedSemaphore] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def turn(self, key: str) -> AbstractContextManager[Any]:
        """Waits until this key may be asked, and holds one of its places and one of all meanwhile."""
        self._wait(key)
        with self._lock:
            in_subscription = self._turns.setdefault(key, BoundedSemaphore(self.per_subscription))
        held = ExitStack()
        held.enter_context(in_subscription)
        held.enter_context(self.places.turn(RESOURCE_GRAPH if key == RESOURCE_GRAPH else ARM))
        return held

    def note(self, key: str, status: int, headers: Mapping[str, str]) -> None:
        """What an answer says of the next one."""
        pause_s = asked_pause_s(status, headers)
        if pause_s:
            with self._lock:
                self._not_before[key] = max(self._not_before.get(key, 0.0), time.monotonic() + pause_s)

    def _wait(self, key: str) -> None:
        """Until the moment that was asked for, which another answer may have moved meanwhile."""
        ends = time.monotonic() + self.longest_s
        while (left_s := self._not_before.get(key, 0.0) - time.monotonic()) > 0:
            if time.monotonic() + left_s > ends:
                return
            time.sleep(left_s)


def asked_pause_s(status: int, headers: Mapping[str, str]) -> float:
    """Seconds that an answer asks to wait before the next request; 0: none."""
    found = {name.lower(): value for name, value in headers.items()}
    if status == 429 and found.get("retry-after", "").isdecimal():
        return float(found["retry-after"])
    if found.get(_QUERIES_LEFT, "") == "0":
        return _seconds(found.get(_RESETS_AFTER, ""))
    left = found.get(_READS_LEFT, "")
    return _PAUSE_S if left.isdecimal() and int(left) < _FEW_LEFT else 0.0


def key_of(url: str) -> str:
    """Whose limit a request counts against: the subscription's, Resource Graph's, or the tenant's ("")."""
    if "/providers/microsoft.resourcegraph/" in url.lower():
        return RESOURCE_GRAPH
    found = _SUBSCRIPTION.search(url)
    return found.group(1).lower() if found else ""


class PacingPolicy(HTTPPolicy[HttpRequest, HttpResponse]):
    """Sends each attempt at its turn. It stands after the retries: who waits for another attempt holds no place."""

    def __init__(self, pace: Pace) -> None:
        super().__init__()
        self.pace = pace

    def send(self, request: PipelineRequest[HttpRequest]) -> PipelineResponse[HttpRequest, HttpResponse]:
        """The next policy's answer."""
        key = key_of(request.http_request.url)
        with self.pace.turn(key):
            response = self.next.send(request)
        self.pace.note(key, response.http_response.status_code, response.http_response.headers)
        return response


def _seconds(text: str) -> float:
    """00:00:05 as 5; 0 for what is not a time."""
    found = re.fullmatch(r"(\d+):(\d\d):(\d\d)(\.\d+)?", text)
    return int(found[1]) * 3600 + int(found[2]) * 60 + float(found[3] + (found[4] or "")) if found else 0.0
