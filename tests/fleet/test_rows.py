"""Rows of the index: what each says of its cluster, and what it never says of something that was not read."""

from __future__ import annotations

from typing import Any

import healthy
import pytest
from msgspec.structs import replace

from analyzer.engine import Question, judge
from analyzer.fleet.deadlines import deadlines, deadlines_unread
from analyzer.fleet.rows import NamedCluster, row_of, unread_row
from analyzer.fleet.voices import families, family_of, voices
from analyzer.model.finding import Confidence, ObjectRef, Severity
from analyzer.model.fleet_report import FAMILIES, Deadline, FamilyCell, FleetCluster, Readiness, Stop, UnreadCause
from analyzer.model.report import (
    ClusterSummary,
    Coverage,
    PoolSummary,
    Report,
    ReportedFinding,
    ReportedGap,
    ReportedPath,
    ReportedStep,
    Result,
    RuleSummary,
    State,
    StateSummary,
    Tool,
    Verdict,
)
from analyzer.model.snapshot import Snapshot
from analyzer.model.source import READS, KubernetesRead, Source
from analyzer.model.step import Inputs, Target
from rules import CATALOG

NAMED = NamedCluster(id="/subscriptions/s1/x/shop", name="shop", resource_group="rg", subscription="s1")
OBSERVED = StateSummary(plugin="azure", ipam="node-subnet", dataplane="azure", policy="azure")
UNKNOWN = StateSummary(plugin="unknown", ipam="unknown", dataplane="unknown", policy="unknown")


def judged(snapshot: Snapshot, target: Target = Target.OVERLAY_CILIUM) -> Report:
    question = Question(
        target=target, inputs=Inputs(), as_of=healthy.AS_OF, snapshot_hash="ab" * 32, tool_version="0.1.0"
    )
    return judge(snapshot, question, CATALOG)


def of(snapshot: Snapshot, target: Target = Target.OVERLAY_CILIUM) -> FleetCluster:
    return row_of(judged(snapshot, target), {}, NAMED)


def pool(name: str, os_type: str) -> PoolSummary:
    return PoolSummary(
        name=name,
        mode="User",
        os_type=os_type,
        count=1,
        max_count=None,
        vm_size="",
        kubernetes_version="",
        node_image_version="",
        subnet="",
    )


def rule(id: str, severity: Severity) -> RuleSummary:
    return RuleSummary(
        id=id,
        title=f"Title of {id}",
        severity=severity,
        confidence=Confidence.DOCUMENTED,
        refused_by_platform=False,
        why="",
        remedy=(),
        sources=(),
    )


def found(severity: Severity, name: str = "web", **more: Any) -> ReportedFinding:
    return ReportedFinding(
        fingerprint=f"{severity}{name}"[:16].ljust(16, "0"),
        severity=severity,
        object=ObjectRef("Pod", name, "shop"),
        message="It is so.",
        evidence=(),
        **more,
    )


def lacked(source: str, cause: str = "forbidden", severity: Severity = Severity.RISK, **more: Any) -> ReportedGap:
    return ReportedGap(source=source, cause=cause, detail=f"403 on {source}", severity=severity, **more)


def step(kind: str, **more: Any) -> ReportedStep:
    return ReportedStep(
        kind=kind,
        verdict=Verdict.BLOCKED,
        command=("az",),
        reimages=1,
        irreversible=True,
        before=OBSERVED,
        after=OBSERVED,
        **more,
    )


RULES = (
    rule("OVL-A", Severity.BLOCKER),
    rule("OVL-B", Severity.BLOCKER),
    rule("POL-C", Severity.RISK),
    rule("CIL-D", Severity.BLOCKER),
    rule("CIL-E", Severity.NOTICE),
    rule("GEN-F", Severity.NOTICE),
    rule("REI-G", Severity.RISK),
)
COVERAGE = (
    Coverage(source="cluster", status="read", count=1),
    Coverage(source="pods", status="partial", count=3),
    Coverage(source="services", status="forbidden"),
)


def made(*results: Result, **changes: Any) -> Report:
    fields: dict[str, Any] = {
        "tool": Tool(name="aks-preflight", version="0", rule_pack_version="0", rule_pack_hash="", rule_count=7),
        "cluster": ClusterSummary(id="/subscriptions/s1/x/shop", name="shop", kubernetes_version="1.33.5"),
        "target": "overlay,cilium",
        "as_of": "2026-11-20",
        "inputs": {},
        "snapshot_hash": "ab" * 32,
        "collected_at": "2026-11-20T06:00:00Z",
        "api_version": None,
        "server": None,
        "verdict": Verdict.BLOCKED,
        "observed": OBSERVED,
        "path": ReportedPath(known=True, steps=(step("cilium"), step("overlay")), reimages=2),
        "coverage": COVERAGE,
        "rules": RULES,
        "pools": (pool("apps", "Linux"), pool("win", "Windows")),
        "results": results,
    }
    return Report(**(fields | changes))


