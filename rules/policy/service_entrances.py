"""Services that clients outside the cluster reach through any node, and what policies do at their backends."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from analyzer.connectivity.isolation import Block, Direction, Isolation, rules_of
from analyzer.connectivity.ports import NamedPort, NumbersByName, PortSet, Span, port_set
from analyzer.model.fact import Missing, seen
from analyzer.model.finding import Evidence, Gap, gap
from analyzer.model.objects import IPBlock, LabelSelector, Pod, Service, ServicePort
from analyzer.model.source import Source
from analyzer.scene import Scene
from rules.aks_owned import is_aks_owned
from rules.lists import gaps

READS = (Source.CLUSTER, Source.SERVICES, Source.NETWORK_POLICIES, Source.PODS)
"""What the doors ask for."""

_NAMED = 3
"""Policies that a line of evidence names."""


@dataclass(frozen=True)
class Door:
    """One port of a Service, for backends that no rule without peers opens to everybody."""

    isolation: Isolation
    service: Service
    port: ServicePort
    block: Block
    """The policies that isolate these backends, with all classes that they isolate."""
    classes: int
    """The backends among them, alike in what they call their ports."""
    target: PortSet
    """The target port's number, or numbers."""
    ip_blocks: tuple[IPBlock, ...]
    """Those that admit the target port, from all policies of the block, each once."""

    @property
    def backend(self) -> Pod:
        """One of the backends, a ready one if there is any."""
        pods = self._pods()
        first = next(pods)
        return first if first.is_ready else next((pod for pod in pods if pod.is_ready), first)

    @property
    def has_ready_backend(self) -> bool:
        """Whether any of the backends is ready."""
        return self.backend.is_ready

    def _pods(self) -> Iterator[Pod]:
        population = self.isolation.selection.population
        return (population.pods[place] for place in population.pods_of(self.classes))

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """The Service's fields, and the policies that isolate the backends."""
        names = [self.isolation.policies[place].name for place in self.block.policies]
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        spec = self.service.spec
        return (
            Evidence("spec.type", spec.type),
            Evidence("spec.externalTrafficPolicy", spec.external_traffic_policy or "unset, which is Cluster"),
            Evidence(f"spec.ports[{self.port.port}].targetPort", str(self.port.target_port or self.port.port)),
            Evidence("policies that isolate the backends", ", ".join(names[:_NAMED]) + more),
        )


def doors_by_service(scene: Scene) -> Iterator[list[Door] | Gap]:
    """The doors of each Service of type LoadBalancer or NodePort with externalTrafficPolicy Cluster.

    Without Services that AKS owns, and without those that have no selector: somebody else writes their endpoints.
    Services without a door are left out. Raises LackingError where there are such Services and policies may be unread.
    """
    services = [service for service in seen(scene.snapshot.services) if _is_entrance(service)]
    yield from gaps(scene.snapshot.services)
    if not services:
        return
    entrances = _Entrances(scene.universe.isolation.require())
    for service in services:
        if doors := list(entrances.doors(service)):
            yield doors
    pods = scene.universe.pods
    if isinstance(pods, Missing) and any(entrances.has_policies(service) for service in services):
        yield gap(pods)


def _is_entrance(service: Service) -> bool:
    spec = service.spec
    by_node = spec.type in ("LoadBalancer", "NodePort") and spec.external_traffic_policy != "Local"
    return by_node and bool(spec.selector) and not is_aks_owned(service)


def opening_policy(doors: Sequence[Door]) -> str:
    """A NetworkPolicy, in JSON, that admits everybody to the target ports of a Service's doors."""
    service = doors[0].service
    numbers = sorted({(span.protocol, span.first) for door in doors for span in door.target.spans})
    return json.dumps(
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {"namespace": service.namespace, "name": f"{service.name}-entrance"},
            "spec": {
                "podSelector": {"matchLabels": dict(service.spec.selector)},
                "policyTypes": ["Ingress"],
                "ingress": [{"ports": [{"protocol": protocol, "port": number} for protocol, number in numbers]}],
            },
        }
    )


_Rule = tuple[PortSet, tuple[IPBlock, ...] | None]
"""The ports of an ingress rule and its ipBlocks; None where it has no peers and admits everybody."""


@dataclass(frozen=True)
class _Entrances:
    isolation: Isolation
    _rules: dict[int, tuple[_Rule, ...]] = field(default_factory=dict, repr=False, compare=False)

    def has_policies(self, service: Service) -> bool:
        """Whether any policy of the Service's namespace isolates pods for ingress."""
        places = self.isolation.by_namespace.get(service.namespace, ())
        return any(Direction.INGRESS.value in self.isolation.policies[place].types for place in places)

    def doors(self, service: Service) -> Iterator[Door]:
        """The ports of a Service with the backends that policies isolate, by policies and by port numbers."""
        selection = self.isolation.selection
        selector = LabelSelector(match_labels=service.spec.selector)
        backends = selection.population.plain & selection.pods(selector, service.namespace)
        for port in service.spec.ports:
            for block in self.isolation.blocks_among(backends, service.namespace, Direction.INGRESS):
                yield from self._of_block(service, port, block, block.classes & backends)

    def _of_block(self, service: Service, port: ServicePort, block: Block, backends: int) -> Iterator[Door]:
        wanted, rules = _target(port), self._rules_of(block)
        names = wanted.names.union(*(ports.names for ports, _ in rules))
        for classes, numbers in self.isolation.selection.population.by_numbers(backends, names):
            target = wanted.resolved(numbers)
            for ports, ip_blocks in rules:
                target = target.minus(ports.resolved(numbers)) if ip_blocks is None else target
            if not target.is_empty:
                ip_blocks = tuple(dict.fromkeys(_admitting(rules, target, numbers)))
                yield Door(self.isolation, service, port, block, classes, target, ip_blocks)

    def _rules_of(self, block: Block) -> tuple[_Rule, ...]:
        if block.first not in self._rules:
            policies = (self.isolation.policies[place] for place in block.policies)
            found = (rule for policy in policies for rule in rules_of(policy, Direction.INGRESS))
            self._rules[block.first] = tuple(
                (port_set(rule.ports), tuple(peer.ip_block for peer in rule.peers if peer.ip_block))
                if rule.peers
                else (port_set(rule.ports), None)
                for rule in found
            )
        return self._rules[block.first]


def _target(port: ServicePort) -> PortSet:
    """The target port; an absent one is the port itself."""
    target = port.target_port or port.port
    if isinstance(target, str):
        return PortSet(names=frozenset([NamedPort(port.protocol, target)]))
    return PortSet((Span(port.protocol, target, target),))


def _admitting(rules: tuple[_Rule, ...], target: PortSet, numbers: NumbersByName) -> Iterator[IPBlock]:
    for ports, ip_blocks in rules:
        if ip_blocks and target.minus(ports.resolved(numbers)) != target:
            yield from ip_blocks
