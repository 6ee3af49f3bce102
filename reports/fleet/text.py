"""An audit in a few lines of plain text, for a terminal and a log."""

from __future__ import annotations

from analyzer.model.fleet_report import FleetReport
from reports.escaping import visible
from reports.fleet import headline
from reports.fleet.changes import findings
from reports.fleet_difference_words import fleet_summary
from reports.words import moment


def summary(report: FleetReport) -> str:
    """How many clusters came to what, and what was not seen; with a newline at its end."""
    lines = [headline.title(report), headline.found(report), headline.interruption(report)]
    lines += [headline.seen(report), headline.unseen(report)]
    if report.baseline:
        since = moment(report.baseline.before)
        lines.append(f"Since the run of {since}: {fleet_summary(report.baseline)} {findings(report.baseline)}")
    return "".join(f"{visible(line)}\n" for line in lines if line)
