"""Flow changes as a report shows them: bitsets become names, rectangles sentences."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import NamedTuple

from analyzer.connectivity.analysis import Analysis
from analyzer.connectivity.change import Blame, Change, ChangeKind, Effect, Side
from analyzer.connectivity.engines.settings import NoEngine, Settings
from analyzer.connectivity.explain import engine_name
from analyzer.connectivity.explanation import party_text, policy_path
from analyzer.connectivity.flow import Way
from analyzer.connectivity.isolation import Direction
from analyzer.connectivity.naming import workloads
from analyzer.connectivity.ports import OTHER
from analyzer.connectivity.rows import ROWS
from analyzer.connectivity.universe import Universe
from analyzer.connectivity.unread import unread_facts
from analyzer.flow_ends import FlowEnds
from analyzer.model.fact import LackingError
from analyzer.model.finding import object_ref
from analyzer.model.flows import (
    FlowBlame,
    FlowChange,
    FlowChangeKind,
    FlowEdge,
    FlowExample,
    StepFlows,
    UnenforcedWindow,
)
from analyzer.model.snapshot import Snapshot
from analyzer.model.step import StepKind
from analyzer.scene import Scene

MOST_CHANGES = 500
"""Changes of one step that a report holds."""
_MOST_ENDS = 12
_MOST_BLAMED = 6
_MOST_EDGES = 200
_MOST_NAMESPACES = 12
_OF_ENTRANCES = (52, 53, 55)
_NOT_OF_POLICIES = 62
"""The row whose doubt is not about policies."""
_UNKNOWN = "an engine that is not known"
_WINDOW = "Cilium enforces policies only when the last node is reimaged; until then what is refused gets through."
_NO_END = "No later step of this path brings an engine: what policies refuse gets through."


class Compared(NamedTuple):
    """Two engines, and the step that puts one in the other's place."""

    before: Settings
    after: Settings
    step: str = ""
    closes: str = ""
    """Of a step that leaves no engine: the step at whose end one enforces again; empty: none does."""


def path_flows(scenes: Sequence[Scene]) -> tuple[StepFlows, ...]:
    """What each step does to the traffic, of the steps that put one engine in another's place."""
    if not scenes:
        return ()
    summaries = FlowSummaries(scenes[0].universe)
    return tuple(flows for scene in scenes if (flows := _of_scene(scene, summaries)))


def _of_scene(scene: Scene, summaries: FlowSummaries) -> StepFlows | None:
    """None where the step keeps the engine."""
    step = scene.step.kind
    try:
        before, after = scene.engines
    except LackingError as lacking:
        unread = tuple(item.detail for item in lacking.missing)
        changes_engine = step in (StepKind.CILIUM, StepKind.REMOVE_POLICY_ENGINE)
        return StepFlows(step=step.value, before=_UNKNOWN, after=_UNKNOWN, unread=unread) if changes_engine else None
    if before == after or (scene.before.policy == scene.after.policy and not scene.step.is_refused):
        return None
    closing = next((step.kind.value for step in scene.later if step.after.policy != scene.after.policy), "")
    return summaries.step(Compared(before, after, step.value, closing))


