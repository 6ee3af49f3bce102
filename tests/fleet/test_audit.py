"""An audit over a fleet in which some clusters are sick: each is accounted for, and none spoils the others."""

from __future__ import annotations

from pathlib import Path

import pytest
from fleet.audits import Ended, audit, index
from servers.fleet.faults import Weather
from servers.fleet.members import Health, Shape
from servers.fleet.running import RunningFleet, running

from analyzer.model.fleet_report import FleetReport
from analyzer.model.report import Verdict

SHAPE = Shape(clusters=12, subscriptions=5, forbidden=1, unreachable=1, gone=1)
WEATHER = Weather(seed=3, latency_s=0.005, throttled=0.005, resets=0.01)


@pytest.fixture(scope="module")
def fleet():
    with running(SHAPE, WEATHER) as found:
        yield found


@pytest.fixture(scope="module")
def night(fleet: RunningFleet, tmp_path_factory: pytest.TempPathFactory) -> tuple[Ended, FleetReport]:
    root = tmp_path_factory.mktemp("audits")
    ended = audit(fleet, root, "--all-subscriptions")
    return ended, index(root)


def of_health(fleet: RunningFleet, night: FleetReport, health: Health) -> dict[str, tuple[Verdict | None, str]]:
    """Verdict and cause of each cluster that fares so."""
    names = {cluster.name for cluster in fleet.clusters if cluster.health is health}
    assert names
    return {row.name: (row.verdict, row.cause) for row in night.clusters if row.name in names}


def test_every_healthy_cluster_is_judged_by_its_own_evidence(fleet: RunningFleet, night) -> None:
    verdicts = {
        "kubenet-calico-prod": Verdict.BLOCKED,
        "nodesubnet-npm-windows": Verdict.BLOCKED,
        "overlay-ready": Verdict.READY,
        "overlay-two-policies": Verdict.READY_WITH_RISKS,
    }
    expected = {
        cluster.name: (verdicts[cluster.name.rpartition("-")[0]], "")
        for cluster in fleet.clusters
        if cluster.health is Health.HEALTHY
    }
    assert of_health(fleet, night[1], Health.HEALTHY) == expected


def test_sick_clusters_are_there_with_their_causes(fleet: RunningFleet, night) -> None:
    gone = {cluster.name: (None, "subscription gone") for cluster in fleet.clusters if cluster.health is Health.GONE}
    assert of_health(fleet, night[1], Health.GONE) == gone
    (forbidden,) = of_health(fleet, night[1], Health.FORBIDDEN).values()
    assert forbidden == (None, "forbidden")


def test_an_unreachable_api_server_leaves_facts_unread_and_no_verdict_better_than_indeterminate(
    fleet: RunningFleet, night
) -> None:
    (name,) = of_health(fleet, night[1], Health.UNREACHABLE)
    (row,) = (row for row in night[1].clusters if row.name == name)
    assert row.verdict in (Verdict.BLOCKED, Verdict.INDETERMINATE)
    assert {"pods", "nodes", "services", "network_policies"} <= set(row.unread)


def test_every_cluster_of_the_fleet_is_in_the_index_once(fleet: RunningFleet, night) -> None:
    assert sorted(row.name for row in night[1].clusters) == sorted(cluster.name for cluster in fleet.clusters)


def test_every_subscription_is_named_and_one_that_is_gone_is_not_seen(night) -> None:
    counts = {one.name: (one.seen, one.clusters) for one in night[1].subscriptions}
    assert counts == {
        "platform-000": (True, 3),
        "platform-001": (True, 3),
        "platform-002": (True, 2),
        "platform-003": (True, 2),
        "platform-004": (False, 2),
    }


def test_a_blocked_cluster_gives_code_3_and_nothing_else_is_said_but_progress(night) -> None:
    ended, _ = night
    assert (ended.code, "Traceback" in ended.stderr, "bug" in ended.stderr) == (3, False, False)


def test_no_request_of_an_audit_could_write(fleet: RunningFleet, night) -> None:
    figures = fleet.figures()
    assert figures["violations"] == []
    assert min(figures["requests"][kind] for kind in ("arm", "resource graph", "kubernetes", "token")) > 0


def test_no_api_server_is_asked_more_than_four_things_at_once(fleet: RunningFleet, night) -> None:
    assert fleet.figures()["most_at_once"]["api_server"] <= 4


def test_a_fleet_of_ready_clusters_with_a_forbidden_one_gives_code_5(tmp_path: Path) -> None:
    with running(Shape(clusters=6, subscriptions=3, forbidden=1), Weather(latency_s=0.0)) as fleet:
        ended = audit(fleet, tmp_path, "--all-subscriptions", "--name", "overlay-ready-*")
    found = {row.name: row.verdict for row in index(tmp_path).clusters}
    assert (ended.code, found) == (5, {"overlay-ready-0002": Verdict.READY, "overlay-ready-0005": None})
