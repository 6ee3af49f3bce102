"""Which of the clusters that were found are judged, and what is left out."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import UNSET
from servers.estate import ALPHA, BETA, GRAPH, found, inventory_of, row, rows

from analyzer.errors import UsageError
from analyzer.fleet.filters import Filters, keep
from analyzer.fleet.inventory import Inventory
from analyzer.fleet.scope import Scope
from analyzer.fleet.source_modes import modes_of
from analyzer.model.cluster import AgentPool, ManagedCluster, NetworkProfile
from analyzer.model.fleet_report import SeenSubscription

CLUSTERS = (
    found(ALPHA, "Shop-1", tags={"Env": "prod", "team": "shop"}, location="westeurope"),
    found(ALPHA, "shop-2", tags={"env": "Prod"}, modes=("overlay", "npm")),
    found(BETA, "depot", modes=("ipam unknown", "no-policy")),
    found(BETA, "annex", modes=("pod-subnet", "pod-subnet-dynamic", "cilium"), location=""),
)
ESTATE = Inventory(
    CLUSTERS,
    (
        SeenSubscription(id=ALPHA, name="Alpha", seen=True, clusters=2),
        SeenSubscription(id=BETA, name="Beta", seen=True, clusters=2),
    ),
    "A note.",
)


def names(**given: Any) -> list[str]:
    return [cluster.name for cluster in keep(ESTATE, Filters(**given)).clusters]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({}, ["Shop-1", "shop-2", "depot", "annex"]),
        ({"tags": ("env",)}, ["Shop-1", "shop-2"]),
        ({"tags": ("ENV=prod",)}, ["Shop-1"]),
        ({"tags": ("env", "team=shop")}, ["Shop-1"]),
        ({"tags": ("env=",)}, []),
        ({"names": ("SHOP-*",)}, ["Shop-1", "shop-2"]),
        ({"names": ("shop",)}, []),
        ({"names": ("*-1", "depot")}, ["Shop-1", "depot"]),
        ({"locations": ("West Europe",)}, ["Shop-1", "annex"]),
        ({"locations": ("NorthEurope", "westeurope")}, ["Shop-1", "shop-2", "depot", "annex"]),
        ({"modes": ("Kubenet",)}, ["Shop-1", "depot"]),
        ({"modes": ("npm", "calico")}, ["Shop-1", "shop-2"]),
        ({"modes": ("pod-subnet",)}, ["depot", "annex"]),
        ({"modes": ("no-policy",)}, ["depot"]),
        ({"modes": ("cilium",)}, ["annex"]),
        ({"tags": ("env",), "modes": ("overlay",)}, ["shop-2"]),
    ],
)
def test_a_cluster_passes_each_filter_that_is_given(given: dict[str, Any], kept: list[str]) -> None:
    assert names(**given) == kept


def test_what_is_left_out_is_counted_in_its_subscription() -> None:
    assert keep(ESTATE, Filters(modes=("overlay",))) == Inventory(
        (CLUSTERS[1], CLUSTERS[2]),
        (
            SeenSubscription(id=ALPHA, name="Alpha", seen=True, clusters=2, excluded=1),
            SeenSubscription(id=BETA, name="Beta", seen=True, clusters=2, excluded=1),
        ),
        "A note.",
    )


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"modes": ("kubnet",)},
            "Unknown source mode 'kubnet': give kubenet, node-subnet, pod-subnet, pod-subnet-dynamic, pod-subnet-static,"
            " overlay, byo, no-policy, npm, calico, cilium.",
        ),
        ({"tags": ("=prod",)}, "The tag filter '=prod' names no tag: give KEY=VALUE or KEY."),
        ({"names": ("",)}, "A filter by name or location is empty: leave it out, or give a name."),
        ({"locations": (" ",)}, "A filter by name or location is empty: leave it out, or give a name."),
    ],
)
def test_a_filter_that_means_nothing_is_a_usage_error(given: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        Filters(**given)
    assert str(caught.value) == message


def test_filters_say_themselves_in_words() -> None:
    filters = Filters(tags=("env=prod", "team"), names=("shop-*",), locations=("West Europe",), modes=("npm", "calico"))
    assert str(filters) == "tag env=prod and team; name shop-*; location West Europe; mode npm or calico"
    assert str(Filters()) == ""


POOL = AgentPool(name="apps")
ON_POD_SUBNET = AgentPool(name="apps", pod_subnet_id="/subnets/pods")
STATIC = AgentPool(name="apps", pod_subnet_id="/subnets/pods", pod_ip_allocation_mode="StaticBlock")


def profile(**shown: Any) -> NetworkProfile:
    return NetworkProfile(**{"network_plugin": "azure", "network_dataplane": "azure", "network_policy": None} | shown)


@pytest.mark.parametrize(
    ("shown", "pools", "modes"),
    [
        (profile(network_plugin="kubenet", network_policy="calico"), (POOL,), ("kubenet", "calico")),
        (profile(network_policy="azure"), (POOL,), ("node-subnet", "npm")),
        (profile(), (ON_POD_SUBNET,), ("pod-subnet", "pod-subnet-dynamic", "no-policy")),
        (profile(), (STATIC,), ("pod-subnet", "pod-subnet-static", "no-policy")),
        (profile(network_plugin_mode="Overlay", network_policy="none"), (), ("overlay", "no-policy")),
        (
            profile(network_plugin_mode="overlay", network_dataplane="cilium", network_policy="cilium"),
            (POOL,),
            ("overlay", "cilium"),
        ),
        (profile(network_plugin="none"), (POOL,), ("byo", "no-policy")),
        (profile(), (), ("ipam unknown", "no-policy")),
        (profile(network_policy=UNSET), (POOL,), ("node-subnet", "policy unknown")),
        (profile(network_dataplane=UNSET), (POOL,), ("ipam unknown", "no-policy", "dataplane unknown")),
        (profile(network_policy="other"), (POOL,), ("node-subnet", "policy unknown")),
        (None, (POOL,), ("ipam unknown", "policy unknown", "dataplane unknown")),
    ],
)
def test_a_source_mode_is_what_the_network_profile_shows(
    shown: NetworkProfile | None, pools: tuple[AgentPool, ...], modes: tuple[str, ...]
) -> None:
    body = ManagedCluster(id="/a", name="a", network_profile=shown, agent_pool_profiles=pools)
    assert modes_of(body) == modes


@pytest.mark.parametrize("mode", ["kubenet", "npm", "cilium", "no-policy", "pod-subnet-static"])
def test_a_cluster_that_shows_nothing_passes_every_mode(mode: str) -> None:
    blank = row(ALPHA, "store", networkProfile=None, agentPoolProfiles=None)
    inventory = inventory_of({GRAPH: [rows(blank)]}, Scope((ALPHA,)))
    assert keep(inventory, Filters(modes=(mode,))) == inventory
    assert len(inventory.clusters) == 1


def test_tags_and_location_come_as_resource_graph_shows_them() -> None:
    shown = row(ALPHA, "store", tags={"env": "prod", "empty": None}, location="westeurope")
    inventory = inventory_of({GRAPH: [rows(shown)]}, Scope((ALPHA,)))
    assert inventory.clusters == (found(ALPHA, "store", tags={"env": "prod", "empty": ""}, location="westeurope"),)
