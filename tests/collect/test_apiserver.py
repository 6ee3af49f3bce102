"""The reading against a real kube-apiserver and etcd, whose folder KUBEBUILDER_ASSETS names."""

from __future__ import annotations

import base64
import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import trustme
import yaml
from servers.kubernetes import kubeconfig, named

from analyzer.cli.access import kubernetes_roles
from analyzer.collect.kubernetes import (
    Budget,
    KubernetesReading,
    Permission,
    Session,
    connect_kubeconfig,
    read_kubernetes,
    review_access,
)
from analyzer.model.fact import Cause, Known, Missing
from analyzer.model.objects import CalicoPolicy, CalicoPolicySpec, ConfigMap, NetworkPolicy
from analyzer.model.source import Source

ASSETS = os.environ.get("KUBEBUILDER_ASSETS")

pytestmark = [
    pytest.mark.apiserver,
    pytest.mark.skipif(not ASSETS, reason="KUBEBUILDER_ASSETS names no folder with etcd and kube-apiserver"),
]

ADMIN, READER, PRINTED = "admin-token", "reader-token", "printed-token"
GROUP = "preflight-readers"
READ = {"verbs": ["get", "list"]}
ROLE = {
    "metadata": {"name": "reader"},
    "rules": [
        {"apiGroups": [""], "resources": ["pods", "namespaces", "nodes"], **READ},
        {"apiGroups": ["apps"], "resources": ["deployments"], **READ},
    ],
}
BINDING = {
    "metadata": {"name": "reader"},
    "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "reader"},
    "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "reader"}],
}
CALICO = {
    "metadata": {"name": "networkpolicies.crd.projectcalico.org"},
    "spec": {
        "group": "crd.projectcalico.org",
        "scope": "Namespaced",
        "names": {"plural": "networkpolicies", "singular": "networkpolicy", "kind": "NetworkPolicy"},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
            }
        ],
    },
}
CALICO_POLICIES = "/apis/crd.projectcalico.org/v1/namespaces/default/networkpolicies"
POLICIES = "/apis/networking.k8s.io/v1/namespaces/default/networkpolicies"


@dataclass(frozen=True)
class ApiServer:
    """A running kube-apiserver."""

    url: str
    authority: bytes
    folder: Path

    def session(self, token: str) -> Session:
        """A session with a token."""
        cluster = {"server": self.url, "certificate-authority-data": base64.b64encode(self.authority).decode()}
        path = self.folder / "kubeconfig"
        path.write_text(json.dumps(kubeconfig(cluster, {"token": token})))
        return connect_kubeconfig([path])

    def read(self, token: str, **budget: Any) -> KubernetesReading:
        """A reading with a token."""
        session = self.session(token)
        try:
            return read_kubernetes(session, Budget(**budget))
        finally:
            session.close()

    def status(self, token: str, path: str) -> int:
        """The status of a GET."""
        session = self.session(token)
        pool = session.client.rest_client.pool_manager
        status: int = pool.request("GET", self.url + path, headers=session.headers()).status
        session.close()
        return status

    def create(self, path: str, content: object) -> int:
        """Creates an object as administrator; the status."""
        session = self.session(ADMIN)
        headers = {**session.headers(), "Content-Type": "application/json"}
        pool = session.client.rest_client.pool_manager
        status: int = pool.request("POST", self.url + path, body=json.dumps(content), headers=headers).status
        session.close()
        return status


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    with ExitStack() as stack:
        running = start(tmp_path_factory.mktemp("apiserver"), stack)
        fill(running)
        yield running


