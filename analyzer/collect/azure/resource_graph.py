"""Resource Graph: one query over many subscriptions. It finds things, and proves nothing.

It lags behind Resource Manager by minutes, and leaves out in silence what the caller may not read: subscriptions of a
query that are gone or forbidden are skipped while any other of them is left.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from azure.mgmt.resourcegraph import ResourceGraphClient
from azure.mgmt.resourcegraph.models import QueryRequest, QueryRequestOptions
from msgspec import Struct, field

from analyzer.collect.azure.answers import Question, answer
from analyzer.collect.azure.lists import Progress
from analyzer.collect.azure.pipeline import Access, Arm, answer_to, open_transport, policies
from analyzer.collect.decoding import MalformedError, convert_arm, decode_arm
from analyzer.collect.known_types import introduce
from analyzer.model.fact import Fact
from analyzer.model.source import Source

T = TypeVar("T")

MOST_SUBSCRIPTIONS = 1000
"""That one query takes: learn.microsoft.com/azure/governance/resource-graph/troubleshoot/general, "Too many
subscriptions"."""
_MOST_ROWS = 1000
"""Of one page: learn.microsoft.com/azure/governance/resource-graph/concepts/work-with-data."""
_API_VERSION = "2021-03-01"
_LIMIT_HIT = "x-ms-tenant-subscription-limit-hit"
"""`true`: the scope holds more subscriptions than were looked at (concepts/guidance-for-throttled-requests)."""
_QUESTION = Question(
    Source.CLUSTER, "Microsoft.ResourceGraph/resources/read", "/providers/Microsoft.ResourceGraph/resources"
)


@dataclass(frozen=True, slots=True)
class Graph:
    """An open way to Resource Graph."""

    client: ResourceGraphClient
    arm: Arm
    progress: Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A question in Kusto, ordered by a column that is unique, and where it is asked: one of the two scopes."""

    text: str
    label: str
    """What is asked for, in a word or two."""
    subscriptions: tuple[str, ...] = ()
    """At most MOST_SUBSCRIPTIONS."""
    management_groups: tuple[str, ...] = ()


@contextmanager
def open_graph(access: Access, arm: Arm, progress: Progress) -> Iterator[Graph]:
    """A way to Resource Graph, closed at the end; it goes through what requests to Resource Manager go through."""
    with ResourceGraphClient(
        access.credential,
        access.cloud.resource_manager,
        credential_scopes=[access.cloud.scope],
        api_version=_API_VERSION,
        policies=policies(access),
        transport=open_transport(access.limits.timeout_s, access.connections),
    ) as client:
        yield Graph(client, arm, progress)


def find(graph: Graph, query: Query, kind: type[T]) -> Fact[tuple[T, ...]]:
    """Every row of an answer, all pages. An answer that holds fewer rows than it counts is malformed."""
    return answer(_QUESTION, graph.arm, lambda: tuple(convert_arm(row, kind) for row in _rows(graph, query)))


class _Page(Struct, frozen=True, rename="camel"):
    data: tuple[Any, ...]
    total_records: int
    result_truncated: str
    skip_token: str | None = field(default=None, name="$skipToken")


introduce(_Page)


def _rows(graph: Graph, query: Query) -> Iterator[Any]:
    came, seen, token = 0, {""}, ""
    while True:
        graph.progress(query.label)
        page = _page(graph, query, token)
        yield from page.data
        came += len(page.data)
        token = page.skip_token or ""
        if not token:
            break
        if token in seen:
            raise MalformedError("its $skipToken leads back to a page that was read")
        seen.add(token)
    if came < page.total_records or page.result_truncated.lower() == "true":
        raise MalformedError(f"it holds {came} rows of {page.total_records}, and names no further page")


def _page(graph: Graph, query: Query, token: str) -> _Page:
    options = QueryRequestOptions(top=_MOST_ROWS, skip_token=token or None, result_format="objectArray")
    request = QueryRequest(
        query=query.text,
        subscriptions=list(query.subscriptions) or None,
        management_groups=list(query.management_groups) or None,
        options=options,
    )
    response = answer_to(partial(graph.client.resources, request))
    if response.headers.get(_LIMIT_HIT, "").lower() == "true":
        raise MalformedError("its scope holds more subscriptions than it looked at")
    return decode_arm(response.content, _Page)
