"""The flows to ask of a network."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from connectivity.naive.network import Network, address_of

from analyzer.connectivity.flow import Flow, Party, PartyKind, Way
from analyzer.connectivity.ports import LAST, OTHER

WORLD = (
    "168.63.129.16",
    "8.8.8.8",
    "203.0.113.7",
    "203.0.113.200",
    "20.50.1.2",
    "10.224.0.200",
    "10.244.200.1",
    "10.1.2.3",
    "192.168.7.7",
    "2001:db8::7",
    "2001:db8:1::1",
    "fd00:244:99::1",
)
"""Addresses that are nobody's in the cluster: outside it, in its VNet, and in its pod range."""


def flows(network: Network, random: Random, most: int = 200) -> tuple[Flow, ...]:
    """Every pair of parties in every way there is, each on one port of those that are named, and at most so many."""
    ports = tuple(sorted(_ports(network)))
    routes = tuple(_routes(network))
    chosen = routes if len(routes) <= most else random.sample(routes, most)
    return tuple(
        Flow(source, destination, *random.choice(ports), way, family, entrance)
        for source, destination, way, family, entrance in chosen
    )


_Route = tuple[Party, Party, Way, int, str]


def _ports(network: Network) -> Iterator[tuple[str, int]]:
    """What pods and policies name, with a neighbour each, and the protocols that have no ports."""
    numbers: set[int] = {8080, 9090}
    containers = [item for pod in network.pods for item in (*pod.spec.containers, *pod.spec.init_containers)]
    numbers |= {port.container_port for item in containers for port in item.ports}
    for policy in network.policies:
        entries = [port for rule in policy.spec.ingress for port in rule.ports]
        entries += [port for rule in policy.spec.egress for port in rule.ports]
        numbers |= {port.port for port in entries if isinstance(port.port, int)}
        numbers |= {port.end_port for port in entries if port.end_port}
    for number in numbers:
        yield from (("TCP", number), ("TCP", min(number + 1, LAST)))
    yield from (("UDP", 53), ("UDP", 54), ("SCTP", 3868), ("SCTP", 1), (OTHER, 0), ("TCP", 53), ("TCP", 8443))


def _routes(network: Network) -> Iterator[_Route]:
    pods = tuple(Party(PartyKind.POD, pod) for pod in network.pods if not pod.spec.host_network and not pod.has_ended)
    for family in (4, 6):
        for party in pods:
            if address_of(party, family):
                yield from _of_a_pod(network, party, pods, family)


def _of_a_pod(network: Network, party: Party, pods: tuple[Party, ...], family: int) -> Iterator[_Route]:
    yield (party, party, Way.HAIRPIN, family, "")
    for other in pods:
        if address_of(other, family):
            yield (party, other, Way.DIRECT, family, "")
            yield from _by_a_service(network, party, other, family)
    for other in _others(network, party, family):
        yield (party, other, Way.DIRECT, family, "")
        if other.kind is not PartyKind.LOCAL_DNS:
            yield (other, party, Way.DIRECT, family, "")
        if other.kind is PartyKind.WORLD:
            yield from _from_outside(network, other, party, family)


def _others(network: Network, party: Party, family: int) -> Iterator[Party]:
    """Everybody who is no pod, as one pod knows them."""
    assert party.pod is not None
    for node in network.nodes:
        kind = PartyKind.OWN_NODE if node.name == party.pod.spec.node_name else PartyKind.REMOTE_NODE
        yield from (Party(kind, None, address) for address in _of_family(node.internal_ips, family))
    kinds = {
        PartyKind.LOCAL_DNS: network.local_dns,
        PartyKind.API_SERVER: network.api_server,
        PartyKind.WORLD: WORLD,
    }
    for kind, addresses in kinds.items():
        yield from (Party(kind, None, address) for address in _of_family(addresses, family))


def _from_outside(network: Network, source: Party, backend: Party, family: int) -> Iterator[_Route]:
    """By a load balancer's address or a node port."""
    assert backend.pod is not None
    yield (source, backend, Way.ENTRANCE_LOCAL, family, "")
    for node in network.nodes:
        for address in _of_family(node.internal_ips, family):
            if node.name != backend.pod.spec.node_name:
                yield (source, backend, Way.ENTRANCE_REMOTE, family, address)


def _by_a_service(network: Network, source: Party, backend: Party, family: int) -> Iterator[_Route]:
    """From one pod to another by an address of a Service that is not its ClusterIP."""
    if source is backend or source.pod is None or backend.pod is None:
        return
    own, its = source.pod.spec.node_name, backend.pod.spec.node_name
    if own == its:
        yield (source, backend, Way.ENTRANCE_LOCAL, family, "")
    for node in network.nodes:
        for entrance in _of_family(node.internal_ips, family):
            if node.name != own:
                yield (source, backend, Way.OTHER_NODE_PORT, family, entrance)
            elif own != its:
                yield (source, backend, Way.ENTRANCE_REMOTE, family, entrance)


def _of_family(addresses: tuple[str, ...], family: int) -> tuple[str, ...]:
    return tuple(address for address in addresses if (":" in address) == (family == 6))
