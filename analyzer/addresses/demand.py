"""How many nodes a pod range must have room for: every pool at its largest, surge, and node auto-provisioning.

Source: concepts-network-ip-address-planning#overlay-networks, 2026-04-16; the release note of 2023-05-07 says that
AKS counts with the autoscaler's maximum.
"""

from __future__ import annotations

from dataclasses import dataclass

from analyzer.model.cluster import AgentPool, ManagedCluster
from analyzer.model.fact import Cause, Fact, Known, Missing
from analyzer.model.network import hidden, pools
from analyzer.model.objects import KarpenterNodePool
from analyzer.model.quantity import parse_bytes
from analyzer.model.snapshot import Snapshot
from analyzer.model.source import Source
from analyzer.surge import surge_of

CEILING = 5000
"""Nodes that one cluster can have: learn.microsoft.com/azure/aks/quotas-skus-regions, 2026-08-03."""


@dataclass(frozen=True, slots=True)
class PoolDemand:
    """Nodes of one pool."""

    pool: str
    nodes: int
    """Asked for now."""
    most: int
    """That the autoscaler may reach; without it, those asked for now."""
    surge: int
    """Beside them while the pool is reimaged."""


@dataclass(frozen=True, slots=True)
class Demand:
    """The nodes that a pod range must have room for, by part."""

    pools: tuple[PoolDemand, ...]
    """The pools whose numbers were read."""
    missing: tuple[Missing[object], ...]
    """Why pools are lacking; empty: these are all."""
    provisioned: Fact[int]
    """The most that node auto-provisioning may add; 0 where it is off."""

    @property
    def certain(self) -> int:
        """The least that AKS itself counts: every pool at its largest, or every pool now with its surge."""
        return max(sum(pool.most for pool in self.pools), sum(pool.nodes + pool.surge for pool in self.pools))

    @property
    def read(self) -> int:
        """The whole demand as far as it was read."""
        added = self.provisioned.value if isinstance(self.provisioned, Known) else 0
        return sum(pool.most + pool.surge for pool in self.pools) + added

    @property
    def bound(self) -> int | None:
        """What the demand cannot exceed, though node auto-provisioning sets no limit; None where a pool is lacking."""
        return None if self.missing else self.read + (CEILING if isinstance(self.provisioned, Missing) else 0)

    @property
    def gaps(self) -> tuple[Missing[object], ...]:
        """Every fact that the whole demand lacks."""
        return (*self.missing, *((self.provisioned,) if isinstance(self.provisioned, Missing) else ()))

    @property
    def total(self) -> Fact[int]:
        """The whole demand."""
        return self.gaps[0].of() if self.gaps else Known(self.read)


def demand(snapshot: Snapshot) -> Demand:
    """The demand of a cluster. What a pool does not say is missing, never 0."""
    found = pools(snapshot.cluster)
    if isinstance(found, Missing):
        return Demand((), (found,), _provisioned(snapshot))
    parts = [_of_pool(pool) for pool in found.value]
    return Demand(
        tuple(part for part in parts if isinstance(part, PoolDemand)),
        tuple(part for part in parts if isinstance(part, Missing)),
        _provisioned(snapshot),
    )


def _of_pool(pool: AgentPool) -> PoolDemand | Missing[object]:
    surge = surge_of(pool)
    if isinstance(surge, Missing):
        return surge.of()
    if pool.enable_auto_scaling and pool.max_count is None:
        return hidden(f"agentPoolProfiles[{pool.name}].maxCount", "it is absent or null, and the autoscaler is on")
    nodes = surge.value.count
    most = max(nodes, pool.max_count or 0) if pool.enable_auto_scaling else nodes
    return PoolDemand(pool.name, nodes, most, surge.value.extra)


def provisioning_mode(cluster: ManagedCluster) -> Fact[str]:
    """`auto` or `manual`: whether node auto-provisioning adds nodes."""
    profile = cluster.node_provisioning_profile
    mode = (profile.mode or "").lower() if profile else ""
    if mode not in ("auto", "manual"):
        return hidden("nodeProvisioningProfile.mode", f"it is {mode!r}" if mode else "it is absent or null")
    return Known(mode)


def _provisioned(snapshot: Snapshot) -> Fact[int]:
    if isinstance(snapshot.cluster, Missing):
        return snapshot.cluster.of()
    mode = provisioning_mode(snapshot.cluster.value)
    if mode == Known("manual") or snapshot.karpenter_node_pools == Known(()):
        return Known(0)
    if isinstance(mode, Missing):
        return mode.of()
    if isinstance(snapshot.karpenter_node_pools, Missing):
        return snapshot.karpenter_node_pools.of()
    return _limited(snapshot.karpenter_node_pools.value)


def _limited(found: tuple[KarpenterNodePool, ...]) -> Fact[int]:
    limits = {item.name: _limit(item) for item in found}
    unlimited = [name for name, limit in limits.items() if limit is None]
    if unlimited:
        detail = f"Karpenter NodePool {unlimited[0]} sets no limit of nodes or CPUs, so it may add any number of nodes"
        grant = f"Set spec.limits of NodePool {', '.join(unlimited)}"
        return Missing(Source.KARPENTER_NODE_POOLS, Cause.HIDDEN, detail, grant)
    return Known(min(sum(limit or 0 for limit in limits.values()), CEILING))


def _limit(item: KarpenterNodePool) -> int | None:
    """The most nodes that a NodePool may have, a node having one CPU at least; None: it sets no such limit."""
    limits = item.spec.limits
    found = [parse_bytes(limits[name]) for name in ("nodes", "cpu") if name in limits]
    return min((number for number in found if number is not None), default=None)
