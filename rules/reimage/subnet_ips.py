"""A subnet has no room for the surge nodes.

Why it matters
--------------
All pools make their surge nodes at the same time, each with an address of the node subnet. On a node subnet a node
reserves 1 + maxPods addresses; with a pod subnet it takes 16 of that at a time, or /28 blocks with static
allocation. Without room the operation stops with SubnetIsFull, or is refused with InsufficientSubnetSize.

What to do
----------
- Lower the surge: `az aks nodepool update --resource-group {resource_group} --cluster-name {cluster} --name POOL
  --max-surge 1`, or scale pools in for the time of the step.
- Free addresses of the subnet (private endpoints, internal load balancers, other machines), or extend its prefix.

How it is decided
-----------------
Free addresses are what the VNet's usages count: the limit, without the five that Azure keeps, less those in use.
Needed are the surge nodes of all pools in the subnet, capped at their counts:

- steps that stay on a node subnet: surge times 1 + maxPods; too few is a blocker;
- node subnet to overlay: fewer than one a surge node is a blocker, fewer than surge times 1 + maxPods a risk, since
  no page says how buffer nodes are addressed there;
- kubenet, overlay and pod subnets: one a surge node; besides, of the pod subnet, surge times 16 (dynamic), or times
  maxPods + 1 rounded up to whole /28 blocks (static);
- the step to overlay: the subnet must also hold one address for each node with the autoscaler's maximum, which AKS
  checks.

maxSurge 0 takes no address. A pool that names no subnet is in the only subnet of the VNet that AKS keeps, or else in
that of its scale set's interfaces. Usages, counts or maxPods that were not read are gaps, where they decide."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from analyzer.model.cluster import AgentPool, id_segment
from analyzer.model.fact import Cause, Fact, Known, Missing, seen
from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Passed, Severity, gap, pool_ref
from analyzer.model.network import IpamMode, hidden
from analyzer.model.network_resources import SubnetUsage
from analyzer.model.source import Source
from analyzer.model.step import REIMAGING, StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from analyzer.surge import Surge, surge_of
from rules.azure_resources import lies_in, subnet_name, subnet_ref

POD_SUBNET = (IpamMode.POD_SUBNET_DYNAMIC, IpamMode.POD_SUBNET_STATIC)
BATCH = 16
"""Addresses that a node takes of a pod subnet at a time, and of a /28 block."""


@dataclass(frozen=True, slots=True)
class Need:
    """What one pool takes from one subnet."""

    pool: AgentPool
    subnet_id: str
    key: str
    """`surge`, `surge with pods`, `pods` or `size`: what the addresses are for."""
    addresses: int
    severity: Severity = Severity.BLOCKER


def check(scene: Scene) -> Iterator[Outcome]:
    """Each subnet that lacks room, and what is not known of one."""
    yield Passed("Every node subnet has addresses for the nodes that come beside the old ones.")
    needs: list[Need] = []
    for pool in scene.pools.require():
        surge = surge_of(pool)
        if isinstance(surge, Missing):
            yield gap(surge, pool_ref(pool))
            continue
        for item in _needs(scene, pool, surge.value):
            if isinstance(item, Missing):
                yield gap(item, pool_ref(pool))
            else:
                needs.append(item)
    names = {need.subnet_id.lower(): need.subnet_id for need in reversed(needs)}
    for key in sorted(names):
        yield from _judge(scene, names[key], [need for need in needs if need.subnet_id.lower() == key])


def _needs(scene: Scene, pool: AgentPool, surge: Surge) -> Iterator[Need | Missing[str]]:
    mode = scene.before.ipam.require()
    subnet = _node_subnet(scene, pool)
    if isinstance(subnet, Missing):
        yield subnet
    else:
        yield from _node_needs(scene, pool, surge, subnet.value)
    if mode in POD_SUBNET and pool.pod_subnet_id and surge.extra:
        each = _pod_addresses(pool, mode)
        yield (
            each.of() if isinstance(each, Missing) else Need(pool, pool.pod_subnet_id, "pods", surge.extra * each.value)
        )


def _node_needs(scene: Scene, pool: AgentPool, surge: Surge, subnet_id: str) -> Iterator[Need | Missing[str]]:
    """What the pool's surge takes of its node subnet, and at the step to overlay all of its nodes."""
    overlay = scene.step.kind is StepKind.OVERLAY
    on_node_subnet = scene.before.ipam == Known(IpamMode.NODE_SUBNET)
    if overlay:
        most = max(surge.count, pool.max_count or 0) if pool.enable_auto_scaling else surge.count
        yield Need(pool, subnet_id, "size", most)
    if not surge.extra:
        return
    if overlay or not on_node_subnet:
        yield Need(pool, subnet_id, "surge", surge.extra)
    if on_node_subnet and pool.max_pods is None:
        yield hidden(f"agentPoolProfiles[{pool.name}].maxPods", "it is absent or null")
    elif on_node_subnet:
        severity = Severity.RISK if overlay else Severity.BLOCKER
        yield Need(pool, subnet_id, "surge with pods", surge.extra * (1 + (pool.max_pods or 0)), severity)


