"""Egress leaves through the route table that must be detached.

Why it matters
--------------
With outbound type userDefinedRouting, the table that holds kubenet's pod routes usually holds the default route to a
firewall too. The step deletes the pod routes, and the documentation asks for the table to be detached. It does not say
whether the default route keeps applying meanwhile. Nodes that are reimaged without a way out cannot join again.

What to do
----------
- Make a second route table with the default route and none of the pod routes: `az network route-table create`.
- Associate it with the node subnet as soon as the step has succeeded: `az network vnet subnet update --ids SUBNET_ID
  --route-table TABLE_ID`.
- Keep somebody at hand during the step who may change the table and the firewall.

How it is decided
-----------------
With outbound type userDefinedRouting each node subnet is asked for its IPv4 default route: a route to 0.0.0.0/0, or
one to each of its halves. None is a risk on that subnet, as it is broken already or a gateway's routes carry it,
which cannot be seen. One that is there is a notice on its table.

With another outbound type only a table of the customer's that holds a default route is worth a notice. In a table
that AKS made, such a route is deleted with it: KUB-RT-MANAGED says so, and nothing is said here.

A table or a subnet that was not read is a gap: a risk with userDefinedRouting, else a notice. ARM always shows
outboundType; a body without it leaves the rule open. Overlay itself supports egress by user-defined routes.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.addresses import family, is_covered, prefix_length
from analyzer.model.cluster import id_segment
from analyzer.model.fact import Fact, Known, LackingError, Missing
from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Passed, Severity, gap
from analyzer.model.network import IpamMode, hidden
from analyzer.model.network_resources import Route, RouteTable, Subnet
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.aks_routes import (
    READS,
    destination_of,
    is_managed,
    node_subnets,
    node_tables,
    route_evidence,
    subnets_of,
    table_with_id,
)
from rules.azure_resources import subnet_ref, table_ref

_EVERYWHERE = "0.0.0.0/0"


def check(scene: Scene) -> Iterator[Outcome]:
    """Node subnets that have no default route, and customer's tables that hold one."""
    yield Passed("No route table of the customer's holds a default route.")
    by_routes = _outbound_type(scene).require().lower() == "userdefinedrouting"
    try:
        if by_routes:
            for subnet in node_subnets(scene).found:
                yield from _without_default(scene, subnet)
        for table in node_tables(scene):
            if not is_managed(scene, table):
                yield from _with_default(scene, table)
    except LackingError as lacking:
        severity = None if by_routes else Severity.NOTICE
        yield from (gap(missing, severity=severity) for missing in lacking.missing)


def _outbound_type(scene: Scene) -> Fact[str]:
    profile = scene.cluster.require().network_profile
    kind = profile.outbound_type if profile else None
    return Known(kind) if kind else hidden("networkProfile.outboundType", "it is absent or null")


def _without_default(scene: Scene, subnet: Subnet) -> Iterator[Outcome]:
    if subnet.route_table is None:
        yield _no_default(subnet, None)
        return
    table = table_with_id(scene, subnet.route_table.id)
    if isinstance(table, Known):
        routes = _default_routes(table.value)
        if isinstance(routes, Missing):
            yield gap(routes, subnet_ref(subnet.id))
        elif not routes.value:
            yield _no_default(subnet, table.value)


def _default_routes(table: RouteTable) -> Fact[tuple[Route, ...]]:
    """The route that leads everywhere, or its two halves; empty where there is none."""
    wide = tuple(route for route in table.routes if prefix_length(route.address_prefix or "") in (0, 1))
    if is_covered(_EVERYWHERE, [route.address_prefix or "" for route in wide]):
        return Known(tuple(route for route in wide if family(route.address_prefix or "") == 4))
    hidden_routes = (fact for route in table.routes if isinstance(fact := destination_of(route), Missing))
    return next((fact.of() for fact in hidden_routes), Known(()))


def _no_default(subnet: Subnet, table: RouteTable | None) -> Finding:
    where = f"its route table {table.name} has no route to {_EVERYWHERE}" if table else "it has no route table"
    return Finding(
        object=subnet_ref(subnet.id),
        message=f"Egress of node subnet {subnet.name} is to leave by user-defined routes, and {where}: it is broken"
        " already, unless a gateway announces a default route.",
        evidence=(
            Evidence("networkProfile.outboundType", "userDefinedRouting"),
            Evidence(f"subnets[{subnet.name}].routeTable", table.id if table else "none"),
        ),
        remedy=(
            "Find out how nodes of this subnet reach the internet now, in the effective routes of one of them: `az"
            " network nic show-effective-route-table`.",
            "Put the route where the step does not touch it, and check again.",
        ),
    )


def _with_default(scene: Scene, table: RouteTable) -> Iterator[Outcome]:
    routes = _default_routes(table)
    if isinstance(routes, Missing):
        yield gap(routes, table_ref(table), Severity.NOTICE)
    elif routes.value:
        yield Finding(
            object=table_ref(table),
            severity=Severity.NOTICE,
            message=f"Egress uses the default route in table {table.name}, which must be detached; it is not documented"
            " whether the route keeps applying during the step.",
            evidence=tuple(route_evidence(table, route) for route in routes.value),
            remedy=tuple(_second_table(scene, table, routes.value)),
        )


def _second_table(scene: Scene, table: RouteTable, routes: tuple[Route, ...]) -> Iterator[str]:
    group = id_segment(table.id, "resourceGroups") or "RESOURCE_GROUP"
    name = f"{table.name}-egress"
    location = scene.cluster.require().location or "LOCATION"
    yield (
        "Make a second table without pod routes: `az network route-table create --resource-group"
        f" {group} --name {name} --location {location}`."
    )
    for route in routes:
        hop = f" --next-hop-ip-address {route.next_hop_ip_address}" if route.next_hop_ip_address else ""
        yield (
            f"Copy the route: `az network route-table route create --resource-group {group} --route-table-name {name}"
            f" --name {route.name} --address-prefix {route.address_prefix} --next-hop-type"
            f" {route.next_hop_type or 'NEXT_HOP_TYPE'}{hop}`."
        )
    second = f"{table.id[: -len(table.name)]}{name}" if table.id.endswith(table.name) else "TABLE_ID"
    for subnet_id in subnets_of(scene, table):
        yield (
            "As soon as the step has succeeded: `az network vnet subnet update --ids"
            f" {subnet_id} --route-table {second}`."
        )


RULE = Rule(
    id="KUB-UDR-EGRESS",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.OVERLAY,),
    modes=(IpamMode.KUBENET,),
    reads=READS,
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/update-azure-cni#update-the-ipam-mode-to-azure-cni-overlay",
            "Pod routes are deleted from a customer's table, which must be detached; its other routes are not spoken"
            " of.",
            "2026-05-28",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/egress-udr",
            "With user-defined routing the subnet needs a default route; kubenet shares its table with the pod routes.",
            "2023-05-10",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/concepts-network-azure-cni-overlay"
            "#how-azure-cni-overlay-networking-works",
            "An overlay cluster may send its egress through user-defined routes.",
            "2026-07-31",
        ),
    ),
    check=check,
)
