"""What a step that recreates the nodes of every pool does: how the pools roll, whom it hurts, what stops it."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass

from analyzer.disruption.budgets import Hold, hold, shared
from analyzer.disruption.groups import PodGroup
from analyzer.disruption.placement import takers
from analyzer.disruption.replicas import by_replicas, lifted, on_one_node
from analyzer.disruption.rolls import drain_minutes
from analyzer.disruption.storage import claims_of, is_local, kept_in_pods, zone_of
from analyzer.disruption.view import Drain
from analyzer.disruption.webhooks import gates
from analyzer.model.fact import Fact, Known, Missing, seen
from analyzer.model.finding import ObjectRef, object_ref
from analyzer.model.network import pools
from analyzer.model.objects import Pod, PodDisruptionBudget
from analyzer.model.source import Source


class Effect(enum.IntEnum):
    """What becomes of a workload, worst first."""

    LOSES_DATA = 1
    NOT_RECREATED = 2
    STOPS_THE_DRAIN = 3
    IS_DOWN = 4
    STARTS_AGAIN = 5


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that happens to a workload, and why."""

    workload: ObjectRef
    effect: Effect
    text: str


@dataclass(frozen=True, slots=True)
class Affected:
    """A workload that suffers."""

    workload: ObjectRef
    pods: int | None
    """Live pods; None where pods were not all read."""
    nodes: int
    pools: tuple[str, ...]
    reasons: tuple[Reason, ...]
    """Worst first."""


@dataclass(frozen=True, slots=True)
class Stall:
    """A budget that stops the drain, and the pools where it does."""

    budget: ObjectRef
    text: str
    pools: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UnknownPart:
    """A part of the forecast that a missing fact leaves open."""

    part: str
    missing: tuple[Missing[object], ...]


def affected(drain: Drain) -> tuple[Affected, ...]:
    """The workloads that suffer, worst first. The platform's own are left out."""
    found: dict[ObjectRef, list[Reason]] = {}
    for reason in sorted(_reasons(drain), key=lambda item: (item.effect, item.text)):
        found.setdefault(reason.workload, []).append(reason)
    rows = [_affected(drain, workload, tuple(reasons)) for workload, reasons in found.items()]
    return tuple(sorted(rows, key=lambda row: ([item.effect for item in row.reasons], row.workload)))


def stalls(drain: Drain) -> tuple[Stall, ...]:
    """The budgets that stop the drain, in order."""
    return tuple(
        Stall(object_ref(budget), text, _pools_of(drain, {pod.spec.node_name for pod in pods}))
        for budget, pods, text in _stalling(drain)
    )


def unknown_parts(drain: Drain) -> tuple[UnknownPart, ...]:
    """The parts of the forecast that are not whole, each with the facts that are missing and could matter."""
    facts: dict[Source, Fact[object]] = dict(drain.snapshot.facts())
    facts[Source.CLUSTER] = pools(drain.snapshot.cluster)
    rows = ((part, [facts[source] for source in sources]) for part, sources in _parts(drain))
    gaps = [(part, tuple(fact for fact in row if isinstance(fact, Missing))) for part, row in rows]
    return tuple(UnknownPart(part, missing) for part, missing in (*gaps, (_BUDGETS, _of_odd_budgets(drain))) if missing)


_BUDGETS = "Which disruption budgets stop the drain"


def _of_odd_budgets(drain: Drain) -> tuple[Missing[object], ...]:
    """What budgets leave open that were read: an operator or a number that this version does not know."""
    if drain.unread_budgets or isinstance(drain.snapshot.pods, Missing):
        return drain.unread_budgets
    found = (hold(item, drain.snapshot.pods) for item in drain.budgets)
    return tuple(item for item in found if isinstance(item, Missing))


