"""Subnets by their ids: those that pools name, and what was read of one."""

from __future__ import annotations

from collections.abc import Iterable

from analyzer.model.cluster import AgentPool, same_id
from analyzer.model.fact import Cause, Fact, Known, Missing, seen
from analyzer.model.network_resources import Subnet
from analyzer.model.source import Source
from analyzer.scene import Scene


def named_subnets(pools: Iterable[AgentPool]) -> tuple[str, ...]:
    """The ids of the pools' node subnets, each once, in order; empty where all pools are in a VNet that AKS manages."""
    found = {pool.vnet_subnet_id.rstrip("/").lower(): pool.vnet_subnet_id for pool in pools if pool.vnet_subnet_id}
    return tuple(found[key] for key in sorted(found))


def subnet_with_id(scene: Scene, subnet_id: str) -> Fact[Subnet]:
    """The subnet, where its VNet was read."""
    networks = scene.snapshot.virtual_networks
    for network in seen(networks):
        for subnet in network.subnets:
            if same_id(subnet.id, subnet_id):
                return Known(subnet)
    if isinstance(networks, Missing):
        return networks.of()
    detail = f"Subnet {subnet_id} is not among the VNets that were read"
    grant = "Read its VNet (Microsoft.Network/virtualNetworks/read), or add the output of az network vnet show"
    return Missing(Source.VIRTUAL_NETWORKS, Cause.PARTIAL, detail, grant)
