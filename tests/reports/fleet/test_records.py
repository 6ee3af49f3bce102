from __future__ import annotations

import csv
import json
import unicodedata
from io import StringIO

import fleet_nights as nights
import msgspec
import pytest
from msgspec.structs import replace

from analyzer.model.fleet_report import FleetReport
from reports.fleet import FLEET_FORMATS
from reports.fleet.records import FIELDS, records
from reports.fleet.rows import linked

FROZEN = (
    "run run_partial clusters_not_looked_at subscriptions_seen subscriptions_asked target as_of tool_version"
    " rule_pack_version rule_pack_hash record cluster_id cluster resource_group subscription subscription_name location"
    " kubernetes_version readiness verdict cause detail partial ready_after ready_after_count plugin ipam dataplane policy"
    " steps reimages blockers unknown risks waived blocker_rules not_read next_deadline next_deadline_date"
    " next_deadline_days deadlines deadlines_known collected_at snapshot_hash page"
    " general_blockers general_unknown general_risks reimage_blockers reimage_unknown reimage_risks overlay_blockers"
    " overlay_unknown overlay_risks kubenet_blockers kubenet_unknown kubenet_risks cilium_blockers cilium_unknown"
    " cilium_risks policy_blockers policy_unknown policy_risks calico_blockers calico_unknown calico_risks"
).split()
COUNTS = [name for name in FROZEN if name.endswith(("blockers", "unknown", "risks", "waived", "reimages", "count"))]
RUN = {
    "run": "2026-11-22T02:00:00Z",
    "run_partial": True,
    "clusters_not_looked_at": 12,
    "subscriptions_seen": 3,
    "subscriptions_asked": 4,
    "target": "overlay,cilium",
    "as_of": "2026-11-22",
    "tool_version": "0.1.0",
    "rule_pack_version": "0.1.0",
    "rule_pack_hash": "3bf34baf" * 8,
}


def test_the_fields_are_frozen() -> None:
    assert list(FIELDS) == FROZEN


def test_a_judged_cluster_has_every_number() -> None:
    found = {item["cluster"]: item for item in records(nights.rich(), "runs/x/")}["checkout"]
    assert {name: value for name, value in found.items() if value != 0} == RUN | {
        "record": "cluster",
        "cluster_id": nights.BLOCKED.id,
        "cluster": "checkout",
        "resource_group": "checkout-rg",
        "subscription": nights.PAYMENTS,
        "subscription_name": "Payments production",
        "location": "westeurope",
        "kubernetes_version": "1.33.5",
        "readiness": "ready after blockers",
        "verdict": "BLOCKED",
        "cause": "",
        "detail": "",
        "ready_after": "Windows node pools cannot join the Cilium data plane | The pod range overlaps the virtual network"
        " | A custom masquerade configuration",
        "ready_after_count": 3,
        "plugin": "kubenet",
        "ipam": "kubenet",
        "dataplane": "azure",
        "policy": "calico",
        "steps": "remove-policy-engine,overlay,cilium",
        "reimages": 3,
        "blockers": 3,
        "unknown": 7,
        "risks": 4,
        "blocker_rules": "CIL-WINDOWS-POOL,OVL-PODCIDR-OVERLAP-VNET,OVL-IPMASQ-CUSTOM",
        "not_read": "network_policies",
        "next_deadline": "kubenet",
        "next_deadline_date": "2028-03-31",
        "next_deadline_days": 495,
        "deadlines": "kubenet 2028-03-31",
        "deadlines_known": True,
        "collected_at": "2026-11-22T02:03:04Z",
        "snapshot_hash": "ab" * 32,
        "page": "runs/x/clusters/checkout.html",
        "reimage_risks": 3,
        "overlay_blockers": 2,
        "overlay_unknown": 1,
        "overlay_risks": 1,
        "cilium_blockers": 1,
        "policy_unknown": 6,
    }


def test_a_cluster_that_was_not_judged_has_no_number_not_even_zero() -> None:
    found = {item["cluster"]: item for item in records(nights.rich(), "")}["vault"]
    assert (found["readiness"], found["verdict"], found["cause"]) == ("could not be read", None, "forbidden")
    assert {found[name] for name in COUNTS} == {None}
    assert (found["deadlines"], found["deadlines_known"]) == (None, False)


