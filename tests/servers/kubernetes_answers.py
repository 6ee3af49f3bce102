"""How the local API server answers, or fails to, where it is told to."""

from __future__ import annotations

import contextlib
import gzip
import json
import socket
import struct
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.message import Message
from http.server import BaseHTTPRequestHandler
from typing import Any

Object = dict[str, Any]


@dataclass(frozen=True)
class Request:
    """One request that came."""

    port: int
    """Of the client: one for each connection."""
    method: str
    path: str
    query: Mapping[str, str]
    headers: Message
    body: bytes = b""


class Handler(BaseHTTPRequestHandler):
    """One connection, with the ways to answer on it."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def send_json(self, code: int, content: Object, headers: Mapping[str, str] | None = None) -> None:
        self.send_bytes(code, json.dumps(content).encode(), {"Content-Type": "application/json", **(headers or {})})

    def send_bytes(self, code: int, content: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(code)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def drop(self) -> None:
        """Ends the connection without the TLS good-bye."""
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing: the requests are recorded."""


Answer = Callable[[Handler, Request], None]
"""Writes the answer to one request, or fails to."""


def failure(code: int, reason: str, message: str) -> Object:
    """A Status, as API servers send it."""
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "status": "Failure",
        "message": message,
        "reason": reason,
        "code": code,
    }


def refusal(code: int, reason: str, message: str, retry_after: str | None = None) -> Answer:
    """Answers with a Status."""
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    return lambda handler, _: handler.send_json(code, failure(code, reason, message), headers)


def body(content: bytes, code: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """Answers with these bytes."""
    return lambda handler, _: handler.send_bytes(code, content, headers or {"Content-Type": "application/json"})


def items(kind: str, *found: object, token: str = "") -> Answer:
    """Answers with one page of a list."""
    page = {"kind": kind, "apiVersion": "v1", "metadata": {"continue": token}, "items": list(found)}
    return body(json.dumps(page).encode())


def compressed(content: bytes) -> Answer:
    """Answers with these bytes, gzipped, as API servers do with long lists."""
    return body(gzip.compress(content), headers={"Content-Encoding": "gzip"})


def reset(handler: Handler, _: Request) -> None:
    """Resets the connection without an answer."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.close_connection = True


def truncated(handler: Handler, _: Request) -> None:
    """Promises 1000 bytes and closes after a few."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"kind": "PodList", "items": [')
    handler.drop()


def trickle(handler: Handler, _: Request) -> None:
    """Promises 1000 bytes and sends one every 20 ms, so that no single read times out."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    with contextlib.suppress(OSError):
        for _byte in range(1000):
            handler.wfile.write(b" ")
            time.sleep(0.02)
    handler.drop()


def silence(handler: Handler, _: Request) -> None:
    """Says nothing until the client has gone."""
    with contextlib.suppress(OSError):
        handler.connection.recv(1)
    handler.drop()
