"""What the rules of a Kubernetes policy admit by their words, whatever an engine makes of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from analyzer.bits import EVERY
from analyzer.connectivity.enforcement import Grant, How
from analyzer.connectivity.engines.kubernetes import admitted_addresses, all_rules
from analyzer.connectivity.isolation import Direction
from analyzer.connectivity.ports import PortSet, port_set
from analyzer.connectivity.reading import Reading
from analyzer.model.objects import NetworkPolicy, PolicyPeer


@dataclass(frozen=True)
class AsWritten:
    """The rules of one direction, about one class of pods and one peer; both are sets of one."""

    reading: Reading
    direction: Direction
    owner: int
    peer: int

    def admitting(self, policy: NetworkPolicy, protocol: str, port: int) -> Iterator[Grant]:
        """The peers of rules that name the peer, on the port. Raises LackingError as selectors do."""
        for number, rule in enumerate(all_rules(policy, self.direction)):
            ports = self._resolved(port_set(rule.ports))
            if not ports.holds(protocol, port):
                continue
            if not rule.peers:
                yield Grant(number, -1, How.EVERYBODY, EVERY, ports)
            for place, peer in enumerate(rule.peers):
                how, peers = self._named(peer, policy.namespace)
                if peers & self.peer:
                    yield Grant(number, place, how, peers, ports)

    def _named(self, peer: PolicyPeer, namespace: str) -> tuple[How, int]:
        if peer.ip_block is not None:
            return How.IP_BLOCK, self.reading.parties.with_address_in(admitted_addresses(peer.ip_block))
        return How.SELECTOR, self.reading.selection.peer(peer, namespace)

    def _resolved(self, ports: PortSet) -> PortSet:
        """With the destination's own numbers for names."""
        destination = self.peer if self.direction is Direction.EGRESS else self.owner
        pods = destination & self.reading.parties.pods
        for _, numbers in self.reading.parties.population.by_numbers(pods, ports.names):
            return ports.resolved(numbers)
        return ports.resolved({})
