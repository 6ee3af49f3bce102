"""What becomes of one cluster of a run: judged, or the reason why not. Nothing that goes wrong with it ends the run,
but the end of the sign-in, which every other cluster would meet too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from analyzer.errors import (
    ForbiddenError,
    GoneError,
    LateError,
    OtherClusterError,
    PreflightError,
    SignInError,
    UsageError,
)
from analyzer.fleet.judging import Evidence, Finished, Judged
from analyzer.fleet.plan import PlannedCluster
from analyzer.fleet.rows import unread_row
from analyzer.fleet.targets import Target
from analyzer.model.fleet_report import UnreadCause

Look = Callable[[PlannedCluster], Judged]
"""What becomes of a cluster. Raises PreflightError where every other cluster would meet the same."""


@dataclass(frozen=True, slots=True)
class LookingHere:
    """Reads and judges on this machine."""

    read: Callable[[Target], Evidence]
    judge: Callable[[PlannedCluster, Evidence], Judged]

    def __call__(self, cluster: PlannedCluster) -> Judged:
        """Raises SignInError."""
        try:
            return self.judge(cluster, self.read(cluster.target))
        except SignInError:
            raise
        except PreflightError as error:
            return not_judged(cluster, _cause(error), str(error))
        except Exception as error:  # one failure never ends the run; its row says that it is a bug
            return not_judged(cluster, UnreadCause.BROKE, f"This is a bug: {type(error).__name__}: {error}")


def not_judged(cluster: PlannedCluster, cause: UnreadCause, detail: str) -> Judged:
    """A cluster without a report."""
    return Judged(finished=Finished(row=unread_row(cluster.named, cause, detail)))


def _cause(error: PreflightError) -> UnreadCause:
    match error:
        case GoneError():
            return UnreadCause.SUBSCRIPTION_GONE
        case LateError():
            return UnreadCause.DEADLINE
        case ForbiddenError():
            return UnreadCause.FORBIDDEN
        case OtherClusterError():
            return UnreadCause.OTHER_CLUSTER
        case UsageError():
            return UnreadCause.MALFORMED
    return UnreadCause.UNREACHABLE
