"""The clusters of subscriptions, with what tells them apart: as Resource Graph and Resource Manager list them."""

from __future__ import annotations

from msgspec import Struct

from analyzer.collect.arm_requests import CONTAINER_SERVICE, ArmRequest
from analyzer.collect.azure.cluster_id import parse_cluster_id
from analyzer.collect.azure.resource_graph import Graph, Query, find
from analyzer.collect.known_types import introduce
from analyzer.errors import UsageError
from analyzer.model.cluster import AgentPool, ManagedCluster, NetworkProfile
from analyzer.model.fact import Fact
from analyzer.model.source import Source

_CLUSTERS = (
    "resources | where type =~ 'microsoft.containerservice/managedclusters' "
    "| project id, name, location, tags, networkProfile = properties.networkProfile, "
    "agentPoolProfiles = properties.agentPoolProfiles | order by id asc"
)


class ListedCluster(Struct, frozen=True, rename="camel"):
    """The little of a cluster's body that an inventory needs."""

    id: str
    name: str
    location: str = ""
    tags: dict[str, str | None] | None = None
    network_profile: NetworkProfile | None = None
    agent_pool_profiles: tuple[AgentPool, ...] | None = None

    def __post_init__(self) -> None:
        try:
            parse_cluster_id(self.id)
        except UsageError as error:
            raise ValueError(str(error)) from error  # which msgspec makes an error of the body

    @property
    def body(self) -> ManagedCluster:
        """The same as a cluster's body, of which the rest was not asked for."""
        return ManagedCluster(
            id=self.id,
            name=self.name,
            network_profile=self.network_profile,
            agent_pool_profiles=self.agent_pool_profiles,
        )


introduce(ListedCluster)


def find_clusters(graph: Graph, subscriptions: tuple[str, ...]) -> Fact[tuple[ListedCluster, ...]]:
    """The clusters that Resource Graph shows in as many subscriptions as one query takes."""
    label = f"clusters of {len(subscriptions)} subscriptions"
    return find(graph, Query(text=_CLUSTERS, label=label, subscriptions=subscriptions), ListedCluster)


def clusters_of(subscription_id: str) -> ArmRequest:
    """Resource Manager's own list of one subscription."""
    scope = f"/subscriptions/{subscription_id}"
    return ArmRequest(
        source=Source.CLUSTER,
        path=f"{scope}/providers/Microsoft.ContainerService/managedClusters",
        api_version=CONTAINER_SERVICE,
        label=f"clusters of {subscription_id}",
        is_list=True,
        subject=scope,
        kind=ListedCluster,
    )
