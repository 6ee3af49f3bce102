"""Whether an approved report still holds at the time of the change: go or no-go, and why."""

from __future__ import annotations

import enum

from msgspec import Struct

from analyzer.model.difference import Turn
from analyzer.model.report import ClusterSummary, Tool, Verdict

APPROVAL_SCHEMA_VERSION = "1.0"


class Holding(enum.StrEnum):
    """What became of one criterion."""

    MET = "met"
    NOT_ASKED = "not asked"
    """Nobody asked for it to be compared: no go depends on it, and it is not said to be met."""
    DRIFTED = "drifted"
    """It was met at the approval, and is not any more."""
    UNKNOWN = "unknown"
    """Nothing that was read proves it."""
    BLOCKED = "blocked"


class Criterion(Struct, frozen=True, kw_only=True, rename="camel"):
    """One thing that a go takes. All of them are needed."""

    name: str
    holding: Holding
    detail: str
    """What was compared, in a few words."""


class Judged(Struct, frozen=True, kw_only=True, rename="camel"):
    """One of the two judgements."""

    verdict: Verdict
    as_of: str
    snapshot_hash: str
    collected_at: str | None
    tool: Tool


class Approval(Struct, frozen=True, kw_only=True, rename="camel"):
    """A decision for a change record."""

    schema_version: str = APPROVAL_SCHEMA_VERSION
    go: bool
    decided_at: str
    """2026-11-22T14:00:00Z"""
    cluster: ClusterSummary
    target: str
    approved_file_hash: str
    """sha256 of the approved report's bytes."""
    approved: Judged
    now: Judged
    criteria: tuple[Criterion, ...]
    failing: tuple[str, ...] = ()
    """What fails now and did not at the approval, the gravest first."""
    drift: tuple[Turn, ...] = ()
    """What else is not as it was approved."""
    notes: tuple[str, ...] = ()
    """What decides nothing, and is worth knowing: waivers that were not given, other rules."""
