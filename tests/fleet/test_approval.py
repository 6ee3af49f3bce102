"""Go only where everything that a go takes is proven: each criterion, met and not met."""

from __future__ import annotations

import datetime
from typing import Any

import healthy
import pytest
from msgspec.structs import replace

from analyzer.engine import Question, judge
from analyzer.fleet.approval import Terms, decide
from analyzer.model.approval import Approval, Holding, Judged
from analyzer.model.finding import ObjectRef, Severity
from analyzer.model.report import (
    ClusterSummary,
    Report,
    ReportedFinding,
    ReportedGap,
    Result,
    State,
    Verdict,
)
from analyzer.model.step import Inputs, Target
from analyzer.model.waiver import JudgedWaiver, Selector, Waiver, WaiverStanding
from rules import CATALOG

AT = datetime.datetime(2026, 11, 22, 12, tzinfo=datetime.UTC)
QUESTION = Question(
    target=Target.OVERLAY_CILIUM, inputs=Inputs(), as_of="2026-11-21", snapshot_hash="a" * 64, tool_version="0"
)
APPROVED = replace(judge(healthy.healthy(), QUESTION, CATALOG), collected_at="2026-11-22T06:00:00Z")
NOW = replace(APPROVED, as_of="2026-11-22", snapshot_hash="b" * 64, collected_at="2026-11-22T11:55:00Z")
RULE = "POL-IPBLOCK-POD"


def decided(
    now: Report = NOW, approved: Report = APPROVED, hours: int = 24, *, named: bool = True, doubt: str = ""
) -> Approval:
    longest = datetime.timedelta(hours=hours)
    terms = Terms(at=AT, max_age=longest, approved_file_hash="f" * 64, is_hash_given=named, server_doubt=doubt)
    return decide(approved, now, terms)


def unmet(approval: Approval) -> list[tuple[str, Holding, str]]:
    return [(item.name, item.holding, item.detail) for item in approval.criteria if item.holding is not Holding.MET]


def finding(severity: Severity = Severity.RISK, **more: Any) -> ReportedFinding:
    return ReportedFinding(
        fingerprint="0123456789abcdef",
        severity=severity,
        object=ObjectRef("NetworkPolicy", "web", "shop"),
        message="It is so.",
        evidence=(),
        **more,
    )


def gap(source: str = "pods", severity: Severity = Severity.RISK, **more: Any) -> ReportedGap:
    return ReportedGap(source=source, cause="forbidden", detail="403", severity=severity, **more)


def says(report: Report, *findings: ReportedFinding, gaps: tuple[ReportedGap, ...] = (), **more: Any) -> Report:
    """The report with this said by one of its rules at the Cilium step."""
    state = State.UNKNOWN if gaps else State.FAIL
    said = Result(rule=RULE, step="cilium", state=state, findings=findings, gaps=gaps)
    others = (item for item in report.results if (item.rule, item.step) != (RULE, "cilium"))
    return replace(report, results=(*others, said), **more)


def test_what_holds_is_a_go_and_the_record_says_of_what() -> None:
    approval = decided()
    assert unmet(approval) == []
    assert [item.name for item in approval.criteria] == [
        "same cluster",
        "approved report",
        "approved verdict",
        "approved evidence",
        "new evidence",
        "verdict now",
        "what fails",
        "drift",
    ]
    assert replace(approval, criteria=()) == Approval(
        go=True,
        decided_at="2026-11-22T12:00:00Z",
        cluster=APPROVED.cluster,
        target="overlay,cilium",
        approved_file_hash="f" * 64,
        approved=Judged(
            verdict=Verdict.READY,
            as_of="2026-11-21",
            snapshot_hash="a" * 64,
            collected_at="2026-11-22T06:00:00Z",
            tool=APPROVED.tool,
        ),
        now=Judged(
            verdict=Verdict.READY,
            as_of="2026-11-22",
            snapshot_hash="b" * 64,
            collected_at="2026-11-22T11:55:00Z",
            tool=NOW.tool,
        ),
        criteria=(),
    )


