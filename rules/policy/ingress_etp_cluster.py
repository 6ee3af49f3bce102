"""Ingress policies begin to apply to clients that come in through load balancers and node ports.

Why it matters
--------------
kube-proxy marks what it sends on from a load balancer or a node port, and Azure NPM lets marked packets pass unseen:
with externalTrafficPolicy Cluster, the default, outside clients are not subject to ingress policies. Cilium enforces
them. A namespace with default-deny and a public Service goes dark, and if the load balancer's health probes are
refused, for all clients at once.

What to do
----------
- Before the step, add an ingress rule with the Service's target ports and without `from` to a policy of the backends.
- Restrict clients with `loadBalancerSourceRanges` or a network security group instead.

How it is decided
-----------------
The traffic of outside clients under the engine before the step is compared with that under Cilium, for the Services,
policies and pods of today. Judged are Services with a selector and externalTrafficPolicy Cluster or unset that are of
type LoadBalancer or NodePort, or have external IPs; backends are the running pods that the selector matches, those on
the host network left out. All policies of a backend count together. Where Cilium still admits every client, the Service
is quiet, and so is one without a backend.

It is a risk where Cilium admits no outside client to a target port; and for a LoadBalancer also where it refuses
168.63.129.16, from where its health probes come. It is a notice where it refuses a part of the clients, the probe left
aside (whether those call, nobody can tell from here), where no such backend is ready, where the load balancer is
internal, and where a policy asks for a label of which no source says whether this version of Cilium knows it. This is
about backends on the node that the packet comes in by; what happens at others is POL-IPBLOCK-INGRESS-LB.

Without an engine everybody is admitted today, so it is decided alike. Calico, and Azure NPM with PlaceAzureChainFirst
in ConfigMap kube-system/azure-npm-config, refuse these clients already: then the rule passes. That ConfigMap absent,
NPM's default holds; unread, it is a gap where it matters. After a step remove-policy-engine the removed engine counts.

Policies that were not all read are a gap without findings; so are namespaces where a namespaceSelector decides, and the
ConfigMap cilium-config. Of Services and pods those that were read may be found. That a part of the clients is refused
counts only where all addresses of the cluster were read: nodes, endpoints, DaemonSets and pods. Microsoft's validator
looks at one policy at a time, and at matchLabels only.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from analyzer.connectivity.change import Change, ChangeKind
from analyzer.connectivity.entrances import PROBE
from analyzer.connectivity.flow import Party, PartyKind, Way
from analyzer.model.fact import Fact, Known, Missing
from analyzer.model.finding import Confidence, Evidence, Finding, Gap, Outcome, Passed, Severity, gap, object_ref
from analyzer.model.network import PolicyEngine
from analyzer.model.objects import Service
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.flow_changes import READS, around
from rules.lists import gaps
from rules.policy.ip_blocks import MODES
from rules.policy.npm_bypass import npm_passes_masqueraded
from rules.policy.service_doors import AFTER, Door, doors_by_service, opening_policy, sources
from rules.policy.written_under import is_cilium, written_under

ROWS = (52, 53)


def check(scene: Scene) -> Iterator[Outcome]:
    """Each Service whose outside clients were never filtered and will be."""
    if reason := is_cilium(scene):
        yield reason
        return
    passes = _passes(scene)
    if passes == Known(False):
        yield Passed("The policy engine filters these clients already.")
        return
    yield Passed("No Service lets outside clients in that the policies of its pods refuse.")
    for found in doors_by_service(scene):
        if isinstance(found, Gap):
            yield found
        elif losses := [loss for door in found if (loss := _loss(door))]:
            yield from [gap(passes)] if isinstance(passes, Missing) else _judge(scene, losses)


def _passes(scene: Scene) -> Fact[bool]:
    """Whether these clients are admitted today whatever the policies say."""
    engine = written_under(scene)
    if engine is PolicyEngine.AZURE:
        return npm_passes_masqueraded(scene)
    return Known(engine is PolicyEngine.NONE)


class _Extent(enum.IntEnum):
    """Which clients lose a backend, by weight."""

    DOUBTFUL = enum.auto()
    """Some may; it is not known."""
    SOME = enum.auto()
    PROBE = enum.auto()
    """The load balancer's health probe, among others."""
    ALL = enum.auto()


class _Loss(NamedTuple):
    """What the clients of one door lose."""

    door: Door
    extent: _Extent
    change: Change

    @property
    def severity(self) -> Severity:
        """A notice also where nobody is served anyway, or nobody from outside."""
        is_minor = not self.door.backends[0].is_ready or _is_internal(self.door.service)
        return Severity.NOTICE if is_minor or self.extent < _Extent.PROBE else Severity.RISK