def _parts(drain: Drain) -> Iterator[tuple[str, tuple[Source, ...]]]:
    """Each part with the facts that it needs whole in this cluster."""
    snapshot, workloads = drain.snapshot, (Source.DEPLOYMENTS, Source.STATEFUL_SETS)
    is_listed = isinstance(snapshot.deployments, Known) and isinstance(snapshot.stateful_sets, Known)
    lone, _ = by_replicas((*seen(snapshot.deployments), *seen(snapshot.stateful_sets)))
    has_claims = drain.mounts_claims or isinstance(snapshot.pods, Missing)
    volumes = (Source.PERSISTENT_VOLUMES,) if has_claims else ()
    yield "How the pools roll, and how long it takes", (Source.CLUSTER,)
    yield (
        "Which workloads have one replica",
        (*workloads, *(() if is_listed and not lone else (Source.HORIZONTAL_POD_AUTOSCALERS,))),
    )
    yield "Which replicas share one node", (*workloads, Source.PODS, Source.REPLICA_SETS)
    covers = () if drain.has_no_budget else (Source.PODS,)
    yield _BUDGETS, (Source.POD_DISRUPTION_BUDGETS, *covers)
    yield "Which pods nothing recreates, and which Jobs start again", (Source.PODS,)
    yield "Whose data is on the nodes", (Source.PODS, Source.REPLICA_SETS, *volumes)
    yield "Whose pods end more slowly than a node drains", (Source.CLUSTER, Source.PODS, Source.NODES)
    yield "Whose disks only one node can mount", (Source.PODS, *volumes, *((Source.NODES,) if has_claims else ()))
    yield (
        "Which admission webhooks are away with one node",
        (Source.VALIDATING_WEBHOOKS, Source.MUTATING_WEBHOOKS, Source.SERVICES, Source.PODS),
    )
    yield "In which pools the workloads run", (Source.NODES,)


def _affected(drain: Drain, workload: ObjectRef, reasons: tuple[Reason, ...]) -> Affected:
    group = drain.by_owner.get(workload)
    nodes = group.nodes if group else frozenset[str]()
    pods = (len(group.pods) if group else 0) if isinstance(drain.snapshot.pods, Known) else None
    return Affected(workload, pods, len(nodes), _pools_of(drain, nodes), reasons)


def _pools_of(drain: Drain, nodes: frozenset[str] | set[str]) -> tuple[str, ...]:
    return tuple(sorted({pool for node in nodes if (pool := drain.pools.get(node))}))


def _reasons(drain: Drain) -> Iterator[Reason]:
    yield from _of_replicas(drain)
    yield from _of_budgets(drain)
    yield from _of_webhooks(drain)
    limits = {pool.name: drain_minutes(pool) for pool in seen(pools(drain.snapshot.cluster))}
    for group in drain.groups:
        yield from _of_owner(group)
        yield from _of_data(drain, group)
        yield from _of_grace(drain, group, limits)
        yield from _of_zones(drain, group)


def _of_replicas(drain: Drain) -> Iterator[Reason]:
    snapshot = drain.snapshot
    lone, several = by_replicas((*seen(snapshot.deployments), *seen(snapshot.stateful_sets)))
    autoscalers = snapshot.horizontal_pod_autoscalers
    if isinstance(autoscalers, Known):
        kept_up = lifted(autoscalers.value)
        for item in lone:
            if object_ref(item) not in kept_up:
                yield Reason(object_ref(item), Effect.IS_DOWN, "One replica: down until its new pod is ready.")
    if isinstance(snapshot.pods, Known) and isinstance(snapshot.replica_sets, Known):
        for item, group in on_one_node(several, drain.by_owner):
            (node,) = group.nodes
            yield Reason(object_ref(item), Effect.IS_DOWN, f"All its pods run on node {node}.")