def test_rules_that_judged_for_the_approval_and_do_not_judge_now_are_no_go() -> None:
    fewer = tuple(rule for rule in NOW.rules if rule.id != RULE)
    approval = decided(replace(NOW, rules=fewer))
    assert not approval.go
    assert unmet(approval) == [("what fails", Holding.UNKNOWN, f"{RULE} judged for the approval, and not now")]


def test_an_api_server_that_nothing_proves_to_be_the_clusters_is_no_go_unless_it_is_the_approved_one() -> None:
    doubt = "The API server is reached as 127.0.0.1, which does not say which cluster it is"
    tunnel = replace(NOW, server="https://127.0.0.1:6443")
    approval = decided(tunnel, doubt=doubt)
    assert not approval.go
    assert unmet(approval) == [("same cluster", Holding.UNKNOWN, doubt)]
    assert unmet(decided(tunnel, replace(APPROVED, server=tunnel.server), doubt=doubt)) == []


def test_a_hash_that_was_not_given_is_said_not_to_have_been_compared() -> None:
    found = [(decided(named=named).go, decided(named=named).criteria[1]) for named in (True, False)]
    assert [(go, item.holding, item.detail) for go, item in found] == [
        (True, Holding.MET, "its sha256 is the one that was given"),
        (True, Holding.NOT_ASKED, "not compared: give --approved-hash SHA256"),
    ]


@pytest.mark.parametrize(
    ("verdict", "holding", "word"),
    [
        (Verdict.BLOCKED, Holding.BLOCKED, "Blocked"),
        (Verdict.INDETERMINATE, Holding.UNKNOWN, "Indeterminate"),
    ],
)
def test_what_was_not_ready_at_the_approval_is_never_a_go(verdict: Verdict, holding: Holding, word: str) -> None:
    approval = decided(approved=replace(APPROVED, verdict=verdict))
    assert not approval.go
    assert unmet(approval) == [("approved verdict", holding, word)]


def test_a_report_of_an_interrupted_run_cannot_be_approved() -> None:
    approval = decided(approved=replace(APPROVED, partial=True))
    assert unmet(approval) == [("approved verdict", Holding.UNKNOWN, "Ready, and its run was interrupted")]
    assert not approval.go


def test_ready_with_the_same_risks_still_holds() -> None:
    risky = [says(report, finding(), verdict=Verdict.READY_WITH_RISKS) for report in (NOW, APPROVED)]
    assert unmet(decided(*risky)) == []


WORSE = [
    (Verdict.READY_WITH_RISKS, Holding.DRIFTED, "Ready with risks, approved Ready"),
    (Verdict.INDETERMINATE, Holding.UNKNOWN, "Indeterminate, approved Ready"),
    (Verdict.BLOCKED, Holding.BLOCKED, "Blocked, approved Ready"),
]


@pytest.mark.parametrize(("verdict", "holding", "detail"), WORSE)
def test_a_worse_verdict_is_no_go_of_its_kind(verdict: Verdict, holding: Holding, detail: str) -> None:
    approval = decided(replace(NOW, verdict=verdict))
    assert ("verdict now", holding, detail) in unmet(approval)
    assert not approval.go


def test_a_better_verdict_holds() -> None:
    risky = replace(APPROVED, verdict=Verdict.READY_WITH_RISKS)
    assert unmet(decided(approved=risky)) == []


NOT_KNOWN = "its time is not recorded or yet to come; 24 h at most"
AGES = [
    # collected, what became of the approved evidence
    ("2026-11-21T12:00:00Z", Holding.MET, "24 h old, 24 h at most"),
    ("2026-11-21T11:59:00Z", Holding.DRIFTED, "24 h 1 min old, 24 h at most"),
    (None, Holding.UNKNOWN, NOT_KNOWN),
    ("yesterday", Holding.UNKNOWN, NOT_KNOWN),
    ("2026-11-22T11:00:00", Holding.UNKNOWN, NOT_KNOWN),
    ("2026-11-22", Holding.UNKNOWN, NOT_KNOWN),
    ("2026-11-22T12:06:00Z", Holding.UNKNOWN, NOT_KNOWN),
]


