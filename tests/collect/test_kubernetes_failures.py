"""What a cluster that does not answer as asked becomes: Missing, with cause, sentence, grant and what was seen."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from servers.kubernetes import KubernetesServer, ca_pem, named, read
from servers.kubernetes_answers import Answer, body, items, refusal, reset, silence, trickle, truncated

from analyzer.collect.kubernetes import Budget, connect_kubeconfig, connect_user_credential, read_kubernetes
from analyzer.collect.kubernetes import KubernetesReading as Reading
from analyzer.errors import UnreachableError
from analyzer.model.fact import Cause, Known, Missing
from analyzer.model.objects import Pod, PodMetadata
from analyzer.model.source import Source

PODS = "/api/v1/pods"
LIST = "list pods (all namespaces)"
ROUTE = "a route to the API server: run where kubectl works, or collect on a jump host"
SIGN_IN = "credentials that the API server accepts"
EXPIRED = refusal(410, "Expired", "The provided continue parameter is too old")
TOO_MANY = refusal(429, "TooManyRequests", "too many requests", retry_after="0")


@pytest.fixture
def server() -> Iterator[KubernetesServer]:
    with KubernetesServer() as running:
        running.serve("v1", "pods", "Pod", named("shop/a", "shop/b", "shop/c"))
        yield running
    assert running.violations == []


def pods(*names: str) -> tuple[Pod, ...]:
    return tuple(Pod(PodMetadata(name, "shop"), "Pod", "v1") for name in names)


ALL = Known(pods("a", "b", "c"))


def missing(cause: Cause, detail: str, grant: str, seen: tuple[Pod, ...] | None = None) -> Missing[Any]:
    return Missing(Source.PODS, cause, detail, grant, seen)


def lacking(reading: Reading) -> list[Source]:
    return [source for source, fact in reading.facts.items() if isinstance(fact, Missing)]


def test_a_forbidden_list_is_missing_and_says_which_right_is_lacking(server: KubernetesServer, tmp_path: Path) -> None:
    said = 'pods is forbidden: User "x" cannot list\n resource "pods"'
    server.answer(PODS, always=refusal(403, "Forbidden", said))
    reading = read(server, tmp_path)
    detail = f'403 on {LIST}: pods is forbidden: User "x" cannot list resource "pods"'
    assert reading.facts[Source.PODS] == missing(Cause.FORBIDDEN, detail, "ClusterRole with get,list on pods")
    assert (lacking(reading), reading.reached) == ([Source.PODS], True)


def test_the_right_names_api_group_and_namespace(server: KubernetesServer, tmp_path: Path) -> None:
    server.answer("/apis/apps/v1/deployments", always=refusal(403, "Forbidden", "no"))
    server.answer("/api/v1/namespaces/kube-system/limitranges", always=refusal(403, "Forbidden", "no"))
    server.answer("/api/v1/namespaces/kube-system/configmaps/cilium-config", always=refusal(403, "Forbidden", "no"))
    facts = read(server, tmp_path).facts
    assert [facts[source] for source in (Source.DEPLOYMENTS, Source.LIMIT_RANGES, Source.CILIUM_CONFIG)] == [
        Missing(
            Source.DEPLOYMENTS,
            Cause.FORBIDDEN,
            "403 on list deployments.apps (all namespaces): no",
            "ClusterRole with get,list on deployments.apps",
        ),
        Missing(
            Source.LIMIT_RANGES,
            Cause.FORBIDDEN,
            "403 on list limitranges (namespace kube-system): no",
            "Role in kube-system with get,list on limitranges",
        ),
        Missing(
            Source.CILIUM_CONFIG,
            Cause.FORBIDDEN,
            "403 on get configmaps/cilium-config (namespace kube-system): no",
            "Role in kube-system with get on configmaps",
        ),
    ]


def test_a_long_message_is_shortened(server: KubernetesServer, tmp_path: Path) -> None:
    server.answer(PODS, always=refusal(403, "Forbidden", "x" * 1000))
    fact = read(server, tmp_path).facts[Source.PODS]
    assert isinstance(fact, Missing)
    assert fact.detail == f"403 on {LIST}: {'x' * 299}…"


def test_a_refused_sign_in_reaches_nothing(tmp_path: Path) -> None:
    with KubernetesServer(token="right") as server:
        session = connect_kubeconfig([server.kubeconfig(tmp_path, {"token": "wrong"})])
        reading = read_kubernetes(session, Budget())
        session.close()
    assert not reading.reached
    assert {fact.cause for fact in reading.facts.values() if isinstance(fact, Missing)} == {Cause.FORBIDDEN}
    assert not [fact for fact in reading.facts.values() if isinstance(fact, Known)]
    assert reading.facts[Source.PODS] == missing(Cause.FORBIDDEN, f"401 on {LIST}: Unauthorized", SIGN_IN)


def test_what_was_read_before_a_later_page_failed_is_seen(server: KubernetesServer, tmp_path: Path) -> None:
    server.answer(PODS, None, refusal(403, "Forbidden", "no longer"))
    reading = read(server, tmp_path, page=2)
    detail = f"403 on {LIST} after 2 objects: no longer"
    fact = missing(Cause.FORBIDDEN, detail, "ClusterRole with get,list on pods", pods("a", "b"))
    assert reading.facts[Source.PODS] == fact


def test_a_later_page_that_is_not_found_is_a_failure_with_what_was_seen(
    server: KubernetesServer, tmp_path: Path
) -> None:
    server.answer(PODS, None, refusal(404, "NotFound", "gone"))
    fact = missing(Cause.UNREACHABLE, f"404 on {LIST} after 2 objects: gone", "run it again", pods("a", "b"))
    assert read(server, tmp_path, page=2).facts[Source.PODS] == fact


def test_a_list_whose_continue_token_expired_is_started_over(server: KubernetesServer, tmp_path: Path) -> None:
    server.answer(PODS, None, EXPIRED)
    assert read(server, tmp_path, page=2).facts[Source.PODS] == ALL
    tokens = [request.query.get("continue") for request in server.asked(PODS)]
    assert tokens == [None, "2", None, "2"]


def test_a_list_whose_continue_token_expired_twice_is_missing(server: KubernetesServer, tmp_path: Path) -> None:
    server.answer(PODS, None, EXPIRED, None, EXPIRED)
    detail = f"410 on {LIST} after 2 objects: the continue token expired twice"
    fact = missing(Cause.UNREACHABLE, detail, "run it again", pods("a", "b"))
    assert read(server, tmp_path, page=2).facts[Source.PODS] == fact


def test_a_list_that_names_itself_as_its_next_page_ends(server: KubernetesServer, tmp_path: Path) -> None:
    server.answer(PODS, always=items("PodList", *named("shop/a"), token="same"))
    detail = f"Malformed answer to {LIST} after 2 objects: it names itself as its next page"
    assert read(server, tmp_path).facts[Source.PODS] == missing(Cause.MALFORMED, detail, "run it again", pods("a"))


@pytest.mark.parametrize(
    "failure",
    [
        pytest.param(TOO_MANY, id="429"),
        pytest.param(refusal(500, "InternalError", "etcd"), id="500"),
        pytest.param(
            refusal(503, "Unavailable", "no", retry_after="Sat, 01 Jan 2000 00:00:00 GMT"), id="503 with a date"
        ),
        pytest.param(refusal(503, "Unavailable", "no", retry_after="soon"), id="503 with a wrong Retry-After"),
        pytest.param(reset, id="reset"),
    ],
)
def test_a_failure_that_passes_is_not_seen(server: KubernetesServer, tmp_path: Path, failure: Answer) -> None:
    server.answer(PODS, failure, failure)
    assert read(server, tmp_path, page=2).facts[Source.PODS] == ALL
    assert len(server.asked(PODS)) == 4


@pytest.mark.parametrize(
    ("failure", "expected", "requests"),
    [
        pytest.param(
            TOO_MANY,
            missing(Cause.UNREACHABLE, f"429 on {LIST}: too many requests (asked 3 times)", "run it again"),
            3,
            id="429",
        ),
        pytest.param(
            refusal(429, "TooManyRequests", "later", retry_after="31"),
            missing(Cause.UNREACHABLE, f"429 on {LIST}: later", "run it again"),
            1,
            id="429 that asks for more patience than there is",
        ),
        pytest.param(
            refusal(500, "InternalError", "etcd is gone"),
            missing(Cause.UNREACHABLE, f"500 on {LIST}: etcd is gone (asked 3 times)", "run it again"),
            3,
            id="500",
        ),
        pytest.param(
            body(b"<html>bad gateway</html>", 502),
            missing(Cause.UNREACHABLE, f"502 on {LIST}: Bad Gateway (asked 3 times)", "run it again"),
            3,
            id="502 of a proxy",
        ),
        pytest.param(
            body(b"", 302, {"Location": "https://login.example.org/"}),
            missing(Cause.UNREACHABLE, f"302 on {LIST}: Found", "run it again"),
            1,
            id="redirection",
        ),
        pytest.param(
            EXPIRED,
            missing(Cause.UNREACHABLE, f"410 on {LIST}: The provided continue parameter is too old", "run it again"),
            1,
            id="410 without a token",
        ),
        pytest.param(
            reset, missing(Cause.UNREACHABLE, f"No answer to {LIST}: the connection was dropped", ROUTE), 3, id="reset"
        ),
        pytest.param(
            truncated,
            missing(Cause.MALFORMED, f"Malformed answer to {LIST}: the body ends before its end", "run it again"),
            1,
            id="truncated",
        ),
        pytest.param(
            body(b"not gzip", headers={"Content-Encoding": "gzip"}),
            missing(
                Cause.MALFORMED, f"Malformed answer to {LIST}: the compressed body cannot be unpacked", "run it again"
            ),
            1,
            id="wrong compression",
        ),
        pytest.param(
            body(b'{"kind": "PodList", "items": [{"metadata"'),
            missing(
                Cause.MALFORMED,
                f"Malformed answer to {LIST}: the body is not a list: Input data was truncated",
                "run it again",
            ),
            1,
            id="truncated JSON",
        ),
        pytest.param(
            body(b'{"kind": "PodList"}'),
            missing(
                Cause.MALFORMED,
                f"Malformed answer to {LIST}: the body is not a list: Object missing required field `items`",
                "run it again",
            ),
            1,
            id="no items",
        ),
        pytest.param(
            body(b'{"kind": "Table", "items": []}'),
            missing(
                Cause.MALFORMED, f"Malformed answer to {LIST}: it is a Table, not a list of objects", "run it again"
            ),
            1,
            id="another kind",
        ),
        pytest.param(
            items("PodDisruptionBudgetList"),
            missing(
                Cause.MALFORMED,
                f"Malformed answer to {LIST}: it is a PodDisruptionBudgetList, not a PodList",
                "run it again",
            ),
            1,
            id="an empty list of something else",
        ),
        pytest.param(
            items("PartialObjectMetadataList", *named("shop/a")),
            missing(
                Cause.MALFORMED,
                f"Malformed answer to {LIST}: it is a PartialObjectMetadataList, not a list of objects",
                "run it again",
            ),
            1,
            id="metadata where content was asked for",
        ),
    ],
)
def test_a_list_that_is_not_read_is_missing(
    server: KubernetesServer, tmp_path: Path, failure: Answer, expected: Missing[Any], requests: int
) -> None:
    server.answer(PODS, always=failure)
    reading = read(server, tmp_path, attempts=3)
    assert reading.facts[Source.PODS] == expected
    assert len(server.asked(PODS)) == requests
    assert (lacking(reading), reading.reached) == ([Source.PODS], True)


@pytest.mark.parametrize("slow", [silence, trickle])
def test_a_list_that_is_not_read_to_its_end_in_time_is_missing(
    server: KubernetesServer, tmp_path: Path, slow: Answer
) -> None:
    server.answer(PODS, always=slow)
    detail = f"No answer to {LIST}: not to its end within 1.5 s"
    fact = missing(Cause.UNREACHABLE, detail, "a longer --timeout")
    assert read(server, tmp_path, timeout_s=1.5).facts[Source.PODS] == fact
    assert len(server.asked(PODS)) == 1


def test_items_beside_a_malformed_one_are_seen_and_so_are_later_pages(server: KubernetesServer, tmp_path: Path) -> None:
    bad = {"metadata": {"name": 7}}
    server.answer(PODS, items("PodList", *named("shop/a"), bad, token="2"))
    detail = (
        f"Malformed answer to {LIST}: 1 of 2 items cannot be read, the first: "
        "Expected `str`, got `int` - at `$.metadata.name`"
    )
    fact = missing(Cause.MALFORMED, detail, "run it again", pods("a", "c"))
    assert read(server, tmp_path, page=2).facts[Source.PODS] == fact


def test_nothing_is_asked_of_a_server_that_does_not_answer(tmp_path: Path) -> None:
    with KubernetesServer() as server:
        config = server.kubeconfig(tmp_path)
        server.answer("/apis", always=reset)
        server.answer("/api", always=reset)
        session = connect_kubeconfig([config])
        reading = read_kubernetes(session, Budget(attempts=1))
        session.close()
    detail = f"Not asked to {LIST}: neither /apis nor /api could be read: the connection was dropped"
    assert reading.facts[Source.PODS] == missing(Cause.UNREACHABLE, detail, ROUTE)
    assert not [fact for fact in reading.facts.values() if isinstance(fact, Known)]
    assert (reading.reached, reading.absent_apis) == (False, frozenset())
    assert server.paths() == {"/apis", "/api"}


@pytest.mark.parametrize(
    ("server_url", "why"),
    [
        ("https://127.0.0.1:{closed}", "Connection refused"),
        ("https://shop.invalid", "the server's name cannot be resolved"),
    ],
)
def test_a_server_that_cannot_be_connected_to_says_why(tmp_path: Path, server_url: str, why: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        closed = listener.getsockname()[1]
    with KubernetesServer() as server:
        config = server.kubeconfig(tmp_path, server=server_url.format(closed=closed))
    session = connect_kubeconfig([config])
    reading = read_kubernetes(session, Budget())
    session.close()
    detail = f"Not asked to {LIST}: neither /apis nor /api could be read: {why}"
    assert reading.facts[Source.PODS] == missing(Cause.UNREACHABLE, detail, ROUTE)
    assert not reading.reached


def test_a_certificate_of_another_authority_is_not_trusted(server: KubernetesServer, tmp_path: Path) -> None:
    config = server.kubeconfig(tmp_path)
    config.write_text(config.read_text().replace("certificate-authority-data", "not-an-authority"))
    session = connect_kubeconfig([config])
    reading = read_kubernetes(session, Budget())
    session.close()
    why = "TLS: unable to get local issuer certificate"
    detail = f"Not asked to {LIST}: neither /apis nor /api could be read: {why}"
    assert reading.facts[Source.PODS] == missing(Cause.UNREACHABLE, detail, ROUTE)
    assert server.requests == []


def test_an_authority_that_cannot_be_read_is_not_replaced_by_those_of_the_machine(
    server: KubernetesServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_the_machine = tmp_path / "machine.pem"
    of_the_machine.write_bytes(ca_pem())
    monkeypatch.setenv("SSL_CERT_FILE", str(of_the_machine))
    config = server.kubeconfig(tmp_path)
    damaged = tmp_path / "damaged.pem"
    damaged.write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    document = json.loads(config.read_text())
    document["clusters"][0]["cluster"] = {
        "server": document["clusters"][0]["cluster"]["server"],
        "certificate-authority": str(damaged),
    }
    config.write_text(json.dumps(document))
    session = connect_kubeconfig([config])
    reading = read_kubernetes(session, Budget())
    session.close()
    assert not [fact for fact in reading.facts.values() if isinstance(fact, Known)]
    assert server.requests == []


def test_an_interrupted_process_does_not_wait_for_what_is_under_way(server: KubernetesServer, tmp_path: Path) -> None:
    server.answer(PODS, always=silence)
    code = """
