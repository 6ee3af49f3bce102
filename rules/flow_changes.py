"""What a step changes for the traffic, by the policies that make the difference."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from analyzer.connectivity.change import Change, ChangeKind, Effect
from analyzer.connectivity.engines.cilium_policies import cilium_mentioned
from analyzer.connectivity.engines.settings import Npm
from analyzer.connectivity.explanation import party_text
from analyzer.connectivity.flow import Party, PartyKind
from analyzer.connectivity.isolation import Direction
from analyzer.connectivity.policy_book import rules
from analyzer.connectivity.ports import OTHER, PortSet
from analyzer.connectivity.reading import Policy
from analyzer.model.fact import Fact, Missing
from analyzer.model.finding import Evidence, ObjectRef, object_ref
from analyzer.model.objects import NetworkPolicy
from analyzer.model.source import Source
from analyzer.scene import Scene
from rules.aks_owned import is_aks_owned

READS = (
    Source.CLUSTER,
    Source.PODS,
    Source.NAMESPACES,
    Source.NODES,
    Source.SERVICES,
    Source.ENDPOINT_SLICES,
    Source.DAEMON_SETS,
    Source.NETWORK_POLICIES,
    Source.CILIUM_POLICIES,
    Source.CILIUM_CLUSTERWIDE_POLICIES,
    Source.CALICO_POLICIES,
    Source.CALICO_GLOBAL_POLICIES,
    Source.CALICO_NETWORK_SETS,
    Source.CALICO_GLOBAL_NETWORK_SETS,
    Source.CALICO_TIERS,
    Source.CALICO_HOST_ENDPOINTS,
    Source.NPM_CONFIG,
    Source.CILIUM_CONFIG,
)
"""What the functions below may ask for."""
ADMITTING = (Effect.ADMITTED, Effect.ADMITS)
ISOLATING = (Effect.ISOLATED, Effect.ISOLATES)


@dataclass(frozen=True, slots=True)
class Blamed:
    """A customer's policy, or one rule of it, with the changes that it makes."""

    policy: Policy
    direction: Direction
    rule: int
    """The rule's place; -1: the policy as a whole."""
    effect: Effect
    changes: tuple[Change, ...]
    """At least one; likeliest first."""

    @property
    def ref(self) -> ObjectRef:
        """The policy."""
        return object_ref(self.policy)

    @property
    def where(self) -> str:
        """The rule in the policy: "spec.egress[0]"."""
        return f"spec.{self.direction.value.lower()}[{self.rule}]"

    @property
    def example(self) -> str:
        """The likeliest flow, in words."""
        return flow_words(self.changes[0])


def flow_changes(scene: Scene) -> tuple[Change, ...]:
    """All changes of the step, from the engine that the policies were written under; likeliest first.

    Over the pods, nodes and Services that were read; whether those are all is for the rule to ask. Raises LackingError
    where policies, or labels of namespaces that decide, or the engine were not read.
    """
    before, after = scene.engines
    return scene.universe.changes(before, after)


def blamed(
    scene: Scene,
    rows: Collection[int],
    kinds: Collection[ChangeKind] = (ChangeKind.BLOCKED,),
    effects: Collection[Effect] = tuple(Effect),
) -> tuple[Blamed, ...]:
    """The policies and rules that some rows' changes are blamed on, in the order of policies; AKS's own left out.

    Raises LackingError as `flow_changes` does.
    """
    changes = (change for change in flow_changes(scene) if change.row in rows and change.kind in kinds)
    return blamed_for(scene, changes, effects)


def blamed_for(
    scene: Scene, changes: Iterable[Change], effects: Collection[Effect] = tuple(Effect)
) -> tuple[Blamed, ...]:
    """The policies and rules that some changes are blamed on, as `blamed` gives them."""
    found: dict[tuple[int, Direction, int, Effect], list[Change]] = {}
    for change in changes:
        for item in (item for item in change.blame if item.effect in effects):
            key = (item.policy, item.direction, item.rule, item.effect)
            found.setdefault(key, []).append(change)
    policies = scene.universe.analysis.book.policies
    return tuple(
        Blamed(policies[place], direction, rule, effect, tuple(changes))
        for (place, direction, rule, effect), changes in sorted(found.items(), key=lambda item: item[0])
        if not is_aks_owned(policies[place])
    )


