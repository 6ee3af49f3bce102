"""The answers of the policy engines: reads one cluster, asks, writes, and says with which code the run ends."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from msgspec.structs import replace

from analyzer.cli import exit_codes
from analyzer.cli.guard import say
from analyzer.cli.options import Reaching, Selection
from analyzer.cli.output import Output, parse_outputs, write_documents
from analyzer.cli.policy import Comparing, Ends, Explaining, Listing
from analyzer.cli.policy_engines import Engines
from analyzer.cli.policy_evidence import PolicyEvidence, read_one, unread
from analyzer.cli.policy_questions import allowed_flows, explained
from analyzer.connectivity.universe import Universe
from analyzer.flow_summary import FlowSummaries
from analyzer.model.fact import LackingError
from analyzer.model.flows import StepFlows
from reports import PLAN_FORMATS, flow_json, flow_text

A = TypeVar("A", flow_json.Changes, flow_json.Flows, flow_json.Explanations)


def answer_changes(which: Selection, comparing: Comparing, reaching: Reaching, formats: Sequence[str]) -> int:
    """What changes between the engines; returns the exit code."""

    def ask(evidence: PolicyEvidence) -> flow_json.Changes:
        engines = Engines(evidence.snapshot, comparing.kubernetes_version)
        before, after = comparing.engine_before, comparing.engine_after
        compared = (engines.between(before, after),) if before or after else engines.along(comparing.to)
        most = sys.maxsize if any(word.startswith("json") for word in formats) else flow_text.MOST_CHANGES
        summaries = FlowSummaries(Universe(evidence.snapshot), most)
        steps = tuple(_without_window(summaries.step(item)) for item in compared)
        return flow_json.Changes(steps=steps, unread=evidence.unproven)

    return _answer(which, reaching, formats, (ask, flow_text.changes))


def _without_window(flows: StepFlows) -> StepFlows:
    """Engines that were named replace each other at no step, and leave no time without one."""
    return flows if flows.step else replace(flows, unenforced=None)


def answer_flows(which: Selection, listing: Listing, reaching: Reaching, formats: Sequence[str]) -> int:
    """What one engine allows; returns the exit code."""

    def ask(evidence: PolicyEvidence) -> flow_json.Flows:
        snapshot = evidence.snapshot
        engines = Engines(snapshot, listing.kubernetes_version)
        settings = engines.named(listing.engine) if listing.engine else engines.today()
        return allowed_flows(snapshot, settings, listing, (*evidence.unproven, *unread(snapshot)))

    return _answer(which, reaching, formats, (ask, flow_text.flows))


def answer_explain(ends: Ends, which: Selection, explaining: Explaining, output: tuple[Reaching, Sequence[str]]) -> int:
    """Why engines let a flow through or not; returns the exit code."""
    reaching, formats = output

    def ask(evidence: PolicyEvidence) -> flow_json.Explanations:
        engines = Engines(evidence.snapshot, explaining.kubernetes_version)
        settings = engines.walked(explaining.engines or (), explaining.to)
        return explained(evidence.snapshot, settings, ends, (*evidence.unproven, *unread(evidence.snapshot)))

    return _answer(which, reaching, formats, (ask, flow_text.explanations))


def _answer(
    which: Selection,
    reaching: Reaching,
    formats: Sequence[str],
    asking: tuple[Callable[[PolicyEvidence], A], Callable[[A], str]],
) -> int:
    """Asks and writes. What was not read ends with a code of its own, whatever the answer."""
    ask, as_text = asking
    renderers: Mapping[str, Callable[[A], str]] = {"text": as_text, "json": flow_json.render}
    outputs = parse_outputs(formats, PLAN_FORMATS) or (Output("text", None),)
    evidence = read_one(which, reaching)
    try:
        answer = ask(evidence)
    except LackingError as lacking:
        for missing in lacking.missing:
            say(f"not read: {missing.detail}{f'. {missing.grant}' if missing.grant else ''}")
        return exit_codes.worst((exit_codes.INDETERMINATE, _interrupted(evidence)))
    failures: tuple[int, ...] = write_documents(outputs, lambda name: renderers[name](answer))
    return exit_codes.worst(
        (exit_codes.INDETERMINATE if _is_partial(answer) else exit_codes.OK, _interrupted(evidence), *failures)
    )


def _is_partial(answer: flow_json.Changes | flow_json.Flows | flow_json.Explanations) -> bool:
    return bool(answer.unread) or (isinstance(answer, flow_json.Changes) and any(step.unread for step in answer.steps))


def _interrupted(evidence: PolicyEvidence) -> int:
    return exit_codes.INTERRUPTED if evidence.interrupted else exit_codes.OK