import sys, time
from pathlib import Path
from threading import Thread
from analyzer.collect.kubernetes import Budget, connect_kubeconfig, read_kubernetes

session = connect_kubeconfig([Path(sys.argv[1])])
Thread(target=read_kubernetes, args=(session, Budget(timeout_s=300)), daemon=True).start()
sys.stdin.read()
"""
    config = server.kubeconfig(tmp_path)
    with subprocess.Popen([sys.executable, "-c", code, config], stdin=subprocess.PIPE) as process:
        while not server.asked(PODS):
            time.sleep(0.05)
        process.communicate(timeout=60)
    assert process.returncode == 0


def test_a_reading_ends_at_its_deadline(server: KubernetesServer, tmp_path: Path) -> None:
    server.answer(PODS, None, silence)
    reading = read(server, tmp_path, page=2, deadline_s=1.5, timeout_s=60)
    detail = f"No answer to {LIST} after 2 objects: the 1.5 s for the API server were used up"
    assert reading.facts[Source.PODS] == missing(
        Cause.UNREACHABLE, detail, "more time for this cluster", pods("a", "b")
    )


def test_nothing_is_asked_after_the_deadline(server: KubernetesServer, tmp_path: Path) -> None:
    reading = read(server, tmp_path, deadline_s=0)
    detail = f"Not asked to {LIST}: neither /apis nor /api could be read: the 0 s for the API server were used up"
    assert reading.facts[Source.PODS] == missing(Cause.UNREACHABLE, detail, "more time for this cluster")
    assert server.requests == []


@pytest.mark.parametrize(
    ("good", "opening"),
    [(1, f"Not asked to {LIST}: neither /apis nor /api could be read"), (2, f"No sign-in for {LIST}")],
)
def test_a_token_that_cannot_be_renewed_is_a_gap_and_ends_nothing(
    server: KubernetesServer, tmp_path: Path, good: int, opening: str
) -> None:
    tokens = iter(["token"] * good)

    def token() -> str:
        try:
            return next(tokens)
        except StopIteration:
            raise UnreachableError("Entra ID does not answer") from None

    content = server.kubeconfig(tmp_path, {"exec": {"command": "kubelogin"}}).read_bytes()
    session = connect_user_credential(content, token)
    reading = read_kubernetes(session, Budget())
    session.close()
    gap = missing(Cause.FORBIDDEN, f"{opening}: Entra ID does not answer", SIGN_IN)
    assert reading.facts[Source.PODS] == gap
