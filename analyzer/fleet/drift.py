"""What of a cluster must still be as it was approved: the one table of what is material. Pure.

Material are the network state, the path and its commands, ranges, the Kubernetes version, pools that came or went,
nodes that the approved pod range does not hold, and traffic that would change otherwise. Not material are notices,
counts of pods, and what only got better.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence

from analyzer.compare.turns import NONE, UNKNOWN, network_and_path
from analyzer.model.difference import Turn
from analyzer.model.flows import FlowChange, FlowEnd, StepFlows
from analyzer.model.report import PoolSummary, Report


def drift(approved: Report, now: Report) -> tuple[Turn, ...]:
    """What is material and not as approved, in the order of these lines; empty: nothing."""
    return (
        *_turns(network_and_path(approved), network_and_path(now)),
        *_turns(_commands(approved), _commands(now)),
        *_turns(_pools(approved), _pools(now)),
        *_growth(approved, now),
        *_traffic(approved, now),
    )


def _turns(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Turn]:
    for what in dict.fromkeys((*before, *after)):
        was, now = before.get(what, NONE), after.get(what, NONE)
        if was != now:
            yield Turn(what=what, before=was, after=now)


def _commands(report: Report) -> dict[str, str]:
    return {f"command of {step.kind}": shlex.join(step.command) for step in report.path.steps}


def _pools(report: Report) -> dict[str, str]:
    """Each pool by what a pool that was made anew under its name could have otherwise; never the count of its nodes."""
    if not report.pools:
        return {"pools": UNKNOWN}
    return {f"pool {pool.name}": _pool(pool) for pool in report.pools}


def _pool(pool: PoolSummary) -> str:
    parts = (pool.mode, pool.os_type, f"subnet {pool.subnet}" if pool.subnet else "")
    return ", ".join(filter(None, parts))


def _growth(approved: Report, now: Report) -> Iterator[Turn]:
    """Nodes beyond what the approved pod range holds; or that nobody can count any more."""
    was, plan = approved.address_plan, now.address_plan
    if was is None or plan is None or was.capacity is None:
        return
    if plan.demand is None and was.demand is not None:
        yield Turn(what="nodes that the pod range must hold", before=str(was.demand), after=UNKNOWN)
    elif plan.demand is not None and plan.demand > was.capacity:
        yield Turn(what="nodes", before=f"room for {was.capacity}", after=f"{plan.demand} to hold")


def _traffic(approved: Report, now: Report) -> Iterator[Turn]:
    before, after = ({step.step: step for step in report.flows} for report in (approved, now))
    for kind in dict.fromkeys((*before, *after)):
        was, found = before.get(kind), after.get(kind)
        words = _words(was), _words(found)
        if was is None or found is None:
            yield Turn(what=f"traffic at {kind}", before=words[0], after=words[1])
        elif _changes_otherwise(was, found):
            other = f"{words[1]}; others than approved" if words[0] == words[1] else words[1]
            yield Turn(what=f"traffic at {kind}", before=words[0], after=other)


def _words(step: StepFlows | None) -> str:
    if step is None:
        return "not compared"
    unread = "not all was read; " if step.unread else ""
    return f"{unread}{step.blocked} newly blocked, {step.allowed} newly allowed, {step.unknown} unknown"


def _changes_otherwise(was: StepFlows, now: StepFlows) -> bool:
    """Whether any traffic would change that was not said to change. What would not any more is no drift."""
    return (
        now.blocked > was.blocked
        or now.allowed > was.allowed
        or now.unknown > was.unknown
        or not set(now.unread) <= set(was.unread)
        or not _marks(now) <= _marks(was)
        or _window(now) != _window(was)
    )


def _marks(step: StepFlows) -> set[object]:
    """Changes and edges by what they are, without what comes and goes with single pods."""
    edges = {(edge.source, edge.destination, _signs(edge.blocked, edge.allowed, edge.unknown)) for edge in step.edges}
    return {*map(_mark, step.changes), *edges}


def _signs(*numbers: int) -> tuple[bool, ...]:
    return tuple(map(bool, numbers))


def _mark(change: FlowChange) -> tuple[object, ...]:
    blamed = tuple((blame.policy, blame.side) for blame in change.blame)
    ends = _ends(change.sources, change.source_count), _ends(change.destinations, change.destination_count)
    return change.kind, change.way, change.family, ends, change.ports, blamed


def _ends(shown: Sequence[FlowEnd], count: int) -> tuple[object, ...]:
    """The ends by name; those that are not shown by their number."""
    return (*((end.kind, end.namespace, end.name) for end in shown), count - len(shown))


def _window(step: StepFlows) -> tuple[str, str] | None:
    """From when to when no engine enforces the policies."""
    return (step.unenforced.opens, step.unenforced.closes) if step.unenforced else None
