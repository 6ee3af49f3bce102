"""What is material between approval and change, as a table: each thing that drifts, and what does not count."""

from __future__ import annotations

from typing import Any

import healthy
import pytest
from msgspec.structs import replace
from step_flows import TO_CILIUM, blame, change, workload

from analyzer.engine import Question, judge
from analyzer.fleet.drift import drift
from analyzer.model.difference import Turn
from analyzer.model.flows import FlowChangeKind, FlowEdge, StepFlows
from analyzer.model.report import PoolSummary, Report
from analyzer.model.snapshot import Snapshot
from analyzer.model.step import Inputs, Target
from rules import CATALOG

INPUTS = Inputs(pod_cidr="100.64.0.0/16")


def judged(snapshot: Snapshot) -> Report:
    question = Question(
        target=Target.OVERLAY_CILIUM, inputs=INPUTS, as_of=healthy.AS_OF, snapshot_hash="ab" * 32, tool_version="0"
    )
    return judge(snapshot, question, CATALOG)


READY = judged(healthy.healthy())
APPS, SYSTEM = READY.pools


def seen(**changes: Any) -> Report:
    return replace(READY, observed=replace(READY.observed, **changes))


def with_pools(*pools: PoolSummary) -> Report:
    return replace(READY, pools=pools)


def with_path(**changes: Any) -> Report:
    return replace(READY, path=replace(READY.path, **changes))


def with_plan(**changes: Any) -> Report:
    assert READY.address_plan is not None
    return replace(READY, address_plan=replace(READY.address_plan, **changes))


def with_command(*command: str) -> Report:
    first, *others = READY.path.steps
    return with_path(steps=(replace(first, command=command), *others))


REFUSED = (READY.path.steps[0], replace(READY.path.steps[1], refused=True))
OVERLAY_COMMAND = (
    "az aks update --subscription 11111111-2222-3333-4444-555555555555 --resource-group shop-rg --name shop"
    " --network-plugin azure --network-plugin-mode overlay --pod-cidr 100.64.0.0/16"
)
DRIFTS = [
    (seen(plugin="kubenet"), Turn(what="network plugin", before="azure", after="kubenet")),
    (seen(ipam="overlay"), Turn(what="IPAM mode", before="node-subnet", after="overlay")),
    (seen(dataplane="cilium"), Turn(what="data plane", before="azure", after="cilium")),
    (seen(policy="calico"), Turn(what="policy engine", before="none", after="calico")),
    (seen(policy="unknown"), Turn(what="policy engine", before="none", after="unknown")),
    (seen(pod_cidrs=("10.244.0.0/16",)), Turn(what="pod CIDRs", before="none", after="10.244.0.0/16")),
    (seen(service_cidrs=()), Turn(what="service CIDRs", before="10.0.0.0/16", after="none")),
    (seen(kubernetes_version="1.33.7"), Turn(what="Kubernetes version", before="1.33.5", after="1.33.7")),
    (with_path(steps=REFUSED), Turn(what="path", before="overlay, cilium", after="overlay, cilium (refused)")),
    (with_path(known=False), Turn(what="path", before="overlay, cilium", after="not known")),
    (with_command("az", "x y"), Turn(what="command of overlay", before=OVERLAY_COMMAND, after="az 'x y'")),
    (with_pools(APPS), Turn(what="pool system", before="System, Linux, subnet nodes", after="none")),
    (
        with_pools(APPS, SYSTEM, replace(APPS, name="new", os_type="Windows", subnet="")),
        Turn(what="pool new", before="none", after="User, Windows"),
    ),
    (
        with_pools(replace(APPS, subnet="other"), SYSTEM),
        Turn(what="pool apps", before="User, Linux, subnet nodes", after="User, Linux, subnet other"),
    ),
    (with_plan(demand=257), Turn(what="nodes", before="room for 256", after="257 to hold")),
    (with_plan(demand=None), Turn(what="nodes that the pod range must hold", before="7", after="not known")),
]


