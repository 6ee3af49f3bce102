"""Clusters looked at by the workers of an existing Dask cluster.

Each worker process reads and judges by itself, with its own sign-in and its share of the requests at once. What comes
back is kept here, by one process, so that a cluster that was looked at twice, because its first worker was lost, is
in the report once.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from socket import gethostname
from threading import Lock
from typing import TYPE_CHECKING

from analyzer.collect.access import Access
from analyzer.collect.sharing import Clock, Sharing, share
from analyzer.errors import PreflightError, SignInError, UnreachableError, UsageError
from analyzer.fleet.clusters import Look, LookingHere, not_judged
from analyzer.fleet.judging import Judge, Judged
from analyzer.fleet.plan import PlannedCluster
from analyzer.fleet.reading import Reader
from analyzer.model.fleet_report import UnreadCause

if TYPE_CHECKING:
    from distributed import Client, Future

_PATIENCE_S = 30.0
"""For the scheduler, and for its first worker."""
_ATTEMPTS = 3
"""Workers that one cluster may lose."""


@dataclass(frozen=True, slots=True)
class Errand:
    """What every worker is told. Kubeconfigs, snapshots and files are paths on the workers' machines."""

    access: Access
    """Without an environment: the workers have their own."""
    judge: Judge
    clock: Clock
    deadline_s: float
    complete: bool
    run: str = ""
    """Tells this run from others that the workers serve."""


@dataclass(frozen=True, slots=True)
class Spread:
    """The executor of a Dask cluster."""

    scheduler: str
    errand: Errand
    client: Client

    @property
    def at_once(self) -> int:
        """A cluster for each thread of the workers that are there now. Raises UnreachableError."""
        return max(1, sum(self._threads().values()))

    @contextmanager
    def looking(self) -> Iterator[Look]:
        """Sends each cluster to a worker. Raises UnreachableError and UsageError, as its look does."""
        self._require_same_version()
        share_of_each = -(-self.errand.access.concurrency // max(1, len(self._threads())))
        access = replace(self.errand.access, concurrency=share_of_each)
        told = replace(self.errand, access=access, run=self.client.id)
        with _answered_by(self.scheduler):
            errand = self.client.scatter(told, broadcast=True)  # sent once, and held by every worker
        yield lambda cluster: self._looked_at(cluster, errand)

    def _require_same_version(self) -> None:
        """Raises UsageError. Who has another version, or none, cannot take what it would be sent."""

        def installed() -> str:  # within a function, it is sent whole
            try:
                return version("aks-preflight")
            except PackageNotFoundError:
                return ""

        with _answered_by(self.scheduler):
            self.client.wait_for_workers(1, timeout=_PATIENCE_S)
            found = {"The scheduler": self.client.run_on_scheduler(installed)}
            found |= {f"The worker at {address}": own for address, own in self.client.run(installed).items()}
        for who, own in found.items():
            if other := _other_version(who, own, self.errand):
                raise other

    def _threads(self) -> dict[str, int]:
        """How many each worker has."""
        with _answered_by(self.scheduler):
            threads: dict[str, int] = self.client.nthreads()
        return threads

    def _looked_at(self, cluster: PlannedCluster, errand: Future[Errand]) -> Judged:
        from distributed import KilledWorker

        try:
            with _answered_by(self.scheduler):
                future = self.client.submit(_look, cluster, errand, pure=False, retries=_ATTEMPTS)
                found: Judged | PreflightError = future.result()
        except KilledWorker:
            detail = f"{_ATTEMPTS} workers were lost while they looked at {cluster.name}. Give workers more memory."
            return not_judged(cluster, UnreadCause.BROKE, detail)
        if isinstance(found, PreflightError):
            raise found
        return found


@contextmanager
def spread_over(scheduler: str, errand: Errand) -> Iterator[Spread]:
    """The workers of a scheduler. Raises UsageError without the package, UnreachableError where nobody answers."""
    try:
        from distributed import Client
    except ImportError as error:
        raise UsageError(
            "--executor dask needs a package that is not installed. Install it, in the project's folder: pipx install"
            " '.[dask]'."
        ) from error
    for logger in ("distributed", "distributed.client"):  # what is lost is told in rows, and at the end
        logging.getLogger(logger).setLevel(logging.CRITICAL)
    try:
        client = Client(scheduler, timeout=_PATIENCE_S, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise UnreachableError(f"No Dask scheduler answers at {scheduler}: {error}.") from error
    try:
        yield Spread(scheduler, errand, client)
    finally:
        client.close()


@contextmanager
def _answered_by(scheduler: str) -> Iterator[None]:
    """Raises UnreachableError where a scheduler is gone, or all of its workers are."""
    from distributed.client import ClosedClientError

    try:
        yield
    except TimeoutError as error:
        raise UnreachableError(f"The Dask scheduler at {scheduler} has no workers. Start some.") from error
    except (OSError, CancelledError, ClosedClientError) as error:
        raise UnreachableError(
            f"The Dask scheduler at {scheduler} does not answer any more. Start it again."
        ) from error


def _look(cluster: PlannedCluster, errand: Errand) -> Judged | PreflightError:
    """What becomes of a cluster, on a worker; or why no cluster can be looked at there."""
    if other := _other_version(f"A worker on {gethostname()}", version("aks-preflight"), errand):
        return other
    access = replace(errand.access, environment=os.environ)
    reader = Reader(access, lambda: _sharing(errand, access), errand.complete)
    try:
        return LookingHere(reader, errand.judge)(cluster)
    except SignInError as error:
        return error


def _other_version(who: str, own: str, errand: Errand) -> UsageError | None:
    wanted = errand.judge.question.tool_version
    if own == wanted:
        return None
    return UsageError(
        f"{who} has aks-preflight {own}, not {wanted}. Give the scheduler and all workers the same version."
        if own
        else f"{who} has no aks-preflight. Install {wanted} there, on the scheduler and on all workers."
    )


_lock = Lock()
_shared: dict[str, Sharing] = {}
"""What the clusters of this worker process share, by run: of the run that it works for."""


def _sharing(errand: Errand, access: Access) -> Sharing:
    with _lock:
        if errand.run not in _shared:
            _shared.clear()
            _shared[errand.run] = share(access, lambda _: None, errand.clock, errand.deadline_s)
        return _shared[errand.run]
