"""The words of a fleet: what each readiness is called, how it is drawn, and what it means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import assert_never

from analyzer.model.fleet_report import Deadline, FleetCluster, Readiness, SeenSubscription
from analyzer.model.report import StateSummary, Verdict
from reports.prose import counted
from reports.words import day, ipam_title


@dataclass(frozen=True, slots=True)
class Face:
    """How a readiness is shown: always a word and a shape, which the colour only repeats."""

    title: str
    icon: str
    tone: Verdict
    """The verdict whose colour it has."""
    key: str
    """In the address of a filtered view."""
    meaning: str
    many: str = ""
    """Behind a number of clusters, where that is not the title."""

    def counted(self, number: int) -> str:
        """A number of clusters: 12 blocked."""
        return f"{number:,} {self.many if self.many and number != 1 else self.title.lower()}"


FACES: Mapping[Readiness, Face] = MappingProxyType(
    {
        Readiness.UNREAD: Face(
            "Could not be read",
            "unread",
            Verdict.INDETERMINATE,
            "unread",
            "Nothing of it was judged, and nothing is known of it.",
        ),
        Readiness.NEW_CLUSTER: Face(
            "Needs a new cluster",
            "new-cluster",
            Verdict.BLOCKED,
            "new-cluster",
            "The platform refuses a step of its path, and no change in place leads around it.",
            "need a new cluster",
        ),
        Readiness.BLOCKED: Face(
            "Blocked", "BLOCKED", Verdict.BLOCKED, "blocked", "Blockers to settle, which its row names."
        ),
        Readiness.UNCERTAIN: Face(
            "Not known yet",
            "INDETERMINATE",
            Verdict.INDETERMINATE,
            "unknown",
            "No blocker among what was read; what was not read may hide one. It is not a go.",
        ),
        Readiness.RISKS: Face(
            "Ready with risks",
            "READY_WITH_RISKS",
            Verdict.READY_WITH_RISKS,
            "risks",
            "No blocker and nothing left open that could be one; at least one risk to settle or accept.",
        ),
        Readiness.READY: Face(
            "Ready now", "READY", Verdict.READY, "ready", "No blocker and no risk, and nothing left open."
        ),
        Readiness.ARRIVED: Face(
            "On the target",
            "pass",
            Verdict.READY,
            "arrived",
            "Nothing to migrate, and nothing left behind that weighs.",
        ),
    }
)


def mode(observed: StateSummary | None) -> str:
    """Where pods get their addresses from, the data plane and the policy engine, in one line."""
    if observed is None:
        return "not known"
    plane = "" if observed.dataplane == "azure" else observed.dataplane
    policy = "" if observed.policy in ("none", plane) else _ENGINES.get(observed.policy, observed.policy)
    return " + ".join(part for part in (ipam_title(observed.ipam), _PLANES.get(plane, plane), policy) if part)


_PLANES: Mapping[str, str] = MappingProxyType({"cilium": "Cilium", "unknown": "an unknown data plane"})
_ENGINES: Mapping[str, str] = MappingProxyType(
    {"azure": "Azure NPM", "calico": "Calico", "cilium": "Cilium policies", "unknown": "an unknown policy engine"}
)


def path(cluster: FleetCluster) -> str:
    """The legal steps of the path, and what they cost."""
    match cluster.readiness:
        case Readiness.UNREAD:
            return "not known"
        case Readiness.ARRIVED:
            return "nothing to migrate"
        case Readiness.NEW_CLUSTER:
            return " → ".join((*cluster.steps, "refused"))
        case Readiness.BLOCKED:
            return _steps(cluster, "no step is possible yet")
        case Readiness.UNCERTAIN:
            return _steps(cluster, "not known")
        case Readiness.RISKS | Readiness.READY:
            return _steps(cluster, "nothing to migrate")
        case _ as never:
            assert_never(never)


def _steps(cluster: FleetCluster, otherwise: str) -> str:
    if not cluster.steps:
        return otherwise
    return f"{' → '.join(cluster.steps)}, {counted(cluster.reimages, 'reimage')}"


def deadline(item: Deadline) -> str:
    """When it ends, and in how many days."""
    return f"{day(item.date)}, {days_left(item.days)}"


def days_left(days: int) -> str:
    """In 495 days; today; 53 days ago."""
    if days < 0:
        return f"{counted(-days, 'day')} ago"
    return f"in {counted(days, 'day')}" if days else "today"


def subscription_title(name: str, id: str) -> str:
    """A subscription's name, or its id where it has none."""
    return name or id or "Subscription not known"


def seen_title(item: SeenSubscription) -> str:
    """A subscription that was to be looked at, by name and id."""
    return f"{item.name} ({item.id})" if item.name else item.id
