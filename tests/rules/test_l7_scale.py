"""The size above which CIL-L7-POLICY says that L7 policies are not supported: too large for a table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import healthy
import pytest

from analyzer.engine import evaluate
from analyzer.model.fact import Cause, Fact, Known, Missing
from analyzer.model.finding import Evidence
from analyzer.model.network import observe
from analyzer.model.objects import Node, Pod, PodStatus
from analyzer.model.report import State
from analyzer.model.snapshot import Snapshot
from analyzer.model.source import Source
from analyzer.model.step import Inputs, PlannedFeature, Step, StepKind
from analyzer.scene import Scene, Views
from rules.cilium import l7_policy

_POLICY = """
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {namespace: shop, name: web}
spec: {ingress: [{toPorts: [{rules: {http: [{}]}}]}]}
"""


def _snapshot(nodes: int, pods: int, ended: int = 0) -> Snapshot:
    return replace(
        healthy.with_objects(healthy.healthy(), _POLICY),
        nodes=Known((Node(),) * nodes),
        pods=Known((Pod(),) * pods + (Pod(status=PodStatus(phase="Succeeded")),) * ended),
    )


def _said(snapshot: Snapshot) -> Iterator[object]:
    """The state, then the evidence of each finding and the source of each gap."""
    state = observe(snapshot.cluster)
    step = Step(StepKind.CILIUM, (), state, state, 1)
    inputs = Inputs(planned_features=(PlannedFeature.ACNS_L7,))
    result = evaluate(l7_policy.RULE, Scene(Views(snapshot, inputs), step, (), date(2026, 11, 20)))
    yield result.state
    yield from (finding.evidence for finding in result.findings)
    yield from (gap.source for gap in result.gaps)


def test_more_than_both_limits_is_noted() -> None:
    counts = (Evidence("nodes", "1001"), Evidence("running pods", "40001"))
    assert [*_said(_snapshot(1001, 40001))] == [State.NOTED, counts]


@pytest.mark.parametrize(("nodes", "pods", "ended"), [(1000, 40001, 0), (1001, 40000, 0), (1001, 40000, 1)])
def test_the_greater_limit_counts_and_ended_pods_do_not(nodes: int, pods: int, ended: int) -> None:
    assert [*_said(_snapshot(nodes, pods, ended))] == [State.PASS]


def test_many_nodes_and_unread_pods_leave_it_open() -> None:
    unread: Fact[tuple[Pod, ...]] = Missing(Source.PODS, Cause.FORBIDDEN, "pods: forbidden")
    assert [*_said(replace(_snapshot(1001, 0), pods=unread))] == [State.UNKNOWN, Source.PODS]


def test_many_pods_and_unread_nodes_leave_it_open() -> None:
    unread: Fact[tuple[Node, ...]] = Missing(Source.NODES, Cause.FORBIDDEN, "nodes: forbidden")
    assert [*_said(replace(_snapshot(0, 40001), nodes=unread))] == [State.UNKNOWN, Source.NODES]


def test_what_was_seen_of_unread_pods_may_be_enough() -> None:
    snapshot = _snapshot(1001, 40001)
    partly: Fact[tuple[Pod, ...]] = Missing(Source.PODS, Cause.PARTIAL, "pods: partial", seen=snapshot.pods.require())
    counts = (Evidence("nodes", "1001"), Evidence("running pods", "40001"))
    assert [*_said(replace(snapshot, pods=partly))] == [State.NOTED, counts]
