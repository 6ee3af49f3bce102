"""Requests to the API server: bounded in time, asked again where that helps, never more than read."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode

from urllib3.exceptions import HTTPError

from analyzer.collect.kubernetes.exchange import BrokenBodyError, NotHttpError
from analyzer.collect.kubernetes.failures import SIGN_IN, NoReplyError, explain
from analyzer.collect.kubernetes.sentences import one_line, status_of
from analyzer.collect.kubernetes.session import Session
from analyzer.errors import PreflightError
from analyzer.model.fact import Cause

_TOO_MANY = 429


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """How long and how often one API server is asked."""

    timeout_s: float = 30
    """For one request, from the connection to the last byte."""
    deadline_s: float = 600
    """For all requests together."""
    attempts: int = 4
    """Of one request, where the server says 429 or 5xx or drops the connection."""
    wait_s: float = 1
    """Before the second attempt, doubled before each further one; Retry-After goes before it. A connection that was
    dropped is opened anew at once the first time: servers close those that have been idle.
    """
    longest_wait_s: float = 30
    """A server that asks for more patience than this is not asked again."""
    concurrency: int = 8
    """Requests at one time."""
    page: int = 500
    """Objects of one page."""
    turn: AbstractContextManager[Any] = field(default_factory=nullcontext)
    """Held while a request is under way: what bounds the requests of several clusters. It can be entered many times."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server said."""

    status: int
    phrase: str
    """The status line's own words, for bodies that are no Status."""
    body: bytes
    retry_after_s: float | None = None
    attempts: int = 1

    @property
    def words(self) -> str:
        """Why the server refused, on one line."""
        status = status_of(self.body)
        said = one_line(status.message if status else self.phrase) or "no reason given"
        return f"{said} (asked {self.attempts} times)" if self.attempts > 1 else said


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    url: str
    accept: str = "application/json"
    body: bytes | None = None


@dataclass(slots=True)
class Transport:
    """Carries requests over one session, until the budget is used up. Shared by threads."""

    session: Session
    budget: Budget
    reached: bool = field(default=False, init=False)
    """Whether the API server let anything in: it answered, and not 401, 407, 429, 5xx or a redirection."""
    _end: float = field(init=False)

    def __post_init__(self) -> None:
        self._end = time.monotonic() + self.budget.deadline_s

    def get(self, path: str, query: Mapping[str, str] | None = None, accept: str = "application/json") -> Reply:
        """Reads a path. Raises NoReplyError; every HTTP status is a reply."""
        return self._ask(_Request("GET", f"{path}?{urlencode(query)}" if query else path, accept))

    def review(self, path: str, body: bytes) -> Reply:
        """Posts a review, which stores nothing. Raises NoReplyError; every HTTP status is a reply."""
        return self._ask(_Request("POST", path, body=body))

    def stop(self) -> None:
        """Lets nothing begin, and what is under way end at its next bytes."""
        self._end = 0

    def _ask(self, request: _Request) -> Reply:
        attempt = 1
        while True:
            try:
                reply = self._once(request)
            except NoReplyError as error:
                if not (error.again and self._wait(attempt, 0 if attempt == 1 else None)):
                    raise
            else:
                if not _is_worth_asking_again(reply.status) or not self._wait(attempt, reply.retry_after_s):
                    return replace(reply, attempts=attempt) if attempt > 1 else reply
            attempt += 1

    def _wait(self, attempt: int, asked_s: float | None) -> bool:
        """Whether there is another attempt; waits for it."""
        wait_s = self.budget.wait_s * 2 ** (attempt - 1) if asked_s is None else asked_s
        left_s = self._end - time.monotonic()
        if attempt >= self.budget.attempts or wait_s > min(self.budget.longest_wait_s, left_s):
            return False
        time.sleep(wait_s)
        return True

    def _once(self, request: _Request) -> Reply:
        headers = self._headers(request)
        with self.budget.turn:
            return self._sent(request, headers)

    def _sent(self, request: _Request, headers: dict[str, str]) -> Reply:
        now = time.monotonic()
        end = min(now + self.budget.timeout_s, self._end)
        if end <= now:
            raise self._too_late()
        try:
            answer = self.session.wire.exchange(
                request.method, request.url, headers, request.body, lambda: min(end, self._end)
            )
        except (HTTPError, OSError, NotHttpError, BrokenBodyError) as error:
            is_late = self._end <= time.monotonic()
            raise (self._too_late() if is_late else explain(error, self.budget.timeout_s)) from error
        self.reached |= _is_let_in(answer.status)
        return Reply(answer.status, answer.phrase, answer.body, _retry_after_s(answer.headers))

    def _headers(self, request: _Request) -> dict[str, str]:
        try:
            signed_in = self.session.headers()
        except PreflightError as error:
            raise NoReplyError(Cause.FORBIDDEN, one_line(str(error)), SIGN_IN) from error
        if not all(value.isascii() and value.isprintable() for value in signed_in.values()):
            raise NoReplyError(Cause.FORBIDDEN, "the token holds what no token can, such as a line break", SIGN_IN)
        content = {} if request.body is None else {"Content-Type": "application/json"}
        fixed = {"Accept": request.accept, "Accept-Encoding": "gzip", "User-Agent": "aks-preflight"}
        return fixed | content | signed_in

    def _too_late(self) -> NoReplyError:
        detail = f"the {self.budget.deadline_s:g} s for the API server were used up"
        return NoReplyError(Cause.UNREACHABLE, detail, "more time for this cluster")


def _is_worth_asking_again(status: int) -> bool:
    return status == _TOO_MANY or status >= 500


def _is_let_in(status: int) -> bool:
    return 200 <= status < 300 or (400 <= status < 500 and status not in (401, 407, _TOO_MANY))


def _retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Retry-After in either of its forms; None where it is absent or neither."""
    said = headers.get("retry-after")
    if said is None:
        return None
    if said.isdecimal():
        return float(said)
    try:
        return max(0.0, (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