@pytest.mark.parametrize(("now", "turn"), DRIFTS)
def test_each_thing_that_drifts_is_named_with_both_values(now: Report, turn: Turn) -> None:
    assert drift(READY, now) == (turn,)


def test_an_unread_list_of_pools_is_no_pool_that_stayed() -> None:
    assert drift(READY, with_pools()) == (
        Turn(what="pool apps", before="User, Linux, subnet nodes", after="none"),
        Turn(what="pool system", before="System, Linux, subnet nodes", after="none"),
        Turn(what="pools", before="none", after="not known"),
    )


IMMATERIAL = [
    READY,
    replace(READY, as_of="2026-11-21", snapshot_hash="cd" * 32, object_counts={"pods": 9}),
    with_pools(replace(APPS, count=9, node_image_version="later"), SYSTEM),
    with_plan(demand=256),
    replace(READY, results=()),
]


@pytest.mark.parametrize("now", IMMATERIAL)
def test_notices_pods_and_nodes_that_the_range_holds_are_no_drift(now: Report) -> None:
    assert drift(READY, now) == ()


def flowing(*flows: StepFlows) -> Report:
    return replace(READY, flows=flows)


WAS = replace(TO_CILIUM, unread=())
SAID = "26 newly blocked, 3 newly allowed, 2 unknown"
MORE_ENDS = replace(WAS.changes[2], destination_count=10)
TRAFFIC = [
    (replace(WAS, blocked=27), "27 newly blocked, 3 newly allowed, 2 unknown"),
    (replace(WAS, allowed=4), "26 newly blocked, 4 newly allowed, 2 unknown"),
    (replace(WAS, unknown=3), "26 newly blocked, 3 newly allowed, 3 unknown"),
    (replace(WAS, unread=("pods",)), f"not all was read; {SAID}"),
    (replace(WAS, changes=(change(FlowChangeKind.ALLOWED), *WAS.changes[1:])), f"{SAID}; others than approved"),
    (replace(WAS, changes=(change(ports="TCP 1"), *WAS.changes[1:])), f"{SAID}; others than approved"),
    (replace(WAS, changes=(change(blame=(blame("shop/b"),)), *WAS.changes[1:])), f"{SAID}; others than approved"),
    (
        replace(WAS, changes=(change(sources=(workload("shop", "Deployment/b"),)), *WAS.changes[1:])),
        f"{SAID}; others than approved",
    ),
    (replace(WAS, changes=(*WAS.changes[:2], MORE_ENDS, *WAS.changes[3:])), f"{SAID}; others than approved"),
    (
        replace(WAS, edges=(*WAS.edges, FlowEdge(source="dev", destination="dev", blocked=1))),
        f"{SAID}; others than approved",
    ),
    (replace(WAS, unenforced=None), f"{SAID}; others than approved"),
]


@pytest.mark.parametrize(("now", "after"), TRAFFIC)
def test_traffic_that_would_change_otherwise_is_drift(now: StepFlows, after: str) -> None:
    assert drift(flowing(WAS), flowing(now)) == (Turn(what="traffic at cilium", before=SAID, after=after),)


def test_traffic_that_nobody_compared_is_no_traffic_that_stays() -> None:
    assert drift(flowing(WAS), flowing()) == (Turn(what="traffic at cilium", before=SAID, after="not compared"),)
    assert drift(flowing(), flowing(WAS)) == (Turn(what="traffic at cilium", before="not compared", after=SAID),)


CALM = [
    replace(WAS, blocked=25, changes=WAS.changes[1:], edges=WAS.edges[1:]),
    replace(WAS, changes=tuple(replace(item, flow_count=99, reason="In other words.") for item in WAS.changes)),
    replace(WAS, edges=tuple(replace(item, blocked=item.blocked * 2) for item in WAS.edges)),
]


@pytest.mark.parametrize("now", CALM)
def test_less_traffic_that_changes_and_more_pods_of_the_same_are_no_drift(now: StepFlows) -> None:
    assert drift(flowing(WAS), flowing(now)) == ()
