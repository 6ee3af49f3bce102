"""What a report shows beside the results: cluster, coverage, rules, ranges, pools, counts. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache

from msgspec.structs import replace

from analyzer.addresses import family, node_capacity
from analyzer.addresses.known_range import KnownRange
from analyzer.addresses.plan import AddressPlan, clashes
from analyzer.addresses.proposal import Proposal, Rejected
from analyzer.addresses.ranges import RESERVED
from analyzer.model.cluster import ManagedCluster, id_segment
from analyzer.model.fact import Fact, Known, Missing
from analyzer.model.network import NetworkState, pools
from analyzer.model.report import (
    AddressPlanSummary,
    AddressRange,
    ClusterSummary,
    Coverage,
    PoolDemandSummary,
    PoolSummary,
    RejectedRange,
    Result,
    RuleSummary,
    SourceSummary,
    StateSummary,
)
from analyzer.model.snapshot import ITEM_TYPES, Snapshot
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
        _coverage(source.value, fact, source in snapshot.absent_apis, tuple(sorted(touched.get(source.value, ()))))
        for source, fact in snapshot.facts()
        if source in wanted or isinstance(fact, Known)
    )


def _coverage(source: str, fact: Fact[object], is_absent: bool, rules: tuple[str, ...]) -> Coverage:
    if isinstance(fact, Known):
        count = len(fact.value) if isinstance(fact.value, tuple) else int(fact.value is not None)
        return Coverage(source=source, status="absent API" if is_absent else "read", count=count, rules=rules)
    seen = len(fact.seen) if isinstance(fact.seen, tuple) else None
    return Coverage(
        source=source, status=fact.cause.value, count=seen, reason=fact.detail, grant=fact.grant, rules=rules
    )


def rule_summaries(catalog: Sequence[Rule], cluster: Fact[ManagedCluster]) -> tuple[RuleSummary, ...]:
    """Every rule once, its remedy with this cluster's names."""
    named = cluster_summary(cluster)
    return tuple(_rule_summary(rule, named) for rule in catalog)


def _rule_summary(rule: Rule, cluster: ClusterSummary) -> RuleSummary:
    written = _as_written(rule)
    if not _names_the_cluster(rule):
        return written
    return replace(written, remedy=tuple(with_names(line, cluster) for line in written.remedy))


@cache
def _names_the_cluster(rule: Rule) -> bool:
    return any("{" in line for line in rule.page.remedy)


@cache
def _as_written(rule: Rule) -> RuleSummary:
    """The same in every report of a run, but for the names in the remedy."""
    return RuleSummary(
        id=rule.id,
        title=rule.page.title,
        severity=rule.severity,
        confidence=rule.confidence,
        refused_by_platform=rule.refused_by_platform,
        is_always_so=rule.is_always_so,
        why=rule.page.section("Why it matters"),
        remedy=rule.page.remedy,
        sources=tuple(
            SourceSummary(url=item.url, claim=item.claim, date=item.date, contradicts=item.contradicts)
            for item in rule.sources
        ),
    )


def with_names(text: str, cluster: ClusterSummary) -> str:
    """A line of a remedy with this cluster's names in its commands."""
    text = text.replace("{resource_group}", cluster.resource_group or "RESOURCE_GROUP")
    return text.replace("{cluster}", cluster.name or "CLUSTER")


def address_space(plan: AddressPlan, given: str | None, proposed: str | None) -> tuple[AddressRange, ...]:
    """Every range around the cluster, and what each pod range overlaps. Overlaps among the others are theirs."""
    asked = [KnownRange("pod CIDR asked for", "--pod-cidr", given)] if given else []
    offered = [KnownRange("pod CIDR proposed", "", proposed)] if proposed else []
    return tuple(_range(item, plan) for item in (*plan.surroundings.ranges, *asked, *offered))


def _range(item: KnownRange, plan: AddressPlan) -> AddressRange:
    hits = clashes(item.cidr, plan.surroundings) if item.role.startswith("pod CIDR") else ()
    return AddressRange(role=item.role, name=item.name, cidr=item.cidr, overlaps=tuple(map(str, hits)))


def address_plan_summary(plan: AddressPlan, after: NetworkState) -> AddressPlanSummary:
    """Demand, the range that was judged, and the proposal, for the state after the overlay step."""
    judged = tuple(cidr for cidr in _values(after.pod_cidrs) if family(cidr) == 4)
    proposal = plan.proposal.value if isinstance(plan.proposal, Known) else Proposal(None, ())
    total, provisioned = plan.demand.total, plan.demand.provisioned
    return AddressPlanSummary(
        pools=tuple(
            PoolDemandSummary(pool=item.pool, nodes=item.nodes, most=item.most, surge=item.surge)
            for item in plan.demand.pools
        ),
        provisioned=provisioned.value if isinstance(provisioned, Known) else None,
        demand=total.value if isinstance(total, Known) else None,
        judged=judged,
        capacity=sum(map(node_capacity, judged)) if judged else None,
        proposal=proposal.cidr or "",
        proposal_capacity=node_capacity(proposal.cidr) if proposal.cidr else None,
        is_proposal_judged=not plan.asked and bool(proposal.cidr),
        reason=_why(plan),
        rejected=tuple(
            RejectedRange(cidr=item.cidr, candidates=item.candidates, reason=_why_not(item))
            for item in proposal.rejected
        ),
        reserved=RESERVED,
    )


def _why(plan: AddressPlan) -> str:
    """Why a range is proposed, or why none is."""
    if plan.proposal is None:
        return "None is needed: the range overlaps nothing that was read, and holds the nodes."
    if isinstance(plan.proposal, Missing):
        return plan.proposal.detail
    if plan.proposal.value.cidr is None:
        return "No private range that is large enough is free."
    if plan.asked:
        return f"{', '.join(plan.asked)} overlaps another range, or is too small."
    return "The cluster has no pod CIDR, and --pod-cidr was not given."


def _why_not(item: Rejected) -> str:
    return f"overlaps {item.hit}" if item.hit else "the whole space is too small"


def _values(fact: Fact[tuple[str, ...]]) -> tuple[str, ...]:
    return fact.value if isinstance(fact, Known) else ()


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
