"""One collection, page by page, or one named object: raw bytes into narrow types, or why not."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from analyzer.collect.assembly import Failed, Whole
from analyzer.collect.config_map_addresses import narrowed, read_as
from analyzer.collect.decoding import ListBody, MalformedError, decode_list, decode_object, named
from analyzer.collect.known_types import introduce
from analyzer.collect.kubernetes.failures import AGAIN, SIGN_IN, NoReplyError
from analyzer.collect.kubernetes.sentences import Ask, one_line, status_of
from analyzer.collect.kubernetes.transport import Reply, Transport
from analyzer.collect.requests import group_version, kubernetes_reads, path_of
from analyzer.model.fact import Cause, Fact, Known, Missing
from analyzer.model.objects import KubernetesObject
from analyzer.model.snapshot import ITEM_TYPES, SINGLE_OBJECTS
from analyzer.model.source import Source

_METADATA = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
_OPENING = {
    Cause.UNREACHABLE: "No answer to",
    Cause.MALFORMED: "Malformed answer to",
    Cause.FORBIDDEN: "No sign-in for",
}


class NotRead(enum.Enum):
    """Answers that mean something only with discovery or another attempt beside them."""

    NOT_FOUND = "404"
    EXPIRED = "410 on a continue token"


@dataclass(frozen=True, slots=True)
class Collection:
    """One collection in the version that it is asked for."""

    ask: Ask
    version: str
    source: Source
    report: Callable[[int], None]
    """Called after each page with the number of objects so far."""

    @property
    def path(self) -> str:
        """The path that is asked for."""
        return path_of(self.ask.read, self.ask.endpoint, self.version)


def read_collection(transport: Transport, collection: Collection) -> Whole | Failed | NotRead:
    """Every object, or what was seen until the failure. Never EXPIRED.

    Where a continue token expires, the list is started over once: the pages before may not fit those after.
    """
    outcome = _Walk(transport, collection).finish()
    if outcome is not NotRead.EXPIRED:
        return outcome
    again = _Walk(transport, collection)
    outcome = again.finish()
    if outcome is not NotRead.EXPIRED:
        return outcome
    detail = f"410 on {again.where}: the continue token expired twice"
    return Failed(Cause.UNREACHABLE, detail, AGAIN, tuple(again.items))


def read_named(transport: Transport, source: Source, ask: Ask, kind: type[Any]) -> Fact[Any]:
    """One object; Known(None) where the API server itself says that it does not exist."""
    path = path_of(ask.read, ask.endpoint, ask.endpoint.versions[0])
    try:
        reply = transport.get(path)
    except NoReplyError as error:
        return _missing(source, _unanswered(ask.words, error))
    if reply.status == 404 and _says_not_found(reply):
        return Known(None)
    if reply.status != 200:
        return _missing(source, _refused(ask.words, reply, ask.grant))
    try:
        return Known(_expected(decode_object(reply.body, kind), ask))
    except MalformedError as error:
        return Missing(source, Cause.MALFORMED, _sentence(Cause.MALFORMED, ask.words, error.detail), AGAIN)


def _missing(source: Source, failed: Failed) -> Missing[Any]:
    return Missing(source, failed.cause, failed.detail, failed.grant)


def _refused(where: str, reply: Reply, grant: str) -> Failed:
    """A status other than 200, as a failure. `grant`: the right that a 403 lacks."""
    detail = f"{reply.status} on {where}: {reply.words}"
    if reply.status == 401:
        return Failed(Cause.FORBIDDEN, detail, SIGN_IN)
    if reply.status == 403:
        return Failed(Cause.FORBIDDEN, detail, grant)
    return Failed(Cause.UNREACHABLE, detail, AGAIN)


def _unanswered(where: str, error: NoReplyError) -> Failed:
    """A request without a usable answer, as a failure."""
    return Failed(error.cause, _sentence(error.cause, where, error.detail), error.grant)


@dataclass(slots=True)
class _Walk:
    """One pass over the pages of a collection."""

    transport: Transport
    collection: Collection
    items: list[KubernetesObject] = field(default_factory=list)
    malformed: str = ""
    """Of the first page that holds items which cannot be read."""

    @property
    def where(self) -> str:
        """What is asked, and how far it has come."""
        after = f" after {len(self.items)} objects" if self.items else ""
        return self.collection.ask.words + after

    def finish(self) -> Whole | Failed | NotRead:
        """Reads page after page."""
        token = ""
        while True:
            page = self._page(token)
            if not isinstance(page, str):
                return page
            if not page:
                break
            token = page
        if self.malformed:
            return self._with_seen(Failed(Cause.MALFORMED, self.malformed, AGAIN))
        return Whole(tuple(self.items))

    def _page(self, token: str) -> str | Failed | NotRead:
        """Takes one page. The next page's token, empty after the last one; or why there is none."""
        accept = _METADATA if self.collection.ask.read.metadata_only else "application/json"
        try:
            reply = self.transport.get(self.collection.path, self._query(token), accept)
        except NoReplyError as error:
            return self._with_seen(_unanswered(self.where, error))
        if reply.status == 410 and token:
            return NotRead.EXPIRED
        if reply.status == 404 and not token:
            return NotRead.NOT_FOUND
        if reply.status != 200:
            return self._with_seen(_refused(self.where, reply, self.collection.ask.grant))
        following = self._take(reply.body)
        if following and following == token:
            detail = _sentence(Cause.MALFORMED, self.where, "it names itself as its next page")
            return self._with_seen(Failed(Cause.MALFORMED, detail, AGAIN))
        return following

    def _query(self, token: str) -> dict[str, str]:
        limit = {"limit": str(self.transport.budget.page)}
        return {**limit, "continue": token} if token else limit

    def _take(self, body: bytes) -> str:
        """Adds the objects of one page, and of a malformed one those that can be read."""
        where = self.where
        try:
            page = decode_list(body, read_as(self.collection.source))
            self._expect_list(page.kind)
        except MalformedError as error:
            self.malformed = self.malformed or _sentence(Cause.MALFORMED, where, error.detail)
            self._add(error.seen)
            return _token(body)
        self._add(page.items or ())
        return page.metadata.continue_

    def _expect_list(self, kind: str) -> None:
        """A list of metadata holds no content: where content was asked for, all fields would be taken for unset. That
        a list of something else is empty says nothing of what was asked for.
        """
        is_of_metadata = kind == "PartialObjectMetadataList"
        if not kind.endswith("List") or (is_of_metadata and not self.collection.ask.read.metadata_only):
            raise MalformedError(f"it is a {kind}, not a list of objects")
        expected = f"{self.collection.ask.endpoint.kind}List"
        if kind != expected and not is_of_metadata:
            raise MalformedError(f"it is a {kind}, not a {expected}")

    def _add(self, items: tuple[KubernetesObject, ...]) -> None:
        endpoint = self.collection.ask.endpoint
        found = named(items, endpoint.kind, group_version(endpoint.group, self.collection.version))
        self.items += narrowed(self.collection.source, found)
        self.collection.report(len(self.items))

    def _with_seen(self, failed: Failed) -> Failed:
        return Failed(failed.cause, failed.detail, failed.grant, tuple(self.items))


def _sentence(cause: Cause, where: str, detail: str) -> str:
    return f"{_OPENING[cause]} {where}: {one_line(detail)}"


def _says_not_found(reply: Reply) -> bool:
    """A proxy in between may say 404 too: only the API server's own words prove that an object is not there."""
    status = status_of(reply.body)
    return status is not None and status.reason == "NotFound"


def _expected(found: KubernetesObject, ask: Ask) -> KubernetesObject:
    if (found.kind, found.name) != (ask.endpoint.kind, ask.read.name):
        raise MalformedError(f"it is {found.kind or 'of no kind'} {found.name}".rstrip())
    return found


def _token(body: bytes) -> str:
    try:
        return _ANY_LIST.decode(body).metadata.continue_
    except msgspec.MsgspecError:
        return ""


_ANY_LIST = msgspec.json.Decoder(ListBody[msgspec.Raw])
introduce(*(SINGLE_OBJECTS[source] for source, _ in kubernetes_reads() if source in SINGLE_OBJECTS))
introduce(
    *(
        ListBody[read_as(source)]  # type: ignore[misc]
        for source, _ in kubernetes_reads(scan_configmaps=True)
        if source in ITEM_TYPES
    )
)
