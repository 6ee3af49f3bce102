"""The sizes above which POL-NPM-SCALE says that Azure NPM is not supported: too large for a table."""

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
from analyzer.model.step import Inputs, Step, StepKind
from analyzer.scene import Scene, Views
from rules.policy import npm_scale


def _snapshot(nodes: int, pods: int, ended: int = 0) -> Snapshot:
    return replace(
        healthy.with_cluster(healthy.healthy(), "networkProfile: {networkPolicy: azure}"),
        nodes=Known((Node(),) * nodes),
        pods=Known((Pod(),) * pods + (Pod(status=PodStatus(phase="Succeeded")),) * ended),
    )


def _said(snapshot: Snapshot) -> Iterator[object]:
    """The state, then the evidence of each finding and the source of each gap."""
    state = observe(snapshot.cluster)
    step = Step(StepKind.CILIUM, (), state, state, 1)
    result = evaluate(npm_scale.RULE, Scene(Views(snapshot, Inputs()), step, (), date(2026, 11, 20)))
    yield result.state
    yield from (finding.evidence for finding in result.findings)
    yield from (gap.source for gap in result.gaps)


def test_each_limit_counts_by_itself() -> None:
    assert [*_said(_snapshot(251, 20_000))] == [State.NOTED, (Evidence("nodes", "251"),)]
    assert [*_said(_snapshot(250, 20_001))] == [State.NOTED, (Evidence("pods", "20001"),)]


@pytest.mark.parametrize("ended", [0, 1])
def test_the_limits_themselves_are_supported_and_ended_pods_do_not_count(ended: int) -> None:
    assert [*_said(_snapshot(250, 20_000, ended))] == [State.PASS]


def test_what_was_seen_of_unread_pods_may_be_enough_and_never_clears() -> None:
    pods = _snapshot(0, 20_001).pods.require()
    partly: Fact[tuple[Pod, ...]] = Missing(Source.PODS, Cause.PARTIAL, "pods: partial", seen=pods)
    fewer: Fact[tuple[Pod, ...]] = Missing(Source.PODS, Cause.PARTIAL, "pods: partial", seen=pods[:20_000])
    assert [*_said(replace(_snapshot(250, 0), pods=partly))] == [State.NOTED, (Evidence("pods", "20001"),)]
    assert [*_said(replace(_snapshot(250, 0), pods=fewer))] == [State.UNKNOWN, Source.PODS]
