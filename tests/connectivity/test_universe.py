"""The lazy parts of a snapshot, as facts."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import healthy
import pytest
from connectivity.cases import names

from analyzer.addresses import subtract
from analyzer.collect.files.reading import read_files
from analyzer.connectivity.analysis import analyse
from analyzer.connectivity.engines.settings import Cilium, Npm
from analyzer.connectivity.node_addresses import NodeAddress
from analyzer.connectivity.universe import Universe
from analyzer.model.fact import Cause, LackingError, Missing
from analyzer.model.objects import LabelSelector
from analyzer.model.source import Source
from analyzer.model.version import Version

SAMPLES = Path(str(files("analyzer.samples")))


def test_pods_that_were_not_all_read_are_missing_with_those_that_were() -> None:
    universe = Universe(healthy.partly(healthy.healthy(), Source.PODS, keep=2))
    pods = universe.pods
    assert isinstance(pods, Missing)
    assert pods.seen is not None
    assert [item.name for item in pods.seen.pods] == ["coredns-system-0", "db-apps-0"]
    assert (pods.cause, pods.detail, pods.grant) == (Cause.PARTIAL, "pods: partial", "read pods")
    chosen = universe.selection
    assert names(chosen.population, chosen.pods(LabelSelector(), "shop")) == ["shop/db-apps-0"]


def test_pods_that_were_not_read_at_all_select_nobody_and_are_missing() -> None:
    universe = Universe(healthy.without(healthy.healthy(), Source.PODS))
    assert isinstance(universe.pods, Missing)
    assert universe.pods.seen is None
    assert universe.selection.population.pods == ()


@pytest.mark.parametrize("keep", [None, 0])
def test_policies_that_were_not_all_read_decide_nothing(keep: int | None) -> None:
    universe = Universe(healthy.partly(healthy.healthy(), Source.NETWORK_POLICIES, keep))
    with pytest.raises(LackingError) as lacking:
        universe.isolation.require()
    assert [item.source for item in lacking.value.missing] == [Source.NETWORK_POLICIES]


def test_isolation_and_endpoints_see_the_same_pods() -> None:
    universe = Universe(healthy.healthy())
    assert universe.isolation.require().selection is universe.selection
    assert universe.endpoints.population is universe.pods.require() is universe.selection.population


def test_a_verdict_is_the_same_whatever_was_compared_before() -> None:
    snapshot = read_files([SAMPLES / "nodesubnet-npm-windows"]).snapshot
    engines = Npm(False, False), Cilium(Version(1, 17, 0))
    universe = Universe(snapshot)
    flows = [change.example for change in universe.changes(*engines)]
    assert flows
    for engine in engines:
        alone = analyse(snapshot)
        assert [universe.analysis.verdict(engine, flow) for flow in flows] == [
            alone.verdict(engine, flow) for flow in flows
        ]


def test_nodes_are_found_by_their_internal_addresses() -> None:
    snapshot = healthy.with_objects(
        healthy.healthy(),
        """
apiVersion: v1
kind: Node
metadata: {name: apps-9}
status:
  addresses:
  - {type: InternalIP, address: 10.10.0.9}
  - {type: InternalIP, address: "fd00::9"}
  - {type: ExternalIP, address: 10.10.0.20}
  - {type: InternalIP, address: nonsense}
""",
    )
    nodes = Universe(snapshot).nodes.require()
    assert [item.node for item in nodes.within(subtract("10.10.0.0/24", ("10.10.0.5/32",)))] == [
        "apps-0",
        "system-0",
        "system-1",
        "system-2",
        "apps-9",
    ]
    assert nodes.within(subtract("fd00::/64", ())) == (
        NodeAddress(6, 0xFD000000000000000000000000000009, "apps-9", "fd00::9"),
    )
    assert nodes.within(subtract("10.10.0.10/31", ())) == nodes.within(()) == ()


def test_some_nodes_are_seen_of_a_list_that_is_not_whole() -> None:
    nodes = Universe(healthy.partly(healthy.healthy(), Source.NODES, keep=1)).nodes
    assert isinstance(nodes, Missing)
    assert nodes.seen is not None
    assert [item.node for item in nodes.seen.ordered] == ["apps-0"]