def _loss(door: Door) -> _Loss | None:
    parties = door.share.comparison.parties
    blocked = door.changes(Way.ENTRANCE_LOCAL, ROWS, (ChangeKind.BLOCKED,))
    lost = sources(blocked)
    if lost and lost == parties.outside:
        return _Loss(door, _Extent.ALL, blocked[0])
    if door.service.spec.type == "LoadBalancer" and lost & parties.holding(PROBE):
        return _Loss(door, _Extent.PROBE, blocked[0])
    doubtful = door.changes(Way.ENTRANCE_LOCAL, ROWS, (ChangeKind.UNKNOWN,))
    if not blocked and not doubtful:
        return None
    return _Loss(door, _Extent.SOME, blocked[0]) if blocked else _Loss(door, _Extent.DOUBTFUL, doubtful[0])


def _is_internal(service: Service) -> bool:
    return service.metadata.annotations.internal.lower() == "true"


def _judge(scene: Scene, losses: list[_Loss]) -> Iterator[Finding | Gap]:
    """One finding for the Service. Which addresses are outside may decide whether a part of the clients is refused."""
    missing = [fact for fact in around(scene) if isinstance(fact, Missing)]
    sure = [loss for loss in losses if loss.extent >= _Extent.PROBE or not missing]
    if sure:
        yield _finding(scene, sure)
    if len(sure) < len(losses):
        yield from gaps(*missing, severity=Severity.NOTICE)


def _finding(scene: Scene, losses: list[_Loss]) -> Finding:
    worst = max(losses, key=lambda loss: (loss.severity.weight, loss.extent))
    door = worst.door
    ports = ", ".join(dict.fromkeys(str(loss.door.entrance.port.port) for loss in losses))
    return Finding(
        object=object_ref(door.service),
        message=f"Outside clients reach {door.words(door.backends[0])} on {door.target} through this Service whatever"
        f" the policies say (ports {ports}); {_outcome(worst)}.",
        evidence=(*door.evidence, _flow(scene, worst)),
        severity=worst.severity,
        remedy=(
            "Before the step, admit everybody on the target ports: `kubectl apply --filename -` with"
            f" `{opening_policy([loss.door for loss in losses])}`.",
            "Restrict clients with `loadBalancerSourceRanges` or a network security group instead.",
        ),
    )


def _outcome(loss: _Loss) -> str:
    blocks = loss.door.ip_blocks(AFTER, loss.door.share.comparison.parties.outside)
    ranges = ", ".join(block.cidr for block in blocks[:3]) or "some addresses"
    enforced = "Cilium enforces them, and"
    outcomes = {
        _Extent.ALL: f"{enforced} none of their rules admits an outside client",
        _Extent.PROBE: f"{enforced} their rules for {ranges} leave out {PROBE}, the health probe's address",
        _Extent.SOME: f"{enforced} their rules admit clients in {ranges} only",
        _Extent.DOUBTFUL: "no source says whether Cilium then admits them",
    }
    return outcomes[loss.extent]


_CLIENTS = {
    _Extent.ALL: "any outside client",
    _Extent.PROBE: PROBE,
    _Extent.SOME: "other outside clients",
    _Extent.DOUBTFUL: "any outside client",
}


def _flow(scene: Scene, loss: _Loss) -> Evidence:
    """One client's way to the backend, with what each engine makes of it."""
    source = Party(PartyKind.WORLD, address=PROBE) if loss.extent is _Extent.PROBE else loss.change.example.source
    pod = loss.door.backends[0]
    flow = replace(loss.change.example, source=source, destination=Party(PartyKind.POD, pod))
    analysis = scene.universe.analysis
    verdicts = [f"{analysis.verdict(engine, flow).value} by {engine.name}" for engine in scene.engines]
    words = f"{_CLIENTS[loss.extent]} to {loss.door.words(pod)}, {flow.protocol} {flow.port}"
    return Evidence("a flow that changes", f"{words}: {', '.join(verdicts)}")


RULE = Rule(
    id="POL-INGRESS-ETP-CLUSTER",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.CILIUM,),
    modes=MODES,
    reads=READS,
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/migrate-from-npm-to-cilium-network-policy#ingress-policy-behavior-changes",
            "NPM does not apply ingress policies to traffic from load balancers and node ports with"
            " externalTrafficPolicy Cluster; Cilium does.",
            "2025-07-30",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/use-network-policies#load-balancer-services-and-network-policies",
            "A policy must admit both the clients of a load balancer and its health probes.",
            "2026-08-18",
        ),
        Citation(
            "https://github.com/Azure/azure-container-networking/issues/940",
            "Packets with kube-proxy's masquerade mark are accepted before NPM sees them, unless its chain is first.",
        ),
        Citation(
            "https://github.com/Azure/azure-container-networking/tree/master/tools/azure-npm-to-cilium-validator",
            "The published validator asks whether a rule without `from` holds the target ports.",
            "2026",
        ),
    ),
    check=check,
)
