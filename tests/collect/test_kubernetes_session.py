"""Signing in and connecting as kubectl would, and one clear sentence where that cannot be."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from servers.kubernetes import KubernetesServer, ca_pem, kubeconfig, reaches
from servers.proxy import connect_proxy

from analyzer.collect.kubernetes import (
    Budget,
    connect_in_cluster,
    connect_kubeconfig,
    connect_user_credential,
    read_kubernetes,
)
from analyzer.collect.kubernetes.exchange import Wire
from analyzer.collect.kubernetes.session import Session
from analyzer.errors import UnreachableError, UsageError
from analyzer.model.fact import Cause, Missing
from analyzer.model.source import Source


@pytest.fixture(autouse=True)
def no_proxy_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("https_proxy", "http_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def server() -> Iterator[KubernetesServer]:
    with KubernetesServer(token="right") as running:
        yield running
    assert running.violations == []


def write(path: Path, content: object) -> Path:
    path.write_text(json.dumps(content))
    return path


def test_a_token_of_the_kubeconfig_signs_in(server: KubernetesServer, tmp_path: Path) -> None:
    session = connect_kubeconfig([server.kubeconfig(tmp_path)])
    assert session.server == server.url
    assert reaches(session)


def test_files_are_found_from_the_kubeconfigs_folder(server: KubernetesServer, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("right")
    (tmp_path / "ca.crt").write_bytes(ca_pem())
    cluster = {"server": server.url, "certificate-authority": "ca.crt"}
    path = write(tmp_path / "kubeconfig", kubeconfig(cluster, {"tokenFile": "token"}))
    assert reaches(connect_kubeconfig([path]))


def test_a_context_is_chosen_by_name(server: KubernetesServer, tmp_path: Path) -> None:
    both = kubeconfig({"server": "https://other.invalid"}, {}, "other")
    ours = kubeconfig(server.cluster(), {"token": "right"}, "shop")
    for part in ("contexts", "clusters", "users"):
        both[part] += ours[part]
    path = write(tmp_path / "kubeconfig", both)
    assert reaches(connect_kubeconfig([path], "shop"))
    assert connect_kubeconfig([path]).server == "https://other.invalid"


def test_of_several_files_the_first_to_say_something_wins(server: KubernetesServer, tmp_path: Path) -> None:
    first = write(tmp_path / "first", {"current-context": "shop", "contexts": None})
    second = write(tmp_path / "second", kubeconfig(server.cluster(), {"token": "right"}, "shop"))
    other = kubeconfig({"server": "https://other.invalid"}, {"token": "no"}, "shop")
    third = write(tmp_path / "third", {**other, "current-context": "other"})
    assert reaches(connect_kubeconfig([first, tmp_path / "absent", second, third]))


def refused(path: Path, context: str | None = None) -> str:
    with pytest.raises(UsageError) as raised:
        connect_kubeconfig([path], context)
    return str(raised.value).replace(str(path.parent), "FOLDER")


SHOP = kubeconfig({"server": "https://shop.invalid"}, {}, "shop")


@pytest.mark.parametrize(
    ("content", "context", "sentence"),
    [
        (SHOP, "wrong", "The kubeconfig FOLDER/config has no context wrong; it has shop"),
        ({}, "wrong", "The kubeconfig FOLDER/config has no context wrong; it has none"),
        ({}, None, "The kubeconfig FOLDER/config has no current context, and --context was not given"),
        ({**SHOP, "clusters": []}, None, "Context shop of the kubeconfig FOLDER/config names no cluster with a server"),
        (
            {**SHOP, "users": None},
            None,
            "Context shop of the kubeconfig FOLDER/config names user shop-user, which is not there",
        ),
        (
            [],
            None,
            "The kubeconfig FOLDER/config does not have the shape of one: Expected `object`, got `array`",
        ),
        (
            {"contexts": [{"context": {"cluster": "x"}}]},
            None,
            "The kubeconfig FOLDER/config does not have the shape of one: Object missing required field `name` - at"
            " `$.contexts[0]`",
        ),
        (
            kubeconfig({"server": "https://shop.invalid", "certificate-authority": "ca.crt"}, {}),
            None,
            "Context shop of the kubeconfig FOLDER/config cannot be used: File does not exist: FOLDER/ca.crt",
        ),
        (
            kubeconfig({"server": "https://shop.invalid", "proxy-url": "ftp://me:secret@proxy"}, {}),
            None,
            "The proxy proxy cannot be used: Proxy URL had unsupported scheme ftp, should use http:// or https://",
        ),
        (
            kubeconfig({"server": "https://shop.invalid"}, {"exec": {"command": "x"}}),
            None,
            "The exec plugin of context shop in FOLDER/config: Object missing required field `apiVersion`",
        ),
    ],
)
def test_a_kubeconfig_that_cannot_be_used_is_a_usage_error(
    tmp_path: Path, content: object, context: str | None, sentence: str
) -> None:
    assert refused(write(tmp_path / "config", content), context) == sentence


def test_a_kubeconfig_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    sentence = "Cannot read the kubeconfig FOLDER/config: no such file"
    assert refused(tmp_path / "config") == sentence


def test_a_kubeconfig_that_cannot_be_read_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    assert refused(tmp_path / "config") == "Cannot read the kubeconfig FOLDER/config: Is a directory"


def test_a_kubeconfig_that_is_not_yaml_is_a_usage_error(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text("contexts: [")
    assert refused(path).startswith("The kubeconfig FOLDER/config does not have the shape of one: while")


def test_an_entra_token_takes_the_place_of_the_plugin(server: KubernetesServer, tmp_path: Path) -> None:
    user = {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "no-such-login"}}
    content = server.kubeconfig(tmp_path, user).read_bytes()
    assert reaches(connect_user_credential(content, lambda: "right"))


def test_a_token_is_asked_for_again_with_each_request(server: KubernetesServer, tmp_path: Path) -> None:
    tokens = iter(["first", "second"])
    content = server.kubeconfig(tmp_path, {"auth-provider": {"name": "azure"}}).read_bytes()
    session = connect_user_credential(content, lambda: next(tokens))
    assert session.headers() == {"authorization": "Bearer second"}
    session.close()


def test_a_cluster_with_local_accounts_needs_no_entra_token(server: KubernetesServer, tmp_path: Path) -> None:
    def token() -> str:
        raise AssertionError("no token is needed")

    assert reaches(connect_user_credential(server.kubeconfig(tmp_path).read_bytes(), token))


def test_the_error_of_a_token_ends_the_connection(server: KubernetesServer, tmp_path: Path) -> None:
    def token() -> str:
        raise UnreachableError("Entra ID does not answer")

    content = server.kubeconfig(tmp_path, {"exec": {}}).read_bytes()
    with pytest.raises(UnreachableError, match=r"^Entra ID does not answer$"):
        connect_user_credential(content, token)


def test_a_user_credential_of_another_shape_is_a_usage_error() -> None:
    sentence = "^The kubeconfig of the cluster user credential does not have the shape of one: Expected `object`"
    with pytest.raises(UsageError, match=sentence):
        connect_user_credential(b"[]", str)


def test_a_pod_signs_in_with_its_service_account(server: KubernetesServer, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("right")
    (tmp_path / "ca.crt").write_bytes(ca_pem())
    host, _, port = server.url.removeprefix("https://").partition(":")
    environment = {"KUBERNETES_SERVICE_HOST": host, "KUBERNETES_SERVICE_PORT": port}
    session = connect_in_cluster(environment, tmp_path)
    assert session.server == server.url
    assert session.headers() == {"authorization": "bearer right"}
    session.close()


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({}, "Cannot use the credentials of a pod: Service host/port is not set."),
        (
            {"KUBERNETES_SERVICE_HOST": "10.0.0.1", "KUBERNETES_SERVICE_PORT": "443"},
            "Cannot use the credentials of a pod: Service token file does not exist.",
        ),
    ],
)
def test_outside_of_a_pod_there_is_no_service_account(
    tmp_path: Path, environment: Mapping[str, str], sentence: str
) -> None:
    with pytest.raises(UsageError, match=f"^{sentence}$"):
        connect_in_cluster(environment, tmp_path)


def test_the_proxy_of_the_kubeconfig_is_used_whatever_the_environment_says(
    server: KubernetesServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("HTTPS_PROXY", "http://other.invalid")
    with connect_proxy() as proxy:
        config = server.kubeconfig(tmp_path, **{"proxy-url": proxy.url})
        assert reaches(connect_kubeconfig([config]))
    assert set(proxy.targets) == {server.url.removeprefix("https://")}


def test_a_proxy_that_refuses_is_named_as_the_cause(server: KubernetesServer, tmp_path: Path) -> None:
    with connect_proxy(refuses=True) as proxy:
        session = connect_kubeconfig([server.kubeconfig(tmp_path, **{"proxy-url": proxy.url})])
        reading = read_kubernetes(session, Budget(attempts=1))
        session.close()
    fact = reading.facts[Source.PODS]
    assert isinstance(fact, Missing)
    assert (fact.cause, fact.detail) == (
        Cause.UNREACHABLE,
        "Not asked to list pods (all namespaces): neither /apis nor /api could be read: the proxy does not let it"
        " through: Tunnel connection failed: 403 Forbidden",
    )


@pytest.mark.parametrize(
    ("variables", "server_url", "proxy"),
    [
        ({"HTTPS_PROXY": "http://p:1"}, "https://shop.io", "http://p:1"),
        ({"https_proxy": "http://p:1"}, "https://shop.io", "http://p:1"),
        ({"ALL_PROXY": "http://p:1"}, "https://shop.io", "http://p:1"),
        ({"HTTP_PROXY": "http://p:1"}, "https://shop.io", None),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "a.io, .shop.io"}, "https://x.shop.io", None),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "a.io,*.shop.io"}, "https://x.shop.io", None),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "10.0.0.0/8"}, "https://10.1.2.3:443", None),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "*"}, "https://shop.io", None),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "shop.io"}, "https://myshop.io", "http://p:1"),
        ({"HTTPS_PROXY": "http://p:1"}, "https://127.0.0.1:6443", None),
        ({"HTTPS_PROXY": "http://p:1"}, "https://localhost:6443", None),
    ],
)
def test_proxies_of_the_environment_are_used_as_kubectl_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variables: Mapping[str, str], server_url: str, proxy: str | None
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    session = connect_kubeconfig([write(tmp_path / "config", kubeconfig({"server": server_url}, {"token": "x"}))])
    used = session.client.rest_client.pool_manager.proxy
    session.close()
    assert (None if used is None else str(used)) == proxy


def test_the_tls_server_name_of_the_kubeconfig_is_verified(server: KubernetesServer, tmp_path: Path) -> None:
    ours, other = "shop.hcp.westeurope.azmk8s.io", "other.hcp.westeurope.azmk8s.io"
    session = connect_kubeconfig([server.kubeconfig(tmp_path, **{"tls-server-name": ours})])
    assert session.tls_server_name == ours
    assert reaches(session)
    assert not reaches(connect_kubeconfig([server.kubeconfig(tmp_path, **{"tls-server-name": other})]))


def test_a_name_that_is_not_verified_is_not_told(server: KubernetesServer, tmp_path: Path) -> None:
    unverified = {"server": server.url, "tls-server-name": "shop.io", "insecure-skip-tls-verify": True}
    session = connect_kubeconfig([write(tmp_path / "config", kubeconfig(unverified, {"token": "right"}))])
    assert session.tls_server_name == ""
    assert reaches(session)


def test_threads_that_ask_first_at_one_time_have_the_same_connections(server: KubernetesServer, tmp_path: Path) -> None:
    sessions = [connect_kubeconfig([server.kubeconfig(tmp_path)]) for _ in range(30)]
    begun = Barrier(8)

    def wire(session: Session) -> Wire:
        begun.wait()
        return session.wire

    with ThreadPoolExecutor(8) as threads:
        found = [set(map(id, threads.map(wire, [session] * 8))) for session in sessions]
    assert [len(wires) for wires in found] == [1] * 30
    for session in sessions:
        session.close()
