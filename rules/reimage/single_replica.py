"""A workload is down while its one pod, or its one node, is replaced.

Why it matters
--------------
Pods are evicted, not moved: a workload with one replica is down from the eviction until its new pod is ready. All
pools roll together, so it is hit at least once in each step that reimages them. Several replicas on one node go
together.

What to do
----------
- Scale it to two replicas or more before the step: `kubectl scale deployment/NAME --namespace NAMESPACE --replicas 2`.
- Spread the replicas over nodes (topologySpreadConstraints or podAntiAffinity), and give it a disruption budget with
  maxUnavailable 1.
- Where only one may run, tell its users of the downtime.

How it is decided
-----------------
A Deployment or StatefulSet with one replica (absent means one) is a risk, unless an autoscaler keeps it at two or
more: one that may go up to more but keeps only one does not help. Several replicas are a risk where all pods that run
are on one node. Scaled to zero, batch work and the platform's own workloads are left out. A budget that stops the drain
is REI-PDB's to say; this rule is about downtime and does not look at budgets.

A workload of one replica needs the autoscalers; one of several needs the whole list of pods and, for a Deployment, of
ReplicaSets. What has no critical users is for a waiver to say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analyzer.disruption.replicas import by_replicas, lifted, on_one_node
from analyzer.model.fact import Known, Missing, seen
from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Passed, Severity, object_ref
from analyzer.model.objects import Workload
from analyzer.model.source import Source
from analyzer.model.step import REIMAGING
from analyzer.scene import Citation, Page, Rule, Scene
from rules.lists import gaps


def check(scene: Scene) -> Iterator[Outcome]:
    """Each workload that one eviction, or one node, takes down."""
    yield Passed("No workload of a customer's is one pod, or has all of its pods on one node.")
    snapshot = scene.snapshot
    workloads = (*seen(snapshot.deployments), *seen(snapshot.stateful_sets))
    lone, several = by_replicas(workloads)
    yield from _of_one(scene, lone)
    yield from _of_several(scene, several)
    yield from gaps(snapshot.deployments, snapshot.stateful_sets)


def _of_one(scene: Scene, workloads: Sequence[Workload]) -> Iterator[Outcome]:
    autoscalers = scene.snapshot.horizontal_pod_autoscalers
    if not workloads:
        return
    kept_up = lifted(seen(autoscalers))
    alone = [item for item in workloads if object_ref(item) not in kept_up]
    if alone and isinstance(autoscalers, Missing):
        yield from gaps(autoscalers)
        return
    for item in alone:
        yield Finding(
            object=object_ref(item),
            message="It has one replica, so it is down from its eviction until the new pod is ready.",
            evidence=(Evidence("spec.replicas", "1" if item.spec.replicas else "absent, which means 1"),),
            remedy=_remedy(item),
        )


def _of_several(scene: Scene, workloads: Sequence[Workload]) -> Iterator[Outcome]:
    snapshot = scene.snapshot
    if not workloads:
        return
    if isinstance(snapshot.pods, Missing):
        yield from gaps(snapshot.pods)
        return
    deployments = [item for item in workloads if item.kind == "Deployment"]
    if deployments:
        yield from gaps(snapshot.replica_sets)
    whole = workloads if isinstance(snapshot.replica_sets, Known) else [i for i in workloads if i not in deployments]
    for item, group in on_one_node(whole, scene.drain.by_owner):
        (node,) = group.nodes
        yield Finding(
            object=object_ref(item),
            message=f"All its pods run on node {node}, so they go down together.",
            evidence=(Evidence("spec.replicas", str(item.spec.replicas)), Evidence("pods[].spec.nodeName", node)),
            remedy=("Spread it over nodes with topologySpreadConstraints on kubernetes.io/hostname, then restart it.",),
        )


def _remedy(item: Workload) -> tuple[str, ...]:
    target = f"{item.kind.lower()}/{item.name} --namespace {item.namespace}"
    return (
        f"Scale it up before the step, if it can run twice: `kubectl scale {target} --replicas 2`.",
        "If only one may run, tell its users of the downtime.",
    )


RULE = Rule(
    id="REI-SINGLE-REPLICA",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.DERIVED,
    steps=REIMAGING,
    reads=(
        Source.DEPLOYMENTS,
        Source.STATEFUL_SETS,
        Source.HORIZONTAL_POD_AUTOSCALERS,
        Source.PODS,
        Source.REPLICA_SETS,
    ),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/upgrade-options#scenario-2-node-drain-failures-and-pdbs",
            "Nodes are drained by evicting their pods; that one replica means downtime follows.",
            "2026-06-22",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/update-azure-cni#update-the-ipam-mode-to-azure-cni-overlay",
            "The update reimages all pools at the same time and disrupts workloads.",
            "2026-05-28",
        ),
    ),
    check=check,
)
