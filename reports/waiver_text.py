"""The waivers of a judgement in a few lines: those that do not hold, and who accepts what until when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from analyzer.model.report import Report, ReportedStep, Result
from analyzer.model.waiver import JudgedWaiver, Waiver
from reports.flow_summary import SummaryLine
from reports.folding import rows
from reports.prose import counted
from reports.standing import has_waived
from reports.waivers import STANDINGS, Acceptance, accepted_by, named, said, target


def amiss_lines(judged: JudgedWaiver) -> Iterator[SummaryLine]:
    """A waiver that does not hold, and why."""
    waiver = judged.waiver
    yield SummaryLine(2, "bold", f"{STANDINGS[judged.standing]}: {waiver.rule}, {target(waiver)}")
    yield SummaryLine(4, "", _plain(said(judged)))
    yield SummaryLine(4, "dim", accepted_by(waiver))


def acceptance_lines(item: Acceptance) -> Iterator[SummaryLine]:
    """A waiver in force: what it covers, who accepts that, and why."""
    waiver = item.waiver
    yield SummaryLine(2, "bold", f"{item.title}  {waiver.rule}, {target(waiver)}")
    yield SummaryLine(4, "", f"Covers {covers(item)}.")
    yield SummaryLine(4, "", f"{accepted_by(waiver)}: {waiver.reason}")


def covers(item: Acceptance) -> str:
    """What a waiver covers, in numbers and the first one's words."""
    if not item.covered:
        return "nothing in this report"
    first = item.covered[0]
    about = f"{first.object}: " if first.object else ""
    noun = "missing fact" if item.waiver.fact else f"{first.severity.value}"
    if len({covered.severity for covered in item.covered}) > 1:
        noun = "finding"
    return f"{counted(len(item.covered), noun)}: {about}{_plain(first.message).rstrip('.')}"


def step_waivers(report: Report, step: ReportedStep) -> Iterator[str]:
    """What waivers accept at one step, each in a sentence: the runbook goes on, and says so."""
    by_id = named(report)
    for result in report.results:
        if result.step == step.kind and has_waived(result):
            found = Counter((_owner(by_id.get(id), id), what) for id, what in _accepted(result))
            for (owner, what), number in found.items():
                yield f"{result.rule}: {counted(number, what)}, accepted by {owner}"


def _plain(text: str) -> str:
    """A sentence without the backticks around commands."""
    return text.replace("`", "")


def _accepted(result: Result) -> Iterator[tuple[str, str]]:
    """Each thing that a waiver accepts: the waiver's id, and what it is."""
    yield from ((row.waiver, row.severity.value) for row in rows([result]) if row.waiver)
    yield from ((gap.waiver, "missing fact") for gap in result.gaps if gap.waiver)


def _owner(waiver: Waiver | None, id: str) -> str:
    """The report of another hand may name a waiver that it does not hold."""
    return accepted_by(waiver) if waiver else f"waiver {id}, of which this report says no more"
