"""What is made of an answer's bytes: all of it, or a failure that says why not; never a part of it."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import pytest
from urllib3 import PoolManager, ProxyManager
from urllib3.exceptions import ProxyError

from analyzer.collect.kubernetes.exchange import Answer, BrokenBodyError, NotHttpError, wire_to
from analyzer.collect.kubernetes.failures import explain

HEAD = b"HTTP/1.1 200 OK\r\n"
EARLY = b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
"""Not asked for; the answer itself would be taken for that of the next request."""
PACKED = gzip.compress(b"whole")


@dataclass
class Lines:
    """A server that says what it is told, byte by byte if need be."""

    url: str
    heard: list[bytes] = field(default_factory=list)
    """One entry for each connection, with all that came over it."""


@contextmanager
def saying(*pieces: bytes, then_closes: bool = False) -> Iterator[Lines]:
    """Answers each request with the pieces, a moment apart."""

    def serve(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            lines.heard.append(b"")
            place = len(lines.heard) - 1
            while heard := connection.recv(65536):
                lines.heard[place] += heard
                for piece in pieces:
                    connection.sendall(piece)
                    time.sleep(0.02)
                if then_closes:
                    return

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        lines = Lines(f"http://127.0.0.1:{listener.getsockname()[1]}")
        threading.Thread(target=accept, daemon=True).start()
        yield lines
        listener.shutdown(socket.SHUT_RDWR)


def asked(server: Lines, times: int = 1, *, timeout_s: float = 30) -> Answer:
    with PoolManager() as manager:
        wire = wire_to(server.url, manager)
        ends = time.monotonic() + timeout_s
        answers = [wire.exchange("GET", "/api", {"Accept": "a/b"}, None, lambda: ends) for _ in range(times)]
    assert answers == [answers[0]] * times
    return answers[0]


def answer(body: bytes, **headers: str) -> Answer:
    return Answer(200, "OK", {name.replace("_", "-"): value for name, value in headers.items()}, body)


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        ([HEAD + b"Content-Length: 5\r\n\r\nwhole"], answer(b"whole", content_length="5")),
        ([HEAD + b"Content-Length: 0\r\n\r\n"], answer(b"", content_length="0")),
        ([HEAD[:7], HEAD[7:] + b"CONTENT-length:  5\r\n\r", b"\nwh", b"ole"], answer(b"whole", content_length="5")),
        (
            [
                HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\nwho\r\n",
                b"2\r\nle\r\n0\r\nContent-Encoding: gzip\r\n\r\n",
            ],
            answer(b"whole", transfer_encoding="chunked"),
        ),
        (
            [HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(PACKED), PACKED],
            answer(b"whole", content_encoding="gzip", content_length=str(len(PACKED))),
        ),
        (
            [b"HTTP/1.1 429 Too Many\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n"],
            Answer(429, "Too Many", {"retry-after": "7", "content-length": "0"}, b""),
        ),
        ([b"HTTP/1.1 204 \r\nA: 1\r\nA: 2\r\n\r\n"], Answer(204, "", {"a": "1"}, b"")),
    ],
)
def test_a_whole_answer_is_taken_and_its_connection_used_again(pieces: list[bytes], expected: Answer) -> None:
    with saying(*pieces) as server:
        assert asked(server, times=3) == expected
    request = f"GET /api HTTP/1.1\r\nHost: {server.url[7:]}\r\nAccept: a/b\r\n\r\n".encode()
    assert server.heard == [request * 3]


@pytest.mark.parametrize("connection", [b"", b"Connection: close\r\n"])
def test_a_body_without_a_length_ends_with_its_connection(connection: bytes) -> None:
    with saying(HEAD + connection + b"\r\nwho", b"le", then_closes=True) as server:
        assert asked(server, times=2).body == b"whole"
    assert len(server.heard) == 2


@pytest.mark.parametrize("head", [HEAD + b"Connection: Close\r\n", b"HTTP/1.0 200 OK\r\n"])
def test_a_connection_is_used_once_where_the_server_says_so(head: bytes) -> None:
    with saying(head + b"Content-Length: 5\r\n\r\nwhole") as server:
        assert asked(server, times=2).body == b"whole"
    assert len(server.heard) == 2


def test_a_connection_that_was_closed_meanwhile_is_opened_again() -> None:
    with saying(HEAD + b"Content-Length: 5\r\n\r\nwhole", then_closes=True) as server, PoolManager() as manager:
        wire, ends = wire_to(server.url, manager), time.monotonic() + 30
        for _ in range(3):
            assert wire.exchange("GET", "/", {}, None, lambda: ends).body == b"whole"
            time.sleep(0.2)
    assert len(server.heard) == 3


@pytest.mark.parametrize(
    ("pieces", "error"),
    [
        ([HEAD + b"Content-Length: 9\r\n\r\nwhole"], BrokenBodyError("the body ends before its end")),
        ([HEAD + b"Transfer-Encoding: chunked\r\n\r\n9\r\nwh"], BrokenBodyError("the body ends before its end")),
        (
            [HEAD + b"Content-Encoding: gzip\r\nContent-Length: 9\r\n\r\n" + PACKED[:9]],
            BrokenBodyError("the compressed body cannot be unpacked"),
        ),
        (
            [HEAD + b"Content-Encoding: gzip\r\n\r\n" + PACKED[:-1]],
            BrokenBodyError("the compressed body cannot be unpacked"),
        ),
        (
            [HEAD + b"Content-Encoding: br\r\nContent-Length: 5\r\n\r\nwhole"],
            BrokenBodyError("the body is packed as br, which was not asked for"),
        ),
        ([b"SSH-2.0-OpenSSH_9.2\r\n"], NotHttpError()),
        ([b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"], NotHttpError()),
        ([(HEAD + b"Content-Length: 5\r\n\r\nwhole") * 2], NotHttpError()),
        ([EARLY], NotHttpError()),
        ([EARLY, HEAD + b"Content-Length: 5\r\n\r\nwhole"], NotHttpError()),
        ([EARLY + HEAD + b"Content-Length: 5\r\n\r\nwhole"], NotHttpError()),
        ([HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nwhole"], NotHttpError()),
        ([HEAD + b"Content-Length: five\r\n\r\nwhole"], NotHttpError()),
        ([b"HTTP/1.1 200"], ConnectionResetError()),
        ([HEAD + b"Content-Le"], ConnectionResetError()),
        ([], ConnectionResetError()),
    ],
)
def test_what_is_no_whole_answer_is_a_failure(pieces: list[bytes], error: Exception) -> None:
    with saying(*pieces, then_closes=True) as server, pytest.raises(type(error)) as raised:
        asked(server)
    assert str(raised.value) == str(error)


@pytest.mark.parametrize("pieces", [[], [HEAD + b"Content-Length: 99\r\n\r\n", *[b"."] * 50]])
def test_an_answer_that_takes_too_long_is_a_failure(pieces: list[bytes]) -> None:
    with saying(*pieces) as server, pytest.raises(TimeoutError):
        asked(server, timeout_s=0.3)


def test_what_is_under_way_ends_when_its_end_comes_nearer() -> None:
    ends = [time.monotonic() + 600]
    with saying(HEAD + b"Content-Length: 99\r\n\r\n", *[b"."] * 50) as server, PoolManager() as manager:
        threading.Timer(0.2, lambda: ends.append(0)).start()
        with pytest.raises(TimeoutError):
            wire_to(server.url, manager).exchange("GET", "/", {}, None, lambda: ends[-1])


def test_a_review_carries_its_length_and_a_path_only_what_a_target_may_hold() -> None:
    with saying(HEAD + b"Content-Length: 0\r\n\r\n") as server, PoolManager() as manager:
        wire, ends = wire_to(f"{server.url}/k8s/clusters/c-1/", manager), time.monotonic() + 30
        wire.exchange("POST", "/a b\r\nX: y?limit=5&continue=a%2Bb", {}, b"{}", lambda: ends)
    host = server.url[7:]
    target = "/k8s/clusters/c-1/a%20b%0D%0AX:%20y?limit=5&continue=a%2Bb"
    assert server.heard == [f"POST {target} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 2\r\n\r\n{{}}".encode()]


def test_a_proxy_without_a_tunnel_is_told_the_whole_url() -> None:
    told = {"Proxy-Authorization": "Basic eA=="}
    with (
        saying(HEAD + b"Content-Length: 5\r\n\r\nwhole") as proxy,
        ProxyManager(proxy.url, proxy_headers=told) as manager,
    ):
        wire, ends = wire_to("http://api.shop.invalid:8080/below", manager), time.monotonic() + 30
        assert wire.exchange("GET", "/api", {}, None, lambda: ends).body == b"whole"
    assert proxy.heard == [
        b"GET http://api.shop.invalid:8080/below/api HTTP/1.1\r\nHost: api.shop.invalid:8080\r\n"
        b"Proxy-Authorization: Basic eA==\r\n\r\n"
    ]


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_is_not_there_is_named_as_the_cause(scheme: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        closed = listener.getsockname()[1]
    with ProxyManager(f"http://127.0.0.1:{closed}") as manager:
        wire, ends = wire_to(f"{scheme}://api.shop.invalid", manager), time.monotonic() + 30
        with pytest.raises(ProxyError):
            wire.exchange("GET", "/api", {}, None, lambda: ends)


def test_a_proxy_that_does_not_speak_http_is_named_as_the_cause() -> None:
    with saying(b"what do you want\r\n\r\n") as proxy, ProxyManager(proxy.url) as manager:
        wire, ends = wire_to("https://api.shop.invalid", manager), time.monotonic() + 30
        with pytest.raises(ProxyError) as raised:
            wire.exchange("GET", "/api", {}, None, lambda: ends)
    assert explain(raised.value, 30).detail == "the proxy does not let it through: what do you want"


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://api.shop.example", "api.shop.example"),
        ("https://user:secret@API.shop.example:6443/k8s", "api.shop.example:6443"),
        ("https://[2001:db8::1]:6443", "[2001:db8::1]:6443"),
        ("https://münchen.example:444", "xn--mnchen-3ya.example:444"),
    ],
)
def test_a_server_is_named_to_itself_without_a_user_and_in_plain_letters(url: str, host: str) -> None:
    with PoolManager() as manager:
        assert wire_to(url, manager).host == host
