"""Which pods policies isolate, and what their selectors admit to and from them.

Plain Kubernetes semantics: the union of all policies that select a pod in a direction; a direction counts where
policyTypes names it; named ports are the destination's own; host-network pods are neither subjects nor peers of
selectors. ipBlocks are left out: what they admit depends on the engine.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from analyzer.bits import EVERY, bitset, members
from analyzer.connectivity.ports import NumbersByName, PortSet, port_set
from analyzer.connectivity.selection import Selection
from analyzer.model.objects import EgressRule, IngressRule, NetworkPolicy


class Direction(enum.StrEnum):
    """As policyTypes spells it."""

    INGRESS = "Ingress"
    EGRESS = "Egress"

    __hash__ = str.__hash__  # an enumeration's own is slow, and these are keys everywhere


class Admission(NamedTuple):
    """What one rule admits by selectors."""

    peers: int
    """A bitset over classes; EVERY of a rule without peers, which admits what is not a pod as well."""
    ports: PortSet


class Block(NamedTuple):
    """Classes of one namespace that the same policies isolate in a direction."""

    first: int
    """The lowest class: no other block of the direction has it."""
    policies: tuple[int, ...]
    """Places of the policies, ascending."""
    classes: int


class Flows(NamedTuple):
    """All traffic between some pods and some peers, on some ports: a rectangle, never pairs."""

    subjects: int
    """The isolated side."""
    peers: int
    """The other side."""
    ports: PortSet
    """Of the destination: the peers for egress, the subjects for ingress."""


def rules_of(policy: NetworkPolicy, direction: Direction) -> tuple[IngressRule | EgressRule, ...]:
    """The rules of a direction; empty as well where policyTypes leaves the direction out."""
    if direction not in policy.types:
        return ()
    return policy.spec.ingress if direction is Direction.INGRESS else policy.spec.egress


def open_ports(policy: NetworkPolicy, direction: Direction) -> PortSet:
    """The ports of the rules without peers, which admit everything: pods, nodes, the world."""
    ports = PortSet()
    for rule in rules_of(policy, direction):
        ports = ports if rule.peers else ports.union(port_set(rule.ports))
    return ports


@dataclass(frozen=True)
class Isolation:
    """All policies of a cluster over its pods."""

    selection: Selection
    policies: tuple[NetworkPolicy, ...]
    _admissions: dict[tuple[int, Direction], tuple[Admission, ...]] = field(
        default_factory=dict, repr=False, compare=False
    )
    _unions: dict[tuple[int, Direction], tuple[Admission, ...]] = field(default_factory=dict, repr=False, compare=False)
    _open: dict[tuple[int, Direction], PortSet] = field(default_factory=dict, repr=False, compare=False)
    _open_to: dict[tuple[int, Direction], PortSet] = field(default_factory=dict, repr=False, compare=False)
    _blocks: dict[tuple[str, Direction], tuple[Block, ...]] = field(default_factory=dict, repr=False, compare=False)
    _owners: dict[tuple[str, Direction], dict[int, int]] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def subjects(self) -> tuple[int, ...]:
        """Of each policy the classes that it selects, without host-network pods."""
        plain, selection = self.selection.population.plain, self.selection
        return tuple(plain & selection.pods(item.spec.pod_selector, item.namespace) for item in self.policies)

    @cached_property
    def by_namespace(self) -> dict[str, list[int]]:
        """The places of the policies by namespace."""
        found: dict[str, list[int]] = {}
        for place, policy in enumerate(self.policies):
            found.setdefault(policy.namespace, []).append(place)
        return found

    def blocks(self, namespace: str, direction: Direction) -> tuple[Block, ...]:
        """The isolated classes of a namespace, apart by the policies that isolate them."""
        key = (namespace, direction)
        if key not in self._blocks:
            self._blocks[key] = tuple(self._partition(namespace, direction))
        return self._blocks[key]

    def blocks_of(self, place: int, direction: Direction) -> tuple[Block, ...]:
        """The classes that one policy isolates, apart by the other policies that do."""
        return self.blocks_among(self.subjects[place], self.policies[place].namespace, direction)

    def blocks_among(self, classes: int, namespace: str, direction: Direction) -> tuple[Block, ...]:
        """The blocks of a namespace that hold any of some classes of it."""
        blocks = self.blocks(namespace, direction)
        if classes.bit_count() > len(blocks):
            return tuple(block for block in blocks if block.classes & classes)
        owners = self._block_of(namespace, direction)
        return tuple(
            blocks[index] for index in sorted({owners[place] for place in members(classes) if place in owners})
        )

    def admissions(self, place: int, direction: Direction) -> tuple[Admission, ...]:
        """What each rule of a policy admits by selectors, rules that admit nobody left out.

        Raises LackingError where that depends on namespaces that were not all read.
        """
        key = (place, direction)
        if key not in self._admissions:
            self._admissions[key] = tuple(self._admitted(self.policies[place], direction))
        return self._admissions[key]

    def open_ports(self, place: int, direction: Direction) -> PortSet:
        """The ports on which one policy admits everything."""
        key = (place, direction)
        if key not in self._open:
            self._open[key] = open_ports(self.policies[place], direction)
        return self._open[key]

    def open_to(self, block: Block, direction: Direction) -> PortSet:
        """The ports on which the policies of a block together admit everything."""
        key = (block.first, direction)
        if key not in self._open_to:
            opening = self._opening[direction]
            ports = PortSet()
            for found in {self.open_ports(place, direction) for place in block.policies if place in opening}:
                ports = ports.union(found)
            self._open_to[key] = ports
        return self._open_to[key]

    @cached_property
    def _opening(self) -> dict[Direction, frozenset[int]]:
        """The policies that admit everything on any port: few, so that most need not be looked at for each block."""
        places = range(len(self.policies))
        return {
            direction: frozenset(place for place in places if not self.open_ports(place, direction).is_empty)
            for direction in Direction
        }

    def not_admitted(self, block: Block, direction: Direction, flows: Flows) -> Iterator[Flows]:
        """The part of some flows of a block's classes that no selector of any of its policies admits.

        Numbers take the place of names. Raises LackingError as `admissions` does.
        """
        if not flows.subjects or not flows.peers:
            return
        rules = [rule for rule in self._united(block, direction) if rule.peers & flows.peers]
        for part, numbers in self._by_destination(rules, direction, flows):
            left = [(part.peers, part.ports.resolved(numbers))]
            for rule in rules:
                left = [rest for item in left for rest in _without(item, rule.peers, rule.ports.resolved(numbers))]
            yield from (Flows(part.subjects, peers, ports) for peers, ports in left if not ports.is_empty)

    def _united(self, block: Block, direction: Direction) -> tuple[Admission, ...]:
        """What all policies of a block admit, its peers together for each set of ports."""
        key = (block.first, direction)
        if key not in self._unions:
            peers: dict[PortSet, int] = {}
            for place in block.policies:
                for rule in self.admissions(place, direction):
                    peers[rule.ports] = peers.get(rule.ports, 0) | rule.peers
            self._unions[key] = tuple(Admission(found, ports) for ports, found in peers.items())
        return self._unions[key]

    def _block_of(self, namespace: str, direction: Direction) -> dict[int, int]:
        key = (namespace, direction)
        if key not in self._owners:
            blocks = enumerate(self.blocks(namespace, direction))
            self._owners[key] = {owner: index for index, block in blocks for owner in members(block.classes)}
        return self._owners[key]

    def _partition(self, namespace: str, direction: Direction) -> Iterator[Block]:
        """Policies with the same subjects go together: a class is noted once for all of them."""
        alike: dict[int, list[int]] = {}
        for place in self.by_namespace.get(namespace, ()):
            if direction.value in self.policies[place].types:
                alike.setdefault(self.subjects[place], []).append(place)
        groups = tuple(alike.values())
        groups_of: dict[int, list[int]] = {}
        for group, subjects in enumerate(alike):
            for owner in members(subjects):
                groups_of.setdefault(owner, []).append(group)
        together: dict[tuple[int, ...], list[int]] = {}
        for owner, found in groups_of.items():
            together.setdefault(tuple(found), []).append(owner)
        for numbers, owners in together.items():
            policies = sorted(place for group in numbers for place in groups[group])
            yield Block(owners[0], tuple(policies), bitset(owners, len(self.selection.population.classes)))

    def _admitted(self, policy: NetworkPolicy, direction: Direction) -> Iterator[Admission]:
        plain = self.selection.population.plain
        for rule in rules_of(policy, direction):
            if not rule.peers:
                yield Admission(EVERY, port_set(rule.ports))
                continue
            found = 0
            for peer in rule.peers:
                found |= self.selection.peer(peer, policy.namespace)
            if found & plain:
                yield Admission(found & plain, port_set(rule.ports))

    def _by_destination(
        self, rules: list[Admission], direction: Direction, flows: Flows
    ) -> Iterator[tuple[Flows, NumbersByName]]:
        """The flows apart by what their destinations call their ports, where a name is in play."""
        names = flows.ports.names.union(*(rule.ports.names for rule in rules))
        incoming = direction is Direction.INGRESS
        for classes, numbers in self.selection.population.by_numbers(
            flows.subjects if incoming else flows.peers, names
        ):
            yield (flows._replace(subjects=classes) if incoming else flows._replace(peers=classes)), numbers


def _without(flow: tuple[int, PortSet], peers: int, ports: PortSet) -> Iterator[tuple[int, PortSet]]:
    """What an admission leaves of the traffic with some peers."""
    among, wanted = flow
    if not (hit := among & peers):
        yield flow
        return
    if missed := among & ~peers:
        yield missed, wanted
    if not (left := wanted.minus(ports)).is_empty:
        yield hit, left
