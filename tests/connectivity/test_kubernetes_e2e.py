"""Selectors against the truth tables of Kubernetes' own end-to-end tests."""

from __future__ import annotations

import json
import os
from itertools import product
from pathlib import Path
from typing import Any

import msgspec
import pytest

from analyzer.connectivity.isolation import Direction, Flows, Isolation
from analyzer.connectivity.ports import port_set
from analyzer.connectivity.universe import Universe
from analyzer.model.fact import Known
from analyzer.model.objects import Namespace, NetworkPolicy, Pod, PolicyPort
from analyzer.model.snapshot import Snapshot

FOLDER = os.environ.get("AKS_PREFLIGHT_CORPUS")
pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(FOLDER is None, reason="AKS_PREFLIGHT_CORPUS does not name the folder of truth tables"),
]
TABLES = sorted((Path(FOLDER) / "policy" / "k8s-e2e").glob("*.json")) if FOLDER else []
BY_ADDRESS = {"ipBlock-selects-pod-IP"}
"""Tables in which an ipBlock admits pods, which selectors alone do not."""


def test_there_are_tables() -> None:
    assert len(TABLES) == 25


@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in TABLES])
def test_selectors_admit_what_the_table_expects(path: Path) -> None:
    table = json.loads(path.read_text())
    for step in table["steps"]:
        wrong = {cell for cell in _cells(step) if _is_admitted(step, *cell) != step["expected"][cell[0]][cell[1]]}
        if BY_ADDRESS.isdisjoint(table["flags"]):
            assert wrong == set()
        else:
            assert wrong
            assert all(step["expected"][source][target] for source, target in wrong)


def _cells(step: dict[str, Any]) -> list[tuple[str, str]]:
    pods = list(step["expected"])
    return [(source, target) for source, target in product(pods, pods) if source != target]


def _is_admitted(step: dict[str, Any], source: str, target: str) -> bool:
    isolation = _isolation(step)
    probe = PolicyPort(step["probe"]["protocol"], step["probe"]["port"])
    sides = ((Direction.EGRESS, source, target), (Direction.INGRESS, target, source))
    return not any(_refused(isolation, direction, subject, peer, probe) for direction, subject, peer in sides)


def _refused(isolation: Isolation, direction: Direction, subject: str, peer: str, probe: PolicyPort) -> bool:
    flows = Flows(_class(isolation, subject), _class(isolation, peer), port_set((probe,)))
    blocks = isolation.blocks_among(flows.subjects, subject.partition("/")[0], direction)
    return any(list(isolation.not_admitted(block, direction, flows)) for block in blocks)


def _class(isolation: Isolation, name: str) -> int:
    population = isolation.selection.population
    place = [f"{pod.namespace}/{pod.name}" for pod in population.pods].index(name)
    return 1 << population.class_of[place]


def _isolation(step: dict[str, Any]) -> Isolation:
    lists = {
        "pods": msgspec.convert(step["pods"], tuple[Pod, ...]),
        "namespaces": msgspec.convert(step["namespaces"], tuple[Namespace, ...]),
        "network_policies": msgspec.convert(step["policies"], tuple[NetworkPolicy, ...]),
    }
    return Universe(Snapshot(**{name: Known(items) for name, items in lists.items()})).isolation.require()
