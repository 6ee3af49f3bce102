"""The engine: what each outcome of a rule becomes, and how results add up to verdicts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import healthy
import pytest

from analyzer.engine import Question, judge
from analyzer.model.finding import Confidence, Finding, NotApplicable, ObjectRef, Outcome, Passed, Severity, gap
from analyzer.model.network import IpamMode
from analyzer.model.report import Report, Result, State, Verdict
from analyzer.model.snapshot import Snapshot
from analyzer.model.source import Source
from analyzer.model.step import REIMAGING, Inputs, StepKind, Target
from analyzer.model.version import Version
from analyzer.scene import KubernetesWindow, Page, Rule, Scene

Check = Callable[[Scene], Iterator[Outcome]]
POD = ObjectRef("Pod", "web", "shop")


def rule(check: Check, severity: Severity = Severity.RISK, **changes: Any) -> Rule:
    fields: dict[str, Any] = {
        "id": "TEST",
        "page": Page("A defect."),
        "severity": severity,
        "confidence": Confidence.DERIVED,
        "steps": (StepKind.CILIUM,),
        "reads": (Source.PODS,),
        "sources": (),
        "check": check,
    }
    return Rule(**(fields | changes))


def ask(catalog: Sequence[Rule], snapshot: Snapshot | None = None, inputs: Inputs | None = None) -> Report:
    question = Question(
        target=Target.CILIUM, inputs=inputs or Inputs(), as_of="2026-11-20", snapshot_hash="", tool_version="0"
    )
    return judge(snapshot or healthy.healthy(), question, catalog)


def answer(made: Rule, snapshot: Snapshot | None = None) -> tuple[Result, Verdict]:
    report = ask([made], snapshot)
    (result,) = report.results
    return result, report.verdict


def finds(severity: Severity | None = None) -> Check:
    def check(scene: Scene) -> Iterator[Outcome]:
        yield Finding(object=POD, message="It is so.", severity=severity)

    return check


def lacks(severity: Severity | None = None) -> Check:
    def check(scene: Scene) -> Iterator[Outcome]:
        missing = healthy.without(scene.snapshot, Source.PODS).pods
        yield gap(missing, severity=severity)  # type: ignore[arg-type]

    return check


def both(*checks: Check) -> Check:
    def check(scene: Scene) -> Iterator[Outcome]:
        for one in checks:
            yield from one(scene)

    return check


def passes(scene: Scene) -> Iterator[Outcome]:
    yield Passed("an earlier step met it")


def leaves(scene: Scene) -> Iterator[Outcome]:
    yield NotApplicable("another rule owns it")


def breaks(scene: Scene) -> Iterator[Outcome]:
    yield Finding(object=POD, message="It is so.")
    raise ZeroDivisionError("division by zero")


BLOCKER, RISK, NOTICE = Severity.BLOCKER, Severity.RISK, Severity.NOTICE
OUTCOMES = [
    # check, the rule's severity, state, verdict
    (lambda _: iter(()), BLOCKER, State.PASS, Verdict.READY),
    (passes, BLOCKER, State.PASS, Verdict.READY),
    (finds(), BLOCKER, State.FAIL, Verdict.BLOCKED),
    (finds(), RISK, State.FAIL, Verdict.READY_WITH_RISKS),
    (finds(), NOTICE, State.NOTED, Verdict.READY),
    (finds(NOTICE), BLOCKER, State.NOTED, Verdict.READY),
    (finds(BLOCKER), RISK, State.FAIL, Verdict.READY_WITH_RISKS),  # never more than the rule's own
    (lacks(), BLOCKER, State.UNKNOWN, Verdict.INDETERMINATE),
    (lacks(), RISK, State.UNKNOWN, Verdict.INDETERMINATE),
    (lacks(), NOTICE, State.UNKNOWN, Verdict.READY),
    (lacks(NOTICE), BLOCKER, State.UNKNOWN, Verdict.READY),
    (both(finds(), lacks()), BLOCKER, State.FAIL, Verdict.BLOCKED),
    (both(finds(), lacks()), RISK, State.UNKNOWN, Verdict.INDETERMINATE),
    (both(finds(), lacks(NOTICE)), RISK, State.UNKNOWN, Verdict.READY_WITH_RISKS),
    (breaks, BLOCKER, State.ERROR, Verdict.BLOCKED),
    (breaks, NOTICE, State.ERROR, Verdict.READY),
    (leaves, BLOCKER, State.NOT_APPLICABLE, Verdict.INDETERMINATE),  # nothing else was evaluated
]


@pytest.mark.parametrize(("check", "severity", "state", "verdict"), OUTCOMES)
def test_what_a_rule_says_becomes_a_state_and_a_verdict(
    check: Check, severity: Severity, state: State, verdict: Verdict
) -> None:
    result, whole = answer(rule(check, severity))
    assert (result.state, whole) == (state, verdict)


def test_a_rule_that_breaks_keeps_what_it_found_and_says_what_broke() -> None:
    result, verdict = answer(rule(breaks))
    assert result.reason == "The rule broke: ZeroDivisionError: division by zero"
    assert [item.message for item in result.findings] == ["It is so."]
    assert verdict is Verdict.INDETERMINATE


def test_a_fact_that_is_missing_ends_the_rule_with_a_gap_and_keeps_what_it_found() -> None:
    def check(scene: Scene) -> Iterator[Outcome]:
        for pod in scene.snapshot.pods.each():
            yield Finding(object=ObjectRef("Pod", pod.name, pod.namespace), message="Seen.")

    result, verdict = answer(rule(check), healthy.partly(healthy.healthy(), Source.PODS, 1))
    assert [str(item.object) for item in result.findings] == ["kube-system/Pod/coredns-system-0"]
    assert [(item.source, item.cause) for item in result.gaps] == [("pods", "partial")]
    assert (result.state, verdict) == (State.UNKNOWN, Verdict.INDETERMINATE)


def test_a_rule_of_other_modes_or_older_versions_is_not_asked() -> None:
    elsewhere, _ = answer(rule(breaks, modes=(IpamMode.KUBENET,)))
    assert (elsewhere.state, elsewhere.reason) == (
        State.NOT_APPLICABLE,
        "It concerns kubenet; before this step it is node-subnet.",
    )
    outgrown, _ = answer(rule(breaks, window=KubernetesWindow(before=Version(1, 31))))
    assert (outgrown.state, outgrown.reason) == (
        State.PASS,
        "It exists only before Kubernetes 1.31; this is 1.33.5.",
    )


def test_a_window_needs_the_version() -> None:
    hidden = healthy.with_cluster(healthy.healthy(), "{currentKubernetesVersion: null, kubernetesVersion: null}")
    result, verdict = answer(rule(breaks, window=KubernetesWindow(before=Version(1, 31))), hidden)
    assert (result.state, verdict) == (State.UNKNOWN, Verdict.INDETERMINATE)


def test_a_rule_of_no_step_of_the_path_says_so_and_nothing_evaluated_is_not_ready() -> None:
    report = ask([rule(breaks, steps=(StepKind.OVERLAY,))])
    assert [(item.state, item.reason) for item in report.results] == [
        (State.NOT_APPLICABLE, "The path has no step overlay.")
    ]
    assert report.verdict is Verdict.INDETERMINATE
    assert ask([]).verdict is Verdict.INDETERMINATE


def test_without_a_path_every_rule_is_unknown_for_the_facts_that_the_path_lacks() -> None:
    report = ask([rule(breaks)], healthy.without(healthy.healthy(), Source.CLUSTER))
    assert (report.verdict, report.path.known) == (Verdict.INDETERMINATE, False)
    assert [(item.state, [one.source for one in item.gaps]) for item in report.results] == [
        (State.UNKNOWN, ["cluster"])
    ]
    assert [item.source for item in report.path.gaps] == ["cluster"]


def test_two_findings_of_one_object_are_told_apart_by_their_key_alone() -> None:
    def check(scene: Scene) -> Iterator[Outcome]:
        for key in ("a", "b", "a"):
            yield Finding(object=POD, message=f"About {key}.", key=key)

    result, _ = answer(rule(check))
    assert sorted(item.message for item in result.findings) == ["About a.", "About b."]
    assert len({item.fingerprint for item in result.findings}) == 2


def test_a_report_says_what_the_operator_gave() -> None:
    given = ask([], inputs=Inputs(pod_cidr="100.64.0.0/16", cli_version=Version(2, 81, 0), planned_features=()))
    assert given.inputs == {"--pod-cidr": "100.64.0.0/16", "--cli-version": "2.81.0", "--planned-features": "none"}
    assert ask([]).inputs == {}


def test_the_rule_packs_hash_changes_with_any_rule() -> None:
    hashes = {ask([made]).tool.rule_pack_hash for made in (rule(passes), rule(passes, RISK, page=Page("Another.")))}
    assert len(hashes) == 2


WINDOWS = "pools: {win: {osType: Windows, osSKU: Windows2022}}"


def test_what_is_about_reimaging_does_not_concern_a_step_that_the_platform_refuses() -> None:
    refused = healthy.with_cluster(healthy.healthy(), WINDOWS)
    about_reimages = rule(finds(BLOCKER), BLOCKER, id="REIMAGE", steps=REIMAGING)
    about_the_step = rule(finds(), id="STEP")
    found = [(item.rule, item.state, item.reason) for item in ask([about_reimages, about_the_step], refused).results]
    assert found == [
        ("REIMAGE", State.NOT_APPLICABLE, "The platform refuses this step, so nothing is reimaged."),
        ("STEP", State.FAIL, ""),
    ]


def test_a_rule_of_the_arrival_speaks_on_an_empty_path_only() -> None:
    arrival = rule(finds(NOTICE), NOTICE, steps=(StepKind.ARRIVED,))
    arrived = healthy.with_cluster(
        healthy.healthy(), "networkProfile: {networkDataplane: cilium, networkPolicy: cilium}"
    )
    there, before = answer(arrival, arrived), answer(arrival)
    assert (there[0].step, there[0].state, there[1]) == ("arrived", State.NOTED, Verdict.READY)
    assert (before[0].step, before[0].state, before[0].reason) == (
        "",
        State.NOT_APPLICABLE,
        "The path has steps to do.",
    )
