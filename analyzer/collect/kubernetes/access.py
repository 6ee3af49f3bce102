"""What the signed-in identity may read, as the API server itself answers: SelfSubjectAccessReview."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import msgspec

from analyzer.collect.kubernetes.discovery import Discovery
from analyzer.collect.kubernetes.failures import NoReplyError
from analyzer.collect.kubernetes.sentences import Ask, one_line
from analyzer.collect.kubernetes.session import Session
from analyzer.collect.kubernetes.transport import Budget, Transport
from analyzer.collect.requests import kubernetes_reads
from analyzer.collect.threads import in_threads
from analyzer.model.source import Source

_GROUP_VERSION = "authorization.k8s.io/v1"


@dataclass(frozen=True, slots=True)
class Permission:
    """Whether one source may be read."""

    source: Source
    allowed: bool | None
    """None: the API server did not say."""
    reason: str = ""
    """What is denied or not answered, and why; or why nothing was asked. Empty where all is allowed."""
    grant: str = ""
    """The rights that are denied."""


class _Answer(msgspec.Struct, frozen=True, rename="camel"):
    allowed: bool
    reason: str = ""
    evaluation_error: str = ""


class _Review(msgspec.Struct, frozen=True):
    status: _Answer


_REVIEW = msgspec.json.Decoder(_Review)


@dataclass(frozen=True, slots=True)
class _Verdict:
    """The answer for one collection."""

    allowed: bool | None
    reason: str = ""
    grant: str = ""


def review_access(session: Session, budget: Budget, *, scan_configmaps: bool = False) -> tuple[Permission, ...]:
    """One permission a source, in the order of READS: list, or get for a named object.

    Collections of API groups that the cluster does not serve take no right and are not asked about. Nothing raises:
    what the server does not answer is `allowed=None`.
    """
    transport = Transport(session, budget)
    discovery = Discovery(transport)
    reads = tuple(kubernetes_reads(scan_configmaps=scan_configmaps))
    asks = [
        (source, Ask(read, endpoint))
        for source, read in reads
        for endpoint in read.endpoints
        if discovery.unread or discovery.versions(endpoint.group)
    ]
    verdicts = in_threads(budget.concurrency, [partial(_review, transport, ask) for _, ask in asks])
    said: dict[Source, list[_Verdict]] = {source: [] for source, _ in reads}
    for (source, _), verdict in zip(asks, verdicts, strict=True):
        said[source].append(verdict)
    return tuple(_together(source, found) for source, found in said.items())


def _review(transport: Transport, ask: Ask) -> _Verdict:
    try:
        reply = transport.review(f"/apis/{_GROUP_VERSION}/selfsubjectaccessreviews", _question(ask))
    except NoReplyError as error:
        return _Verdict(None, f"No answer whether to {ask.words}: {error.detail}")
    if reply.status not in (200, 201):
        return _Verdict(None, f"{reply.status} on the access review of {ask.words}: {reply.words}")
    try:
        answer = _REVIEW.decode(reply.body).status
    except msgspec.MsgspecError as error:
        return _Verdict(None, f"Malformed access review of {ask.words}: {error}")
    if answer.allowed:
        return _Verdict(True)
    why = one_line(answer.reason or answer.evaluation_error) or "no role allows it"
    return _Verdict(False, f"Denied to {ask.words}: {why}", ask.grant)


def _question(ask: Ask) -> bytes:
    attributes = {
        "verb": ask.verb,
        "group": ask.endpoint.group,
        "version": ask.endpoint.versions[0],
        "resource": ask.endpoint.resource,
        "namespace": ask.read.namespace,
        "name": ask.read.name,
    }
    review = {"apiVersion": _GROUP_VERSION, "kind": "SelfSubjectAccessReview"}
    return msgspec.json.encode({**review, "spec": {"resourceAttributes": attributes}})


def _together(source: Source, verdicts: Sequence[_Verdict]) -> Permission:
    """Denied if any collection is denied; else not known if any is not known."""
    if not verdicts:
        return Permission(source, True, "The cluster does not serve it")
    said = {one.allowed for one in verdicts}
    allowed = False if False in said else None if None in said else True
    reasons = "; ".join(dict.fromkeys(one.reason for one in verdicts if one.reason))
    grants = "; ".join(dict.fromkeys(one.grant for one in verdicts if one.grant))
    return Permission(source, allowed, reasons, grants)
