"""What of ARM covers what, and the route tables that a step changes.

A scope covers what lies under it: a management group and the root cover everything that an answer lists them for.
"""

from __future__ import annotations

from analyzer.model.fact import Fact
from analyzer.scene import Scene
from rules.subnets import subnet_with_id


def table_of(subnet_id: str, scene: Scene) -> Fact[str]:
    """The id of the route table on a subnet; empty: it has none. Missing where the subnet was not read."""
    return subnet_with_id(scene, subnet_id).map(lambda subnet: subnet.route_table.id if subnet.route_table else "")


def covers(scope: str, resource_id: str) -> bool:
    """Whether what holds at a scope holds for a resource: the scope is the resource, or above it."""
    if "/microsoft.management/managementgroups/" in scope.lower():
        return True
    return f"{resource_id.rstrip('/')}/".lower().startswith(f"{scope.rstrip('/')}/".lower())