def _of_budgets(drain: Drain) -> Iterator[Reason]:
    owners = {(pod.namespace, pod.name): group.owner for group in drain.groups for pod in group.pods}
    for budget, pods, text in _stalling(drain):
        for owner in sorted({owners[key] for pod in pods if (key := (pod.namespace, pod.name)) in owners}):
            yield Reason(owner, Effect.STOPS_THE_DRAIN, f"Disruption budget {budget.name}: {text}")


def _stalling(drain: Drain) -> Iterator[tuple[PodDisruptionBudget, tuple[Pod, ...], str]]:
    """Each budget that stops the drain, the pods that it covers, and why."""
    if drain.unread_budgets:
        return
    doubled = shared(drain.budgets)
    for item in drain.budgets:
        found = hold(item, drain.snapshot.pods)
        others = doubled.get((item.budget.namespace, item.budget.name), ())
        if isinstance(found, Known) and found.value is Hold.NEVER:
            yield item.budget, item.pods, "it never allows an eviction."
        elif others:
            yield item.budget, item.pods, f"its pods have {len(others) + 1} budgets, which the eviction API refuses."


def _of_webhooks(drain: Drain) -> Iterator[Reason]:
    snapshot = drain.snapshot
    if isinstance(snapshot.pods, Missing):
        return
    configurations = (*seen(snapshot.validating_webhooks), *seen(snapshot.mutating_webhooks))
    for gate in gates(configurations, seen(snapshot.services), drain.groups):
        text = f"Webhook {gate.webhook} must answer, and its backends are on one node: meanwhile the API refuses."
        yield Reason(gate.backends.owner, Effect.IS_DOWN, text)


def _of_owner(group: PodGroup) -> Iterator[Reason]:
    if group.is_bare:
        yield Reason(group.owner, Effect.NOT_RECREATED, "A pod without a controller: nothing recreates it.")
    elif group.owner.kind == "Job":
        yield Reason(group.owner, Effect.STARTS_AGAIN, "A Job that runs: it starts from scratch.")


def _of_data(drain: Drain, group: PodGroup) -> Iterator[Reason]:
    claims = {claim for pod in group.pods for claim in claims_of(pod)}
    local = sum(claim in drain.volumes and is_local(drain.volumes[claim]) for claim in claims)
    if local:
        text = f"Volumes on the nodes' own disks: {local}."
        yield Reason(group.owner, Effect.LOSES_DATA, text)
    snapshot = drain.snapshot
    is_all = isinstance(snapshot.pods, Known) and isinstance(snapshot.replica_sets, Known)
    kept = kept_in_pods(group, is_all=is_all)
    if kept:
        yield Reason(group.owner, Effect.LOSES_DATA, f"Its pods keep data on the node: {', '.join(kept)}.")


def _of_grace(drain: Drain, group: PodGroup, limits: dict[str, int]) -> Iterator[Reason]:
    if not limits or group.grace_seconds <= min(limits.values()) * 60:
        return
    for pool in _pools_of(drain, group.nodes):
        members = [pod for pod in group.pods if drain.pools.get(pod.spec.node_name) == pool]
        seconds = max(pod.spec.termination_grace_period_seconds for pod in members)
        if pool in limits and seconds > limits[pool] * 60:
            text = f"Its pods may take {seconds} seconds to end; pool {pool} drains for {limits[pool]} minutes."
            yield Reason(group.owner, Effect.STOPS_THE_DRAIN, text)


def _of_zones(drain: Drain, group: PodGroup) -> Iterator[Reason]:
    nodes = drain.snapshot.nodes
    if isinstance(nodes, Missing):
        return
    waiting: set[str] = set()
    for pod in group.pods:
        for claim in claims_of(pod):
            zone = zone_of(drain.volumes[claim]) if claim in drain.volumes else ""
            if zone and zone not in waiting and len(takers(pod, zone, nodes.value)) < 2:
                waiting.add(zone)
                text = f"A disk of zone {zone}, which has one node for it: the pod waits for that node."
                yield Reason(group.owner, Effect.IS_DOWN, text)
