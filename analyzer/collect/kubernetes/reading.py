"""Everything that rules read from the Kubernetes API, each list as a fact of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from threading import Lock
from typing import Any

from analyzer.collect.assembly import Absent, Failed, Part, list_fact
from analyzer.collect.kubernetes.discovery import Discovery, UnreadError
from analyzer.collect.kubernetes.failures import AGAIN, NoReplyError
from analyzer.collect.kubernetes.lists import Collection, NotRead, read_collection, read_named
from analyzer.collect.kubernetes.sentences import Ask
from analyzer.collect.kubernetes.session import Session
from analyzer.collect.kubernetes.transport import Budget, Transport
from analyzer.collect.requests import group_version, kubernetes_reads
from analyzer.collect.threads import in_threads
from analyzer.model.fact import Cause, Fact, Known, Missing
from analyzer.model.snapshot import SINGLE_OBJECTS
from analyzer.model.source import KubernetesRead, Source

Progress = Callable[[str, int], None]
"""Told a source's name and the objects read of it so far; from several threads, one at a time."""


@dataclass(frozen=True, slots=True)
class KubernetesReading:
    """What came back from one API server."""

    facts: Mapping[Source, Fact[Any]]
    """Every source of the Kubernetes API that was asked for, in the order of READS; lists are sorted."""
    absent_apis: frozenset[Source]
    """Lists that are empty because discovery proves that none of their APIs is served."""
    server: str
    """The API server's URL."""
    reached: bool
    """Whether the server let anything in. False: it was not reached, refused the sign-in (401) each time, or only a
    failure or redirection (429, 5xx, 3xx, 407) came back. All facts are then missing."""


def read_kubernetes(
    session: Session, budget: Budget, progress: Progress | None = None, *, scan_configmaps: bool = False
) -> KubernetesReading:
    """Reads every list and object. No failure ends it: what was not read is Missing.

    `scan_configmaps`: also every ConfigMap, of which only addresses are kept.

    If neither /apis nor /api gives any answer, nothing else is asked: a firewall costs two time-outs, not fifty.
    """
    transport = Transport(session, budget)
    discovery = Discovery(transport)
    failure = _silence(transport) if discovery.unread else None
    reads = tuple(kubernetes_reads(scan_configmaps=scan_configmaps))
    reader = _Reader(transport, discovery, _Counter(progress), reads)
    facts, absent = _nothing(failure, reads) if failure else reader.read()
    return KubernetesReading(facts, absent, session.server, transport.reached)


_Facts = tuple[dict[Source, Fact[Any]], frozenset[Source]]
_Reads = tuple[tuple[Source, KubernetesRead], ...]


def _silence(transport: Transport) -> NoReplyError | None:
    """Why the server gives no answer; None where it gives any, be it a malformed one."""
    try:
        transport.get("/api")
    except NoReplyError as error:
        return None if error.cause is Cause.MALFORMED else error
    return None


def _nothing(failure: NoReplyError, reads: _Reads) -> _Facts:
    facts: dict[Source, Fact[Any]] = {}
    for source, read in reads:
        words = Ask(read, read.endpoints[0]).words
        detail = f"Not asked to {words}: neither /apis nor /api could be read: {failure.detail}"
        facts[source] = Missing(source, failure.cause, detail, failure.grant)
    return facts, frozenset()


@dataclass(slots=True)
class _Counter:
    """Counts the objects of a source over its collections."""

    progress: Progress | None
    _counts: dict[tuple[Source, str], int] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def of(self, source: Source, resource: str) -> Callable[[int], None]:
        """Takes the count of one collection."""

        def report(count: int) -> None:
            with self._lock:
                self._counts[source, resource] = count
                if self.progress is not None:
                    self.progress(source.value, sum(n for (one, _), n in self._counts.items() if one is source))

        return report


@dataclass(slots=True)
class _Reader:
    transport: Transport
    discovery: Discovery
    counter: _Counter
    reads: _Reads

    def read(self) -> _Facts:
        """All sources. Interrupted, it lets no further request begin."""
        asks = [(source, Ask(read, endpoint)) for source, read in self.reads for endpoint in read.endpoints]
        jobs = [partial(self._answer, source, ask) for source, ask in asks]
        try:
            answers = in_threads(self.transport.budget.concurrency, jobs)
        except BaseException:
            self.transport.stop()
            raise
        return _gathered([(source, answer) for (source, _), answer in zip(asks, answers, strict=True)])

    def _answer(self, source: Source, ask: Ask) -> Fact[Any] | Part:
        kind = SINGLE_OBJECTS.get(source)
        return self._part(source, ask) if kind is None else read_named(self.transport, source, ask, kind)

    def _part(self, source: Source, ask: Ask) -> Part:
        """One collection: the first version that is served and wanted and holds it."""
        endpoint = ask.endpoint
        versions = self.discovery.versions(endpoint.group)
        wanted = endpoint.versions if self.discovery.unread else [one for one in endpoint.versions if one in versions]
        for version in wanted:
            report = self.counter.of(source, ask.resource)
            outcome = read_collection(self.transport, Collection(ask, version, source, report))
            if not isinstance(outcome, NotRead):
                return outcome
            doubt = self._doubt(ask, version)
            if doubt is not None:
                return doubt
        return self._elsewhere(ask, [one for one in versions if one not in wanted])

    def _doubt(self, ask: Ask, version: str) -> Failed | None:
        """Why a 404 does not prove that this version is not served; None where discovery proves it."""
        if not ask.endpoint.group:
            return _not_found(ask, ", which every cluster serves")
        if self.discovery.unread:
            return None
        try:
            if self.discovery.serves(ask.endpoint.group, version, ask.endpoint.resource):
                return _not_found(ask, ", although discovery lists it")
        except UnreadError as error:
            return _not_found(ask, f", and nothing proves that the API is absent: {error}")
        return None

    def _elsewhere(self, ask: Ask, others: list[str]) -> Absent | Failed:
        """Absent, unless discovery cannot prove it or another version than the wanted ones holds the collection."""
        if self.discovery.unread:
            return _not_found(ask, f", and nothing proves that the API is absent: {self.discovery.unread}")
        group = ask.endpoint.group
        try:
            found = [one for one in others if self.discovery.serves(group, one, ask.endpoint.resource)]
        except UnreadError as error:
            detail = f"Not asked to {ask.words}: nothing proves which versions serve it: {error}"
            return Failed(Cause.UNREACHABLE, detail, AGAIN)
        if not found:
            return Absent()
        served = ", ".join(group_version(group, one) for one in found)
        known = ", ".join(ask.endpoint.versions)
        return Failed(
            Cause.UNRECOGNISED, f"Not asked to {ask.words}: it is served as {served}, and only {known} is known"
        )


def _not_found(ask: Ask, why: str) -> Failed:
    return Failed(Cause.UNREACHABLE, f"404 on {ask.words}{why}", AGAIN)


def _gathered(answers: Iterable[tuple[Source, Fact[Any] | Part]]) -> _Facts:
    """Named objects are facts already; the collections of a list become one. `answers` are in order of sources."""
    facts: dict[Source, Fact[Any]] = {}
    absent: set[Source] = set()
    for source, group in groupby(answers, key=lambda answer: answer[0]):
        parts: list[Part] = []
        for _, answer in group:
            if isinstance(answer, Known | Missing):
                facts[source] = answer
            else:
                parts.append(answer)
        if parts:
            facts[source], is_absent = list_fact(source, parts)
            absent |= {source} if is_absent else set()
    return facts, frozenset(absent)
