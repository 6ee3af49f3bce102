"""What doctor learns of the rights of the signed-in identity."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from servers.kubernetes import REVIEWS, KubernetesServer
from servers.kubernetes_answers import body, refusal, truncated

from analyzer.collect.kubernetes import Budget, Permission, connect_kubeconfig, review_access
from analyzer.model.source import READS, KubernetesRead, Source


@pytest.fixture
def server() -> Iterator[KubernetesServer]:
    with KubernetesServer() as running:
        yield running
    assert running.violations == []


def review(server: KubernetesServer, folder: Path) -> dict[Source, Permission]:
    session = connect_kubeconfig([server.kubeconfig(folder)])
    found = review_access(session, Budget(wait_s=0.01, attempts=2))
    session.close()
    return {one.source: one for one in found}


def test_every_source_is_reviewed_in_the_order_of_the_reads(server: KubernetesServer, tmp_path: Path) -> None:
    found = review(server, tmp_path)
    assert list(found) == [
        source for source, one in READS.items() if isinstance(one, KubernetesRead) and not one.only_when_asked
    ]
    assert found[Source.PODS] == Permission(Source.PODS, True)


def test_a_review_asks_for_what_the_reading_does(server: KubernetesServer, tmp_path: Path) -> None:
    review(server, tmp_path)
    asked = [json.loads(request.body)["spec"]["resourceAttributes"] for request in server.asked(REVIEWS)]
    every_pod = {"verb": "list", "group": "", "version": "v1", "resource": "pods", "namespace": "", "name": ""}
    one_map = {
        "verb": "get",
        "group": "",
        "version": "v1",
        "resource": "configmaps",
        "namespace": "kube-system",
        "name": "cilium-config",
    }
    assert every_pod in asked
    assert one_map in asked
    assert {request.path for request in server.requests} == {"/apis", REVIEWS}


def test_a_denied_right_is_named_with_its_grant(server: KubernetesServer, tmp_path: Path) -> None:
    server.denied.add("list networkpolicies.networking.k8s.io")
    denied = Permission(
        Source.NETWORK_POLICIES,
        False,
        "Denied to list networkpolicies.networking.k8s.io (all namespaces): no role allows it",
        "ClusterRole with get,list on networkpolicies.networking.k8s.io",
    )
    assert review(server, tmp_path)[Source.NETWORK_POLICIES] == denied


def test_one_denied_collection_denies_its_source(server: KubernetesServer, tmp_path: Path) -> None:
    server.serve("crd.projectcalico.org/v1", "hostendpoints", "HostEndpoint")
    server.serve("projectcalico.org/v3", "hostendpoints", "HostEndpoint")
    server.denied.add("list hostendpoints.projectcalico.org")
    assert review(server, tmp_path)[Source.CALICO_HOST_ENDPOINTS] == Permission(
        Source.CALICO_HOST_ENDPOINTS,
        False,
        "Denied to list hostendpoints.projectcalico.org (all namespaces): no role allows it",
        "ClusterRole with get,list on hostendpoints.projectcalico.org",
    )


def test_an_api_that_the_cluster_does_not_serve_takes_no_right(server: KubernetesServer, tmp_path: Path) -> None:
    server.denied.add("list ciliumnetworkpolicies.cilium.io")
    absent = Permission(Source.CILIUM_POLICIES, True, "The cluster does not serve it")
    assert review(server, tmp_path)[Source.CILIUM_POLICIES] == absent


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (refusal(403, "Forbidden", "no"), "403 on the access review of list pods (all namespaces): no"),
        (truncated, "No answer whether to list pods (all namespaces): the body ends before its end"),
        (
            body(b"{}", 201),
            "Malformed access review of list pods (all namespaces): Object missing required field `status`",
        ),
    ],
)
def test_a_review_that_is_not_answered_is_not_known(
    server: KubernetesServer, tmp_path: Path, answer: object, reason: str
) -> None:
    server.answer(REVIEWS, always=answer)  # type: ignore[arg-type]
    assert review(server, tmp_path)[Source.PODS] == Permission(Source.PODS, None, reason)
