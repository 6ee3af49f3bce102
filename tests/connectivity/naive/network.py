"""All that a verdict depends on, and the few look-ups that every engine needs."""

from __future__ import annotations

from dataclasses import dataclass

from analyzer.connectivity.flow import Flow, Party, PartyKind, Way
from analyzer.model.objects import (
    CalicoNetworkSet,
    CalicoPolicy,
    CalicoTier,
    CiliumPolicy,
    Namespace,
    NetworkPolicy,
    Node,
    Pod,
)

INGRESS = "Ingress"
EGRESS = "Egress"


@dataclass(frozen=True)
class Network:
    """One cluster."""

    namespaces: tuple[Namespace, ...] = ()
    nodes: tuple[Node, ...] = ()
    pods: tuple[Pod, ...] = ()
    policies: tuple[NetworkPolicy, ...] = ()
    cilium: tuple[CiliumPolicy, ...] = ()
    """CiliumNetworkPolicies, and CiliumClusterwideNetworkPolicies: those without a namespace."""
    calico: tuple[CalicoPolicy, ...] = ()
    """Calico's NetworkPolicies, and its GlobalNetworkPolicies: those without a namespace."""
    calico_sets: tuple[CalicoNetworkSet, ...] = ()
    calico_tiers: tuple[CalicoTier, ...] = ()
    api_server: tuple[str, ...] = ()
    """The addresses of the API server, outside the cluster."""
    local_dns: tuple[str, ...] = ()
    """The addresses of the node-local DNS: each node has them."""


@dataclass(frozen=True)
class Side:
    """What one end's policies have to judge: the end's pod, and what stands at the other end as they see it."""

    direction: str
    subject: Pod
    other: Party


def namespace_labels(network: Network, name: str) -> dict[str, str]:
    """The labels of a namespace."""
    for namespace in network.namespaces:
        if namespace.name == name:
            return namespace.labels
    return {}


def address_of(party: Party, family: int) -> str:
    """The address of one family that a party has."""
    if party.kind is not PartyKind.POD or party.pod is None:
        return party.address
    for address in party.pod.addresses:
        if (":" in address) == (family == 6):
            return address
    return ""


def same_pod(flow: Flow) -> bool:
    """Whether the flow leads from a pod to that same pod."""
    one, other = flow.source.pod, flow.destination.pod
    return one is not None and other is not None and (one.namespace, one.name) == (other.namespace, other.name)


def entrance_node(flow: Flow) -> Party:
    """The node that the packet comes in through, as the backend sees it."""
    return Party(PartyKind.REMOTE_NODE, None, flow.entrance)


def egress_side(flow: Flow, seen: Party | None = None) -> tuple[Side, ...]:
    """What the source's policies judge: nothing where the source is no pod."""
    pod = flow.source.pod
    return () if pod is None else (Side(EGRESS, pod, seen or flow.destination),)


def ingress_side(flow: Flow, seen: Party | None = None) -> tuple[Side, ...]:
    """What the destination's policies judge: nothing where the destination is no pod."""
    pod = flow.destination.pod
    return () if pod is None else (Side(INGRESS, pod, seen or flow.source),)


def both_sides(flow: Flow) -> tuple[Side, ...]:
    """The two ends, each as it is."""
    return egress_side(flow) + ingress_side(flow)


def involves_own_node(flow: Flow) -> bool:
    """Whether one end is the node that the pod at the other end runs on."""
    return PartyKind.OWN_NODE in (flow.source.kind, flow.destination.kind)


def is_control_plane_at_ingress(side: Side) -> bool:
    """Row 39: the control plane calls a pod, and no source says from which address."""
    return side.direction == INGRESS and side.other.kind is PartyKind.API_SERVER


def disguises(network: Network) -> tuple[Party, ...]:
    """Row 39: all that the control plane may be taken for at ingress: any pod, any node, and itself."""
    pods = tuple(Party(PartyKind.POD, pod) for pod in network.pods if not pod.spec.host_network and not pod.has_ended)
    addresses = tuple(address for node in network.nodes for address in node.internal_ips)
    kinds = (PartyKind.OWN_NODE, PartyKind.REMOTE_NODE)
    nodes = tuple(Party(kind, None, address) for kind in kinds for address in addresses)
    return pods + nodes + tuple(Party(PartyKind.API_SERVER, None, address) for address in network.api_server)


def is_from_a_pod(flow: Flow) -> bool:
    """Whether the source is a pod."""
    return flow.source.kind is PartyKind.POD


def is_through_another_node(flow: Flow) -> bool:
    """Whether the packet comes in through a node that it leaves again, under that node's address."""
    return flow.way in (Way.ENTRANCE_REMOTE, Way.OTHER_NODE_PORT)
