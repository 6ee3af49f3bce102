"""What changed between two judgements: proven, out of sight, or only seen for the first time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace as replaced
from random import Random

import nights
import pytest
import random_clusters
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mirrors import mirrored, mixed
from msgspec.structs import replace
from nights import (
    DRAIN,
    IP_BLOCK,
    NO_BUDGET,
    OVERLAP,
    WEB,
    WEB_MARK,
    WINDOWS,
    lack,
    report,
    result,
    step,
)
from random_clusters import Asked
from random_tables import TABLES

from analyzer.compare import compare_reports, has_changes, is_worse
from analyzer.engine import Question, judge
from analyzer.model.difference import (
    Difference,
    GapMark,
    Passing,
    PassingGap,
    Sight,
    Turn,
)
from analyzer.model.finding import ObjectRef, Severity
from analyzer.model.report import Report, ReportedFinding, ReportedPath, Result, State, Verdict
from analyzer.model.step import Inputs
from analyzer.scene import Page
from rules import CATALOG

RELAXED = settings(deadline=None, suppress_health_check=list(HealthCheck))
LEAN = tuple(replaced(rule, page=Page(rule.page.title), sources=()) for rule in CATALOG)
PAIRS: dict[str, tuple[Callable[[], Report], Callable[[], Report]]] = {
    "everything": (nights.shop_before, nights.shop_after),
    "lost": (nights.shop_before, lambda: nights.lost("shop")),
    "found": (lambda: nights.lost("shop"), nights.shop_after),
    "lost twice": (lambda: nights.lost("shop"), lambda: nights.lost("shop")),
    "arrived": (nights.shop_before, lambda: report("shop", Verdict.READY, steps=())),
}


def judged(asked: Asked) -> Report:
    question = Question(target=asked.target, inputs=asked.inputs, as_of=asked.as_of, snapshot_hash="", tool_version="0")
    return judge(asked.snapshot, question, LEAN)


def asked(seed: int) -> Asked:
    random = Random(seed)
    return random_clusters.cluster(random, random.sample(sorted(TABLES), random.randint(0, 4)), random.randint(0, 8))


def unchanged(of: Report) -> Difference:
    """Nothing, and what is unknown in both."""
    found = compare_reports(of, of)
    return Difference(
        cluster=found.cluster,
        name=found.name,
        verdict_before=of.verdict,
        verdict_after=of.verdict,
        still_unknown=found.still_unknown,
    )


@pytest.mark.parametrize("name", PAIRS)
def test_a_report_does_not_differ_from_itself(name: str) -> None:
    for made in PAIRS[name]:
        found = compare_reports(made(), made())
        assert (found, has_changes(found), is_worse(found)) == (unchanged(made()), False, False)


@pytest.mark.parametrize("name", PAIRS)
def test_the_other_way_round_is_the_mirror(name: str) -> None:
    old, new = (made() for made in PAIRS[name])
    there, back = compare_reports(old, new), compare_reports(new, old)
    assert mirrored(there) == replace(back, worse=False)


@settings(RELAXED, max_examples=40)
@given(st.integers(0, 2**32), st.integers(1, 8))
def test_random_clusters_differ_from_themselves_in_nothing_and_mirror(seed: int, sources: int) -> None:
    one = asked(seed)
    two = replaced(one, snapshot=random_clusters.with_less(asked(seed + 1).snapshot, Random(seed), sources))
    before = judged(one)
    after = replace(judged(two), cluster=before.cluster)
    assert compare_reports(before, before) == unchanged(before)
    assert mirrored(compare_reports(before, after)) == replace(compare_reports(after, before), worse=False)


@settings(RELAXED, max_examples=150)
@given(st.integers(0, 2**32), st.integers(1, 8), st.booleans())
def test_with_fewer_facts_nothing_is_ever_fixed_and_no_gap_is_closed(seed: int, sources: int, is_told: bool) -> None:
    full = asked(seed)
    inputs = full.inputs if is_told else Inputs()
    less = replaced(full, snapshot=random_clusters.with_less(full.snapshot, Random(seed), sources), inputs=inputs)
    found = compare_reports(judged(full), judged(less))
    assert [item for item in found.vanished if item.other is Sight.CLEAR] == []
    assert [item for item in found.gaps_closed if item.other is Sight.CLEAR] == []


def test_the_clusters_of_that_property_lose_findings() -> None:
    """Else it would hold of nothing."""
    lost = 0
    for seed in range(40):
        full = asked(seed)
        less = replaced(full, snapshot=random_clusters.with_less(full.snapshot, Random(seed), 20))
        lost += bool(compare_reports(judged(full), judged(less)).vanished)
    assert lost > 10


def test_the_order_in_which_a_report_lists_things_changes_nothing() -> None:
    random = Random(7)
    found = compare_reports(nights.shop_before(), nights.shop_after())
    for _ in range(5):
        assert compare_reports(shuffled(nights.shop_before(), random), shuffled(nights.shop_after(), random)) == found


def shuffled(of: Report, random: Random) -> Report:
    results = tuple(
        replace(item, findings=mixed(item.findings, random), gaps=mixed(item.gaps, random)) for item in of.results
    )
    lists = {name: mixed(getattr(of, name), random) for name in ("rules", "coverage", "pools", "waivers", "flows")}
    return replace(of, results=mixed(results, random), **lists)


def drain(state: State, *said: ReportedFinding, at: str = "overlay") -> Report:
    return report("shop", Verdict.READY_WITH_RISKS, result(DRAIN, at, state, *said))


HAS = drain(State.FAIL, WEB)
REFUSED = step("overlay", Verdict.BLOCKED, refused=True)
QUESTION = nights.budget("19", "shop", severity=Severity.NOTICE, asks="--scan-configmaps")
NOT_CONCERNED = Result(rule=DRAIN.id, step="overlay", state=State.NOT_APPLICABLE, reason="It concerns kubenet.")
LACKS: dict[str, tuple[Report, Sight]] = {
    "passes": (drain(State.PASS), Sight.CLEAR),
    "notes another": (drain(State.NOTED, nights.budget("12", "db", severity=Severity.NOTICE)), Sight.CLEAR),
    "finds another": (drain(State.FAIL, nights.budget("12", "db")), Sight.CLEAR),
    "does not concern it": (report("shop", Verdict.READY, NOT_CONCERNED), Sight.CLEAR),
    "lacks a fact": (
        report("shop", Verdict.INDETERMINATE, result(DRAIN, "overlay", State.UNKNOWN, lack("pods"))),
        Sight.UNKNOWN,
    ),
    "finds a blocker and lacks a fact": (
        report("shop", Verdict.BLOCKED, result(DRAIN, "overlay", State.FAIL, nights.overlap(), lack("pods"))),
        Sight.UNKNOWN,
    ),
    "lacks a fact that is accepted": (
        report("shop", Verdict.READY_WITH_RISKS, result(DRAIN, "overlay", State.UNKNOWN, lack("pods", waiver="1"))),
        Sight.UNKNOWN,
    ),
    "broke": (drain(State.ERROR), Sight.UNKNOWN),
    "passes, but the list of such objects is not whole": (
        replace(drain(State.PASS), coverage=nights.coverage(pod_disruption_budgets="partial")),
        Sight.UNKNOWN,
    ),
    "asks for what the other one was given": (drain(State.NOTED, QUESTION), Sight.UNKNOWN),
    "knows no path": (nights.lost("shop"), Sight.UNKNOWN),
    "does not have the rule": (replace(report("shop", Verdict.READY), rules=(OVERLAP,)), Sight.UNKNOWN),
    "has neither the rule nor the step": (
        replace(report("shop", Verdict.READY, steps=(step("cilium", Verdict.READY),)), rules=(OVERLAP,)),
        Sight.UNKNOWN,
    ),
    "did not judge the rule at the step": (report("shop", Verdict.READY), Sight.UNKNOWN),
    "has no such step": (report("shop", Verdict.READY, steps=(step("cilium", Verdict.READY),)), Sight.OFF_PATH),
    "has arrived": (report("shop", Verdict.READY, steps=()), Sight.OFF_PATH),
    "judges it at another step": (
        replace(drain(State.PASS, at="cilium"), path=ReportedPath(known=True, steps=(step("cilium", Verdict.READY),))),
        Sight.OFF_PATH,
    ),
    "does not reimage at a refused step": (
        report("shop", Verdict.BLOCKED, NOT_CONCERNED, steps=(REFUSED,)),
        Sight.OFF_PATH,
    ),
}


@pytest.mark.parametrize("name", LACKS)
def test_a_finding_is_fixed_or_new_only_where_the_other_report_had_all_it_needed(name: str) -> None:
    other, sight = LACKS[name]
    there, back = compare_reports(HAS, other), compare_reports(other, HAS)
    passing = (Passing(finding=WEB_MARK, other=sight),)
    assert tuple(item for item in there.vanished if item.finding == WEB_MARK) == passing
    assert tuple(item for item in back.appeared if item.finding == WEB_MARK) == passing


def test_where_an_input_is_not_given_any_more_nothing_is_proven_fixed() -> None:
    told = replace(HAS, inputs={"--on-premises-cidr": "10.0.0.0/8"})
    otherwise = replace(drain(State.PASS), inputs={"--on-premises-cidr": "none", "--iac-plan": "none"})
    sights = [compare_reports(told, new).vanished[0].other for new in (drain(State.PASS), otherwise)]
    assert sights == [Sight.UNKNOWN, Sight.CLEAR]


def test_what_is_newly_hidden_in_the_body_of_an_object_hides_what_every_rule_found_of_it() -> None:
    """A rule may take a field that is not shown for one that says nothing; another rule says that it is not shown."""
    found = nights.finding("51", ObjectRef("AgentPool", "win"), "Pool win runs Windows.")
    old, new = drain(State.FAIL, found), drain(State.PASS)
    lacking = result(WINDOWS, "overlay", State.UNKNOWN, lack("cluster"))
    hidden = replace(new, results=(*new.results, lacking))
    always = replace(old, results=(*old.results, lacking))
    sights = [compare_reports(*pair).vanished[0].other for pair in ((old, new), (old, hidden), (always, hidden))]
    assert sights == [Sight.CLEAR, Sight.UNKNOWN, Sight.CLEAR]


def test_what_both_ask_for_hides_no_more_than_it_did() -> None:
    found = compare_reports(drain(State.FAIL, WEB, QUESTION), drain(State.NOTED, QUESTION))
    assert found.vanished == (Passing(finding=WEB_MARK, other=Sight.CLEAR),)


def test_a_step_that_both_refuse_is_judged_alike() -> None:
    old = replace(HAS, path=ReportedPath(known=True, steps=(REFUSED,)))
    new = report("shop", Verdict.BLOCKED, NOT_CONCERNED, steps=(REFUSED,))
    assert compare_reports(old, new).vanished == (Passing(finding=WEB_MARK, other=Sight.CLEAR),)


BLIND = report("shop", Verdict.INDETERMINATE, result(IP_BLOCK, "overlay", State.UNKNOWN, lack("network_policies")))
GAP = GapMark(rule=IP_BLOCK.id, step="overlay", source="network_policies", severity=Severity.RISK)
SEES: dict[str, tuple[Report, Sight]] = {
    "had all": (report("shop", Verdict.READY, result(IP_BLOCK, "overlay", State.PASS)), Sight.CLEAR),
    "lacked another": (
        report("shop", Verdict.INDETERMINATE, result(IP_BLOCK, "overlay", State.UNKNOWN, lack("pods"))),
        Sight.UNKNOWN,
    ),
    "broke": (report("shop", Verdict.INDETERMINATE, result(IP_BLOCK, "overlay", State.ERROR)), Sight.UNKNOWN),
    "has no such step": (report("shop", Verdict.READY, steps=()), Sight.OFF_PATH),
    "knows no path": (nights.lost("shop"), Sight.UNKNOWN),
}


@pytest.mark.parametrize("name", SEES)
def test_a_gap_is_closed_only_where_the_rule_was_judged_with_the_fact(name: str) -> None:
    other, sight = SEES[name]
    passing = (PassingGap(gap=GAP, other=sight),)
    assert tuple(item for item in compare_reports(BLIND, other).gaps_closed if item.gap == GAP) == passing
    assert tuple(item for item in compare_reports(other, BLIND).gaps_opened if item.gap == GAP) == passing


FORBIDDEN = nights.coverage(network_policies="forbidden")
READ_NOW: dict[str, tuple[Report, Sight]] = {
    "though the rule lacks another fact": (SEES["lacked another"][0], Sight.CLEAR),
    "though the rule broke": (SEES["broke"][0], Sight.CLEAR),
    "but not where it is still not read": (replace(SEES["lacked another"][0], coverage=FORBIDDEN), Sight.UNKNOWN),
    "but not at a step that is off the path": (SEES["has no such step"][0], Sight.OFF_PATH),
}


@pytest.mark.parametrize("name", READ_NOW)
def test_a_list_that_is_read_now_closes_its_gap(name: str) -> None:
    new, sight = READ_NOW[name]
    found = compare_reports(replace(BLIND, coverage=FORBIDDEN), new)
    assert found.gaps_closed == (PassingGap(gap=GAP, other=sight),)


def test_a_rule_that_broke_is_a_gap_of_its_own() -> None:
    found = compare_reports(drain(State.PASS), drain(State.ERROR))
    mark = GapMark(rule=DRAIN.id, step="overlay", source="", severity=Severity.RISK)
    assert (found.gaps_opened, found.worse) == ((PassingGap(gap=mark, other=Sight.CLEAR),), True)


def test_without_a_path_the_gaps_of_the_path_stand_for_those_of_every_rule() -> None:
    found = compare_reports(drain(State.PASS), nights.lost("shop"))
    mark = GapMark(rule="", step="", source="cluster", severity=Severity.BLOCKER)
    assert found.gaps_opened == (PassingGap(gap=mark, other=Sight.CLEAR),)


def test_the_words_and_the_cause_of_a_gap_make_no_other_gap() -> None:
    other = replace(lack("network_policies"), cause="unreachable", detail="No answer.")
    new = report("shop", Verdict.INDETERMINATE, result(IP_BLOCK, "overlay", State.UNKNOWN, other))
    assert compare_reports(BLIND, new) == unchanged(BLIND)


def test_of_several_gaps_of_one_source_the_gravest_that_nobody_accepts_speaks() -> None:
    gaps = (lack("pods", Severity.BLOCKER, waiver="1"), lack("pods", Severity.NOTICE), lack("pods"))
    of = report("shop", Verdict.INDETERMINATE, result(IP_BLOCK, "overlay", State.UNKNOWN, *gaps))
    mark = GapMark(rule=IP_BLOCK.id, step="overlay", source="pods", severity=Severity.RISK)
    assert compare_reports(of, of).still_unknown == (mark,)


def test_the_title_of_a_rule_is_no_change_of_its_findings() -> None:
    renamed = tuple(replace(item, title=item.title.upper()) for item in nights.RULES)
    assert compare_reports(HAS, replace(HAS, rules=renamed)) == unchanged(HAS)


WORSE: dict[str, tuple[Report, Report]] = {
    "a new risk": (drain(State.PASS), HAS),
    "a risk seen for the first time": (replace(drain(State.PASS), rules=(OVERLAP,)), HAS),
    "a verdict": (drain(State.PASS), replace(drain(State.PASS), verdict=Verdict.BLOCKED)),
    "from blocked to unknown is not worse, a new gap is": (
        replace(report("shop", Verdict.BLOCKED, result(IP_BLOCK, "overlay", State.PASS))),
        replace(BLIND, verdict=Verdict.INDETERMINATE),
    ),
    "a graver finding": (
        drain(State.NOTED, replace(WEB, severity=Severity.NOTICE)),
        drain(State.FAIL, WEB),
    ),
    "a waiver that is gone": (drain(State.FAIL, replace(WEB, waiver="1")), HAS),
    "a waiver of a gap that is gone": (
        report("shop", Verdict.READY, result(DRAIN, "overlay", State.UNKNOWN, lack("pods", waiver="1"))),
        report("shop", Verdict.READY, result(DRAIN, "overlay", State.UNKNOWN, lack("pods"))),
    ),
    "a gap beside one that is accepted": (
        report("shop", Verdict.READY, result(DRAIN, "overlay", State.UNKNOWN, lack("pods", waiver="1"))),
        report("shop", Verdict.READY, result(DRAIN, "overlay", State.UNKNOWN, lack("pods", waiver="1"), lack("nodes"))),
    ),
    "a refusal": (
        report("shop", Verdict.BLOCKED, NO_BUDGET),
        report("shop", Verdict.BLOCKED, NO_BUDGET, steps=(REFUSED,)),
    ),
}
NOT_WORSE: dict[str, tuple[Report, Report]] = {
    "a new notice": (
        drain(State.PASS),
        replace(drain(State.NOTED, replace(WEB, severity=Severity.NOTICE)), verdict=Verdict.READY_WITH_RISKS),
    ),
    "a new risk that is accepted": (drain(State.PASS), drain(State.FAIL, replace(WEB, waiver="1"))),
    "a fixed risk": (HAS, drain(State.PASS)),
    "a milder finding": (
        drain(State.FAIL, replace(WEB, severity=Severity.BLOCKER)),
        drain(State.FAIL, WEB),
    ),
    "a new waiver": (HAS, drain(State.FAIL, replace(WEB, waiver="1"))),
    "a rule that lacks another fact than before": (SEES["lacked another"][0], BLIND),
    "gaps of rules where no path was known": (nights.lost("shop"), BLIND),
    "a gap that hides a notice": (
        report("shop", Verdict.READY, result(DRAIN, "overlay", State.PASS)),
        report("shop", Verdict.READY, result(DRAIN, "overlay", State.UNKNOWN, lack("pods", Severity.NOTICE))),
    ),
    "the same question a day later": (drain(State.PASS), replace(drain(State.PASS), as_of="2026-12-24")),
}


@pytest.mark.parametrize("name", WORSE)
def test_what_fails_now_and_did_not_is_worse(name: str) -> None:
    found = compare_reports(*WORSE[name])
    assert (is_worse(found), found.worse) == (True, True)


@pytest.mark.parametrize("name", NOT_WORSE)
def test_what_fails_no_more_than_before_is_not_worse(name: str) -> None:
    found = compare_reports(*NOT_WORSE[name])
    assert (is_worse(found), found.worse) == (False, False)


RANKS = [
    *(verdict for verdict in (Verdict.READY, Verdict.READY_WITH_RISKS, Verdict.INDETERMINATE, Verdict.BLOCKED)),
    None,
]


@pytest.mark.parametrize("before", RANKS)
@pytest.mark.parametrize("after", RANKS)
def test_verdicts_get_worse_from_ready_to_blocked_and_worst_where_nothing_is_judged_any_more(
    before: Verdict | None, after: Verdict | None
) -> None:
    found = Difference(cluster="", name="", verdict_before=before, verdict_after=after)
    expected = before is not None and RANKS.index(after) > RANKS.index(before)
    assert is_worse(found) is expected


TURNS: dict[str, tuple[Report, list[Turn]]] = {
    "target": (replace(HAS, target="overlay"), [Turn(what="target", before="overlay,cilium", after="overlay")]),
    "date": (replace(HAS, as_of="2026-11-30"), [Turn(what="as of", before="2026-11-21", after="2026-11-30")]),
    "interrupted": (replace(HAS, partial=True), [Turn(what="run", before="whole", after="interrupted")]),
    "rule pack": (
        replace(HAS, tool=replace(nights.TOOL, rule_pack_hash="cd" * 32)),
        [Turn(what="rule pack", before="1.0.0, 5 rules (abababababab)", after="1.0.0, 5 rules (cdcdcdcdcdcd)")],
    ),
    "inputs": (
        replace(HAS, inputs={"--iac-plan": "none", "--cli-version": "2.81.0"}),
        [
            Turn(what="--cli-version", before="not given", after="2.81.0"),
            Turn(what="--iac-plan", before="not given", after="none"),
        ],
    ),
    "server": (
        replace(HAS, server=None),
        [Turn(what="API server", before="https://shop.hcp.westeurope.azmk8s.io:443", after="not known")],
    ),
    "observed state": (
        replace(HAS, observed=replace(nights.KUBENET, kubernetes_version="1.34.1", pod_cidrs=())),
        [
            Turn(what="policy engine", before="none", after="calico"),
            Turn(what="pod CIDRs", before="10.244.0.0/16", after="none"),
            Turn(what="Kubernetes version", before="1.33.5", after="1.34.1"),
        ],
    ),
    "a pool that the autoscaler rules": (
        replace(HAS, pools=(nights.pool("apps", 7, max_count=9),)),
        [
            Turn(
                what="pool apps",
                before="User, Linux, Standard_D4s_v5, nodes 3",
                after="User, Linux, Standard_D4s_v5, nodes up to 9",
            )
        ],
    ),
    "pools that were not read": (replace(HAS, pools=()), [Turn(what="pools", before="apps", after="not known")]),
    "a command": (
        replace(HAS, path=ReportedPath(known=True, steps=(replace(HAS.path.steps[0], command=("az", "--yes")),))),
        [Turn(what="command of overlay", before="az aks update --name shop --overlay", after="az --yes")],
    ),
    "sources": (
        replace(HAS, coverage=nights.coverage(network_policies="forbidden", cluster="partial")),
        [Turn(what="sources not read", before="none", after="cluster, network_policies")],
    ),
}


@pytest.mark.parametrize("name", TURNS)
def test_what_else_a_reader_wants_to_know_is_named_with_both_values(name: str) -> None:
    new, turns = TURNS[name]
    assert list(compare_reports(HAS, new).turns) == turns


def test_nodes_that_the_autoscaler_adds_are_no_change() -> None:
    few, many = (replace(HAS, pools=(nights.pool("apps", count, max_count=9),)) for count in (2, 8))
    assert compare_reports(few, many) == unchanged(few)


def test_policies_are_counted_and_pods_are_not() -> None:
    old = replace(HAS, object_counts={"network_policies": 3, "pods": 10, "cilium_policies": 1})
    new = replace(HAS, object_counts={"network_policies": 4, "pods": 90})
    assert compare_reports(old, new).turns == (Turn(what="network_policies", before="3", after="4"),)


def test_findings_of_kinds_that_two_lists_share_are_looked_up_in_their_own() -> None:
    calico = replace(WEB, object=ObjectRef("NetworkPolicy.crd.projectcalico.org", "web", "shop"))
    old, whole = drain(State.FAIL, calico), drain(State.PASS)
    blind = replace(
        whole, coverage=(*whole.coverage, replace(whole.coverage[0], source="calico_policies", status="forbidden"))
    )
    sights = [compare_reports(old, new).vanished[0].other for new in (whole, blind)]
    assert sights == [Sight.CLEAR, Sight.UNKNOWN]
