"""The number of pods above which OVL-SCALE speaks: too large for a table."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import healthy

from analyzer.engine import evaluate
from analyzer.model.fact import Known
from analyzer.model.finding import Evidence
from analyzer.model.network import observe
from analyzer.model.objects import Pod, PodStatus
from analyzer.model.report import Result, State
from analyzer.model.step import Inputs, Step, StepKind
from analyzer.scene import Scene, Views
from rules.overlay import scale


def _judged(pods: int) -> Result:
    large = healthy.with_cluster(healthy.healthy(), "pools: {apps: {count: 1000, maxPods: 250}}")
    ended = Pod(status=PodStatus(phase="Succeeded"))
    snapshot = replace(large, pods=Known((*(Pod(),) * pods, ended)))
    state = observe(snapshot.cluster)
    step = Step(StepKind.OVERLAY, (), state, state, 1)
    return evaluate(scale.RULE, Scene(Views(snapshot, Inputs()), step, (), date(2026, 11, 20)))


def test_more_than_180_000_running_pods_are_noted() -> None:
    (finding,) = _judged(180_001).findings
    assert finding.message == "More than 180,000 pods run; overlay takes 200,000."
    assert finding.evidence == (Evidence("pods that were read", "180,001"),)


def test_180_000_are_not_and_ended_pods_do_not_count() -> None:
    assert _judged(180_000).state is State.PASS
