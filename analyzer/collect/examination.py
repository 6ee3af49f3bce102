"""What `doctor` tries: each thing that a check needs, without reading the cluster's objects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analyzer.collect.access import Access, Progress
from analyzer.collect.live import AzureSide, connect
from analyzer.errors import PreflightError
from analyzer.model.fact import Known, Missing
from analyzer.model.source import READS, ArmRead, Source

if TYPE_CHECKING:
    from analyzer.collect.kubernetes.session import Session


@dataclass(frozen=True, slots=True)
class Trial:
    """One thing that was tried."""

    what: str
    works: bool | None
    """None: nobody said."""
    detail: str = ""
    grant: str = ""


def examine(cluster_id: str | None, access: Access, progress: Progress) -> tuple[Trial, ...]:
    """Every trial, in the order of a check: Azure, the API server, the right to each list. Nothing raises but
    UsageError."""
    return tuple(_examine(cluster_id, access, progress))


def _examine(cluster_id: str | None, access: Access, progress: Progress) -> Iterator[Trial]:
    azure = AzureSide(cluster_id, access, progress) if cluster_id else None
    if azure is not None:
        yield from _azure(azure)
    session = _try_session(azure, access)
    if isinstance(session, Trial):
        yield session
        return
    try:
        yield Trial(f"credentials for the API server {session.server}", True)
        yield from _permissions(session, access)
    finally:
        session.close()


def _azure(azure: AzureSide) -> Iterator[Trial]:
    try:
        found = azure.read()
    except PreflightError as error:
        yield Trial("Azure Resource Manager", False, str(error))
        return
    for source, fact in found.facts():
        if isinstance(READS[source], ArmRead):
            what = "the managed cluster" if source is Source.CLUSTER else f"its {_words(source)}"
            yield Trial(what, isinstance(fact, Known), *(() if isinstance(fact, Known) else (fact.detail, fact.grant)))


def _try_session(azure: AzureSide | None, access: Access) -> Session | Trial:
    what = "credentials for the API server"
    try:
        session = connect(azure, access)
    except PreflightError as error:
        return Trial(what, False, str(error))
    return Trial(what, False, session.detail, session.grant) if isinstance(session, Missing) else session


def _permissions(session: Session, access: Access) -> Iterator[Trial]:
    from analyzer.collect.kubernetes.access import review_access
    from analyzer.collect.kubernetes.transport import Budget

    budget = Budget(timeout_s=access.timeout_s, concurrency=access.concurrency)
    for found in review_access(session, budget, scan_configmaps=access.scan_configmaps):
        yield Trial(f"read {_words(found.source)}", found.allowed, found.reason, found.grant)


def _words(source: Source) -> str:
    return source.value.replace("_", " ")
