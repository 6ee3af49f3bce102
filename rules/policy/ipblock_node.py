"""A policy admits nodes by their addresses, which Cilium never does.

Why it matters
--------------
Azure NPM and Calico compare an ipBlock with node addresses as with any other. Cilium gives nodes, and the host-network
pods on them, identities of their own that no ipBlock matches. Traffic to the kubelet, to exporters and to other agents
on nodes that only an ipBlock admits is dropped once Cilium runs, and so is traffic from other nodes.

What to do
----------
- Have a CiliumNetworkPolicy ready for the moment that Cilium runs: the policy's selector as `endpointSelector`, and
  `egress` with `toEntities: [host, remote-node]` and the same `toPorts`. A NetworkPolicy cannot say it, and the
  CiliumNetworkPolicy cannot be created before the step.
- Or drop the need: let pods reach a Service of ordinary pods instead of agents on the node.

How it is decided
-----------------
Each ipBlock (its CIDR without `except`, within its address family) in a direction that policyTypes names is compared
with the InternalIP addresses of the nodes. For egress, a node address inside is a risk where the CIDR is specific, that
is where its prefix length is 16 or more and it lies wholly inside one prefix of a VNet of the pools: its author meant
nodes. It is a notice where the CIDR is wider. For ingress a node address inside is a notice: from its own node a pod
stays reachable, and other nodes seldom call pods. An ipBlock without a node address that meets the pools' node subnets
is a notice in both directions: a new node may get an address in it.

A rule that names no peers admits nodes under Cilium as well. So ports that such rules admit, in all policies that
isolate a pod together, are lost to nobody; where those of other policies count, that is decided over the pods that the
policy selects, and pods that were not all read are a gap. Named ports in egress never matched nodes; in ingress they
are the pods' own numbers. A policy that selects no pod now is judged by its own rules.

Nodes that were not all read are a gap unless one is inside. The VNets decide between risk and notice for prefix
lengths of 16 and more: unread, it is a notice and a gap. They also decide where no node is inside. Policies that were
not all read are a gap without findings. Where an earlier step removed the engine, the policies' meaning under that
engine counts; without any engine the rule does not apply (POL-DORMANT).

The documentation of 2023-24 knew no way to admit nodes at all; since then a CiliumNetworkPolicy with entities is named.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from analyzer.addresses import prefix_length
from analyzer.connectivity.isolation import Block, Direction, Isolation
from analyzer.connectivity.node_addresses import NodeAddress
from analyzer.connectivity.population import Population
from analyzer.connectivity.ports import PortSet
from analyzer.model.fact import Fact, Known, Missing, seen
from analyzer.model.finding import Confidence, Evidence, Finding, Gap, Outcome, Severity, gap
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.example_flow import pod_words, port_words
from rules.lists import gaps
from rules.policy.ip_blocks import MODES, BlockUse, judged, not_enforced
from rules.policy.pool_subnets import network_around, node_ranges

SPECIFIC = 16
"""The shortest prefix that names nodes, and not just everything around them."""
LOOKED_AT = 100
"""Pods among which one is looked for that runs on another node."""
INGRESS_REMEDY = (
    "Have a CiliumNetworkPolicy ready for the moment that Cilium runs: the policy's selector as `endpointSelector`,"
    " and `ingress` with `fromEntities: [host, remote-node]` and the same `toPorts`.",
)


def check(scene: Scene) -> Iterator[Outcome]:
    """Each ipBlock that admits nodes, or would."""
    if reason := not_enforced(scene):
        yield reason
    else:
        yield from judged(scene, _judge)


class _Left(NamedTuple):
    """What only an ipBlock admits."""

    ports: PortSet
    subjects: int = 0
    """Classes of pods that it is so for; none where the policy selects no pod that was read."""


def _judge(scene: Scene, isolation: Isolation, use: BlockUse) -> Iterator[Finding | Gap]:
    left = _only_by_block(scene, isolation, use)
    if isinstance(left, Missing):
        yield gap(left, severity=_worst(use))
    elif not left.value.ports.is_empty:
        yield from _by_address(scene, use, left.value)


def _only_by_block(scene: Scene, isolation: Isolation, use: BlockUse) -> Fact[_Left]:
    """The ports of the ipBlock that no rule without peers admits, for some pod that the policy selects."""
    blocks = isolation.blocks_of(use.place, use.direction)
    for block in blocks:
        for left in _of_block(isolation, use, block):
            if not left.ports.is_empty:
                return Known(left)
    pods = scene.universe.pods
    own = _named(use, use.ports).minus(_open(isolation, use, use.place))
    if isinstance(pods, Known):
        return Known(_Left(PortSet() if blocks else own))
    if own.is_empty or (own.spans and not _may_be_covered(isolation, use, own)):
        return Known(_Left(own))
    return pods.of()


def _of_block(isolation: Isolation, use: BlockUse, block: Block) -> Iterator[_Left]:
    wanted = _named(use, use.ports)
    open_ports = [_open(isolation, use, place) for place in block.policies]
    names = wanted.names.union(*(ports.names for ports in open_ports))
    for classes, numbers in isolation.selection.population.by_numbers(block.classes, names):
        left = wanted.resolved(numbers)
        for ports in open_ports:
            left = left.minus(ports.resolved(numbers))
        yield _Left(left, classes)


def _named(use: BlockUse, ports: PortSet) -> PortSet:
    """Nodes define no names, so a name is nothing to them as destinations."""
    return ports.resolved({}) if use.direction is Direction.EGRESS else ports


def _open(isolation: Isolation, use: BlockUse, place: int) -> PortSet:
    return _named(use, isolation.open_ports(place, use.direction))


def _may_be_covered(isolation: Isolation, use: BlockUse, own: PortSet) -> bool:
    """Whether, for pods that were not read, some policy of the namespace may admit some of the ports."""
    for place in isolation.by_namespace[use.policy.namespace]:
        ports = _open(isolation, use, place)
        if ports.names or own.minus(ports) != own:
            return True
    return False


def _worst(use: BlockUse) -> Severity:
    """The most that can follow for an ipBlock where something was not read."""
    is_egress = use.direction is Direction.EGRESS
    return Severity.RISK if is_egress and (prefix_length(use.block.cidr) or 0) >= SPECIFIC else Severity.NOTICE


def _by_address(scene: Scene, use: BlockUse, left: _Left) -> Iterator[Finding | Gap]:
    nodes = scene.universe.nodes
    known = nodes.value if isinstance(nodes, Known) else nodes.seen
    if known and (inside := known.within(use.intervals)):
        network = network_around(scene, use.block.cidr) if _worst(use) is Severity.RISK else Known(None)
        around = network.value if isinstance(network, Known) else None
        yield _finding(use, inside, around, _flow(scene.universe.selection.population, use, left, inside))
        yield from gaps(network)
    elif isinstance(nodes, Missing):
        yield gap(nodes, severity=_worst(use))
    else:
        yield from _may_reach(scene, use)


class _Flow(NamedTuple):
    """One flow that is lost, in words."""

    source: str
    destination: str
    port: str
    node: NodeAddress


def _flow(population: Population, use: BlockUse, left: _Left, nodes: tuple[NodeAddress, ...]) -> _Flow:
    """With a pod that runs on another node, if there is one: its own node reaches a pod in any case."""
    pods = [population.pods[place] for place in islice(population.pods_of(left.subjects), LOOKED_AT)]
    pairs = ((pod, node) for pod in pods for node in nodes[:2])
    pod, node = next(
        (pair for pair in pairs if pair[0].spec.node_name != pair[1].node), (next(iter(pods), None), nodes[0])
    )
    subject = pod_words(pod) if pod else "the pods that the policy selects"
    host = f"node {node.node} ({node.text})"
    if use.direction is Direction.INGRESS:
        return _Flow(host, subject, port_words(left.ports, pod), node)
    return _Flow(subject, host, port_words(left.ports), node)


def _finding(use: BlockUse, nodes: tuple[NodeAddress, ...], around: Evidence | None, flow: _Flow) -> Finding:
    count = f" ({len(nodes)} nodes are inside)" if len(nodes) > 1 else ""
    return Finding(
        object=use.ref,
        message=f"{use.words} lets {flow.source} reach {flow.destination} on {flow.port}; Cilium never matches nodes by"
        f" CIDR and drops it{count}.",
        evidence=(
            *use.evidence,
            *((around,) if around else ()),
            Evidence(f"nodes[{flow.node.node}].status.addresses", flow.node.text),
            Evidence("example flow", f"{flow.source} to {flow.destination}, {flow.port}"),
        ),
        severity=Severity.RISK if around else Severity.NOTICE,
        key=use.key,
        remedy=INGRESS_REMEDY if use.direction is Direction.INGRESS else (),
    )


def _may_reach(scene: Scene, use: BlockUse) -> Iterator[Finding | Gap]:
    ranges = node_ranges(scene)
    cidr = next((cidr for cidr in seen(ranges) if use.meets(cidr)), None)
    if cidr is None:
        yield from gaps(ranges, severity=Severity.NOTICE)
        return
    yield Finding(
        object=use.ref,
        message=f"{use.words} meets the node subnet {cidr}, where no node has an address now; under Cilium it will"
        " admit none that gets one.",
        evidence=(*use.evidence, Evidence("node subnet", cidr)),
        severity=Severity.NOTICE,
        key=use.key,
        remedy=INGRESS_REMEDY if use.direction is Direction.INGRESS else (),
    )


RULE = Rule(
    id="POL-IPBLOCK-NODE",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.CILIUM,),
    modes=MODES,
    reads=(
        Source.CLUSTER,
        Source.NETWORK_POLICIES,
        Source.NODES,
        Source.VIRTUAL_NETWORKS,
        Source.PODS,
    ),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/migrate-from-npm-to-cilium-network-policy#networkpolicy-with-ipblock",
            "Under Cilium an ipBlock does not select node addresses, and nothing can be done about it beforehand.",
            "2025-07-30",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/azure-cni-powered-by-cilium#why-is-traffic-being-blocked-when-the-networkpolicy-has-an-ipblock-that-allows-the-ip-address",
            "A CiliumNetworkPolicy with toEntities host and remote-node admits nodes.",
            "2026-08-05",
            contradicts="The edition of 2023-24: nodes cannot be specified at all.",
        ),
    ),
    check=check,
)
