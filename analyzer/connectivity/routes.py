"""From two names and a port to flows: by which ways the traffic of the one gets to the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from analyzer.addresses import family as family_of
from analyzer.connectivity.aims import Aim, Cluster, End, Entry
from analyzer.connectivity.analysis import Analysis
from analyzer.connectivity.backends import is_local
from analyzer.connectivity.flow import Flow, Party, PartyKind, Way
from analyzer.connectivity.naming import Meant
from analyzer.connectivity.port_words import PortWord
from analyzer.errors import UsageError
from analyzer.model.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Route:
    """One flow that is asked about."""

    flow: Flow
    by: str = ""
    """"Service shop/api, port 80": what is translated on the way; empty: nothing is."""


@dataclass(frozen=True)
class Routes:
    """Between the names of one snapshot."""

    snapshot: Snapshot
    analysis: Analysis

    def between(self, source: Meant, destination: Meant, port: PortWord | None) -> tuple[Route, ...]:
        """All flows that differ in how an engine sees them, at least one. Raises UsageError where there is none."""
        starts = self._cluster.ends(source)
        aims = self._cluster.aims(destination, port, inside=any(start.is_inside for start in starts))
        found: dict[tuple[object, ...], Route] = {}
        for start in starts:
            for aim in aims:
                for flow in self._flows(start, aim):
                    found.setdefault(self._key(flow), Route(flow, aim.by))
        if not found:
            raise UsageError(_why_none(starts, aims))
        return tuple(found.values())

    @cached_property
    def _cluster(self) -> Cluster:
        return Cluster(self.snapshot, self.analysis)

    def _key(self, flow: Flow) -> tuple[object, ...]:
        """What an engine can see of a flow."""
        ends = (flow.source, flow.destination, Party(PartyKind.REMOTE_NODE, address=flow.entrance))
        bits = (self.analysis.bit_of(party, flow.family) for party in ends)
        return *bits, flow.protocol, flow.port, flow.way, flow.family

    def _flows(self, start: End, aim: Aim) -> Iterator[Flow]:
        """The flows from one end to another: none where no engine sees the traffic, several by several ways."""
        if start.pod is None and aim.end.pod is None:
            return
        family = 6 if _is_ipv6(start) or _is_ipv6(aim.end) else 4
        for way, entrance in self._ways(start, aim):
            for source in self._parties(start, aim.end, family):
                for destination in self._parties(aim.end, start, family):
                    yield Flow(source, destination, aim.protocol, aim.number, way, family, entrance)

    def _ways(self, start: End, aim: Aim) -> Iterator[tuple[Way, str]]:
        """The ways, each with the address of the node that the packet comes in through."""
        is_itself = start.pod is not None and start.pod is aim.end.pod
        if aim.entry is Entry.ITSELF:
            if not is_itself:
                yield Way.DIRECT, ""
        elif aim.entry is Entry.CLUSTER_IP:
            if start.is_inside:
                yield (Way.HAIRPIN if is_itself else Way.DIRECT), ""
        elif aim.service is not None and is_local(aim.service):
            if not is_itself:
                yield Way.DIRECT, ""
        elif start.pod is not None or not start.is_inside:
            yield from self._entrances(start, aim)

    def _entrances(self, start: End, aim: Aim) -> Iterator[tuple[Way, str]]:
        """Through the source's own node, the one whose port it is, or from outside any."""
        if start.is_inside and aim.node and aim.node != start.node:
            yield Way.OTHER_NODE_PORT, self._cluster.address_of(aim.node)
            return
        node, backend = start.node or aim.node, aim.end.node
        if node == backend or not (node and backend):
            yield Way.ENTRANCE_LOCAL, ""
        if node != backend or not node:
            yield from ((Way.ENTRANCE_REMOTE, address) for address in self._other_nodes(node, backend))

    def _other_nodes(self, node: str, backend: str) -> Iterator[str]:
        """The address of a node; where none is named, one of each group that policies tell apart."""
        if node:
            yield self._cluster.address_of(node)
            return
        for group in self.analysis.parties(4).node_groups:
            others = [name for name in group.nodes if name != backend]
            if others or not group.nodes:
                yield self._cluster.address_of(others[0]) if others else ""

    def _parties(self, end: End, peer: End, family: int) -> Iterator[Party]:
        """The end as the other one sees it: a node as its own or another, both where nobody knows."""
        if end.pod is not None:
            yield Party(PartyKind.POD, end.pod)
        elif end.is_own_node:
            yield from (self._node(PartyKind.OWN_NODE, item, family) for item in self._own_nodes(peer, family))
        elif end.node:
            address = end.address if family_of(end.address) == family else self._cluster.address_of(end.node, family)
            if end.node == peer.node or not peer.node:
                yield self._node(PartyKind.OWN_NODE, address, family)
            if end.node != peer.node:
                yield self._node(PartyKind.REMOTE_NODE, address, family)
        else:
            yield Party(self._kind(end.address, family), address=end.address)

    def _node(self, kind: PartyKind, address: str, family: int) -> Party:
        """A node by its address, or without one where no node was read. Raises UsageError for one that was not read."""
        for party in (Party(kind, address=address), Party(kind)):
            if self.analysis.bit_of(party, family):
                return party
        raise UsageError(f"The node {address or 'of the pod'} is not among those that were read.")

    def _own_nodes(self, pod: End, family: int) -> Iterator[str]:
        """The address of a pod's node; where that is not known, one of each group of nodes that policies tell apart."""
        if pod.node:
            yield self._cluster.address_of(pod.node, family)
            return
        for group in self.analysis.parties(family).node_groups:
            yield next(iter(group.addresses), "")

    def _kind(self, address: str, family: int) -> PartyKind:
        parties = self.analysis.parties(family)
        if address in parties.local_dns:
            return PartyKind.LOCAL_DNS
        if address in parties.api_server:
            return PartyKind.API_SERVER
        if not parties.holding(address):
            raise UsageError(
                f"{address} lies in a range of the cluster, and no pod, node or Service that was read has it."
            )
        return PartyKind.WORLD


def _is_ipv6(end: End) -> bool:
    """Whether it has no other address."""
    addresses = end.pod.addresses if end.pod else (end.address,)
    return any(addresses) and all(family_of(address) == 6 for address in addresses)


def _why_none(starts: tuple[End, ...], aims: tuple[Aim, ...]) -> str:
    if not aims:
        return "Nothing stands behind the destination: no pod that was read serves it."
    if not any(start.pod for start in starts) and not any(aim.end.pod for aim in aims):
        return "Neither end is a pod with a network of its own, so no policy engine filters the traffic."
    if not any(start.is_inside for start in starts):
        return "A ClusterIP is not reached from outside: name a pod, or a Service with a load balancer or a node port."
    if any(aim.entry in (Entry.ENTRANCE, Entry.NODE_PORT) for aim in aims):
        return "How a node gets in by a Service's entrance is not described: name the pods behind it."
    return "A pod reaches its own address without leaving itself, so no policy engine sees the traffic."
