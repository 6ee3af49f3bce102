"""The way to a Resource Manager: patience, sign-in, transport. Nothing here can write.

The pipeline is our own list of azure-core policies, because the SDK's list holds one that registers a resource
provider (a POST) when a read meets an unregistered one, and one that follows redirects.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from http.client import IncompleteRead
from io import BytesIO
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

import requests
import urllib3
from azure.core.credentials import TokenCredential
from azure.core.exceptions import (
    AzureError,
    HttpResponseError,
    IncompleteReadError,
    ServiceResponseError,
    ServiceResponseTimeoutError,
)
from azure.core.pipeline import PipelineResponse
from azure.core.pipeline.policies import CustomHookPolicy, RetryPolicy, UserAgentPolicy
from azure.core.pipeline.transport import RequestsTransport
from azure.core.rest import HttpRequest, HttpResponse
from azure.mgmt.containerservice import ContainerServiceClient
from azure.mgmt.core.policies import ARMChallengeAuthenticationPolicy, ARMHttpLoggingPolicy

from analyzer.collect.arm_requests import CONTAINER_SERVICE
from analyzer.collect.azure.pacing import Pace, PacingPolicy
from analyzer.collect.clouds import Cloud

MOST_AT_ONCE = 10
"""Connections that the transport keeps; more would be thrown away after one use."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long is waited for an answer, and how often it is asked for."""

    timeout_s: float = 30.0
    """For a connection, for the first byte, and for the whole body: three times this for one attempt at most."""
    deadline_s: float = 120.0
    """No attempt starts, and no Retry-After is waited for, past this time after the first one."""
    retries: int = 4
    """Further attempts after 408, 429, 5xx and broken connections. Retry-After goes before the growing pauses."""
    pause_s: float = 0.8
    """The second retry waits twice this, each further one twice as long as the one before."""


@dataclass(frozen=True, slots=True)
class Access:
    """How ARM is reached, and as whom."""

    cloud: Cloud
    credential: TokenCredential
    limits: Limits = Limits()
    concurrency: int = 8
    """Requests of one cluster at the same time, at most MOST_AT_ONCE."""
    pace: Pace = field(default_factory=Pace)
    """What all requests of the run share of their limits."""
    connections: requests.Session | None = None
    """Connections that stay open for the whole run; None: each way to ARM has its own."""


@dataclass(frozen=True, slots=True)
class Arm:
    """An open way to the Resource Manager of one cloud."""

    client: ContainerServiceClient
    cloud: Cloud
    limits: Limits

    def url(self, path: str) -> str:
        """The address of an ARM id or of a path below it."""
        return f"{self.cloud.resource_manager}/{quote(path.lstrip('/'))}"

    def get(self, url: str, params: dict[str, str] | None = None) -> bytes:
        """The body behind an address. Raises AzureError; HttpResponseError for any status but 200."""
        return self._body(HttpRequest("GET", url, params=params))

    def post(self, url: str, params: dict[str, str]) -> bytes:
        """What an action that only reads answers. Raises as `get` does."""
        return self._body(HttpRequest("POST", url, params=params))

    def _body(self, request: HttpRequest) -> bytes:
        response = self.client.send_request(request)
        if response.status_code != 200:
            raise HttpResponseError(response=response)
        return response.content


@contextmanager
def open_arm(access: Access, subscription: str) -> Iterator[Arm]:
    """A way to ARM, closed at the end. Proxies and CA bundles are those of the usual environment variables.

    HTTPS_PROXY, NO_PROXY, REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE, as with the Azure CLI.
    """
    with ContainerServiceClient(
        access.credential,
        subscription,
        access.cloud.resource_manager,
        credential_scopes=[access.cloud.scope],
        api_version=CONTAINER_SERVICE,
        policies=policies(access),
        transport=open_transport(access.limits.timeout_s, access.connections),
    ) as client:
        yield Arm(client, access.cloud, access.limits)