def fails(rule: str, step: str, *items: ReportedFinding, gaps: tuple[ReportedGap, ...] = ()) -> Result:
    return Result(rule=rule, step=step, state=State.FAIL, findings=items, gaps=gaps)


FULL = made(
    fails("CIL-D", "cilium", found(Severity.BLOCKER), found(Severity.BLOCKER, "db"), found(Severity.RISK, "job")),
    Result(rule="POL-C", step="cilium", state=State.UNKNOWN, gaps=(lacked("pods", "partial"), lacked("services"))),
    fails("OVL-A", "overlay", found(Severity.BLOCKER, waiver="w1"), gaps=(lacked("locks", waiver="w2"),)),
    fails("OVL-B", "overlay", found(Severity.BLOCKER)),
    fails("CIL-D", "overlay", found(Severity.BLOCKER)),
    Result(rule="REI-G", step="overlay", state=State.ERROR, reason="The rule broke: KeyError: 'x'"),
    Result(rule="CIL-E", step="overlay", state=State.NOTED, findings=(found(Severity.NOTICE),)),
    Result(rule="GEN-F", step="overlay", state=State.NOTED, findings=(found(Severity.NOTICE, asks="--cli-version"),)),
)


def test_a_row_says_everything_of_its_report_once() -> None:
    assert row_of(FULL, {"html": "clusters/shop.html"}, NAMED) == FleetCluster(
        id="/subscriptions/s1/x/shop",
        name="shop",
        resource_group="rg",
        subscription="s1",
        kubernetes_version="1.33.5",
        readiness=Readiness.BLOCKED,
        verdict=Verdict.BLOCKED,
        after=(
            "Title of CIL-D",
            "Title of OVL-B",
            "Pods (partial)",
            "Services (forbidden)",
            "Title of REI-G (the rule broke)",
        ),
        after_count=5,
        observed=OBSERVED,
        steps=("cilium", "overlay"),
        reimages=2,
        families={
            "cilium": FamilyCell(blockers=1, notices=1),
            "policy": FamilyCell(unknown=1),
            "overlay": FamilyCell(blockers=1, risks=1),
            "reimage": FamilyCell(unknown=1),
        },
        stops=(
            Stop(rule="CIL-D", title="Title of CIL-D", objects=2),
            Stop(rule="OVL-B", title="Title of OVL-B", objects=1),
        ),
        risks=2,
        unread=("pods", "services"),
        waived=2,
        deadlines=(
            Deadline(what="Azure NPM on Windows nodes", date="2026-09-30", days=-51),
            Deadline(what="Azure NPM on Linux nodes", date="2028-09-30", days=680),
        ),
        collected_at="2026-11-20T06:00:00Z",
        snapshot_hash="ab" * 32,
        pages={"html": "clusters/shop.html"},
    )


def test_a_cluster_that_was_not_read_has_its_cause_and_no_clean_cell() -> None:
    row = unread_row(NAMED, UnreadCause.FORBIDDEN, "403 on managedClusters/read for shop. Grant Reader.")
    assert row == FleetCluster(
        id="/subscriptions/s1/x/shop",
        name="shop",
        resource_group="rg",
        subscription="s1",
        readiness=Readiness.UNREAD,
        verdict=None,
        cause="forbidden",
        detail="403 on managedClusters/read for shop. Grant Reader.",
        deadlines_unread=("kubenet", "Azure NPM on Linux nodes", "Azure NPM on Windows nodes"),
    )


def test_what_the_report_lacks_of_names_is_filled_in_from_where_the_cluster_was_found() -> None:
    row = row_of(replace(FULL, cluster=ClusterSummary()), {}, NAMED)
    assert (row.id, row.name, row.resource_group, row.subscription) == (NAMED.id, "shop", "rg", "s1")


BYO = "{networkProfile: {networkPlugin: none}}"
KUBENET = "{networkProfile: {networkPlugin: kubenet, podCidr: 10.244.0.0/16}}"
DYNAMIC = "pools: {apps: {podSubnetID: /x/subnets/p}, system: {podSubnetID: /x/subnets/p}}"
WINDOWS = "pools: {win: {osType: Windows}}"
THERE = "{networkProfile: {networkPluginMode: overlay, podCidr: 10.244.0.0/16}}"
NO_PROFILE = "{networkProfile: <absent>}"
STANDING = [
    ("{}", Target.OVERLAY_CILIUM, Readiness.READY),
    (BYO, Target.OVERLAY_CILIUM, Readiness.NEW_CLUSTER),
    (f"{{{DYNAMIC}}}", Target.OVERLAY_CILIUM, Readiness.NEW_CLUSTER),
    (KUBENET, Target.CILIUM, Readiness.BLOCKED),
    (f"{{{WINDOWS}}}", Target.CILIUM, Readiness.BLOCKED),
    (NO_PROFILE, Target.OVERLAY_CILIUM, Readiness.UNCERTAIN),
    (THERE, Target.OVERLAY, Readiness.ARRIVED),
]


