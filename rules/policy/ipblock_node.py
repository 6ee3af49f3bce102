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
The traffic under the engine before the step is compared with that under Cilium, for the pods and nodes of today; nodes
go by their InternalIP addresses, and host-network pods are their nodes. Where a flow between a pod and a node is lost
that an ipBlock of a policy admitted, the finding names the policy, the CIDR and one such flow. For egress it is a risk
where the CIDR is specific, that is where its prefix length is 16 or more and it lies wholly inside one prefix of a VNet
that was read: its author meant nodes. It is a notice where the CIDR is wider, and for ingress: from its own node a pod
stays reachable, and other nodes seldom call pods.

Under Azure NPM only other nodes count, because it never filters the way to a pod's own node (POL-EGRESS-LOCALNODE). A
rule that names no peers admits nodes under Cilium as well, so what such a rule of any policy admits is not lost. Named
ports in egress never matched nodes. An ipBlock that holds no node's address is quiet, and so is a policy that selects
no pod. A policy that Azure NPM passes over as a whole is POL-NPM-IPV6-IPBLOCK's.

Nodes and pods that were not all read are a gap; those that were may be found. The VNets decide between risk and notice
for prefix lengths of 16 and more: unread, it is a notice and a gap. Policies that were not all read are a gap without
findings, and so are namespaces where a namespaceSelector decides, and the ConfigMap cilium-config. Where an earlier
step removed the engine, the policies' meaning under that engine counts; without any engine the rule does not apply
(POL-DORMANT).

An ipBlock that admits the API server's address, as the EndpointSlices of default/kubernetes have it, is a notice: no
source says whether Cilium matches the API server by one. EndpointSlices that were not all read are a gap of that
weight.

The documentation of 2023-24 knew no way to admit nodes at all; since then a CiliumNetworkPolicy with entities is named.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import islice

from analyzer.addresses import interval, prefix_length
from analyzer.bits import members
from analyzer.connectivity.change import Change, ChangeKind
from analyzer.connectivity.flow import Party, PartyKind
from analyzer.connectivity.isolation import Direction
from analyzer.connectivity.node_addresses import NodeAddresses
from analyzer.connectivity.parties import Parties
from analyzer.model.fact import Known
from analyzer.model.finding import (
    Confidence,
    Evidence,
    Finding,
    Gap,
    ObjectRef,
    Outcome,
    Passed,
    Severity,
    gap,
)
from analyzer.model.objects import Pod
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.flow_changes import ADMITTING, READS, Blamed, blamed, flow_evidence, flow_words, unsettled
from rules.lists import gaps
from rules.policy.ip_blocks import MODES, BlockUse, block_uses, lost_blocks, not_enforced
from rules.policy.pool_subnets import network_around

ROWS = (14, 15, 33, 36)
_API_SERVER = 38
SPECIFIC = 16
"""The shortest prefix that names nodes, and not just everything around them."""
INGRESS_REMEDY = (
    "Have a CiliumNetworkPolicy ready for the moment that Cilium runs: the policy's selector as `endpointSelector`,"
    " and `ingress` with `fromEntities: [host, remote-node]` and the same `toPorts`.",
)


def check(scene: Scene) -> Iterator[Outcome]:
    """Each ipBlock that admits nodes."""
    if reason := not_enforced(scene):
        yield reason
        return
    uses = tuple(block_uses(scene.snapshot.network_policies.require()))
    worst = Severity.RISK if any(map(_may_be_specific, uses)) else Severity.NOTICE
    if not uses:
        yield Passed("No policy admits anything by an ipBlock.")
    elif missing := unsettled(scene):
        yield from (gap(item, severity=worst) for item in missing)
    else:
        for use, change in lost_blocks(scene, ROWS, partial(_between_two, scene)):
            yield from _judge(scene, use, change)
        yield from _of_api_server(scene)
        yield from gaps(scene.snapshot.nodes, scene.snapshot.pods, severity=worst)
        yield from gaps(scene.snapshot.endpoint_slices, severity=Severity.NOTICE)


