"""One resource, or one list page by page: GET requests and what they leave.

docs/decisions/reading-azure.md says why so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from analyzer.collect.arm_pages import decode_page
from analyzer.collect.arm_requests import ACTIONS, ArmRequest, Ask
from analyzer.collect.azure.answers import Question, answer
from analyzer.collect.azure.pipeline import MOST_AT_ONCE, Arm
from analyzer.collect.decoding import MalformedError, decode_arm
from analyzer.collect.threads import in_threads
from analyzer.model.fact import Fact, Missing
from analyzer.model.source import Source

Progress = Callable[[str], None]
"""Is told what is asked next, in a word or two; from several threads."""
Reader = Callable[[Arm, ArmRequest, Progress], Fact[tuple[Any, ...]]]
"""What answers one request."""


def asking(arm: Arm, concurrency: int, progress: Progress, reader: Reader | None = None) -> Ask:
    """Asks the live Resource Manager, several requests at once. No failure ends it but that of the sign-in.

    `reader` answers instead of `read`, where several clusters share what is read.
    """
    count, answering = min(concurrency, MOST_AT_ONCE), reader or read

    def ask(requests: Sequence[ArmRequest]) -> list[Fact[tuple[Any, ...]]]:
        return in_threads(count, [partial(answering, arm, request, progress) for request in requests])

    return ask


def read(arm: Arm, request: ArmRequest, progress: Progress) -> Fact[tuple[Any, ...]]:
    """One resource, or a whole list. If a page fails, the pages before it are `seen`."""
    progress(request.label)
    return _list(arm, request) if request.is_list else answer(_question(request), arm, lambda: (_one(arm, request),))


def _question(request: ArmRequest) -> Question:
    action = request.action or ACTIONS[request.source]
    version = request.api_version if request.source is Source.CLUSTER_PREVIEW else ""
    return Question(request.source, action, request.subject, api_version=version)


def _one(arm: Arm, request: ArmRequest) -> Any:
    return decode_arm(arm.get(arm.url(request.path), request.parameters), request.item_type)


def _list(arm: Arm, request: ArmRequest) -> Fact[tuple[Any, ...]]:
    items: list[Any] = []

    def read_pages() -> tuple[Any, ...]:
        for page in _pages(arm, request):
            items.extend(page)
        return tuple(items)

    found = answer(_question(request), arm, read_pages)
    return replace(found, seen=tuple(items) or None) if isinstance(found, Missing) else found


def _pages(arm: Arm, request: ArmRequest) -> Iterator[Iterator[Any]]:
    url = arm.url(request.path)
    items, following = decode_page(arm.get(url, request.parameters), request)
    seen = {url}
    yield items
    while following:
        _check_next(arm, following, seen)
        items, following = decode_page(arm.get(following), request)
        yield items


def _check_next(arm: Arm, link: str, seen: set[str]) -> None:
    """The token goes to nobody but this Resource Manager, and a circle of pages ends."""
    ours, theirs = urlsplit(arm.cloud.resource_manager), urlsplit(link)
    if (theirs.scheme, theirs.netloc) != (ours.scheme, ours.netloc):
        raise MalformedError(f"its nextLink leads away from {ours.netloc}")
    if link in seen:
        raise MalformedError("its nextLink leads back to a page that was read")
    seen.add(link)
