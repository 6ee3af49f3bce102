"""Two audits: which clusters changed, and what their absence proves."""

from __future__ import annotations

from random import Random

import msgspec
import nights
import pytest
from mirrors import mirrored_fleet, mixed, without_worse
from msgspec.structs import replace
from nights import BANKS, DRAIN, NO_BUDGET, SHOPS, WEB, WEB_MARK, report, result, seen

from analyzer.compare import compare_fleets, is_fleet_worse
from analyzer.model.difference import FleetDifference, Passing, Presence, Sight, Turn
from analyzer.model.finding import Severity
from analyzer.model.fleet_report import FleetReport, SeenSubscription
from analyzer.model.report import Report, State, Verdict


def fleets(*sides: tuple[FleetReport, nights.Reports]) -> FleetDifference:
    (old, before), (new, after) = sides
    return compare_fleets(old, new, (nights.reader(before), nights.reader(after)))


def night() -> FleetDifference:
    return fleets((nights.fleet_before(), nights.reports_before()), (nights.fleet_after(), nights.reports_after()))


def test_two_nights_say_of_each_cluster_what_became_of_it() -> None:
    found = {item.difference.name: (item.presence, item.difference.worse) for item in night().clusters}
    assert found == {
        "bank": (Presence.BOTH, True),
        "blog": (Presence.VANISHED, False),
        "gone": (Presence.BOTH, True),
        "kiosk": (Presence.FIRST_SEEN, False),
        "lab": (Presence.OUT_OF_SIGHT, True),
        "ledger": (Presence.BOTH, False),
        "mail": (Presence.BOTH, True),
        "media": (Presence.BOTH, True),
        "shop": (Presence.BOTH, True),
        "store": (Presence.APPEARED, True),
    }


def test_clusters_of_which_nothing_changed_are_counted_and_the_unknown_ones_of_them() -> None:
    found = night()
    assert (found.unchanged, found.still_unknown) == (3, 2)


def test_what_both_audits_were_asked_is_said_once_and_not_of_each_cluster() -> None:
    found = night()
    asked = Turn(what="as of", before="2026-11-21", after="2026-11-22")
    assert found.turns[0] == asked
    assert [item.difference.name for item in found.clusters if asked in item.difference.turns] == []


def test_a_fleet_does_not_differ_from_itself() -> None:
    one = (nights.fleet_after(), {**nights.reports_after(), "gone": report("gone", Verdict.READY)})
    expected = FleetDifference(
        before="2026-11-22T02:00:00Z", after="2026-11-22T02:00:00Z", unchanged=11, still_unknown=3
    )
    assert fleets(one, one) == expected


def test_a_fleet_the_other_way_round_is_the_mirror() -> None:
    sides = (nights.fleet_before(), nights.reports_before()), (nights.fleet_after(), nights.reports_after())
    there, back = fleets(*sides), fleets(*reversed(sides))
    assert mirrored_fleet(there) == without_worse(back)


def test_the_order_of_clusters_changes_nothing() -> None:
    random, found = Random(3), night()
    for _ in range(3):
        old, new = (
            replace(fleet, clusters=mixed(fleet.clusters, random), subscriptions=mixed(fleet.subscriptions, random))
            for fleet in (nights.fleet_before(), nights.fleet_after())
        )
        assert fleets((old, nights.reports_before()), (new, nights.reports_after())) == found


ONE = {"shop": report("shop", Verdict.READY, NO_BUDGET)}
NONE: nights.Reports = {}


def only(
    reports: nights.Reports, *subscriptions: SeenSubscription, **more: object
) -> tuple[FleetReport, nights.Reports]:
    base = nights.fleet(ONE, 22, *subscriptions)
    rows = tuple(nights.row(name, found) for name, found in reports.items())
    return replace(base, clusters=rows, **more), reports