def around(scene: Scene) -> tuple[Fact[Any], ...]:
    """The lists that say whose an address is. What they leave out looks like an address outside the cluster."""
    snapshot = scene.snapshot
    return snapshot.pods, snapshot.nodes, snapshot.endpoint_slices, snapshot.daemon_sets


def lasting(scene: Scene, items: Iterable[Blamed]) -> Iterator[Blamed]:
    """What some policies are blamed for, without the changes that could go if more of `around` were read.

    Left are all of them where it was all read; else those between two pods. Blamed for nothing are left out.
    """
    is_whole = not any(isinstance(fact, Missing) for fact in around(scene))
    for item in items:
        if changes := tuple(change for change in item.changes if is_whole or _is_between_pods(change)):
            yield replace(item, changes=changes)


def _is_between_pods(change: Change) -> bool:
    return change.example.source.kind is change.example.destination.kind is PartyKind.POD


def on_ports(change: Change, ports: PortSet) -> Change | None:
    """The part of a change that is on some ports, with an example there; None where it has none of them."""
    met = ports.minus(ports.minus(change.ports))
    if met.is_empty:
        return None
    flow, span = change.example, met.spans[0]
    if not met.holds(flow.protocol, flow.port):
        flow = replace(flow, protocol=span.protocol, port=span.first)
    return replace(change, ports=met, example=flow)


def flow_words(change: Change) -> str:
    """The example of a change: "shop/api-1 (10.244.1.7) to its own node (10.224.0.4), TCP 10250"."""
    flow = change.example
    port = "ICMP" if flow.protocol == OTHER else f"{flow.protocol} {flow.port}"
    return f"{_end(flow.source, flow.family)} to {_end(flow.destination, flow.family)}, {port}"


def _end(party: Party, family: int) -> str:
    """One end; a pod of both families with its address of the flow's."""
    pod = party.pod
    address = next((text for text in pod.addresses if (":" in text) is (family == 6)), "") if pod else ""
    return f"{pod.namespace}/{pod.name} ({address})" if pod and address else party_text(party)


def flow_evidence(scene: Scene, change: Change) -> Evidence:
    """The example of a change, with what each engine makes of it."""
    before, after = scene.engines
    analysis = scene.universe.analysis
    verdicts = (f"{analysis.verdict(engine, change.example).value} by {engine.name}" for engine in (before, after))
    return Evidence("a flow that changes", f"{flow_words(change)}: {', '.join(verdicts)}")


def changes_of(scene: Scene, rows: Collection[int]) -> Iterator[Change]:
    """The changes of some rows, whoever is to blame."""
    yield from (change for change in flow_changes(scene) if change.row in rows)


def unsettled(scene: Scene) -> tuple[Missing[Any], ...]:
    """What was not read and may decide that a flow does not change, or that another policy changes it.

    Where there is any, a finding could go away with it: the labels that cilium-config leaves out; the image of Azure
    NPM, where NotIn has several values (row 9); pods that were not read, where egress rules name ports (rows 26 to 28).
    """
    snapshot, (before, _) = scene.snapshot, scene.engines
    if not any(isinstance(fact, Missing) for fact in (snapshot.cilium_config, snapshot.daemon_sets, snapshot.pods)):
        return ()
    book = scene.universe.analysis.book
    if all(map(is_aks_owned, book.policies)):
        return ()
    facts: list[Fact[Any]] = [snapshot.cilium_config]
    if isinstance(before, Npm) and before.flattens_not_in is None and any(map(_has_wide_not_in, book.kubernetes)):
        facts.append(snapshot.daemon_sets)
    if cilium_mentioned(book).port_names or any(map(_names_egress_ports, book.kubernetes)):
        facts.append(snapshot.pods)
    return tuple(fact for fact in facts if isinstance(fact, Missing))


def _has_wide_not_in(policy: NetworkPolicy) -> bool:
    selectors = (peer.namespace_selector for rule in rules(policy) for peer in rule.peers)
    terms = (term for selector in selectors if selector for term in selector.match_expressions)
    return any(term.operator == "NotIn" and len(term.values) > 1 for term in terms)


def _names_egress_ports(policy: NetworkPolicy) -> bool:
    return any(isinstance(port.port, str) for rule in policy.spec.egress for port in rule.ports)