def start(folder: Path, stack: ExitStack) -> ApiServer:
    """Starts etcd and kube-apiserver; both end with the stack."""
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    issued.private_key_and_cert_chain_pem.write_to_path(folder / "server.pem")
    (folder / "tokens.csv").write_text(
        f"{ADMIN},admin,1,system:masters\n{READER},reader,2\n{PRINTED},printed,3,{GROUP}\n"
    )
    store, peer, port = free_ports()
    run(
        stack,
        folder,
        "etcd",
        f"--data-dir={folder}/etcd",
        f"--listen-client-urls=http://127.0.0.1:{store}",
        f"--advertise-client-urls=http://127.0.0.1:{store}",
        f"--listen-peer-urls=http://127.0.0.1:{peer}",
        "--unsafe-no-fsync",
    )
    run(
        stack,
        folder,
        "kube-apiserver",
        f"--etcd-servers=http://127.0.0.1:{store}",
        "--etcd-compaction-interval=1s",
        "--watch-cache-sizes=pods#0",  # the cache serves pages of a revision that etcd has compacted
        "--bind-address=127.0.0.1",
        f"--secure-port={port}",
        f"--tls-cert-file={folder}/server.pem",
        f"--tls-private-key-file={folder}/server.pem",
        f"--token-auth-file={folder}/tokens.csv",
        "--authorization-mode=RBAC",
        "--service-account-issuer=https://127.0.0.1",
        f"--service-account-key-file={folder}/server.pem",
        f"--service-account-signing-key-file={folder}/server.pem",
        "--service-cluster-ip-range=10.0.0.0/24",
        "--disable-admission-plugins=ServiceAccount",
    )
    return ApiServer(f"https://127.0.0.1:{port}", authority.cert_pem.bytes(), folder)


def run(stack: ExitStack, folder: Path, name: str, *arguments: str) -> None:
    log = stack.enter_context((folder / f"{name}.log").open("wb"))
    process = subprocess.Popen([Path(ASSETS or "") / name, *arguments], stdout=log, stderr=log)
    stack.callback(process.wait)
    stack.callback(process.kill)


def free_ports() -> tuple[int, int, int]:
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(3)]
    first, second, third = (listener.getsockname()[1] for listener in listeners)
    for listener in listeners:
        listener.close()
    return first, second, third


def fill(server: ApiServer) -> None:
    """Waits until the server is ready, and creates what the tests read."""
    until(lambda: not lacking(server.read(ADMIN, attempts=1, timeout_s=5)))
    rbac = "/apis/rbac.authorization.k8s.io/v1"
    created = [
        (f"{rbac}/clusterroles", {"kind": "ClusterRole", **ROLE}),
        (f"{rbac}/clusterrolebindings", {"kind": "ClusterRoleBinding", **BINDING}),
        ("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", {"kind": "CustomResourceDefinition", **CALICO}),
        (POLICIES, {**named("web")[0], "spec": {"podSelector": {}}}),
        ("/api/v1/namespaces/kube-system/configmaps", {**named("cilium-config")[0], "data": {"tunnel": "vxlan"}}),
    ]
    spec = {"containers": [{"name": "c", "image": "i", "ports": [{"containerPort": 80}]}]}
    created += [("/api/v1/namespaces/default/pods", {**one, "spec": spec}) for one in named(*"abcde")]
    assert [server.create(path, content) for path, content in created] == [201] * len(created)
    calicos = {"apiVersion": "crd.projectcalico.org/v1", "kind": "NetworkPolicy", "spec": {"tier": "default"}}
    until(lambda: server.create(CALICO_POLICIES, {**named("default.web")[0], **calicos}) == 201)


def until(true: Any) -> None:
    end = time.monotonic() + 90
    while not true():
        assert time.monotonic() < end, "the API server is not ready"
        time.sleep(0.5)


def lacking(reading: KubernetesReading) -> list[Source]:
    return [source for source, fact in reading.facts.items() if isinstance(fact, Missing)]


def names(reading: KubernetesReading, source: Source) -> list[str]:
    fact = reading.facts[source]
    assert isinstance(fact, Known)
    return [item.name for item in fact.value]


def test_every_list_of_a_real_server_is_read(server: ApiServer) -> None:
    reading = server.read(ADMIN)
    assert (lacking(reading), reading.reached, reading.server) == ([], True, server.url)
    assert {"default", "kube-system"} <= set(names(reading, Source.NAMESPACES))
    assert names(reading, Source.SERVICES) == ["kubernetes"]


def test_pages_of_a_real_server_are_put_together(server: ApiServer) -> None:
    assert names(server.read(ADMIN, page=2), Source.PODS) == ["a", "b", "c", "d", "e"]


def test_apis_that_a_real_server_does_not_serve_are_absent(server: ApiServer) -> None:
    absent = server.read(ADMIN).absent_apis
    assert Source.CILIUM_POLICIES in absent
    assert Source.CALICO_GLOBAL_POLICIES in absent
    assert not absent & {Source.CALICO_POLICIES, Source.NETWORK_POLICIES, Source.DEPLOYMENTS, Source.PODS}