ABSENCES: dict[str, tuple[tuple[FleetReport, nights.Reports], Presence, str]] = {
    "looked": (only(NONE, seen(SHOPS.upper())), Presence.VANISHED, ""),
    "its subscription is not seen": (
        only(NONE, seen(SHOPS, seen=False, detail="403 on it.")),
        Presence.OUT_OF_SIGHT,
        "its subscription was not seen: 403 on it.",
    ),
    "its subscription is not asked for": (
        only(NONE, seen(BANKS)),
        Presence.OUT_OF_SIGHT,
        "its subscription was not asked for",
    ),
    "its subscription may be one that nobody listed": (
        only(NONE, seen(BANKS), subscriptions_known=False),
        Presence.OUT_OF_SIGHT,
        "its subscription is not among those that could be listed",
    ),
    "targets from a file": (only(NONE), Presence.OUT_OF_SIGHT, "the audit's targets do not name it"),
    "targets of which one says of no cluster that it is it": (
        (replace(nights.fleet(ONE, 22), clusters=(replace(nights.row("files", None), id=""),)), NONE),
        Presence.OUT_OF_SIGHT,
        "none of the audit's targets is known to be it",
    ),
    "interrupted": (
        only(NONE, seen(SHOPS), partial=True, pending=4),
        Presence.OUT_OF_SIGHT,
        "the audit was interrupted, 4 of its clusters not looked at",
    ),
    "filtered": (
        only(NONE, seen(SHOPS, clusters=5, excluded=2)),
        Presence.OUT_OF_SIGHT,
        "filters leave out 2 of the clusters of its subscription",
    ),
}


@pytest.mark.parametrize("name", ABSENCES)
def test_a_cluster_is_gone_only_where_the_audit_looked_for_it(name: str) -> None:
    new, presence, cause = ABSENCES[name]
    found = next(item for item in fleets(only(ONE, seen(SHOPS)), new).clusters if item.difference.name in ONE)
    assert (found.presence, found.cause_after, found.difference.worse) == (
        presence,
        cause,
        presence is Presence.OUT_OF_SIGHT,
    )


def test_a_cluster_that_was_never_read_is_no_worse_out_of_sight() -> None:
    unread: nights.Reports = {"mail": None}
    found = fleets(only(unread, seen(SHOPS)), only(NONE, seen(BANKS)))
    assert ([item.presence for item in found.clusters], found.worse) == ([Presence.OUT_OF_SIGHT], False)


def test_ids_are_matched_without_regard_to_case_and_names_where_there_is_no_id() -> None:
    loud = nights.fleet(ONE, 22, seen(SHOPS))
    loud = replace(loud, clusters=tuple(replace(row, id=row.id.upper()) for row in loud.clusters))
    assert fleets(only(ONE, seen(SHOPS)), (loud, ONE)).unchanged == 1
    nameless = replace(loud, clusters=tuple(replace(row, id="") for row in loud.clusters))
    assert fleets((nameless, ONE), (nameless, ONE)).unchanged == 1
    assert len(fleets((nameless, ONE), (loud, ONE)).clusters) == 2


def test_rows_that_share_a_name_and_have_no_id_are_all_compared() -> None:
    row = replace(nights.row("shop", ONE["shop"]), id="")
    twice = replace(nights.fleet(ONE, 22), clusters=(row, replace(row, snapshot_hash="9")))
    assert fleets((twice, ONE), (twice, ONE)).unchanged == 2


def test_no_report_is_read_of_a_cluster_that_was_not_judged_and_each_other_one_once() -> None:
    asked: list[str] = []
    reports = nights.reports_before()

    def reading(row: nights.FleetCluster) -> Report | None:
        asked.append(row.name)
        return reports[row.name]

    compare_fleets(nights.fleet_before(), nights.fleet_before(), (reading, nights.reader(reports)))
    assert sorted(asked) == ["bank", "blog", "dark", "gone", "lab", "ledger", "mail", "same", "shop"]


def test_of_a_cluster_that_one_audit_alone_has_read_blockers_and_risks_are_named_and_notices_are_not() -> None:
    noted = result(DRAIN, "overlay", State.FAIL, WEB, nights.budget("12", "db", severity=Severity.NOTICE))
    found = fleets(
        only(NONE, seen(SHOPS)), only({"shop": report("shop", Verdict.READY_WITH_RISKS, noted)}, seen(SHOPS))
    )
    assert [item.difference.appeared for item in found.clusters] == [(Passing(finding=WEB_MARK, other=Sight.UNKNOWN),)]


def test_a_new_cluster_that_cannot_be_read_is_worse_and_a_ready_one_is_not() -> None:
    nothing = only(NONE, seen(SHOPS))
    assert is_fleet_worse(fleets(nothing, only({"mail": None}, seen(SHOPS))))
    assert not is_fleet_worse(fleets(nothing, only(ONE, seen(SHOPS))))


def test_a_report_that_cannot_be_read_is_never_unchanged() -> None:
    judged_row = only({"gone": None}, seen(SHOPS))
    found = fleets(judged_row, judged_row)
    assert ([item.difference.name for item in found.clusters], found.unchanged, found.worse) == (["gone"], 0, True)


def test_a_difference_can_be_read_back_whole() -> None:
    found = night()
    assert msgspec.json.decode(msgspec.json.encode(found), type=FleetDifference) == found
