"""The Kubernetes APIs of the fleet: one address each, all behind one port."""

from __future__ import annotations

import gzip
import json
import re
from functools import cache

from servers.fleet.exchange import Answer, Reply, Request, Silence, as_json
from servers.fleet.members import Fleet, Health, Member
from servers.fleet.sample_bodies import packed, sample
from servers.kubernetes_answers import failure

READING_POSTS = ("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",)
_LARGE_BYTES = 128 * 1024
"""API servers compress what is longer, where the client takes it: APIResponseCompression, on since 1.16."""


class KubernetesAnswers:
    """Every list as its sample holds it, with the names of the cluster whose address was asked."""

    def __init__(self, fleet: Fleet) -> None:
        self._members = {member.address: member for member in fleet.members}

    def answer(self, request: Request) -> Answer:
        """The ordinary answer."""
        member = self._members.get(request.address)
        if member is None:
            return _status(404, "NotFound", "no API server has this address")
        match member.health:
            case Health.SILENT:
                return Silence()
            case Health.FORBIDDEN:
                return _status(403, "Forbidden", 'User "a-client" cannot do this')
            case _:
                return _read(member, request)


def unauthorized() -> Reply:
    """What a token that is not valid gets."""
    return _status(401, "Unauthorized", "Unauthorized")


def throttled(retry_after_s: int) -> Reply:
    """Too many requests."""
    told = failure(429, "TooManyRequests", "Too many requests, please try again later.")
    return as_json(told, 429, {"Retry-After": str(retry_after_s)})


def not_allowed(request: Request) -> Reply:
    """For what could write."""
    return _status(405, "MethodNotAllowed", f"{request.method} is not allowed")


def _read(member: Member, request: Request) -> Reply:
    if request.method == "POST":
        return _allowed(request.body)
    known = sample(member.sample)
    body = known.kubernetes.get(request.path)
    if body is None:
        return _absent(request.path)
    if len(body) > _LARGE_BYTES and "gzip" in request.headers.get("accept-encoding", ""):
        return Reply(_compressed(member.sample, request.path), headers={"Content-Encoding": "gzip"})
    is_narrow = "as=PartialObjectMetadataList" in request.headers.get("accept", "")
    limit, start = int(request.query.get("limit", "0")), int(request.query.get("continue", "0"))
    return Reply(known.renamed(_page(body, is_narrow, limit, start), member))


@cache
def _allowed(review: bytes) -> Reply:
    return as_json({**json.loads(review), "status": {"allowed": True}})


@cache
def _compressed(name: str, path: str) -> bytes:
    """A long list as API servers send it. It keeps the sample's names, so that it is compressed once."""
    return gzip.compress(sample(name).kubernetes[path], mtime=0)


def _narrowed(body: bytes) -> bytes:
    """A list of which only metadata is shown."""
    found = json.loads(body)
    partial = {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1"}
    items = [{**partial, "metadata": item["metadata"]} for item in found["items"]]
    return packed({**found, "kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1", "items": items})


@cache
def _page(body: bytes, is_narrow: bool, limit: int, start: int) -> bytes:
    """One page of a list; a continue token is the number of objects before it."""
    body = _narrowed(body) if is_narrow else body
    if not limit or (not start and body.count(b'"metadata":{') <= limit):
        return body
    found = json.loads(body)
    if len(found["items"]) <= limit and not start:
        return body
    end = start + limit
    more = {"continue": str(end)} if end < len(found["items"]) else {}
    return packed({**found, "metadata": {"resourceVersion": "1", **more}, "items": found["items"][start:end]})


@cache
def _absent(path: str) -> Reply:
    """A named object that is not there; or an API that is not served, of which the server says less."""
    named = re.search(r"/configmaps/([^/]+)$", path)
    if named:
        return _status(404, "NotFound", f'configmaps "{named.group(1)}" not found')
    return Reply(b"404 page not found\n", 404)


def _status(code: int, reason: str, message: str) -> Reply:
    return as_json(failure(code, reason, message), code)
