from __future__ import annotations

import fleet_nights as nights
import pytest
from msgspec.structs import replace

from analyzer.model.fleet_report import FleetReport, Night
from analyzer.model.report import Verdict
from reports.fleet import headline
from reports.fleet.causes import blockers, to_read, unread
from reports.fleet.deadlines import Ending, endings, undated
from reports.fleet.text import summary
from reports.fleet.trend import Line, lines

UNSEEN = replace(nights.good(), subscriptions=nights.SEEN)
UNCOUNTED = replace(nights.good(), subscriptions_known=False)
CUT = replace(nights.good(), partial=True)
WAITING = replace(nights.good(), pending=3)
UNREAD = replace(nights.good(), clusters=(nights.FORBIDDEN, nights.READY))
RISKY = replace(nights.good(), clusters=(nights.RISKY, nights.READY))
UNKNOWN = replace(nights.good(), clusters=(nights.OPEN, nights.READY))


@pytest.mark.parametrize(
    ("report", "tone"),
    [
        (nights.good(), Verdict.READY),
        (nights.of_file(), Verdict.READY),
        (RISKY, Verdict.READY_WITH_RISKS),
        (UNKNOWN, Verdict.INDETERMINATE),
        (UNREAD, Verdict.INDETERMINATE),
        (UNSEEN, Verdict.INDETERMINATE),
        (UNCOUNTED, Verdict.INDETERMINATE),
        (CUT, Verdict.INDETERMINATE),
        (WAITING, Verdict.INDETERMINATE),
        (nights.empty(), Verdict.INDETERMINATE),
        (nights.rich(), Verdict.BLOCKED),
    ],
)
def test_a_fleet_is_ready_only_where_all_of_it_was_seen_and_is_ready(report: FleetReport, tone: Verdict) -> None:
    assert headline.tone(report) is tone


@pytest.mark.parametrize(
    ("report", "title"),
    [
        (nights.good(), "2 of 2 clusters ready"),
        (nights.rich(), "3 of 19 clusters ready"),
        (WAITING, "2 of 5 clusters ready"),
        (UNREAD, "1 of 2 clusters ready"),
        (nights.empty(), "No cluster was judged"),
        (replace(nights.empty(), pending=1), "0 of 1 cluster ready"),
    ],
)
def test_the_title_counts_what_was_not_judged_among_all(report: FleetReport, title: str) -> None:
    assert headline.title(report) == title


def test_every_cluster_is_in_one_count() -> None:
    assert headline.found(nights.rich()) == (
        "7 clusters: 1 could not be read, 1 needs a new cluster, 1 blocked, 1 not known yet, 1 ready with risks,"
        " 1 ready now, 1 on the target."
    )
    assert headline.found(nights.crowd(20, 2)).startswith("20 clusters: 2 could not be read, 2 need a new cluster,")


@pytest.mark.parametrize(
    ("report", "said"),
    [
        (nights.rich(), "Saw 3 of 4 subscriptions. 2 clusters are left out by filters."),
        (nights.of_file(), "The targets came from fleet.yaml."),
        (replace(nights.of_file(), subscriptions_note=""), "Only the clusters that were named were looked at."),
        (
            replace(nights.good(), subscriptions_known=False),
            "Saw 2 of at least 2 subscriptions. 2 clusters are left out by filters.",
        ),
        (
            replace(nights.good(), subscriptions_note="Nobody knows how many there are."),
            "Saw 2 of 2 subscriptions. Nobody knows how many there are. 2 clusters are left out by filters.",
        ),
    ],
)
def test_how_much_of_the_fleet_was_seen_is_always_said(report: FleetReport, said: str) -> None:
    assert headline.seen(report) == said


def test_of_many_subscriptions_that_were_not_seen_the_first_are_named_and_the_others_counted() -> None:
    missed = tuple(replace(nights.SEEN[1], id=f"s{place}", name="", detail="") for place in range(7))
    assert headline.unseen(replace(nights.good(), subscriptions=missed)) == (
        "Not seen: s0: no reason was recorded. s1: no reason was recorded. s2: no reason was recorded."
        " s3: no reason was recorded. s4: no reason was recorded. And 2 more."
    )


