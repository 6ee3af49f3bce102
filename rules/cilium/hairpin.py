"""Old Cilium may drop what a pod sends to itself through its own Service.

Why it matters
--------------
A pod that calls its own Service may be given itself as the backend. Older Cilium could apply the pod's ingress policy
to that connection, or to its replies, and drop it: a fault that comes and goes with the choice of the backend.

What to do
----------
- Upgrade to Kubernetes 1.31 or later before the step, which brings Cilium 1.16: `az aks upgrade --resource-group
  {resource_group} --name {cluster} --kubernetes-version VERSION`.
- Or let the policy admit the pods from themselves: a peer whose `podSelector` equals that of the policy.

How it is decided
-----------------
From Kubernetes 1.31 on there is nothing to look for. Before it, each Service with a cluster IP (its type ClusterIP,
NodePort or LoadBalancer; not headless) is a notice if one of its running pods is ingress-isolated and no rule of the
policies that isolate it admits the pod from itself on a target port of the Service. AKS's own Services do not count.
Rules without peers and peers that select the pod by label admit; an ipBlock does not, because Cilium compares it with
no pod. A target port is taken by number, or by name from the pod's own containers.

A notice only: the documentation dropped the limitation on 2025-06-12, and the correction upstream (pull request 27602)
is in Cilium 1.12.14, so the least versions that AKS runs, 1.13.18 and 1.14.20, very likely hold it. The edition of
2023-24 lists it without a version.

Version, Services, pods or policies that were not all read are a gap, and so are namespaces where a namespaceSelector
decides.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.connectivity.isolation import Direction, Flows, Isolation
from analyzer.connectivity.ports import PortSet, port_set
from analyzer.model.fact import Known, LackingError, seen
from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Severity, gap, object_ref
from analyzer.model.network import IpamMode
from analyzer.model.objects import LabelSelector, Pod, PolicyPort, Service
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.model.version import Version
from analyzer.scene import Citation, KubernetesWindow, Page, Rule, Scene
from rules.aks_owned import is_aks_owned
from rules.lists import gaps


def check(scene: Scene) -> Iterator[Outcome]:
    """Each Service through which a pod may not reach itself."""
    listed = scene.snapshot.services
    services = [service for service in seen(listed) if _has_address(service) and not is_aks_owned(service)]
    if isinstance(listed, Known) and not services:
        return
    yield from gaps(listed, scene.snapshot.pods)
    isolation = scene.universe.isolation.require()
    for service in services:
        try:
            yield from _judge(isolation, service)
        except LackingError as lacking:
            yield from map(gap, lacking.missing)


def _has_address(service: Service) -> bool:
    spec = service.spec
    return bool(spec.selector) and spec.type != "ExternalName" and spec.cluster_ip != "None"


def _judge(isolation: Isolation, service: Service) -> Iterator[Finding]:
    selection = isolation.selection
    chosen = selection.population.plain & selection.pods(LabelSelector(service.spec.selector), service.namespace)
    ports = port_set(tuple(PolicyPort(port.protocol, port.target_port or port.port) for port in service.spec.ports))
    for block in isolation.blocks_among(chosen, service.namespace, Direction.INGRESS):
        classes = chosen & block.classes
        for refused in isolation.not_admitted(block, Direction.INGRESS, Flows(classes, classes, ports)):
            if alone := refused.subjects & refused.peers:
                pod = selection.population.pods[next(selection.population.pods_of(alone))]
                names = [isolation.policies[place].name for place in block.policies]
                yield _finding(service, pod, refused.ports, names)
                return


def _finding(service: Service, pod: Pod, ports: PortSet, policies: list[str]) -> Finding:
    port = str(ports).partition(", ")[0]
    address = next(iter(pod.addresses), "no address yet")
    return Finding(
        object=object_ref(service),
        message=f"Pod {pod.name} is isolated and no policy admits it from itself on {port}; before Kubernetes 1.31"
        f" Cilium may drop its calls through Service {service.name} that come back to it.",
        evidence=(
            Evidence("spec.clusterIP", service.spec.cluster_ip),
            Evidence(f"policies that isolate {pod.namespace}/{pod.name}", ", ".join(sorted(policies))),
            Evidence("example flow", f"{pod.namespace}/{pod.name} ({address}) through the Service to itself, {port}"),
        ),
    )


RULE = Rule(
    id="CIL-HAIRPIN",
    page=Page(__doc__),
    severity=Severity.NOTICE,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.CILIUM,),
    modes=(IpamMode.NODE_SUBNET, IpamMode.POD_SUBNET_DYNAMIC, IpamMode.POD_SUBNET_STATIC, IpamMode.OVERLAY),
    window=KubernetesWindow(Version(1, 31)),
    reads=(Source.CLUSTER, Source.SERVICES, Source.PODS, Source.NETWORK_POLICIES, Source.NAMESPACES),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/azure-cni-powered-by-cilium#limitations",
            "Network policies may be applied to reply packets when a pod connects to itself through a service IP.",
            "2023-24",
            contradicts="The page of 2026-08-05 no longer says so; the line went on 2025-06-12.",
        ),
        Citation(
            "https://github.com/cilium/cilium/issues/19406",
            "The issue that the documentation named.",
        ),
        Citation(
            "https://github.com/cilium/cilium/pull/27602",
            "Connections of a pod to itself skip policy again; backported to 1.12.14.",
        ),
    ),
    check=check,
)