@pytest.mark.parametrize(("collected", "holding", "detail"), AGES)
def test_approved_evidence_must_be_known_to_be_young(collected: str | None, holding: Holding, detail: str) -> None:
    approval = decided(approved=replace(APPROVED, collected_at=collected))
    found = {item.name: (item.holding, item.detail) for item in approval.criteria}["approved evidence"]
    assert found == (holding, detail)
    assert approval.go is (holding is Holding.MET)


NEW = [
    ("2026-11-22T12:04:00Z", Holding.MET, "0 min old, 24 h at most"),
    ("2026-11-22T06:00:00Z", Holding.UNKNOWN, "it is no newer than the approved evidence"),
    ("2026-11-22T05:00:00Z", Holding.UNKNOWN, "it is no newer than the approved evidence"),
    (None, Holding.UNKNOWN, NOT_KNOWN),
    ("2026-11-22T12:06:00Z", Holding.UNKNOWN, NOT_KNOWN),
]


@pytest.mark.parametrize(("collected", "holding", "detail"), NEW)
def test_new_evidence_must_be_known_to_be_newer_and_young(collected: str | None, holding: Holding, detail: str) -> None:
    approval = decided(replace(NOW, collected_at=collected))
    found = {item.name: (item.holding, item.detail) for item in approval.criteria}["new evidence"]
    assert found == (holding, detail)
    assert approval.go is (holding is Holding.MET)


def test_the_approved_evidence_judged_again_is_no_new_evidence() -> None:
    approval = decided(replace(NOW, snapshot_hash=APPROVED.snapshot_hash))
    assert unmet(approval) == [("new evidence", Holding.UNKNOWN, "it is no newer than the approved evidence")]


def test_new_evidence_that_is_newer_and_too_old_is_no_evidence_of_now() -> None:
    old = replace(APPROVED, collected_at="2026-11-22T09:00:00Z")
    approval = decided(replace(NOW, collected_at="2026-11-22T09:30:00Z"), old, hours=2)
    assert unmet(approval) == [
        ("approved evidence", Holding.DRIFTED, "3 h old, 2 h at most"),
        ("new evidence", Holding.UNKNOWN, "2 h 30 min old, 2 h at most"),
    ]


def test_an_interrupted_run_is_no_go() -> None:
    approval = decided(replace(NOW, partial=True))
    assert unmet(approval) == [("new evidence", Holding.UNKNOWN, "the run was interrupted")]


NAMELESS = ClusterSummary(name="shop")


@pytest.mark.parametrize(
    ("now", "approved"),
    [(replace(NOW, cluster=NAMELESS), APPROVED), (NOW, replace(APPROVED, cluster=NAMELESS))],
)
def test_a_cluster_that_does_not_know_its_id_is_not_the_approved_one(now: Report, approved: Report) -> None:
    detail = "no ARM id proves it: the cluster's body was not read"
    assert unmet(decided(now, approved)) == [("same cluster", Holding.UNKNOWN, detail)]


def test_two_clusters_without_an_id_are_not_known_to_be_one() -> None:
    approval = decided(replace(NOW, cluster=NAMELESS), replace(APPROVED, cluster=NAMELESS))
    assert [name for name, _, _ in unmet(approval)] == ["same cluster"]


def test_a_step_that_is_refused_now_fails_even_where_no_rule_says_so() -> None:
    steps = (NOW.path.steps[0], replace(NOW.path.steps[1], refused=True))
    approval = decided(replace(NOW, path=replace(NOW.path, steps=steps)))
    assert ("what fails", Holding.DRIFTED, "something more than at the approval") in unmet(approval)


def test_the_id_of_a_cluster_compares_without_regard_to_case() -> None:
    shouted = replace(NOW.cluster, id=NOW.cluster.id.upper())
    assert decided(replace(NOW, cluster=shouted)).go


def test_drift_is_no_go_and_is_named() -> None:
    approval = decided(replace(NOW, observed=replace(NOW.observed, policy="calico")))
    assert unmet(approval) == [("drift", Holding.DRIFTED, "1 not as approved")]
    assert [turn.what for turn in approval.drift] == ["policy engine"]