@pytest.mark.parametrize(("patch", "target", "expected"), STANDING)
def test_where_a_cluster_stands(patch: str, target: Target, expected: Readiness) -> None:
    assert of(healthy.with_cluster(healthy.healthy(), patch), target).readiness is expected


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [
        (Verdict.BLOCKED, Readiness.BLOCKED),
        (Verdict.INDETERMINATE, Readiness.UNCERTAIN),
        (Verdict.READY_WITH_RISKS, Readiness.RISKS),
        (Verdict.READY, Readiness.READY),
    ],
)
def test_with_steps_to_do_the_verdict_says_where_it_stands(verdict: Verdict, expected: Readiness) -> None:
    assert row_of(made(verdict=verdict), {}, NAMED).readiness is expected


LEFT: list[Result] = [
    fails("CIL-D", "arrived", found(Severity.BLOCKER)),
    fails("CIL-D", "arrived", found(Severity.RISK)),
    Result(rule="POL-C", step="arrived", state=State.UNKNOWN, gaps=(lacked("pods"),)),
    Result(rule="REI-G", step="arrived", state=State.ERROR, reason="The rule broke: KeyError: 'x'"),
]


@pytest.mark.parametrize("result", LEFT)
def test_what_is_left_or_unread_on_the_target_is_not_arrived(result: Result) -> None:
    report = made(result, verdict=Verdict.READY, path=ReportedPath(known=True))
    assert row_of(report, {}, NAMED).readiness is Readiness.READY


def test_a_notice_on_the_target_weighs_nothing() -> None:
    report = made(FULL.results[6], verdict=Verdict.READY, path=ReportedPath(known=True))
    assert row_of(report, {}, NAMED).readiness is Readiness.ARRIVED


def test_a_refusal_that_no_rule_found_stops_in_its_own_words() -> None:
    steps = (step("overlay"), step("cilium", refused=True, refused_by="CIL-D", ways_out=("Wait",)))
    row = row_of(made(FULL.results[3], path=ReportedPath(known=True, steps=steps)), {}, NAMED)
    refusal = "Move to the Cilium data plane: the platform does not offer it from here"
    assert row.stops == (Stop(rule="", title=refusal), Stop(rule="OVL-B", title="Title of OVL-B"))
    assert (row.steps, row.after) == (("overlay",), (refusal, "Title of OVL-B"))


def test_a_refusal_is_one_with_the_rule_that_found_it_and_comes_first() -> None:
    steps = (step("overlay"), step("cilium", refused=True, refused_by="CIL-D"))
    results = (FULL.results[3], fails("CIL-D", "cilium", found(Severity.BLOCKER)))
    row = row_of(made(*results, path=ReportedPath(known=True, steps=steps)), {}, NAMED)
    assert [stop.rule for stop in row.stops] == ["CIL-D", "OVL-B"]


def test_a_blocker_at_another_step_does_not_explain_the_refusal() -> None:
    steps = (step("cilium"), step("overlay", refused=True, refused_by="CIL-D"))
    row = row_of(
        made(fails("CIL-D", "cilium", found(Severity.BLOCKER)), path=ReportedPath(known=True, steps=steps)), {}, NAMED
    )
    assert [stop.rule for stop in row.stops] == ["", "CIL-D"]


def test_an_unreadable_kubernetes_api_is_one_thing_to_make_readable() -> None:
    snapshot = healthy.healthy()
    lists = [source for source, read in READS.items() if isinstance(read, KubernetesRead)]
    for source in lists:
        snapshot = healthy.without(snapshot, source)
    row = of(snapshot)
    asked = "What only the operator knows (not asked)"
    assert (row.after, row.after_count) == ((asked, "the Kubernetes API (forbidden)"), 2)
    assert len(row.unread) > 10
    assert set(row.unread) <= {"inputs", *(source.value for source in lists)}


def test_of_an_api_that_was_read_in_part_each_list_is_named() -> None:
    snapshot = healthy.without(healthy.partly(healthy.healthy(), Source.PODS, 2), Source.SERVICES)
    row = of(snapshot)
    assert row.readiness is Readiness.UNCERTAIN
    assert set(row.after) == {"Pods (partial)", "Services (forbidden)"}


