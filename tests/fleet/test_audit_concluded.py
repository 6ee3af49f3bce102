"""What a run says at its end of what it did not look at."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from analyzer.engine import tool
from analyzer.fleet.audit import Conducted, begin, conclude
from analyzer.fleet.judging import Finished
from analyzer.fleet.plan import Plan, PlannedCluster
from analyzer.model.fleet_report import FleetCluster, Readiness, SeenSubscription
from analyzer.model.report import Verdict
from analyzer.model.waiver import JudgedWaiver, Waiver, WaiverStanding
from analyzer.store.folder import open_folder
from rules import CATALOG

STORE = PlannedCluster(file="store", id="/subscriptions/s1/x/store", name="store", subscription="s1")
ROW = FleetCluster(
    id=STORE.id, name="store", resource_group="", subscription="s1", readiness=Readiness.READY, verdict=Verdict.READY
)
UNUSED = JudgedWaiver(
    waiver=Waiver(id="w", rule="REI-PDB", reason="r", owner="o", expires="2099-12-31", ticket="T-1"),
    standing=WaiverStanding.ELSEWHERE,
)
SEEN = SeenSubscription(id="s1", name="Shop", seen=True, clusters=1)
PLAN = Plan(
    began="2026-11-22T02:00:00Z",
    tool=tool("0", CATALOG),
    scope="all subscriptions",
    target="overlay,cilium",
    as_of="2026-11-22",
    inputs={},
    waivers="",
    subscriptions=(SEEN,),
    subscriptions_note="",
    clusters=(STORE,),
)


def standing(root: Path, plan: Plan) -> WaiverStanding:
    """What becomes of a waiver that no judged cluster needs."""
    folder = open_folder(str(root))
    run = begin(folder, plan)
    report = conclude(run, folder, Conducted({"store": Finished(row=ROW, waivers=(UNUSED,))}), None)
    return report.waivers[0].standing


def test_a_waiver_is_unused_where_every_cluster_was_looked_at(tmp_path: Path) -> None:
    assert standing(tmp_path, PLAN) is WaiverStanding.UNUSED


@pytest.mark.parametrize(
    "plan",
    [
        replace(PLAN, subscriptions_known=False),
        replace(PLAN, subscriptions=(replace(SEEN, seen=False),)),
        replace(PLAN, subscriptions=(replace(SEEN, clusters=2, excluded=1),)),
    ],
    ids=["subscriptions that nobody listed", "a subscription that was not seen", "a cluster that filters leave out"],
)
def test_a_waiver_may_be_for_what_was_not_looked_at(plan: Plan, tmp_path: Path) -> None:
    assert standing(tmp_path, plan) is WaiverStanding.UNSEEN
