"""What the clusters of one audit read of Resource Manager together: each answer once, and lists of whole subscriptions
in the place of many single reads.

A list of a subscription may leave out in silence what the caller may not read. So it gives resources that are in it,
and never proves that there is none: what it does not hold is asked for by itself. Of a node resource group it gives the
scale sets or VNets where it holds any; that each pool has its own there is what the rules compare.
"""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any

from analyzer.collect.arm_requests import CONTAINER_SERVICE, ArmRequest, name_of, resource
from analyzer.collect.azure.lists import Progress, read
from analyzer.collect.azure.pipeline import Arm
from analyzer.model.cluster import ManagedCluster, id_segment
from analyzer.model.fact import Cause, Fact, Known, Missing
from analyzer.model.source import Source

_WIDE = frozenset(
    {
        Source.CLUSTER,
        Source.CLUSTER_PREVIEW,
        Source.VIRTUAL_NETWORKS,
        Source.ROUTE_TABLES,
        Source.NETWORK_SECURITY_GROUPS,
        Source.SCALE_SETS,
    }
)
"""Sources of resources that are listed for a whole subscription, whose rows are what a GET of each would show."""
_RESOURCE = re.compile(
    r"(?P<subscription>/subscriptions/[^/]+)/resourceGroups/(?P<group>[^/]+)"
    r"(?P<type>/providers/[^/]+/[^/]+)(/(?P<name>[^/]+))?",
    re.IGNORECASE,
)
Key = tuple[str, ...]
"""Path, query, and the sizes that are kept of a region's."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, or will."""

    asked_at: float
    """Of the monotonic clock."""
    found: Future[Fact[tuple[Any, ...]]] = field(default_factory=Future)


@dataclass(slots=True)
class SharedAnswers:
    """Shared by the threads of a run. What one thread asks, the others wait for."""

    most_subscriptions: int = 24
    """That are held; the one that was asked about least lately goes first, so that memory does not grow."""
    longest_s: float = 600.0
    """For which an answer holds: no cluster is judged by what another one was shown longer ago."""
    _answers: OrderedDict[str, dict[Key, Answer]] = field(default_factory=OrderedDict)
    """By subscription."""
    _lock: Lock = field(default_factory=Lock)

    def cluster(self, arm: Arm, cluster_id: str, progress: Progress) -> ManagedCluster | None:
        """The cluster as the list of its subscription shows it; None where it is not in it, or without its pools."""
        request = resource(Source.CLUSTER, cluster_id, CONTAINER_SERVICE, "cluster")
        found = self._from_wider(arm, request, progress)
        return found.value[0] if found and found.value[0].agent_pool_profiles else None

    def read(self, arm: Arm, request: ArmRequest, progress: Progress) -> Fact[tuple[Any, ...]]:
        """One resource, or one list: out of its subscription's list, as it was read before, or asked for now."""
        return self._from_wider(arm, request, progress) or self._once(arm, request, progress)

    def _from_wider(self, arm: Arm, request: ArmRequest, progress: Progress) -> Known[tuple[Any, ...]] | None:
        """The answer out of its subscription's list; None where the list does not hold it."""
        match = _RESOURCE.fullmatch(request.path) if request.source in _WIDE else None
        if match is None:
            return None
        rows = self._rows(arm, request, match, progress)
        if match["name"]:
            found = _named(rows, request.path)
            return None if found is None else Known((found,))
        below = tuple(row for row in rows if id_segment(row.id, "resourceGroups").lower() == match["group"].lower())
        return Known(below) if below else None

    def _rows(self, arm: Arm, request: ArmRequest, match: re.Match[str], progress: Progress) -> tuple[Any, ...]:
        """The rows of a subscription's list of the request's type; none where it cannot be read."""
        wide = replace(
            request,
            path=match["subscription"] + match["type"],
            is_list=True,
            subject=match["subscription"],
            label=f"{name_of(match['type'])} of {name_of(match['subscription'])}",
        )
        found = self._once(arm, wide, progress)
        return found.value if isinstance(found, Known) else ()

    def _once(self, arm: Arm, request: ArmRequest, progress: Progress) -> Fact[tuple[Any, ...]]:
        """Asks, unless somebody has. Where nobody answered, the next one asks again."""
        key = (request.path.lower(), *request.parameters.values(), *sorted(request.sizes))
        answer, is_asked = self._place(key)
        if is_asked:
            return answer.found.result()
        try:
            found = read(arm, request, progress)
        except BaseException as error:
            self._drop(key)
            answer.found.set_exception(error)
            raise
        if isinstance(found, Missing) and found.cause is Cause.UNREACHABLE:
            self._drop(key)
        answer.found.set_result(found)
        return found

    def _place(self, key: Key) -> tuple[Answer, bool]:
        """Where the answer is put, and whether somebody asks already, or asked a short time ago."""
        with self._lock:
            of_subscription = self._answers.setdefault(_subscription(key), {})
            self._answers.move_to_end(_subscription(key))
            while len(self._answers) > self.most_subscriptions:
                self._answers.popitem(last=False)
            kept = of_subscription.get(key)
            if kept is not None and time.monotonic() - kept.asked_at <= self.longest_s:
                return kept, True
            of_subscription[key] = Answer(time.monotonic())
            return of_subscription[key], False

    def _drop(self, key: Key) -> None:
        with self._lock:
            self._answers.get(_subscription(key), {}).pop(key, None)


def _subscription(key: Key) -> str:
    return id_segment(key[0], "subscriptions")


def _named(rows: tuple[Any, ...], resource_id: str) -> Any:
    return next((row for row in rows if row.id.lower() == resource_id.lower()), None)
