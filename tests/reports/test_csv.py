"""The lines for spreadsheets; the golden in golden/ is written anew by UPDATE_GOLDENS=1."""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path
from typing import Any

import msgspec
import pytest

from analyzer.model.finding import ObjectRef
from analyzer.model.report import Report, State
from reports import FORMATS
from reports.csv import COLUMNS

GOLDEN = Path(__file__).parent / "golden"
FROZEN = (
    "cluster_id cluster line verdict step rule title state severity kind namespace name message evidence source cause"
    " remedy flag fingerprint waiver waiver_owner waiver_expires waiver_ticket waiver_reason"
)
"""As in version 0.1: a script that reads the file counts on it. Only ever add at the end."""


def lines(report: Report) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(FORMATS["csv"](report), newline="")))


def test_the_columns_are_frozen() -> None:
    assert tuple(FROZEN.split()) == COLUMNS


def test_the_lines_are_the_golden_ones(made: Any) -> None:
    text = FORMATS["csv"](made["waived"]())
    path = GOLDEN / "waived.csv"
    if "UPDATE_GOLDENS" in os.environ:
        path.write_text(text, encoding="utf-8", newline="")
    assert text == path.read_bytes().decode()


def test_each_finding_and_gap_has_one_line_and_nothing_is_folded(report: Report) -> None:
    found = lines(report)
    wanted = [item.fingerprint for result in report.results for item in result.findings]
    assert [line["fingerprint"] for line in found if line["line"] == "finding"] == wanted
    gaps = [*report.path.gaps, *(gap for result in report.results for gap in result.gaps)]
    assert [line["severity"] for line in found if line["line"] == "gap"] == [gap.severity for gap in gaps]


def test_the_first_line_is_the_verdict_so_that_no_file_looks_clean(report: Report) -> None:
    assert [(line["line"], line["verdict"]) for line in lines(report) if line["verdict"]] == [
        ("verdict", report.verdict.value)
    ]


def test_a_broken_rule_and_a_refused_step_have_their_lines(made: Any) -> None:
    found = lines(made["rich"]())
    assert [
        (line["line"], line["rule"], line["step"], line["message"])
        for line in found
        if line["line"] in ("broken", "refusal")
    ] == [
        (
            "refusal",
            "CIL-WINDOWS",
            "cilium",
            "The Cilium data plane is Linux only, and the cluster has Windows node pools.",
        ),
        ("broken", "OVL-IPMASQ-CUSTOM", "overlay", "The rule broke: KeyError: 'data'"),
    ]
    assert {result.state for result in made["rich"]().results} > {State.ERROR}


def test_an_interrupted_run_is_marked(made: Any) -> None:
    assert lines(made["lost"]())[0]["message"].startswith("Partial: the run was interrupted. ")


def test_a_waived_finding_carries_its_waiver(made: Any) -> None:
    (line,) = (line for line in lines(made["waived"]()) if line["rule"] == "REI-SYSTEM-SINGLE-NODE")
    assert [line[column] for column in COLUMNS if column.startswith("waiver")] == [
        "bbbbbbbbbbbb",
        "team-aks",
        "2026-12-31",
        "CHG-1001",
        "The shop is closed that night.",
    ]


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\\t=1"),
        ("\r=1", "'\\r=1"),
        ("  =1", "'  =1"),
        ("a=1", "a=1"),
        ("line\nnext", "line\\nnext"),
    ],
)
def test_no_cell_is_a_formula_or_leaves_its_line(name: str, cell: str, made: Any) -> None:
    report = made["rich"]()
    finding = msgspec.structs.replace(report.results[0].findings[0], object=ObjectRef("Pod", name))
    result = msgspec.structs.replace(report.results[0], findings=(finding,))
    (line,) = (line for line in lines(msgspec.structs.replace(report, results=(result,))) if line["line"] == "finding")
    assert line["name"] == cell


def test_lines_end_with_a_line_feed(made: Any) -> None:
    text = FORMATS["csv"](made["hostile"]())
    assert "\r" not in text
    assert text.endswith("\n")
    assert len(text.splitlines()) == len(lines(made["hostile"]())) + 1
