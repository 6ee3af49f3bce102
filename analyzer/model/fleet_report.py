"""The results of one audit: the only input of the fleet's renderers, and, as JSON, the machine's index."""

from __future__ import annotations

import enum

from msgspec import Struct

from analyzer.model.difference import FleetDifference
from analyzer.model.report import StateSummary, Tool, Verdict
from analyzer.model.waiver import JudgedWaiver

FLEET_SCHEMA_VERSION = "1.0"

FAMILIES = ("general", "reimage", "overlay", "kubenet", "cilium", "policy", "calico")
"""The families of rules, in the order of the columns."""


class Readiness(enum.StrEnum):
    """Where a cluster stands, worst first: the groups of the index."""

    UNREAD = "could not be read"
    """Nothing of it was judged."""
    NEW_CLUSTER = "needs a new cluster"
    """The platform refuses a step of the path, and no change in place leads around it."""
    BLOCKED = "ready after blockers"
    """Blockers to settle, which `after` names."""
    UNCERTAIN = "not known yet"
    """No blocker among what was read, and facts to make readable, which `after` names. They may hide one."""
    RISKS = "ready with risks"
    READY = "ready now"
    ARRIVED = "on the target"
    """Nothing to migrate, nothing left behind that weighs."""


class UnreadCause(enum.StrEnum):
    """Why nothing of a cluster was judged."""

    FORBIDDEN = "forbidden"
    UNREACHABLE = "unreachable"
    SUBSCRIPTION_GONE = "subscription gone"
    DEADLINE = "deadline"
    MALFORMED = "malformed"
    OTHER_CLUSTER = "another cluster"
    """Its kubeconfig leads to another cluster's API server."""
    BROKE = "broke"
    """A bug of this tool, or a judging process that died."""


class Deadline(Struct, frozen=True, kw_only=True, rename="camel"):
    """Something that this cluster uses, and that ends."""

    what: str
    """kubenet, Azure NPM on Linux nodes, Azure NPM on Windows nodes"""
    date: str
    """YYYY-MM-DD"""
    days: int
    """From the audit's date; negative: over."""


class FamilyCell(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One family of rules in one cluster: rules by the gravest thing that each says."""

    blockers: int = 0
    unknown: int = 0
    """Rules that lack a fact which could bring a blocker or a risk, or that broke."""
    risks: int = 0
    notices: int = 0
    waived: int = 0
    """Rules of which everything found is waived."""


class Stop(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A blocker of one cluster, once per rule."""

    rule: str
    """Empty: the refused step itself says it."""
    title: str
    objects: int = 1


class FleetCluster(Struct, frozen=True, kw_only=True, rename="camel"):
    """One row: a cluster that was judged, or why it was not."""

    id: str
    name: str
    resource_group: str
    subscription: str
    subscription_name: str = ""
    location: str = ""
    kubernetes_version: str = ""
    readiness: Readiness
    verdict: Verdict | None
    """None: it could not be read."""
    cause: str = ""
    """An UnreadCause, of a cluster that could not be read."""
    detail: str = ""
    """Of a cluster that could not be read, one sentence: what was asked, of what, what came back, what to do. Of one
    that was, what a reader must know of how it was read; mostly empty."""
    partial: bool = False
    """The run was interrupted while it was read."""
    after: tuple[str, ...] = ()
    """"Ready after": titles of blockers, or sources to make readable; the gravest first, at most ten."""
    after_count: int = 0
    """All of them."""
    observed: StateSummary | None = None
    steps: tuple[str, ...] = ()
    """The kinds of the path's legal steps; a refused one is among `stops`."""
    reimages: int = 0
    families: dict[str, FamilyCell] = {}
    """By family; one that is not there has nothing to say."""
    stops: tuple[Stop, ...] = ()
    risks: int = 0
    """Rules with a risk."""
    unread: tuple[str, ...] = ()
    """Sources that were not read and hold the verdict back."""
    waived: int = 0
    """Findings and gaps that are waived."""
    deadlines: tuple[Deadline, ...] = ()
    deadlines_unread: tuple[str, ...] = ()
    """Deadlines of which nothing that was read says whether they concern it. With any, "none" is not proven."""
    collected_at: str | None = None
    snapshot_hash: str = ""
    pages: dict[str, str] = {}
    """The cluster's own reports by format, relative to the run's folder: clusters/store.html."""


class SeenSubscription(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One subscription that was to be looked at."""

    id: str
    name: str = ""
    seen: bool
    """Its own list of clusters was read, or Resource Graph shows clusters in it: those that the account may read."""
    detail: str = ""
    """Of one that was not seen: what was asked, what came back, what helps. Of one that is not enabled: its state."""
    clusters: int = 0
    """That were found in it."""
    excluded: int = 0
    """Of those, the ones that filters leave out."""


class Night(Struct, frozen=True, kw_only=True, rename="camel"):
    """One kept run, for the trend."""

    run: str
    """Its start: 2026-11-22T02:00:00Z"""
    ready: int
    """READY, READY_WITH_RISKS"""
    blocked: int
    unknown: int
    """INDETERMINATE, could not be read, or (interrupted) not looked at."""


class FleetReport(Struct, frozen=True, kw_only=True, rename="camel"):
    """Everything that an audit says."""

    schema_version: str = FLEET_SCHEMA_VERSION
    tool: Tool
    run: str
    """When it began: 2026-11-22T02:00:00Z. Its folder has the same name, without colons."""
    scope: str
    """What was asked for, in words: subscriptions, a management group, a file; and the filters."""
    target: str
    as_of: str
    inputs: dict[str, str] = {}
    partial: bool = False
    """It was interrupted: `pending` clusters were not looked at."""
    pending: int = 0
    subscriptions: tuple[SeenSubscription, ...] = ()
    """By name, then id. Empty: the targets came from a file."""
    subscriptions_note: str = ""
    """What a reader must know of how they were found; mostly empty."""
    subscriptions_known: bool = True
    """False: there may be more than were asked, and the note says why."""
    clusters: tuple[FleetCluster, ...] = ()
    """Worst first: by readiness, then the number of blockers, then name and id."""
    rules: dict[str, str] = {}
    """Titles of the rules that `stops` name."""
    waivers: tuple[JudgedWaiver, ...] = ()
    """Each waiver once, with its standing over all clusters."""
    trend: tuple[Night, ...] = ()
    """The kept runs, the oldest first, this one last."""
    baseline: FleetDifference | None = None
    """Against the run that --baseline names."""
