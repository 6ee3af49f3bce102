"""What Azure's answers say of their limits, and how long the next request waits for it."""

from __future__ import annotations

import time

import pytest

from analyzer.collect.azure.pacing import Pace, asked_pause_s, key_of
from analyzer.collect.places import ARM, RESOURCE_GRAPH, Places


@pytest.mark.parametrize(
    ("status", "headers", "pause_s"),
    [
        (200, {}, 0.0),
        (429, {"Retry-After": "7"}, 7.0),
        (503, {"Retry-After": "7"}, 0.0),
        (429, {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, 0.0),
        (200, {"x-ms-user-quota-remaining": "0", "x-ms-user-quota-resets-after": "00:01:05"}, 65.0),
        (200, {"x-ms-user-quota-remaining": "14", "x-ms-user-quota-resets-after": "00:00:05"}, 0.0),
        (200, {"x-ms-user-quota-remaining": "0", "x-ms-user-quota-resets-after": "soon"}, 0.0),
        (200, {"X-Ms-Ratelimit-Remaining-Subscription-Reads": "9"}, 1.0),
        (200, {"x-ms-ratelimit-remaining-subscription-reads": "11999"}, 0.0),
    ],
)
def test_an_answer_says_how_long_to_wait(status: int, headers: dict[str, str], pause_s: float) -> None:
    assert asked_pause_s(status, headers) == pause_s


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://arm/subscriptions/ABC/resourceGroups/g?api-version=1", "abc"),
        ("https://arm/subscriptions?api-version=1", ""),
        ("https://arm/providers/Microsoft.ResourceGraph/resources?api-version=1", RESOURCE_GRAPH),
        ("https://arm/providers/Microsoft.Management/managementGroups/x/descendants", ""),
    ],
)
def test_a_limit_is_a_subscriptions_or_resource_graphs(url: str, key: str) -> None:
    assert key_of(url) == key


def test_who_is_told_to_wait_waits_and_others_do_not() -> None:
    pace = Pace()
    pace.note("abc", 429, {"Retry-After": "1"})
    began = time.monotonic()
    with pace.turn("other"):
        assert time.monotonic() - began < 0.5
    with pace.turn("abc"):
        assert time.monotonic() - began >= 1.0
    assert pace.places.asked == {ARM: 2}


def test_nobody_waits_beforehand_for_longer_than_a_minute() -> None:
    pace = Pace(longest_s=0.2)
    pace.note("abc", 429, {"Retry-After": "3600"})
    began = time.monotonic()
    with pace.turn("abc"):
        assert time.monotonic() - began < 5.0


def test_places_bound_what_is_under_way_and_count_it() -> None:
    places = Places(2)
    turn = places.turn("somebody")
    with turn, turn:
        assert places._free.acquire(blocking=False) is False
    assert places._free.acquire(blocking=False) is True
    assert places.asked == {"somebody": 2}
