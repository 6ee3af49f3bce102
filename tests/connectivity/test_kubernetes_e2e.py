"""The engines against the truth tables of Kubernetes' own end-to-end tests.

A table probes every pod from every pod through a ClusterIP Service whose port is the pod's own: straight from pod to
pod, as engines see it. A pod that probes itself is left out, as upstream leaves it out.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from connectivity.corpus_objects import NEEDS_CORPUS, cases, cluster, each_case

from analyzer.connectivity.analysis import Analysis, analyse
from analyzer.connectivity.change import Change, ChangeKind
from analyzer.connectivity.changes import changes
from analyzer.connectivity.engines.settings import Calico, Cilium, Npm, Settings
from analyzer.connectivity.flow import Flow, FlowVerdict, Party, PartyKind, Way
from analyzer.model.fact import seen
from analyzer.model.objects import Pod
from analyzer.model.version import Version

pytestmark = NEEDS_CORPUS
TABLES = cases("k8s-e2e", "*.json")
NPM = Npm(flattens_not_in=True)
CILIUM = Cilium(Version(1, 17, 9))
BY_ADDRESS = {"33": {("x/a", "y/b")}, "34": {("x/a", "x/c")}}
"""Of the tables in which an ipBlock names pods, by their number: the cells that nothing else admits."""

Cell = tuple[str, str]
Verdicts = dict[Cell, FlowVerdict]


class Step(NamedTuple):
    """One state of one table, and what it says of each cell."""

    analysis: Analysis
    pods: dict[str, Pod]
    protocol: str
    port: int
    expected: Verdicts
    lost: set[Cell]
    """What Cilium blocks of what is allowed before: all that is SCTP (row 29), and pods behind an ipBlock (row 13)."""


def test_there_are_tables() -> None:
    assert len(TABLES) == 25


@pytest.mark.row(1, 2, 5, 6, 7, 10, 13, 20, 22, 25, 29)
@pytest.mark.parametrize("settings", [pytest.param(NPM, id="npm"), pytest.param(Calico(), id="calico")])
@each_case(TABLES)
def test_npm_and_calico_do_what_the_table_expects(path: Path, settings: Settings) -> None:
    for step in _steps(path):
        assert _verdicts(step, settings) == step.expected


@pytest.mark.row(13, 29)
@each_case(TABLES)
def test_cilium_does_but_for_address_ranges_on_pods_and_for_sctp(path: Path) -> None:
    for step in _steps(path):
        assert _verdicts(step, CILIUM) == step.expected | dict.fromkeys(step.lost, FlowVerdict.BLOCKED)


@pytest.mark.row(13, 29)
@pytest.mark.parametrize("before", [pytest.param(NPM, id="npm"), pytest.param(Calico(), id="calico")])
@each_case(TABLES)
def test_exactly_what_cilium_refuses_of_it_changes(path: Path, before: Settings) -> None:
    for step in _steps(path):
        found = changes(step.analysis, before, CILIUM)
        rows = {cell: 29 if step.protocol == "SCTP" else 13 for cell in step.lost}
        assert _changed(step, found, ChangeKind.BLOCKED) == rows
        assert _changed(step, found, ChangeKind.ALLOWED) == {}
        assert _changed(step, found, ChangeKind.UNKNOWN) == {}


def test_that_many_cells_are_right() -> None:
    right: Counter[str] = Counter()
    for step in (step for path in TABLES for step in _steps(path)):
        right["cells"] += len(step.expected)
        for settings in (NPM, Calico(), CILIUM):
            found = _verdicts(step, settings)
            right[settings.name] += sum(found[cell] is step.expected[cell] for cell in found)
        right["predicted of Cilium"] += len(step.lost)
    assert right == {"cells": 282, "Azure NPM": 282, "Calico": 282, "Cilium": 265, "predicted of Cilium": 17}


def _steps(path: Path) -> Iterator[Step]:
    table = json.loads(path.read_text())
    for state in table["steps"]:
        snapshot = cluster({**state, "services": table["services"]})
        pods = {f"{pod.namespace}/{pod.name}": pod for pod in seen(snapshot.pods)}
        expected = {
            cell: FlowVerdict.ALLOWED if state["expected"][cell[0]][cell[1]] else FlowVerdict.BLOCKED
            for cell in permutations(state["expected"], 2)
        }
        probe = state["probe"]
        lost = _lost(path.name[:2], table["flags"], probe, expected)
        yield Step(analyse(snapshot), pods, probe["protocol"], probe["port"], expected, lost)


def _lost(number: str, flags: list[str], probe: dict[str, Any], expected: Verdicts) -> set[Cell]:
    allowed = {cell for cell, verdict in expected.items() if verdict is FlowVerdict.ALLOWED}
    if "sctp" in flags and probe["protocol"] == "SCTP":
        return allowed
    return BY_ADDRESS[number] & allowed if "ipBlock-selects-pod-IP" in flags else set()


def _verdicts(step: Step, settings: Settings) -> Verdicts:
    return {cell: step.analysis.verdict(settings, _flow(step, cell)) for cell in step.expected}


def _flow(step: Step, cell: Cell) -> Flow:
    source, destination = (Party(PartyKind.POD, step.pods[name]) for name in cell)
    return Flow(source, destination, step.protocol, step.port)


def _changed(step: Step, changes: tuple[Change, ...], kind: ChangeKind) -> dict[Cell, int]:
    """The cells that the changes of a kind hold on the probed port, each with the row that decides."""
    return {
        cell: change.row
        for change in changes
        if (change.kind, change.way, change.family) == (kind, Way.DIRECT, 4)
        and change.ports.holds(step.protocol, step.port)
        for cell in step.expected
        if change.sources & _bit(step, cell[0]) and change.destinations & _bit(step, cell[1])
    }


def _bit(step: Step, name: str) -> int:
    return step.analysis.bit_of(Party(PartyKind.POD, step.pods[name]), 4)
