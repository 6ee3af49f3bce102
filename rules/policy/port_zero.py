"""A port is 0, or a name that no container gives.

Why it matters
--------------
Port 0 is no port: the API server refuses it in a NetworkPolicy, and what engines make of it differs. A Service whose
target port is a name that no backend defines sends its traffic nowhere, and what policies do to it cannot be told.

What to do
----------
- Write the number, or leave `port` out to mean every port of the protocol.
- Write a target port's number, or name the container's port.

How it is decided
-----------------
A NetworkPolicy with port 0, in a direction that policyTypes names, is a notice; a protocol without a port is every port
of it on each engine, and passes. A Service with a target port that is a name is a notice if it selects running pods and
none of them defines the name under the same protocol; host-network pods count, and so do init containers that restart
always. A Service without a selector or without running pods has nothing to resolve. A target port that is 0 or absent
is the Service's own port: the API server stores it so, and only raw manifests leave it out.

Pods that were not all read are a gap where a name was not found. What AKS owns does not count.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, filterfalse

from analyzer.connectivity.isolation import Direction, rules_of
from analyzer.model.fact import Missing, seen
from analyzer.model.finding import Confidence, Evidence, Finding, Gap, Outcome, Severity, gap, object_ref
from analyzer.model.objects import LabelSelector, NetworkPolicy, Pod, Service, ServicePort
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.aks_owned import is_aks_owned
from rules.lists import gaps
from rules.policy.ip_blocks import MODES


def check(scene: Scene) -> Iterator[Outcome]:
    """Ports of policies, then target ports of Services."""
    policies, services = scene.snapshot.network_policies, scene.snapshot.services
    for policy in filterfalse(is_aks_owned, seen(policies)):
        yield from _policy(policy)
    for service in filterfalse(is_aks_owned, seen(services)):
        yield from _service(scene, service)
    yield from gaps(policies, services)


def _policy(policy: NetworkPolicy) -> Iterator[Finding]:
    for direction in Direction:
        ports = chain.from_iterable(rule.ports for rule in rules_of(policy, direction))
        for protocol in sorted({port.protocol for port in ports if port.port == 0}):
            where = direction.value.lower()
            yield Finding(
                object=object_ref(policy),
                message=f"A rule in {where} names {protocol} port 0, which is no port.",
                evidence=(Evidence(f"spec.{where}[].ports[].port", "0"),),
                key=f"{where} {protocol} 0",
            )


def _service(scene: Scene, service: Service) -> Iterator[Finding | Gap]:
    named = [port for port in service.spec.ports if isinstance(port.target_port, str)]
    if not named or not service.spec.selector:
        return
    backends = list(_backends(scene, service))
    unresolved = [port for port in named if not any(_defines(pod, port) for pod in backends)]
    if unresolved and isinstance(scene.universe.pods, Missing):
        yield gap(scene.universe.pods)
    elif backends:
        yield from (_finding(service, port, len(backends)) for port in unresolved)


def _backends(scene: Scene, service: Service) -> Iterator[Pod]:
    """The pods that a Service selects, host-network pods among them."""
    selection = scene.universe.selection
    population = selection.population
    found = selection.pods(LabelSelector(match_labels=service.spec.selector), service.namespace)
    yield from (population.pods[place] for place in population.pods_of(found))


def _defines(pod: Pod, port: ServicePort) -> bool:
    sidecars = (container for container in pod.spec.init_containers if container.restart_policy == "Always")
    return any(
        declared.name == port.target_port and declared.protocol == port.protocol
        for container in (*pod.spec.containers, *sidecars)
        for declared in container.ports
    )


def _finding(service: Service, port: ServicePort, backends: int) -> Finding:
    return Finding(
        object=object_ref(service),
        message=f"Port {port.port} leads to the {port.protocol} port {port.target_port}, which none of {backends} pods"
        " behind it defines.",
        evidence=(Evidence(f"spec.ports[{port.port}].targetPort", str(port.target_port)),),
        key=f"{port.protocol} {port.port}",
    )


RULE = Rule(
    id="POL-PORT-ZERO",
    page=Page(__doc__),
    severity=Severity.NOTICE,
    confidence=Confidence.UPSTREAM,
    steps=(StepKind.CILIUM,),
    modes=MODES,
    reads=(Source.CLUSTER, Source.NETWORK_POLICIES, Source.SERVICES, Source.PODS),
    sources=(
        Citation(
            "https://github.com/Azure/azure-container-networking/tree/master/tools/azure-npm-to-cilium-validator",
            "The published validator treats port 0 and target ports that are names or 0 as cases of their own.",
            "2026",
        ),
        Citation(
            "https://docs.cilium.io/en/stable/network/kubernetes/policy/",
            "Cilium enforces Kubernetes NetworkPolicies; a protocol without a port is every port of it.",
            "1.18",
        ),
    ),
    check=check,
)