@dataclass(frozen=True)
class FlowSummaries:
    """Of one cluster."""

    universe: Universe
    most: int = MOST_CHANGES

    @property
    def snapshot(self) -> Snapshot:
        """What was read."""
        return self.universe.snapshot

    @property
    def analysis(self) -> Analysis:
        """The pods and policies."""
        return self.universe.analysis

    def step(self, compared: Compared) -> StepFlows:
        """What changes between two engines. What was not read is said, and where it is policies nothing else is."""
        try:
            found = self.universe.changes(compared.before, compared.after)
        except LackingError as lacking:
            return self._unread(compared, lacking)
        telling = _Telling(self.analysis, compared, self._ends)
        edges = telling.edges(found)
        kinds = Counter(item.kind for item in found)
        return StepFlows(
            step=compared.step,
            before=engine_name(compared.before),
            after=engine_name(compared.after),
            changes=tuple(telling.change(item) for item in found[: self.most]),
            change_count=len(found),
            blocked=kinds[ChangeKind.BLOCKED],
            allowed=kinds[ChangeKind.ALLOWED],
            unknown=kinds[ChangeKind.UNKNOWN],
            edges=tuple(edges[:_MOST_EDGES]),
            edge_count=len(edges),
            unread=self._lacking(compared),
            unenforced=self._window(compared),
        )

    def _unread(self, compared: Compared, lacking: LackingError) -> StepFlows:
        return StepFlows(
            step=compared.step,
            before=engine_name(compared.before),
            after=engine_name(compared.after),
            unread=tuple(dict.fromkeys((*(item.detail for item in lacking.missing), *self._lacking(compared)))),
        )

    def _lacking(self, compared: Compared) -> tuple[str, ...]:
        """What the answer rests on beside policies, and was not all read."""
        return tuple(fact.detail for fact in unread_facts(self.snapshot, (compared.before, compared.after)))

    @cached_property
    def _ends(self) -> FlowEnds:
        return FlowEnds(self.analysis, workloads(self.snapshot))

    def _window(self, compared: Compared) -> UnenforcedWindow | None:
        """While a step takes an engine away, or puts another in its place, and nobody enforces."""
        if isinstance(compared.before, NoEngine):
            return None
        sections = self.analysis.enforcement(compared.before).sections
        listed = [item for direction in Direction for item in sections[direction] if item.isolates]
        isolated = 0
        for item in listed:
            isolated |= item.subjects
        if not isolated:
            return None
        closes = compared.closes if isinstance(compared.after, NoEngine) else compared.step
        return UnenforcedWindow(
            opens=compared.step,
            closes=closes,
            policies=len({item.policy for item in listed}),
            pods=self.analysis.parties().population.count(isolated),
            reason=_WINDOW if closes else _NO_END,
        )


