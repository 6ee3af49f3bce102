"""SCTP does not work with the Cilium that AKS runs.

Why it matters
--------------
AKS runs Cilium with SCTP switched off. Cilium then drops SCTP packets of pods, does not balance Services with SCTP
ports, and takes no account of SCTP in network policies.

What to do
----------
- Stay on the Azure data plane as long as SCTP is needed: `--to overlay` alone.
- Or run a Cilium of your own, with SCTP on, in a new cluster: `az aks create --network-plugin none`.
- Or carry the protocol over TCP or UDP.

How it is decided
-----------------
A risk each: a workload with a live pod that declares an SCTP port (pods on the host network do not count, their packets
do not pass Cilium's programs for pods), a Service with an SCTP port, and a NetworkPolicy with a rule that names SCTP
where pods that declare it are on the receiving side: among the pods that the policy selects for ingress, among the
peers for egress. A policy that names SCTP for no such pod is a notice. A rule without ports does not name it.

Services, pods and policies that were not all read are gaps; so are namespaces where a namespaceSelector decides whether
a peer declares SCTP. What AKS owns is left out. Azure's load balancers do not carry SCTP, so only traffic inside the
cluster can be meant.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import filterfalse

from analyzer.bits import bitset
from analyzer.connectivity.isolation import Direction, rules_of
from analyzer.connectivity.selection import Selection
from analyzer.model.fact import LackingError, seen
from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Passed, Severity, gap, object_ref
from analyzer.model.objects import EgressRule, IngressRule, NetworkPolicy, Pod
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.aks_owned import is_aks_owned
from rules.cilium.pod_owners import on_pod_network, owner_ref
from rules.lists import gaps


def check(scene: Scene) -> Iterator[Outcome]:
    """Each workload, Service and policy with SCTP."""
    snapshot = scene.snapshot
    yield Passed("No pod, Service or policy names SCTP, but perhaps AKS's own.")
    for pod in on_pod_network(seen(snapshot.pods)):
        yield from _workload(pod)
    for service in filterfalse(is_aks_owned, seen(snapshot.services)):
        if ports := [str(port.port) for port in service.spec.ports if port.protocol.upper() == "SCTP"]:
            message = f"Service {service.name} has SCTP ports, which Cilium does not balance."
            yield Finding(
                object=object_ref(service), message=message, evidence=(Evidence("spec.ports[SCTP]", ", ".join(ports)),)
            )
    yield from _policies(scene)
    yield from gaps(snapshot.pods, snapshot.services, snapshot.network_policies)


def _workload(pod: Pod) -> Iterator[Finding]:
    if ports := _sctp_ports(pod):
        owner = owner_ref(pod)
        message = f"{owner.kind} {owner.name} declares SCTP ports; Cilium drops the SCTP packets of its pods."
        evidence = (Evidence(f"Pod {pod.namespace}/{pod.name}", ", ".join(f"{port}/SCTP" for port in ports)),)
        yield Finding(object=owner, message=message, evidence=evidence)


def _sctp_ports(pod: Pod) -> list[int]:
    containers = (*pod.spec.containers, *pod.spec.init_containers)
    return [port.container_port for item in containers for port in item.ports if port.protocol.upper() == "SCTP"]


def _policies(scene: Scene) -> Iterator[Outcome]:
    policies = [item for item in seen(scene.snapshot.network_policies) if not is_aks_owned(item) and _names_sctp(item)]
    if not policies:
        return
    selection = scene.universe.selection
    speakers = _speakers(selection)
    for policy in policies:
        found, message = False, f"NetworkPolicy {policy.name} names SCTP, of which Cilium takes no account"
        try:
            found = _concerns(selection, policy, speakers)
        except LackingError as lacking:
            yield from map(gap, lacking.missing)
        yield Finding(
            object=object_ref(policy),
            severity=Severity.RISK if found else Severity.NOTICE,
            message=f"{message}; pods that it concerns declare SCTP." if found else f"{message}.",
            evidence=tuple(_evidence(policy)),
        )


def _names_sctp(policy: NetworkPolicy) -> bool:
    return any(_sctp_rules(policy, direction) for direction in Direction)


def _sctp_rules(policy: NetworkPolicy, direction: Direction) -> list[IngressRule | EgressRule]:
    return [rule for rule in rules_of(policy, direction) if any(port.protocol == "SCTP" for port in rule.ports)]


def _speakers(selection: Selection) -> int:
    """The classes of which a pod declares SCTP."""
    population = selection.population
    pairs = zip(population.pods, population.class_of, strict=True)
    speaking = {place for pod, place in pairs if _sctp_ports(pod)}
    return population.plain & bitset(sorted(speaking), len(population.classes))


def _concerns(selection: Selection, policy: NetworkPolicy, speakers: int) -> bool:
    """Whether pods that declare SCTP receive what a rule of the policy names."""
    subjects = selection.pods(policy.spec.pod_selector, policy.namespace) & selection.population.plain
    if _sctp_rules(policy, Direction.INGRESS) and subjects & speakers:
        return True
    outgoing = _sctp_rules(policy, Direction.EGRESS) if subjects else []
    return any(_receives(selection, policy, rule, speakers) for rule in outgoing)


def _receives(selection: Selection, policy: NetworkPolicy, rule: IngressRule | EgressRule, speakers: int) -> bool:
    if not rule.peers:
        return bool(speakers)
    return any(selection.peer(peer, policy.namespace) & speakers for peer in rule.peers)


def _evidence(policy: NetworkPolicy) -> Iterator[Evidence]:
    for direction in Direction:
        for rule in _sctp_rules(policy, direction):
            ports = [str(port.port or "every port") for port in rule.ports if port.protocol == "SCTP"]
            yield Evidence(f"spec.{direction.value.lower()}[].ports[SCTP]", ", ".join(ports))


RULE = Rule(
    id="CIL-SCTP",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.UPSTREAM,
    steps=(StepKind.CILIUM,),
    reads=(Source.PODS, Source.SERVICES, Source.NETWORK_POLICIES, Source.NAMESPACES),
    sources=(
        Citation(
            "https://docs.cilium.io/en/stable/network/kubernetes/policy/",
            "SCTP is among the parts of NetworkPolicy that are known to be missing.",
        ),
        Citation("https://github.com/cilium/cilium/issues/5719", "Support for SCTP, which is off by default."),
        Citation(
            "https://github.com/Azure/azure-container-networking/tree/master/test/integration/manifests/cilium",
            "The sample configuration of AKS switches SCTP off: enable-sctp is false.",
        ),
    ),
    check=check,
)
