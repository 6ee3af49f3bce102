"""What a cluster that answers becomes: facts, each list whole and in order."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from servers.kubernetes import KubernetesServer, named, read
from servers.kubernetes_answers import body, compressed, items

from analyzer.collect.kubernetes import Budget, connect_kubeconfig, read_kubernetes
from analyzer.model.fact import Cause, Known, Missing
from analyzer.model.objects import (
    CalicoPolicy,
    CalicoPolicySpec,
    ConfigMap,
    Metadata,
    NetworkPolicy,
    ObjectName,
    Pod,
    PodMetadata,
)
from analyzer.model.source import READS, KubernetesRead, Source

CONFIG_MAPS = "/api/v1/namespaces/kube-system/configmaps"


@pytest.fixture
def server() -> Iterator[KubernetesServer]:
    with KubernetesServer() as running:
        yield running
    assert running.violations == []


def pod(name: str, namespace: str = "shop") -> Pod:
    return Pod(PodMetadata(name, namespace), "Pod", "v1")


def test_a_list_is_read_page_by_page_and_sorted(server: KubernetesServer, tmp_path: Path) -> None:
    server.serve("v1", "pods", "Pod", named("shop/e", "shop/d", "shop/c", "shop/b", "api/a"))
    reading = read(server, tmp_path, page=2)
    assert reading.facts[Source.PODS] == Known((pod("a", "api"), pod("b"), pod("c"), pod("d"), pod("e")))
    queries = [request.query for request in server.asked("/api/v1/pods")]
    assert queries == [{"limit": "2"}, {"limit": "2", "continue": "2"}, {"limit": "2", "continue": "4"}]


def test_a_page_has_five_hundred_objects(server: KubernetesServer, tmp_path: Path) -> None:
    read(server, tmp_path)
    assert [request.query for request in server.asked("/api/v1/pods")] == [{"limit": "500"}]


def test_every_source_of_the_api_becomes_a_fact_in_the_order_of_the_reads(
    server: KubernetesServer, tmp_path: Path
) -> None:
    reading = read(server, tmp_path)
    assert list(reading.facts) == [
        source for source, one in READS.items() if isinstance(one, KubernetesRead) and not one.only_when_asked
    ]
    assert {source for source, fact in reading.facts.items() if isinstance(fact, Missing)} == set()
    assert (reading.server, reading.reached) == (server.url, True)


def test_two_readings_of_one_cluster_are_equal(server: KubernetesServer, tmp_path: Path) -> None:
    server.serve("v1", "pods", "Pod", named(*(f"shop/{number}" for number in range(50))))
    assert read(server, tmp_path, page=7) == read(server, tmp_path, page=11)


def test_null_items_are_an_empty_list(server: KubernetesServer, tmp_path: Path) -> None:
    server.answer("/api/v1/pods", body(b'{"kind": "PodList", "apiVersion": "v1", "items": null}'))
    assert read(server, tmp_path).facts[Source.PODS] == Known(())


def test_a_compressed_list_is_unpacked(server: KubernetesServer, tmp_path: Path) -> None:
    content = {"kind": "PodList", "items": named("shop/a")}
    server.answer("/api/v1/pods", compressed(json.dumps(content).encode()))
    assert read(server, tmp_path).facts[Source.PODS] == Known((pod("a"),))
    assert server.asked("/api/v1/pods")[0].headers["Accept-Encoding"] == "gzip"


def test_only_metadata_is_asked_for_and_the_kind_is_the_collections(server: KubernetesServer, tmp_path: Path) -> None:
    server.serve("v1", "configmaps", "ConfigMap", named("kube-system/coredns", "shop/other", data={"secret": "x"}))
    reading = read(server, tmp_path)
    coredns = ObjectName(Metadata("coredns", "kube-system"), "ConfigMap", "v1")
    assert reading.facts[Source.CONFIG_MAP_NAMES] == Known((coredns,))
    accepted = [request.headers["Accept"] for request in server.asked(CONFIG_MAPS)]
    assert accepted == ["application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"]


def test_collections_that_are_read_together_keep_their_kinds(server: KubernetesServer, tmp_path: Path) -> None:
    server.serve("cilium.io/v2", "ciliumenvoyconfigs", "CiliumEnvoyConfig", named("shop/a"))
    server.serve("cilium.io/v2", "ciliumegressgatewaypolicies", "CiliumEgressGatewayPolicy", named("a"))
    extensions = read(server, tmp_path).facts[Source.CILIUM_EXTENSIONS]
    gateway = ObjectName(Metadata("a"), "CiliumEgressGatewayPolicy", "cilium.io/v2")
    envoy = ObjectName(Metadata("a", "shop"), "CiliumEnvoyConfig", "cilium.io/v2")
    assert extensions == Known((gateway, envoy))


def test_a_named_object_is_read_by_its_name(server: KubernetesServer, tmp_path: Path) -> None:
    server.serve("v1", "configmaps", "ConfigMap", named("kube-system/cilium-config", data={"tunnel": "vxlan"}))
    reading = read(server, tmp_path)
    found = ConfigMap(Metadata("cilium-config", "kube-system"), "ConfigMap", "v1", {"tunnel": "vxlan"})
    assert reading.facts[Source.CILIUM_CONFIG] == Known(found)
    assert [request.query for request in server.asked(f"{CONFIG_MAPS}/cilium-config")] == [{}]


def test_a_named_object_that_the_server_does_not_find_does_not_exist(server: KubernetesServer, tmp_path: Path) -> None:
    assert read(server, tmp_path).facts[Source.NPM_CONFIG] == Known(None)


@pytest.mark.parametrize("content", [b"<html>no such site</html>", b'{"kind": "Error", "reason": "NotFound"}'])
def test_a_404_that_is_not_the_api_servers_proves_nothing(
    server: KubernetesServer, tmp_path: Path, content: bytes
) -> None:
    server.answer(f"{CONFIG_MAPS}/azure-npm-config", body(content, 404))
    detail = "404 on get configmaps/azure-npm-config (namespace kube-system): Not Found"
    missing = Missing(Source.NPM_CONFIG, Cause.UNREACHABLE, detail, "run it again")
    assert read(server, tmp_path).facts[Source.NPM_CONFIG] == missing


def test_another_object_than_the_named_one_is_malformed(server: KubernetesServer, tmp_path: Path) -> None:
    server.answer(f"{CONFIG_MAPS}/azure-npm-config", body(b"{}"))
    detail = "Malformed answer to get configmaps/azure-npm-config (namespace kube-system): it is of no kind"
    missing = Missing(Source.NPM_CONFIG, Cause.MALFORMED, detail, "run it again")
    assert read(server, tmp_path).facts[Source.NPM_CONFIG] == missing


def test_network_policies_of_two_api_groups_never_mix(server: KubernetesServer, tmp_path: Path) -> None:
    server.serve("networking.k8s.io/v1", "networkpolicies", "NetworkPolicy", named("shop/a"))
    server.serve("crd.projectcalico.org/v1", "networkpolicies", "NetworkPolicy", named("shop/a", spec={"tier": "t"}))
    facts = read(server, tmp_path).facts
    ours = NetworkPolicy(Metadata("a", "shop"), "NetworkPolicy", "networking.k8s.io/v1")
    calicos = CalicoPolicy(
        Metadata("a", "shop"), "NetworkPolicy", "crd.projectcalico.org/v1", CalicoPolicySpec(tier="t")
    )
    assert facts[Source.NETWORK_POLICIES] == Known((ours,))
    assert facts[Source.CALICO_POLICIES] == Known((calicos,))


def test_an_object_that_both_calico_groups_show_is_kept_once(server: KubernetesServer, tmp_path: Path) -> None:
    of_crds = named("shop/default.web", "shop/tier.db", "api/default.web")
    server.serve("crd.projectcalico.org/v1", "networkpolicies", "NetworkPolicy", of_crds)
    server.serve("projectcalico.org/v3", "networkpolicies", "NetworkPolicy", named("shop/web", "shop/tier.db"))

    def policy(group_version: str, namespace: str, name: str) -> CalicoPolicy:
        return CalicoPolicy(Metadata(name, namespace), "NetworkPolicy", group_version)

    assert read(server, tmp_path).facts[Source.CALICO_POLICIES] == Known(
        (
            policy("crd.projectcalico.org/v1", "api", "default.web"),
            policy("projectcalico.org/v3", "shop", "tier.db"),
            policy("projectcalico.org/v3", "shop", "web"),
        )
    )


def test_two_objects_of_one_calico_group_are_never_one(server: KubernetesServer, tmp_path: Path) -> None:
    server.serve("crd.projectcalico.org/v1", "networkpolicies", "NetworkPolicy", named("shop/default.web", "shop/web"))
    found = read(server, tmp_path).facts[Source.CALICO_POLICIES].require()
    assert [item.name for item in found] == ["default.web", "web"]


def test_one_failed_collection_makes_its_list_partial(server: KubernetesServer, tmp_path: Path) -> None:
    server.serve("crd.projectcalico.org/v1", "hostendpoints", "HostEndpoint", named("a"))
    server.serve("projectcalico.org/v3", "hostendpoints", "HostEndpoint")
    server.answer("/apis/projectcalico.org/v3/hostendpoints", always=body(b"", 503))
    fact = read(server, tmp_path, attempts=2).facts[Source.CALICO_HOST_ENDPOINTS]
    detail = "503 on list hostendpoints.projectcalico.org (all namespaces): Service Unavailable (asked 2 times)"
    assert isinstance(fact, Missing)
    assert (fact.cause, fact.detail) == (Cause.UNREACHABLE, detail)
    assert [one.name for one in fact.seen] == ["a"]


def test_no_more_connections_are_opened_than_reads_are_made_at_one_time(
    server: KubernetesServer, tmp_path: Path
) -> None:
    read(server, tmp_path, concurrency=3)
    assert 1 <= len({request.port for request in server.requests}) <= 3


def test_threads_may_decode_a_type_for_the_first_time_together() -> None:
    """msgspec 0.22 crashes the process there, unless it knows the type."""
    code = """
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
import analyzer.collect.kubernetes
from analyzer.collect.config_map_addresses import read_as
from analyzer.collect.decoding import decode_list
from analyzer.collect.requests import kubernetes_reads
from analyzer.model.snapshot import ITEM_TYPES