def test_policies_of_two_groups_of_a_real_server_do_not_mix(server: ApiServer) -> None:
    facts = server.read(ADMIN).facts
    (ours,) = facts[Source.NETWORK_POLICIES].require()
    (calicos,) = facts[Source.CALICO_POLICIES].require()
    assert (type(ours), ours.name, ours.api_version) == (NetworkPolicy, "web", "networking.k8s.io/v1")
    assert (type(calicos), calicos.name, calicos.api_version) == (
        CalicoPolicy,
        "default.web",
        "crd.projectcalico.org/v1",
    )
    assert calicos.spec == CalicoPolicySpec(tier="default")


def test_metadata_and_named_objects_of_a_real_server_are_read(server: ApiServer) -> None:
    reading = server.read(ADMIN)
    config = reading.facts[Source.CILIUM_CONFIG].require()
    assert (type(config), config.name, config.kind, config.data) == (
        ConfigMap,
        "cilium-config",
        "ConfigMap",
        {"tunnel": "vxlan"},
    )
    assert reading.facts[Source.NPM_CONFIG] == Known(None)
    (found,) = [item for item in reading.facts[Source.CONFIG_MAP_NAMES].require() if item.name == "cilium-config"]
    assert (found.kind, found.api_version) == ("ConfigMap", "v1")


def test_the_printed_roles_are_enough_to_read_everything_and_for_nothing_else(server: ApiServer) -> None:
    rbac = "/apis/rbac.authorization.k8s.io/v1"
    for document in yaml.safe_load_all(kubernetes_roles().replace("GROUP_OBJECT_ID", GROUP)):
        namespace = document["metadata"].get("namespace")
        scope = f"{rbac}/namespaces/{namespace}" if namespace else rbac
        assert server.create(f"{scope}/{document['kind'].lower()}s", document) == 201
    until(lambda: not lacking(server.read(PRINTED)))
    assert set(server.read(PRINTED).facts) == set(server.read(ADMIN).facts)
    assert [server.status(PRINTED, f"/api/v1/{path}") for path in ("secrets", "configmaps", "pods/x")] == [
        403,
        403,
        403,
    ]
    assert server.status(PRINTED, "/api/v1/namespaces/default/secrets/x") == 403


def test_a_real_server_says_which_right_is_lacking(server: ApiServer) -> None:
    reading = server.read(READER)
    assert names(reading, Source.PODS) == ["a", "b", "c", "d", "e"]
    resource = "networkpolicies.networking.k8s.io"
    detail = (
        f"403 on list {resource} (all namespaces): {resource} is forbidden: "
        'User "reader" cannot list resource "networkpolicies" in API group "networking.k8s.io" at the cluster scope'
    )
    grant = f"ClusterRole with get,list on {resource}"
    assert reading.facts[Source.NETWORK_POLICIES] == Missing(Source.NETWORK_POLICIES, Cause.FORBIDDEN, detail, grant)


def test_a_real_server_that_refuses_the_token_is_not_reached(server: ApiServer) -> None:
    reading = server.read("wrong")
    detail = "401 on list pods (all namespaces): Unauthorized"
    grant = "credentials that the API server accepts"
    assert reading.facts[Source.PODS] == Missing(Source.PODS, Cause.FORBIDDEN, detail, grant)
    assert not reading.reached


def test_a_continue_token_that_a_real_server_has_compacted_is_started_over(server: ApiServer) -> None:
    told: list[int] = []

    def wait_for_compaction(source: str, count: int) -> None:
        if source == Source.PODS.value:
            told.append(count)
            if len(told) == 1:
                server.create("/api/v1/namespaces/kube-system/configmaps", named("later")[0])
                time.sleep(5)

    session = server.session(ADMIN)
    reading = read_kubernetes(session, Budget(page=2), wait_for_compaction)
    session.close()
    assert names(reading, Source.PODS) == ["a", "b", "c", "d", "e"]
    assert told == [2, 2, 4, 5]


def test_a_real_server_answers_access_reviews(server: ApiServer) -> None:
    session = server.session(READER)
    found = {one.source: one for one in review_access(session, Budget())}
    session.close()
    denied = Permission(
        Source.SERVICES,
        False,
        "Denied to list services (all namespaces): no role allows it",
        "ClusterRole with get,list on services",
    )
    assert (found[Source.PODS], found[Source.SERVICES]) == (Permission(Source.PODS, True), denied)
