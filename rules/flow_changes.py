"""What a step changes for the traffic, by the policies that make the difference."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from analyzer.connectivity.change import Change, ChangeKind, Effect
from analyzer.connectivity.explanation import party_text
from analyzer.connectivity.isolation import Direction
from analyzer.connectivity.ports import OTHER
from analyzer.connectivity.reading import Policy
from analyzer.model.finding import Evidence, ObjectRef, object_ref
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
        """The rule in the policy: "spec.egress[0]"; of a whole policy its direction, "spec.egress"."""
        name = f"spec.{self.direction.value.lower()}"
        return name if self.rule < 0 else f"{name}[{self.rule}]"

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
    found: dict[tuple[int, Direction, int, Effect], list[Change]] = {}
    for change in flow_changes(scene):
        if change.row in rows and change.kind in kinds:
            for item in change.blame:
                if item.effect in effects:
                    key = (item.policy, item.direction, item.rule, item.effect)
                    found.setdefault(key, []).append(change)
    policies = scene.universe.analysis.book.policies
    return tuple(
        Blamed(policies[place], direction, rule, effect, tuple(changes))
        for (place, direction, rule, effect), changes in sorted(found.items(), key=lambda item: item[0])
        if not is_aks_owned(policies[place])
    )


def flow_words(change: Change) -> str:
    """The example of a change: "shop/api-1 (10.244.1.7) to its own node (10.224.0.4), TCP 10250"."""
    flow = change.example
    port = "ICMP" if flow.protocol == OTHER else f"{flow.protocol} {flow.port}"
    return f"{party_text(flow.source)} to {party_text(flow.destination)}, {port}"


def flow_evidence(scene: Scene, change: Change) -> Evidence:
    """The example of a change, with what each engine makes of it."""
    before, after = scene.engines
    analysis = scene.universe.analysis
    verdicts = (f"{analysis.verdict(engine, change.example).value} by {engine.name}" for engine in (before, after))
    return Evidence("a flow that changes", f"{flow_words(change)}: {', '.join(verdicts)}")


def changes_of(scene: Scene, rows: Collection[int]) -> Iterator[Change]:
    """The changes of some rows, whoever is to blame."""
    yield from (change for change in flow_changes(scene) if change.row in rows)
