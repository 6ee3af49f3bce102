"""A run of compare: the two sides, what differs, where it is written, and the code that it ends with."""

from __future__ import annotations

from typing import assert_never

from analyzer.cli import exit_codes
from analyzer.cli.compare import Comparing
from analyzer.cli.exit_codes import FailOn
from analyzer.cli.guard import say
from analyzer.cli.options import Asking
from analyzer.cli.output import Output, parse_outputs, write_documents
from analyzer.cli.questions import asked
from analyzer.cli.sides import Audit, Side, side
from analyzer.compare import compare_fleets, compare_reports
from analyzer.errors import UsageError
from analyzer.model.difference import Difference, FleetDifference
from analyzer.model.report import Report
from reports.differences import DIFFERENCE_FORMATS


def compare_sides(comparing: Comparing, asking: Asking) -> int:
    """Compares, writes the answer, returns the exit code. Raises PreflightError."""
    if comparing.old is None or comparing.new is None:
        raise UsageError("Two are compared: give two reports, snapshots or audits, the older one first.")
    outputs = parse_outputs(comparing.formats or (), DIFFERENCE_FORMATS) or (Output("text", None),)
    question = asked(asking)
    old, new = side(comparing.old, question), side(comparing.new, question)
    found = _compare(old, new, (comparing.old, comparing.new))
    codes = [exit_codes.OK, *write_documents(outputs, lambda name: DIFFERENCE_FORMATS[name](found))]
    if _is_empty(new):
        say(f"aks-preflight: nothing in {comparing.new} was judged, so that nothing is worse proves nothing.")
        codes.append(exit_codes.INDETERMINATE)
    codes += [exit_codes.DRIFT] if found.worse and question.fail_on is not FailOn.NEVER else []
    return exit_codes.worst(codes)


def _compare(old: Side, new: Side, words: tuple[str, str]) -> Difference | FleetDifference:
    match old, new:
        case Report(), Report():
            _require_same_cluster(old, new, words)
            return compare_reports(old, new)
        case Audit(), Audit():
            return compare_fleets(old.report, new.report, (old.report_of, new.report_of))
        case _:
            raise UsageError(f"{words[0]} is {_kind(old)} and {words[1]} is {_kind(new)}: compare two of a kind.")


def _kind(found: Side) -> str:
    match found:
        case Report():
            return f"a report of {_name(found)}"
        case Audit():
            return f"an audit of {len(found.report.clusters):,} clusters"
        case _ as never:
            assert_never(never)


def _name(report: Report) -> str:
    return report.cluster.id or report.cluster.name or "an unknown cluster"


def _require_same_cluster(old: Report, new: Report, words: tuple[str, str]) -> None:
    """Raises UsageError where what both know of themselves differs: the ARM id, else name and API server."""
    ids = (old.cluster.id, new.cluster.id)
    others = ((old.cluster.name, new.cluster.name), (old.server or "", new.server or ""))
    known = [pair for pair in ((ids,) if all(ids) else others) if all(pair)]
    if not known:
        say("One of the two does not say which cluster it is of: that both are of one is your word.")
    if any(was.lower() != now.lower() for was, now in known):
        both = f"{words[0]} is of {_name(old)}, and {words[1]} is of {_name(new)}"
        raise UsageError(f"{both}: two clusters. Compare two reports of one, or two audits.")


def _is_empty(new: Side) -> bool:
    """Whether nothing of it was judged: that nothing is worse then proves nothing."""
    if isinstance(new, Report):
        return not new.results
    return all(row.verdict is None for row in new.report.clusters)
