"""One system node carries the platform's own pods.

Why it matters
--------------
CoreDNS, konnectivity-agent and metrics-server have disruption budgets of their own. With one system node they have
nowhere to go until the surge node is up and can hold them: the drain fails with PodDrainFailure, or DNS and metrics
are away for its length. Overlay and Cilium migrations of one-node clusters were reported to fail so.

What to do
----------
- Scale the system pool before the first step: `az aks nodepool scale --resource-group {resource_group} --cluster-name
  {cluster} --name POOL --node-count 3`.

How it is decided
-----------------
The counts of all system pools are added; 0 or 1 is a notice on the pool, or on the cluster where several pools share
so few nodes. It is a risk where such a pool has no surge (maxSurge 0, so its only node is drained in place) and no
other Linux pool has a node that could take the pods meanwhile. Whether a surge node finds quota and an address is for
REI-QUOTA and REI-SUBNET-IPS to say. User pools lessen the risk, because the platform's pods only prefer system nodes.

A budget of the platform that allows no disruption although its pods are healthy is a notice on the budget. Such
budgets are known by the label kubernetes.azure.com/managedby, by the add-on manager's labels in kube-system, and by
their namespace: AKS's own objects count here. calico-typha's belongs to CAL-TYPHA-PDB where Calico is the policy
engine.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analyzer.disruption.platform import is_platform
from analyzer.model.cluster import AgentPool
from analyzer.model.fact import Known, seen
from analyzer.model.finding import Confidence, Evidence, Finding, Gap, Outcome, Severity, gap, object_ref, pool_ref
from analyzer.model.network import PolicyEngine, hidden
from analyzer.model.objects import PodDisruptionBudget
from analyzer.model.source import Source
from analyzer.model.step import REIMAGING
from analyzer.scene import Citation, Page, Rule, Scene
from analyzer.surge import share_of
from rules.aks_owned import is_typha
from rules.lists import gaps

LEAST = 2


def check(scene: Scene) -> Iterator[Outcome]:
    """Too few system nodes, and the platform's budgets that allow nothing."""
    yield from _of_pools(scene)
    yield from _of_budgets(scene)


def _of_pools(scene: Scene) -> Iterator[Outcome]:
    yield from gaps(scene.pools)
    system = [pool for pool in seen(scene.pools) if _is_system(pool)]
    known = [pool.node_count for pool in system if pool.node_count is not None]
    unclear = [pool for pool in seen(scene.pools) if pool.mode is None or (pool in system and pool.node_count is None)]
    if sum(known) >= LEAST:
        return
    if unclear:
        yield from (_unknown_size(pool) for pool in unclear)
    elif system:
        yield from _too_few(scene, system, sum(known))


def _unknown_size(pool: AgentPool) -> Gap:
    field = "mode" if pool.mode is None else "osType" if pool.os_type is None else "count"
    return gap(hidden(f"agentPoolProfiles[{pool.name}].{field}", "it is absent or null"), pool_ref(pool))


def _too_few(scene: Scene, system: Sequence[AgentPool], count: int) -> Iterator[Outcome]:
    others = [pool for pool in seen(scene.pools) if not _is_system(pool) and not _is_windows(pool)]
    in_place = all(_has_no_surge(pool) for pool in system)
    unclear = [pool for pool in others if pool.node_count is None or (pool.os_type is None and pool.node_count)]
    is_alone = not any(pool.node_count or pool in unclear for pool in others)
    nodes = "1 node" if count == 1 else "no node"
    refuge = "no other Linux pool has a node" if is_alone else "user pools may hold the platform's pods meanwhile"
    how = "drained in place without a surge node" if in_place else "whose pods depend on the surge node"
    yield Finding(
        object=pool_ref(system[0]) if len(system) == 1 else scene.cluster_ref,
        severity=None if in_place and is_alone else Severity.NOTICE,
        message=f"The system pools have {nodes} in all, {how}; {refuge}.",
        evidence=tuple(Evidence(f"agentPoolProfiles[{pool.name}].count", str(pool.node_count)) for pool in system),
        remedy=(_scale(scene, system[0]),),
    )
    if in_place:
        yield from (_unknown_size(pool) for pool in unclear)


def _is_system(pool: AgentPool) -> bool:
    return (pool.mode or "").lower() == "system"


def _is_windows(pool: AgentPool) -> bool:
    return (pool.os_type or "").lower() == "windows"


def _has_no_surge(pool: AgentPool) -> bool:
    settings = pool.upgrade_settings
    return settings is not None and share_of(settings.max_surge or "1", 1) == 0


def _scale(scene: Scene, pool: AgentPool) -> str:
    cluster = scene.cluster.require()
    names = f"--resource-group {cluster.resource_group} --cluster-name {cluster.name} --name {pool.name}"
    if pool.enable_auto_scaling:
        most = max(3, pool.max_count or 0)
        flags = f"--update-cluster-autoscaler --min-count 3 --max-count {most}"
        return f"Raise its least size before the first step: `az aks nodepool update {names} {flags}`."
    return f"Scale it before the first step: `az aks nodepool scale {names} --node-count 3`."


def _of_budgets(scene: Scene) -> Iterator[Outcome]:
    yield from gaps(scene.snapshot.pod_disruption_budgets, severity=Severity.NOTICE)
    policy = scene.before.policy
    is_calico = isinstance(policy, Known) and policy.value is PolicyEngine.CALICO
    for budget in seen(scene.snapshot.pod_disruption_budgets):
        if is_platform(budget) and _allows_nothing(budget) and not (is_calico and is_typha(budget)):
            status = budget.status
            yield Finding(
                object=object_ref(budget),
                severity=Severity.NOTICE,
                message=f"This budget of the platform allows no disruption although {status.current_healthy} of"
                f" {status.expected_pods} pods are healthy; the drain waits for it.",
                evidence=(Evidence("status.disruptionsAllowed", "0"),),
                remedy=("Scale the system pool to three nodes: the platform's autoscalers add replicas by nodes.",),
            )


def _allows_nothing(budget: PodDisruptionBudget) -> bool:
    """Whether it allows no disruption although its pods are healthy."""
    status = budget.status
    if not status.expected_pods or status.disruptions_allowed != 0 or status.current_healthy is None:
        return False
    return status.current_healthy >= (status.desired_healthy or 0)


RULE = Rule(
    id="REI-SYSTEM-SINGLE-NODE",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.UPSTREAM,
    steps=REIMAGING,
    reads=(Source.CLUSTER, Source.POD_DISRUPTION_BUDGETS),
    sources=(
        Citation(
            "https://github.com/Azure/azure-container-networking/pull/4417",
            "A migration pipeline scales the system pool so that draining does not fail.",
            "2026-05-21",
        ),
        Citation(
            "https://github.com/Azure/AKS/issues/3384",
            "Disruption budgets of system pods block the drain of small clusters.",
        ),
    ),
    check=check,
)
