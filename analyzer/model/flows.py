"""Flow changes as a report shows them: names and words, capped, with counts of what is not shown."""

from __future__ import annotations

import enum

from msgspec import Struct

from analyzer.model.finding import ObjectRef

NODES = "the nodes"
"""End of an edge that is no namespace; like the three below it has a blank, which no namespace's name has."""
OUTSIDE = "outside the cluster"
API_SERVER = "API server"
LOCAL_DNS = "node-local DNS"


class FlowChangeKind(enum.StrEnum):
    """What becomes of some flows."""

    BLOCKED = "newly blocked"
    ALLOWED = "newly allowed"
    UNKNOWN = "unknown"


class FlowEnd(Struct, frozen=True, kw_only=True, rename="camel"):
    """What stands at one end of some flows."""

    kind: str
    """workload, pod, namespace (every pod of it), cluster (every pod, or everybody), own node, remote node, node-local
    DNS, API server, outside"""
    namespace: str = ""
    """Of a workload, a pod or every pod of a namespace."""
    name: str
    """"Deployment/api", "10.10.0.0/24", "the pod's own node"."""
    pods: int = 0
    """Of a workload: how many of its pods."""


class FlowBlame(Struct, frozen=True, kw_only=True, rename="camel"):
    """A policy that makes the difference."""

    policy: ObjectRef
    where: str
    """"spec.egress[0]"; empty: the policy as a whole."""
    side: str
    """before or after"""
    effect: str
    """"admits them", "isolates the pods, and no policy admits them"."""


class FlowExample(Struct, frozen=True, kw_only=True, rename="camel"):
    """One concrete flow."""

    source: str
    """"shop/api-7d9f-x2 (10.244.1.7)"."""
    destination: str
    port: str
    """"TCP 5432"."""
    way: str = ""
    """By which Service, or how else it gets there; empty: directly."""
    before: str
    """allowed, blocked or unknown"""
    after: str


class FlowChange(Struct, frozen=True, kw_only=True, rename="camel"):
    """Flows from each source to each destination on each port, that change for one reason."""

    kind: FlowChangeKind
    way: str
    """direct, through its own node, through another node, by another node's port, to itself"""
    family: int
    """4 or 6."""
    sources: tuple[FlowEnd, ...]
    """The first few."""
    source_count: int
    """Workloads, nodes and ranges, shown or not."""
    destinations: tuple[FlowEnd, ...]
    destination_count: int
    ports: str
    reason: str
    """One sentence."""
    row: int
    """The row of docs/semantics.md that decides; 0: a policy comes alive or goes."""
    confidence: str
    """documented, upstream, derived or unconfirmed"""
    blame: tuple[FlowBlame, ...]
    """The first few."""
    blame_count: int
    flow_count: int
    """Pairs of pods, of a pod and a node, of a pod and a range of addresses."""
    example: FlowExample
    namespaces: tuple[str, ...]
    """Of the pods at both ends, for a filter; the first few."""
    namespace_count: int = 0
    """All of them, shown or not; 0: not counted. A filter never hides a change whose namespaces are not all named."""
    likelihood: str
    """Why it may be real traffic: "a Service leads there", "…"."""


class FlowEdge(Struct, frozen=True, kw_only=True, rename="camel"):
    """Changed flows between two namespaces, or a namespace and what is not a pod."""

    source: str
    """A namespace, or `NODES`, `OUTSIDE`, `API_SERVER`, `LOCAL_DNS`."""
    destination: str
    blocked: int = 0
    """Pairs."""
    allowed: int = 0
    unknown: int = 0


class UnenforcedWindow(Struct, frozen=True, kw_only=True, rename="camel"):
    """From when to when no engine enforces the policies."""

    opens: str
    """The step at which it opens."""
    closes: str
    """The step at whose end, when the last node is reimaged, it closes; empty: this path does not close it."""
    policies: int
    """Policies that are not enforced meanwhile."""
    pods: int
    """Pods that they isolate."""
    reason: str
    """One sentence."""


class StepFlows(Struct, frozen=True, kw_only=True, rename="camel"):
    """What one step of the path does to the traffic."""

    step: str
    before: str
    """"Azure NPM"."""
    after: str
    """"Cilium 1.17.9"."""
    changes: tuple[FlowChange, ...] = ()
    """Likeliest first, capped."""
    change_count: int = 0
    blocked: int = 0
    """Changes of each kind."""
    allowed: int = 0
    unknown: int = 0
    edges: tuple[FlowEdge, ...] = ()
    """Most flows first, capped."""
    edge_count: int = 0
    """All of them, shown or not."""
    unread: tuple[str, ...] = ()
    """What was not read, in words: with any, no line here is the whole truth."""
    unenforced: UnenforcedWindow | None = None
