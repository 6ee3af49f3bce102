"""From the words of a question to what the analysis is asked, and back to names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from analyzer.cli.policy import Ends, Listing
from analyzer.connectivity.allowed import AllowedFlows
from analyzer.connectivity.analysis import Analysis, Comparison, analyse
from analyzer.connectivity.end_names import EndNames
from analyzer.connectivity.engines.settings import Settings
from analyzer.connectivity.explain import engine_name, explain
from analyzer.connectivity.explanation import Explanation, party_text
from analyzer.connectivity.flow import Flow, FlowVerdict
from analyzer.connectivity.naming import Names
from analyzer.connectivity.port_words import PortWord, apart, port_word
from analyzer.connectivity.ports import OTHER, Span
from analyzer.connectivity.routes import Routes
from analyzer.errors import UsageError
from analyzer.model.fact import LackingError
from analyzer.model.finding import ObjectRef
from analyzer.model.objects import Pod
from analyzer.model.snapshot import Snapshot
from reports.flow_json import ExplainedFlow, Explanations, FlowRow, Flows


def explained(snapshot: Snapshot, engines: tuple[Settings, ...], ends: Ends, unread: tuple[str, ...]) -> Explanations:
    """Every flow between two names that an engine may tell apart, explained for each engine. Raises UsageError."""
    names, analysis = Names(snapshot), analyse(snapshot)
    word, port = apart(ends.destination)
    routes = Routes(snapshot, analysis).between(names.meant(ends.source), names.aimed_at(word, port), port)
    lacking = {settings: found for settings in engines if (found := _lacking(analysis, settings))}
    return Explanations(
        flows=tuple(
            ExplainedFlow(
                source=party_text(route.flow.source),
                destination=party_text(route.flow.destination),
                port=_port_text(route.flow),
                way=route.flow.way.value,
                by=route.by,
                family=route.flow.family,
                explanations=tuple(
                    _unanswered(settings) if settings in lacking else explain(analysis, settings, route.flow)
                    for settings in engines
                ),
            )
            for route in routes
        ),
        unread=(*unread, *dict.fromkeys(detail for found in lacking.values() for detail in found)),
    )


def _lacking(analysis: Analysis, settings: Settings) -> tuple[str, ...]:
    """What an engine reads and was not all read, in words."""
    try:
        analysis.comparison(settings)
    except LackingError as lacking:
        return tuple(item.detail for item in lacking.missing)
    return ()


def _unanswered(settings: Settings) -> Explanation:
    said = "Not everything that this engine reads was read."
    return Explanation(engine=engine_name(settings), verdict=FlowVerdict.UNKNOWN, reason=said)


def _port_text(flow: Flow) -> str:
    return "ICMP" if flow.protocol == OTHER else f"{flow.protocol} {flow.port}"


def allowed_flows(snapshot: Snapshot, settings: Settings, listing: Listing, unread: tuple[str, ...]) -> Flows:
    """What an engine allows, as far as it was asked for. Raises UsageError and LackingError."""
    port = port_word(listing.port) if listing.port else None
    if port is not None and port.number is None:
        raise UsageError(f"--port is {listing.port!r}; give a number: 443, TCP/443, UDP/53.")
    analysis = analyse(snapshot)
    question = _Question(analysis, settings, _side(snapshot, listing.src), _side(snapshot, listing.dst), port)
    return Flows(
        engine=analysis.enforcement(settings).engine,
        src=listing.src or "",
        dst=listing.dst or "",
        port=listing.port or "",
        sources=question.starts(4).each(question.callers(4)),
        destinations=question.ends(4).each(question.ends(4).chosen),
        rows=tuple(row for family in analysis.families for row in question.rows(family)),
        unread=unread,
    )


@dataclass(frozen=True)
class _Side:
    """One end of the flows that are asked for."""

    name_of: Callable[[Pod], ObjectRef | None]
    """What a pod is shown as; None: it was not asked for."""
    is_narrowed: bool


def _side(snapshot: Snapshot, word: str | None) -> _Side:
    names = Names(snapshot)
    if word is None:
        return _Side(names.workloads.workload_of, False)
    shown = names.shown(word)
    return _Side(lambda pod: shown.get((pod.namespace, pod.name)), True)


@dataclass(frozen=True)
class _Question:
    analysis: Analysis
    settings: Settings
    sources: _Side
    destinations: _Side
    port: PortWord | None

    def starts(self, family: int) -> EndNames:
        """The names of what flows start at."""
        return EndNames(self.analysis.parties(family), self.sources.name_of, self.sources.is_narrowed)

    def ends(self, family: int) -> EndNames:
        """The names of what flows lead to."""
        return EndNames(self.analysis.parties(family), self.destinations.name_of, self.destinations.is_narrowed)

    def callers(self, family: int) -> int:
        """All that may start a flow: node-local DNS only answers."""
        return self.starts(family).chosen & ~self.analysis.parties(family).local_dns_parties

    def rows(self, family: int) -> Iterator[FlowRow]:
        """The rows of one family."""
        comparison = self.analysis.comparison(self.settings, family=family)
        starts, ends = self.starts(family), self.ends(family)
        for row in AllowedFlows(comparison, self.callers(family), ends.chosen, self._ports(comparison)).rows():
            for ports, verdict in ((row.ports.sure, FlowVerdict.ALLOWED), (row.ports.unknown, FlowVerdict.UNKNOWN)):
                if ports:
                    yield FlowRow(
                        sources=starts.each(row.sources),
                        destinations=ends.each(row.destinations),
                        ports=self._port_text(comparison, ports),
                        verdict=verdict,
                        family=family,
                    )

    def _ports(self, comparison: Comparison) -> int:
        """The ports that were asked for, else all that anything in the cluster may use."""
        if self.port is None or self.port.number is None:
            return comparison.ports.of_protocols(self.analysis.protocols)
        return comparison.ports.holding(self.port.protocol or "TCP", self.port.number)

    def _port_text(self, comparison: Comparison, ports: int) -> str:
        if self.port is not None and self.port.number is not None:
            return str(Span(self.port.protocol or "TCP", self.port.number, self.port.number))
        return "every port" if ports == self._ports(comparison) else str(comparison.ports.port_set(ports))
