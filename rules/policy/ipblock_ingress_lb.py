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
The traffic of clients that come in through one node to a backend on another, under the engine before the step, is
compared with that under Cilium, for the Services, policies, pods and nodes of today. Judged are the Services of
POL-INGRESS-ETP-CLUSTER. With one node no backend is remote. Where a rule without peers, or a CiliumNetworkPolicy, still
admits nodes, the Service is quiet, and so is one without a backend. Whether it is used from outside cannot be seen.

Azure NPM does not filter this traffic, and without an engine nobody does. Then it is a risk where Cilium admits no
other node, and an ipBlock for the target port holds an outside client: an address beyond the private ranges, or one in
neither the pods' nor the nodes' ranges. The health probe's own address is no client. Calico, and Azure NPM with
PlaceAzureChainFirst in ConfigMap kube-system/azure-npm-config, compare the node's address at a remote backend; then it
is a risk where an ipBlock admits a node other than a backend's own, and elsewhere nothing changes. What Calico's own
policies admit is CAL-GLOBAL's. It is a notice where a policy asks for a label of which no source says whether this
version of Cilium knows it. After a step remove-policy-engine the removed engine counts.

Policies that were not all read are a gap without findings; so are namespaces where a namespaceSelector decides, and the
ConfigMap cilium-config. Nodes, VNets and NPM's ConfigMap are gaps only where they decide.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice, product
from typing import NamedTuple

from analyzer.addresses import subtract
from analyzer.bits import EVERY, members
from analyzer.connectivity.change import Change, ChangeKind
from analyzer.connectivity.entrances import PROBE
from analyzer.connectivity.flow import Party, PartyKind, Way
from analyzer.model.fact import Fact, Known, Missing, seen
from analyzer.model.finding import Confidence, Evidence, Finding, Gap, Outcome, Passed, Severity, gap, object_ref
from analyzer.model.network import PolicyEngine
from analyzer.model.objects import IPBlock, Pod
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.flow_changes import READS, flow_evidence
from rules.lists import gaps
from rules.policy.ip_blocks import MODES
from rules.policy.npm_bypass import npm_passes_masqueraded
from rules.policy.pool_subnets import node_ranges, pod_ranges
from rules.policy.service_doors import AFTER, BEFORE, Door, doors_by_service, opening_policy
from rules.policy.written_under import is_cilium, written_under

ROWS = (52,)
KINDS = (ChangeKind.BLOCKED, ChangeKind.UNKNOWN)
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
        elif doors := [door for door in found if _is_decisive(door)]:
            yield from _judge(scene, doors)


def _is_decisive(door: Door) -> bool:
    """Whether an ipBlock has a say about the port, and clients from other nodes are not surely admitted."""
    others = door.share.comparison.parties.remote_nodes & ~door.admitted(AFTER)
    return bool(others and (door.ip_blocks(BEFORE) or door.ip_blocks(AFTER)))


def _judge(scene: Scene, doors: Sequence[Door]) -> Iterator[Finding | Gap]:
    filtered = _filters(scene)
    if isinstance(filtered, Missing):
        yield gap(filtered)
    elif filtered.value:
        lost = _worst(_by_node(doors))
        yield from [_node(scene, lost, doors)] if lost else gaps(scene.snapshot.nodes)
    elif len(seen(scene.snapshot.nodes)) < 2:
        yield from gaps(scene.snapshot.nodes)
    else:
        yield from _clients(scene, doors)


def _filters(scene: Scene) -> Fact[bool]:
    """Whether the engine compares a node's address with ipBlocks, as Cilium will not."""
    engine = written_under(scene)
    if engine is PolicyEngine.AZURE:
        return npm_passes_masqueraded(scene).map(lambda passes: not passes)
    return Known(engine is PolicyEngine.CALICO)


class _Lost(NamedTuple):
    """What clients lose that come in through another node."""

    door: Door
    block: IPBlock
    node: str
    """The node's name."""
    pod: Pod
    """A backend that is not on it."""
    change: Change
    """With these two as the example."""

    @property
    def is_doubtful(self) -> bool:
        """Whether no source says if they lose it."""
        return self.change.kind is ChangeKind.UNKNOWN

    @property
    def severity(self) -> Severity:
        """Less where it is in doubt."""
        return Severity.NOTICE if self.is_doubtful else Severity.RISK

    @property
    def backend(self) -> str:
        """Which backend, on which port."""
        return f"{self.door.words(self.pod)} on {self.door.target}"


