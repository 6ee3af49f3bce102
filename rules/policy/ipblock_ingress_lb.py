"""Outside clients that only an ipBlock admits lose the backends on other nodes.

Why it matters
--------------
With externalTrafficPolicy Cluster a packet may come in through one node and be sent on to a backend on another, with
the first node's address as its source. Cilium gives nodes an identity that no ipBlock matches, not even 0.0.0.0/0. So
a client that an ipBlock admits reaches the backends on the node that it came in through, and none on other nodes: a
share of its connections fails.

What to do
----------
- Before the step, add an ingress rule with the target ports and without `from`, and restrict clients with
  `loadBalancerSourceRanges` or a network security group.
- Or set `externalTrafficPolicy: Local`, which keeps the clients' addresses; the rule must then also hold 168.63.129.16,
  from where Azure's health probes come.
- Or have a CiliumNetworkPolicy ready for the moment that Cilium runs, with `fromEntities: [world, remote-node, host]`.

How it is decided
-----------------
Judged are Services of type LoadBalancer and NodePort with externalTrafficPolicy Cluster or unset and a selector, and
their backends that policies isolate for ingress without a rule that opens the target port to everybody, as at
POL-INGRESS-ETP-CLUSTER. With one node no backend is remote. Whether a Service is used from outside cannot be seen.

Azure NPM does not filter this traffic, and without an engine nobody does. Then it is a risk where an ipBlock for the
target port holds an outside client: an address beyond the private ranges, or one in neither the pods' nor the nodes'
ranges. The health probe's own address is no client. Calico, and Azure NPM with PlaceAzureChainFirst in ConfigMap
kube-system/azure-npm-config, compare the node's address at a remote backend; then it is a risk where an ipBlock for the
target port holds a node's InternalIP, and elsewhere nothing changes. After a step remove-policy-engine the removed
engine counts.

Policies that were not all read are a gap without findings. Nodes, VNets and the ConfigMap are gaps only where they
decide. A CiliumNetworkPolicy cannot exist before Cilium runs, so none is looked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analyzer.addresses import subtract
from analyzer.connectivity.node_addresses import NodeAddress
from analyzer.model.fact import Fact, Known, Missing, seen
from analyzer.model.finding import Confidence, Evidence, Finding, Gap, Outcome, Passed, Severity, gap, object_ref
from analyzer.model.network import PolicyEngine
from analyzer.model.objects import IPBlock
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.example_flow import pod_words
from rules.lists import gaps
from rules.policy.ip_blocks import MODES
from rules.policy.npm_bypass import PROBE, npm_passes_masqueraded
from rules.policy.pool_subnets import node_ranges, pod_ranges
from rules.policy.service_entrances import READS, Door, doors_by_service, opening_policy
from rules.policy.written_under import is_cilium, written_under

_PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "fc00::/7", "fe80::/10")
"""Ranges that pods and nodes take addresses from."""


def check(scene: Scene) -> Iterator[Outcome]:
    """Each Service whose clients an ipBlock admits at local backends only."""
    if reason := is_cilium(scene):
        yield reason
        return
    nodes = scene.snapshot.nodes
    if isinstance(nodes, Known) and len(nodes.value) < 2:
        yield Passed("The cluster has one node, so that no backend is on another one.")
        return
    yield Passed("No Service has outside clients that an ipBlock admits at some of its backends only.")
    for found in doors_by_service(scene):
        if isinstance(found, Gap):
            yield found
        elif doors := [door for door in found if door.ip_blocks]:
            yield from _judge(scene, doors)


def _judge(scene: Scene, doors: Sequence[Door]) -> Iterator[Finding | Gap]:
    filtered = _filters(scene)
    if isinstance(filtered, Missing):
        yield gap(filtered)
    elif filtered.value:
        yield from _by_node(scene, doors)
    elif len(seen(scene.snapshot.nodes)) < 2:
        yield from gaps(scene.snapshot.nodes)
    else:
        yield from _by_client(scene, doors)


def _filters(scene: Scene) -> Fact[bool]:
    """Whether the engine compares a node's address with ipBlocks, as Cilium will not."""
    engine = written_under(scene)
    if engine is PolicyEngine.AZURE:
        return npm_passes_masqueraded(scene).map(lambda passes: not passes)
    return Known(engine is PolicyEngine.CALICO)


