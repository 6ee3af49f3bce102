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
Judged are Services of type LoadBalancer and NodePort with externalTrafficPolicy Cluster or unset and a selector. Their
backends are the running pods that the selector matches, those on the host network left out. A target port is resolved
through the containers' ports; a name that no backend defines has no backend. What counts is the union of all policies
that isolate a backend: rules without peers that hold the target port open it, and the Service is quiet.

It is a risk where neither such a rule nor an ipBlock admits the target port, because a selector admits no outside
client; and for a LoadBalancer also where the ipBlocks leave out 168.63.129.16, from where its health probes come. It is
a notice where ipBlocks admit the port, the probe included (whether they hold every client, nobody can tell from here;
what happens at remote backends is POL-IPBLOCK-INGRESS-LB), where no such backend is ready, and where the load balancer
is internal.

Without an engine everybody is admitted today, so it is decided alike. Calico, and Azure NPM with PlaceAzureChainFirst
in ConfigMap kube-system/azure-npm-config, refuse these clients already: then the rule passes. That ConfigMap absent,
NPM's default holds; unread, it is a gap where it matters. After a step remove-policy-engine the removed engine counts.

Policies that were not all read are a gap without findings; of Services and pods those that were read may be found.
Microsoft's validator looks at one policy at a time, and at matchLabels only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analyzer.addresses import interval, subtract
from analyzer.model.fact import Fact, Known, Missing
from analyzer.model.finding import Confidence, Finding, Gap, Outcome, Passed, Severity, gap, object_ref
from analyzer.model.network import PolicyEngine
from analyzer.model.objects import IPBlock, Service
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.example_flow import pod_words
from rules.policy.ip_blocks import MODES
from rules.policy.npm_bypass import PROBE, npm_passes_masqueraded
from rules.policy.service_entrances import READS, Door, doors_by_service, opening_policy
from rules.policy.written_under import is_cilium, written_under


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
        elif isinstance(passes, Missing):
            yield gap(passes)
        else:
            yield _finding(found)


def _passes(scene: Scene) -> Fact[bool]:
    """Whether these clients are admitted today whatever the policies say."""
    engine = written_under(scene)
    if engine is PolicyEngine.AZURE:
        return npm_passes_masqueraded(scene)
    return Known(engine is PolicyEngine.NONE)


def _finding(doors: Sequence[Door]) -> Finding:
    worst = max(doors, key=lambda door: _severity(door).weight)
    ports = ", ".join(dict.fromkeys(str(door.port.port) for door in doors))
    return Finding(
        object=object_ref(worst.service),
        message=f"Outside clients reach {pod_words(worst.backend)} on {worst.target} through this Service whatever the"
        f" policies say (ports {ports}); Cilium enforces them, and {_outcome(worst)}.",
        evidence=worst.evidence,
        severity=_severity(worst),
        remedy=(
            "Before the step, admit everybody on the target ports: `kubectl apply --filename -` with"
            f" `{opening_policy(doors)}`.",
            "Restrict clients with `loadBalancerSourceRanges` or a network security group instead.",
        ),
    )


def _severity(door: Door) -> Severity:
    if not door.has_ready_backend or _is_internal(door.service):
        return Severity.NOTICE
    return Severity.NOTICE if door.ip_blocks and not _refuses_probe(door) else Severity.RISK


def _is_internal(service: Service) -> bool:
    return service.metadata.annotations.internal.lower() == "true"


def _refuses_probe(door: Door) -> bool:
    return door.service.spec.type == "LoadBalancer" and not any(map(_admits_probe, door.ip_blocks))


def _admits_probe(block: IPBlock) -> bool:
    probe = interval(PROBE)
    return probe is not None and any(
        item.family == probe.family and item.first <= probe.first <= item.last
        for item in subtract(block.cidr, block.except_)
    )


def _outcome(door: Door) -> str:
    if not door.ip_blocks:
        return "none of their rules admits an outside client"
    cidrs = ", ".join(block.cidr for block in door.ip_blocks[:3])
    if _refuses_probe(door):
        return f"their ipBlocks ({cidrs}) leave out the load balancer's health probe, {PROBE}"
    return f"their ipBlocks admit clients in {cidrs} only"


RULE = Rule(
    id="POL-INGRESS-ETP-CLUSTER",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.CILIUM,),
    modes=MODES,
    reads=(*READS, Source.NPM_CONFIG),
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
