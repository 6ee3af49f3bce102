"""What a report shows beside the results: cluster, coverage, rules, ranges, pools, counts. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from analyzer.addresses import overlaps
from analyzer.model.cluster import ManagedCluster, id_segment
from analyzer.model.fact import Fact, Known, Missing
from analyzer.model.network import NetworkState, observe, pools
from analyzer.model.report import (
    AddressRange,
    ClusterSummary,
    Coverage,
    PoolSummary,
    Result,
    RuleSummary,
    SourceSummary,
    StateSummary,
)
from analyzer.model.snapshot import ITEM_TYPES, Snapshot
from analyzer.model.step import Inputs
from analyzer.scene import Rule

UNKNOWN = "unknown"


def cluster_summary(cluster: Fact[ManagedCluster]) -> ClusterSummary:
    """Names and version of the cluster; empty where ARM was not read."""
    if isinstance(cluster, Missing):
        return ClusterSummary()
    body = cluster.value
    return ClusterSummary(
        id=body.id,
        name=body.name,
        resource_group=body.resource_group,
        subscription=body.subscription,
        location=body.location or "",
        kubernetes_version=body.current_kubernetes_version or body.kubernetes_version or "",
    )


def state_summary(state: NetworkState) -> StateSummary:
    """A network state in words."""
    return StateSummary(
        plugin=_word(state.plugin),
        ipam=_word(state.ipam),
        dataplane=_word(state.dataplane),
        policy=_word(state.policy),
        pod_cidrs=state.pod_cidrs.value if isinstance(state.pod_cidrs, Known) else (),
        service_cidrs=state.service_cidrs.value if isinstance(state.service_cidrs, Known) else (),
        kubernetes_version=_word(state.kubernetes_version),
    )


def _word(fact: Fact[object]) -> str:
    return str(fact.value) if isinstance(fact, Known) else UNKNOWN


def coverage(snapshot: Snapshot, catalog: Sequence[Rule], results: Sequence[Result]) -> tuple[Coverage, ...]:
    """Each source that a rule of the catalog reads, or that was read, with the rules that its gap left open."""
    wanted = {source for rule in catalog for source in rule.reads}
    touched: dict[str, set[str]] = {}
    for result in results:
        for item in result.gaps:
            touched.setdefault(item.source, set()).add(result.rule)
    return tuple(
        _coverage(snapshot, source.value, fact, tuple(sorted(touched.get(source.value, ()))))
        for source, fact in snapshot.facts()
        if source in wanted or isinstance(fact, Known)
    )


def _coverage(snapshot: Snapshot, source: str, fact: Fact[object], rules: tuple[str, ...]) -> Coverage:
    if isinstance(fact, Known):
        absent = any(item.value == source for item in snapshot.absent_apis)
        count = len(fact.value) if isinstance(fact.value, tuple) else int(fact.value is not None)
        return Coverage(source=source, status="absent API" if absent else "read", count=count, rules=rules)
    seen = len(fact.seen) if isinstance(fact.seen, tuple) else None
    return Coverage(
        source=source, status=fact.cause.value, count=seen, reason=fact.detail, grant=fact.grant, rules=rules
    )


def rule_summaries(catalog: Sequence[Rule], cluster: Fact[ManagedCluster]) -> tuple[RuleSummary, ...]:
    """Every rule once, its remedy with this cluster's names."""
    named = cluster_summary(cluster)
    return tuple(_rule_summary(rule, named) for rule in catalog)


def _rule_summary(rule: Rule, cluster: ClusterSummary) -> RuleSummary:
    return RuleSummary(
        id=rule.id,
        title=rule.page.title,
        severity=rule.severity,
        confidence=rule.confidence,
        refused_by_platform=rule.refused_by_platform,
        why=rule.page.section("Why it matters"),
        remedy=tuple(with_names(line, cluster) for line in rule.page.remedy),
        sources=tuple(
            SourceSummary(url=item.url, claim=item.claim, date=item.date, contradicts=item.contradicts)
            for item in rule.sources
        ),
    )


def with_names(text: str, cluster: ClusterSummary) -> str:
    """A line of a remedy with this cluster's names in its commands."""
    text = text.replace("{resource_group}", cluster.resource_group or "RESOURCE_GROUP")
    return text.replace("{cluster}", cluster.name or "CLUSTER")


def address_space(snapshot: Snapshot, inputs: Inputs) -> tuple[AddressRange, ...]:
    """Every range around the cluster, and what each pod range overlaps. Overlaps among the others are theirs."""
    state = observe(snapshot.cluster)
    around = [*_network_ranges(snapshot), *_service_ranges(state)]
    now = [("pod CIDR now", "pods", cidr) for cidr in _values(state.pod_cidrs)]
    asked = [("pod CIDR asked for", "--pod-cidr", inputs.pod_cidr)] if inputs.pod_cidr else []
    return tuple(
        AddressRange(
            role=role,
            name=name,
            cidr=cidr,
            overlaps=_overlapped(cidr, around) if role.startswith("pod CIDR") else (),
        )
        for role, name, cidr in (*around, *now, *asked)
    )


def _overlapped(cidr: str, around: Sequence[tuple[str, str, str]]) -> tuple[str, ...]:
    return tuple(f"{other} ({role} {name})" for role, name, other in around if overlaps(cidr, other))


def _values(fact: Fact[tuple[str, ...]]) -> tuple[str, ...]:
    return fact.value if isinstance(fact, Known) else ()


def _network_ranges(snapshot: Snapshot) -> Iterator[tuple[str, str, str]]:
    networks = snapshot.virtual_networks
    for network in networks.value if isinstance(networks, Known) else networks.seen or ():
        yield from (("virtual network", network.name, cidr) for cidr in network.address_space.address_prefixes)
        for subnet in network.subnets:
            yield from (("subnet", f"{network.name}/{subnet.name}", cidr) for cidr in subnet.prefixes)
        for peering in network.virtual_network_peerings:
            space = peering.remote_virtual_network_address_space or peering.remote_address_space
            yield from (("peered network", peering.name, cidr) for cidr in (space.address_prefixes if space else ()))


def _service_ranges(state: NetworkState) -> Iterator[tuple[str, str, str]]:
    yield from (("service CIDR", "services", cidr) for cidr in _values(state.service_cidrs))


def pool_summaries(cluster: Fact[ManagedCluster]) -> tuple[PoolSummary, ...]:
    """The agent pools for the inventory; empty where they were not read."""
    found = pools(cluster)
    if isinstance(found, Missing):
        return ()
    return tuple(
        PoolSummary(
            name=pool.name,
            mode=pool.mode or "",
            os_type=pool.os_type or UNKNOWN,
            count=pool.node_count,
            max_count=pool.max_count if pool.enable_auto_scaling else None,
            vm_size=pool.vm_size or "",
            kubernetes_version=pool.version or UNKNOWN,
            node_image_version=pool.node_image_version or "",
            subnet=id_segment(pool.vnet_subnet_id or "", "subnets"),
        )
        for pool in found.value
    )


def object_counts(snapshot: Snapshot) -> dict[str, int]:
    """Objects read, by source; lists that were not read whole are left out."""
    counts = Counter[str]()
    for source, fact in snapshot.facts():
        if source in ITEM_TYPES and isinstance(fact, Known):
            counts[source.value] = len(fact.value)
    return dict(counts)
