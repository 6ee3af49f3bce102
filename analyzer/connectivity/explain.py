"""Why one engine lets one flow through or not: who isolates, which rule admits, which row of the semantics decides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from analyzer.connectivity.analysis import Analysis, Comparison
from analyzer.connectivity.as_written import AsWritten
from analyzer.connectivity.enforcement import Action, Enforcement, Grant, How, Section
from analyzer.connectivity.engines.settings import Cilium, NoEngine, Settings
from analyzer.connectivity.entrances import Sees, View, views
from analyzer.connectivity.explanation import (
    ExplainedPolicy,
    ExplainedRule,
    ExplainedSide,
    Explanation,
    party_text,
    rule_path,
)
from analyzer.connectivity.flow import Flow, FlowVerdict, Party, PartyKind, Way
from analyzer.connectivity.isolation import Direction
from analyzer.connectivity.reading import Policy
from analyzer.model.finding import object_ref
from analyzer.model.objects import NetworkPolicy


def explain(analysis: Analysis, settings: Settings, flow: Flow) -> Explanation:
    """One engine's answer, with its reasons. Raises LackingError where the engine reads a list that was not all read.

    Where two views of the flow are possible, the sides are those of the likelier one.
    """
    comparison = analysis.comparison(settings, family=flow.family)
    enforcement = comparison.evaluations[0].enforcement
    verdict = analysis.verdict(settings, flow)
    if isinstance(settings, NoEngine):
        return Explanation(engine=enforcement.engine, verdict=verdict, reason="Nothing enforces policies.")
    if enforcement.dropped.holds(flow.protocol, flow.port):
        said = f"{enforcement.engine} does not carry {flow.protocol} at all, policies or not."
        return Explanation(engine=enforcement.engine, verdict=verdict, reason=said, row=enforcement.dropped_row)
    if _is_to_itself(flow):
        said = "A pod reaches its own address without leaving itself: no engine sees the traffic."
        return Explanation(engine=enforcement.engine, verdict=verdict, reason=said, row=50)
    possible = views(settings, flow.way, flow.source.kind is PartyKind.POD)
    sides = tuple(_sides(_Scales(analysis, comparison, flow), possible[0]))
    reason, row = _of_way(flow, possible, enforcement)
    return Explanation(engine=enforcement.engine, verdict=verdict, reason=reason, row=row, sides=sides)


def engine_name(settings: Settings) -> str:
    """As people name it: "Azure NPM", "Cilium 1.17.9"."""
    return f"{settings.name} {settings.version}" if isinstance(settings, Cilium) else settings.name


def _is_to_itself(flow: Flow) -> bool:
    return flow.way is Way.DIRECT and flow.source.pod is not None and flow.source.pod is flow.destination.pod


def _of_way(flow: Flow, possible: tuple[View, ...], enforcement: Enforcement) -> tuple[str, int]:
    """What the way does to the flow before any policy is asked; nothing where both ends see each other."""
    row = 51 if flow.way is Way.HAIRPIN else 55 if flow.source.kind is PartyKind.POD else 52
    view = possible[0]
    if len(possible) > 1:
        return f"Whether {enforcement.engine} sees traffic {flow.way} was not read.", row
    if view.doubts:
        return f"No source says whether {enforcement.engine} asks policies about traffic {flow.way}.", row
    if view.egress is Sees.NOTHING and view.ingress is Sees.NOTHING:
        return f"Traffic {flow.way} passes {enforcement.engine} unseen.", row
    if Sees.ENTRANCE in view:
        return f"Traffic {flow.way} comes with the address of the node {flow.entrance or 'that it comes in by'}.", row
    return "", 0


@dataclass(frozen=True)
class _Scales:
    """One flow under one engine."""

    analysis: Analysis
    comparison: Comparison
    flow: Flow

    @property
    def enforcement(self) -> Enforcement:
        """The engine's."""
        return self.comparison.evaluations[0].enforcement

    def bit(self, party: Party) -> int:
        """The set of one party."""
        return self.analysis.bit_of(party, self.flow.family)

    @cached_property
    def port(self) -> int:
        """The stretch of ports that the flow's is in."""
        return self.comparison.ports.holding(self.flow.protocol, self.flow.port)


