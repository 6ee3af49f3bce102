"""One concrete flow, in words: which pod, which address, which port."""

from __future__ import annotations

from collections.abc import Sequence

from analyzer.addresses import Interval, interval
from analyzer.connectivity.ports import PortSet
from analyzer.model.objects import Pod


def pod_words(pod: Pod, within: Sequence[Interval] = ()) -> str:
    """A pod with its address: of several, the one in some ranges, if any is."""
    addresses = pod.addresses or ("no address yet",)
    inside = (text for text in addresses if _is_within(text, within))
    return f"{pod.namespace}/{pod.name} ({next(inside, addresses[0])})"


def port_words(ports: PortSet, destination: Pod | None = None) -> str:
    """One port out of a set: one that the destination declares, if any; else the first."""
    declared = declared_port(ports, destination) if destination else None
    return declared or str(ports).partition(", ")[0]


def declared_port(ports: PortSet, pod: Pod) -> str | None:
    """The first port of a set that a container of the pod declares."""
    declared = (port for container in pod.spec.containers for port in container.ports)
    return next(
        (
            f"{port.protocol} {port.container_port}"
            for port in declared
            if ports.holds(port.protocol, port.container_port)
        ),
        None,
    )


def _is_within(text: str, within: Sequence[Interval]) -> bool:
    found = interval(text)
    return found is not None and any(
        found.family == item.family and item.first <= found.first <= item.last for item in within
    )
