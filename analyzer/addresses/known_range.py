"""One range around a cluster, or why one may lack."""

from __future__ import annotations

from dataclasses import dataclass

from analyzer.model.fact import Cause, Missing
from analyzer.model.source import Source


@dataclass(frozen=True, slots=True)
class KnownRange:
    """A range that is taken, or that may not be used."""

    role: str
    """virtual network, subnet, peered network, route destination, on premises, service CIDR, DNS service address,
    pod CIDR now, reserved by AKS"""
    name: str
    cidr: str

    def __str__(self) -> str:
        return f"{self.cidr} ({' '.join(filter(None, (self.role, self.name)))})"


Part = KnownRange | Missing[object]
"""What a reader of ranges yields: each range, and each fact that may hide more."""


def malformed(source: Source, where: str, cidr: str) -> Missing[object]:
    """The gap of a text that should be a CIDR."""
    return Missing(source, Cause.MALFORMED, f"{where} holds {cidr!r}, which is no CIDR")
