"""What the parts of a flow change are called: its ends, its outcome, its policies, the time without an engine."""

from __future__ import annotations

from analyzer.model.flows import FlowChange, FlowEnd, StepFlows, UnenforcedWindow
from reports.prose import counted, listed


def outcome(change: FlowChange, flows: StepFlows) -> str:
    """What becomes of the example: "allowed by Azure NPM, blocked by Cilium 1.17.9"."""
    example = change.example
    if example.before == example.after:
        return "whether that changes is not known"
    return f"{_verdict(example.before, flows.before)}, {_verdict(example.after, flows.after)}"


def _verdict(verdict: str, engine: str) -> str:
    by = "by" if verdict in ("allowed", "blocked") else "under"
    return f"{verdict} with {engine}" if _is_none(engine) else f"{verdict} {by} {engine}"


def _is_none(engine: str) -> bool:
    """Whether the words say that there is no engine, by which nothing can be done."""
    return engine.startswith("no ")


def under(side: str, flows: StepFlows) -> str:
    """When a policy does what it is blamed for: "under Cilium 1.17.9"."""
    engine = flows.before if side == "before" else flows.after
    return f"with {engine}" if _is_none(engine) else f"under {engine}"


def end_words(end: FlowEnd) -> tuple[str, str]:
    """Kind and name of an end: Deployment and shop/api, outside and 10.0.0.0/8; no kind where the name is words."""
    if end.kind == "namespace":
        return f"{end.name} of", end.namespace
    if not end.namespace:
        is_words = end.kind == "cluster" or " " in end.name
        return "" if is_words else end.kind, end.name
    kind, _, name = end.name.rpartition("/")
    return kind or end.kind.capitalize(), f"{end.namespace}/{name}"


def ports_in_brief(ports: str) -> str:
    """The first few of a list of ports: "TCP 80, TCP 443, UDP 53 and 7 more"."""
    return listed(tuple(ports.split(", ")), 3)


def window_sentence(window: UnenforcedWindow) -> str:
    """From when to when nothing enforces the policies, and whom that concerns."""
    policies = counted(window.policies, "policy is", "policies are")
    pods = counted(window.pods, "pod that should be isolated is", "pods that should be isolated are")
    return f"{_span(window)}, no engine enforces policies: {policies} not in force, and {pods} open. {window.reason}"


def _span(window: UnenforcedWindow) -> str:
    if not window.closes:
        return f"From the step {window.opens} on, for as long as this path can tell"
    if window.closes == window.opens:
        return f"While the step {window.opens} runs, until the last node is reimaged"
    return f"From the step {window.opens} on, until the step {window.closes} has reimaged the last node"
