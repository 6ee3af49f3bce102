"""An estate of subscriptions behind a local Resource Manager: what it lists, and what Resource Graph shows of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from servers.arm import Answer, ArmServer, Reply, Request
from servers.arm_bodies import access

from analyzer.fleet.inventory import FoundCluster, Inventory, take_inventory
from analyzer.fleet.scope import Scope

GRAPH = "/providers/Microsoft.ResourceGraph/resources"
ALPHA, BETA, GAMMA = (f"{letter * 8}-0000-4000-8000-00000000000{number}" for number, letter in enumerate("abc", 1))
NAMES = {ALPHA: "Alpha", BETA: "Beta", GAMMA: "Gamma"}
KUBENET = {"networkPlugin": "kubenet", "networkDataplane": "azure", "networkPolicy": "calico"}


def subscription(subscription_id: str, name: str = "", state: str = "Enabled") -> dict[str, Any]:
    """A row of GET /subscriptions."""
    return {
        "id": f"/subscriptions/{subscription_id}",
        "subscriptionId": subscription_id,
        "displayName": name or NAMES.get(subscription_id, subscription_id),
        "state": state,
    }


def cluster_id(subscription_id: str, name: str) -> str:
    group = f"/subscriptions/{subscription_id}/resourceGroups/{name}-rg"
    return f"{group}/providers/Microsoft.ContainerService/managedClusters/{name}"


def row(subscription_id: str, name: str, **changed: Any) -> dict[str, Any]:
    """A cluster as Resource Graph shows it."""
    body = {
        "id": cluster_id(subscription_id, name),
        "name": name,
        "location": "northeurope",
        "tags": None,
        "networkProfile": KUBENET,
        "agentPoolProfiles": [{"name": "apps"}],
    }
    return body | changed


def listed(subscription_id: str, name: str) -> dict[str, Any]:
    """The same cluster as Resource Manager lists it."""
    shown = row(subscription_id, name)
    properties = {key: shown.pop(key) for key in ("networkProfile", "agentPoolProfiles")}
    return {**shown, "type": "Microsoft.ContainerService/ManagedClusters", "properties": properties}


def found(subscription_id: str, name: str, **changed: Any) -> FoundCluster:
    """What the inventory makes of it."""
    fields: dict[str, Any] = {
        "id": cluster_id(subscription_id, name),
        "name": name,
        "resource_group": f"{name}-rg",
        "subscription": subscription_id,
        "subscription_name": NAMES.get(subscription_id, subscription_id),
        "location": "northeurope",
        "tags": {},
        "modes": ("kubenet", "calico"),
    }
    return FoundCluster(**fields | changed)


def rows(*items: Mapping[str, Any], token: str = "", total: int | None = None) -> Reply:
    """A page of Resource Graph."""
    body = {
        "totalRecords": len(items) if total is None else total,
        "count": len(items),
        "data": list(items),
        "facets": [],
        "resultTruncated": "false",
    }
    return Reply(body | ({"$skipToken": token} if token else {}))


def page(*items: Mapping[str, Any]) -> Reply:
    """The last page of a list of Resource Manager."""
    return Reply({"value": list(items)})


def clusters_path(subscription_id: str) -> str:
    return f"/subscriptions/{subscription_id}/providers/Microsoft.ContainerService/managedClusters"


@contextmanager
def estate(answers: Mapping[str, Sequence[Answer]]) -> Iterator[ArmServer]:
    """A trusted server that shows Alpha and Beta, unless told otherwise; nothing may have been written to it."""
    visible = {"/subscriptions": [page(subscription(ALPHA), subscription(BETA))]}
    with ArmServer(visible | dict(answers)) as server, server.trusted():
        yield server
        assert server.violations == []


def inventory_of(answers: Mapping[str, Sequence[Answer]], scope: Scope) -> Inventory:
    """What an inventory makes of these answers."""
    with estate(answers) as server:
        return take_inventory(scope, access(server), lambda _: None)


def queries(server: ArmServer) -> list[dict[str, Any]]:
    """What Resource Graph was asked, in order."""
    return [json.loads(request.body) for request in server.requests if _is_query(request)]


def _is_query(request: Request) -> bool:
    return request.path == GRAPH
