"""Cilium runs without limits, on nodes or under policies that leave it no room.

Why it matters
--------------
AKS sets no CPU or memory limits on the DaemonSet cilium. On a node whose memory is nearly all requested it contends
with the workloads, and a quota or admission policy that demands limits in kube-system keeps its pods from starting.

What to do
----------
- Leave headroom before the step: lower requests, or scale the pool out with `az aks nodepool scale --resource-group
  {resource_group} --cluster-name {cluster} --name POOL --node-count COUNT`.
- Exclude kube-system from policies that demand limits, and remove limits from quotas in kube-system.

How it is decided
-----------------
A notice on each node where the effective memory requests of its running and pending pods are more than 90 % of its
allocatable memory. Requests are counted as the scheduler does: containers and sidecars together, or the largest
moment of initialisation, plus the overhead of the runtime class; a request of the whole pod goes first. A quantity
that cannot be read is a gap, and so is a node without allocatable memory.

A notice on each ResourceQuota in kube-system with a hard limits.* and on each K8sContainerLimits constraint of
Gatekeeper that covers kube-system, whatever its enforcement action. A constraint covers it unless its namespaces leave
kube-system out or its excluded namespaces hold it; both may use * at either end. A LimitRange is never one: it sets
defaults. A list that is not whole is a gap.

The editions agree.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from analyzer.model.fact import Cause, Missing, seen
from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Severity, gap, object_ref
from analyzer.model.objects import ConstraintMatch, ContainerLimitConstraint, Node, Pod, ResourceQuota
from analyzer.model.quantity import memory_request_bytes, parse_bytes
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.lists import gaps

_NAMESPACE = "kube-system"
_MIB = 2**20


def check(scene: Scene) -> Iterator[Outcome]:
    """Each node without headroom, and each object that demands limits in kube-system."""
    snapshot = scene.snapshot
    by_node: defaultdict[str, list[Pod]] = defaultdict(list)
    for pod in seen(snapshot.pods):
        if not pod.has_ended:
            by_node[pod.spec.node_name].append(pod)
    for node in seen(snapshot.nodes):
        yield from _node(node, by_node.get(node.name, []))
    for quota in seen(snapshot.resource_quotas):
        yield from _quota(quota)
    for constraint in seen(snapshot.container_limit_constraints):
        yield from _constraint(constraint)
    yield from gaps(snapshot.nodes, snapshot.pods, snapshot.resource_quotas, snapshot.container_limit_constraints)


def _node(node: Node, pods: list[Pod]) -> Iterator[Outcome]:
    allocatable = parse_bytes(node.status.allocatable.get("memory", ""))
    if allocatable is None:
        detail = f"Node {node.name} shows no allocatable memory that can be read"
        yield gap(Missing(Source.NODES, Cause.HIDDEN, detail), object_ref(node))
        return
    requests = [(pod, memory_request_bytes(pod.spec)) for pod in pods]
    requested = sum(request or 0 for _, request in requests)
    if requested * 10 > allocatable * 9:
        yield _full(node, requested, allocatable)
    for pod in (pod for pod, request in requests if request is None):
        detail = f"A memory request of pod {pod.namespace}/{pod.name} cannot be read"
        yield gap(Missing(Source.PODS, Cause.UNRECOGNISED, detail), object_ref(pod))


def _full(node: Node, requested: int, allocatable: int) -> Finding:
    evidence = (
        Evidence("memory requests of its pods", f"{requested // _MIB} MiB"),
        Evidence("status.allocatable.memory", f"{allocatable // _MIB} MiB"),
    )
    message = f"More than 90 % of the memory of node {node.name} is requested, which leaves Cilium little room."
    return Finding(object=object_ref(node), message=message, evidence=evidence)


def _quota(quota: ResourceQuota) -> Iterator[Finding]:
    limits = sorted(key for key in quota.spec.hard if key.startswith("limits."))
    if quota.namespace == _NAMESPACE and limits:
        message = f"ResourceQuota {quota.name} demands limits of every pod in kube-system; Cilium's pods have none."
        evidence = tuple(Evidence(f"spec.hard[{key}]", str(quota.spec.hard[key])) for key in limits)
        yield Finding(object=object_ref(quota), message=message, evidence=evidence)


def _constraint(constraint: ContainerLimitConstraint) -> Iterator[Finding]:
    if _covers_kube_system(constraint.spec.match):
        message = f"Constraint {constraint.name} demands limits of every container in kube-system; Cilium's have none."
        evidence = (Evidence("spec.enforcementAction", constraint.spec.enforcement_action or "deny"),)
        yield Finding(object=object_ref(constraint), message=message, evidence=evidence)


def _covers_kube_system(match: ConstraintMatch) -> bool:
    included = not match.namespaces or _names_kube_system(match.namespaces)
    return included and not _names_kube_system(match.excluded_namespaces)


def _names_kube_system(patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(_NAMESPACE, pattern) for pattern in patterns)


RULE = Rule(
    id="CIL-RESOURCES",
    page=Page(__doc__),
    severity=Severity.NOTICE,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.CILIUM,),
    reads=(Source.NODES, Source.PODS, Source.RESOURCE_QUOTAS, Source.CONTAINER_LIMIT_CONSTRAINTS),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/azure-cni-powered-by-cilium#does-aks-configure-cpu-or-memory-limits-on-the-cilium-daemonset",
            "AKS sets no CPU or memory limits on the DaemonSet, because Cilium is vital to the node.",
            "2026-08-05",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/azure-cni-powered-by-cilium",
            "No limits are set on the DaemonSet.",
            "2023-24",
        ),
    ),
    check=check,
)
