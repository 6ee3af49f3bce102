"""Changes as they are told: counted, ranked, each with one flow that somebody may really have."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from analyzer.addresses import text_of
from analyzer.bits import bitset, members
from analyzer.connectivity.analysis import Analysis, Comparison
from analyzer.connectivity.change import Blame, Change, ChangeKind, Effect
from analyzer.connectivity.flow import Flow, Party, PartyKind, Way
from analyzer.connectivity.parties import Parties
from analyzer.connectivity.ports import OTHER, PortSet
from analyzer.model.objects import Pod

_STRANGERS = ("203.0.113.10", "198.51.100.10", "192.0.2.10", "2001:db8::10")
"""Addresses that RFC 5737 and RFC 3849 keep for examples."""
_KUBELET = ("TCP", 10250)
_DNS = ("UDP", 53)
_HTTPS = ("TCP", 443)


class Rectangle(NamedTuple):
    """A change before it is told. Ports are a bitset."""

    kind: ChangeKind
    sources: int
    destinations: int
    ports: int
    row: int
    blame: tuple[Blame, ...]
    way: Way = Way.DIRECT


class _Pair(NamedTuple):
    source: Party
    destination: Party


@dataclass(frozen=True)
class Examples:
    """Over one comparison."""

    analysis: Analysis
    comparison: Comparison
    _counts: dict[int, int] = field(default_factory=dict, repr=False)
    _port_sets: dict[int, PortSet] = field(default_factory=dict, repr=False)
    _names: dict[int, frozenset[str]] = field(default_factory=dict, repr=False)

    def change(self, found: Rectangle) -> Iterator[Change]:
        """The change; none where no two parties of the cluster have such a flow."""
        found = self._real(found)
        pair = self._pair(found) if found.sources and found.destinations else None
        if pair is None:
            return
        ports = self._ports(found.ports)
        protocol, port, is_served = self._port(ports, pair.destination)
        family = self.comparison.parties.family
        entrance = self._entrance(found)
        yield Change(
            kind=found.kind,
            way=found.way,
            family=family,
            sources=found.sources,
            destinations=found.destinations,
            ports=ports,
            row=found.row,
            blame=found.blame,
            flow_count=self._flow_count(found),
            example=Flow(pair.source, pair.destination, protocol, port, found.way, family, entrance),
            rank=_rank(found, self._parties, is_served),
        )

    @cached_property
    def _parties(self) -> Parties:
        return self.comparison.parties

    def _real(self, found: Rectangle) -> Rectangle:
        """Without own nodes on which none of the pods runs, and without other nodes where there is only one."""
        if self._has_one_node and (other := (found.sources | found.destinations) & self._parties.remote_nodes):
            found = found._replace(sources=found.sources & ~other, destinations=found.destinations & ~other)
        own = self._parties.own_nodes
        if not (found.sources | found.destinations) & own:
            return found
        is_source = bool(found.sources & own)
        pods = found.destinations if is_source else found.sources
        nodes = found.sources if is_source else found.destinations
        kept = nodes & ~own | sum(bit for bit, classes in self._classes_on if nodes & bit and classes & pods)
        return found._replace(sources=kept) if is_source else found._replace(destinations=kept)

    @cached_property
    def _has_one_node(self) -> bool:
        """Whether there is one node only, and all pods run there."""
        names = {name for group in self._parties.node_groups for name in group.nodes}
        return len(names) == 1 and names >= {pod.spec.node_name for pod in self._parties.population.pods}

    @cached_property
    def _classes_on(self) -> tuple[tuple[int, int], ...]:
        """Each group of nodes as own nodes, with the classes that have a pod on one of them.

        A pod on a node that was not read may be on one of any group. One that no node runs yet is on none.
        """
        parties = self._parties
        groups = {name: place for place, group in enumerate(parties.node_groups) for name in group.nodes}
        everywhere = range(len(parties.node_groups))
        on: dict[int, set[int]] = {}
        for pod, owner in zip(parties.population.pods, parties.population.class_of, strict=True):
            known = groups.get(pod.spec.node_name)
            for group in (known,) if known is not None else everywhere if pod.spec.node_name or not groups else ():
                on.setdefault(group, set()).add(owner)
        return tuple((parties.own_node_bit(group), bitset(found, parties.size)) for group, found in sorted(on.items()))

    def _flow_count(self, found: Rectangle) -> int:
        """Pairs; a pod and its own node are one, and a pod and itself none."""
        own = self._parties.own_nodes
        if (found.sources | found.destinations) & own:
            return self._size(found.destinations if found.sources & own else found.sources)
        both = self._size(found.sources & found.destinations & self._parties.pods)
        return self._size(found.sources) * self._size(found.destinations) - both

    def _size(self, parties: int) -> int:
        """Pods, and groups of nodes or ranges of addresses."""
        if parties not in self._counts:
            pods = self._parties.population.count(parties & self._parties.pods)
            self._counts[parties] = pods + (parties & ~self._parties.pods).bit_count()
        return self._counts[parties]

    def _pair(self, found: Rectangle) -> _Pair | None:
        pods, parties = self._parties.pods, self._parties
        if not found.sources & pods:
            destination = self._pod(found.destinations)
            return _Pair(self._other(found.sources, destination), _party(destination)) if destination else None
        if not found.destinations & pods:
            source = self._pod(found.sources, parties.own_nodes & found.destinations)
            return _Pair(_party(source), self._other(found.destinations, source)) if source else None
        source, destination = self._pod(found.sources), self._pod(found.destinations)
        if source is destination:
            destination = self._second(found.destinations, source) or destination
            source = source if source is not destination else self._second(found.sources, source)
        if source is None or destination is None or source is destination:
            return None
        return _Pair(_party(source), _party(destination))

    def _pod(self, classes: int, own_nodes: int = 0) -> Pod | None:
        """The first pod; with own nodes one that runs on one of them."""
        population = self._parties.population
        classes &= self._parties.pods
        names = self._nodes_in(own_nodes)
        while classes:
            for place in population.pods_of(classes & -classes):
                name = population.pods[place].spec.node_name
                if not own_nodes or name in names or name not in self._address_of:
                    return population.pods[place]
            classes &= classes - 1
        return None

    def _nodes_in(self, own_nodes: int) -> frozenset[str]:
        """The names of the nodes; of a cluster without nodes the name that its pods have."""
        if own_nodes not in self._names:
            groups = [self._parties.node_group_of(bit) for bit in members(own_nodes)]
            names = frozenset(name for group in groups for name in group.nodes)
            self._names[own_nodes] = names or frozenset(pod.spec.node_name for pod in self._parties.population.pods)
        return self._names[own_nodes]

    def _second(self, classes: int, first: Pod | None) -> Pod | None:
        """Another pod than the first."""
        population = self._parties.population
        listed = (population.pods[place] for place in population.pods_of(classes & self._parties.pods))
        return next((pod for pod in listed if pod is not first), None)

    def _other(self, among: int, pod: Pod) -> Party:
        """The first party that is not a pod; of own nodes the pod's."""
        parties = self._parties
        bit = (among & -among).bit_length() - 1
        kind = parties.kind_of(bit)
        match kind:
            case PartyKind.OWN_NODE:
                return Party(kind, address=self._address_of.get(pod.spec.node_name, ""))
            case PartyKind.REMOTE_NODE:
                return Party(kind, address=self._other_node(among & parties.remote_nodes, pod))
            case PartyKind.LOCAL_DNS:
                return Party(kind, address=parties.local_dns_of(bit))
            case PartyKind.API_SERVER:
                return Party(kind, address=parties.api_server_of(bit))
        return Party(kind, address=self._stranger(among & parties.outside))

    def _stranger(self, ranges: int) -> str:
        """An address of some ranges: one that is kept for examples, if any is inside."""
        parties = self._parties
        kept = (address for address in _STRANGERS if parties.holding(address) & ranges)
        found = parties.range_of((ranges & -ranges).bit_length() - 1)
        return next(kept, "") or text_of(found.family, min(found.first + 1, found.last))

    def _other_node(self, nodes: int, pod: Pod) -> str:
        """The address of one of some nodes that is not the pod's; "" where there is none."""
        for bit in members(nodes):
            group = self._parties.node_group_of(bit)
            for name, address in zip(group.nodes, group.addresses, strict=True):
                if name != pod.spec.node_name:
                    return address
        return ""

    @cached_property
    def _address_of(self) -> dict[str, str]:
        pairs = (zip(group.nodes, group.addresses, strict=True) for group in self._parties.node_groups)
        return {name: address for items in pairs for name, address in items}

    def _entrance(self, found: Rectangle) -> str:
        """Of flows through another node the address of one such node."""
        if found.way is Way.DIRECT or not found.sources & self._parties.remote_nodes:
            return ""
        nodes = found.sources & self._parties.remote_nodes
        return next(iter(self._parties.node_group_of((nodes & -nodes).bit_length() - 1).addresses), "")

    def _ports(self, ports: int) -> PortSet:
        if ports not in self._port_sets:
            self._port_sets[ports] = self.comparison.ports.port_set(ports)
        return self._port_sets[ports]

    @staticmethod
    def _port(ports: PortSet, destination: Party) -> tuple[str, int, bool]:
        """A port that the destination declares, else one that is usual there, else the first; and whether it serves."""
        if destination.pod is not None:
            for container in destination.pod.spec.containers:
                for port in container.ports:
                    if ports.holds(port.protocol, port.container_port):
                        return port.protocol, port.container_port, True
        usual = {PartyKind.LOCAL_DNS: _DNS, PartyKind.OWN_NODE: _KUBELET, PartyKind.REMOTE_NODE: _KUBELET}
        protocol, number = usual.get(destination.kind, _HTTPS)
        if ports.holds(protocol, number):
            return protocol, number, destination.kind is PartyKind.LOCAL_DNS
        numbered = [span for span in ports.spans if span.protocol != OTHER]
        first = next((span for span in numbered if span.protocol == "TCP"), numbered[0] if numbered else ports.spans[0])
        return first.protocol, first.first, False


def _party(pod: Pod) -> Party:
    return Party(PartyKind.POD, pod)


def _rank(found: Rectangle, parties: Parties, is_served: bool) -> int:
    """Lower is likelier: lookups, what a rule names and a pod serves, Services' clients; whole clusters come last."""
    if found.destinations & parties.local_dns_parties:
        return 0
    is_named = any(item.rule >= 0 and item.effect in (Effect.ADMITTED, Effect.ADMITS) for item in found.blame)
    if found.kind is ChangeKind.UNKNOWN:
        return 99 if found.row == 39 else 70
    if found.way is not Way.DIRECT:
        return 20 if found.row in (52, 53) else 80
    if found.kind is ChangeKind.ALLOWED:
        return 50 if is_named else 90
    if is_named:
        return 10 if is_served else 25
    return 30 if found.destinations & parties.own_nodes else 35 if is_served else 60
