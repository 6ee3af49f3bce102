"""One request and its answer, over connections that urllib3 opens and keeps.

An audit asks for tens of thousands of short lists. What urllib3 and http.client do for each of them takes several times
the processor time of sending the bytes and parsing the answer with llhttp, which is compiled (bench/audit.py).
"""

from __future__ import annotations

import gzip
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPException
from socket import socket
from typing import cast
from urllib.parse import quote, urlsplit

import httptools
from urllib3 import HTTPConnectionPool, PoolManager
from urllib3.connection import HTTPConnection
from urllib3.exceptions import HTTPError, ProxyError
from urllib3.util.proxy import connection_requires_http_tunnel
from urllib3.util.url import parse_url

_CHUNK_BYTES = 1 << 16
_FIRST_FINAL = 200
_PLAIN = "/?&=%~:@!$'()*+,;"
"""What a target may hold beside letters, digits and `_.-`: RFC 3986, sections 3.3 and 3.4."""


class NotHttpError(Exception):
    """What came back is no answer of HTTP/1.1."""


class BrokenBodyError(Exception):
    """A body that cannot be used, and why not."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whatever its status."""

    status: int
    phrase: str
    """The status line's own words."""
    headers: Mapping[str, str]
    """By their names in lower case."""
    body: bytes
    """Unpacked."""


Ends = Callable[[], float]
"""Until when, by the monotonic clock. Asked before each wait: it may have come nearer."""


@dataclass(frozen=True, slots=True)
class Wire:
    """The connections to one server. Shared by threads."""

    pool: HTTPConnectionPool
    """To the server, or to its proxy."""
    host: str
    """The server's name and port."""
    before: str
    """What a target begins with: the server's own path, and of a proxy without a tunnel the whole URL."""
    is_tunnelled: bool

    def exchange(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None, ends: Ends) -> Answer:
        """Asks once. Raises urllib3's HTTPError, OSError, NotHttpError and BrokenBodyError."""
        connection = cast(HTTPConnection, self.pool._get_conn())
        try:
            incoming = self._asked(connection, self._written(method, path, headers, body), ends)
        except BaseException:
            connection.close()
            raise
        if not incoming.can_be_used_again:
            connection.close()
        self.pool._put_conn(connection)
        return incoming.answer()

    def _asked(self, connection: HTTPConnection, request: bytes, ends: Ends) -> _Incoming:
        if connection.is_closed:
            self._open(connection, ends)
        line: socket = connection.sock
        line.settimeout(_left_s(ends))
        line.sendall(request)
        incoming = _Incoming()
        incoming.receive(line, ends)
        return incoming

    def _open(self, connection: HTTPConnection, ends: Ends) -> None:
        connection.timeout = _left_s(ends)
        try:
            if self.is_tunnelled:
                self.pool._prepare_proxy(connection)
            else:
                connection.connect()
        except (OSError, HTTPError, HTTPException) as error:
            # http.client reads the answer to CONNECT, and nothing else
            is_proxys = connection.proxy is not None and not connection.has_connected_to_proxy
            if is_proxys or isinstance(error, HTTPException):
                raise ProxyError("The proxy gives no connection", error) from error
            raise

    def _written(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> bytes:
        own = {"Host": self.host} if body is None else {"Host": self.host, "Content-Length": str(len(body))}
        proxy = {} if self.is_tunnelled else self.pool.proxy_headers
        head = "".join(f"{name}: {value}\r\n" for name, value in {**own, **proxy, **headers}.items())
        target = self.before + quote(path, _PLAIN)
        return f"{method} {target} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + (body or b"")


def wire_to(server: str, manager: PoolManager) -> Wire:
    """The connections of a manager to the server with this URL."""
    url, pool = urlsplit(server), manager.connection_from_url(server)
    is_tunnelled = connection_requires_http_tunnel(pool.proxy, pool.proxy_config, url.scheme)
    is_told_whole = pool.proxy is not None and not is_tunnelled
    before = quote(url.path.rstrip("/"), _PLAIN)
    host = parse_url(server).netloc or ""  # as names are written on the wire, without a user
    return Wire(pool, host, f"{url.scheme}://{host}{before}" if is_told_whole else before, is_tunnelled)


class _Incoming:
    """One answer on its way; llhttp calls the methods named `on_…`."""

    def __init__(self) -> None:
        self.can_be_used_again = False
        """The connection that it came over."""
        self._status = 0
        self._phrase = b""
        self._headers: dict[str, str] = {}
        self._parts: list[bytes] = []
        self._has_begun = self._has_head = self._is_whole = False

    def receive(self, line: socket, ends: Ends) -> None:
        """Takes bytes until the answer is whole."""
        parser = httptools.HttpResponseParser(self)  # not kept: each would keep the other alive
        while not self._is_whole:
            line.settimeout(_left_s(ends))
            received = line.recv(_CHUNK_BYTES)
            if not received:
                self._end()
                break
            try:
                parser.feed_data(received)
            except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
                raise NotHttpError from error
        else:
            is_last = "close" in self._headers.get("connection", "").lower()
            self.can_be_used_again = parser.get_http_version() == "1.1" and not is_last
        self._status = parser.get_status_code()
        if self._status < _FIRST_FINAL:  # the answer itself would come later, and be taken for that of the next request
            raise NotHttpError

    def answer(self) -> Answer:
        """What came, unpacked. Raises BrokenBodyError."""
        return Answer(self._status, self._phrase.decode("latin-1"), self._headers, self._unpacked())

    def on_message_begin(self) -> None:
        """Nothing was asked that has two answers."""
        if self._has_begun:
            raise NotHttpError
        self._has_begun = True

    def on_status(self, phrase: bytes) -> None:
        """The status line's own words, perhaps in pieces."""
        self._phrase += phrase

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header. Trailers say nothing."""
        if not self._has_head:
            self._headers.setdefault(name.decode("latin-1").lower(), value.decode("latin-1"))

    def on_headers_complete(self) -> None:
        """A body follows."""
        self._has_head = True

    def on_body(self, part: bytes) -> None:
        """Some of the body."""
        self._parts.append(part)

    def on_message_complete(self) -> None:
        """The end."""
        self._is_whole = True

    def _end(self) -> None:
        """The connection is closed: the end of a body that has no other, else too early."""
        if not self._has_head:
            raise ConnectionResetError
        if {"content-length", "transfer-encoding"} & self._headers.keys():
            raise BrokenBodyError("the body ends before its end")

    def _unpacked(self) -> bytes:
        body = b"".join(self._parts)
        packing = self._headers.get("content-encoding", "identity").lower()
        if packing == "identity" or not body:
            return body
        if packing != "gzip":
            raise BrokenBodyError(f"the body is packed as {packing}, which was not asked for")
        try:
            return gzip.decompress(body)
        except (OSError, EOFError, zlib.error) as error:
            raise BrokenBodyError("the compressed body cannot be unpacked") from error


def _left_s(ends: Ends) -> float:
    left_s = ends() - time.monotonic()
    if left_s <= 0:
        raise TimeoutError
    return left_s
