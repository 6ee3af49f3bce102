"""Ports as the rules of policies list them."""

from __future__ import annotations

from analyzer.connectivity.ports import LAST, OTHER, PortSet, Span
from analyzer.model.objects import PolicyPort

MOST_LISTED = 40
"""Ports that are listed one by one; a range with more is left to endPort."""


def ports_of(ports: PortSet, *, has_ranges: bool) -> tuple[PolicyPort, ...] | None:
    """Ports as a rule's list; empty for every port: no list admits protocols without ports. None: too many to list."""
    if any(span.protocol == OTHER for span in ports.spans):
        return ()
    found: list[PolicyPort] = []
    for span in ports.spans:
        if (span.first, span.last) == (1, LAST):
            found.append(PolicyPort(span.protocol))
        elif span.first == span.last:
            found.append(PolicyPort(span.protocol, span.first))
        elif has_ranges:
            found.append(PolicyPort(span.protocol, span.first, span.last))
        else:
            found += _each(span)
    return tuple(found) if len(found) <= MOST_LISTED else None


def listed_ports(ports: tuple[PolicyPort, ...]) -> tuple[PolicyPort, ...] | None:
    """The ports of a rule, each of a range by itself. None: too many to list."""
    found: list[PolicyPort] = []
    for item in ports:
        if isinstance(item.port, int) and item.end_port is not None:
            found += _each(Span(item.protocol, item.port, item.end_port))
        else:
            found.append(item)
    return tuple(dict.fromkeys(found)) if len(found) <= MOST_LISTED else None


def _each(span: Span) -> list[PolicyPort]:
    last = min(span.last, span.first + MOST_LISTED)
    return [PolicyPort(span.protocol, number) for number in range(span.first, last + 1)]
