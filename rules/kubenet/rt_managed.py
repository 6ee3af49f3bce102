"""AKS deletes the route table that it made, with routes that others put there.

Why it matters
--------------
A kubenet cluster in a table of its own needs that table only for pod routes, so the step to overlay removes it. Routes
that somebody added by hand (to a firewall, to another network, to on-premises) go with it, and what used them loses
its way without a warning.

What to do
----------
- Export the table: `az network route-table show --resource-group NODE_RESOURCE_GROUP --name TABLE --output json`.
- Make a table outside the node resource group with the routes that are not AKS's, and associate it with the node
  subnet as soon as the step has succeeded.

How it is decided
-----------------
Judged are the tables of the node subnets that lie in the cluster's node resource group; the name of that group is
compared without regard to case. Pools without a subnet of their own lie in the VNet that AKS made in that group, in
its subnet aks-subnet. A node subnet without a table has nothing to lose.

A route is AKS's only if its name begins with aks- and contains four underscores, its destination is inside the pod
CIDR before the step, and its next hop is a virtual appliance at an address of a node subnet. Every other route of the
table is a risk. A table that a node subnet names but that was not read is a gap, and so is a route whose origin
depends on something unread.

Other subnets that use the table are another limitation (KUB-RT-SHARED). The editions agree that the table goes.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.model.fact import Missing
from analyzer.model.finding import Confidence, Finding, Outcome, Passed, Severity, gap
from analyzer.model.network import IpamMode
from analyzer.model.network_resources import RouteTable
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.aks_routes import READS, Origin, is_managed, node_tables, origin, route_evidence
from rules.azure_resources import table_ref


def check(scene: Scene) -> Iterator[Outcome]:
    """Each route of a managed table that AKS did not write."""
    yield Passed("No route table of AKS's own holds routes that others wrote.")
    for table in node_tables(scene):
        if is_managed(scene, table):
            yield from _foreign_routes(table, origin(scene))


def _foreign_routes(table: RouteTable, known: Origin) -> Iterator[Outcome]:
    for route in table.routes:
        is_aks = known.is_aks(route)
        if isinstance(is_aks, Missing):
            yield gap(is_aks, table_ref(table))
        elif not is_aks.value:
            message = f"Route {route.name} is not AKS's own, and goes when AKS deletes the table {table.name}."
            evidence = (route_evidence(table, route),)
            yield Finding(object=table_ref(table), key=route.name, message=message, evidence=evidence)


RULE = Rule(
    id="KUB-RT-MANAGED",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.OVERLAY,),
    modes=(IpamMode.KUBENET,),
    reads=READS,
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/update-azure-cni#update-the-ipam-mode-to-azure-cni-overlay",
            "A route table that AKS manages is deleted when a kubenet cluster becomes overlay.",
            "2026-05-28",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/update-azure-cni",
            "A managed route table is removed by the update; nothing has to be done for it.",
            "2023-24",
        ),
    ),
    check=check,
)