def test_an_unread_cluster_body_is_what_is_to_be_read_and_no_deadline_is_excluded() -> None:
    row = of(healthy.without(healthy.healthy(), Source.CLUSTER))
    assert row.after == ("Managed cluster (Azure, forbidden)",)
    assert row.deadlines == ()
    assert row.deadlines_unread == ("kubenet", "Azure NPM on Linux nodes", "Azure NPM on Windows nodes")


def test_a_row_names_ten_things_and_counts_them_all() -> None:
    rules = tuple(rule(f"OVL-{number:02}", Severity.BLOCKER) for number in range(12))
    results = (fails(item.id, "overlay", found(Severity.BLOCKER)) for item in rules)
    row = row_of(made(*results, rules=rules), {}, NAMED)
    assert row.after == tuple(f"Title of OVL-{number:02}" for number in range(10))
    assert (row.after_count, len(row.stops)) == (12, 12)


def test_a_waived_finding_counts_only_as_waived() -> None:
    waived = made(
        fails("CIL-D", "cilium", found(Severity.BLOCKER, waiver="w"), found(Severity.RISK, "db", waiver="w")),
        verdict=Verdict.READY,
    )
    row = row_of(waived, {}, NAMED)
    assert (row.families, row.stops, row.after) == ({"cilium": FamilyCell(waived=1)}, (), ())
    assert (row.risks, row.waived) == (0, 2)


def test_an_accepted_gap_is_a_risk_and_no_longer_to_be_read() -> None:
    result = Result(rule="POL-C", step="cilium", state=State.UNKNOWN, gaps=(lacked("pods", waiver="w"),))
    row = row_of(made(result, verdict=Verdict.READY_WITH_RISKS), {}, NAMED)
    assert (row.families, row.unread, row.after) == ({"policy": FamilyCell(risks=1)}, (), ())
    assert (row.risks, row.waived) == (1, 1)


def test_a_gap_that_could_only_be_a_notice_holds_nothing_back_and_is_not_silent() -> None:
    result = Result(rule="CIL-E", step="cilium", state=State.UNKNOWN, gaps=(lacked("pods", severity=Severity.NOTICE),))
    row = row_of(made(result, verdict=Verdict.READY), {}, NAMED)
    assert (row.families, row.unread) == ({"cilium": FamilyCell(notices=1)}, ())


def test_a_rule_that_breaks_and_could_only_note_is_not_silent_either() -> None:
    result = Result(rule="CIL-E", step="cilium", state=State.ERROR, reason="The rule broke.")
    row = row_of(made(result, verdict=Verdict.READY), {}, NAMED)
    assert (row.families, row.after) == ({"cilium": FamilyCell(notices=1)}, ())


def test_a_rule_that_the_report_does_not_describe_is_not_lost() -> None:
    result = Result(rule="NEW-RULE", step="cilium", state=State.ERROR, reason="The rule broke.")
    assert families(voices(made(result))) == {"general": FamilyCell(unknown=1)}


def test_every_rule_has_the_family_of_its_package() -> None:
    packages = {item.id: item.check.__module__.split(".")[1] for item in CATALOG}
    assert {item.id: family_of(item.id) for item in CATALOG} == packages
    assert {family_of(item.id) for item in CATALOG} == set(FAMILIES)


LINUX, WIN, HIDDEN = pool("a", "Linux"), pool("b", "Windows"), pool("c", "unknown")
NPM_ON = ["Azure NPM on Linux nodes", "Azure NPM on Windows nodes"]
USED = [
    # observed, pools, deadlines by the earliest end, not known
    (replace(OBSERVED, policy="none"), (LINUX, WIN), [], []),
    (replace(OBSERVED, plugin="kubenet", policy="calico"), (LINUX,), ["kubenet"], []),
    (OBSERVED, (LINUX,), NPM_ON[:1], []),
    (OBSERVED, (LINUX, WIN), NPM_ON[::-1], []),
    (OBSERVED, (), NPM_ON[:1], NPM_ON[1:]),
    (OBSERVED, (LINUX, HIDDEN), NPM_ON[:1], NPM_ON[1:]),
    (replace(OBSERVED, policy="unknown"), (LINUX, WIN), [], NPM_ON),
    (replace(OBSERVED, policy="unknown"), (LINUX,), [], NPM_ON[:1]),
    (UNKNOWN, (), [], ["kubenet", *NPM_ON]),
]


@pytest.mark.parametrize(("observed", "pools", "used", "unread"), USED)
def test_a_deadline_is_claimed_excluded_or_said_to_be_unknown(
    observed: StateSummary, pools: tuple[PoolSummary, ...], used: list[str], unread: list[str]
) -> None:
    report = made(observed=observed, pools=pools)
    assert [item.what for item in deadlines(report)] == used
    assert list(deadlines_unread(report)) == unread
