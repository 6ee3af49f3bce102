from __future__ import annotations

from typing import Any

from analyzer.model.finding import Evidence, ObjectRef, Severity
from analyzer.model.report import ReportedFinding, ReportedGap, Result, State
from reports.folding import GapRow, Occurrence, gap_rows, groups, rows, shape


def _finding(name: str, message: str, print_: str, **more: Any) -> ReportedFinding:
    return ReportedFinding(
        fingerprint=print_,
        severity=more.pop("severity", Severity.RISK),
        object=ObjectRef("Pod", name, "shop"),
        message=message,
        evidence=more.pop("evidence", ()),
        **more,
    )


def _result(step: str, *findings: ReportedFinding) -> Result:
    return Result(rule="R", step=step, state=State.FAIL, findings=findings)


def _gap(detail: str, rule: str = "R", **more: Any) -> tuple[str, ReportedGap]:
    return rule, ReportedGap(
        **{"source": "pods", "cause": "hidden", "detail": detail, "severity": Severity.RISK} | more
    )


def test_the_same_finding_at_two_steps_is_one_row_with_both_fingerprints() -> None:
    found = rows([_result("overlay", _finding("a", "m", "1")), _result("cilium", _finding("a", "m", "2"))])
    assert [row.occurrences for row in found] == [(Occurrence("overlay", "1"), Occurrence("cilium", "2"))]


def test_a_finding_that_says_something_else_at_another_step_is_a_row_of_its_own() -> None:
    found = rows([_result("overlay", _finding("a", "m", "1")), _result("cilium", _finding("a", "n", "2"))])
    assert [(row.message, row.steps) for row in found] == [("m", ("overlay",)), ("n", ("cilium",))]


def test_the_gravest_row_comes_first() -> None:
    grave = _finding("b", "m", "2", severity=Severity.BLOCKER)
    found = rows([_result("overlay", _finding("a", "m", "1"), grave)])
    assert [row.severity for row in found] == [Severity.BLOCKER, Severity.RISK]


def test_rows_that_differ_in_names_and_values_only_are_one_group() -> None:
    one = _finding("a", "Pod shop/a listens on 80.", "1")
    two = _finding("b", "Pod shop/b listens on 8080.", "2")
    other = _finding("c", "Pod shop/c does not listen.", "3")
    found = groups(rows([_result("overlay", one, two, other)]))
    assert [[row.object.name for row in group.rows] for group in found] == [["a", "b"], ["c"]]


def test_rows_of_different_weight_step_or_remedy_are_not_one_group() -> None:
    findings = (
        _finding("a", "m", "1"),
        _finding("b", "m", "2", severity=Severity.NOTICE),
        _finding("c", "m", "3", remedy=("Do.",)),
    )
    found = groups(rows([_result("overlay", *findings), _result("cilium", _finding("d", "m", "4"))]))
    assert [len(group.rows) for group in found] == [1, 1, 1, 1]


def test_shape_leaves_out_names_values_numbers_and_quotations() -> None:
    of = ObjectRef("Service", "web", "shop")
    evidence = (Evidence("spec.type", "LoadBalancer"),)
    message = "Service shop/web (LoadBalancer) webhook web: 'any thing' on 10.0.0.0/16, port=80."
    assert shape(message, of, evidence) == "Service * * webhook * * on * *"


def test_shape_takes_a_long_name_in_stride() -> None:
    assert shape("n" * 200_000, None) == "n" * 200_000


def test_alike_gaps_are_one_row_that_names_every_rule_once() -> None:
    found = gap_rows(
        [
            _gap("Pod a hides its port", "R1", object=ObjectRef("Pod", "a")),
            _gap("Pod b hides its port", "R1", object=ObjectRef("Pod", "b")),
            _gap("Pod a hides its port", "R2", object=ObjectRef("Pod", "a"), severity=Severity.BLOCKER),
        ]
    )
    assert found == (
        GapRow(
            severity=Severity.BLOCKER,
            source="pods",
            cause="hidden",
            detail="Pod a hides its port",
            grant="",
            alike=1,
            rules=("R1", "R2"),
        ),
    )


def test_gaps_of_another_cause_or_grant_stay_apart_and_the_gravest_comes_first() -> None:
    found = gap_rows(
        [_gap("x"), _gap("x", cause="forbidden"), _gap("x", grant="Give it", severity=Severity.BLOCKER), _gap("y", "")]
    )
    assert [(row.cause, row.detail, row.grant, row.rules) for row in found] == [
        ("hidden", "x", "Give it", ("R",)),
        ("hidden", "x", "", ("R",)),
        ("forbidden", "x", "", ("R",)),
        ("hidden", "y", "", ()),
    ]
