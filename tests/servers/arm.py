"""A local Azure Resource Manager over TLS: answers by path, and refuses whatever could write.

    with ArmServer({"/subscriptions/…": [Reply({"id": …})]}) as server: …

A path holds a queue of answers, of which the last one stays; a path with `?API-VERSION` goes before one without.
Paths match without regard to case, as ARM's do.
"""

from __future__ import annotations

import json
import os
import socket
import ssl
import struct
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import trustme

READING_POSTS = ("/listclusterusercredential", "/providers/microsoft.resourcegraph/resources")


@dataclass(frozen=True)
class Reply:
    """An ordinary answer."""

    body: Any = b""
    """Bytes, or what becomes JSON."""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def raw(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


@dataclass(frozen=True)
class Truncated:
    """Promises more bytes than it sends, then closes."""

    raw: bytes


@dataclass(frozen=True)
class Slow:
    """Sends its body byte by byte."""

    raw: bytes
    pause_s: float


@dataclass(frozen=True)
class Silent:
    """Says nothing until the other side gives up."""

    wait_s: float


@dataclass(frozen=True)
class Reset:
    """Resets the connection instead of an answer."""


Answer = Reply | Truncated | Slow | Silent | Reset


def refusal(status: int, code: str, headers: Mapping[str, str] | None = None) -> Reply:
    """An error in ARM's shape."""
    return Reply({"error": {"code": code, "message": f"{code}."}}, status, headers or {})


@dataclass(frozen=True)
class Request:
    """A request that was received."""

    method: str
    path: str
    query: Mapping[str, str]
    authorization: str | None
    body: bytes = b""


class ArmServer:
    """The server; `requests` in the order of arrival, `violations` among them."""

    def __init__(self, answers: Mapping[str, Sequence[Answer]], posts: tuple[str, ...] = READING_POSTS) -> None:
        self.answers = {path.lower(): list(queue) for path, queue in answers.items()}
        self.posts = posts
        self.requests: list[Request] = []
        self.violations: list[Request] = []
        self._lock = threading.Lock()

    def __enter__(self) -> ArmServer:
        self._folder = tempfile.TemporaryDirectory()
        authority = trustme.CA()
        self.ca_file = str(Path(self._folder.name, "ca.pem"))
        authority.cert_pem.write_to_path(self.ca_file)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(context)
        self._http = _Http(self, context)
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()
        self._folder.cleanup()

    @contextmanager
    def trusted(self) -> Iterator[ArmServer]:
        """Meanwhile this process trusts the server's certificate, as an operator makes it trust a proxy's."""
        before = {name: os.environ.get(name) for name in ("REQUESTS_CA_BUNDLE", "NO_PROXY")}
        os.environ.update(REQUESTS_CA_BUNDLE=self.ca_file, NO_PROXY="127.0.0.1")
        try:
            yield self
        finally:
            for name, value in before.items():
                os.environ.pop(name)
                if value is not None:
                    os.environ[name] = value

    @property
    def url(self) -> str:
        """https, without a slash at the end."""
        return f"https://{self.host}"

    @property
    def host(self) -> str:
        """Address and port."""
        return f"127.0.0.1:{self._http.server_port}"

    @property
    def asked(self) -> list[str]:
        """Method and path of every request, in order."""
        return [f"{request.method} {request.path}" for request in self.requests]

    def take(self, request: Request) -> Answer:
        """The next answer to a request."""
        with self._lock:
            self.requests.append(request)
            if request.method != "GET" and not (request.method == "POST" and request.path.lower().endswith(self.posts)):
                self.violations.append(request)
                return refusal(405, "MethodNotAllowed")
            version = f"{request.path}?{request.query.get('api-version')}"
            queue = self.answers.get(version.lower()) or self.answers.get(request.path.lower())
            if not queue:
                return refusal(404, "ResourceNotFound")
            return queue.pop(0) if len(queue) > 1 else queue[0]


class _Http(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, arm: ArmServer, context: ssl.SSLContext) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.arm = arm
        # the handshake belongs to the connection's own thread, not to the one that accepts
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away, or that does not trust the certificate, is part of a test."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Http

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts, signed_in = urlsplit(self.path), self.headers.get("Authorization")
        request = Request(self.command, parts.path, dict(parse_qsl(parts.query)), signed_in, body)
        match self.server.arm.take(request):
            case Reply() as reply:
                self._start(reply.status, len(reply.raw), reply.headers)
                self.wfile.write(reply.raw)
            case Truncated(raw):
                self._start(200, len(raw) + 100)
                self.wfile.write(raw)
                self.close_connection = True
            case Slow(raw, pause_s):
                self._start(200, len(raw))
                for byte in raw:
                    self.wfile.write(bytes([byte]))
                    time.sleep(pause_s)
            case Silent(wait_s):
                time.sleep(wait_s)
                self.close_connection = True
            case Reset():
                # closing with a zero linger time sends a reset
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()
                self.close_connection = True

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _answer  # noqa: N815 http.server's names

    def _start(self, status: int, length: int, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(length))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Requests are recorded, not printed."""
