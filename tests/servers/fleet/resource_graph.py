"""Resource Graph over the fleet: the clusters, and the subscriptions of the management group."""

from __future__ import annotations

import json
import re
from typing import Any

from servers.fleet.arm_answers import cluster_body
from servers.fleet.exchange import Reply, as_json
from servers.fleet.members import TENANT, Fleet, display_name

PATH = "/providers/microsoft.resourcegraph/resources"
_COLUMN = re.compile(r"^(?:(?P<alias>\w+)\s*=\s*)?(?:\w+\()?(?P<path>[\w.]+)\)?$")


class ResourceGraph:
    """Answers queries for managed clusters and for subscriptions, in order of ids."""

    def __init__(self, fleet: Fleet, page: int) -> None:
        self._fleet = fleet
        self._page = page
        """Rows of a page, where $top asks for more."""
        self._clusters: list[dict[str, Any]] = []

    def answer(self, body: bytes) -> Reply:
        """One page of a query's rows."""
        asked = json.loads(body)
        options = asked.get("options") or {}
        wanted = {one.lower() for one in asked.get("subscriptions") or self._fleet.subscriptions}
        unknown = wanted - set(self._fleet.subscriptions)
        if unknown and unknown == wanted:
            message = "Please provide below info when asking for support: no access to any of the subscriptions."
            return as_json({"error": {"code": "BadRequest", "message": message}}, 400)
        rows = [row for row in self._rows(asked["query"].lower()) if row["subscriptionId"].lower() in wanted]
        start = int(options.get("$skipToken") or options.get("$skip") or 0)
        page = rows[start : start + min(int(options.get("$top") or self._page), self._page)]
        end = start + len(page)
        told = {
            "totalRecords": len(rows),
            "count": len(page),
            "data": [_projected(row, asked["query"]) for row in page],
            "facets": [],
            "resultTruncated": "false",
            **({"$skipToken": str(end)} if end < len(rows) else {}),
        }
        return as_json(told)

    def _rows(self, query: str) -> list[dict[str, Any]]:
        if "resourcecontainers" in query:
            return [_subscription(one) for one in self._fleet.subscriptions]
        if not self._clusters:
            found = [_row(cluster_body(member), member.subscription) for member in self._fleet.members]
            self._clusters = sorted(found, key=lambda row: row["id"])
        return self._clusters


def _row(body: dict[str, Any], subscription: str) -> dict[str, Any]:
    """A cluster as Resource Graph shows it: beside its body the groups of its id; type and group in lower case."""
    group = body["id"].split("/")[4].lower()
    more = {"subscriptionId": subscription, "resourceGroup": group, "tenantId": TENANT}
    return {**body, **more, "type": "microsoft.containerservice/managedclusters"}


def _subscription(subscription: str) -> dict[str, Any]:
    chain = [{"displayName": "Platform", "name": "platform"}, {"displayName": "Tenant Root Group", "name": TENANT}]
    return {
        "id": f"/subscriptions/{subscription}",
        "name": display_name(subscription),
        "type": "microsoft.resources/subscriptions",
        "subscriptionId": subscription,
        "tenantId": TENANT,
        "properties": {"state": "Enabled", "managementGroupAncestorsChain": chain},
    }


def _projected(row: dict[str, Any], query: str) -> dict[str, Any]:
    """The columns of the query's `project`, each a path or one function of a path; all where it has none."""
    clause = re.search(r"\|\s*project\s+([^|]+)", query)
    if clause is None:
        return row
    columns = (_COLUMN.match(part.strip()) for part in clause.group(1).split(","))
    return {one["alias"] or one["path"]: _value(row, one["path"]) for one in columns if one}


def _value(row: Any, path: str) -> Any:
    for part in path.split("."):
        row = row.get(part) if isinstance(row, dict) else None
    return row
