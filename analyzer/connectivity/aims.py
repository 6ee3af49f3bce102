"""What names and a port mean in a cluster: where connections start, what they are aimed at, and where they end."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from analyzer.addresses import family as family_of
from analyzer.connectivity.analysis import Analysis
from analyzer.connectivity.backends import backends, entrance_addresses, has_entrance, services_at
from analyzer.connectivity.flow import Party, PartyKind
from analyzer.connectivity.naming import Meant, MeantAddress, MeantOwnNode, MeantPods, MeantService
from analyzer.connectivity.port_words import PortWord, numbers_at, ports_at, target_at
from analyzer.errors import UsageError
from analyzer.model.fact import seen
from analyzer.model.objects import Pod, Service, ServicePort
from analyzer.model.snapshot import Snapshot

_PODS_OF_A_CLASS = 3
"""Pods that no policy tells apart, on different nodes: enough for every way between two of them."""


class Entry(enum.Enum):
    """What a connection is aimed at."""

    ITSELF = enum.auto()
    """The end's own address."""
    CLUSTER_IP = enum.auto()
    ENTRANCE = enum.auto()
    """The address of a load balancer, an external IP, or, from outside, a Service at all."""
    NODE_PORT = enum.auto()


@dataclass(frozen=True, slots=True)
class End:
    """One end as it stands, before it is seen from the other."""

    node: str = ""
    """The node that it is or runs on; empty: it is outside, or its node is not known."""
    pod: Pod | None = None
    """With a network of its own."""
    address: str = ""
    """Of what is not such a pod."""
    is_own_node: bool = False
    """The node of the pod at the other end, whichever that is."""

    @property
    def is_inside(self) -> bool:
        """Whether it is a pod or a node of the cluster."""
        return self.pod is not None or bool(self.node) or self.is_own_node


@dataclass(frozen=True, slots=True)
class Aim:
    """What a connection is aimed at, and where it ends."""

    end: End
    protocol: str
    number: int
    """The end's own port."""
    entry: Entry = Entry.ITSELF
    service: Service | None = None
    port: ServicePort | None = None
    node: str = ""
    """Of a node port: whose; empty: that of the source's own node."""

    @property
    def by(self) -> str:
        """What is translated on the way: "Service shop/api, port 80"; empty: nothing."""
        if self.service is None or self.port is None:
            return ""
        name = f"Service {self.service.namespace}/{self.service.name}"
        if self.entry is Entry.NODE_PORT:
            return f"{name}, node port {self.port.node_port}"
        return f"{name}, port {self.port.port}"