@dataclass(frozen=True)
class _Telling:
    analysis: Analysis
    compared: Compared
    ends: FlowEnds

    def change(self, item: Change) -> FlowChange:
        """One change, in names."""
        sources = self.ends.named(item.family, item.sources)
        destinations = self.ends.named(item.family, item.destinations)
        row, namespaces = ROWS[item.row], self._namespaces(item)
        return FlowChange(
            kind=FlowChangeKind(item.kind.value),
            way=item.way.value,
            family=item.family,
            sources=sources[:_MOST_ENDS],
            source_count=len(sources),
            destinations=destinations[:_MOST_ENDS],
            destination_count=len(destinations),
            ports=str(item.ports),
            reason=self._reason(item),
            row=item.row,
            confidence=row.confidence.value if row.confidence else "unconfirmed",
            blame=tuple(self._blame(blame, item.kind) for blame in item.blame[:_MOST_BLAMED]),
            blame_count=len(item.blame),
            flow_count=item.flow_count,
            example=self._example(item),
            namespaces=namespaces[:_MOST_NAMESPACES],
            namespace_count=len(namespaces),
            likelihood=_likelihood(item),
        )

    def _reason(self, item: Change) -> str:
        before, after = engine_name(self.compared.before), engine_name(self.compared.after)
        if item.row == 0 or (item.row in _OF_ENTRANCES and isinstance(self.compared.before, NoEngine)):
            return _plain_reason(item, before, after)
        sentence = ROWS[item.row].reason.format(before=before, after=after)
        return sentence[:1].upper() + sentence[1:]

    def _blame(self, item: Blame, kind: ChangeKind) -> FlowBlame:
        policy = self.analysis.book.policies[item.policy]
        return FlowBlame(
            policy=object_ref(policy),
            where=policy_path(policy, item),
            side=item.side.value,
            effect=_MAYBE.get(item.effect, item.effect.value) if kind is ChangeKind.UNKNOWN else item.effect.value,
        )

    def _example(self, item: Change) -> FlowExample:
        flow = item.example
        before, after = self._verdicts(item)
        port = "ICMP" if flow.protocol == OTHER else f"{flow.protocol} {flow.port}"
        return FlowExample(
            source=party_text(flow.source),
            destination=party_text(flow.destination),
            port=port,
            way="" if flow.way is Way.DIRECT else flow.way.value,
            before=before,
            after=after,
        )

    def _verdicts(self, item: Change) -> tuple[str, str]:
        """What the engines make of the example. Of what is unknown one of them may well be known."""
        match item.kind:
            case ChangeKind.BLOCKED:
                return "allowed", "blocked"
            case ChangeKind.ALLOWED:
                return "blocked", "allowed"
            case ChangeKind.UNKNOWN if item.row == _NOT_OF_POLICIES:
                return "allowed", "unknown"
            case ChangeKind.UNKNOWN:
                before, after = self.compared.before, self.compared.after
                verdict = self.analysis.verdict
                return verdict(before, item.example).value, verdict(after, item.example).value

    def _namespaces(self, item: Change) -> tuple[str, ...]:
        sources = self.ends.namespaces(item.family, item.sources)
        destinations = self.ends.namespaces(item.family, item.destinations)
        return tuple(sorted({*sources, *destinations}))

    def edges(self, found: Iterable[Change]) -> list[FlowEdge]:
        """Pairs by namespace, or by what is not a pod; those with most flows."""
        sums: defaultdict[tuple[str, str], Counter[ChangeKind]] = defaultdict(Counter)
        for item in found:
            sources = self.ends.places(item.family, item.sources)
            destinations = self.ends.places(item.family, item.destinations)
            total = sum(sources.values()) * sum(destinations.values())
            for (source, one), (destination, other) in product(sources.items(), destinations.items()):
                sums[source, destination][item.kind] += item.flow_count * one * other // total or 1
        edges = [
            FlowEdge(
                source=source,
                destination=destination,
                blocked=kinds[ChangeKind.BLOCKED],
                allowed=kinds[ChangeKind.ALLOWED],
                unknown=kinds[ChangeKind.UNKNOWN],
            )
            for (source, destination), kinds in sums.items()
        ]
        return sorted(edges, key=_most_flows)


_MAYBE = {
    Effect.ADMITTED: "may have admitted them",
    Effect.ADMITS: "may admit them",
    Effect.ISOLATED: "may have isolated the pods",
    Effect.ISOLATES: "may isolate the pods",
}


def _most_flows(edge: FlowEdge) -> tuple[int, str, str]:
    return -edge.blocked - edge.allowed - edge.unknown, edge.source, edge.destination


def _plain_reason(item: Change, before: str, after: str) -> str:
    """Where no row is needed: policies that only one of the engines enforces."""
    side = Side.AFTER if item.kind is ChangeKind.BLOCKED else Side.BEFORE
    engine = after if side is Side.AFTER else before
    other = before if side is Side.AFTER else after
    return f"{engine[:1].upper()}{engine[1:]} enforces the policies; {other} does not"


def _likelihood(item: Change) -> str:
    """Why it may be real traffic, by its rank."""
    return next(words for most, words in _LIKELIHOODS if item.rank <= most)


_LIKELIHOODS = (
    (0, "every pod looks names up"),
    (10, "a rule names it, and the pod declares the port"),
    (20, "a Service lets clients in there"),
    (25, "a rule names it"),
    (30, "kubelet, agents and exporters listen on nodes"),
    (35, "the pod declares the port"),
    (60, "nothing names it"),
    (70, "which of the engines refuses it is not known"),
    (98, "nothing in the cluster points to such traffic"),
    (99, "the control plane calls webhooks and aggregated APIs only"),
)
