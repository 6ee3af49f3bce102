"""Pods that call a Service by its load balancer's address become subject to its policies.

Why it matters
--------------
kube-proxy marks what a pod sends to a load balancer's address or a node port, and Azure NPM lets marked packets pass
unseen: pods that no policy admits reach the Service all the same. Cilium translates the address at the calling pod and
enforces policies as between any two pods; on the way over another node's port the caller also needs egress to
remote-node.

What to do
----------
- Let pods call the Service by its DNS name in the cluster.
- Before the step, admit the callers: a peer with `namespaceSelector` and `podSelector` in a policy of the backends.

How it is decided
-----------------
Only where Azure NPM is the engine, and PlaceAzureChainFirst in ConfigMap kube-system/azure-npm-config does not put its
chain first. A Service of type LoadBalancer with an address, a selector and externalTrafficPolicy Cluster or unset is a
risk if policies isolate a running backend for ingress and, all together, leave out some running pod beyond kube-system
on a target port. Whether any pod calls the address cannot be seen in the objects, and is no gap. Pods that use the DNS
name or the ClusterIP are subject to policies today already, as are those of Services with externalTrafficPolicy Local.

Policies that were not all read are a gap without findings; so are namespaces where a namespaceSelector decides, and the
ConfigMap where a Service is found. After a step remove-policy-engine the removed engine counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from analyzer.connectivity.isolation import Direction, Flows
from analyzer.model.fact import Known, Missing
from analyzer.model.finding import (
    Confidence,
    Evidence,
    Finding,
    Gap,
    NotApplicable,
    Outcome,
    Passed,
    Severity,
    gap,
    object_ref,
)
from analyzer.model.network import PolicyEngine
from analyzer.model.objects import Pod, Service
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.example_flow import pod_words
from rules.policy.ip_blocks import MODES
from rules.policy.npm_bypass import npm_passes_masqueraded
from rules.policy.service_entrances import READS, Door, doors_by_service
from rules.policy.written_under import written_under


def check(scene: Scene) -> Iterator[Outcome]:
    """Each Service that pods reach past its policies today."""
    if written_under(scene) is not PolicyEngine.AZURE:
        yield NotApplicable("Only Azure NPM leaves this traffic unfiltered.")
        return
    passes = npm_passes_masqueraded(scene)
    if passes == Known(False):
        yield Passed("Azure NPM's chain is first and filters this traffic already.")
        return
    for found in doors_by_service(scene):
        if isinstance(found, Gap):
            yield found
        elif _addresses(found[0].service) and (caller := _left_out(found)):
            yield gap(passes) if isinstance(passes, Missing) else _finding(caller)


class _Caller(NamedTuple):
    """A pod that no policy admits."""

    door: Door
    pod: Pod


def _addresses(service: Service) -> tuple[str, ...]:
    if service.spec.type != "LoadBalancer":
        return ()
    return tuple(item.ip or item.hostname for item in service.status.load_balancer.ingress)


def _left_out(doors: Sequence[Door]) -> _Caller | None:
    for door in doors:
        population = door.isolation.selection.population
        callers = population.plain & ~population.in_namespace("kube-system") & ~door.classes
        flows = Flows(door.classes, callers, door.target)
        for left in door.isolation.not_admitted(door.block, Direction.INGRESS, flows):
            return _Caller(door, population.pods[next(population.pods_of(left.peers))])
    return None


def _finding(caller: _Caller) -> Finding:
    door = caller.door
    address = ", ".join(_addresses(door.service))
    source, destination = pod_words(caller.pod), pod_words(door.backend)
    return Finding(
        object=object_ref(door.service),
        message=f"A pod that calls this Service by {address}, as {source}, reaches {destination} on"
        f" {door.target} past its policies; Cilium enforces them, and they do not admit it.",
        evidence=(
            *door.evidence,
            Evidence("status.loadBalancer.ingress", address),
            Evidence("example flow", f"{source} by {address} to {destination}, {door.target}"),
        ),
        remedy=(
            f"Let pods call `{door.service.name}.{door.service.namespace}.svc` in place of {address}.",
            "Before the step, admit the callers: a peer with `namespaceSelector` and `podSelector` in a policy of the"
            " backends.",
        ),
    )


RULE = Rule(
    id="POL-INCLUSTER-LB-IP",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.UPSTREAM,
    steps=(StepKind.CILIUM,),
    modes=MODES,
    reads=(*READS, Source.NPM_CONFIG, Source.NAMESPACES),
    sources=(
        Citation(
            "https://github.com/Azure/azure-container-networking/issues/940",
            "Packets with kube-proxy's masquerade mark are accepted before NPM sees them, unless its chain is first.",
        ),
        Citation(
            "https://github.com/cilium/cilium/issues/33906",
            "A pod that uses another node's port is seen as a remote node.",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/migrate-from-npm-to-cilium-network-policy#ingress-policy-behavior-changes",
            "NPM does not apply ingress policies to traffic through load balancers and node ports; Cilium does.",
            "2025-07-30",
        ),
    ),
    check=check,
)