def _pod_addresses(pool: AgentPool, mode: IpamMode) -> Fact[int]:
    """What one node takes of a pod subnet."""
    if mode is IpamMode.POD_SUBNET_DYNAMIC:
        return Known(BATCH)
    if pool.max_pods is None:
        return hidden(f"agentPoolProfiles[{pool.name}].maxPods", "it is absent or null")
    return Known(-(-(pool.max_pods + 1) // BATCH) * BATCH)


def _node_subnet(scene: Scene, pool: AgentPool) -> Fact[str]:
    """The subnet of a pool's nodes: the one that it names, the only one of AKS's own VNet, or its scale set's."""
    if pool.vnet_subnet_id:
        return Known(pool.vnet_subnet_id)
    networks, group = scene.snapshot.virtual_networks, scene.cluster.require().node_resource_group
    if isinstance(networks, Missing):
        return networks.of()
    own = [item for item in networks.value if lies_in(item.id, group)]
    subnets = [subnet.id for network in own for subnet in network.subnets]
    return Known(subnets[0]) if len(subnets) == 1 else _of_scale_set(scene, pool)


def _of_scale_set(scene: Scene, pool: AgentPool) -> Fact[str]:
    sets = scene.snapshot.scale_sets
    interfaces = [interface for item in seen(sets) if item.pool == pool.name for interface in item.interfaces]
    subnets = [one.subnet.id for interface in interfaces for one in interface.ip_configurations if one.subnet]
    if subnets:
        return Known(subnets[0])
    if isinstance(sets, Missing):
        return sets.of()
    return Missing(Source.SCALE_SETS, Cause.HIDDEN, f"Pool {pool.name} names no subnet, and no scale set shows it")


def _judge(scene: Scene, subnet_id: str, needs: Sequence[Need]) -> Iterator[Outcome]:
    usages = scene.snapshot.subnet_usages
    row = next((item for item in seen(usages) if item.id.lower() == subnet_id.lower()), None)
    if row is None:
        unread: Missing[SubnetUsage] = Missing(
            Source.SUBNET_USAGES, Cause.HIDDEN, f"The VNet's usages have no row for {subnet_id}"
        )
        yield gap(usages if isinstance(usages, Missing) else unread, subnet_ref(subnet_id))
        return
    short: list[str] = []
    for key in dict.fromkeys(need.key for need in needs):
        if key == "surge with pods" and "surge" in short:
            continue
        for finding in _compare(subnet_id, row, [need for need in needs if need.key == key]):
            short.append(key)
            yield finding


def _compare(subnet_id: str, row: SubnetUsage, needs: Sequence[Need]) -> Iterator[Finding]:
    """The finding of one kind of need."""
    key, wanted = needs[0].key, sum(need.addresses for need in needs)
    room = int(row.limit) if key == "size" else int(row.limit - row.current_value)
    if wanted <= room:
        return
    yield Finding(
        object=subnet_ref(subnet_id),
        message=_WORDS[key].format(wanted=wanted, subnet=id_segment(subnet_id, "subnets"), room=room),
        evidence=(
            Evidence(f"usages[{subnet_name(subnet_id)}]", f"{int(row.current_value)} of {int(row.limit)} in use"),
            *(Evidence(f"agentPoolProfiles[{need.pool.name}]", f"{need.addresses} addresses") for need in needs),
        ),
        severity=needs[0].severity,
        key=key,
    )


_WORDS = {
    "surge": "The surge nodes of all pools take {wanted} addresses of subnet {subnet}, and {room} are free.",
    "surge with pods": "The surge nodes and their pods reserve {wanted} addresses of subnet {subnet}; {room} are free.",
    "pods": "The pods of the surge nodes take {wanted} addresses of pod subnet {subnet}; {room} are free.",
    "size": "With the autoscalers' maxima the pools take {wanted} addresses of subnet {subnet}, which has {room}.",
}


RULE = Rule(
    id="REI-SUBNET-IPS",
    page=Page(__doc__),
    severity=Severity.BLOCKER,
    confidence=Confidence.DOCUMENTED,
    steps=REIMAGING,
    modes=(IpamMode.KUBENET, IpamMode.NODE_SUBNET, *POD_SUBNET, IpamMode.OVERLAY),
    reads=(Source.CLUSTER, Source.VIRTUAL_NETWORKS, Source.SUBNET_USAGES, Source.SCALE_SETS),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/upgrade-options#scenario-4-ip-exhaustion",
            "Surge nodes need addresses: (nodes + surge) times (1 + maxPods) on a node subnet; else SubnetIsFull.",
            "2026-06-22",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/concepts-network-ip-address-planning"
            "#upgrading-and-scaling-considerations",
            "What each mode reserves for a node.",
            "2026-04-16",
        ),
        Citation(
            "https://github.com/Azure/AKS/blob/master/CHANGELOG.md",
            "InsufficientSubnetSize is computed with the autoscaler's maximum.",
            "2023-05-07",
        ),
    ),
    check=check,
)
