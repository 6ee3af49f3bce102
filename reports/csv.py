"""One line for each finding and each missing fact, for spreadsheets: formula-safe, and no row is folded or left out.

The first line says the verdict, so that a file without findings is not taken for a clean one. A rule that broke and a
refused step have lines too: neither is a finding, and both count.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO

from analyzer.model.finding import ObjectRef
from analyzer.model.report import Report, ReportedFinding, ReportedGap, ReportedStep, Result, RuleSummary, State
from analyzer.model.waiver import Waiver
from reports import headline
from reports.escaping import visible
from reports.priorities import priorities
from reports.waivers import named

COLUMNS = (
    "cluster_id",
    "cluster",
    "line",
    "verdict",
    "step",
    "rule",
    "title",
    "state",
    "severity",
    "kind",
    "namespace",
    "name",
    "message",
    "evidence",
    "source",
    "cause",
    "remedy",
    "flag",
    "fingerprint",
    "waiver",
    "waiver_owner",
    "waiver_expires",
    "waiver_ticket",
    "waiver_reason",
)
"""Frozen: a column keeps its name and its place, and new ones come last. `line` is verdict, refusal, finding, gap or
broken; `severity` of a gap is the most that it could hide."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def render(report: Report) -> str:
    """The lines in catalogue order as the JSON report has them, each ended by a line feed."""
    stream = StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    same = {"cluster_id": report.cluster.id, "cluster": report.cluster.name}
    for line in _lines(report):
        cells = same | line
        writer.writerow([cell(cells.get(column, "")) for column in COLUMNS])
    return stream.getvalue()


def _lines(report: Report) -> Iterator[dict[str, str]]:
    said = " ".join(headline.sentences(report, priorities(report)))
    partial = "Partial: the run was interrupted. " if report.partial else ""
    yield {"line": "verdict", "verdict": report.verdict.value, "message": partial + said}
    yield from (_refusal(step) for step in report.path.steps if step.refused)
    yield from (_gap(gap) for gap in report.path.gaps)
    titles = {rule.id: rule for rule in report.rules}
    accepted = {id: _acceptance(waiver) for id, waiver in named(report).items()}
    for result in report.results:
        judged = _judged(result, titles.get(result.rule))
        if result.state is State.ERROR:
            yield judged | {"line": "broken", "message": result.reason}
        for finding in result.findings:
            yield judged | _finding(finding) | accepted.get(finding.waiver, {})
        for gap in result.gaps:
            yield judged | _gap(gap) | accepted.get(gap.waiver, {})


def _refusal(step: ReportedStep) -> dict[str, str]:
    return {
        "line": "refusal",
        "step": step.kind,
        "rule": step.refused_by,
        "severity": "blocker",
        "message": step.reason,
        "remedy": _joined(step.ways_out),
    }


def _judged(result: Result, rule: RuleSummary | None) -> dict[str, str]:
    cells = {"step": result.step, "rule": result.rule, "state": result.state.value}
    if rule is None:
        return cells
    return cells | {"title": rule.title, "severity": rule.severity.value, "remedy": _joined(rule.remedy)}


def _finding(finding: ReportedFinding) -> dict[str, str]:
    cells = {
        "line": "finding",
        "severity": finding.severity.value,
        "message": finding.message,
        "evidence": _joined(tuple(f"{item.where}: {item.value}" for item in finding.evidence)),
        "flag": finding.asks,
        "fingerprint": finding.fingerprint,
        "waiver": finding.waiver,
    }
    own = {"remedy": _joined(finding.remedy)} if finding.remedy else {}
    return cells | _object(finding.object) | own


def _gap(gap: ReportedGap) -> dict[str, str]:
    cells = {
        "line": "gap",
        "severity": gap.severity.value,
        "message": gap.detail,
        "source": gap.source,
        "cause": gap.cause,
        "remedy": gap.grant,
        "waiver": gap.waiver,
    }
    return cells | (_object(gap.object) if gap.object else {})


def _object(of: ObjectRef) -> dict[str, str]:
    return {"kind": of.kind, "namespace": of.namespace, "name": of.name}


def _acceptance(waiver: Waiver) -> dict[str, str]:
    return {
        "waiver_owner": waiver.owner,
        "waiver_expires": waiver.expires,
        "waiver_ticket": waiver.ticket,
        "waiver_reason": waiver.reason,
    }


def _joined(parts: tuple[str, ...]) -> str:
    return " | ".join(parts)


def cell(text: str) -> str:
    """One visible line that no spreadsheet takes for a formula, behind spaces either."""
    is_formula = text.startswith(_FORMULA) or text.lstrip().startswith(_FORMULA)
    return f"'{visible(text)}" if is_formula else visible(text)
