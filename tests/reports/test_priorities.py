from __future__ import annotations

from typing import Any

import msgspec
import pytest

from analyzer.model.finding import Severity
from analyzer.model.report import Report, Result, State, Verdict
from reports.headline import Advice, advice, others, said, sentences
from reports.priorities import priorities
from reports.sections import chapters, judgements


def _said(report: Report) -> tuple[tuple[str, ...], Advice]:
    lines = priorities(report)
    return sentences(report, lines), advice(report, lines)


def test_the_refused_step_comes_before_the_blockers_of_earlier_steps(made: Any) -> None:
    lines = priorities(made["rich"]())
    assert [(line.rule, line.steps, line.more) for line in lines.stops] == [
        ("CIL-WINDOWS", ("cilium",), 0),
        ("OVL-PODCIDR-OVERLAP-VNET", ("overlay",), 0),
    ]


def test_a_refusal_that_no_rule_explains_is_a_line_of_its_own(made: Any) -> None:
    report = made["rich"]()
    found = tuple(item for item in report.results if item.rule != "CIL-WINDOWS")
    lines = priorities(msgspec.structs.replace(report, results=found))
    assert [(line.rule, line.is_refusal, line.title) for line in lines.stops] == [
        ("", True, "Move to the Cilium data plane: the platform does not offer it from here"),
        ("OVL-PODCIDR-OVERLAP-VNET", False, "The pod range overlaps the virtual network"),
    ]


def test_the_rule_that_explains_a_refusal_carries_the_ways_out(made: Any) -> None:
    first = priorities(made["rich"]()).stops[0]
    assert (first.is_refusal, first.remedy) == (
        True,
        (
            "Move the Windows workloads to another cluster, then delete the pool:"
            " `az aks nodepool delete --resource-group shop-rg --cluster-name shop --name win`.",
        ),
    )


def test_a_rule_is_one_line_with_the_first_object_and_the_number_of_others(made: Any) -> None:
    risks = priorities(made["rich"]()).risks
    assert [(line.rule, line.more, line.remedy[0]) for line in risks] == [
        ("REI-PDB", 23, "Allow at least one disruption for the time of the change."),
        ("KUB-RT-BYO", 0, "Detach the table after the step."),
    ]


def test_a_rule_is_counted_once_at_its_gravest_weight_and_names_its_lesser_objects(made: Any) -> None:
    overlap = priorities(made["rich"]()).stops[1]
    assert (overlap.rule, overlap.more, overlap.lesser, others(overlap)) == (
        "OVL-PODCIDR-OVERLAP-VNET",
        0,
        1,
        " And 1 object of less weight.",
    )


def test_what_is_about_this_cluster_comes_before_what_is_always_so(made: Any) -> None:
    report = made["rich"]()
    always = report.rules[4]
    assert always.id == "OVL-IRREVERSIBLE"
    window = msgspec.structs.replace(always, id="REI-MAINT-WINDOW")
    noted = next(item for item in report.results if item.rule == always.id)
    report = msgspec.structs.replace(
        report,
        rules=(msgspec.structs.replace(always, is_always_so=True), window),
        results=(noted, msgspec.structs.replace(noted, rule=window.id, step="cilium")),
    )
    assert [line.rule for line in priorities(report).notices] == ["REI-MAINT-WINDOW", "OVL-IRREVERSIBLE"]
    (notices,) = chapters(judgements(report))
    assert [item.rule.id for item in notices.judgements] == ["REI-MAINT-WINDOW", "OVL-IRREVERSIBLE"]


def test_a_line_names_its_object_where_the_message_does_not(made: Any) -> None:
    report = made["rich"]()
    drain = next(item for item in report.results if item.rule == "REI-PDB")
    short = tuple(msgspec.structs.replace(item, message="It allows none.") for item in drain.findings)
    line = priorities(msgspec.structs.replace(report, results=(msgspec.structs.replace(drain, findings=short),)))
    assert said(line.risks[0]) == "shop/PodDisruptionBudget/cart-1: It allows none. And 23 more objects."
    assert priorities(report).risks[0].object is None


def test_gaps_that_could_only_make_a_notice_do_not_hold_the_verdict(made: Any) -> None:
    report = _with_gaps_of(made["rich"](), Severity.NOTICE)
    lines = priorities(report)
    assert (len(lines.unseen), lines.holding) == (2, ())


