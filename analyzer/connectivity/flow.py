"""One concrete flow: the first packet of a connection from one party to another, on one port, by one way."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from analyzer.model.objects import Pod


class FlowVerdict(enum.StrEnum):
    """What an engine does with a flow."""

    ALLOWED = "allowed"
    BLOCKED = "blocked"
    UNKNOWN = "unknown"
    """No source says what the engine does: never the same as "unchanged"."""


class PartyKind(enum.StrEnum):
    """What stands at one end of a flow. A node means its own addresses and the host-network pods on it."""

    POD = "pod"
    """A live pod with a network of its own."""
    OWN_NODE = "own node"
    """The node that the pod at the other end runs on."""
    REMOTE_NODE = "remote node"
    """Any other node of the cluster."""
    LOCAL_DNS = "node-local DNS"
    """LocalDNS (169.254.10.0/24) or NodeLocal DNSCache (169.254.20.10) as a host process: a destination only."""
    API_SERVER = "API server"
    """The control plane, under an address outside the cluster."""
    WORLD = "world"
    """Any other address: neither a pod's nor a node's nor the API server's."""


class Way(enum.StrEnum):
    """How a flow gets to its destination."""

    DIRECT = "direct"
    """To the destination's own address and port, or by a ClusterIP, which every engine sees translated."""
    ENTRANCE_LOCAL = "through its own node"
    """By the load balancer's address, a node port or an external IP of a Service with externalTrafficPolicy Cluster,
    to a backend on the node that the packet comes in through. From a pod: to a backend on the pod's own node."""
    ENTRANCE_REMOTE = "through another node"
    """The same, to a backend on another node than the packet comes in through. From a pod: the load balancer's address,
    or its own node's port, to a backend on another node."""
    OTHER_NODE_PORT = "by another node's port"
    """From a pod to a node port of another node than its own; the backend is on that node or on a third one."""
    HAIRPIN = "to itself"
    """From a pod by the ClusterIP of a Service to that same pod."""


@dataclass(frozen=True, slots=True)
class Party:
    """One end of a flow. A pod by itself; everything else by its address."""

    kind: PartyKind
    pod: Pod | None = None
    address: str = ""
    """Of what is not a pod. Of a node one of its InternalIPs."""


@dataclass(frozen=True, slots=True)
class Flow:
    """One connection. At least one end is a pod."""

    source: Party
    destination: Party
    protocol: str
    """TCP, UDP, SCTP, or `ports.OTHER` for those without ports, as ICMP."""
    port: int
    """The destination's own port, after a Service's translation; 0 of a protocol without ports."""
    way: Way = Way.DIRECT
    family: int = 4
    """4 or 6: the family of the addresses that are used."""
    entrance: str = ""
    """Of ENTRANCE_REMOTE and OTHER_NODE_PORT: the InternalIP of the node that the packet comes in through."""