sys.setswitchinterval(1e-6)
together = Barrier(8)

def decode(kind):
    together.wait()
    return decode_list(b'{"kind": "List", "items": [{"metadata": {"name": "a"}, "spec": {}}]}', kind)

with ThreadPoolExecutor(8) as pool:
    for source, read in kubernetes_reads(scan_configmaps=True):
        if source in ITEM_TYPES:
            list(pool.map(decode, [read_as(source)] * 8))
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_progress_names_the_source_and_its_objects_so_far(server: KubernetesServer, tmp_path: Path) -> None:
    server.serve("v1", "pods", "Pod", named("shop/a", "shop/b", "shop/c"))
    server.serve("cilium.io/v2", "ciliumenvoyconfigs", "CiliumEnvoyConfig", named("shop/a"))
    server.serve("cilium.io/v2", "ciliumegressgatewaypolicies", "CiliumEgressGatewayPolicy", named("a"))
    told: list[tuple[str, int]] = []
    session = connect_kubeconfig([server.kubeconfig(tmp_path)])
    read_kubernetes(session, Budget(page=2), lambda name, count: told.append((name, count)))
    session.close()
    assert [count for name, count in told if name == "pods"] == [2, 3]
    assert [count for name, count in told if name == "cilium_extensions"] == [1, 2]


def test_no_request_is_more_than_a_get(server: KubernetesServer, tmp_path: Path) -> None:
    server.answer("/api/v1/pods", items("PodList", token="2"), body(b"", 410))
    read(server, tmp_path)
    assert {request.method for request in server.requests} == {"GET"}
