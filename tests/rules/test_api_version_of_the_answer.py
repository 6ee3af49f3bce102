"""GEN-API-VERSION by the API version that answered, which is no part of a cluster's body."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import healthy
import pytest

from analyzer.engine import evaluate
from analyzer.model.finding import Evidence, ObjectRef, Severity
from analyzer.model.network import observe
from analyzer.model.report import Result, State
from analyzer.model.snapshot import Snapshot
from analyzer.model.step import Inputs, Step, StepKind
from analyzer.scene import Scene, Views
from rules.general.api_version import RULE

HIDDEN = '{networkProfile: {networkDataplane: "<absent>"}}'
LEGACY = '{networkProfile: {networkDataplane: "<absent>", ebpfDataplane: cilium}}'
KUBENET = '{networkProfile: {networkPlugin: kubenet, podCidr: 10.244.0.0/16, networkDataplane: "<absent>"}}'
CILIUM = """
apiVersion: apps/v1
kind: DaemonSet
metadata: {namespace: kube-system, name: cilium}
"""


def judged(patch: str, api_version: str | None, objects: str = "") -> Result:
    snapshot: Snapshot = healthy.with_objects(healthy.with_cluster(healthy.healthy(), patch), objects)
    snapshot = replace(snapshot, api_version=api_version)
    state = observe(snapshot.cluster)
    step = Step(StepKind.CILIUM, ("az", "aks", "update"), state, state, 1)
    return evaluate(RULE, Scene(Views(snapshot, Inputs()), step, (), date(2026, 11, 20)))


@pytest.mark.parametrize(
    ("patch", "api_version", "state"),
    [
        ("{}", "2023-02-01", State.PASS),
        ("{}", "2023-02-02-preview", State.PASS),
        ("{}", None, State.PASS),
        ("{}", "latest", State.PASS),
        (KUBENET, "2023-02-01", State.PASS),
        (KUBENET, "2023-01-01", State.NOTED),
        (KUBENET, None, State.UNKNOWN),
        (KUBENET, "latest", State.UNKNOWN),
        (LEGACY, "2022-09-02-preview", State.NOTED),
        (LEGACY, "2023-02-01", State.NOTED),
        (LEGACY, None, State.UNKNOWN),
        (HIDDEN, "2023-01-01", State.UNKNOWN),
        (HIDDEN, "2026-05-01", State.UNKNOWN),
        (HIDDEN, None, State.UNKNOWN),
    ],
)
def test_a_data_plane_counts_as_read_only_by_a_version_that_shows_it(
    patch: str, api_version: str | None, state: State
) -> None:
    assert judged(patch, api_version).state is state


@pytest.mark.parametrize(
    ("patch", "api_version", "message"),
    [
        (
            HIDDEN,
            "2023-01-01",
            "The cluster was read with API version 2023-01-01, which does not show the data plane.",
        ),
        (
            HIDDEN,
            "2022-08-03-preview",
            "The cluster was read with API version 2022-08-03-preview, which does not show the data plane.",
        ),
        (
            LEGACY,
            "2023-01-02-preview",
            "The cluster was read with API version 2023-01-02-preview, which calls the data plane ebpfDataplane.",
        ),
    ],
)
def test_an_old_version_is_a_notice_that_names_it(patch: str, api_version: str, message: str) -> None:
    (finding,) = judged(patch, api_version).findings
    assert finding.object == ObjectRef(kind="ManagedCluster", name="shop")
    assert finding.severity is Severity.NOTICE
    assert finding.message == message
    assert finding.evidence == (Evidence("API version of the answer", api_version),)


def test_a_cilium_daemon_set_is_named_beside_a_hidden_data_plane() -> None:
    (bare,) = judged(HIDDEN, "2026-05-01").gaps
    (hinted,) = judged(HIDDEN, "2026-05-01", CILIUM).gaps
    assert hinted.detail == f"{bare.detail}; a DaemonSet kube-system/cilium hints at Cilium"


def test_a_hidden_data_plane_is_one_gap_also_where_the_version_is_not_known() -> None:
    assert judged(HIDDEN, None).gaps == judged(HIDDEN, "2026-05-01").gaps


def test_the_gap_of_an_unknown_version_says_what_was_read() -> None:
    (silent,) = judged(KUBENET, None).gaps
    (odd,) = judged(KUBENET, "latest").gaps
    rest = "which API version answered, and it shows no networkDataplane"
    assert silent.detail == f"What was read does not say {rest}"
    assert odd.detail == f"What was read says 'latest' {rest}"
