"""The flows that an engine allows, as rectangles: nothing more and nothing less than pair by pair."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest
from connectivity.cases import pod, policy

from analyzer.bits import members
from analyzer.collect.files.reading import read_files
from analyzer.connectivity.allowed import AllowedFlows, Ports
from analyzer.connectivity.analysis import Comparison, analyse
from analyzer.connectivity.engines.settings import Calico, Cilium, NoEngine, Npm, Settings
from analyzer.connectivity.isolation import Direction
from analyzer.model.fact import Known
from analyzer.model.objects import IngressRule, LabelSelector, PolicyPort, Requirement
from analyzer.model.snapshot import Snapshot
from analyzer.model.source import Source
from analyzer.model.version import Version

SAMPLES = Path(str(files("analyzer.samples")))
CALICO = (
    Source.CALICO_POLICIES,
    Source.CALICO_GLOBAL_POLICIES,
    Source.CALICO_NETWORK_SETS,
    Source.CALICO_GLOBAL_NETWORK_SETS,
    Source.CALICO_TIERS,
)
ENGINES = (NoEngine(), Npm(False, None), Calico(), Cilium(Version(1, 16, 16)))


def compared(sample: str, settings: Settings) -> Comparison:
    return analyse(read_files([SAMPLES / sample]).snapshot).comparison(settings)


def pair_by_pair(comparison: Comparison) -> dict[tuple[int, int], Ports]:
    """Of each source and destination the ports, by asking both ends about each other."""
    found: dict[tuple[int, int], Ports] = {}
    pods = comparison.parties.pods
    for source in members(comparison.parties.everybody):
        for destination in members(comparison.parties.everybody):
            sure = possible = comparison.ports.everything & ~comparison.evaluations[0].dropped
            for direction, owner, peer in (
                (Direction.EGRESS, source, destination),
                (Direction.INGRESS, destination, source),
            ):
                if pods >> owner & 1:
                    admitted = comparison.admitted(0, direction, owner, 1 << peer)
                    sure, possible = sure & admitted.sure, possible & admitted.possible
            if possible and (pods >> source & 1 or pods >> destination & 1):
                found[source, destination] = Ports(sure, possible & ~sure)
    return found


def told(flows: AllowedFlows) -> dict[tuple[int, int], Ports]:
    """The same from rectangles. No pair may come twice with the same ports."""
    found: dict[tuple[int, int], Ports] = {}
    for row in flows.rows():
        for source in members(row.sources):
            for destination in members(row.destinations):
                assert (source, destination) not in found
                found[source, destination] = row.ports
    return found


@pytest.mark.parametrize("sample", ["kubenet-calico-prod", "nodesubnet-npm-windows", "overlay-two-policies"])
@pytest.mark.parametrize("settings", ENGINES, ids=lambda settings: settings.name)
def test_the_rectangles_are_what_each_pair_says(sample: str, settings: Settings) -> None:
    comparison = compared(sample, settings)
    expected = pair_by_pair(comparison)
    assert len(expected) > 1000
    assert told(AllowedFlows(comparison)) == expected


def test_where_both_ends_are_doubtful_the_flow_is_unknown_once() -> None:
    """Whether Calico takes a policy that names a value which no label can have is not known."""
    doubtful = LabelSelector(match_expressions=(Requirement("app", "NotIn", ("no label!",)),))
    policies = (policy("shop/a", doubtful, (IngressRule(ports=(PolicyPort(port=80),)),), ()),)
    pods = (pod("shop/web", "10.0.0.1"), pod("shop/db", "10.0.0.2"))
    own = {source.value: Known(()) for source in CALICO}
    snapshot = Snapshot(pods=Known(pods), network_policies=Known(policies), **own)
    comparison = analyse(snapshot).comparison(Calico())
    expected = pair_by_pair(comparison)
    assert any(found.unknown for (source, destination), found in expected.items() if max(source, destination) < 2)
    assert told(AllowedFlows(comparison)) == expected


def test_only_what_was_asked_for_is_told() -> None:
    comparison = compared("overlay-two-policies", Npm(False, None))
    sources, destinations, ports = 0b1011, comparison.parties.pods & ~0b110, comparison.ports.holding("TCP", 8080)
    expected = {
        (source, destination): Ports(found.sure & ports, found.unknown & ports)
        for (source, destination), found in pair_by_pair(comparison).items()
        if sources >> source & 1 and destinations >> destination & 1 and (found.sure | found.unknown) & ports
    }
    assert len(expected) > 0
    assert told(AllowedFlows(comparison, sources, destinations, ports)) == expected


def test_sources_that_reach_the_same_are_one_row() -> None:
    comparison = compared("overlay-ready", NoEngine())
    everybody, pods = comparison.parties.everybody, comparison.parties.pods
    rows = AllowedFlows(comparison).rows()
    assert [(row.sources, row.destinations) for row in rows] == [(pods, everybody), (everybody & ~pods, pods)]
