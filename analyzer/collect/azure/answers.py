"""What ARM answers, as a fact: the value, or the gap in words a person can act on."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests
from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    IncompleteReadError,
    ServiceRequestError,
    ServiceRequestTimeoutError,
    ServiceResponseTimeoutError,
)
from azure.core.rest import HttpResponse

from analyzer.collect.azure.pipeline import Arm
from analyzer.collect.decoding import MalformedError
from analyzer.errors import SignInError
from analyzer.model.fact import Cause, Fact, Known, Missing
from analyzer.model.source import Source

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, of what."""

    source: Source
    action: str
    """The role action that it takes."""
    id: str
    """The ARM id of the resource or resource group."""
    role: str = "Reader"
    """The built-in role that allows it."""
    api_version: str = ""
    """Where it is not the ordinary one."""

    def __str__(self) -> str:
        return f"{self.action} for {self.id}" + (f" in API version {self.api_version}" if self.api_version else "")


def answer(question: Question, arm: Arm, call: Callable[[], T]) -> Fact[T]:
    """What a call returns, or the gap that its failure leaves. Raises SignInError where the sign-in fails."""
    try:
        return Known(call())
    except ClientAuthenticationError as error:
        reason = (str(error.message).splitlines() or ["no reason given"])[0]
        raise SignInError(
            f"Cannot sign in to Azure ({arm.cloud.name}): {reason} "
            "Sign in with `az login --tenant TENANT`, or choose another way to sign in with --credential"
        ) from error
    except MalformedError as error:
        return Missing(question.source, Cause.MALFORMED, f"The answer to {question} is malformed: {error.detail}")
    except AzureError as error:
        return _gap(question, arm, error)


def status_line(question: Question, error: HttpResponseError) -> str:
    """`404 on ACTION for ID (ResourceNotFound)`: status, question, and ARM's code where it says more."""
    code = str(error.error.code) if error.error and error.error.code else ""
    says_more = re.fullmatch(r"[\w.-]{1,80}", code, re.ASCII) and code != "AuthorizationFailed"
    return f"{error.status_code} on {question}" + (f" ({code})" if says_more else "")


def tenant_of(error: HttpResponseError) -> str:
    """The tenant that a 401 sends the caller to, or TENANT where it names none."""
    match = re.search(r'authorization_uri="https://[^/"]+/([0-9A-Za-z.-]+)', _header(error, "WWW-Authenticate"))
    return match.group(1) if match else "TENANT"


def failure(asked: str, endpoint: str, timeout_s: float, error: AzureError) -> tuple[str, str]:
    """What happened to a connection that gave no answer, and what would help ("" where nothing can be told)."""
    sentence, grant = next(
        (sentence, grant)
        for kind, sentence, grant in _FAILURES
        if isinstance(error, kind) or isinstance(error.inner_exception, kind)
    )
    return sentence.format(asked=asked, host=urlsplit(endpoint).netloc, timeout=f"{timeout_s:g} s"), grant


def _gap(question: Question, arm: Arm, error: AzureError) -> Missing[Any]:
    if isinstance(error, HttpResponseError) and error.status_code is not None:
        return _refusal(question, error)
    detail, grant = failure(str(question), arm.cloud.resource_manager, arm.limits.timeout_s, error)
    return Missing(question.source, Cause.UNREACHABLE, detail, grant)


def _refusal(question: Question, error: HttpResponseError) -> Missing[Any]:
    line = status_line(question, error)
    match error.status_code:
        case 401:
            grant = f"Sign in to the tenant that owns it: `az login --tenant {tenant_of(error)}`"
            return Missing(question.source, Cause.FORBIDDEN, line, grant)
        case 403:
            return Missing(question.source, Cause.FORBIDDEN, line, f"{question.role} on {question.id}")
    wait = _header(error, "Retry-After")
    asks = f"; it asks to wait {wait} s" if wait.isdecimal() else ""
    return Missing(question.source, Cause.UNREACHABLE, line + asks)


def _header(error: HttpResponseError, name: str) -> str:
    return error.response.headers.get(name, "") if isinstance(error.response, HttpResponse) else ""


_FAILURES: tuple[tuple[type[Exception], str, str], ...] = (
    (
        requests.exceptions.SSLError,
        "The certificate of {host} is not trusted, for {asked}",
        "Set REQUESTS_CA_BUNDLE to the CA certificates of your network",
    ),
    (
        requests.exceptions.ProxyError,
        "The proxy does not connect to {host}, for {asked}",
        "Set HTTPS_PROXY, or name the host in NO_PROXY",
    ),
    (requests.exceptions.ContentDecodingError, "The answer to {asked} cannot be unpacked", ""),
    (IncompleteReadError, "The answer to {asked} broke off before its end", ""),
    (ServiceResponseTimeoutError, "No whole answer to {asked} within {timeout}", ""),
    (ServiceRequestTimeoutError, "No connection to {host} within {timeout}, for {asked}", ""),
    (ServiceRequestError, "Cannot connect to {host}, for {asked}", ""),
    (AzureError, "The connection ended before the answer to {asked} was whole", ""),
)
"""The narrowest class first. The libraries' own sentences hold memory addresses."""