def test_a_broken_rule_holds_the_verdict_unless_it_could_only_note(made: Any) -> None:
    report = made["rich"]()
    noted = tuple(msgspec.structs.replace(rule, severity=Severity.NOTICE) for rule in report.rules)
    assert [line.rule for line in priorities(report).broken] == ["OVL-IPMASQ-CUSTOM"]
    assert priorities(msgspec.structs.replace(report, rules=noted)).broken == ()


def test_blocked_names_the_refusal_first_and_what_is_open_besides(made: Any) -> None:
    words, first = _said(made["rich"]())
    assert words == (
        "Not yet: 2 blockers to settle before this migration can start. Nothing was changed.",
        "Besides, 3 rules are unknown: settling the blockers alone does not make it ready.",
    )
    assert (first.heading, first.anchor) == (
        "Windows node pools cannot join the Cilium data plane",
        "r-CIL-WINDOWS",
    )
    assert first.actions[0].startswith("Move the Windows workloads to another cluster")


def test_an_unknown_path_asks_for_the_missing_fact(made: Any) -> None:
    words, first = _said(made["lost"]())
    assert words == (
        "No path can be named, so no rule could be judged. This is not a go.",
        "10 rules are unknown.",
    )
    assert first == Advice(
        "Make the missing facts readable",
        "Not known: Managed cluster (Azure).",
        ("Grant Reader on the cluster",),
        "coverage",
    )


def test_indeterminate_is_never_a_go(made: Any) -> None:
    report = msgspec.structs.replace(made["rich"](), verdict=Verdict.INDETERMINATE)
    words, first = _said(report)
    assert words[0].endswith("This is not a go.")
    assert first.reason == "Not known: Managed cluster (Azure), Network policies."


def test_nothing_evaluated_is_said(made: Any) -> None:
    words, first = _said(made["blank"]())
    assert words == ("No rule was evaluated, so nothing is known.",)
    assert first.reason == "Nothing was evaluated: name a cluster and at least one rule."


def test_risks_name_the_first_and_count_its_objects(made: Any) -> None:
    words, first = _said(made["risky"]())
    assert words == (
        "No blocker, and 1 risk to settle or accept first: the platform accepts the migration, then traffic or"
        " workloads suffer.",
    )
    assert first.reason.endswith("And 23 more objects.")


def test_ready_points_to_the_first_step(made: Any) -> None:
    words, first = _said(made["ready"]())
    count = made["ready"]().tool.rule_count
    assert words == (
        f"No blocker and no risk among the {count} limitations that this version judges, and no fact was lacking for one."
        " 1 question for you to answer could still bring one.",
    )
    assert first.reason == "First answer 1 question, and read 1 notice, worth knowing before the change."
    assert (first.heading, first.anchor) == ("Plan the window for step 1: Move to Azure CNI Overlay", "step-overlay")


def test_ready_with_an_open_notice_says_so(made: Any) -> None:
    report = made["ready"]()
    gap = Result(rule="OVL-IRREVERSIBLE", step="cilium", state=State.UNKNOWN, gaps=_notice_gaps(made["rich"]()))
    words, _ = _said(msgspec.structs.replace(report, results=(*report.results, gap)))
    assert words[1] == "1 rule is unknown; what is missing could only make a notice."


def test_a_cluster_on_the_target_has_nothing_to_migrate(made: Any) -> None:
    words, first = _said(made["finished"]())
    assert words == (
        "The cluster already runs Azure CNI Overlay with the Cilium data plane: there is nothing to migrate.",
    )
    assert first.heading == "Nothing to do"


@pytest.mark.parametrize("verdict", [Verdict.BLOCKED, Verdict.READY_WITH_RISKS])
def test_a_verdict_without_its_finding_sends_the_reader_to_the_report(verdict: Verdict, made: Any) -> None:
    _, first = _said(msgspec.structs.replace(made["finished"](), verdict=verdict))
    assert first.heading == "Read the report"


def _with_gaps_of(report: Report, severity: Severity) -> Report:
    results = (
        msgspec.structs.replace(item, gaps=tuple(msgspec.structs.replace(gap, severity=severity) for gap in item.gaps))
        for item in report.results
    )
    return msgspec.structs.replace(report, results=tuple(results))


def _notice_gaps(report: Report) -> Any:
    return _with_gaps_of(report, Severity.NOTICE).results[4].gaps