def test_deadlines_are_counted_nearest_first_with_those_that_wait() -> None:
    assert endings(nights.rich()) == (
        Ending("Azure NPM on Windows nodes", "2026-09-30", -53, 1, 1),
        Ending("kubenet", "2028-03-31", 495, 3, 1),
        Ending("Azure NPM on Linux nodes", "2028-09-30", 678, 1, 1),
    )


def test_a_cluster_whose_use_is_not_known_counts_as_not_known() -> None:
    half_read = replace(nights.READY, deadlines_unread=("Azure NPM on Windows nodes",))
    assert undated(replace(nights.good(), clusters=(nights.FORBIDDEN, half_read, nights.ARRIVED), pending=4)) == 6


def test_the_trend_is_three_lines_on_one_scale() -> None:
    found = lines((Night(run="a", ready=0, blocked=10, unknown=5), Night(run="b", ready=5, blocked=8, unknown=5)))
    assert found == (
        Line(
            title="Ready",
            tone=Verdict.READY,
            icon="READY",
            last=5,
            change="+5",
            points="0.0,60.0 300.0,32.0",
            area="0,60 0.0,60.0 300.0,32.0 300,60",
            alternative="Ready from a to b: 0 at first, 5 at last, 0 at least, 5 at most.",
        ),
        Line(
            title="Blocked",
            tone=Verdict.BLOCKED,
            icon="BLOCKED",
            last=8,
            change="−2",
            points="0.0,4.0 300.0,15.2",
            area="0,60 0.0,4.0 300.0,15.2 300,60",
            alternative="Blocked from a to b: 10 at first, 8 at last, 8 at least, 10 at most.",
        ),
        Line(
            title="Unknown or not read",
            tone=Verdict.INDETERMINATE,
            icon="INDETERMINATE",
            last=5,
            change="no change",
            points="0.0,32.0 300.0,32.0",
            area="0,60 0.0,32.0 300.0,32.0 300,60",
            alternative="Unknown or not read from a to b: 5 at first, 5 at last, 5 at least, 5 at most.",
        ),
    )


def test_one_run_is_no_trend() -> None:
    assert lines(nights.TREND[:1]) == ()
    nothing = Night(run="a", ready=0, blocked=0, unknown=0)
    assert [line.points for line in lines((nothing, nothing))] == ["0.0,60.0 300.0,60.0"] * 3


def test_what_holds_the_fleet_back_is_counted_once_for_each_thing() -> None:
    report = nights.crowd(10, 1)
    assert [(cause.title, cause.rule, len(cause.clusters)) for cause in blockers(report)] == [
        (nights.WINDOWS.title, nights.WINDOWS.rule, 3),
        (nights.MASQUERADE.title, nights.MASQUERADE.rule, 3),
        (nights.OVERLAP.title, nights.OVERLAP.rule, 3),
        (nights.STUCK.stops[0].title, "", 1),
    ]
    assert [(cause.title, cause.names) for cause in unread(report)] == [("forbidden", ("vault-0000",))]
    assert [(cause.title, cause.names) for cause in to_read(report)] == [
        ("network_policies", ("reports-0005",)),
        ("pods", ("reports-0005",)),
    ]


def test_a_cluster_without_a_cause_still_counts_as_unread() -> None:
    lost = replace(nights.FORBIDDEN, cause="", detail="")
    (cause,) = unread(replace(nights.good(), clusters=(lost,)))
    assert (cause.title, cause.names) == ("no reason was recorded", ("vault",))


def test_the_summary_says_what_was_not_seen() -> None:
    assert summary(nights.rich()) == (
        "3 of 19 clusters ready\n"
        "7 clusters: 1 could not be read, 1 needs a new cluster, 1 blocked, 1 not known yet, 1 ready with risks,"
        " 1 ready now, 1 on the target.\n"
        "The run was interrupted: 12 clusters were not looked at, and nothing is known of them.\n"
        "Saw 3 of 4 subscriptions. 2 clusters are left out by filters.\n"
        "Not seen: Archive (44444444-2222-3333-4444-555555555555): 404 SubscriptionNotFound on GET"
        " /subscriptions/44444444-2222-3333-4444-555555555555 after it was listed.\n"
        "Since the run of 21 November 2026, 02:00 UTC: 6 clusters differ; 2 unchanged, of which 1 still not known."
        " Blockers and risks: 1 new, 1 seen for the first time, 2 fixed, 1 out of sight, which is not fixed.\n"
    )