FAILING = [
    (says(NOW, finding()), APPROVED, f"new risk {RULE} at cilium: shop/NetworkPolicy/web"),
    (
        says(NOW, finding(Severity.BLOCKER)),
        says(APPROVED, finding()),
        f"graver, now a blocker {RULE} at cilium: shop/NetworkPolicy/web",
    ),
    (
        says(NOW, finding()),
        says(APPROVED, finding(waiver="w")),
        f"no longer waived: risk {RULE} at cilium: shop/NetworkPolicy/web",
    ),
    (says(NOW, gaps=(gap(), gap("services"))), says(APPROVED, gaps=(gap("services"),)), f"not read: Pods, for {RULE}"),
    (says(NOW, gaps=(gap(),)), says(APPROVED, gaps=(gap(waiver="w"),)), f"not read: Pods, for {RULE}"),
]


@pytest.mark.parametrize(("now", "approved", "line"), FAILING)
def test_what_fails_and_did_not_is_no_go_and_is_named(now: Report, approved: Report, line: str) -> None:
    approval = decided(now, approved)
    assert approval.failing == (line,)
    assert ("what fails", Holding.DRIFTED, "1 more than at the approval") in unmet(approval)


PASSING = [
    (says(NOW, finding(Severity.NOTICE)), APPROVED),
    (says(NOW, finding(waiver="w")), APPROVED),
    (NOW, says(APPROVED, finding())),
    (says(NOW, finding()), says(APPROVED, finding(Severity.BLOCKER))),
    (says(NOW, gaps=(gap(severity=Severity.NOTICE),)), APPROVED),
]


@pytest.mark.parametrize(("now", "approved"), PASSING)
def test_notices_waived_and_settled_findings_fail_nothing(now: Report, approved: Report) -> None:
    assert (decided(now, approved).failing, unmet(decided(now, approved))) == ((), [])


def test_a_rule_that_breaks_now_fails() -> None:
    broken = Result(rule=RULE, step="cilium", state=State.ERROR, reason="The rule broke: KeyError: 'x'")
    others = tuple(item for item in NOW.results if (item.rule, item.step) != (RULE, "cilium"))
    approval = decided(replace(NOW, results=(*others, broken), verdict=Verdict.INDETERMINATE))
    assert approval.failing == (f"broke: {RULE}",)
    assert not approval.go


def judged(standing: WaiverStanding) -> JudgedWaiver:
    waiver = Waiver(
        id="0123456789ab",
        rule=RULE,
        selector=Selector(),
        reason="Accepted for the change.",
        owner="team-shop",
        expires="2026-12-31",
        ticket="CHG-1",
    )
    return JudgedWaiver(waiver=waiver, standing=standing)


IN_FORCE = judged(WaiverStanding.IN_FORCE)
NOTES = [
    ((IN_FORCE,), (IN_FORCE,), ()),
    ((), (IN_FORCE,), ("1 waiver in force now, on which the approval did not rest",)),
    ((judged(WaiverStanding.UNUSED),), (), ()),
    (
        (IN_FORCE,),
        (),
        ("the approval rests on 1 waiver, and none was given: --waivers FILE",),
    ),
    (
        (IN_FORCE, IN_FORCE),
        (IN_FORCE, judged(WaiverStanding.EXPIRED)),
        ("the approval rests on 2 waivers, of which 1 is in force now",),
    ),
    (
        (IN_FORCE,),
        (judged(WaiverStanding.IGNORED),),
        ("the approval rests on 1 waiver, of which 0 are in force now",),
    ),
]


@pytest.mark.parametrize(("before", "after", "notes"), NOTES)
def test_waivers_that_the_approval_rests_on_and_the_gate_lacks_are_named(
    before: tuple[JudgedWaiver, ...], after: tuple[JudgedWaiver, ...], notes: tuple[str, ...]
) -> None:
    assert decided(replace(NOW, waivers=after), replace(APPROVED, waivers=before)).notes == notes


def test_other_rules_than_at_the_approval_are_named() -> None:
    other = replace(NOW, tool=replace(NOW.tool, rule_pack_hash="c" * 64))
    assert decided(other).notes == ("the rules are others than those that judged for the approval",)
