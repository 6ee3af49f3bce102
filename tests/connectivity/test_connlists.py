"""Calico's reading of Kubernetes policies against lists of connections that another analyzer of manifests draws up.

That one puts a workload for its pods, cuts outside addresses at the ipBlocks, knows TCP, UDP and SCTP, leaves out what
a workload says to itself, and takes a host-network pod for any other (`HOST_NETWORK`).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from ipaddress import IPv4Address
from itertools import pairwise, permutations, product
from pathlib import Path
from typing import Any

import pytest
from connectivity.corpus_objects import (
    CONNECTIONS,
    NEEDS_CORPUS,
    accepted,
    cases,
    cluster_of_manifests,
    connections,
    each_case,
    parsed_connections,
    workload_name,
)
from msgspec import structs

from analyzer.addresses import Interval, interval
from analyzer.connectivity.analysis import Analysis, analyse
from analyzer.connectivity.engines.settings import Calico
from analyzer.connectivity.flow import Party, PartyKind
from analyzer.connectivity.ports import EVERYTHING, NOTHING, PortSet, port_set
from analyzer.model.fact import Cause, Known, Missing
from analyzer.model.objects import NetworkPolicy, Pod, PolicyPort
from analyzer.model.snapshot import Snapshot

pytestmark = NEEDS_CORPUS
LISTS = [path.parent for path in cases("netpol-analyzer", "*/expected_connlist.json")]
DIFFERENCES = [path.parent for path in cases("netpol-analyzer", "diff__*/expected_diff.json")]
REFUSED = {
    "example_pods_w_same_owner_and_labels_gap_no_policy": "ownerReferences[0]",
    "example_pods_w_same_owner_and_labels_gap_with_policy_selector_not_in_gap": "ownerReferences[0]",
    "netpol_named_port_test": "ports[1]",
    "netpol_named_port_test_2": "ports[1]",
}
"""Manifests that the API server refuses, and where: owners without a kind, ports without a number."""
Peer = str | Interval
"""A workload as the lists name it, or addresses outside that no ipBlock tells apart."""
Pair = tuple[Peer, Peer]
Connections = dict[Pair, PortSet]
"""What is allowed from each peer to each other; pairs between which nothing is are left out."""
Differences = dict[Pair, tuple[PortSet, PortSet]]
"""What is allowed before and after, of the pairs where that is not the same."""

UI, QUERY, COMMAND = (f"demo/cog-agents-{name}[DaemonSet]" for name in ("bank-ui", "account-query", "account-command"))
OUTSIDE = Interval(4, 0, 2**32 - 1)
HOST_NETWORK: dict[str, dict[Pair, int]] = {
    "semanticDiff-same-topologies-new1": {
        (OUTSIDE, COMMAND): 31,
        (QUERY, COMMAND): 31,
        (QUERY, OUTSIDE): 31,
        (UI, COMMAND): 31,
    },
    "semanticDiff-same-topologies-new1a": {
        (OUTSIDE, COMMAND): 31,
        (QUERY, COMMAND): 31,
        (QUERY, OUTSIDE): 31,
        (QUERY, UI): 31,
        (UI, COMMAND): 31,
    },
    "semanticDiff-same-topologies-new2": {(OUTSIDE, COMMAND): 31, (QUERY, COMMAND): 31, (UI, COMMAND): 31},
    "semanticDiff-same-topologies-new3": {
        (COMMAND, UI): 31,
        (OUTSIDE, UI): 31,
        (QUERY, COMMAND): 31,
        (QUERY, OUTSIDE): 31,
        (QUERY, UI): 31,
    },
    "semanticDiff-same-topologies-old1": {
        (OUTSIDE, COMMAND): 31,
        (QUERY, COMMAND): 31,
        (QUERY, OUTSIDE): 31,
        (QUERY, UI): 31,
    },
    "semanticDiff-same-topologies-old2": {(OUTSIDE, COMMAND): 31, (QUERY, COMMAND): 31, (UI, COMMAND): 31},
    "semanticDiff-same-topologies-old3": {
        (COMMAND, UI): 31,
        (OUTSIDE, UI): 31,
        (QUERY, COMMAND): 31,
        (QUERY, OUTSIDE): 31,
        (QUERY, UI): 31,
    },
    "diff__semanticDiff-same-topologies-old1__semanticDiff-different-topologies-policy-a": {
        (OUTSIDE, COMMAND): 31,
        (QUERY, COMMAND): 31,
        (QUERY, OUTSIDE): 31,
        (QUERY, UI): 31,
    },
    "diff__semanticDiff-same-topologies-old1__semanticDiff-same-topologies-new1": {(QUERY, UI): 31, (UI, COMMAND): 31},
    "diff__semanticDiff-same-topologies-old1__semanticDiff-same-topologies-new1a": {(QUERY, UI): 31, (UI, COMMAND): 31},
    "diff__semanticDiff-same-topologies-old2__semanticDiff-same-topologies-new2": {(UI, COMMAND): 31},
}
"""By case the pairs that are not as listed, with the row of the semantics that says why: the pod that a policy would
isolate is one of the host network, and no policy is enforced on it."""


def test_there_are_cases() -> None:
    assert (len(LISTS), len(DIFFERENCES)) == (48, 12)


@each_case(LISTS)
def test_calico_allows_what_the_list_has(path: Path, tmp_path: Path) -> None:
    snapshot = _cluster(path / "manifests", tmp_path)
    cuts = _cuts(snapshot)
    assert _differing(_listed(path, cuts), _allowed(snapshot, cuts)) == set(HOST_NETWORK.get(path.name, ()))


@each_case([path for path in LISTS if path.name in HOST_NETWORK])
def test_the_lists_are_the_same_with_pods_off_the_host_network(path: Path, tmp_path: Path) -> None:
    snapshot = _off_host(_cluster(path / "manifests", tmp_path))
    cuts = _cuts(snapshot)
    assert _allowed(snapshot, cuts) == _listed(path, cuts)


@each_case(DIFFERENCES)
def test_calico_differs_where_the_list_says_so(path: Path) -> None:
    before, after = (cluster_of_manifests(path / name) for name in ("dir1", "dir2"))
    cuts = _cuts(before, after)
    found = _differences(_allowed(before, cuts), _allowed(after, cuts))
    assert _differing(_listed_differences(path, cuts), found) == set(HOST_NETWORK.get(path.name, ()))


@each_case([path for path in DIFFERENCES if path.name in HOST_NETWORK])
def test_the_differences_are_the_same_with_pods_off_the_host_network(path: Path) -> None:
    before, after = (_off_host(cluster_of_manifests(path / name)) for name in ("dir1", "dir2"))
    cuts = _cuts(before, after)
    assert _differences(_allowed(before, cuts), _allowed(after, cuts)) == _listed_differences(path, cuts)


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_a_manifest_that_the_api_server_refuses_is_no_smaller_cluster(name: str) -> None:
    (path,) = cases("netpol-analyzer", name)
    pods = cluster_of_manifests(path / "manifests").pods
    assert isinstance(pods, Missing)
    assert (pods.cause, REFUSED[name] in pods.detail) == (Cause.MALFORMED, True)


def test_that_many_pairs_are_compared(tmp_path: Path) -> None:
    compared: Counter[str] = Counter()
    for path in LISTS:
        (into := tmp_path / path.name).mkdir()
        snapshot = _cluster(path / "manifests", into)
        compared["pairs of lists"] += sum(1 for _ in _pairs(snapshot, _cuts(snapshot)))
        compared["lines of lists"] += len(_listed(path, _cuts(snapshot)))
    for path in DIFFERENCES:
        before, after = (cluster_of_manifests(path / name) for name in ("dir1", "dir2"))
        cuts = _cuts(before, after)
        compared["pairs of differences"] += len({*_pairs(before, cuts), *_pairs(after, cuts)})
        compared["lines of differences"] += len(_listed_differences(path, cuts))
    assert compared == {
        "pairs of lists": 2000,
        "lines of lists": 1280,
        "pairs of differences": 1350,
        "lines of differences": 160,
    }
    assert sum(map(len, HOST_NETWORK.values())) == 38


def _cluster(folder: Path, into: Path) -> Snapshot:
    return cluster_of_manifests(accepted(folder, into) if folder.parent.name in REFUSED else folder)


def _off_host(snapshot: Snapshot) -> Snapshot:
    pods = snapshot.pods.require()
    plain = tuple(structs.replace(pod, spec=structs.replace(pod.spec, host_network=False)) for pod in pods)
    return replace(snapshot, pods=Known(plain))


def _cuts(*snapshots: Snapshot) -> tuple[Interval, ...]:
    """All addresses, cut at the edges of every ipBlock."""
    edges = {0, 2**32, *(edge for item in snapshots for edge in _edges(item.network_policies.require()))}
    return tuple(Interval(4, first, after - 1) for first, after in pairwise(sorted(edges)))


def _edges(policies: Iterable[NetworkPolicy]) -> Iterator[int]:
    rules = (rule for item in policies for rule in (*item.spec.ingress, *item.spec.egress))
    blocks = (peer.ip_block for rule in rules for peer in rule.peers if peer.ip_block)
    for item in (interval(text) for block in blocks for text in (block.cidr, *block.except_)):
        assert item is not None
        yield from (item.first, item.last + 1)


def _listed(path: Path, cuts: Iterable[Interval]) -> Connections:
    """The lines of a list, each for the outside addresses within it."""
    found: Connections = {}
    for row in json.loads((path / "expected_connlist.json").read_text()):
        for pair in product(_listed_peers(row["src"], cuts), _listed_peers(row["dst"], cuts)):
            assert pair not in found
            found[pair] = _listed_ports(row["conn"])
    return found


def _listed_peers(peer: dict[str, str], cuts: Iterable[Interval]) -> Iterator[Peer]:
    if peer["type"] == "workload":
        yield f"{peer['namespace']}/{peer['name']}[{peer['kind']}]"
    else:
        yield from _within(peer["from"], peer["to"], cuts)


def _within(first: str, last: str, cuts: Iterable[Interval]) -> Iterator[Interval]:
    edges = int(IPv4Address(first)), int(IPv4Address(last))
    inside = [item for item in cuts if edges[0] <= item.first and item.last <= edges[1]]
    assert (inside[0].first, inside[-1].last) == edges
    yield from inside


def _listed_ports(listed: dict[str, Any]) -> PortSet:
    if listed["all"]:
        return CONNECTIONS
    spans = ((protocol, *ends) for protocol, ranges in listed["ports"].items() for ends in ranges)
    return port_set(tuple(PolicyPort(*span) for span in spans))


def _listed_differences(path: Path, cuts: Iterable[Interval]) -> Differences:
    found: Differences = {}
    for row in json.loads((path / "expected_diff.json").read_text()):
        for pair in product(_named_peers(row["src"], cuts), _named_peers(row["dst"], cuts)):
            assert pair not in found
            found[pair] = parsed_connections(row["ref1"]), parsed_connections(row["ref2"])
    return found


def _named_peers(name: str, cuts: Iterable[Interval]) -> Iterator[Peer]:
    if name.endswith("[External]"):
        yield from _within(*name.removesuffix("[External]").split("-"), cuts)
    else:
        yield name


def _differences(before: Connections, after: Connections) -> Differences:
    pairs = {pair: (before.get(pair, NOTHING), after.get(pair, NOTHING)) for pair in before | after}
    return {pair: ports for pair, ports in pairs.items() if ports[0] != ports[1]}


def _differing(one: Mapping[Pair, object], other: Mapping[Pair, object]) -> set[Pair]:
    return {pair for pair in {**one, **other} if one.get(pair) != other.get(pair)}


def _allowed(snapshot: Snapshot, cuts: Iterable[Interval]) -> Connections:
    """What Calico allows between every two workloads, and between each and every stretch of outside addresses."""
    analysis = analyse(snapshot)
    parties: dict[Peer, list[Party]] = {
        item: [Party(PartyKind.WORLD, address=str(IPv4Address(item.first)))] for item in cuts
    }
    for pod in snapshot.pods.require():
        parties.setdefault(workload_name(pod), []).append(_party(pod))
    found = {pair: _between(analysis, *map(parties.__getitem__, pair)) for pair in _pairs(snapshot, cuts)}
    return {pair: ports for pair, ports in found.items() if ports != NOTHING}


def _pairs(snapshot: Snapshot, cuts: Iterable[Interval]) -> Iterator[Pair]:
    names = {workload_name(pod) for pod in snapshot.pods.require()}
    yield from (*permutations(names, 2), *product(names, cuts), *product(cuts, names))


def _party(pod: Pod) -> Party:
    if pod.spec.host_network:
        return Party(PartyKind.REMOTE_NODE, address=pod.status.pod_ip)
    return Party(PartyKind.POD, pod)


def _between(analysis: Analysis, sources: Iterable[Party], destinations: Iterable[Party]) -> PortSet:
    """Of two workloads: the same for every pod of theirs, and known."""
    (found,) = {ports for pair in product(sources, destinations) for ports in _ports(analysis, *pair)}
    return connections(found)


def _ports(analysis: Analysis, source: Party, destination: Party) -> tuple[PortSet, PortSet]:
    """Surely and possibly. Between what is not a pod with a network of its own no policy stands (row 31)."""
    if PartyKind.POD not in (source.kind, destination.kind):
        return EVERYTHING, EVERYTHING
    return analysis.ports_between(Calico(), source, destination)
