"""What policy engines answer, for machines: the same words as in the text, and all of them."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from analyzer.connectivity.explanation import Explanation
from analyzer.connectivity.flow import FlowVerdict
from analyzer.model.flows import FlowEnd, StepFlows
from reports.json import safe


class Changes(Struct, frozen=True, kw_only=True, rename="camel"):
    """The answer of `policy changes`."""

    steps: tuple[StepFlows, ...]
    """In the path's order; empty: no step changes the engine."""
    unread: tuple[str, ...] = ()
    """What was not read, in words: with any, this is not the whole truth."""


class FlowRow(Struct, frozen=True, kw_only=True, rename="camel"):
    """Flows from each source to each destination."""

    sources: tuple[FlowEnd, ...]
    destinations: tuple[FlowEnd, ...]
    ports: str
    verdict: FlowVerdict
    """allowed, or unknown"""
    family: int
    """4 or 6."""


class Flows(Struct, frozen=True, kw_only=True, rename="camel"):
    """The answer of `policy flows`."""

    engine: str
    src: str = ""
    """What was asked for; empty: everybody."""
    dst: str = ""
    port: str = ""
    sources: tuple[FlowEnd, ...] = ()
    """All that could stand at one end, whether a flow starts there or not."""
    destinations: tuple[FlowEnd, ...] = ()
    rows: tuple[FlowRow, ...] = ()
    unread: tuple[str, ...] = ()


class ExplainedFlow(Struct, frozen=True, kw_only=True, rename="camel"):
    """One flow, and what each engine does with it."""

    source: str
    destination: str
    port: str
    """"TCP 5432"."""
    way: str
    """direct, through its own node…"""
    by: str = ""
    """"Service shop/api, port 80": what is translated on the way."""
    family: int = 4
    explanations: tuple[Explanation, ...] = ()
    """One for each engine, in the order of the path."""


class Explanations(Struct, frozen=True, kw_only=True, rename="camel"):
    """The answer of `policy explain`."""

    flows: tuple[ExplainedFlow, ...]
    """Those between the two names that an engine may tell apart."""
    unread: tuple[str, ...] = ()


def render(answer: Changes | Flows | Explanations) -> str:
    """The answer, indented by two spaces, with a newline at its end."""
    return safe(msgspec.json.format(msgspec.json.encode(answer), indent=2).decode()) + "\n"