def test_a_subscription_that_was_not_seen_has_a_record() -> None:
    found = records(nights.rich(), "")
    assert [item["record"] for item in found] == ["subscription", *["cluster"] * 7]
    assert {name: value for name, value in found[0].items() if value is not None} == RUN | {
        "record": "subscription",
        "subscription": "44444444-2222-3333-4444-555555555555",
        "subscription_name": "Archive",
        "cause": "not seen",
        "detail": nights.SEEN[1].detail,
    }


def test_where_not_all_subscriptions_could_be_listed_their_number_is_not_known() -> None:
    found = records(replace(nights.good(), subscriptions_known=False), "")
    assert [(item["subscriptions_seen"], item["subscriptions_asked"]) for item in found] == [(2, None)] * 2


def test_a_run_that_found_nothing_is_not_an_empty_file() -> None:
    (found,) = records(nights.empty(), "")
    assert (found["record"], found["verdict"], found["detail"]) == (
        "run",
        None,
        "No cluster was found, or none was reached.",
    )


@pytest.mark.parametrize("name", nights.NIGHTS)
def test_every_line_of_json_has_every_key_in_order(name: str) -> None:
    report = nights.NIGHTS[name]()
    text = FLEET_FORMATS["jsonl"](report, "")
    found = [json.loads(line) for line in text.splitlines()]
    assert {tuple(item) for item in found} == {FIELDS}
    assert found == [dict(item) for item in records(report, "")]


@pytest.mark.parametrize("format", ["json", "jsonl", "csv"])
def test_nothing_acts_on_a_terminal(format: str) -> None:
    text = FLEET_FORMATS[format](nights.hostile(), "")
    assert [char for char in text if unicodedata.category(char) in ("Cc", "Cf") and char != "\n"] == []


def test_no_cell_is_a_formula_and_numbers_stay_numbers() -> None:
    rows = list(csv.reader(StringIO(FLEET_FORMATS["csv"](nights.hostile(), ""))))
    assert (len(rows), {len(row) for row in rows}) == (9, {len(FIELDS)})
    cells = [cell for row in rows for cell in row]
    assert [cell for cell in cells if cell.lstrip().startswith(("=", "+", "-", "@")) and cell != "-53"] == []
    assert '\'=HYPERLINK("https://evil.example","x")' in cells
    assert "-53" in cells


def test_csv_has_one_line_each_and_no_other_line_end() -> None:
    text = FLEET_FORMATS["csv"](nights.hostile(), "")
    assert text.count("\n") == 9
    assert text.endswith("\n")
    assert "\r" not in text


@pytest.mark.parametrize("name", nights.NIGHTS)
def test_the_machines_index_is_the_whole_report(name: str) -> None:
    report = nights.NIGHTS[name]()
    text = FLEET_FORMATS["json"](report, "")
    assert msgspec.json.decode(text, type=FleetReport) == report
    assert text.endswith("}\n")


def test_the_machines_index_names_pages_from_where_it_lies() -> None:
    text = FLEET_FORMATS["json"](nights.rich(), "runs/x/")
    assert msgspec.json.decode(text, type=FleetReport) == linked(nights.rich(), "runs/x/")
    pages = {page for item in linked(nights.rich(), "runs/x/").clusters for page in item.pages.values()}
    assert len(pages) == 12
    assert {page.startswith("runs/x/clusters/") for page in pages} == {True}


def test_a_cluster_of_an_unknown_state_has_no_state() -> None:
    (found,) = records(replace(nights.good(), clusters=(replace(nights.READY, observed=None),)), "")
    assert [found[name] for name in ("plugin", "ipam", "dataplane", "policy")] == [None] * 4


def test_a_path_that_is_not_known_is_not_a_path_without_steps() -> None:
    lost = replace(nights.OPEN, steps=(), reimages=0)
    found = records(replace(nights.good(), clusters=(lost, nights.ARRIVED)), "")
    assert [(item["readiness"], item["steps"], item["reimages"]) for item in found] == [
        ("not known yet", None, None),
        ("on the target", "", 0),
    ]
