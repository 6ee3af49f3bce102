"""HTTP/1.1 as far as SDKs speak it to a server of JSON: one asyncio.Protocol for each connection.

It costs little, because the two cores of a test machine carry the client too.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast
from urllib.parse import parse_qsl, unquote

import msgspec
from servers.fleet.sample_bodies import packed


class Request(msgspec.Struct, frozen=True):
    """What was asked."""

    address: str
    """The server's own address, which tells API servers apart."""
    method: str
    target: str
    """Path and query as they came."""
    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes

    @property
    def path(self) -> str:
        return _parted(self.target)[0]

    @property
    def query(self) -> Mapping[str, str]:
        return _parted(self.target)[1]


class Reply(msgspec.Struct, frozen=True):
    """An answer."""

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = {}

    @property
    def raw(self) -> bytes:
        extra = "".join([f"{name}: {value}\r\n" for name, value in self.headers.items()]).encode()
        return _RAW % (self.status, _PHRASES[self.status], len(self.body), extra, self.body)


@dataclass(frozen=True)
class Reset:
    """The connection is reset instead of an answer."""


@dataclass(frozen=True)
class Silence:
    """Nothing comes."""


Answer = Reply | Reset | Silence
_RAW = b"HTTP/1.1 %d %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n%b\r\n%b"
_PHRASES = {
    200: b"OK",
    400: b"Bad Request",
    401: b"Unauthorized",
    403: b"Forbidden",
    404: b"Not Found",
    405: b"Method Not Allowed",
    429: b"Too Many Requests",
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
        self.received = b""
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
        first, _, lines = self.received[:end].decode("latin-1").partition("\r\n")
        headers = _headers(lines)
        whole = end + 4 + int(headers.get("content-length", "0"))
        if len(self.received) < whole:
            return
        body, self.received = self.received[end + 4 : whole], self.received[whole:]
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


@lru_cache(1024)
def _headers(lines: str) -> Mapping[str, str]:
    """By lower-case name. A client sends the same ones again and again."""
    parted = (line.partition(":") for line in lines.split("\r\n"))
    return {name.lower(): value.strip() for name, _, value in parted}


@lru_cache(1024)
def _parted(target: str) -> tuple[str, Mapping[str, str]]:
    """Path and query. Every API server is asked for the same ones."""
    path, _, query = target.partition("?")
    return unquote(path), dict(parse_qsl(query))
