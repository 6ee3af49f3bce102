"""The disruption forecast as the report shows it: once for the path, for each step that recreates the nodes. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analyzer.disruption.forecast import Affected, Effect, Stall, affected, stalls, unknown_parts
from analyzer.disruption.rolls import BOOT_MINUTES, Roll, roll_of, slowest
from analyzer.disruption.view import Drain
from analyzer.model.cluster import AgentPool
from analyzer.model.fact import Fact, Known, Missing, seen
from analyzer.model.network import pools
from analyzer.model.report import Disruption, DrainStall, PoolDisruption, UnknownDisruption, WorkloadDisruption
from analyzer.model.step import Path, Solved, UnknownPath

MOST_ROWS = 1000
_EFFECTS = {
    Effect.LOSES_DATA: "loses data",
    Effect.NOT_RECREATED: "is not recreated",
    Effect.STOPS_THE_DRAIN: "stops the drain",
    Effect.IS_DOWN: "is down",
    Effect.STARTS_AGAIN: "starts again",
}


def disruption_summary(drain: Drain, path: Path) -> Disruption | None:
    """What each step that recreates the nodes does; None where the path has no such step.

    Where the path is not known, the forecast is for a step that the path may have.
    """
    steps = tuple(step.kind.value for step in path.steps if step.reimages) if isinstance(path, Solved) else ()
    if isinstance(path, Solved) and not steps:
        return None
    found = pools(drain.snapshot.cluster)
    rolls = [(pool, roll_of(pool)) for pool in seen(found)]
    least, most = _minutes([roll for _, roll in rolls], is_whole=isinstance(found, Known))
    workloads, stalled = affected(drain), stalls(drain)
    return Disruption(
        steps=steps,
        minutes_least=least,
        minutes_most=most,
        pools=tuple(_pool(pool, roll) for pool, roll in rolls),
        workloads=tuple(map(_workload, workloads[:MOST_ROWS])),
        workload_count=len(workloads),
        stalls=tuple(map(_stall, stalled[:MOST_ROWS])),
        stall_count=len(stalled),
        assumptions=tuple(_assumptions([pool for pool, _ in rolls], steps)),
        unknown=tuple(_unknown(drain, path, rolls)),
    )


def _minutes(rolls: Sequence[Fact[Roll]], *, is_whole: bool) -> tuple[int | None, int | None]:
    """The range over all pools: the known ones bound it from below, and only all of them from above."""
    known = [roll.value for roll in rolls if isinstance(roll, Known)]
    span = slowest(known)
    is_all = is_whole and len(known) == len(rolls)
    return (span.least if known else None), (span.most if is_all else None)


def _pool(pool: AgentPool, roll: Fact[Roll]) -> PoolDisruption:
    mode = pool.mode or ""
    if isinstance(roll, Missing):
        return PoolDisruption(name=pool.name, mode=mode, nodes=pool.node_count, reason=roll.detail)
    found = roll.value
    return PoolDisruption(
        name=pool.name,
        mode=mode,
        nodes=found.nodes,
        at_once_least=found.at_once.least,
        at_once_most=found.at_once.most,
        waves_least=found.waves.least,
        waves_most=found.waves.most,
        drain_minutes=found.drain_minutes,
        soak_minutes=found.soak_minutes,
        minutes_least=found.minutes.least,
        minutes_most=found.minutes.most,
    )


def _workload(row: Affected) -> WorkloadDisruption:
    return WorkloadDisruption(
        object=row.workload,
        effects=tuple(dict.fromkeys(_EFFECTS[reason.effect] for reason in row.reasons)),
        reasons=tuple(reason.text for reason in row.reasons),
        pods=row.pods,
        nodes=row.nodes,
        pools=row.pools,
    )


def _stall(row: Stall) -> DrainStall:
    return DrainStall(object=row.budget, reason=f"{row.text[0].upper()}{row.text[1:]}", pools=row.pools)


def _assumptions(found: Sequence[AgentPool], steps: Sequence[str]) -> Iterator[str]:
    yield f"A node takes {BOOT_MINUTES.least} to {BOOT_MINUTES.most} minutes to boot; no page names a number."
    yield "At best pods leave a node at once; at worst each node takes its pool's whole drain timeout."
    yield "All pools roll side by side, so the slowest one counts; within a pool one wave follows the other."
    if any(pool.upgrade_settings is None or not pool.upgrade_settings.max_surge for pool in found):
        yield "A surge that is not set is 1 node or 10 % of the pool: the documentation names both."
    if any(pool.upgrade_settings and pool.upgrade_settings.node_soak_duration_in_minutes for pool in found):
        yield "A pool's soak time is added to each wave."
    if any(pool.enable_auto_scaling for pool in found):
        yield "Pools keep the nodes that they have now; an autoscaler may change that before the step."
    if len(steps) > 1:
        yield "The range is that of one step; each of the steps takes it again."
    yield "Nothing stalls: a drain that times out stops the step, and the wait until it is repeated is not counted."
    yield "The platform's own workloads are left out."


def _unknown(drain: Drain, path: Path, rolls: Sequence[tuple[AgentPool, Fact[Roll]]]) -> Iterator[UnknownDisruption]:
    if isinstance(path, UnknownPath):
        yield _missing("Whether a step recreates the nodes", path.missing)
    yield from (_missing(part.part, part.missing) for part in unknown_parts(drain))
    for pool, roll in rolls:
        if isinstance(roll, Missing):
            yield _missing(f"How pool {pool.name} rolls", (roll,))
    names = {pool.name for pool, _ in rolls}
    others = [node for node, pool in drain.pools.items() if pool not in names]
    if names and others:
        nodes = "1 node belongs" if len(others) == 1 else f"{len(others)} nodes belong"
        reason = f"{nodes} to no node pool ({others[0]}); how such nodes roll is not documented."
        yield UnknownDisruption(part="How nodes outside the node pools roll", sources=("nodes",), reason=reason)


def _missing(part: str, missing: Sequence[Missing[object]]) -> UnknownDisruption:
    sources = tuple(dict.fromkeys(item.source.value for item in missing))
    reason = "; ".join(dict.fromkeys(item.detail for item in missing))
    return UnknownDisruption(part=part, sources=sources, reason=reason)