def _of_api_server(scene: Scene) -> Iterator[Finding]:
    """Policies that admit the API server by an ipBlock: no source says what Cilium makes of it (row 38)."""
    found: dict[ObjectRef, Blamed] = {}
    for item in blamed(scene, (_API_SERVER,), (ChangeKind.UNKNOWN,), ADMITTING):
        found.setdefault(item.ref, item)
    for ref, item in found.items():
        yield Finding(
            object=ref,
            message=f"{item.where} admits {item.example} by an address range; whether Cilium matches the API server by"
            " one, no source says.",
            evidence=(flow_evidence(scene, item.changes[0]),),
            severity=Severity.NOTICE,
            key="API server",
            remedy=(
                "Try it in a cluster that has Cilium, or have a CiliumNetworkPolicy with `toEntities: [kube-apiserver]`"
                " ready for the moment that Cilium runs.",
            ),
        )


def _may_be_specific(use: BlockUse) -> bool:
    return use.direction is Direction.EGRESS and (prefix_length(use.block.cidr) or 0) >= SPECIFIC


def _between_two(scene: Scene, change: Change) -> Change | None:
    """With a pod that runs on another node than the one it talks to, if that is what changes; None: there is none."""
    parties = scene.universe.analysis.parties(change.family)
    ends = change.sources | change.destinations
    nodes = list(islice(_addresses(parties, ends & parties.remote_nodes), 2))
    if not nodes:
        return change
    for place in parties.population.pods_of(ends & parties.pods):
        pod = parties.population.pods[place]
        for name, address in nodes:
            if pod.spec.node_name != name:
                return _told(change, pod, Party(PartyKind.REMOTE_NODE, address=address))
    return None


def _addresses(parties: Parties, nodes: int) -> Iterator[tuple[str, str]]:
    """Name and address of some remote nodes."""
    for bit in members(nodes):
        group = parties.node_group_of(bit)
        yield from zip(group.nodes, group.addresses, strict=True)


def _told(change: Change, pod: Pod, node: Party) -> Change:
    ends = (node, Party(PartyKind.POD, pod))
    source, destination = ends if change.example.source.kind is PartyKind.REMOTE_NODE else ends[::-1]
    return replace(change, example=replace(change.example, source=source, destination=destination))


def _judge(scene: Scene, use: BlockUse, change: Change) -> Iterator[Finding | Gap]:
    network = network_around(scene, use.block.cidr) if _may_be_specific(use) else Known(None)
    around = (network.value,) if isinstance(network, Known) and network.value else ()
    nodes = scene.universe.nodes
    known = nodes.value if isinstance(nodes, Known) else nodes.seen or NodeAddresses(())
    inside = len(known.within(use.intervals))
    count = f" ({inside} nodes are inside)" if inside > 1 else ""
    yield Finding(
        object=use.ref,
        message=f"{use.words} admits {flow_words(change)}; Cilium never matches nodes by CIDR and drops it{count}.",
        evidence=(*use.evidence, *around, _node(known, change), flow_evidence(scene, change)),
        severity=Severity.RISK if around else Severity.NOTICE,
        key=use.key,
        remedy=INGRESS_REMEDY if use.direction is Direction.INGRESS else (),
    )
    yield from gaps(network)


def _node(nodes: NodeAddresses, change: Change) -> Evidence:
    """The node of the example, by name and address."""
    address = change.example.source.address or change.example.destination.address
    found = interval(address)
    name = nodes.within((found,))[0].node if found else ""
    return Evidence(f"nodes[{name}].status.addresses", address)


RULE = Rule(
    id="POL-IPBLOCK-NODE",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.CILIUM,),
    modes=MODES,
    reads=(*READS, Source.VIRTUAL_NETWORKS),
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
