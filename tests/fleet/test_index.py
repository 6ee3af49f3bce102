"""The index: worst first, nothing left out, and the same whatever order the clusters were judged in."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
from fleet_nights import VERDICTS

from analyzer.cli.exit_codes import FailOn, fleet_exit_codes, worst
from analyzer.fleet.index import History, Run, fleet_report, night_of, trend
from analyzer.model.difference import FleetDifference
from analyzer.model.fleet_report import (
    FleetCluster,
    FleetReport,
    Night,
    Readiness,
    SeenSubscription,
    Stop,
    UnreadCause,
)
from analyzer.model.report import Tool
from analyzer.model.waiver import JudgedWaiver, Waiver, WaiverStanding

TOOL = Tool(name="aks-preflight", version="0", rule_pack_version="0", rule_pack_hash="", rule_count=7)


def run(**changes: Any) -> Run:
    fields: dict[str, Any] = {
        "tool": TOOL,
        "began": "2026-11-22T02:00:00Z",
        "scope": "all subscriptions",
        "target": "overlay,cilium",
        "as_of": "2026-11-22",
    }
    return Run(**(fields | changes))


def row(name: str, readiness: Readiness = Readiness.READY, subscription: str = "s1", **more: Any) -> FleetCluster:
    fields: dict[str, Any] = {
        "id": f"/subscriptions/{subscription}/rg/{name}",
        "name": name,
        "resource_group": "rg",
        "subscription": subscription,
        "readiness": readiness,
        "verdict": VERDICTS[readiness],
        "collected_at": "2026-11-22T02:01:00Z",
    }
    return FleetCluster(**fields | more)


def gone(name: str, subscription: str) -> FleetCluster:
    detail = f"404 SubscriptionNotFound on {subscription}"
    return row(name, Readiness.UNREAD, subscription, cause=UnreadCause.SUBSCRIPTION_GONE.value, detail=detail)


def stops(*rules: str) -> tuple[Stop, ...]:
    return tuple(Stop(rule=rule, title=f"Title of {rule}" if rule else "Refused") for rule in rules)


IN_ORDER = (
    row("u", Readiness.UNREAD, cause=UnreadCause.FORBIDDEN.value),
    row("n", Readiness.NEW_CLUSTER, stops=stops("")),
    row("c", Readiness.BLOCKED, stops=stops("OVL-B", "CIL-A")),
    row("a", Readiness.BLOCKED, stops=stops("CIL-A")),
    row("B", Readiness.BLOCKED, subscription="s1", stops=stops("CIL-A")),
    row("b", Readiness.BLOCKED, subscription="s2", stops=stops("CIL-A")),
    row("i", Readiness.UNCERTAIN),
    row("r", Readiness.RISKS),
    row("y", Readiness.READY),
    row("t", Readiness.ARRIVED),
)


def test_the_worst_comes_first_then_the_one_with_more_blockers_then_by_name_and_id() -> None:
    assert fleet_report(run(), reversed(IN_ORDER)).clusters == IN_ORDER


def test_the_order_in_which_clusters_were_judged_plays_no_part() -> None:
    reports = {fleet_report(run(), order) == fleet_report(run(), IN_ORDER[:5]) for order in permutations(IN_ORDER[:5])}
    assert reports == {True}


@pytest.mark.parametrize(
    ("collected_at", "told"),
    [
        ("2026-11-21T02:00:00Z", "Odd."),
        ("2026-11-21T01:59:59Z", "Odd. Its evidence is of 21 November 2026, 01:59 UTC."),
        ("2026-05-03T00:00:00+00:00", "Odd. Its evidence is of 3 May 2026, 00:00 UTC."),
        ("2026-11-22T01:00:00", "Odd. Its evidence is of 2026-11-22T01:00:00."),
        ("yesterday", "Odd. Its evidence is of yesterday."),
        (None, "Odd. Its evidence has no date."),
    ],
)
def test_a_row_that_was_judged_by_evidence_of_another_day_says_so(collected_at: str | None, told: str) -> None:
    (found,) = fleet_report(run(), [row("y", collected_at=collected_at, detail="Odd.")]).clusters
    assert found.detail == told


def test_a_row_that_was_not_judged_has_no_evidence_to_be_old() -> None:
    unread = row("u", Readiness.UNREAD, collected_at=None, detail="403.")
    assert fleet_report(run(), [unread]).clusters == (unread,)


def test_rows_of_one_cluster_that_several_targets_led_to_say_so() -> None:
    rows = (row("a", id="/SUBSCRIPTIONS/s1/rg/a", detail="Odd."), row("a"), row("b"), row("", id=""), row("", id=""))
    told = "It is one of 2 rows of this cluster."
    details = sorted(item.detail for item in fleet_report(run(), rows).clusters)
    assert details == ["", "", "", told, f"Odd. {told}"]


def test_rules_that_stop_a_cluster_have_their_titles_once() -> None:
    assert fleet_report(run(), IN_ORDER).rules == {"CIL-A": "Title of CIL-A", "OVL-B": "Title of OVL-B"}


def test_a_report_carries_what_is_known_of_its_run() -> None:
    waiver = Waiver(id="w", rule="CIL-A", reason="r", owner="o", expires="2027-01-01", ticket="T-1")
    judged = (JudgedWaiver(waiver=waiver, standing=WaiverStanding.EXPIRED),)
    baseline = FleetDifference(before="2026-11-21T02:00:00Z", after="2026-11-22T02:00:00Z")
    earlier = Night(run="2026-11-21T02:00:00Z", ready=1, blocked=2, unknown=3)
    seen = (SeenSubscription(id="s1", name="Shop", seen=True, clusters=1),)
    known = run(
        inputs={"--pod-cidr": "10.0.0.0/8"},
        is_partial=True,
        pending=4,
        subscriptions=seen,
        subscriptions_note="why",
        subscriptions_known=False,
    )
    assert fleet_report(known, [row("y")], judged, History(nights=(earlier,), baseline=baseline)) == FleetReport(
        tool=TOOL,
        run="2026-11-22T02:00:00Z",
        scope="all subscriptions",
        target="overlay,cilium",
        as_of="2026-11-22",
        inputs={"--pod-cidr": "10.0.0.0/8"},
        partial=True,
        pending=4,
        subscriptions=seen,
        subscriptions_note="why",
        subscriptions_known=False,
        clusters=(row("y"),),
        rules={},
        waivers=judged,
        trend=(earlier, Night(run="2026-11-22T02:00:00Z", ready=1, blocked=0, unknown=4)),
        baseline=baseline,
    )


def test_a_subscription_whose_every_cluster_was_gone_was_not_seen() -> None:
    listed = (
        SeenSubscription(id="S3", name="vanished", seen=True, clusters=2),
        SeenSubscription(id="s2", name="half", seen=True, clusters=2),
        SeenSubscription(id="s1", name="Shop", seen=True),
        SeenSubscription(id="s0", name="forbidden", seen=False, detail="403"),
    )
    rows = [gone("a", "s3"), gone("b", "s3"), gone("c", "s2"), row("d", subscription="s2")]
    assert fleet_report(run(subscriptions=listed), rows).subscriptions == (
        SeenSubscription(id="s0", name="forbidden", seen=False, detail="403"),
        SeenSubscription(id="s2", name="half", seen=True, clusters=2),
        SeenSubscription(id="s1", name="Shop", seen=True),
        SeenSubscription(id="S3", name="vanished", seen=False, detail="404 SubscriptionNotFound on s3", clusters=2),
    )


def test_a_night_leaves_nobody_out() -> None:
    report = fleet_report(run(is_partial=True, pending=3), IN_ORDER)
    assert night_of(report) == Night(run="2026-11-22T02:00:00Z", ready=3, blocked=5, unknown=2 + 3)


def night(day: int, ready: int = 1) -> Night:
    return Night(run=f"2026-{day // 28 + 1:02}-{day % 28 + 1:02}T02:00:00Z", ready=ready, blocked=0, unknown=0)


def test_a_trend_has_each_run_once_the_oldest_first_and_ninety_at_most() -> None:
    nights = [night(day) for day in range(100)]
    assert trend([*reversed(nights), night(99, ready=7)]) == (*nights[10:99], night(99, ready=7))


CODES = [
    # clusters, --fail-on, the run's code
    ((), FailOn.NEVER, 5),
    ((row("y"),), FailOn.INDETERMINATE, 0),
    ((row("y"), row("r", Readiness.RISKS)), FailOn.INDETERMINATE, 0),
    ((row("y"), row("r", Readiness.RISKS)), FailOn.RISKS, 4),
    ((row("y"), row("i", Readiness.UNCERTAIN)), FailOn.INDETERMINATE, 5),
    ((row("b", Readiness.BLOCKED), row("i", Readiness.UNCERTAIN)), FailOn.INDETERMINATE, 3),
    ((row("b", Readiness.BLOCKED), row("i", Readiness.UNCERTAIN)), FailOn.NEVER, 0),
    ((row("y"), gone("g", "s1")), FailOn.NEVER, 5),
    ((row("b", Readiness.BLOCKED), gone("g", "s1")), FailOn.BLOCKED, 3),
    ((gone("g", "s1"), row("u", Readiness.UNREAD, cause="unreachable")), FailOn.INDETERMINATE, 6),
    ((gone("g", "s1"), row("u", Readiness.UNREAD, cause="deadline")), FailOn.INDETERMINATE, 5),
]


@pytest.mark.parametrize(("rows", "fail_on", "code"), CODES)
def test_the_code_of_an_audit(rows: tuple[FleetCluster, ...], fail_on: FailOn, code: int) -> None:
    assert worst(fleet_exit_codes(fleet_report(run(), rows), fail_on)) == code


def test_a_subscription_that_was_not_seen_is_never_a_success() -> None:
    unseen = SeenSubscription(id="s9", seen=False, detail="403")
    report = fleet_report(run(subscriptions=(unseen,)), [row("y")])
    assert worst(fleet_exit_codes(report, FailOn.NEVER)) == 5


def test_an_interrupted_audit_ends_with_130_whatever_it_found() -> None:
    report = fleet_report(run(is_partial=True, pending=2), [row("b", Readiness.BLOCKED)])
    assert worst(fleet_exit_codes(report, FailOn.INDETERMINATE)) == 130
    assert worst(fleet_exit_codes(fleet_report(run(is_partial=True), []), FailOn.NEVER)) == 130