def _worst(lost: Iterator[_Lost]) -> _Lost | None:
    """The first that is known; if none is, the first."""
    return min(lost, key=lambda item: item.is_doubtful, default=None)


def _by_node(doors: Sequence[Door]) -> Iterator[_Lost]:
    """What the ipBlocks admit that hold nodes."""
    for door in doors:
        parties = door.share.comparison.parties
        for change in door.changes(Way.ENTRANCE_REMOTE, ROWS, KINDS):
            for block in door.ip_blocks(BEFORE, change.sources):
                yield from _told(door, block, change, parties.with_address_in(subtract(block.cidr, block.except_)))


def _by_client(doors: Sequence[Door], ranges: tuple[str, ...]) -> Iterator[_Lost]:
    """What the ipBlocks admit, at local backends, that hold an address beyond some ranges."""
    for door in doors:
        for block in door.ip_blocks(AFTER):
            if subtract(block.cidr, (*block.except_, *ranges, PROBE)):
                for change in door.changes(Way.ENTRANCE_REMOTE, ROWS, KINDS):
                    yield from _told(door, block, change, EVERY)


def _told(door: Door, block: IPBlock, change: Change, nodes: int) -> Iterator[_Lost]:
    """A change with one of some nodes; none where all backends are on the only one."""
    parties = door.share.comparison.parties
    groups = map(parties.node_group_of, members(change.sources & parties.remote_nodes & nodes))
    named = ((name, address) for group in groups for name, address in zip(group.nodes, group.addresses, strict=True))
    apart = product(door.backends, tuple(islice(named, 2)))
    for pod, (name, address) in ((pod, node) for pod, node in apart if pod.spec.node_name != node[0]):
        source, destination = Party(PartyKind.REMOTE_NODE, address=address), Party(PartyKind.POD, pod)
        flow = replace(change.example, source=source, destination=destination, entrance=address)
        yield _Lost(door, block, name, pod, replace(change, example=flow))
        return


def _clients(scene: Scene, doors: Sequence[Door]) -> Iterator[Finding | Gap]:
    pods, nodes = pod_ranges(scene), node_ranges(scene)
    if lost := _worst(_by_client(doors, _PRIVATE)):
        yield _client(scene, lost, doors)
    elif isinstance(pods, Missing) or isinstance(nodes, Missing):
        yield from gaps(pods, nodes)
    elif lost := _worst(_by_client(doors, (*pods.value, *nodes.value))):
        yield _client(scene, lost, doors)


def _client(scene: Scene, lost: _Lost, doors: Sequence[Door]) -> Finding:
    outcome = "Cilium admits them only through the backend's own node: a part of the connections fails"
    doubt = "no source says whether Cilium admits them through other nodes than the backend's own"
    return Finding(
        object=object_ref(lost.door.service),
        message=f"Clients in {lost.block.cidr} reach {lost.backend} only by an ipBlock, and"
        f" {doubt if lost.is_doubtful else outcome}.",
        evidence=_evidence(scene, lost),
        severity=lost.severity,
        remedy=_remedy(doors),
    )


def _node(scene: Scene, lost: _Lost, doors: Sequence[Door]) -> Finding:
    address = lost.change.example.source.address
    outcome = "Cilium never matches nodes by CIDR and drops it"
    doubt = "no source says whether that stays so under Cilium"
    return Finding(
        object=object_ref(lost.door.service),
        message=f"Clients that come in through another node, as {lost.node} ({address}), reach {lost.backend} by"
        f" ipBlock {lost.block.cidr}; {doubt if lost.is_doubtful else outcome}.",
        evidence=(*_evidence(scene, lost), Evidence(f"nodes[{lost.node}].status.addresses", address)),
        severity=lost.severity,
        remedy=_remedy(doors),
    )


def _evidence(scene: Scene, lost: _Lost) -> tuple[Evidence, ...]:
    flow = flow_evidence(scene, lost.change)
    return (
        *lost.door.evidence,
        Evidence("spec.ingress[].from[].ipBlock.cidr", lost.block.cidr),
        Evidence(flow.where, f"outside clients through {flow.value}"),
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
    reads=(*READS, Source.VIRTUAL_NETWORKS),
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
