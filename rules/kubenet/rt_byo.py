"""AKS deletes its pod routes from a route table of the customer's.

Why it matters
--------------
With a table of your own on the node subnet, AKS takes its pod routes out during the step and asks for the table to be
detached. Nothing is documented about the other routes. A route of yours that overlaps the pod CIDR may be taken for a
pod route and deleted, or stay and lead pod traffic astray.

What to do
----------
- Export the table first: `az network route-table show --resource-group TABLE_RESOURCE_GROUP --name TABLE --output
  json`.
- Keep a second table ready, with the default route and the others that are not AKS's, to associate with the node
  subnet right after the step.
- After the step look at the association and at the default route: `az network vnet subnet show --ids SUBNET_ID --query
  routeTable`.

How it is decided
-----------------
Judged are the tables of the node subnets that lie outside the node resource group. Each is a notice that lists its
routes and says which of them AKS wrote (the test is on the page of KUB-RT-MANAGED). A route that overlaps the pod CIDR
before the step and is not AKS's is a risk of its own. The default route overlaps everything and is not meant here: it
has a limitation of its own (KUB-UDR-EGRESS). A destination that is a service tag overlaps no pod CIDR.

Whether the identity may change the table is judged with the other permissions (GEN-PERMISSIONS). A table that a node
subnet names but that was not read is a gap.

The edition of 2023-24 says only that the routes are removed; since 2026 the table must be detached, which takes a
user-assigned identity (KUB-UAMI). The tool asks for both.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.addresses import overlaps, prefix_length
from analyzer.model.cluster import id_segment
from analyzer.model.fact import Fact, Known, Missing
from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Passed, Severity, gap
from analyzer.model.network import IpamMode
from analyzer.model.network_resources import Route, RouteTable
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.aks_routes import (
    READS,
    Origin,
    destination_of,
    is_managed,
    node_tables,
    origin,
    route_evidence,
    subnets_of,
)
from rules.azure_resources import table_ref


def check(scene: Scene) -> Iterator[Outcome]:
    """Each customer table with its routes, and each route that may be taken for a pod route."""
    yield Passed("No node subnet has a route table of the customer's.")
    for table in node_tables(scene):
        if not is_managed(scene, table):
            known = origin(scene)
            yield _table(scene, table, known)
            for route in table.routes:
                yield from _clash(table, route, known)


def _table(scene: Scene, table: RouteTable, known: Origin) -> Finding:
    message = (
        f"AKS deletes its pod routes from the customer's route table {table.name}, and the table must be detached."
        " Nothing is documented about its other routes."
    )
    evidence = tuple(_with_origin(table, route, known.is_aks(route)) for route in table.routes)
    return Finding(
        object=table_ref(table),
        severity=Severity.NOTICE,
        message=message,
        evidence=evidence,
        remedy=tuple(_remedy(scene, table)),
    )


def _remedy(scene: Scene, table: RouteTable) -> Iterator[str]:
    group = id_segment(table.id, "resourceGroups") or "RESOURCE_GROUP"
    yield (
        f"Export the table first: `az network route-table show --resource-group {group} --name {table.name} --output"
        " json`."
    )
    yield (
        "Keep a second table ready, with the default route and the others that are not AKS's, to associate with the"
        " node subnet right after the step."
    )
    for subnet_id in subnets_of(scene, table):
        yield (
            "After the step look at the association and at the default route: `az network vnet subnet show --ids"
            f" {subnet_id} --query routeTable`."
        )


def _with_origin(table: RouteTable, route: Route, is_aks: Fact[bool]) -> Evidence:
    line = route_evidence(table, route)
    if isinstance(is_aks, Missing):
        return Evidence(line.where, f"{line.value} (origin not known)")
    return Evidence(line.where, f"{line.value} ({'a pod route of AKS' if is_aks.value else 'not of AKS'})")


def _clash(table: RouteTable, route: Route, known: Origin) -> Iterator[Outcome]:
    clash = _may_be_taken_for_pod_route(route, known)
    if isinstance(clash, Missing):
        yield gap(clash, table_ref(table))
    elif clash.value:
        message = (
            f"Route {route.name} of the customer's table {table.name} leads to {route.address_prefix}, which overlaps"
            " the pod CIDR, and is not AKS's own: it may be deleted, or stay and lead pod traffic astray."
        )
        evidence = (route_evidence(table, route),)
        yield Finding(object=table_ref(table), key=route.name, message=message, evidence=evidence)


def _may_be_taken_for_pod_route(route: Route, known: Origin) -> Fact[bool]:
    destination = destination_of(route)
    if isinstance(destination, Missing):
        return destination.of()
    if prefix_length(destination.value) in (0, None):
        return Known(False)
    if isinstance(known.pod_cidrs, Missing):
        return known.pod_cidrs.of()
    if not any(overlaps(destination.value, cidr) for cidr in known.pod_cidrs.value):
        return Known(False)
    is_aks = known.is_aks(route)
    return is_aks.of() if isinstance(is_aks, Missing) else Known(not is_aks.value)


RULE = Rule(
    id="KUB-RT-BYO",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.OVERLAY,),
    modes=(IpamMode.KUBENET,),
    reads=READS,
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/update-azure-cni#update-the-ipam-mode-to-azure-cni-overlay",
            "With a customer's table the pod routes are deleted and the table stays; it must be detached from the"
            " cluster, which takes a user-assigned identity.",
            "2026-05-28",
            contradicts="The edition of 2023-24 asks neither for detaching nor for an identity.",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/configure-kubenet#bring-your-own-subnet-and-route-table-with-kubenet",
            "AKS writes pod routes into a customer's table; one table serves one cluster.",
            "2026-04-16",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/update-azure-cni",
            "The pod routes in a customer's table are deleted by the update.",
            "2023-24",
        ),
    ),
    check=check,
)
