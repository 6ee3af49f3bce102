from __future__ import annotations

import os
import re
from pathlib import Path

import fleet_nights as nights
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from analyzer.model.fleet_report import FleetReport, Readiness
from reports.fleet import FLEET_FORMATS

GOLDEN = Path(__file__).parent / "golden"
LONGEST = 4000
markdown = FLEET_FORMATS["markdown"]
TEXTS = st.sampled_from(nights.ATTACKS) | st.text(max_size=300)


def test_the_rich_page_is_the_golden_one() -> None:
    page = markdown(nights.rich(), "runs/x/")
    path = GOLDEN / "rich.md"
    if "UPDATE_GOLDENS" in os.environ:
        path.write_text(page, encoding="utf-8")
    assert page == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [*nights.NIGHTS, "many"])
def test_a_page_is_short(name: str) -> None:
    report = {**nights.NIGHTS, "many": lambda: nights.crowd(2000)}[name]()
    page = markdown(report, "runs/x/")
    assert len(page.encode()) < LONGEST


@st.composite
def hostile_fleets(draw: st.DrawFn) -> FleetReport:
    """2,000 clusters in 40 subscriptions of which none was seen, every text anything."""
    one, two, three, four = (draw(TEXTS) for _ in range(4))
    whole = nights.crowd(2000)
    clusters = tuple(
        replace(
            item,
            name=one,
            subscription_name=two,
            cause=three if item.readiness is Readiness.UNREAD else "",
            detail=four,
            after=(one, two, three, four),
            after_count=99,
            stops=tuple(replace(stop, title=four, rule=three) for stop in item.stops),
        )
        for item in whole.clusters
    )
    return replace(
        whole,
        run=one,
        scope=two,
        target=three,
        partial=draw(st.booleans()),
        pending=draw(st.integers(0, 10**6)),
        clusters=clusters,
        subscriptions=tuple(replace(item, name=one, detail=two, seen=False) for item in whole.subscriptions),
        subscriptions_note=three,
        baseline=draw(st.sampled_from([None, nights.BASELINE, nights.hostile().baseline])),
    )


@settings(max_examples=12, deadline=None)
@given(hostile_fleets())
def test_a_page_is_short_whatever_the_fleet_is_called(report: FleetReport) -> None:
    page = markdown(report, "runs/x/")
    assert len(page.encode()) < LONGEST
    assert page.startswith("## ")
    assert "200 clusters" in page


def test_nothing_acts_outside_a_code_span() -> None:
    page = markdown(nights.hostile(), "")
    outside = re.sub(r"`[^`\n]*`", "", page)
    assert [
        mark for mark in ("<", "](", "@", "www.", "http", "{{", "| ", "~~~", "\x1b", "\u202e") if mark in outside
    ] == []
    assert "HYPERLINK" in page


def test_what_was_not_seen_is_on_the_page_before_anything_else() -> None:
    page = markdown(nights.rich(), "")
    titles = re.findall("^### (.*)", page, re.MULTILINE)
    assert titles[:3] == ["Subscriptions not seen: 1", "Could not be read, 1 cluster; causes: 1", "Worse: 2"]
    assert "- The run was interrupted: 12 clusters were not looked at, and nothing is known of them." in page
    assert "- Not known of 13 clusters: what tells was not read" in page


def test_an_empty_run_is_not_a_good_one() -> None:
    page = markdown(nights.empty(), "")
    assert page.startswith("## INDETERMINATE: No cluster was judged\n")
    assert "READY" not in page
