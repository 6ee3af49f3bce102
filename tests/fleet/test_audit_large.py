"""The audit that a platform team runs every night, on local servers: 300 clusters in 40 subscriptions."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest
from fleet.audits import audit, index
from servers.fleet.faults import Weather
from servers.fleet.members import Health, Shape
from servers.fleet.running import running

SHAPE = Shape(clusters=300, subscriptions=40, forbidden=5, unreachable=3, gone=1)
WEATHER = Weather(seed=2, latency_s=0.005, throttled=0.02, resets=0.02)

pytestmark = pytest.mark.skipif(
    not os.environ.get("AKS_PREFLIGHT_LARGE"), reason="takes minutes: make nightly, or AKS_PREFLIGHT_LARGE=1"
)


def test_every_healthy_cluster_of_300_is_judged_and_each_sick_one_has_its_cause(tmp_path: Path) -> None:
    with running(SHAPE, WEATHER) as fleet:
        ended = audit(fleet, tmp_path, "--all-subscriptions", patience_s=900)
        figures = fleet.figures()
    health = {cluster.name: cluster.health for cluster in fleet.clusters}
    found = index(tmp_path)
    counts = Counter((health[row.name], row.cause, row.verdict is None, bool(row.unread)) for row in found.clusters)
    assert counts == {
        (Health.HEALTHY, "", False, False): 285,
        (Health.FORBIDDEN, "forbidden", True, False): 5,
        (Health.UNREACHABLE, "", False, True): 3,
        (Health.GONE, "subscription gone", True, False): 7,
    }
    assert sum(1 for one in found.subscriptions if one.seen) == 39
    assert (ended.code, "Traceback" in ended.stderr, figures["violations"]) == (3, False, [])
    assert figures["faults"].keys() == {"throttled", "reset"}
    assert figures["most_at_once"]["all"] <= 32
