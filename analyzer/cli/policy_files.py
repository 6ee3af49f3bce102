"""The policies that keep what a path to Cilium would lose, as files beside the runbook."""

from __future__ import annotations

from analyzer.cli.guard import say
from analyzer.cli.policy_engines import Engines
from analyzer.connectivity.engines.settings import Cilium
from analyzer.connectivity.rewrites import rewrites
from analyzer.connectivity.universe import Universe
from analyzer.model.fact import LackingError
from analyzer.model.report import Report
from analyzer.model.snapshot import Snapshot
from analyzer.model.step import StepKind


def policy_files(snapshot: Snapshot, report: Report) -> dict[str, str]:
    """Each file's text by its path. Empty where the path brings no Cilium, or nothing is lost; says so where policies
    or pods were not all read.
    """
    if not any(step.kind == StepKind.CILIUM and not step.refused for step in report.path.steps):
        return {}
    from reports.policy_files import PolicyFiles

    universe = Universe(snapshot)
    found: dict[str, str] = {}
    try:
        for item in Engines(snapshot).along(report.target):
            if isinstance(item.after, Cilium):
                changes = universe.changes(item.before, item.after)
                told = rewrites(universe.analysis, item.before, item.after, changes)
                found |= PolicyFiles(told, changes, item.before.name, f"Cilium {item.after.version}").files()
    except LackingError as lacking:
        say(f"no policies are proposed: {lacking}")
    return found
