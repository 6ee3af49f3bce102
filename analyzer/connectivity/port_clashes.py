"""One port number of a node with two protocols, of which older versions of Cilium serve one only (row 62)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from analyzer.bits import bitset
from analyzer.connectivity.analysis import Analysis, Comparison
from analyzer.connectivity.change import ChangeKind
from analyzer.connectivity.engines.settings import Cilium
from analyzer.connectivity.examples import Rectangle
from analyzer.connectivity.flow import Way
from analyzer.connectivity.ports import PortSet, Span
from analyzer.model.version import Version

_BOTH_SERVED = Version(1, 17)
_ANY_NODE = ""


class _Listener(NamedTuple):
    """A pod behind a port of its node, or of every node."""

    node: str
    number: int
    protocol: str
    pod: int
    """Its place in the population."""
    target: int


def clash_changes(analysis: Analysis, comparison: Comparison) -> Iterator[Rectangle]:
    """The flows of both protocols: which of them survives is not known."""
    after = comparison.engines[1]
    if not isinstance(after, Cilium) or after.version >= _BOTH_SERVED:
        return
    population, parties = comparison.parties.population, comparison.parties
    listeners = [*_of_pods(comparison), *_of_services(analysis, comparison)]
    found: dict[tuple[str, int], set[int]] = {}
    for item in _clashing(listeners):
        found.setdefault((item.protocol, item.target), set()).add(population.class_of[item.pod])
    for (protocol, target), classes in sorted(found.items()):
        ports = comparison.ports.bits(PortSet((Span(protocol, target, target),)))
        backends = bitset(classes, parties.size)
        yield Rectangle(ChangeKind.UNKNOWN, parties.outside, backends, ports, 62, (), Way.ENTRANCE_LOCAL)


def _clashing(listeners: list[_Listener]) -> Iterator[_Listener]:
    """Those that share a number with another protocol on some node."""
    protocols: dict[tuple[str, int], set[str]] = {}
    for item in listeners:
        protocols.setdefault((item.node, item.number), set()).add(item.protocol)
    everywhere = {number: found for (node, number), found in protocols.items() if node == _ANY_NODE}
    on_nodes: dict[int, set[str]] = {}
    for (_, number), found in protocols.items():
        on_nodes.setdefault(number, set()).update(found)
    for item in listeners:
        here = protocols[item.node, item.number] | everywhere.get(item.number, set())
        if len(on_nodes[item.number] if item.node == _ANY_NODE else here) > 1:
            yield item


def _of_pods(comparison: Comparison) -> Iterator[_Listener]:
    for place, pod in enumerate(comparison.parties.population.pods):
        for container in pod.spec.containers:
            for port in container.ports:
                if port.host_port:
                    yield _Listener(pod.spec.node_name, port.host_port, port.protocol, place, port.container_port)


def _of_services(analysis: Analysis, comparison: Comparison) -> Iterator[_Listener]:
    population = comparison.parties.population
    ported = [(service, port) for service in analysis.services for port in service.spec.ports if port.node_port]
    for service, port in ported:
        for place in population.pods_of(analysis.backends_of(service, comparison.parties.family)):
            if isinstance(target := port.target_port or port.port, int):
                yield _Listener(_ANY_NODE, port.node_port, port.protocol, place, target)
