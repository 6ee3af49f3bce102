"""Why no usable answer came: the client's exceptions in words that are the same in each run."""

from __future__ import annotations

import ssl

from urllib3 import exceptions as http

from analyzer.collect.kubernetes.exchange import BrokenBodyError, NotHttpError
from analyzer.collect.kubernetes.sentences import one_line
from analyzer.model.fact import Cause

ROUTE = "a route to the API server: run where kubectl works, or collect on a jump host"
SIGN_IN = "credentials that the API server accepts"
AGAIN = "run it again"
MORE_TIME = "a longer --timeout"


class NoReplyError(Exception):
    """No usable answer came. `again`: it may come when asked again."""

    def __init__(self, cause: Cause, detail: str, grant: str, *, again: bool = False) -> None:
        super().__init__(detail)
        self.cause = cause
        self.detail = detail
        self.grant = grant
        self.again = again


Failure = http.HTTPError | OSError | NotHttpError | BrokenBodyError
"""What a request may raise."""


def explain(error: Failure, timeout_s: float) -> NoReplyError:
    """What happened, without the client's own objects, whose addresses differ from run to run."""
    if isinstance(error, BrokenBodyError):
        return NoReplyError(Cause.MALFORMED, str(error), AGAIN)
    if isinstance(error, ConnectionError):
        return NoReplyError(Cause.UNREACHABLE, "the connection was dropped", ROUTE, again=True)
    text, grant = next(((text, grant) for kind, text, grant in _STORIES if isinstance(error, kind)), ("{why}", ROUTE))
    return NoReplyError(Cause.UNREACHABLE, text.format(why=_deepest(error), timeout_s=timeout_s), grant)


_STORIES: tuple[tuple[type[Exception], str, str], ...] = (
    (http.NameResolutionError, "the server's name cannot be resolved", ROUTE),
    (http.NewConnectionError, "{why}", ROUTE),
    (http.ConnectTimeoutError, "not connected within {timeout_s:g} s", ROUTE),
    (http.ProxyError, "the proxy does not let it through: {why}", ROUTE),
    (TimeoutError, "not to its end within {timeout_s:g} s", MORE_TIME),
    (ssl.SSLError, "TLS: {why}", ROUTE),
    (NotHttpError, "what came back is not HTTP", ROUTE),
)
"""The first class that fits: a refused connection is a time-out to urllib3, too."""


def _deepest(error: BaseException) -> str:
    """The words of the error that started it."""
    first = _chain(error)[-1]
    if isinstance(first, ssl.SSLCertVerificationError):
        return one_line(first.verify_message)
    if isinstance(first, OSError) and first.strerror:
        return one_line(first.strerror)
    return one_line(str(first))


def _chain(error: BaseException) -> list[BaseException]:
    """The error and what it was made of: urllib3 keeps that as the cause, or only as an argument."""
    chain = [error]
    while (inner := chain[-1].__cause__ or _argument(chain[-1])) is not None:
        chain.append(inner)
    return chain


def _argument(error: BaseException) -> BaseException | None:
    return next((item for item in error.args if isinstance(item, BaseException)), None)
