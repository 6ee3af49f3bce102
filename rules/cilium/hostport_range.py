"""A host port lies in the NodePort range, or is bound to the loopback address.

Why it matters
--------------
Cilium serves host ports in eBPF. It leaves out those in the range of node ports, 30000 to 32767, and does not bind
any to 127.0.0.1. Such a port answers today and is silent after the step.

What to do
----------
- Take a host port outside 30000 to 32767, and no loopback address.
- Or run the workload on the host network, where its own process listens.

How it is decided
-----------------
Of every live pod with a network of its own, the containers and the init containers that restart: a hostPort from 30000
to 32767, or a hostIP in 127.0.0.0/8, is a risk on the workload that the pod comes from. Pods on the host network and
pods that AKS manages do not count. Pods that were not all read are a gap.

The AKS documentation is silent here; the claim is Cilium's own. A NodePort range of your own cannot be set on AKS.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.addresses import contains
from analyzer.model.fact import seen
from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Severity
from analyzer.model.objects import ContainerPort, Pod
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.cilium.pod_owners import lasting_containers, on_pod_network, owner_ref
from rules.lists import gaps

FIRST, LAST = 30000, 32767
"""The node ports of AKS."""


def check(scene: Scene) -> Iterator[Outcome]:
    """Each host port of a workload that Cilium does not serve."""
    pods = scene.snapshot.pods
    for pod in on_pod_network(seen(pods)):
        for container in lasting_containers(pod):
            for port in container.ports:
                yield from _judge(pod, port)
    yield from gaps(pods)


def _judge(pod: Pod, port: ContainerPort) -> Iterator[Finding]:
    if FIRST <= port.host_port <= LAST:
        yield _finding(pod, port, f"lies in the range of node ports, {FIRST} to {LAST}")
    elif port.host_port and contains("127.0.0.0/8", port.host_ip):
        yield _finding(pod, port, f"is bound to {port.host_ip}")


def _finding(pod: Pod, port: ContainerPort, why: str) -> Finding:
    owner = owner_ref(pod)
    name = f"{port.protocol} {port.host_port}"
    message = f"Host port {name} of {owner.kind} {owner.name} {why}; Cilium does not serve it."
    where = f"Pod {pod.namespace}/{pod.name}"
    on = f" on {port.host_ip}" if port.host_ip else ""
    evidence = (Evidence(where, f"hostPort {port.host_port}/{port.protocol}{on}"),)
    return Finding(object=owner, key=f"{name}{on}", message=message, evidence=evidence)


RULE = Rule(
    id="CIL-HOSTPORT-RANGE",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.UPSTREAM,
    steps=(StepKind.CILIUM,),
    reads=(Source.PODS,),
    sources=(
        Citation(
            "https://docs.cilium.io/en/stable/network/kubernetes/kubeproxy-free/#container-hostport-support",
            "Host ports within the NodePort range are ignored, and the loopback address is no host address for them.",
        ),
    ),
    check=check,
)
