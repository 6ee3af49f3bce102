"""The address plan: the demand, what is known around a cluster, and a proposal that is never made blind."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from ipaddress import IPv4Network
from typing import Any

import healthy
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyzer.addresses import node_capacity
from analyzer.addresses.demand import CEILING, PoolDemand, demand
from analyzer.addresses.known_range import KnownRange
from analyzer.addresses.networks import network_parts, node_networks, route_parts
from analyzer.addresses.plan import AddressPlan, address_plan, clashes
from analyzer.addresses.proposal import SPACES, Proposal, Rejected, propose
from analyzer.addresses.ranges import RESERVED
from analyzer.model.cluster import ManagedCluster
from analyzer.model.fact import Known, Missing
from analyzer.model.snapshot import Snapshot
from analyzer.model.source import Source
from analyzer.model.step import Inputs

RELAXED = settings(deadline=None, suppress_health_check=list(HealthCheck))
KUBENET = "{networkProfile: {networkPlugin: kubenet, podCidr: %s}}"
NO_POOLS = "{agentPoolProfiles: null}"


def cluster(patch: str) -> Snapshot:
    return healthy.with_cluster(healthy.healthy(), patch)


def taken(*cidrs: str) -> tuple[KnownRange, ...]:
    return tuple(KnownRange("subnet", f"n{number}", cidr) for number, cidr in enumerate(cidrs))


SURGES = [
    # maxSurge of a pool of 13, nodes
    ("null", 2),
    ("{}", 2),
    ("{maxSurge: null}", 2),
    ("{maxSurge: '0'}", 0),
    ("{maxSurge: '3'}", 3),
    ("{maxSurge: '33%'}", 5),
    ("{maxSurge: '100%'}", 13),
    ("{maxSurge: '20'}", 13),
]


@pytest.mark.parametrize(("settings", "nodes"), SURGES)
def test_a_surge_is_a_number_or_a_share_rounded_up_and_at_most_the_pool(settings: str, nodes: int) -> None:
    found = demand(cluster(f"{{pools: {{apps: {{count: 13, upgradeSettings: {settings}}}, system: null}}}}"))
    assert found.pools == (PoolDemand("apps", 13, 13, nodes),)


SIZES = [
    # apps, nodes, most
    ("{count: 2, enableAutoScaling: true, maxCount: 9}", 2, 9),
    ("{count: 9, enableAutoScaling: true, maxCount: 4}", 9, 9),
    ("{count: 2, enableAutoScaling: false, maxCount: 9}", 2, 2),
    ("{count: 2, enableAutoScaling: null, maxCount: 9}", 2, 2),
    ("{count: null, virtualMachinesProfile: {scale: {manual: [{size: a, count: 3}, {size: b, count: 4}]}}}", 7, 7),
]


@pytest.mark.parametrize(("pool", "nodes", "most"), SIZES)
def test_a_pool_counts_at_its_largest(pool: str, nodes: int, most: int) -> None:
    found = demand(cluster(f"{{pools: {{apps: {pool}, system: null}}}}"))
    assert [(item.nodes, item.most) for item in found.pools] == [(nodes, most)]


def test_the_demand_is_the_sum_and_what_aks_counts_is_less() -> None:
    found = demand(cluster("{pools: {apps: {count: 4, enableAutoScaling: true, maxCount: 10}}}"))
    assert (found.certain, found.read, found.bound, found.total) == (13, 15, 15, Known(15))


def test_a_pool_that_does_not_show_its_numbers_leaves_the_demand_unknown() -> None:
    found = demand(cluster("{pools: {apps: {count: null}}}"))
    assert [item.pool for item in found.pools] == ["system"]
    assert (found.read, found.bound) == (4, None)
    assert isinstance(found.total, Missing)
    assert demand(cluster(NO_POOLS)).bound is None


LIMITS = [
    ("{cpu: 8}", 8),
    ("{cpu: 2500m}", 3),
    ("{nodes: 3, cpu: 100}", 3),
    ("{cpu: 0}", 0),
    ("{cpu: 90k}", CEILING),
]


@pytest.mark.parametrize(("limits", "nodes"), LIMITS)
def test_node_auto_provisioning_adds_what_its_limits_allow(limits: str, nodes: int) -> None:
    pool = f"{{apiVersion: karpenter.sh/v1, kind: NodePool, metadata: {{name: a}}, spec: {{limits: {limits}}}}}"
    snapshot = healthy.with_objects(cluster("{nodeProvisioningProfile: {mode: Auto}}"), pool)
    assert demand(snapshot).provisioned == Known(nodes)


@pytest.mark.parametrize(
    ("nodes", "expected"),
    [(1, "/23"), (2, "/22"), (7, "/20"), (10, "/20"), (11, "/19"), (170, "/16"), (171, "/15"), (8192, "/10")],
)
def test_a_proposal_has_room_for_one_and_a_half_times_the_demand(nodes: int, expected: str) -> None:
    assert propose(nodes, ()).cidr == f"100.64.0.0{expected}"


def test_a_demand_beyond_the_first_space_goes_to_the_next() -> None:
    tenth = Rejected("100.64.0.0/10", 1, None)
    assert propose(20_000, ()) == Proposal("10.0.0.0/9", (tenth,))


def test_candidates_that_hit_one_range_are_one_line_and_the_next_free_range_is_proposed() -> None:
    hub, site = taken("100.64.8.0/22", "100.64.32.0/20")
    assert propose(7, (hub, site)) == Proposal("100.64.16.0/20", (Rejected("100.64.0.0/20", 1, hub),))
    all_of_it, services = taken("100.64.0.0/10", "10.0.0.0/16")
    assert propose(7, (all_of_it, services)) == Proposal(
        "10.1.0.0/20", (Rejected("100.64.0.0/20", 1024, all_of_it), Rejected("10.0.0.0/20", 16, services))
    )


def test_where_the_headroom_is_nowhere_free_the_demand_alone_is_enough() -> None:
    others = taken("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/11", "100.96.0.0/12", "100.112.0.0/13")
    tight = (*others, *taken("100.120.0.0/14", "100.124.0.0/15", "100.126.0.0/16", "100.127.128.0/17"))
    assert propose(128, tight).cidr == "100.127.0.0/17"
    assert propose(129, tight).cidr is None


@st.composite
def taken_ranges(draw: st.DrawFn) -> tuple[KnownRange, ...]:
    """Ranges in and around the spaces, of every size; some of them whole spaces."""
    inside = st.builds(
        lambda space, length, number: _within(IPv4Network(space), length, number),
        st.sampled_from([*SPACES, "0.0.0.0/0"]),
        st.integers(8, 26),
        st.integers(0, 2**32),
    )
    return taken(*draw(st.lists(st.one_of(inside, st.sampled_from(SPACES)), max_size=12)))


def _within(space: IPv4Network, length: int, number: int) -> str:
    length = max(length, space.prefixlen)
    start = int(space.network_address) + number % 2 ** (32 - space.prefixlen)
    return str(ipaddress.ip_network((start, length), strict=False))


def candidates(length: int) -> Iterator[IPv4Network]:
    for space in map(IPv4Network, SPACES):
        if length >= space.prefixlen:
            yield from space.subnets(new_prefix=length)


def is_free(network: IPv4Network, ranges: Sequence[KnownRange]) -> bool:
    return not any(network.overlaps(IPv4Network(item.cidr)) for item in ranges)


@settings(RELAXED, max_examples=150)
@given(st.integers(30, 12_000), taken_ranges())
def test_a_proposal_is_the_first_free_range_that_is_large_enough(nodes: int, ranges: tuple[KnownRange, ...]) -> None:
    """Compared with every candidate, one by one."""
    found = propose(nodes, ranges).cidr
    lengths = dict.fromkeys(
        max(length for length in range(25) if 2 ** (24 - length) >= needed) for needed in (-(-nodes * 3 // 2), nodes)
    )
    free = (str(item) for length in lengths for item in candidates(length) if is_free(item, ranges))
    assert found == next(free, None)
    assert found is None or node_capacity(found) >= nodes


@settings(RELAXED, max_examples=150)
@given(st.integers(30, 12_000), taken_ranges())
def test_every_candidate_before_the_proposal_is_rejected_for_a_range_that_it_hits(
    nodes: int, ranges: tuple[KnownRange, ...]
) -> None:
    for item in propose(nodes, ranges).rejected:
        first = IPv4Network(item.cidr)
        assert item.hit is not None or first.prefixlen < 24
        for number in (0, item.candidates - 1) if item.hit else ():
            start = int(first.network_address) + number * first.num_addresses
            assert IPv4Network((start, first.prefixlen)).overlaps(IPv4Network(item.hit.cidr if item.hit else ""))


def cidrs_in(value: Any) -> Iterator[str]:
    """Every text of a body that is a CIDR."""
    if isinstance(value, dict):
        yield from (cidr for item in value.values() for cidr in cidrs_in(item))
    elif isinstance(value, list | tuple):
        yield from (cidr for item in value for cidr in cidrs_in(item))
    elif isinstance(value, str) and value[:1].isdigit() and "/" in value:
        yield value


def proposed(plan: AddressPlan) -> str | None:
    return plan.proposal.value.cidr if isinstance(plan.proposal, Known) else None


SITES = st.sampled_from(
    [None, ("100.64.0.0/10",), ("100.64.0.0/10", "10.1.0.0/16", "10.2.0.0/15", "10.4.0.0/14", "10.8.0.0/15")]
)
"""So that the next candidate is one that a route or a peering, the service range, or the VNet decides about."""
BODIES = [
    "{}",
    "{nodeProvisioningProfile: {mode: Auto}}",
    "{nodeProvisioningProfile: null}",
    "{currentKubernetesVersion: 1.31.4}",
    "{networkProfile: {serviceCidr: 10.0.0.0/12, serviceCidrs: [10.0.0.0/12]}}",
    "{networkProfile: {dnsServiceIP: 100.64.4.10}}",
    "{networkProfile: {networkPlugin: kubenet, podCidr: 100.65.0.0/16, networkDataplane: <absent>}}",
    "{pools: {apps: {count: 40, enableAutoScaling: true, maxCount: 90}}}",
]
FEWER: list[dict[str, Any]] = [
    {"currentKubernetesVersion": None, "kubernetesVersion": None},
    {"nodeProvisioningProfile": None},
    {"nodeResourceGroup": None},
    {"networkProfile": {"serviceCidr": None, "serviceCidrs": None}},
    {"networkProfile": {"podCidr": None, "podCidrs": None}},
    {"networkProfile": {"dnsServiceIP": None}},
    {"agentPoolProfiles": None},
]
POOL_FIELDS = ("count", "maxCount")


@st.composite
def more_and_less(draw: st.DrawFn) -> tuple[Snapshot, Snapshot]:
    """A cluster that was read in full, and the same one with facts taken away: whole, in part, or fields of the body."""
    full = with_body(draw(st.sampled_from(BODIES)))
    body = msgspec.to_builtins(full.cluster.require())
    for patch in draw(st.lists(st.sampled_from(FEWER), max_size=1)):
        body = healthy.merge(body, patch)
    for field in draw(st.lists(st.sampled_from(POOL_FIELDS), max_size=1)):
        body["agentPoolProfiles"] = [pool | {field: None} for pool in body.get("agentPoolProfiles") or ()] or None
    less = replace(full, cluster=Known(msgspec.convert(body, ManagedCluster)))
    for source in draw(st.lists(st.sampled_from(NEEDED), max_size=2, unique=True)):
        keep = draw(st.integers(0, 2))
        less = healthy.without(less, source) if keep == 2 else healthy.partly(less, source, keep)
    return full, less


@cache
def with_body(patch: str) -> Snapshot:
    """The crowded cluster with another body."""
    return replace(crowded(), cluster=healthy.with_cluster(crowded(), patch).cluster)


@settings(RELAXED, max_examples=200)
@given(more_and_less(), SITES)
def test_a_proposal_overlaps_no_range_of_any_body(
    case: tuple[Snapshot, Snapshot], sites: tuple[str, ...] | None
) -> None:
    snapshot, _ = case
    plan = address_plan(snapshot, Inputs(on_premises_cidrs=sites))
    bodies = (snapshot.cluster, snapshot.virtual_networks, snapshot.route_tables)
    around = {cidr for body in bodies for cidr in cidrs_in(msgspec.to_builtins(body.require()))} - {"0.0.0.0/0"}
    cidr = proposed(plan)
    if cidr is not None:
        network = IPv4Network(cidr)
        assert [item for item in {*around, *RESERVED, *(sites or ())} if network.overlaps(IPv4Network(item))] == []
        assert network.num_addresses // 256 >= plan.demand.read


@settings(RELAXED, max_examples=400)
@given(more_and_less(), SITES)
def test_with_fewer_facts_the_proposal_is_the_same_or_there_is_none(
    case: tuple[Snapshot, Snapshot], sites: tuple[str, ...] | None
) -> None:
    full, less = (address_plan(snapshot, Inputs(on_premises_cidrs=sites)) for snapshot in case)
    assert proposed(less) in (proposed(full), None)
    assert less.pod_cidr == full.pod_cidr or isinstance(less.pod_cidr, Missing)


NEEDED = (
    Source.VIRTUAL_NETWORKS,
    Source.ROUTE_TABLES,
    Source.SERVICE_CIDRS,
    Source.AKS_NODE_CLASSES,
    Source.KARPENTER_NODE_POOLS,
)


@cache
def crowded() -> Snapshot:
    """The healthy cluster with a route table on its node subnet and node auto-provisioning: every fact matters."""
    table = f"{healthy.NETWORK}/routeTables/rt"
    networks = f"""
