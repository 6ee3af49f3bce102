"""A cloud without a name of its own: its Resource Manager says who signs in to it, and for which audience."""

from __future__ import annotations

import codecs

from azure.core import PipelineClient
from azure.core.exceptions import AzureError, HttpResponseError
from azure.core.pipeline.policies import UserAgentPolicy
from azure.core.rest import HttpRequest, HttpResponse
from msgspec import Struct

from analyzer.collect.azure.answers import failure
from analyzer.collect.azure.pipeline import BoundedRetryPolicy, Limits, open_transport
from analyzer.collect.clouds import CUSTOM, Cloud
from analyzer.collect.decoding import MalformedError, decode_arm
from analyzer.errors import UnreachableError

_PATH = "/metadata/endpoints"
_VERSION = {"api-version": "2022-09-01"}


class _Authentication(Struct, frozen=True, rename="camel"):
    login_endpoint: str
    audiences: tuple[str, ...]


class _Metadata(Struct, frozen=True, rename="camel"):
    authentication: _Authentication


def discover(endpoint: str, timeout_s: float) -> Cloud:
    """The cloud behind the https address of a Resource Manager. The question needs no sign-in.

    Raises UnreachableError where no Resource Manager answers.
    """
    try:
        found = _ask(endpoint, timeout_s).authentication
    except MalformedError as error:
        raise _no_cloud(endpoint, error.detail) from error
    except AzureError as error:
        raise _no_cloud(endpoint, _reason(endpoint, timeout_s, error)) from error
    if not found.audiences:
        raise _no_cloud(endpoint, "it names no audience")
    return Cloud(CUSTOM, endpoint, found.login_endpoint.rstrip("/"), found.audiences[0])


def _ask(endpoint: str, timeout_s: float) -> _Metadata:
    limits = Limits(timeout_s=timeout_s, retries=1)
    policies = [UserAgentPolicy("aks-preflight"), BoundedRetryPolicy(limits)]
    with PipelineClient[HttpRequest, HttpResponse](
        endpoint, policies=policies, transport=open_transport(timeout_s)
    ) as client:
        response = client.send_request(HttpRequest("GET", endpoint + _PATH, params=_VERSION))
    if response.status_code != 200:
        raise HttpResponseError(response=response)
    return decode_arm(response.content.removeprefix(codecs.BOM_UTF8), _Metadata)


def _reason(endpoint: str, timeout_s: float, error: AzureError) -> str:
    if isinstance(error, HttpResponseError) and error.status_code is not None:
        return f"{error.status_code} on GET {_PATH}"
    sentence, grant = failure(f"GET {_PATH}", endpoint, timeout_s, error)
    return f"{sentence}. {grant}" if grant else sentence


def _no_cloud(endpoint: str, reason: str) -> UnreachableError:
    return UnreachableError(f"{endpoint} does not answer as an Azure Resource Manager: {reason}")
