"""What changed between two judgements of the same cluster, or of the same fleet. Every list is sorted."""

from __future__ import annotations

import enum

from msgspec import Struct

from analyzer.model.finding import Evidence, ObjectRef, Severity
from analyzer.model.report import Verdict


class Sight(enum.StrEnum):
    """What the judgement without a finding says of its rule at that step: the reason why it is not there."""

    CLEAR = "clear"
    """The rule had what it needs, and does not find it: new, or fixed."""
    UNKNOWN = "unknown"
    """The rule lacked a fact, broke, or its step or cluster was not judged: nothing is proven new or fixed."""


class FindingMark(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One finding, as differences name it."""

    fingerprint: str
    rule: str
    title: str
    step: str
    severity: Severity
    object: ObjectRef
    message: str
    evidence: tuple[Evidence, ...] = ()
    waived: bool = False


class Passing(Struct, frozen=True, kw_only=True):
    """A finding that only one of the two has."""

    finding: FindingMark
    other: Sight
    """What the other one says of it."""


class Altered(Struct, frozen=True, kw_only=True):
    """A finding that both have, with other evidence, weight, words or waiver."""

    before: FindingMark
    after: FindingMark


class GapMark(Struct, frozen=True, kw_only=True, order=True):
    """A fact that a rule lacked. Its words and cause may change; it is the same gap."""

    rule: str
    step: str
    source: str
    severity: Severity
    object: str = ""
    waived: bool = False


class Turn(Struct, frozen=True, kw_only=True):
    """One thing that says something else: the verdict, the path, the policy engine, a range."""

    what: str
    before: str
    after: str


class Difference(Struct, frozen=True, kw_only=True, rename="camel"):
    """Two judgements of one cluster. Empty lists and equal verdicts: nothing changed."""

    cluster: str
    """The ARM id, or the name where there is none."""
    name: str
    verdict_before: Verdict | None
    """None: the cluster was not in it, or could not be read."""
    verdict_after: Verdict | None
    appeared: tuple[Passing, ...] = ()
    """In the new one only. `other` CLEAR: new. UNKNOWN: seen for the first time."""
    vanished: tuple[Passing, ...] = ()
    """In the old one only. `other` CLEAR: fixed. UNKNOWN: out of sight, and never "fixed"."""
    altered: tuple[Altered, ...] = ()
    gaps_opened: tuple[GapMark, ...] = ()
    gaps_closed: tuple[GapMark, ...] = ()
    still_unknown: tuple[GapMark, ...] = ()
    turns: tuple[Turn, ...] = ()
    """What else a reader of both would want to know: observed state, path, versions, target, rule pack, inputs."""


class Presence(enum.StrEnum):
    """Whether a cluster is in both audits."""

    BOTH = "both"
    APPEARED = "appeared"
    VANISHED = "vanished"


class ClusterDifference(Struct, frozen=True, kw_only=True, rename="camel"):
    """One cluster of two audits."""

    presence: Presence
    difference: Difference
    cause_before: str = ""
    """Why it could not be read; empty: it was, or was not there."""
    cause_after: str = ""


class FleetDifference(Struct, frozen=True, kw_only=True, rename="camel"):
    """Two audits. Clusters of which nothing changed are counted, not listed."""

    before: str
    """The moment of the older one: its run's start."""
    after: str
    clusters: tuple[ClusterDifference, ...] = ()
    """By name, then id; only those that differ."""
    unchanged: int = 0
    turns: tuple[Turn, ...] = ()
    """Of the audits themselves: target, rule pack, subscriptions that were seen."""
