"""The ports of rules of Kubernetes policies: rows 20, 22, 24, 25, 28, 30."""

from __future__ import annotations

from analyzer.connectivity.flow import Flow, PartyKind
from analyzer.model.objects import Pod, PolicyPort


def named_numbers(pod: Pod, protocol: str, name: str) -> set[int]:
    """Rows 25 to 28, section 7: the numbers that one pod gives to a name. Init containers count when restartable."""
    sidecars = tuple(item for item in pod.spec.init_containers if item.restart_policy == "Always")
    return {
        port.container_port
        for container in pod.spec.containers + sidecars
        for port in container.ports
        if port.name == name and port.protocol == protocol
    }


def numbered_port_admits(entry: PolicyPort, flow: Flow) -> bool:
    """Rows 22 and 24: a whole protocol, a number, or a range of numbers. Row 30: none of them admits ICMP."""
    if entry.protocol != flow.protocol:
        return False
    if entry.port is None:
        return True
    assert isinstance(entry.port, int)
    return entry.port <= flow.port <= (entry.end_port or entry.port)


def destination_pod(flow: Flow) -> Pod | None:
    """The pod whose names of ports count."""
    return flow.destination.pod if flow.destination.kind is PartyKind.POD else None


def ports_admit(entries: tuple[PolicyPort, ...], flow: Flow, named_by: Pod | None) -> bool:
    """Rows 20 and 30: no entries admit everything; else one entry must."""
    return not entries or any(port_admits(entry, flow, named_by) for entry in entries)


def port_admits(entry: PolicyPort, flow: Flow, named_by: Pod | None) -> bool:
    """One entry, with a name resolved for the destination itself: rows 25, 26, 27, 28 under NPM and Calico."""
    if not isinstance(entry.port, str):
        return numbered_port_admits(entry, flow)
    if named_by is None or entry.protocol != flow.protocol:
        return False
    return flow.port in named_numbers(named_by, entry.protocol, entry.port)