def _sides(scales: _Scales, view: View) -> Iterator[ExplainedSide]:
    flow = scales.flow
    ends = (
        (Direction.EGRESS, flow.source, flow.destination, view.egress),
        (Direction.INGRESS, flow.destination, flow.source, view.ingress),
    )
    for direction, subject, peer, sees in ends:
        if subject.pod is not None:
            entrance = Party(PartyKind.REMOTE_NODE, address=flow.entrance)
            seen = {Sees.NOTHING: None, Sees.ITSELF: peer, Sees.ENTRANCE: entrance}[sees]
            yield _side(scales, direction, subject, seen)


def _side(scales: _Scales, direction: Direction, subject: Party, peer: Party | None) -> ExplainedSide:
    owner = scales.bit(subject)
    selecting = _Selecting(scales, direction, owner, scales.bit(peer) if peer else 0)
    verdict, reason, row = selecting.answer() if peer else (FlowVerdict.ALLOWED, "Its policies are not asked.", 0)
    pod = subject.pod
    return ExplainedSide(
        direction=direction.value,
        pod=f"{pod.namespace}/{pod.name}" if pod else "",
        peer=party_text(peer) if peer else "",
        verdict=verdict,
        reason=reason,
        row=row,
        policies=tuple(dict.fromkeys(selecting.policies())),
        rules=tuple(selecting.rules()) if peer else (),
    )