- id: {healthy.VNET}
  name: shop-vnet
  addressSpace: {{addressPrefixes: [10.10.0.0/16]}}
  subnets:
  - {{id: {healthy.VNET}/subnets/nodes, name: nodes, addressPrefix: 10.10.0.0/20, routeTable: {{id: {table}}}}}
  virtualNetworkPeerings:
  - {{name: to-hub, remoteVirtualNetworkAddressSpace: {{addressPrefixes: [100.64.0.0/16]}}}}
"""
    routes = f"""
- id: {table}
  name: rt
  routes:
  - {{name: default, addressPrefix: 0.0.0.0/0, nextHopType: VirtualAppliance, nextHopIpAddress: 10.1.0.4}}
  - {{name: site, addressPrefix: 100.65.0.0/16, nextHopType: VirtualNetworkGateway}}
"""
    objects = f"""
{{apiVersion: networking.k8s.io/v1, kind: ServiceCIDR, metadata: {{name: more}}, spec: {{cidrs: [100.66.0.0/16]}}}}
---
{{apiVersion: karpenter.sh/v1, kind: NodePool, metadata: {{name: a}}, spec: {{limits: {{cpu: 40}}}}}}
---
apiVersion: karpenter.azure.com/v1beta1
kind: AKSNodeClass
metadata: {{name: a}}
spec: {{vnetSubnetID: {healthy.VNET}/subnets/nodes}}
"""
    snapshot = healthy.with_network(healthy.healthy(), Source.VIRTUAL_NETWORKS, networks)
    snapshot = healthy.with_network(snapshot, Source.ROUTE_TABLES, routes)
    snapshot = healthy.with_cluster(snapshot, "{nodeProvisioningProfile: {mode: Auto}}")
    return healthy.with_objects(snapshot, objects)


def test_every_kind_of_range_is_stepped_over() -> None:
    plan = address_plan(crowded(), Inputs(on_premises_cidrs=("100.67.0.0/16",)))
    assert isinstance(plan.proposal, Known)
    assert plan.proposal.value == Proposal(
        "100.68.0.0/17",
        (
            Rejected("100.64.0.0/17", 2, KnownRange("peered network", "to-hub", "100.64.0.0/16")),
            Rejected("100.65.0.0/17", 2, KnownRange("route destination", "rt/site", "100.65.0.0/16")),
            Rejected("100.66.0.0/17", 2, KnownRange("service CIDR", "more", "100.66.0.0/16")),
            Rejected("100.67.0.0/17", 2, KnownRange("on premises", "--on-premises-cidr", "100.67.0.0/16")),
        ),
    )


LESS = [(taken_away, source) for taken_away in (healthy.without, healthy.partly) for source in NEEDED]


@pytest.mark.parametrize(("taken_away", "source"), [*LESS, (healthy.without, Source.CLUSTER)])
def test_no_proposal_is_made_blind(taken_away: Callable[[Snapshot, Source], Snapshot], source: Source) -> None:
    plan = address_plan(taken_away(crowded(), source), Inputs())
    assert isinstance(plan.proposal, Missing)
    assert source.value in plan.proposal.detail
    assert isinstance(plan.pod_cidr, Missing)
    assert plan.pod_cidr.source is Source.INPUTS


def test_nothing_is_proposed_where_what_was_asked_for_holds() -> None:
    plan = address_plan(healthy.healthy(), Inputs(pod_cidr="100.64.0.0/16"))
    assert (plan.proposal, plan.asked, plan.way_out) == (None, ("100.64.0.0/16",), None)
    assert address_plan(cluster(KUBENET % "10.244.0.0/16"), Inputs()).proposal is None


@pytest.mark.parametrize("given", ["10.10.64.0/18", "10.0.128.0/17", "172.30.1.0/24", "100.64.0.0/22"])
def test_another_range_is_proposed_where_the_given_one_fails(given: str) -> None:
    assert address_plan(healthy.healthy(), Inputs(pod_cidr=given)).way_out == "100.64.0.0/20"


def test_kubenet_whose_own_range_fails_is_offered_one_beside_it() -> None:
    plan = address_plan(cluster(KUBENET % "100.64.0.0/22"), Inputs())
    assert (plan.asked, plan.way_out) == (("100.64.0.0/22",), "100.64.16.0/20")


def test_the_range_of_now_is_no_clash_of_its_own() -> None:
    plan = address_plan(cluster(KUBENET % "10.244.0.0/16"), Inputs())
    assert clashes("10.244.0.0/16", plan.surroundings) == ()
    assert KnownRange("pod CIDR now", "pods", "10.244.0.0/16") in plan.surroundings.ranges


def test_without_a_cluster_the_plan_says_what_was_not_read_once() -> None:
    plan = address_plan(healthy.without(healthy.healthy(), Source.CLUSTER), Inputs())
    assert [fact.source for fact in plan.surroundings.missing] == [Source.CLUSTER]


LACKING = [
    (healthy.without(healthy.healthy(), Source.VIRTUAL_NETWORKS), ["virtual_networks: forbidden"]),
    (
        cluster("{pools: {apps: {vnetSubnetID: /x/subnets/y}}}"),
        ["The subnet of pool apps is not in a VNet that was read"],
    ),
    (healthy.healthy(), []),
]


@pytest.mark.parametrize(("snapshot", "details"), LACKING)
def test_networks_routes_and_ranges_each_say_what_they_lack(snapshot: Snapshot, details: list[str]) -> None:
    for parts in (network_parts(snapshot), route_parts(snapshot), node_networks(snapshot)):
        assert [part.detail for part in parts if isinstance(part, Missing)] == details
