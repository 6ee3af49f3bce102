"""Waivers: what is accepted, what never is, and what is said of a waiver that does not work."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import healthy
import pytest

from analyzer.engine import Question, judge
from analyzer.model.finding import Confidence, Finding, ObjectRef, Outcome, Severity, gap
from analyzer.model.fleet_report import FleetCluster, Readiness
from analyzer.model.report import Report, State, Verdict
from analyzer.model.snapshot import Snapshot
from analyzer.model.source import Source
from analyzer.model.step import Inputs, StepKind, Target
from analyzer.model.waiver import JudgedWaiver, Pattern, Selector, Waiver, WaiverStanding
from analyzer.scene import Page, Rule, Scene
from analyzer.waiving import merge_standings

Check = Callable[[Scene], Iterator[Outcome]]
BLOCKER, RISK, NOTICE = Severity.BLOCKER, Severity.RISK, Severity.NOTICE
BLOCKED, INDETERMINATE, RISKS, READY = Verdict
IN_FORCE, REFUSED, EXPIRED = WaiverStanding.IN_FORCE, WaiverStanding.REFUSED, WaiverStanding.EXPIRED
NEAR_MISS, UNUSED, UNSEEN = WaiverStanding.NEAR_MISS, WaiverStanding.UNUSED, WaiverStanding.UNSEEN
IGNORED, ELSEWHERE = WaiverStanding.IGNORED, WaiverStanding.ELSEWHERE
LOGS = ObjectRef("Deployment", "ci-logs-replica", "ci")
CASE = "Words match whole, with their case."
ID = f"{healthy.GROUP}/providers/Microsoft.ContainerService/managedClusters/shop"


def rule(*checks: Check, severity: Severity = BLOCKER, **changes: Any) -> Rule:
    fields: dict[str, Any] = {
        "id": "TEST",
        "page": Page("A defect."),
        "severity": severity,
        "confidence": Confidence.DOCUMENTED,
        "steps": (StepKind.CILIUM,),
        "reads": (Source.PODS,),
        "sources": (),
        "check": lambda scene: (outcome for check in checks for outcome in check(scene)),
    }
    return Rule(**(fields | changes))


def finds(found: ObjectRef = LOGS, severity: Severity | None = None) -> Check:
    def check(scene: Scene) -> Iterator[Outcome]:
        yield Finding(object=found, message="It is so.", severity=severity)

    return check


def lacks(severity: Severity | None = None, of: ObjectRef | None = None, source: Source = Source.PODS) -> Check:
    def check(scene: Scene) -> Iterator[Outcome]:
        yield gap(getattr(healthy.without(scene.snapshot, source), source.value), of, severity)

    return check


def breaks(scene: Scene) -> Iterator[Outcome]:
    yield from finds()(scene)
    raise ZeroDivisionError


def waiver(fact: str = "", rule: str = "TEST", expires: str = "2027-01-31", **selector: str | Pattern) -> Waiver:
    parts = {part: word if isinstance(word, Pattern) else Pattern(word) for part, word in selector.items()}
    words = "".join(f" {part} {parts[part]}" for part in sorted(parts))
    return Waiver(
        id=f"{rule}{fact and ' '}{fact}{words}",
        rule=rule,
        fact=fact,
        selector=Selector(**parts or {"cluster": Pattern("shop")}),
        reason="Nobody reads these logs.",
        owner="Ada",
        expires=expires,
        ticket="CHG-1",
    )


def ask(
    catalog: Sequence[Rule], waivers: Sequence[Waiver], snapshot: Snapshot | None = None, *, strict: bool = False
) -> Report:
    question = Question(
        target=Target.CILIUM,
        inputs=Inputs(),
        as_of=healthy.AS_OF,
        snapshot_hash="",
        tool_version="0",
        waivers=tuple(waivers),
        strict=strict,
    )
    return judge(snapshot or healthy.healthy(), question, catalog)


def standings(report: Report) -> list[tuple[WaiverStanding, int, str]]:
    return [(item.standing, item.count, item.detail) for item in report.waivers]


ENFORCED = "The platform itself enforces TEST at cilium, whoever accepts it: settle ci/Deployment/ci-logs-replica."
MAY_REFUSE = "What is not seen here the platform itself enforces: it may still refuse the step."
HERE, PODS = waiver(name="ci-logs-replica"), waiver(fact="pods")
POD = ObjectRef("Pod", "ci-logs-replica")
VERDICTS = [
    # the rule, the waiver, verdict, standing
    (rule(finds()), HERE, READY, (IN_FORCE, 1, "")),
    (rule(finds(), severity=RISK), HERE, READY, (IN_FORCE, 1, "")),
    (rule(finds(), severity=NOTICE), HERE, READY, (IN_FORCE, 1, "")),
    (rule(finds(), finds(POD)), HERE, READY, (IN_FORCE, 2, "")),
    (rule(finds(), finds(ObjectRef("Pod", "b"))), HERE, BLOCKED, (IN_FORCE, 1, "")),
    (rule(finds(), finds(ObjectRef("Pod", "b"), RISK)), HERE, RISKS, (IN_FORCE, 1, "")),
    (rule(lacks()), PODS, RISKS, (IN_FORCE, 1, "")),
    (rule(lacks(RISK)), PODS, RISKS, (IN_FORCE, 1, "")),
    (rule(lacks(NOTICE)), PODS, READY, (IN_FORCE, 1, "")),
    (rule(lacks(), lacks(source=Source.NODES)), PODS, INDETERMINATE, (IN_FORCE, 1, "")),
    (rule(finds(), lacks()), PODS, BLOCKED, (IN_FORCE, 1, "")),
    (rule(finds(), lacks()), HERE, INDETERMINATE, (IN_FORCE, 1, "")),
    (rule(finds(), refused_by_platform=True), HERE, BLOCKED, (REFUSED, 1, ENFORCED)),
    (rule(finds(severity=RISK), refused_by_platform=True), HERE, READY, (IN_FORCE, 1, "")),
    (
        rule(finds(), finds(POD, RISK), refused_by_platform=True),
        HERE,
        BLOCKED,
        (REFUSED, 2, f"{ENFORCED} It covers 1 beside."),
    ),
    (rule(lacks(), refused_by_platform=True), PODS, RISKS, (IN_FORCE, 1, MAY_REFUSE)),
    (rule(breaks), HERE, BLOCKED, (UNSEEN, 0, "TEST could not see everything: it broke at cilium.")),
    (
        rule(breaks, severity=RISK),
        HERE,
        INDETERMINATE,
        (UNSEEN, 0, "TEST could not see everything: it broke at cilium."),
    ),
    (rule(finds()), waiver(name="ci-logs-replica", expires=healthy.AS_OF), READY, (IN_FORCE, 1, "")),
    (rule(finds()), waiver(name="ci-logs-replica", expires="2026-11-19"), BLOCKED, (EXPIRED, 1, "")),
    (rule(), waiver(name="x", expires="2026-11-19"), READY, (EXPIRED, 0, "TEST finds nothing that it names.")),
    (rule(lacks()), waiver(name="x", expires="2026-11-19"), INDETERMINATE, (EXPIRED, 0, "")),
    (
        rule(finds(), refused_by_platform=True),
        waiver(name="ci-logs-replica", expires="2026-11-19"),
        BLOCKED,
        (REFUSED, 1, ENFORCED),
    ),
    (rule(), HERE, READY, (UNUSED, 0, "TEST finds nothing that it names.")),
    (rule(), PODS, READY, (UNUSED, 0, "TEST lacks no pods that it names.")),
    (rule(finds()), waiver(rule="OTHER", name="x"), BLOCKED, (UNUSED, 0, "There is no rule OTHER.")),
    (rule(lacks()), HERE, INDETERMINATE, (UNSEEN, 0, "TEST could not see everything: pods (forbidden).")),
]


@pytest.mark.parametrize(("made", "given", "verdict", "standing"), VERDICTS)
def test_what_a_waiver_does_to_a_verdict_and_what_is_said_of_it(
    made: Rule, given: Waiver, verdict: Verdict, standing: tuple[WaiverStanding, int, str]
) -> None:
    report = ask([made], [given])
    assert (report.verdict, standings(report)) == (verdict, [standing])
    assert [step.verdict for step in report.path.steps] == [verdict]


def test_what_is_waived_stays_visible_with_its_waiver_and_the_state_stays_what_the_rule_said() -> None:
    made = rule(finds(), finds(ObjectRef("Pod", "b")), lacks())
    (result,) = ask([made], [HERE, PODS]).results
    assert result.state is State.FAIL
    assert {str(item.object): item.waiver for item in result.findings} == {
        "ci/Deployment/ci-logs-replica": "TEST name ci-logs-replica",
        "Pod/b": "",
    }
    assert [(item.source, item.waiver) for item in result.gaps] == [("pods", "TEST pods")]


def test_strict_ignores_every_waiver_and_says_what_they_would_cover() -> None:
    report = ask([rule(finds(), lacks())], [HERE, PODS, waiver(name="x")], strict=True)
    assert standings(report) == [(IGNORED, 1, ""), (IGNORED, 1, ""), (IGNORED, 0, "")]
    assert (report.verdict, [item.waiver for item in report.results[0].findings]) == (BLOCKED, [""])


def test_what_a_refused_waiver_covers_beside_is_accepted() -> None:
    """Else a blocker that is no longer seen would turn the risk beside it from counted into accepted."""
    (result,) = ask([rule(finds(), finds(POD, RISK), refused_by_platform=True)], [HERE]).results
    assert [(str(item.object), item.waiver) for item in result.findings] == [
        ("ci/Deployment/ci-logs-replica", ""),
        ("Pod/ci-logs-replica", "TEST name ci-logs-replica"),
    ]


def test_a_refused_step_cannot_be_waived() -> None:
    """Windows pools: Cilium is refused because of CIL-WINDOWS-POOL."""
    snapshot = healthy.with_cluster(healthy.healthy(), "pools: {win: {osType: Windows, osSKU: Windows2022}}")
    made = [rule(finds(), id="CIL-WINDOWS-POOL"), rule(finds())]
    given = [waiver(rule="CIL-WINDOWS-POOL", name="ci-logs-replica"), HERE]
    report = ask(made, given, snapshot)
    enforced = ENFORCED.replace("TEST", "CIL-WINDOWS-POOL")
    assert (report.verdict, standings(report)) == (BLOCKED, [(REFUSED, 1, enforced), (IN_FORCE, 1, "")])


def test_nothing_is_accepted_where_the_path_is_not_known() -> None:
    given = [waiver(fact="cluster", name="x"), waiver(fact="cluster", cluster=Pattern("*", is_glob=True))]
    report = ask([rule(finds())], given, healthy.without(healthy.healthy(), Source.CLUSTER))
    assert (report.verdict, [item.waiver for item in report.results[0].gaps]) == (INDETERMINATE, [""])
    assert standings(report) == [
        (UNSEEN, 0, "TEST could not see everything: cluster (forbidden)."),
        (UNSEEN, 0, "Which cluster this is was not read."),
    ]


def test_of_two_waivers_of_one_finding_the_first_is_named_and_both_are_in_force() -> None:
    report = ask([rule(finds())], [waiver(namespace="ci"), HERE])
    assert standings(report) == [(IN_FORCE, 1, ""), (IN_FORCE, 1, "")]
    assert [item.waiver for item in report.results[0].findings] == ["TEST namespace ci"]


def test_an_expired_waiver_leaves_a_finding_to_one_that_holds() -> None:
    report = ask([rule(finds())], [waiver(namespace="ci", expires="2026-01-01"), HERE])
    assert standings(report) == [(EXPIRED, 1, ""), (IN_FORCE, 1, "")]
    assert [item.waiver for item in report.results[0].findings] == ["TEST name ci-logs-replica"]


def glob(text: str) -> Pattern:
    return Pattern(text, is_glob=True)


SELECTORS: list[tuple[dict[str, str | Pattern], WaiverStanding, str]] = [
    ({"name": "ci-logs-replica"}, IN_FORCE, ""),
    ({"name": "ci-logs-replica", "kind": "Deployment", "namespace": "ci", "cluster": "shop"}, IN_FORCE, ""),
    ({"name": glob("ci-*")}, IN_FORCE, ""),
    ({"namespace": glob("c?")}, IN_FORCE, ""),
    ({"cluster": "shop"}, IN_FORCE, ""),
    ({"cluster": glob("sh*")}, IN_FORCE, ""),
    ({"cluster": ID}, IN_FORCE, ""),
    ({"cluster": ID.upper()}, IN_FORCE, ""),
    ({"cluster": glob(f"{healthy.SUBSCRIPTION.upper()}/*")}, IN_FORCE, ""),
    ({"cluster": ID.replace("shop-rg", "other-rg")}, ELSEWHERE, ""),
    ({"cluster": "shop-eu"}, ELSEWHERE, ""),
    ({"cluster": "sh"}, ELSEWHERE, ""),
    ({"cluster": "SHOP", "name": "other"}, ELSEWHERE, ""),
    ({"cluster": "SHOP"}, NEAR_MISS, "Cluster SHOP is not shop"),
    ({"name": "ci-logs"}, NEAR_MISS, "TEST finds ci/Deployment/ci-logs-replica: name ci-logs is not ci-logs-replica"),
    ({"name": "replica"}, NEAR_MISS, "TEST finds ci/Deployment/ci-logs-replica: name replica is not ci-logs-replica"),
    (
        {"name": "CI-Logs-Replica"},
        NEAR_MISS,
        "TEST finds ci/Deployment/ci-logs-replica: name CI-Logs-Replica is not ci-logs-replica",
    ),
    (
        {"name": glob("CI-*")},
        NEAR_MISS,
        "TEST finds ci/Deployment/ci-logs-replica: name glob CI-* is not ci-logs-replica",
    ),
    ({"name": "ci-*"}, UNUSED, ""),  # exact unless the file says that it is a glob
    ({"name": glob("ci-logs")}, UNUSED, ""),
    ({"name": "ci-logs-replica-2"}, UNUSED, ""),
    ({"namespace": "shop"}, UNUSED, ""),
    (
        {"namespace": "cd", "name": "ci-logs-replica"},
        NEAR_MISS,
        "TEST finds ci/Deployment/ci-logs-replica: namespace cd is not ci",
    ),
    ({"namespace": "cd", "name": glob("*")}, UNUSED, ""),
    ({"namespace": "cd", "name": "ci-logs"}, UNUSED, ""),
    (
        {"kind": "deployment", "name": "CI-logs"},
        NEAR_MISS,
        "TEST finds ci/Deployment/ci-logs-replica: kind deployment is not Deployment, name CI-logs is not ci-logs-replica",
    ),
]


@pytest.mark.parametrize(("selector", "standing", "told"), SELECTORS)
def test_names_match_whole_and_what_nearly_matches_is_named(
    selector: dict[str, str | Pattern], standing: WaiverStanding, told: str
) -> None:
    report = ask([rule(finds())], [waiver(**selector)])
    words = {NEAR_MISS: f"{told}. {CASE}", UNUSED: "TEST finds nothing that it names."}
    detail = words.get(standing, "")
    assert standings(report) == [(standing, int(standing is IN_FORCE), detail)]
    assert report.verdict is (READY if standing is IN_FORCE else BLOCKED)


def test_a_near_miss_says_how_many_more_there_are() -> None:
    report = ask([rule(finds(), finds(ObjectRef("Pod", "ci-logs-2")))], [waiver(name="ci-logs")])
    told = "TEST finds ci/Deployment/ci-logs-replica: name ci-logs is not ci-logs-replica, and 1 more."
    assert standings(report) == [(NEAR_MISS, 0, f"{told} {CASE}")]


def test_what_another_waiver_accepts_is_no_near_miss() -> None:
    report = ask([rule(finds())], [waiver(name="ci-logs"), HERE])
    assert standings(report) == [(UNUSED, 0, "TEST finds nothing that it names."), (IN_FORCE, 1, "")]


def test_a_list_that_was_not_read_is_waived_by_cluster_and_never_through_single_objects() -> None:
    report = ask([rule(lacks())], [waiver(fact="pods", namespace="ci"), waiver(fact="nodes")])
    told = "TEST lacks pods as a whole, and not of single objects: select by nothing but `cluster`."
    assert (report.verdict, standings(report)) == (
        INDETERMINATE,
        [(NEAR_MISS, 0, told), (UNSEEN, 0, "TEST could not see everything: pods (forbidden).")],
    )


def test_a_gap_on_one_object_is_waived_by_its_name_or_by_cluster() -> None:
    for given in (waiver(fact="pods", name="ci-logs-replica"), PODS):
        report = ask([rule(lacks(of=LOGS))], [given])
        assert (report.verdict, standings(report)) == (RISKS, [(IN_FORCE, 1, "")])


def test_a_waiver_of_findings_accepts_no_gap_and_one_of_a_gap_no_finding() -> None:
    report = ask([rule(finds(), lacks(of=LOGS))], [HERE])
    assert [item.waiver for item in report.results[0].gaps] == [""]
    other = ask([rule(finds(), lacks(of=LOGS))], [waiver(fact="pods", name="ci-logs-replica")])
    assert [item.waiver for item in other.results[0].findings] == [""]


def test_a_waiver_of_a_partly_read_list_is_out_of_sight_and_not_unused() -> None:
    def check(scene: Scene) -> Iterator[Outcome]:
        for pod in scene.snapshot.pods.each():
            yield Finding(object=ObjectRef("Pod", pod.name, pod.namespace), message="Seen.")

    report = ask([rule(check)], [HERE], healthy.partly(healthy.healthy(), Source.PODS, 1))
    assert (report.verdict, standings(report)) == (
        BLOCKED,
        [(UNSEEN, 0, "TEST could not see everything: pods (partial).")],
    )


def judged(standing: WaiverStanding, count: int = 0, detail: str = "", given: Waiver = HERE) -> JudgedWaiver:
    return JudgedWaiver(waiver=given, standing=standing, count=count, detail=detail)


MERGED = [
    ([judged(IN_FORCE, 2), judged(ELSEWHERE), judged(IN_FORCE, 3)], judged(IN_FORCE, 5)),
    ([judged(UNUSED), judged(IN_FORCE, 1), judged(NEAR_MISS, 0, "Near.")], judged(IN_FORCE, 1)),
    ([judged(REFUSED, 1, "No."), judged(IN_FORCE, 1)], judged(IN_FORCE, 1, "Refused in 1 cluster: No.")),
    ([judged(REFUSED, 1, "No."), judged(UNUSED)], judged(REFUSED, 1, "No.")),
    ([judged(ELSEWHERE), judged(ELSEWHERE)], judged(UNUSED, 0, "No cluster is the one that it names.")),
    ([judged(ELSEWHERE), judged(UNUSED, 0, "None.")], judged(UNUSED, 0, "None.")),
    ([judged(UNUSED), judged(UNSEEN, 0, "Not seen.")], judged(UNSEEN, 0, "Not seen.")),
    ([judged(UNSEEN, 0, "b"), judged(UNSEEN, 0, "a.")], judged(UNSEEN, 0, "a. So it is in 2 clusters.")),
    ([judged(EXPIRED, 1), judged(EXPIRED, 2), judged(ELSEWHERE)], judged(EXPIRED, 3)),
    ([judged(IGNORED, 1), judged(IGNORED)], judged(IGNORED, 1)),
]


@pytest.mark.parametrize(("each", "whole"), MERGED)
def test_standings_over_clusters_are_one_whatever_the_order(each: list[JudgedWaiver], whole: JudgedWaiver) -> None:
    assert merge_standings([item] for item in each) == (whole,)
    assert merge_standings([item] for item in reversed(each)) == (whole,)


def unread(name: str, resource_group: str = "shop-rg") -> FleetCluster:
    return FleetCluster(
        id=ID.replace("shop-rg", resource_group).replace("/shop", f"/{name}"),
        name=name,
        resource_group=resource_group,
        subscription="",
        readiness=Readiness.UNREAD,
        verdict=None,
    )


UNREAD = [
    (waiver(cluster="lost"), ELSEWHERE, judged(UNSEEN, 0, "lost could not be read.")),
    (waiver(cluster="store"), ELSEWHERE, judged(UNUSED, 0, "No cluster is the one that it names.")),
    (waiver(name="x"), UNUSED, judged(UNSEEN, 0, "lost, and 1 more, could not be read.")),
    (waiver(name="x"), NEAR_MISS, judged(NEAR_MISS)),
]


@pytest.mark.parametrize(("given", "standing", "whole"), UNREAD)
def test_a_waiver_of_a_cluster_that_could_not_be_read_is_never_unused(
    given: Waiver, standing: WaiverStanding, whole: JudgedWaiver
) -> None:
    rows = (unread("lost"), unread("gone"))
    (merged,) = merge_standings([[judged(standing, given=given)]], rows)
    assert (merged.standing, merged.detail, merged.waiver) == (whole.standing, whole.detail, given)


@pytest.mark.parametrize("standing", [ELSEWHERE, UNUSED])
def test_where_other_clusters_were_not_looked_at_no_waiver_is_unused(standing: WaiverStanding) -> None:
    unseen = judged(UNSEEN, 0, "Not every cluster was looked at.")
    assert merge_standings([[judged(standing)]], whole=False) == (unseen,)
    assert merge_standings([[judged(standing)], [judged(IN_FORCE, 1)]], whole=False) == (judged(IN_FORCE, 1),)


def test_merged_waivers_come_in_the_order_of_their_file() -> None:
    first, second = (Waiver(**{**as_dict(HERE), "id": name, "line": line}) for name, line in (("z", 2), ("a", 12)))
    merged = merge_standings([[judged(IN_FORCE, given=second)], [judged(IN_FORCE, given=first)]])
    assert [item.waiver.id for item in merged] == ["z", "a"]


def as_dict(given: Waiver) -> dict[str, Any]:
    return {name: getattr(given, name) for name in given.__struct_fields__}
