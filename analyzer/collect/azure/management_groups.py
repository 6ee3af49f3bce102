"""The subscriptions below a management group, at any depth: by its own list, or as Resource Graph shows them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec import Struct

from analyzer.collect.arm_requests import ArmRequest
from analyzer.collect.azure.resource_graph import Graph, Query, find
from analyzer.collect.azure.subscriptions import Subscription
from analyzer.collect.known_types import introduce
from analyzer.errors import UsageError
from analyzer.model.fact import Fact
from analyzer.model.source import Source

_API_VERSION = "2020-05-01"
_ID = re.compile(r"[\w().-]{1,90}", re.ASCII)
"""learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules, Microsoft.Management"""
_SHOWN = (
    "resourcecontainers | where type =~ 'microsoft.resources/subscriptions' "
    "| project subscriptionId, displayName = name, state = properties.state | order by subscriptionId asc"
)


class Descendant(Struct, frozen=True, rename="camel"):
    """A management group or subscription below a management group."""

    name: str
    """Of a subscription: its bare id."""
    type: str
    """…/managementGroups or …/subscriptions"""
    display_name: str = ""


introduce(Descendant)


def descendants(group: str) -> ArmRequest:
    """The list of everything below a group. Raises UsageError for what cannot be a group's id."""
    if not _ID.fullmatch(group):
        raise UsageError(
            f"{group!r} is not the id of a management group: give its id, which is no display name and no path."
        )
    path = f"/providers/Microsoft.Management/managementGroups/{group}"
    return ArmRequest(
        source=Source.CLUSTER,
        path=f"{path}/descendants",
        api_version=_API_VERSION,
        label=f"management group {group}",
        is_list=True,
        subject=path,
        action="Microsoft.Management/managementGroups/descendants/read",
        kind=Descendant,
    )


def subscriptions_of(found: Iterable[Descendant]) -> tuple[Subscription, ...]:
    """The subscriptions among them."""
    return tuple(
        Subscription(item.name, item.display_name) for item in found if item.type.lower().endswith("/subscriptions")
    )


def find_below(graph: Graph, group: str) -> Fact[tuple[Subscription, ...]]:
    """Those subscriptions below a group that the account may read something of."""
    query = Query(text=_SHOWN, label=f"management group {group}", management_groups=(group,))
    return find(graph, query, Subscription)
