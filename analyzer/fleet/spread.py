"""Clusters looked at by the workers of an existing Dask cluster.

Each worker process reads and judges by itself, with its own sign-in and its share of the requests at once. What comes
back is kept here, by one process, so that a cluster that was looked at twice, because its first worker was lost, is
in the report once.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.metadata import version
from socket import gethostname
from threading import Lock
from typing import TYPE_CHECKING

from analyzer.collect.access import Access
from analyzer.collect.sharing import Clock, Sharing, share
from analyzer.errors import SignInError, UnreachableError, UsageError
from analyzer.fleet.clusters import Look, LookingHere, not_judged
from analyzer.fleet.judging import Judge, Judged
from analyzer.fleet.plan import PlannedCluster
from analyzer.fleet.reading import Reader
from analyzer.model.fleet_report import UnreadCause

if TYPE_CHECKING:
    from distributed import Client

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
        """A cluster for each thread of the workers that are there now."""
        threads: dict[str, int] = self.client.nthreads()
        return max(1, sum(threads.values()))

    @contextmanager
    def looking(self) -> Iterator[Look]:
        """Sends each cluster to a worker."""
        share_of_each = -(-self.errand.access.concurrency // max(1, len(self.client.nthreads())))
        access = replace(self.errand.access, concurrency=share_of_each)
        # sent once, and held by every worker
        errand = self.client.scatter(replace(self.errand, access=access, run=self.client.id), broadcast=True)

        def look(cluster: PlannedCluster) -> Judged:
            from distributed import KilledWorker

            future = self.client.submit(_look, cluster, errand, pure=False, retries=_ATTEMPTS)
            try:
                found: Judged | str = future.result()
            except KilledWorker:
                detail = f"{_ATTEMPTS} workers were lost while they looked at {cluster.name}. Give workers more memory."
                return not_judged(cluster, UnreadCause.BROKE, detail)
            finally:
                future.release()
            if isinstance(found, str):
                raise SignInError(found)
            return found

        yield look


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
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # lost workers are its business, and told in rows
    try:
        client = Client(scheduler, timeout=_PATIENCE_S, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise UnreachableError(f"No Dask scheduler answers at {scheduler}: {error}.") from error
    try:
        try:
            client.wait_for_workers(1, timeout=_PATIENCE_S)
        except TimeoutError as error:
            detail = f"The Dask scheduler at {scheduler} has no workers. Start some, then --resume."
            raise UnreachableError(detail) from error
        yield Spread(scheduler, errand, client)
    finally:
        client.close()


def _look(cluster: PlannedCluster, errand: Errand) -> Judged | str:
    """What becomes of a cluster, on a worker; or why no cluster can be looked at there."""
    own, wanted = version("aks-preflight"), errand.judge.question.tool_version
    if own != wanted:
        return f"A worker on {gethostname()} has aks-preflight {own}, not {wanted}: give all workers the same version."
    access = replace(errand.access, environment=os.environ)
    reader = Reader(access, lambda: _sharing(errand, access), errand.complete)
    try:
        return LookingHere(reader, errand.judge)(cluster)
    except SignInError as error:
        return str(error)


_lock = Lock()
_shared: dict[str, Sharing] = {}
"""What the clusters of this worker process share, by run: of the run that it works for."""


def _sharing(errand: Errand, access: Access) -> Sharing:
    with _lock:
        if errand.run not in _shared:
            _shared.clear()
            _shared[errand.run] = share(access, lambda _: None, errand.clock, errand.deadline_s)
        return _shared[errand.run]
