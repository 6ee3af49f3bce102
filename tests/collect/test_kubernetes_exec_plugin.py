"""Exec plugins sign in, and say in one sentence why not."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from servers.kubernetes import KubernetesServer, client_certificate, kubeconfig, reaches

from analyzer.collect.kubernetes import connect_kubeconfig
from analyzer.errors import UnreachableError

API = "client.authentication.k8s.io/v1"


@pytest.fixture
def server() -> Iterator[KubernetesServer]:
    with KubernetesServer(token="right") as running:
        yield running
    assert running.violations == []


def plugin(folder: Path, answer: object, code: int = 0, said: str = "") -> dict[str, Any]:
    """The `exec` of a user, with a real script that prints an answer and notes what it was told."""
    script = folder / "plugin"
    notes = folder / "told"
    text = json.dumps(answer) if not isinstance(answer, str) else answer
    script.write_text(
        f"#!{sys.executable}\nimport os, sys\n"
        f"open({str(notes)!r}, 'a').write(os.environ['KUBERNETES_EXEC_INFO'] + '\\n')\n"
        f"sys.stderr.write({said!r})\nprint({text!r})\nsys.exit({code})\n"
    )
    script.chmod(0o755)
    return {"apiVersion": API, "command": str(script), "interactiveMode": "Never"}


def credential(**status: str) -> dict[str, Any]:
    return {"apiVersion": API, "kind": "ExecCredential", "status": status}


def refused(folder: Path, config: Mapping[str, Any], timeout_s: float = 60) -> str:
    path = folder / "config"
    path.write_text(json.dumps(kubeconfig({"server": "https://shop.invalid"}, {"exec": config})))
    with pytest.raises(UnreachableError) as raised:
        connect_kubeconfig([path], plugin_timeout_s=timeout_s)
    return str(raised.value).replace(str(folder), "FOLDER")


def test_an_exec_plugin_signs_in(server: KubernetesServer, tmp_path: Path) -> None:
    user = {"exec": plugin(tmp_path, credential(token="right"))}
    assert reaches(connect_kubeconfig([server.kubeconfig(tmp_path, user)]))
    told = (tmp_path / "told").read_text().splitlines()
    assert [json.loads(line) for line in told] == [
        {"apiVersion": API, "kind": "ExecCredential", "spec": {"interactive": False}}
    ]


def test_an_exec_plugin_is_told_its_cluster_where_it_asks(server: KubernetesServer, tmp_path: Path) -> None:
    user = {"exec": {**plugin(tmp_path, credential(token="right")), "provideClusterInfo": True}}
    extensions = [{"name": "client.authentication.k8s.io/exec", "extension": {"audience": "x"}}]
    session = connect_kubeconfig([server.kubeconfig(tmp_path, user, extensions=extensions)])
    session.close()
    told = json.loads((tmp_path / "told").read_text())["spec"]["cluster"]
    assert told == {**server.cluster(), "config": {"audience": "x"}}


def test_an_exec_plugin_is_found_and_given_its_variables(server: KubernetesServer, tmp_path: Path) -> None:
    """A relative command starts at the kubeconfig's folder."""
    (tmp_path / "plugin").write_text('#!/bin/sh\necho "$1$TOKEN$2"\n')
    (tmp_path / "plugin").chmod(0o755)
    before, after = json.dumps(credential(token="TOKEN")).split("TOKEN")
    config = {
        "apiVersion": API,
        "command": "./plugin",
        "args": [before, after],
        "env": [{"name": "TOKEN", "value": "right"}],
    }
    assert reaches(connect_kubeconfig([server.kubeconfig(tmp_path, {"exec": config})]))


def test_a_token_of_a_plugin_is_renewed_before_it_expires(server: KubernetesServer, tmp_path: Path) -> None:
    answer = credential(token="right", expirationTimestamp="2020-01-01T00:00:00Z")
    session = connect_kubeconfig([server.kubeconfig(tmp_path, {"exec": plugin(tmp_path, answer)})])
    before = len((tmp_path / "told").read_text().splitlines())
    session.headers()
    assert len((tmp_path / "told").read_text().splitlines()) == before + 1
    session.close()


def test_an_exec_plugin_may_answer_with_a_certificate(tmp_path: Path) -> None:
    certificate, key = client_certificate()
    answer = credential(clientCertificateData=certificate, clientKeyData=key)
    with KubernetesServer(asks_for_certificate=True) as server:
        session = connect_kubeconfig([server.kubeconfig(tmp_path, {"exec": plugin(tmp_path, answer)})])
        assert reaches(session)
        session = connect_kubeconfig([server.kubeconfig(tmp_path, {"token": "none"})])
        assert not reaches(session)


@pytest.mark.parametrize(
    ("answer", "code", "said", "sentence"),
    [
        ("", 1, "AADSTS700082:\nexpired\n", "ended with exit code 1: AADSTS700082: expired"),
        ("", 3, "", "ended with exit code 3"),
        ("hello", 0, "", "does not answer with an ExecCredential: JSON is malformed: invalid character (byte 0)"),
        (
            {**credential(token="x"), "apiVersion": f"{API}beta1"},
            0,
            "",
            f"answers as {API}beta1, and the kubeconfig asks for {API}",
        ),
        (credential(), 0, "", "answers with neither a token nor a certificate and its key"),
        (credential(clientCertificateData="x"), 0, "", "answers with neither a token nor a certificate and its key"),
    ],
)
def test_an_exec_plugin_that_fails_is_an_error(
    tmp_path: Path, answer: object, code: int, said: str, sentence: str
) -> None:
    opening = "Cannot sign in: the kubeconfig's exec plugin FOLDER/plugin"
    assert refused(tmp_path, plugin(tmp_path, answer, code, said)) == f"{opening} {sentence}"


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"command": "no-such-login"}, "no-such-login is not installed"),
        (
            {"command": "no-such-login", "installHint": "az aks\ninstall-cli"},
            "no-such-login is not installed: az aks install-cli",
        ),
        ({"interactiveMode": "Always"}, "FOLDER/plugin needs a terminal, and there is none"),
    ],
)
def test_an_exec_plugin_that_cannot_run_is_an_error(tmp_path: Path, more: Mapping[str, Any], sentence: str) -> None:
    config = {**plugin(tmp_path, ""), **more}
    assert refused(tmp_path, config) == f"Cannot sign in: the kubeconfig's exec plugin {sentence}"


def test_an_exec_plugin_that_hangs_is_an_error(tmp_path: Path) -> None:
    config = {"apiVersion": API, "command": "sleep", "args": ["60"]}
    sentence = "Cannot sign in: the kubeconfig's exec plugin sleep did not answer within 0.2 s"
    assert refused(tmp_path, config, timeout_s=0.2) == sentence
