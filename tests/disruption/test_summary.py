"""The forecast as the report shows it."""

from __future__ import annotations

from dataclasses import replace

import healthy

from analyzer.disruption.view import Drain
from analyzer.disruption_summary import MOST_ROWS, disruption_summary
from analyzer.model.fact import Known
from analyzer.model.finding import ObjectRef
from analyzer.model.objects import (
    DisruptionBudgetSpec,
    LabelSelector,
    Metadata,
    Pod,
    PodDisruptionBudget,
    PodMetadata,
)
from analyzer.model.report import Disruption, DrainStall, PoolDisruption, UnknownDisruption, WorkloadDisruption
from analyzer.model.snapshot import Snapshot
from analyzer.model.source import Source
from analyzer.model.step import Inputs, Target
from analyzer.path import solve

BUDGET = """
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {namespace: shop, name: web}
spec: {maxUnavailable: 0, selector: {matchLabels: {app: web}}}
"""
ALWAYS = (
    "A node takes 3 to 10 minutes to boot; no page names a number.",
    "At best pods leave a node at once; at worst each node takes its pool's whole drain timeout.",
    "All pools roll side by side, so the slowest one counts; within a pool one wave follows the other.",
)
LAST = (
    "Nothing stalls: a drain that times out stops the step, and the wait until it is repeated is not counted.",
    "The platform's own workloads are left out.",
)


def _made(snapshot: Snapshot, target: Target = Target.OVERLAY) -> Disruption:
    found = disruption_summary(Drain(snapshot), solve(snapshot.cluster, target, Inputs(pod_cidr="100.64.0.0/16")))
    assert found is not None
    return found


def _pool(name: str, mode: str, nodes: int, most: int) -> PoolDisruption:
    return PoolDisruption(
        name=name,
        mode=mode,
        nodes=nodes,
        at_once_least=1,
        at_once_most=1,
        waves_least=nodes,
        waves_most=nodes,
        drain_minutes=30,
        soak_minutes=0,
        minutes_least=3 * nodes,
        minutes_most=most,
    )


def test_the_forecast_is_whole() -> None:
    web = ObjectRef("Deployment", "web", "shop")
    reason = "Disruption budget web: it never allows an eviction."
    assert _made(healthy.with_objects(healthy.healthy(), BUDGET)) == Disruption(
        steps=("overlay",),
        minutes_least=9,
        minutes_most=120,
        pools=(_pool("apps", "User", 2, 80), _pool("system", "System", 3, 120)),
        workloads=(
            WorkloadDisruption(
                object=web, effects=("stops the drain",), reasons=(reason,), pods=2, nodes=2, pools=("apps",)
            ),
        ),
        workload_count=1,
        stalls=(
            DrainStall(
                object=ObjectRef("PodDisruptionBudget", "web", "shop"),
                reason="It never allows an eviction.",
                pools=("apps",),
            ),
        ),
        stall_count=1,
        assumptions=(*ALWAYS, *LAST),
        unknown=(),
    )


def test_each_assumption_that_the_range_makes_is_written_beside_it() -> None:
    patch = """
pools:
  apps: {enableAutoScaling: true, upgradeSettings: {nodeSoakDurationInMinutes: 5}}
  system: {upgradeSettings: {maxSurge: null}}
"""
    found = _made(healthy.with_cluster(healthy.healthy(), patch), Target.OVERLAY_CILIUM)
    assert found.assumptions == (
        *ALWAYS,
        "A surge that is not set is 1 node or 10 % of the pool: the documentation names both.",
        "A pool's soak time is added to each wave.",
        "Pools keep the nodes that they have now; an autoscaler may change that before the step.",
        "The range is that of one step; each of the steps takes it again.",
        *LAST,
    )


def test_a_pool_that_is_not_known_leaves_the_most_open() -> None:
    found = _made(healthy.with_cluster(healthy.healthy(), "pools: {apps: {count: null}}"))
    reason = "The cluster's body does not show agentPoolProfiles[apps].count: it is absent or null"
    assert (found.minutes_least, found.minutes_most) == (9, None)
    assert found.pools[0] == PoolDisruption(name="apps", mode="User", reason=reason)
    assert found.unknown == (UnknownDisruption(part="How pool apps rolls", sources=("cluster",), reason=reason),)


def test_pools_that_were_not_read_leave_the_whole_range_open() -> None:
    found = _made(healthy.with_cluster(healthy.healthy(), "{agentPoolProfiles: []}"), Target.CILIUM)
    assert (found.minutes_least, found.minutes_most, found.pools) == (None, None, ())
    assert [part.part for part in found.unknown][:2] == [
        "Whether a step recreates the nodes",
        "How the pools roll, and how long it takes",
    ]


def test_a_path_that_is_not_known_is_a_forecast_without_steps() -> None:
    found = _made(healthy.without(healthy.healthy(), Source.CLUSTER))
    parts = {part.part: part.reason for part in found.unknown}
    assert found.steps == ()
    assert parts["Whether a step recreates the nodes"] == "cluster: forbidden"


def test_a_path_that_recreates_no_node_has_no_forecast() -> None:
    patch = "networkProfile: {networkPluginMode: overlay, podCidr: 10.244.0.0/16}"
    snapshot = healthy.with_cluster(healthy.healthy(), patch)
    assert disruption_summary(Drain(snapshot), solve(snapshot.cluster, Target.OVERLAY, Inputs())) is None


def test_nodes_of_no_pool_leave_it_open_how_they_roll_and_virtual_nodes_do_not() -> None:
    nodes = "".join(
        f"\napiVersion: v1\nkind: Node\nmetadata: {{name: {name}, labels: {{{labels}}}}}\n---"
        for name, labels in (("nap-1", "karpenter.sh/nodepool: default"), ("aci", "type: virtual-kubelet"))
    )
    one = healthy.with_objects(healthy.healthy(), nodes)
    two = healthy.with_objects(one, "apiVersion: v1\nkind: Node\nmetadata: {name: nap-2}")
    tail = "to no node pool (nap-1); how such nodes roll is not documented."
    assert [part.reason for part in _made(one).unknown] == [f"1 node belongs {tail}"]
    assert [part.reason for part in _made(two).unknown] == [f"2 nodes belong {tail}"]


def test_rows_are_capped_and_counted() -> None:
    many = range(MOST_ROWS + 7)
    pods = tuple(
        Pod(metadata=PodMetadata(name=f"bare-{number:04}", namespace="shop", labels={"n": f"{number}"}))
        for number in many
    )
    budgets = tuple(
        PodDisruptionBudget(
            metadata=Metadata(name=f"b-{number:04}", namespace="shop"),
            spec=DisruptionBudgetSpec(selector=LabelSelector(match_labels={"n": f"{number}"}), max_unavailable=0),
        )
        for number in many
    )
    found = _made(replace(healthy.healthy(), pods=Known(pods), pod_disruption_budgets=Known(budgets)))
    assert (len(found.workloads), found.workload_count) == (1000, 1007)
    assert (len(found.stalls), found.stall_count) == (1000, 1007)
