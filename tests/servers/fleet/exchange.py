"""HTTP/1.1 as far as SDKs speak it to a server of JSON: one asyncio.Protocol for each connection.

It costs little, because the two cores of a test machine carry the client too.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, cast
from urllib.parse import parse_qsl, unquote

from servers.fleet.sample_bodies import packed


@dataclass(frozen=True)
class Request:
    """What was asked."""

    address: str
    """The server's own address, which tells API servers apart."""
    method: str
    target: str
    """Path and query as they came."""
    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes

    @cached_property
    def path(self) -> str:
        return unquote(self.target.partition("?")[0])

    @cached_property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(self.target.partition("?")[2]))


@dataclass(frozen=True)
class Reply:
    """An answer."""

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def raw(self) -> bytes:
        extra = "".join(f"{name}: {value}\r\n" for name, value in self.headers.items())
        head = f"HTTP/1.1 {self.status} {_PHRASES[self.status]}\r\nContent-Type: application/json\r\n"
        return f"{head}Content-Length: {len(self.body)}\r\n{extra}\r\n".encode() + self.body


@dataclass(frozen=True)
class Reset:
    """The connection is reset instead of an answer."""


@dataclass(frozen=True)
class Silence:
    """Nothing comes."""


Answer = Reply | Reset | Silence
_PHRASES = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    429: "Too Many Requests",
}


def as_json(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    """An answer that holds a JSON value."""
    return Reply(packed(body), status, headers or {})


class Service:
    """What stands behind the connections of one port."""

    def __init__(self, take: Callable[[Request], tuple[Answer, float]], done: Callable[[Request], None]) -> None:
        self.take = take
        """The answer to a request, and the seconds after which it is sent."""
        self.done = done
        """Called when the answer to a request was sent."""


class Connection(asyncio.Protocol):
    """One connection: request after request, each answered before the next one is read."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.received = bytearray()
        self.is_answering = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.address = transport.get_extra_info("sockname")[0]

    def data_received(self, data: bytes) -> None:
        self.received += data
        if not self.is_answering:
            self._take()

    def _take(self) -> None:
        end = self.received.find(b"\r\n\r\n")
        if end < 0:
            return
        first, *lines = self.received[:end].decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        whole = end + 4 + int(headers.get("content-length", "0"))
        if len(self.received) < whole:
            return
        body = bytes(self.received[end + 4 : whole])
        del self.received[:whole]
        method, target, _ = first.split(" ")
        request = Request(self.address, method, target, headers, body)
        answer, wait_s = self.service.take(request)
        self.is_answering = True
        asyncio.get_running_loop().call_later(wait_s, self._send, request, answer)

    def _send(self, request: Request, answer: Answer) -> None:
        self.is_answering = False
        match answer:
            case Reply():
                if not self.transport.is_closing():
                    self.transport.write(answer.raw)
            case Reset():
                self._reset()
            case Silence():
                self.is_answering = True
                return
        self.service.done(request)
        if self.received:
            self._take()

    def _reset(self) -> None:
        """Closing with a zero linger time sends a reset."""
        link = self.transport.get_extra_info("socket")
        link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()
