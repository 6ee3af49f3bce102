"""One host port is used with several protocols, which Cilium up to 1.16 cannot do.

Why it matters
--------------
Up to 1.16 Cilium keeps one entry for a port number, whatever the protocol: of two protocols on one port only one
works, and which one is not known. DNS on 53, with UDP and TCP, is the usual case.

What to do
----------
- Upgrade to Kubernetes 1.32 or later before the step, which brings Cilium 1.17: `az aks upgrade --resource-group
  {resource_group} --name {cluster} --kubernetes-version VERSION`.
- Or give each protocol a host port of its own, or run the workload on the host network.

How it is decided
-----------------
The control plane's Kubernetes version gives the Cilium version, by the table that AKS publishes. Cilium 1.17 or later
passes; a version that is missing or not in the table is a gap.

One host port with two or more protocols is a risk: in the template of a DaemonSet, Deployment or StatefulSet, on that
workload; among the pods that run on one node, on that node. A pod's own ports count once, on the workload whose
template it comes from. Host-network and ended pods do not count, nor do init containers other than sidecars. Pods
without a node are not taken to share one.

The same port and protocol on different host addresses is a notice. So is a node port that Services use with two
protocols, on each of them. Workloads and Services of AKS's own are left out; their pods count on their node.

The edition of 2023-24 names the limitation without a version; since 2025-06-12 it is said of Cilium up to 1.16 only. A
defect of Cilium 1.18.0 and 1.18.1 looks alike; AKS runs neither.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

from analyzer.model.fact import seen
from analyzer.model.finding import Confidence, Evidence, Finding, ObjectRef, Outcome, Passed, Severity, object_ref
from analyzer.model.objects import Container, Pod, Service, TemplateContainer, Workload
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.model.version import Version
from analyzer.scene import Citation, Page, Rule, Scene
from rules.aks_owned import is_aks_owned
from rules.lists import gaps

_LAST = Version(1, 16)
"""The last Cilium minor version with the limitation."""


class _Use(NamedTuple):
    """One use of a port number."""

    port: int
    protocol: str
    address: str
    user: str
    """The pod or Service, as evidence names it."""
    from_template: bool
    """Whether it comes from a template that is judged by itself."""


def check(scene: Scene) -> Iterator[Outcome]:
    """Each template, node and Service where one port is used in two ways."""
    cilium = scene.before.cilium_version.require()
    if cilium.minor_version > _LAST:
        yield Passed(f"AKS runs Cilium {cilium} or later here; the limitation ends with 1.16.")
        return
    snapshot = scene.snapshot
    yield from _services(seen(snapshot.services))
    yield from gaps(snapshot.services, severity=Severity.NOTICE)
    workloads = (snapshot.daemon_sets, snapshot.deployments, snapshot.stateful_sets)
    for workload in (item for fact in workloads for item in seen(fact) if not is_aks_owned(item)):
        yield from _collisions(object_ref(workload), _of_template(workload))
    yield from _nodes(seen(snapshot.pods))
    yield from gaps(*workloads, snapshot.pods)


def _services(services: Iterable[Service]) -> Iterator[Finding]:
    by_port: defaultdict[int, list[tuple[Service, str]]] = defaultdict(list)
    for service in services:
        for port in service.spec.ports:
            if port.node_port:
                by_port[port.node_port].append((service, port.protocol.upper()))
    for number, uses in sorted(by_port.items()):
        if len({protocol for _, protocol in uses}) > 1:
            for service in (user for user, _ in uses if not is_aks_owned(user)):
                yield Finding(
                    object=object_ref(service),
                    key=str(number),
                    severity=Severity.NOTICE,
                    message=f"Node port {number} is used with several protocols; Cilium up to 1.16 serves one of them.",
                    evidence=tuple(Evidence(_name(user), f"nodePort {number}/{protocol}") for user, protocol in uses),
                )


def _nodes(pods: Iterable[Pod]) -> Iterator[Finding]:
    by_node: defaultdict[str, list[_Use]] = defaultdict(list)
    for pod in pods:
        if pod.spec.node_name and not pod.spec.host_network and not pod.has_ended:
            by_node[pod.spec.node_name] += _of_pod(pod)
    for node, uses in sorted(by_node.items()):
        yield from _collisions(ObjectRef(kind="Node", name=node), uses)


def _of_pod(pod: Pod) -> Iterator[_Use]:
    return _uses(f"Pod {_name(pod)}", pod.spec.containers, pod.spec.init_containers, _has_template(pod))


def _of_template(workload: Workload) -> list[_Use]:
    spec = workload.spec.template.spec
    if spec.host_network:
        return []
    return list(_uses(f"{workload.kind} {_name(workload)}", spec.containers, spec.init_containers))


def _name(item: Pod | Service | Workload) -> str:
    return f"{item.namespace}/{item.name}"


def _has_template(pod: Pod) -> bool:
    """Whether the pod comes from a workload whose template is judged. Pods of Deployments carry a hash of theirs."""
    owners = {owner.kind for owner in pod.metadata.owner_references if owner.controller}
    return bool(owners & {"DaemonSet", "StatefulSet"}) or ("ReplicaSet" in owners and "pod-template-hash" in pod.labels)


def _uses(
    user: str,
    containers: Sequence[Container | TemplateContainer],
    init_containers: Sequence[Container | TemplateContainer],
    from_template: bool = False,
) -> Iterator[_Use]:
    sidecars = [container for container in init_containers if container.restart_policy == "Always"]
    for container in (*containers, *sidecars):
        for port in container.ports:
            if port.host_port:
                yield _Use(port.host_port, port.protocol.upper(), port.host_ip, user, from_template)


def _collisions(of: ObjectRef, uses: Iterable[_Use]) -> Iterator[Finding]:
    by_port: defaultdict[int, list[_Use]] = defaultdict(list)
    for use in uses:
        by_port[use.port].append(use)
    for port, same in sorted(by_port.items()):
        pairs = [pair for pair in combinations(same, 2) if not _is_of_one_template(*pair)]
        if any(one.protocol != other.protocol for one, other in pairs):
            message = f"Host port {port} is used with several protocols; Cilium up to 1.16 serves only one of them."
            yield Finding(object=of, key=str(port), message=message, evidence=_evidence(same))
        elif any(one.address != other.address for one, other in pairs):
            message = f"Host port {port} is used on several host addresses; Cilium up to 1.16 may serve one only."
            yield Finding(object=of, key=str(port), severity=Severity.NOTICE, message=message, evidence=_evidence(same))


def _is_of_one_template(one: _Use, other: _Use) -> bool:
    return one.user == other.user and one.from_template


def _evidence(uses: list[_Use]) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(use.user, f"hostPort {use.port}/{use.protocol}" + (f" on {use.address}" if use.address else ""))
        for use in uses
    )


RULE = Rule(
    id="CIL-HOSTPORT-PROTOCOL",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.CILIUM,),
    reads=(
        Source.CLUSTER,
        Source.DAEMON_SETS,
        Source.DEPLOYMENTS,
        Source.STATEFUL_SETS,
        Source.PODS,
        Source.SERVICES,
    ),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/azure-cni-powered-by-cilium#limitations",
            "Up to Cilium 1.16, one host port cannot be used with several protocols.",
            "2026-08-05",
            contradicts="The edition of 2023-24 names no version.",
        ),
        Citation(
            "https://github.com/cilium/cilium/issues/14287",
            "Cilium's entries for host ports do not tell protocols apart.",
        ),
        Citation(
            "https://github.com/cilium/cilium/issues/41426",
            "Cilium 1.18.0 and 1.18.1 have a defect of the same look.",
        ),
    ),
    check=check,
)
