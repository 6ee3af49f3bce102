"""Pods may take longer to end than a node may take to drain.

Why it matters
--------------
A node has its pool's drain timeout, 30 minutes unless it is set, to get rid of its pods. If one is still running then,
the operation stops half-way, with nodes of the old and the new network side by side; a later update resumes it.

What to do
----------
- Give the pool more time: `az aks nodepool update --resource-group {resource_group} --cluster-name {cluster} --name
  POOL --drain-timeout MINUTES`.
- Or lower terminationGracePeriodSeconds, where the workload does not need it.

How it is decided
-----------------
A workload is a risk on a pool where one of its pods runs whose terminationGracePeriodSeconds is more than the pool's
drain timeout (null is the documented 30 minutes). Pods of DaemonSets, ended and static pods, and the platform's own
are left out, because a drain does not wait for them or AKS answers for them. A long grace period is only potential: a
pod that ends at once on SIGTERM needs none of it. A drain timeout is at least 5 minutes, so that pods with no more
than that need neither nodes nor pools. Nodes of node auto-provisioning belong to no pool and are left out.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.disruption.groups import PodGroup
from analyzer.disruption.rolls import drain_minutes
from analyzer.model.cluster import AgentPool
from analyzer.model.fact import Missing, seen
from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Severity
from analyzer.model.source import Source
from analyzer.model.step import REIMAGING
from analyzer.scene import Citation, Page, Rule, Scene
from rules.lists import gaps

LEAST_SECONDS = 5 * 60
"""The shortest drain timeout that AKS takes."""


def check(scene: Scene) -> Iterator[Outcome]:
    """Each workload and pool where a pod may take longer than the drain."""
    snapshot = scene.snapshot
    patient = [group for group in scene.drain.groups if group.grace_seconds > LEAST_SECONDS]
    pools = {pool.name: pool for pool in seen(scene.pools)}
    for group in patient:
        if group.is_certain:
            yield from _of_group(scene, group, pools)
    yield from gaps(snapshot.pods)
    if patient:
        yield from gaps(snapshot.nodes, scene.pools)
    if not all(group.is_certain for group in patient) or (patient and isinstance(snapshot.pods, Missing)):
        yield from gaps(snapshot.replica_sets)


def _of_group(scene: Scene, group: PodGroup, pools: dict[str, AgentPool]) -> Iterator[Finding]:
    longest: dict[str, int] = {}
    for pod in group.pods:
        pool = scene.drain.pools.get(pod.spec.node_name, "")
        longest[pool] = max(longest.get(pool, 0), pod.spec.termination_grace_period_seconds)
    for name in sorted(longest.keys() & pools.keys()):
        limit = drain_minutes(pools[name])
        if longest[name] > limit * 60:
            yield _finding(scene, group, name, longest[name], limit)


def _finding(scene: Scene, group: PodGroup, pool: str, seconds: int, limit: int) -> Finding:
    cluster = scene.cluster.require()
    names = f"--resource-group {cluster.resource_group} --cluster-name {cluster.name} --name {pool}"
    return Finding(
        object=group.owner,
        key=pool,
        message=f"Its pods may take {seconds} seconds to end; pool {pool} drains a node for at most {limit} minutes.",
        evidence=(
            Evidence("spec.terminationGracePeriodSeconds", str(seconds)),
            Evidence(f"agentPoolProfiles[{pool}].upgradeSettings.drainTimeoutInMinutes", str(limit)),
        ),
        remedy=(f"Give the pool more time: `az aks nodepool update {names} --drain-timeout {-(-seconds // 60) + 5}`.",),
    )


RULE = Rule(
    id="REI-DRAIN-TIMEOUT",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.DOCUMENTED,
    steps=REIMAGING,
    reads=(Source.CLUSTER, Source.PODS, Source.NODES, Source.REPLICA_SETS),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/upgrade-aks-node-pools-rolling#customize-node-drain-timeout",
            "The drain timeout is 30 minutes by default and at least 5; when it elapses, the operation stops.",
            "2026-05-29",
        ),
    ),
    check=check,
)
