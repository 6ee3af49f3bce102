"""The cluster or a pool is not in a state that can be updated.

Why it matters
--------------
Each step is one update of the managed cluster that rolls every pool. A stopped cluster accepts only start and delete.
A cluster or pool that is in the middle of an operation refuses the next one. What failed before, a pool that is
stopped and a node that is not ready are accepted, and then the roll stops at them or passes them by.

What to do
----------
- Start a stopped cluster: `az aks start --resource-group {resource_group} --name {cluster}`.
- Wait for a running operation: `az aks wait --resource-group {resource_group} --name {cluster} --updated`.
- Reconcile what failed, before anything about the network is changed: `az aks update --resource-group
  {resource_group} --name {cluster}` without further flags.

How it is decided
-----------------
A blocker: powerState of the cluster is not Running, or provisioningState of the cluster or of a pool is another word
than Succeeded, Failed and Canceled, which means that an operation is under way. The catalogue's logic names the
cluster only; its statement names pools as well, and that is what is done.

A risk: provisioningState Failed or Canceled, a pool that is Stopped, a node that does not report Ready. Stopped pools
can be upgraded, but no page says what a network update does to them. A pool without nodes is fine.

A state that is absent or null is a gap on its object: no default is documented. So is a node without the condition
Ready. Words are compared without regard to case. The state is that of the snapshot, at every step: check again right
before the change.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.model.cluster import AgentPool, PowerState
from analyzer.model.fact import Cause, Missing, seen
from analyzer.model.finding import (
    Confidence,
    Evidence,
    Finding,
    ObjectRef,
    Outcome,
    Severity,
    gap,
    object_ref,
    pool_ref,
)
from analyzer.model.network import hidden
from analyzer.model.objects import Node
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.lists import gaps

RESTING = ("succeeded", "failed", "canceled")
"""States in which no operation is under way."""


def check(scene: Scene) -> Iterator[Outcome]:
    """What is wrong with the cluster, with each pool, with each node."""
    cluster = scene.cluster.require()
    yield from _provisioning(scene.cluster_ref, "The cluster", cluster.provisioning_state, "properties")
    yield from _cluster_power(scene.cluster_ref, cluster.power_state)
    for pool in seen(scene.pools):
        yield from _pool(pool)
    for node in seen(scene.snapshot.nodes):
        yield from _node(node)
    yield from gaps(scene.pools)
    yield from gaps(scene.snapshot.nodes, severity=Severity.RISK)


def _provisioning(of: ObjectRef, subject: str, state: str | None, where: str) -> Iterator[Outcome]:
    path = f"{where}.provisioningState"
    if not state:
        yield gap(hidden(path, "it is absent or null"), of)
    elif state.lower() not in RESTING:
        message = f"{subject} is {state}: an operation is under way, and AKS accepts no other one until it ends."
        yield Finding(object=of, message=message, evidence=(Evidence(path, state),), key="provisioningState")
    elif state.lower() != "succeeded":
        yield Finding(
            object=of,
            message=f"The last operation on {subject[0].lower()}{subject[1:]} came to {state}; reconcile it first.",
            evidence=(Evidence(path, state),),
            severity=Severity.RISK,
            key="provisioningState",
        )


def _cluster_power(of: ObjectRef, power: PowerState | None) -> Iterator[Outcome]:
    code = power.code if power else None
    if not code:
        yield gap(hidden("properties.powerState.code", "it is absent or null"), of)
    elif code.lower() != "running":
        yield Finding(
            object=of,
            message=f"The cluster is {code}; only a running cluster can be updated.",
            evidence=(Evidence("properties.powerState.code", code),),
            key="powerState",
        )


def _pool(pool: AgentPool) -> Iterator[Outcome]:
    of, where = pool_ref(pool), f"agentPoolProfiles[{pool.name}]"
    yield from _provisioning(of, f"Pool {pool.name}", pool.provisioning_state, where)
    code = pool.power_state.code if pool.power_state else None
    if not code:
        yield gap(hidden(f"{where}.powerState.code", "it is absent or null"), of, Severity.RISK)
    elif code.lower() != "running":
        yield Finding(
            object=of,
            message=f"Pool {pool.name} is {code}; what a network update does to such a pool is not documented.",
            evidence=(Evidence(f"{where}.powerState.code", code),),
            severity=Severity.RISK,
            key="powerState",
        )


def _node(node: Node) -> Iterator[Outcome]:
    ready = next((item.status for item in node.status.conditions if item.type == "Ready"), None)
    if ready is None:
        yield gap(_unready_unknown(node), object_ref(node), Severity.RISK)
    elif ready != "True":
        yield Finding(
            object=object_ref(node),
            message=f"Node {node.name} is not ready; the roll can stop at it.",
            evidence=(Evidence("status.conditions[Ready].status", ready),),
            severity=Severity.RISK,
            remedy=(
                f"See why: `kubectl describe node {node.name}`.",
                f"If it does not recover, `kubectl drain {node.name} --ignore-daemonsets`, then delete its machine.",
            ),
        )


def _unready_unknown(node: Node) -> Missing[str]:
    detail = f"Node {node.name} does not report the condition Ready"
    return Missing(Source.NODES, Cause.HIDDEN, detail, "Read the nodes with their status (kubectl get nodes -o json)")


RULE = Rule(
    id="GEN-CLUSTER-STATE",
    page=Page(__doc__),
    severity=Severity.BLOCKER,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.REMOVE_POLICY_ENGINE, StepKind.OVERLAY, StepKind.CILIUM),
    reads=(Source.CLUSTER, Source.NODES),
    refused_by_platform=True,
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/start-stop-cluster#before-you-begin",
            "A stopped cluster can only be started or deleted.",
            "2026-07-21",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/upgrade-options#scenario-2-node-drain-failures-and-pdbs",
            "After a failed operation the cluster is reconciled before the next one.",
            "2026-06-22",
        ),
    ),
    check=check,
)
