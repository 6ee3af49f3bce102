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
chain first. What pods send to the load balancer's address of a Service is compared under NPM and under Cilium, for the
pods that run now and backends on the caller's own node. A Service of type LoadBalancer with an address, a selector and
externalTrafficPolicy Cluster or unset is a risk if the policies of a backend, all together, leave out a pod beyond
kube-system on a target port; the finding names one such flow. What only the caller's own egress policies refuse is no
finding: it would be one for each Service as soon as any pod is isolated for egress. Whether any pod calls the address
cannot be seen in the objects, and is no gap. Pods that use the DNS name or the ClusterIP are subject to policies today
already, as are those of Services with externalTrafficPolicy Local. It is a notice where a policy asks for a label of
which no source says whether this version of Cilium knows it.

Policies that were not all read are a gap without findings; so are namespaces where a namespaceSelector decides, the
ConfigMap cilium-config, and NPM's ConfigMap where a Service is found. After a step remove-policy-engine the removed
engine counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice, product
from typing import NamedTuple

from analyzer.connectivity.change import Change, ChangeKind
from analyzer.connectivity.flow import Party, PartyKind, Way
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
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.flow_changes import READS, flow_evidence
from rules.policy.ip_blocks import MODES
from rules.policy.npm_bypass import npm_passes_masqueraded
from rules.policy.service_doors import AFTER, Door, doors_by_service
from rules.policy.written_under import written_under

ROWS = (55,)
KINDS = (ChangeKind.BLOCKED, ChangeKind.UNKNOWN)
LOOKED_AT = 100
"""Callers among which one is looked for that runs on a backend's node: the better example."""


def check(scene: Scene) -> Iterator[Outcome]:
    """Each Service that pods reach past its policies today."""
    if written_under(scene) is not PolicyEngine.AZURE:
        yield NotApplicable("Only Azure NPM leaves this traffic unfiltered.")
        return
    passes = npm_passes_masqueraded(scene)
    if passes == Known(False):
        yield Passed("Azure NPM's chain is first and filters this traffic already.")
        return
    yield Passed("No pod reaches a Service past its policies.")
    for found in doors_by_service(scene):
        if isinstance(found, Gap):
            yield found
        elif _addresses(found[0].service) and (caller := _left_out(found)):
            yield gap(passes) if isinstance(passes, Missing) else _finding(scene, caller)


class _Caller(NamedTuple):
    """A pod that no policy of a backend admits."""

    door: Door
    pod: Pod
    backend: Pod
    change: Change
    """With these two as the example."""

    @property
    def is_doubtful(self) -> bool:
        """Whether no source says if it is admitted."""
        return self.change.kind is ChangeKind.UNKNOWN


def _addresses(service: Service) -> tuple[str, ...]:
    if service.spec.type != "LoadBalancer":
        return ()
    return tuple(item.ip or item.hostname for item in service.status.load_balancer.ingress)


def _left_out(doors: Sequence[Door]) -> _Caller | None:
    """The first that is known; if none is, the first."""
    callers = (
        caller
        for door in doors
        for change in door.changes(Way.ENTRANCE_LOCAL, ROWS, KINDS)
        for caller in _callers(door, change)
    )
    return min(callers, key=lambda caller: caller.is_doubtful, default=None)


def _callers(door: Door, change: Change) -> Iterator[_Caller]:
    """One beyond kube-system that the backends' own policies do not admit; none where it is the backend itself."""
    population = door.share.comparison.parties.population
    maybe = door.doubtful(AFTER) if change.kind is ChangeKind.BLOCKED else 0
    left_out = change.sources & ~population.in_namespace("kube-system") & ~door.admitted(AFTER) & ~maybe
    pods = (population.pods[place] for place in population.pods_of(left_out))
    if pair := _pair(tuple(islice(pods, LOOKED_AT)), tuple(door.among(change))):
        source, destination = (Party(PartyKind.POD, pod) for pod in pair)
        flow = replace(change.example, source=source, destination=destination)
        yield _Caller(door, *pair, replace(change, example=flow))


def _pair(callers: Sequence[Pod], backends: Sequence[Pod]) -> tuple[Pod, Pod] | None:
    """Two different pods: on one node, if there are such."""
    on_nodes = {pod.spec.node_name: pod for pod in reversed(backends)}
    near = ((caller, backend) for caller in callers if (backend := on_nodes.get(caller.spec.node_name)))
    pairs = chain(near, product(callers, backends))
    return next((pair for pair in pairs if pair[0] is not pair[1]), None)


def _finding(scene: Scene, caller: _Caller) -> Finding:
    door = caller.door
    address = ", ".join(_addresses(door.service))
    source, destination = door.words(caller.pod), door.words(caller.backend)
    flow = flow_evidence(scene, caller.change)
    outcome = "Cilium enforces them, and they do not admit it"
    doubt = "no source says whether Cilium then admits it"
    return Finding(
        object=object_ref(door.service),
        message=f"A pod that calls this Service by {address}, as {source}, reaches {destination} on"
        f" {door.target} past its policies; {doubt if caller.is_doubtful else outcome}.",
        evidence=(
            *door.evidence,
            Evidence("status.loadBalancer.ingress", address),
            Evidence(flow.where, f"by {address}, {flow.value}"),
        ),
        severity=Severity.NOTICE if caller.is_doubtful else Severity.RISK,
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
    reads=READS,
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