@dataclass(frozen=True)
class _Selecting:
    """The sections that select one class in one direction, and what they make of one peer."""

    scales: _Scales
    direction: Direction
    owner: int
    """A set of one class."""
    peer: int
    """A set of one party."""

    @cached_property
    def sections(self) -> tuple[tuple[Section, bool], ...]:
        """Each with whether it surely selects the class."""
        found = self.scales.enforcement.sections[self.direction]
        return tuple(
            (section, bool(section.subjects & self.owner))
            for section in found
            if (section.subjects | section.maybe) & self.owner
        )

    def answer(self) -> tuple[FlowVerdict, str, int]:
        """The verdict of this side, with a sentence and the row that decides."""
        verdict = self.verdict
        enforcement = self.scales.enforcement
        if enforcement.unfiltered[self.direction] & self.peer:
            return verdict, "Such traffic is never filtered.", enforcement.unfiltered_row[self.direction]
        if verdict is FlowVerdict.ALLOWED and enforcement.admitted.get(self.direction, 0) & self.peer:
            return verdict, "Such traffic is admitted without a rule.", 34
        if verdict is FlowVerdict.UNKNOWN:
            return verdict, "No source says what the engine does here.", self._doubtful_row()
        hits = [(section, grant) for section, _, grant in self._matching()]
        row = next((grant.row or section.row for section, grant in hits if grant.row or section.row), 0)
        if verdict is FlowVerdict.ALLOWED:
            return verdict, "A rule admits it." if hits else "No policy isolates the pod.", row
        if any(grant.action is Action.DENY for _, grant in hits):
            return verdict, "A rule refuses it.", row
        return verdict, "The pod is isolated, and no rule admits it.", self._lost_row()

    @cached_property
    def verdict(self) -> FlowVerdict:
        """What the sections make of it together: the evaluation's word, which every other answer rests on."""
        place = self.owner.bit_length() - 1
        admitted = self.scales.comparison.admitted(0, self.direction, place, self.peer)
        if admitted.sure & self.scales.port:
            return FlowVerdict.ALLOWED
        return FlowVerdict.UNKNOWN if admitted.possible & self.scales.port else FlowVerdict.BLOCKED

    def _doubtful_row(self) -> int:
        unsure = (grant.row for _, _, grant in self._matching() if not grant.is_sure)
        perhaps = (section.row for section, is_sure in self.sections if not is_sure)
        api = 39 if self.scales.enforcement.doubtful[self.direction] & self.peer else 0
        return next((row for row in (*unsure, *perhaps, api) if row), 0)

    def _lost_row(self) -> int:
        """The row by which a rule misses the peer, the peer is one of a kind, or a policy has come to isolate."""
        missed = (row for _, _, row in self.missed)
        kind = self.scales.analysis.parties(self.scales.flow.family).kind_of(self.peer.bit_length() - 1)
        of_kind = _OWN_ROWS.get((kind, self.direction), 0) if self.peer else 0
        return of_kind or next((row for row in (*missed, *(section.row for section, _ in self.sections)) if row), 0)

    @cached_property
    def missed(self) -> tuple[tuple[NetworkPolicy, Grant, int], ...]:
        """Of flows that nothing admits the rules of Kubernetes' policies that do by the words, each with its row."""
        if self.verdict is FlowVerdict.ALLOWED:
            return ()
        analysis, flow = self.scales.analysis, self.scales.flow
        written = AsWritten(analysis.reading(flow.family), self.direction, self.owner, self.peer)
        matching = {(section.policy, grant.rule, grant.peer) for section, _, grant in self._matching()}
        return tuple(
            (policy, grant, self._missed_row(section, grant))
            for section, _ in self.sections
            if isinstance(policy := analysis.book.policies[section.policy], NetworkPolicy)
            for grant in written.admitting(policy, flow.protocol, flow.port)
            if (section.policy, grant.rule, grant.peer) not in matching
        )

    def _missed_row(self, section: Section, written: Grant) -> int:
        """Why the engine takes a rule otherwise: its ports, the peer's address, or labels that do not count."""
        for grant in section.grants:
            if (grant.rule, grant.peer) == (written.rule, written.peer) and grant.peers & self.peer:
                return grant.row
        kind = self.scales.analysis.parties(self.scales.flow.family).kind_of(self.peer.bit_length() - 1)
        return _BY_ADDRESS.get((kind, self.direction), 0) if written.how is How.IP_BLOCK else 12

    def _matching(self) -> Iterator[tuple[Section, bool, Grant]]:
        """The grants that hold the peer on the port, in the order in which they are asked."""
        numbers = self.scales.comparison.block_of(self.direction, self.owner.bit_length() - 1).numbers
        flow = self.scales.flow
        for section, is_sure in self.sections:
            for grant in section.grants:
                if grant.peers & self.peer and grant.ports.resolved(numbers).holds(flow.protocol, flow.port):
                    yield section, is_sure, grant

    def policies(self) -> Iterator[ExplainedPolicy]:
        """Those that select the pod, and those that the engine passes over though they would."""
        book = self.scales.analysis.book.policies
        for section, is_sure in self.sections:
            effect = f"{'isolates' if is_sure else 'may isolate'} it" if section.isolates else "selects it"
            yield ExplainedPolicy(policy=object_ref(book[section.policy]), effect=effect, row=section.row)
        for item in self.scales.enforcement.not_enforced:
            if item.direction is self.direction and self._would_select(book[item.policy]):
                yield ExplainedPolicy(policy=object_ref(book[item.policy]), effect="is not enforced", row=item.row)

    def _would_select(self, policy: Policy) -> bool:
        """Whether a policy that is not enforced is about the class; of others than Kubernetes' its namespace tells."""
        reading = self.scales.analysis.reading(self.scales.flow.family)
        if isinstance(policy, NetworkPolicy):
            return bool(reading.selection.pods(policy.spec.pod_selector, policy.namespace) & self.owner)
        owner = reading.parties.population.classes[self.owner.bit_length() - 1]
        return policy.namespace in ("", owner.namespace)

    def rules(self) -> Iterator[ExplainedRule]:
        """The rules that match, then those that only do by their words."""
        book = self.scales.analysis.book.policies
        for section, is_sure, grant in self._matching():
            effect = _EFFECTS[grant.action][0 if grant.is_sure and is_sure else 1]
            yield self._rule(book[section.policy], grant, effect, grant.row)
        for policy, grant, row in self.missed:
            yield self._rule(policy, grant, "does not admit", row)

    def _rule(self, policy: Policy, grant: Grant, effect: str, row: int) -> ExplainedRule:
        return ExplainedRule(
            policy=object_ref(policy),
            where=rule_path(policy, self.direction, grant),
            effect=effect,
            how=grant.how.value,
            ports=str(grant.ports),
            row=row,
        )


_OWN_ROWS = {(PartyKind.OWN_NODE, Direction.EGRESS): 35, (PartyKind.LOCAL_DNS, Direction.EGRESS): 37}
"""Peers with a row of their own, whichever rules there are."""
_BY_ADDRESS = {
    (PartyKind.POD, Direction.EGRESS): 13,
    (PartyKind.POD, Direction.INGRESS): 13,
    (PartyKind.REMOTE_NODE, Direction.EGRESS): 14,
    (PartyKind.REMOTE_NODE, Direction.INGRESS): 36,
}
"""Peers that an address range names and an engine may not match by it."""
_EFFECTS = {
    Action.ALLOW: ("admits", "may admit"),
    Action.DENY: ("refuses", "may refuse"),
    Action.PASS: ("passes on", "may pass on"),
}
