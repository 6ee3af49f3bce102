"""Ports as people write them: 443, UDP/53, http, ICMP; and what they mean at a Service and at a pod."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from analyzer.connectivity.ports import LAST, OTHER
from analyzer.errors import UsageError
from analyzer.model.objects import ContainerPort, Pod, Service, ServicePort

_PORT = re.compile(r"(?:(?P<protocol>[A-Za-z]+)/)?(?:(?P<number>\d{1,5})|(?P<name>[a-z0-9-]{1,63}))", re.ASCII)
_PROTOCOLS = ("TCP", "UDP", "SCTP")


@dataclass(frozen=True, slots=True)
class PortWord:
    """A port that was asked for."""

    protocol: str = ""
    """Empty: none was named."""
    number: int | None = None
    name: str = ""
    """Instead of the number: that of a container's port, or of a Service's."""


def port_word(text: str) -> PortWord:
    """What a word says: NUMBER or NAME, with a protocol before it or without, or ICMP. Raises UsageError."""
    if text.upper() == "ICMP":
        return PortWord(OTHER, 0)
    match = _PORT.fullmatch(text)
    protocol = (match["protocol"] or "").upper() if match else ""
    number = int(match["number"]) if match and match["number"] else None
    is_port = match is not None and (number is None or 0 < number <= LAST)
    if match is None or not is_port or (protocol and protocol not in _PROTOCOLS):
        raise UsageError(f"{text!r} is no port: give 443, TCP/443, UDP/53, the port's name, or ICMP.")
    return PortWord(protocol, number, match["name"] or "")


def apart(word: str) -> tuple[str, PortWord | None]:
    """A destination and its port: `shop/api:443`, `10.0.0.4:UDP/53`, `[fd00::1]:443`; None where no port is given."""
    if word.startswith("["):
        address, _, rest = word[1:].partition("]")
        return address, port_word(rest[1:]) if rest.startswith(":") else None
    if word.count(":") > 1:
        return word, None
    name, colon, port = word.partition(":")
    return name, port_word(port) if colon else None


def numbers_at(word: PortWord | None, pod: Pod) -> tuple[tuple[str, int], ...]:
    """Protocols and numbers that a word means at a pod: without one, those of every port that its containers declare.

    A number without a protocol is TCP's, unless the pod declares it for others.
    """
    declared = tuple(_declared(pod))
    if word is None:
        return tuple(sorted({(port.protocol, port.container_port) for port in declared}))
    if word.number is None:
        wanted = [port for port in declared if port.name == word.name and word.protocol in ("", port.protocol)]
        return tuple(sorted({(port.protocol, port.container_port) for port in wanted}))
    if word.protocol:
        return ((word.protocol, word.number),)
    known = {port.protocol for port in declared if port.container_port == word.number}
    return tuple((protocol, word.number) for protocol in sorted(known) or ("TCP",))


def ports_at(word: PortWord | None, service: Service) -> tuple[ServicePort, ...]:
    """The ports of a Service that a word means: without one, all."""
    return tuple(port for port in service.spec.ports if word is None or _is_port(word, port))


def _is_port(word: PortWord, port: ServicePort) -> bool:
    if word.protocol not in ("", port.protocol):
        return False
    return word.name == port.name if word.number is None else word.number == port.port


def target_at(port: ServicePort, pod: Pod) -> int | None:
    """The pod's own port that a Service's port leads to; None where the pod does not have the name."""
    if isinstance(port.target_port, int):
        return port.target_port or port.port
    named = (item for item in _declared(pod) if (item.name, item.protocol) == (port.target_port, port.protocol))
    return next((item.container_port for item in named), None)


def _declared(pod: Pod) -> Iterator[ContainerPort]:
    """Of the containers that run as long as the pod."""
    for container in pod.spec.containers:
        yield from container.ports
    for container in pod.spec.init_containers:
        if container.restart_policy == "Always":
            yield from container.ports
