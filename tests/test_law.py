"""The law: with fewer facts of the same cluster, on the same path, each result's state stays or becomes unknown and
its findings are a subset; each verdict stays or becomes INDETERMINATE."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import healthy
import pytest
import random_clusters
from hypothesis import HealthCheck, assume, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from analyzer.engine import Question, judge
from analyzer.model.fact import Known
from analyzer.model.finding import Confidence, Finding, Outcome, Severity
from analyzer.model.report import Report, Result, State, Verdict
from analyzer.model.snapshot import Snapshot
from analyzer.model.source import Source
from analyzer.model.step import Inputs, StepKind, Target
from analyzer.scene import Page, Rule, Scene
from rules import CATALOG

RELAXED = settings(deadline=None, suppress_health_check=list(HealthCheck))


def report(snapshot: Snapshot, target: Target, inputs: Inputs, catalog: Sequence[Rule] = CATALOG) -> Report:
    question = Question(target=target, inputs=inputs, as_of="2026-11-20", snapshot_hash="", tool_version="0")
    return judge(snapshot, question, catalog)


def path_of(found: Report) -> list[str]:
    return [f"{step.kind} {step.refused}" for step in found.path.steps] if found.path.known else ["unknown"]


def breaches(full: Report, less: Report) -> list[str]:
    """Every way in which a report with fewer facts breaks the law, in words."""
    found = [] if less.verdict in (full.verdict, Verdict.INDETERMINATE) else [f"{full.verdict} became {less.verdict}"]
    for step, other in zip(full.path.steps, less.path.steps, strict=True):
        if other.verdict not in (step.verdict, Verdict.INDETERMINATE):
            found.append(f"{step.kind}: {step.verdict} became {other.verdict}")
    for before, after in zip(full.results, less.results, strict=True):
        found += result_breaches(before, after)
    return found


def result_breaches(full: Result, less: Result) -> Iterator[str]:
    name = f"{full.rule} at {full.step}"
    assert (full.rule, full.step) == (less.rule, less.step)
    if State.ERROR in (full.state, less.state):
        yield f"{name}: {full.reason}{less.reason}"
    if less.state not in (full.state, State.UNKNOWN):
        yield f"{name}: {full.state} became {less.state}"
    known = {item.fingerprint: item.severity.weight for item in full.findings}
    for item in less.findings:
        if item.severity.weight > known.get(item.fingerprint, 0):
            yield f"{name}: {item.severity} on {item.object} appeared: {item.message}"


@st.composite
def cases(draw: st.DrawFn) -> tuple[Snapshot, Snapshot, Target, Inputs]:
    full = draw(random_clusters.snapshots())
    less = draw(random_clusters.with_less(full))
    return full, less, draw(st.sampled_from(Target)), draw(random_clusters.inputs())


@settings(RELAXED, max_examples=400)
@given(cases())
def test_fewer_facts_never_say_more(case: tuple[Snapshot, Snapshot, Target, Inputs]) -> None:
    full, less, target, inputs = case
    before, after = report(full, target, inputs), report(less, target, inputs)
    assume(path_of(before) == path_of(after))
    assert breaches(before, after) == []


@pytest.mark.parametrize("target", Target)
@pytest.mark.parametrize("source", [source for source in Source if source not in (Source.INPUTS, Source.CLUSTER)])
def test_each_single_fact_taken_from_the_healthy_cluster(source: Source, target: Target) -> None:
    inputs = Inputs(pod_cidr="100.64.0.0/16")
    before = report(healthy.healthy(), target, inputs)
    after = report(healthy.without(healthy.healthy(), source), target, inputs)
    assert breaches(before, after) == []


@settings(RELAXED, max_examples=100)
@given(random_clusters.snapshots(), st.sampled_from(Target), random_clusters.inputs())
def test_no_cluster_breaks_a_rule(snapshot: Snapshot, target: Target, inputs: Inputs) -> None:
    broken = [
        (item.rule, item.reason) for item in report(snapshot, target, inputs).results if item.state is State.ERROR
    ]
    assert broken == []


@settings(RELAXED, max_examples=100)
@given(random_clusters.snapshots(), st.sampled_from(Target), random_clusters.inputs(), st.randoms())
def test_the_order_of_objects_changes_nothing(
    snapshot: Snapshot, target: Target, inputs: Inputs, random: object
) -> None:
    shuffled = {}
    for source, fact in snapshot.facts():
        if isinstance(fact, Known) and isinstance(fact.value, tuple):
            items = list(fact.value)
            random.shuffle(items)  # type: ignore[attr-defined]
            shuffled[source.value] = Known(tuple(items))
    assert report(replace(snapshot, **shuffled), target, inputs) == report(snapshot, target, inputs)


def _unlawful(scene: Scene) -> Iterator[Outcome]:
    """Takes pods that were not read for pods that are not there."""
    if not any(pod.namespace == "shop" for pod in getattr(scene.snapshot.pods, "value", ())):
        yield Finding(object=scene.cluster_ref, message="The shop is empty.")


UNLAWFUL = Rule(
    id="TEST-UNLAWFUL",
    page=Page("A rule that takes what was not read for what is not there."),
    severity=Severity.RISK,
    confidence=Confidence.DERIVED,
    steps=tuple(StepKind),
    reads=(Source.PODS,),
    sources=(),
    check=_unlawful,
)


def test_an_unlawful_rule_is_caught() -> None:
    def breaks_the_law(case: tuple[Snapshot, Snapshot, Target, Inputs]) -> bool:
        full, less, target, inputs = case
        before, after = report(full, target, inputs, (UNLAWFUL,)), report(less, target, inputs, (UNLAWFUL,))
        return path_of(before) == path_of(after) and bool(breaches(before, after))

    try:
        find(cases(), breaks_the_law, settings=settings(RELAXED, max_examples=2000))
    except NoSuchExample:
        pytest.fail("the property did not catch a rule that breaks the law")


def test_the_healthy_cluster_is_ready_to_every_target() -> None:
    inputs = Inputs(pod_cidr="100.64.0.0/16")
    verdicts = {target.value: report(healthy.healthy(), target, inputs).verdict.value for target in Target}
    assert verdicts == {"overlay": "READY", "cilium": "READY", "overlay,cilium": "READY"}