def policies(access: Access) -> list[Any]:
    """What a request to Resource Manager or Resource Graph goes through."""
    return [
        UserAgentPolicy("aks-preflight"),
        BoundedRetryPolicy(access.limits),
        PacingPolicy(access.pace),
        ARMChallengeAuthenticationPolicy(access.credential, access.cloud.scope),
        CustomHookPolicy(),
        ARMHttpLoggingPolicy(),
    ]


def answer_to(call: Callable[..., object]) -> HttpResponse:
    """What an operation of an SDK receives. Raises AzureError; HttpResponseError for any status but 200."""
    answers: list[HttpResponse] = []
    # our own types decode the bytes: what the SDK's models cannot parse does not matter
    with suppress(ValueError):
        call(raw_response_hook=lambda given: answers.append(given.http_response), error_map=_AS_THEY_ARE)
    return answers[-1]


def open_transport(timeout_s: float, connections: requests.Session | None = None) -> RequestsTransport:
    """A transport that gives up on a connection, a silent server and a slow body alike."""
    return RequestsTransport(
        session=connections or open_connections(timeout_s),
        session_owner=connections is None,
        connection_timeout=timeout_s,
        read_timeout=timeout_s,
    )


def open_connections(timeout_s: float, most: int = MOST_AT_ONCE) -> requests.Session:
    """Connections that are used again, at most this many at once; shared by threads."""
    session = requests.Session()
    session.mount("https://", requests.adapters.HTTPAdapter(pool_maxsize=most))
    session.hooks["response"].append(partial(_read_whole_body, timeout_s))
    return session


class BoundedRetryPolicy(RetryPolicy[HttpRequest, HttpResponse]):
    """azure-core's retries, but none that could not end within the deadline: Retry-After may ask for hours."""

    def __init__(self, limits: Limits) -> None:
        super().__init__(
            retry_total=limits.retries,
            retry_connect=limits.retries,
            retry_read=limits.retries,
            retry_status=limits.retries,
            retry_backoff_factor=limits.pause_s,
            retry_backoff_max=limits.deadline_s,
            timeout=limits.deadline_s,
        )

    def configure_retries(self, options: dict[str, Any]) -> dict[str, Any]:
        """The settings of one request, with the moment when it is given up."""
        settings = super().configure_retries(options)
        return settings | {"methods": _RETRIED, "ends": time.monotonic() + settings["timeout"]}

    def is_retry(self, settings: dict[str, Any], response: PipelineResponse[Any, Any]) -> bool:
        """Whether an answer is worth another attempt that still fits."""
        wait = self.get_retry_after(response) or 0
        return bool(super().is_retry(settings, response)) and time.monotonic() + wait < settings["ends"]


_CHUNK_BYTES = 65536
_RETRIED = frozenset({"GET", "POST"})
"""Every POST that is sent here reads: asked twice, it does nothing twice."""
_AS_THEY_ARE = MappingProxyType(dict.fromkeys((304, 401, 404, 409), HttpResponseError))
"""The SDK's own classes hide whether a 401 came from ARM or from the sign-in."""


def _read_whole_body(timeout_s: float, response: requests.Response, **_: Any) -> None:
    """Reads the body at once: the transport's own time-out starts again with every byte that comes."""
    raw = response.raw
    try:
        body = _within(timeout_s, lambda: raw.read1(_CHUNK_BYTES, decode_content=False))
    except AzureError:
        response.close()
        raise
    raw.release_conn()
    response.raw = urllib3.HTTPResponse(BytesIO(body), raw.headers, raw.status, preload_content=False)


def _within(timeout_s: float, read: Callable[[], bytes]) -> bytes:
    ends = time.monotonic() + timeout_s
    parts: list[bytes] = []
    try:
        while part := read():
            parts.append(part)
            if time.monotonic() > ends:
                raise ServiceResponseTimeoutError(f"the body took longer than {timeout_s:g} s")
    except urllib3.exceptions.ReadTimeoutError as error:
        raise ServiceResponseTimeoutError(str(error), error=error) from error
    except urllib3.exceptions.HTTPError as error:
        if isinstance(error.__cause__, IncompleteRead):
            raise IncompleteReadError(str(error), error=error) from error
        raise ServiceResponseError(str(error), error=error) from error
    return b"".join(parts)
