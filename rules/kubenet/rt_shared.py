"""Other subnets use the cluster's route table to reach pods.

Why it matters
--------------
On kubenet the routes to the pods stand in the route table of the node subnet. Some attach the same table to the subnet
of an Application Gateway, a virtual machine or a jump host, so that these reach pods directly. Overlay routes pods
without route tables: those ways end with the step. A table that foreign subnets share has made the step itself fail.

What to do
----------
- Publish what is reached there through a Service or an ingress, and let its clients use that.
- Then detach the table from each foreign subnet: `az network vnet subnet update --ids SUBNET_ID --route-table null`.

How it is decided
-----------------
Each route table of a node subnet is asked for its subnets, and so are the VNets that were read. A subnet that no pool
of this cluster uses is a risk of its own. Pools without a subnet of their own lie in the VNet that AKS made: every
subnet in the node resource group is theirs. Two pools in two subnets with one table are what kubenet asks for.

A table whose body does not list a node subnet that names it does not show its subnets: a gap, and so is a table that
was not read. The subnet of an API server in the customer's VNet counts as foreign, as in every other way.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.model.cluster import id_segment, same_id
from analyzer.model.fact import Cause, Missing, seen
from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Passed, Severity, gap
from analyzer.model.network import IpamMode
from analyzer.model.network_resources import RouteTable
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.aks_routes import READS, lies_in_node_resource_group, node_tables, subnets_of
from rules.azure_resources import subnet_ref, table_ref


def check(scene: Scene) -> Iterator[Outcome]:
    """Each subnet of a node subnet's table that is not the cluster's."""
    yield Passed("No subnet outside the cluster uses the route table of a node subnet.")
    for table in node_tables(scene):
        for line in _associated(scene, table):
            if not _is_of_a_pool(scene, line.value):
                yield _foreign(table, line)
        if not _shows_its_subnets(scene, table):
            yield gap(_hidden(table), table_ref(table))


def _associated(scene: Scene, table: RouteTable) -> tuple[Evidence, ...]:
    """The ids of the subnets that use a table, each once: as the table spells it, else as its VNet does."""
    by_vnet = (
        Evidence(f"virtualNetworks[{network.name}].subnets[{subnet.name}].routeTable", subnet.id)
        for network in seen(scene.snapshot.virtual_networks)
        for subnet in network.subnets
        if subnet.route_table and same_id(subnet.route_table.id, table.id)
    )
    by_table = (Evidence(f"routeTables[{table.name}].subnets", subnet.id) for subnet in table.subnets)
    return tuple({line.value.lower(): line for line in (*by_vnet, *by_table)}.values())


def _is_of_a_pool(scene: Scene, subnet_id: str) -> bool:
    own = [pool.vnet_subnet_id or "" for pool in scene.pools.require()]
    if any(same_id(subnet_id, used) for used in own):
        return True
    return "" in own and lies_in_node_resource_group(scene, subnet_id)


def _shows_its_subnets(scene: Scene, table: RouteTable) -> bool:
    """Whether a table's body lists the node subnets that name it, as a whole body does."""
    return all(any(same_id(subnet_id, listed.id) for listed in table.subnets) for subnet_id in subnets_of(scene, table))


def _hidden(table: RouteTable) -> Missing[object]:
    detail = (
        f"The body of route table {table.name} does not list the node subnet that uses it, so its list is not whole"
    )
    return Missing(Source.ROUTE_TABLES, Cause.HIDDEN, detail, "Export it again: az network route-table show")


def _foreign(table: RouteTable, line: Evidence) -> Finding:
    subnet_id = line.value
    subnet = id_segment(subnet_id, "subnets")
    return Finding(
        object=subnet_ref(subnet_id),
        message=f"Subnet {subnet} uses the cluster's route table {table.name} and is no node subnet: what reaches pods"
        " from there loses its way, and the step may fail.",
        evidence=(line,),
        remedy=(
            f"Publish what subnet {subnet} reaches in the cluster through a Service or an ingress.",
            f"Then detach the table: `az network vnet subnet update --ids {subnet_id} --route-table null`.",
        ),
    )


RULE = Rule(
    id="KUB-RT-SHARED",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.UPSTREAM,
    steps=(StepKind.OVERLAY,),
    modes=(IpamMode.KUBENET,),
    reads=READS,
    sources=(
        Citation(
            "https://github.com/MicrosoftDocs/azure-aks-docs/issues/334",
            "The step failed with an error about a custom route table, which the subnet of an Application Gateway used"
            " too.",
            "2025-11",
        ),
        Citation(
            "https://github.com/Azure/AKS/issues/4871",
            "After the step, virtual machines could no longer reach pods by the routes of the table.",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/configure-kubenet#bring-your-own-subnet-and-route-table-with-kubenet",
            "Kubenet wants one route table of its own for each cluster, on every subnet of its pools.",
            "2026-04-16",
        ),
    ),
    check=check,
)
