"""The law: with fewer facts of the same cluster, on the same path, each result's state stays or becomes unknown and
its findings are a subset; each verdict stays or becomes INDETERMINATE."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import healthy
import msgspec
import pytest
import random_clusters
from hypothesis import HealthCheck, assume, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from analyzer.collect.files.reading import read_files
from analyzer.collect.requests import kubernetes_reads
from analyzer.collect.requests import path_of as request_path
from analyzer.engine import Question, judge
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


@settings(RELAXED, max_examples=300)
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


@settings(RELAXED, max_examples=30)
@given(random_clusters.snapshots(), st.randoms(use_true_random=False))
def test_the_order_in_which_objects_come_back_changes_nothing(snapshot: Snapshot, random: Random) -> None:
    """Lists are sorted where they are read; behind that edge everything may rely on it."""
    inputs = Inputs(pod_cidr="100.64.0.0/16")
    with TemporaryDirectory() as first, TemporaryDirectory() as second:
        one, other = (
            report(_read_back(snapshot, Path(folder), shuffle), Target.OVERLAY_CILIUM, inputs)
            for folder, shuffle in ((first, list), (second, lambda items: random.sample(items, len(items))))
        )
    assert one == other


def _read_back(snapshot: Snapshot, folder: Path, order: Callable[[list[Any]], list[Any]]) -> Snapshot:
    """The snapshot as exported files, in which each list comes in some order."""
    rows = ["# aks-preflight collected 1"]
    (folder / "cluster.json").write_bytes(msgspec.json.encode(snapshot.cluster.require()))
    for source, read in kubernetes_reads():
        items = getattr(snapshot, source.value).require()
        if read.name or not items:
            continue
        endpoint = next(end for end in read.endpoints if end.kind == items[0].kind)
        body = {"kind": f"{endpoint.kind}List", "apiVersion": items[0].api_version, "items": order(list(items))}
        (folder / f"{source.value}.json").write_bytes(msgspec.json.encode(body))
        rows.append(f"0\t{source.value}.json\tGET {request_path(read, endpoint, endpoint.versions[0])}")
    rows.append("0\tcluster.json\taz aks show")
    (folder / "collected.tsv").write_text("\n".join(rows))
    return read_files([folder]).snapshot


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
