"""The record of a decision: one screen whatever the names are, nothing that acts, everything in the JSON."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from analyzer.model.approval import Approval, Criterion, Holding, Judged
from analyzer.model.difference import Turn
from analyzer.model.report import ClusterSummary, Tool, Verdict
from reports.gate import GATE_FORMATS, render_json, render_markdown, render_text

TOOL = Tool(name="aks-preflight", version="0.1.0", rule_pack_version="0.1.0", rule_pack_hash="3bf3" * 16, rule_count=92)
SHOP = ClusterSummary(
    id="/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/shop-rg/providers"
    "/Microsoft.ContainerService/managedClusters/shop",
    name="shop",
    resource_group="shop-rg",
)
NO_GO = Approval(
    go=False,
    decided_at="2026-11-22T14:00:00Z",
    cluster=SHOP,
    target="overlay,cilium",
    approved_file_hash="f" * 64,
    approved=Judged(
        verdict=Verdict.READY,
        as_of="2026-11-21",
        snapshot_hash="a" * 64,
        collected_at="2026-11-22T06:00:00Z",
        tool=TOOL,
    ),
    now=Judged(
        verdict=Verdict.READY_WITH_RISKS,
        as_of="2026-11-22",
        snapshot_hash="b" * 64,
        collected_at="2026-11-22T13:59:00Z",
        tool=TOOL,
    ),
    criteria=(
        Criterion(name="same cluster", holding=Holding.MET, detail="the ARM id is the approved one"),
        Criterion(name="verdict now", holding=Holding.DRIFTED, detail="Ready with risks, approved Ready"),
        Criterion(name="new evidence", holding=Holding.UNKNOWN, detail="its time is not recorded"),
        Criterion(name="approved verdict", holding=Holding.BLOCKED, detail="Blocked"),
    ),
    failing=("new risk REI-PDB at overlay: shop/PodDisruptionBudget/cart",),
    drift=(Turn(what="Kubernetes version", before="1.33.5", after="1.33.7"),),
    notes=("the rules are others than those that judged for the approval",),
)
GO = replace(NO_GO, go=True, criteria=NO_GO.criteria[:1], failing=(), drift=(), notes=())
SCREEN = f"""\
NO-GO  shop to Azure CNI Overlay with the Cilium data plane
    /subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/shop-rg/p
    roviders/Microsoft.ContainerService/managedClusters/shop

  ok      same cluster       the ARM id is the approved one
  FAILED  verdict now        Ready with risks, approved Ready
  FAILED  new evidence       its time is not recorded
  FAILED  approved verdict   Blocked
  ! new risk REI-PDB at overlay: shop/PodDisruptionBudget/cart
  ! Kubernetes version: 1.33.7; approved 1.33.5
  - the rules are others than those that judged for the approval

approved report {"f" * 64}
  its evidence  {"a" * 64}
evidence now    {"b" * 64}
collected       22 November 2026, 06:00 UTC; now 22 November 2026, 13:59 UTC
decided         22 November 2026, 14:00 UTC; version 0.1.0, rules 3bf33bf33bf3
"""


def test_the_screen_says_the_decision_each_criterion_what_failed_and_by_what_evidence() -> None:
    assert render_text(NO_GO) == SCREEN


def test_a_go_has_no_line_that_failed() -> None:
    lines = render_text(GO).splitlines()
    assert lines[0] == "GO  shop to Azure CNI Overlay with the Cilium data plane"
    assert [line for line in lines if line.startswith(("  FAILED", "  !", "  -"))] == []


def test_the_page_is_the_screen_in_a_block_of_code() -> None:
    assert render_markdown(NO_GO) == f"### NO-GO\n\n```text\n{SCREEN}```\n"


def test_the_json_holds_everything() -> None:
    assert msgspec.json.decode(render_json(NO_GO), type=Approval) == NO_GO
    assert json.loads(render_json(NO_GO))["schemaVersion"] == "1.0"


ATTACKS = ("```\n# owned <script>alert(1)</script> @team |x| ", "\x1b[2J\u202e\u2028\r\n", "~~~~ [x](y) ", "n" * 9_000)


def crowded(attack: str, many: int = 60) -> Approval:
    """Long lists, and an attack in every name."""
    cluster = ClusterSummary(id=f"/subscriptions/{attack}", name=attack)
    judged: dict[str, Any] = {"approved": replace(NO_GO.approved, collected_at=attack), "now": NO_GO.now}
    return replace(
        NO_GO,
        cluster=cluster,
        target=attack,
        criteria=tuple(Criterion(name="drift", holding=Holding.DRIFTED, detail=attack) for _ in range(8)),
        failing=(attack,) * many,
        drift=(Turn(what=attack, before=attack, after=attack),) * many,
        notes=(attack,) * many,
        **judged,
    )


@pytest.mark.parametrize("attack", ATTACKS)
def test_names_neither_leave_the_screen_nor_act_on_it(attack: str) -> None:
    text, page = render_text(crowded(attack)), render_markdown(crowded(attack))
    lines = text.removesuffix("\n").split("\n")
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 80
    assert all(line.isprintable() for line in lines)
    assert len(page) < 4000
    assert [line for line in page.split("\n") if line[:4].lstrip().startswith(("```", "~~~"))] == ["```text", "```"]
    assert "\x1b" not in render_json(crowded(attack))


def test_an_id_of_backticks_does_not_end_the_block_of_code() -> None:
    fence = replace(NO_GO, cluster=ClusterSummary(id="/subscriptions/".ljust(76, "x") + "```", name="shop"))
    assert "\n    ```\n" in render_markdown(fence)


def test_of_each_kind_of_lines_some_are_shown_and_the_rest_is_counted() -> None:
    lines = render_text(crowded("x")).splitlines()
    shown = [line for line in lines if line.startswith(("  ! ", "  - ", "  and"))]
    assert shown[-1] == f"  and {180 - (len(shown) - 1)} more: --format json"
    assert {line for line in shown[:-1]} == {"  ! x", "  ! x: x; approved x", "  - x"}


def test_the_formats_are_those_that_the_help_names() -> None:
    assert tuple(GATE_FORMATS) == ("text", "json", "markdown")
