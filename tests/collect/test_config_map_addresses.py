"""ConfigMaps that are searched for addresses: only where that is asked, and nothing else of them is kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from servers.kubernetes import KubernetesServer
from servers.kubernetes_answers import items, refusal

from analyzer.collect.config_map_addresses import NOT_SCANNED, addresses
from analyzer.collect.files.reading import read_files
from analyzer.collect.kubernetes import Budget, KubernetesReading, connect_kubeconfig, read_kubernetes, review_access
from analyzer.model.fact import Cause, Fact, Known, Missing
from analyzer.model.objects import AddressLiteral, ConfigMapAddresses, Metadata
from analyzer.model.source import Source

PATH = "/api/v1/configmaps"


def config_map(namespace: str, name: str, **data: str) -> dict[str, Any]:
    return {"metadata": {"namespace": namespace, "name": name}, "data": data}


MAPS = [
    config_map("shop", "settings", url="http://10.10.1.4:8080/password=hunter2", allow="10.244.0.0/16, 10.10.1.4"),
    config_map("shop", "plain", text="no address here"),
    config_map("shop", "kube-root-ca.crt", ca="10.0.0.1"),
    {"metadata": {"namespace": "shop", "name": "empty"}},
    config_map("api", "hosts", hosts="fd00:10::4/64 db"),
]
FOUND = (
    ConfigMapAddresses(Metadata("hosts", "api"), "ConfigMap", "v1", (AddressLiteral("hosts", "fd00:10::4/64"),)),
    ConfigMapAddresses(
        Metadata("settings", "shop"),
        "ConfigMap",
        "v1",
        (
            AddressLiteral("allow", "10.244.0.0/16"),
            AddressLiteral("allow", "10.10.1.4"),
            AddressLiteral("url", "10.10.1.4"),
        ),
    ),
)

TEXTS = [
    ("10.0.0.1", ["10.0.0.1"]),
    ("a=10.0.0.0/16,b=10.1.2.3:8080.", ["10.0.0.0/16", "10.1.2.3"]),
    ("from 10.0.0.4-10.0.0.9", ["10.0.0.4", "10.0.0.9"]),
    ("host bits stay: 10.1.2.3/16", ["10.1.2.3/16"]),
    ("no prefix length: 10.0.0.0/64 10.0.0.1/240", ["10.0.0.0", "10.0.0.1"]),
    ("fd00::1/64 [2001:db8::5]:443 ::ffff:10.0.0.1", ["fd00::1/64", "2001:db8::5", "::ffff:10.0.0.1"]),
    ("a version looks the same: 1.2.3.4", ["1.2.3.4"]),
    ("v1.2.3.4 1.2.3.4.5 10.0.0.256 010.0.0.1", []),
    ("0.0.0.0 0.0.0.0/0 127.0.0.1 127.0.0.0/8 255.255.255.255 :: ::/0 ::1", []),
    ("12:30:45 aa:bb:cc:dd:ee:ff std::string", []),
]


@pytest.mark.parametrize(("text", "found"), TEXTS)
def test_addresses_are_found_as_they_are_written(text: str, found: list[str]) -> None:
    assert list(addresses(text)) == found


@pytest.fixture
def server() -> Iterator[KubernetesServer]:
    with KubernetesServer() as running:
        running.serve("v1", "configmaps", "ConfigMap", MAPS)
        yield running
    assert running.violations == []


def read(server: KubernetesServer, folder: Path, *, scan: bool, page: int = 500) -> KubernetesReading:
    session = connect_kubeconfig([server.kubeconfig(folder)])
    try:
        return read_kubernetes(session, Budget(wait_s=0.01, page=page), scan_configmaps=scan)
    finally:
        session.close()


def test_nobody_lists_configmaps_unasked(server: KubernetesServer, tmp_path: Path) -> None:
    assert Source.CONFIG_MAP_ADDRESSES not in read(server, tmp_path, scan=False).facts
    assert server.asked(PATH) == []


@pytest.mark.parametrize("page", [1, 500])
def test_asked_for_each_configmap_is_reduced_to_its_addresses(
    server: KubernetesServer, tmp_path: Path, page: int
) -> None:
    facts = read(server, tmp_path, scan=True, page=page).facts
    assert facts[Source.CONFIG_MAP_ADDRESSES] == Known(FOUND)
    assert "hunter2" not in repr(facts)


def test_a_forbidden_scan_is_a_gap_of_its_own(server: KubernetesServer, tmp_path: Path) -> None:
    server.answer(PATH, always=refusal(403, "Forbidden", "not for you"))
    facts = read(server, tmp_path, scan=True).facts
    gap: Missing[Any] = Missing(
        Source.CONFIG_MAP_ADDRESSES,
        Cause.FORBIDDEN,
        "403 on list configmaps (all namespaces): not for you",
        "ClusterRole with get,list on configmaps",
    )
    assert [fact for fact in facts.values() if isinstance(fact, Missing)] == [gap]


def test_a_malformed_configmap_leaves_the_addresses_of_the_others_seen(
    server: KubernetesServer, tmp_path: Path
) -> None:
    server.answer(PATH, always=items("ConfigMapList", {"metadata": {"name": "bad"}, "data": 7}, *MAPS))
    found = read(server, tmp_path, scan=True).facts[Source.CONFIG_MAP_ADDRESSES]
    assert isinstance(found, Missing)
    assert (found.cause, found.seen) == (Cause.MALFORMED, FOUND)


def test_the_right_to_list_them_is_reviewed_where_that_is_asked(server: KubernetesServer, tmp_path: Path) -> None:
    session = connect_kubeconfig([server.kubeconfig(tmp_path)])
    server.denied.add("list configmaps")
    found = {one.source: one for one in review_access(session, Budget(wait_s=0.01), scan_configmaps=True)}
    session.close()
    assert found[Source.CONFIG_MAP_ADDRESSES].allowed is False
    assert found[Source.CONFIG_MAP_ADDRESSES].grant == "ClusterRole with get,list on configmaps"


def listed(*found: dict[str, Any]) -> dict[str, Any]:
    return {"kind": "ConfigMapList", "apiVersion": "v1", "metadata": {}, "items": list(found)}


def from_files(folder: Path, *, scan: bool, complete: bool = False) -> Fact[tuple[ConfigMapAddresses, ...]]:
    (folder / "pods.json").write_text('{"kind": "PodList", "apiVersion": "v1", "items": []}')
    return read_files([folder], complete=complete, scan_configmaps=scan).snapshot.config_map_addresses


def test_configmaps_in_files_count_only_where_that_is_asked(tmp_path: Path) -> None:
    (tmp_path / "cm.json").write_text(json.dumps(listed(*MAPS)))
    assert from_files(tmp_path, scan=False, complete=True) == NOT_SCANNED
    assert from_files(tmp_path, scan=True, complete=True) == Known(FOUND)
    partial = from_files(tmp_path, scan=True)
    assert isinstance(partial, Missing)
    assert (partial.cause, partial.seen) == (Cause.PARTIAL, FOUND)


def test_files_without_a_configmap_prove_nothing_about_their_addresses(tmp_path: Path) -> None:
    found = from_files(tmp_path, scan=True, complete=True)
    assert isinstance(found, Missing)
    assert (found.cause, found.detail) == (Cause.NOT_ASKED, "No file holds configmaps (core)")


def test_configmaps_without_addresses_are_a_known_empty_list(tmp_path: Path) -> None:
    (tmp_path / "cm.json").write_text(json.dumps(listed(MAPS[1])))
    assert from_files(tmp_path, scan=True, complete=True) == Known(())


@pytest.mark.parametrize("scan", [False, True])
def test_the_scripts_list_is_whole_where_that_is_asked(tmp_path: Path, *, scan: bool) -> None:
    (tmp_path / "cm.json").write_text(json.dumps(listed(*MAPS)))
    (tmp_path / "collected.tsv").write_text(f"# aks-preflight collected 1\n0\tcm.json\tGET {PATH}\n")
    assert from_files(tmp_path, scan=scan) == (Known(FOUND) if scan else NOT_SCANNED)
