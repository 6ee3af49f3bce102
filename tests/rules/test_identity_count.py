"""The number of identities above which CIL-IDENTITY-LIMIT speaks: too many pods for a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date

import healthy
import pytest

from analyzer.engine import evaluate
from analyzer.model.fact import Cause, Known, Missing
from analyzer.model.network import observe
from analyzer.model.objects import Pod, PodMetadata, PodSpec
from analyzer.model.source import Source
from analyzer.model.step import Inputs, Step, StepKind
from analyzer.scene import Scene, Views
from rules.cilium import identity_limit


def _pods(number: int, labels: Callable[[int], dict[str, str]]) -> tuple[Pod, ...]:
    return tuple(Pod(metadata=PodMetadata(name=f"p{place}", labels=labels(place))) for place in range(number))


def _said(pods: Known[tuple[Pod, ...]] | Missing[tuple[Pod, ...]]) -> Iterator[str]:
    """The state, then weight and evidence of each finding, then the weight of each gap."""
    snapshot = replace(healthy.healthy(), pods=pods)
    state = observe(snapshot.cluster)
    step = Step(StepKind.CILIUM, (), state, state, 1)
    scene = Scene(Views(snapshot, Inputs()), step, (), date(2026, 11, 20))
    result = evaluate(identity_limit.RULE, scene)
    yield result.state.value
    for finding in result.findings:
        yield f"{finding.severity}: {finding.evidence[0].where} {finding.evidence[0].value}"
    yield from (f"gap: {gap.severity}" for gap in result.gaps)


def _grid(width: int) -> Callable[[int], dict[str, str]]:
    """Labels that differ from pod to pod, though no single one has many values."""
    return lambda place: {"row": str(place // width), "column": str(place % width)}


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (20_000, ["pass"]),
        (20_001, ["noted", "notice: distinct sets of labels 20001"]),
        (60_000, ["noted", "notice: distinct sets of labels 60000"]),
        (60_001, ["fail", "risk: distinct sets of labels 60001"]),
    ],
)
def test_the_thresholds_are_20000_and_60000(number: int, said: list[str]) -> None:
    assert [*_said(Known(_pods(number, _grid(250))))] == said


@pytest.mark.parametrize(
    "label",
    [
        "pod-template-hash",
        "controller-revision-hash",
        "controller-uid",
        "batch.kubernetes.io/controller-uid",
        "batch.kubernetes.io/job-completion-index",
        "statefulset.kubernetes.io/pod-name",
        "apps.kubernetes.io/pod-index",
        "topology.beta.kubernetes.io/zone",
        "kubernetes.io/hostname",
    ],
)
def test_labels_that_cilium_leaves_out_make_no_identity(label: str) -> None:
    assert [*_said(Known(_pods(1001, lambda place: {label: str(place)})))] == ["pass"]


@pytest.mark.parametrize("label", ["job-name", "workflows.argoproj.io/workflow", "ci-run"])
def test_a_label_with_more_than_1000_values_is_noted(label: str) -> None:
    def labels(place: int) -> dict[str, str]:
        return {label: str(place)}

    assert [*_said(Known(_pods(1000, labels)))] == ["pass"]
    assert [*_said(Known(_pods(1001, labels)))] == [
        "noted",
        f"notice: metadata.labels[{label}] 1001 different values",
    ]


@pytest.mark.parametrize("label", ["app", "k8s-app", "name", "app.kubernetes.io/instance"])
def test_labels_that_name_the_application_are_not_proposed_to_be_left_out(label: str) -> None:
    assert [*_said(Known(_pods(1001, lambda place: {label: str(place)})))] == ["pass"]


def test_the_same_labels_in_two_namespaces_are_two_identities() -> None:
    here = _pods(15_000, _grid(250))
    there = tuple(Pod(metadata=PodMetadata(name=pod.name, namespace="b", labels=pod.labels)) for pod in here)
    assert [*_said(Known((*here, *there)))] == ["noted", "notice: distinct sets of labels 30000"]


def test_pods_on_the_host_network_take_none() -> None:
    hosts = tuple(Pod(metadata=pod.metadata, spec=PodSpec(host_network=True)) for pod in _pods(20_001, _grid(250)))
    assert [*_said(Known(hosts))] == ["pass"]


def test_part_of_the_pods_may_be_too_many() -> None:
    seen = _pods(60_001, _grid(250))
    partly: Missing[tuple[Pod, ...]] = Missing(Source.PODS, Cause.PARTIAL, "pods: partial", seen=seen)
    assert [*_said(partly)] == ["unknown", "risk: distinct sets of labels 60001", "gap: risk"]