@dataclass(frozen=True)
class Cluster:
    """A cluster's addresses and Services, as names lead to them."""

    snapshot: Snapshot
    analysis: Analysis

    def ends(self, meant: Meant) -> tuple[End, ...]:
        """Where connections of a name start. Raises UsageError of a Service."""
        match meant:
            case MeantOwnNode():
                return (End(is_own_node=True),)
            case MeantPods(_, pods):
                return tuple(self._of_pod(pod) for pod in self._few(pods))
            case MeantAddress(address):
                return (self._of_address(address),)
            case MeantService(service):
                name = f"{service.namespace}/{service.name}"
                raise UsageError(f"Service {name} starts no connection: name the pods or the workload behind it.")

    def aims(self, meant: Meant, port: PortWord | None, *, inside: bool) -> tuple[Aim, ...]:
        """What a destination means to a source that is in the cluster, or outside. Raises UsageError."""
        match meant:
            case MeantService(service):
                by_entrance = not inside and has_entrance(service)
                return tuple(self._behind(service, port, Entry.ENTRANCE if by_entrance else Entry.CLUSTER_IP))
            case MeantPods(name, pods):
                found = ((pod, number) for pod in self._few(pods) for number in numbers_at(port, pod))
                aims = tuple(Aim(self._of_pod(pod), *number) for pod, number in found)
                if not aims:
                    raise UsageError(f"{_no_port(port)} of {name}: its containers declare none such. Give a number.")
                return aims
            case MeantAddress() | MeantOwnNode():
                return tuple(self._translated(meant, port)) or self._plain(meant, port)

    def address_of(self, node: str, family: int = 4) -> str:
        """The first InternalIP of a node in a family; empty where none was read."""
        return next((item for item in self._node_addresses.get(node, ()) if family_of(item) == family), "")

    def _plain(self, meant: MeantAddress | MeantOwnNode, port: PortWord | None) -> tuple[Aim, ...]:
        if port is None or port.number is None:
            raise UsageError("Give the destination's port as a number: DESTINATION:443, or DESTINATION:UDP/53.")
        return tuple(Aim(end, port.protocol or "TCP", port.number) for end in self.ends(meant))

    def _few(self, pods: Iterable[Pod]) -> Iterator[Pod]:
        """Of the pods that nothing tells apart a few, on different nodes."""
        nodes: dict[tuple[int, ...], set[str]] = {}
        for pod in pods:
            party = Party(PartyKind.POD, pod)
            alike = nodes.setdefault(tuple(self.analysis.bit_of(party, family) for family in (4, 6)), set())
            where = pod.spec.node_name or pod.name
            if len(alike) < _PODS_OF_A_CLASS and where not in alike:
                alike.add(where)
                yield pod

    def _of_pod(self, pod: Pod) -> End:
        if pod.spec.host_network:
            return End(pod.spec.node_name, address=next(iter(pod.addresses), ""))
        return End(pod.spec.node_name, pod)

    def _of_address(self, address: str) -> End:
        if address in self._pod_at:
            return self._of_pod(self._pod_at[address])
        return End(self._node_at.get(address, ""), address=address)

    @cached_property
    def _pod_at(self) -> dict[str, Pod]:
        pods = (pod for pod in seen(self.snapshot.pods) if not pod.has_ended and not pod.spec.host_network)
        return {address: pod for pod in pods for address in pod.addresses}

    @cached_property
    def _node_addresses(self) -> dict[str, tuple[str, ...]]:
        return {node.name: node.internal_ips for node in seen(self.snapshot.nodes)}

    @cached_property
    def _node_at(self) -> dict[str, str]:
        return {address: name for name, addresses in self._node_addresses.items() for address in addresses}

    def _translated(self, meant: MeantAddress | MeantOwnNode, port: PortWord | None) -> Iterator[Aim]:
        """What stands behind an address of a Service, or a node's port that is a Service's."""
        services = seen(self.snapshot.services)
        address = meant.address if isinstance(meant, MeantAddress) else ""
        for service in services_at(address, services) if address else ():
            entry = Entry.ENTRANCE if address in entrance_addresses(service) else Entry.CLUSTER_IP
            yield from self._behind(service, port, entry)
        node = self._node_at.get(address, "")
        if port is not None and port.number and (node or not address):
            for service in services:
                for item in service.spec.ports:
                    if item.node_port == port.number and port.protocol in ("", item.protocol):
                        yield from self._at(service, item, Entry.NODE_PORT, node)

    def _behind(self, service: Service, port: PortWord | None, entry: Entry) -> Iterator[Aim]:
        ports = ports_at(port, service)
        if not ports:
            known = ", ".join(f"{item.protocol}/{item.port}" for item in service.spec.ports) or "none"
            raise UsageError(f"{_no_port(port)} of Service {service.namespace}/{service.name}; it has {known}.")
        for item in ports:
            yield from self._at(service, item, entry)

    def _at(self, service: Service, port: ServicePort, entry: Entry, node: str = "") -> Iterator[Aim]:
        for end, number in self._backends(service, port):
            yield Aim(end, port.protocol, number, entry, service, port, node)

    def _backends(self, service: Service, port: ServicePort) -> Iterator[tuple[End, int]]:
        found = backends(service, port, seen(self.snapshot.pods), seen(self.snapshot.endpoint_slices))
        for pod in self._few(item.pod for item in found if item.pod):
            number = target_at(port, pod)
            if number is not None:
                yield self._of_pod(pod), number
        yield from ((self._of_address(item.address), item.number) for item in found if item.pod is None)


def _no_port(port: PortWord | None) -> str:
    if port is None:
        return "There is no port"
    return f"There is no port {'/'.join(filter(None, (port.protocol, port.name or str(port.number))))}"
