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
    OFF_PATH = "off the path"
    """Its path has no such step (done, another way, another target), or the platform refuses it: nobody looked there,
    and nothing is proven new or fixed."""
    UNKNOWN = "unknown"
    """The rule lacked a fact or an input that the other had, broke or was not there, or the path or the cluster was not
    known: nothing is proven new or fixed."""


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
    """Empty: the path itself."""
    step: str
    source: str
    """Empty: nothing is lacking, the rule itself broke."""
    severity: Severity
    object: str = ""
    waived: bool = False


class PassingGap(Struct, frozen=True, kw_only=True):
    """A gap that only one of the two has."""

    gap: GapMark
    other: Sight
    """What the other one says of the rule at that step: CLEAR, it had the fact."""


class AlteredGap(Struct, frozen=True, kw_only=True):
    """A gap that both have, with another weight or waiver."""

    before: GapMark
    after: GapMark


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
    worse: bool = False
    """The verdict got worse, or something new fails. Of a cluster of two audits: or it is not seen any more."""
    appeared: tuple[Passing, ...] = ()
    """In the new one only. `other` CLEAR: new. Else: seen for the first time. Of a cluster that only one of two audits
    has read, blockers and risks alone."""
    vanished: tuple[Passing, ...] = ()
    """In the old one only. `other` CLEAR: fixed. Else out of sight, and never "fixed"."""
    altered: tuple[Altered, ...] = ()
    gaps_opened: tuple[PassingGap, ...] = ()
    gaps_closed: tuple[PassingGap, ...] = ()
    """`other` CLEAR: closed. Else nobody asked again, and it is not."""
    gaps_altered: tuple[AlteredGap, ...] = ()
    still_unknown: tuple[GapMark, ...] = ()
    """In both, and alike. No change."""
    turns: tuple[Turn, ...] = ()
    """What else a reader of both would want to know: observed state, path, versions, target, rule pack, inputs."""


class Presence(enum.StrEnum):
    """Whether a cluster is in both audits, and what its absence proves."""

    BOTH = "both"
    APPEARED = "appeared"
    """In the new one; the old one looked where it is, and it was not there."""
    FIRST_SEEN = "seen for the first time"
    """In the new one; the old one did not look where it is."""
    VANISHED = "vanished"
    """In the old one; the new one looked where it was, and it is not there."""
    OUT_OF_SIGHT = "out of sight"
    """In the old one; the new one did not look where it is: never "vanished"."""


class ClusterDifference(Struct, frozen=True, kw_only=True, rename="camel"):
    """One cluster of two audits."""

    presence: Presence
    difference: Difference
    cause_before: str = ""
    """Why it could not be read or looked for, or that its report is not there; empty: neither."""
    cause_after: str = ""


class FleetDifference(Struct, frozen=True, kw_only=True, rename="camel"):
    """Two audits. Clusters of which nothing changed are counted, not listed."""

    before: str
    """The moment of the older one: its run's start."""
    after: str
    worse: bool = False
    """Any cluster is."""
    clusters: tuple[ClusterDifference, ...] = ()
    """By name, then id; only those that differ."""
    unchanged: int = 0
    still_unknown: int = 0
    """Of the unchanged, those that are INDETERMINATE, or could not be read."""
    turns: tuple[Turn, ...] = ()
    """Of the audits themselves: target, rule pack, subscriptions that were seen."""