def _by_client(scene: Scene, doors: Sequence[Door]) -> Iterator[Finding | Gap]:
    pods, nodes = pod_ranges(scene), node_ranges(scene)
    if found := _outside(doors, _PRIVATE):
        yield _client(*found, doors)
    elif isinstance(pods, Missing) or isinstance(nodes, Missing):
        yield from gaps(pods, nodes)
    elif found := _outside(doors, (*pods.value, *nodes.value)):
        yield _client(*found, doors)


def _outside(doors: Sequence[Door], ranges: tuple[str, ...]) -> tuple[Door, IPBlock] | None:
    """The first ipBlock that holds an address beyond some ranges, with its door."""
    for door in doors:
        for block in door.ip_blocks:
            if subtract(block.cidr, (*block.except_, *ranges, PROBE)):
                return door, block
    return None


def _by_node(scene: Scene, doors: Sequence[Door]) -> Iterator[Finding | Gap]:
    nodes = scene.universe.nodes
    known = nodes.value if isinstance(nodes, Known) else nodes.seen
    for door in doors:
        for block in door.ip_blocks:
            if known and (inside := known.within(subtract(block.cidr, block.except_))):
                elsewhere = (node for node in inside if node.node != door.backend.spec.node_name)
                yield _node(door, block, next(elsewhere, inside[0]), doors)
                return
    yield from gaps(nodes)


def _client(door: Door, block: IPBlock, doors: Sequence[Door]) -> Finding:
    return Finding(
        object=object_ref(door.service),
        message=f"Clients in {block.cidr} reach {pod_words(door.backend)} on {door.target} only by an ipBlock, and"
        " Cilium admits them only through the backend's own node: a part of the connections fails.",
        evidence=(*door.evidence, Evidence("spec.ingress[].from[].ipBlock.cidr", block.cidr)),
        remedy=_remedy(doors),
    )


def _node(door: Door, block: IPBlock, node: NodeAddress, doors: Sequence[Door]) -> Finding:
    return Finding(
        object=object_ref(door.service),
        message=f"Clients that come in through another node, as {node.node} ({node.text}), reach"
        f" {pod_words(door.backend)} on {door.target} by ipBlock {block.cidr}; Cilium never matches nodes by CIDR and"
        " drops it.",
        evidence=(
            *door.evidence,
            Evidence("spec.ingress[].from[].ipBlock.cidr", block.cidr),
            Evidence(f"nodes[{node.node}].status.addresses", node.text),
        ),
        remedy=_remedy(doors),
    )


def _remedy(doors: Sequence[Door]) -> tuple[str, ...]:
    service = doors[0].service
    patch = '{"spec": {"externalTrafficPolicy": "Local"}}'
    return (
        "Before the step, admit everybody on the target ports: `kubectl apply --filename -` with"
        f" `{opening_policy(doors)}`, and restrict clients with `loadBalancerSourceRanges` or network security groups.",
        f"Or keep the clients' addresses: `kubectl --namespace {service.namespace} patch service {service.name} --patch"
        f" '{patch}'`.",
    )


RULE = Rule(
    id="POL-IPBLOCK-INGRESS-LB",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.UPSTREAM,
    steps=(StepKind.CILIUM,),
    modes=MODES,
    reads=(*READS, Source.NPM_CONFIG, Source.NODES, Source.VIRTUAL_NETWORKS),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/migrate-from-npm-to-cilium-network-policy#ingress-policy-behavior-changes",
            "Under Cilium ingress policies apply to clients of load balancers; outside sources must be admitted.",
            "2025-07-30",
            contradicts="It does not say that remote backends see a node in place of the client.",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/use-network-policies#load-balancer-services-and-network-policies",
            "A policy must admit both the clients of a load balancer and its health probes.",
            "2026-08-18",
        ),
        Citation(
            "https://github.com/cilium/cilium/issues/33574",
            "Traffic that a node sends on to another one carries the identity of that node.",
        ),
    ),
    check=check,
)
