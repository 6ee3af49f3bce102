"""Which cluster is meant: an ARM id, or its three parts."""

from __future__ import annotations

import re
from dataclasses import dataclass

from analyzer.errors import UsageError

_PATTERN = re.compile(
    r"/subscriptions/([^/\s]+)/resourceGroups/([^/\s]+)"
    r"/providers/Microsoft\.ContainerService/managedClusters/([^/\s]+)/?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ClusterId:
    """The ARM id of a managed cluster, in its parts."""

    subscription: str
    resource_group: str
    name: str

    def __str__(self) -> str:
        group = f"/subscriptions/{self.subscription}/resourceGroups/{self.resource_group}"
        return f"{group}/providers/Microsoft.ContainerService/managedClusters/{self.name}"


def parse_cluster_id(text: str) -> ClusterId:
    """The cluster that an ARM id names. Raises UsageError where it names none."""
    match = _PATTERN.fullmatch(text.strip())
    if match is None:
        raise UsageError(
            f"{text!r} is not the id of an AKS cluster, which reads /subscriptions/SUBSCRIPTION"
            "/resourceGroups/GROUP/providers/Microsoft.ContainerService/managedClusters/NAME"
        )
    return ClusterId(*match.groups())
