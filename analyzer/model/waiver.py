"""Waivers: what somebody accepted, of which objects, why and until when; and what became of each in a judgement."""

from __future__ import annotations

import enum
from fnmatch import fnmatchcase

from msgspec import Struct


class Pattern(Struct, frozen=True):
    """A name as a selector gives it: exact, or a glob where the file says so. Case counts."""

    text: str
    is_glob: bool = False

    def matches(self, name: str) -> bool:
        """Whether a whole name is meant: `ci-logs` never means `ci-logs-replica`."""
        return fnmatchcase(name, self.text) if self.is_glob else name == self.text

    def __str__(self) -> str:
        return f"glob {self.text}" if self.is_glob else self.text


class Selector(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which objects are meant. None: any; a waiver names one of them at least."""

    cluster: Pattern | None = None
    """By name, or by ARM id (which compares without regard to case)."""
    namespace: Pattern | None = None
    kind: Pattern | None = None
    name: Pattern | None = None


class Waiver(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One entry of a waiver file."""

    id: str
    """The first twelve characters of the sha256 of everything below but `line`: the same entry, the same id."""
    rule: str
    fact: str = ""
    """A source, where the gap that it leaves in the rule is accepted and not a finding; empty: findings."""
    selector: Selector = Selector()
    reason: str
    owner: str
    expires: str
    """YYYY-MM-DD: the last day on which it holds."""
    ticket: str
    line: int = 0
    """Where it begins in its file, counted from 1."""


class WaiverStanding(enum.StrEnum):
    """What became of a waiver in one judgement; the gravest first."""

    REFUSED = "refused"
    """It names a blocker that the platform itself enforces, which nobody can accept."""
    EXPIRED = "expired"
    """Its last day is over: what it matched counts again."""
    NEAR_MISS = "near miss"
    """It matches nothing, and a name that it nearly matches has a finding of its rule."""
    UNSEEN = "out of sight"
    """It matches nothing, but its rule could not see everything: nobody can say that it is not needed."""
    UNUSED = "unused"
    """It matches nothing, and its rule saw everything."""
    IGNORED = "ignored"
    """--strict."""
    ELSEWHERE = "elsewhere"
    """Its selector names another cluster."""
    IN_FORCE = "in force"


class JudgedWaiver(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A waiver, and what became of it."""

    waiver: Waiver
    standing: WaiverStanding
    detail: str = ""
    """One sentence, where the standing needs one: which name it nearly matches, what it would have matched."""
    count: int = 0
    """Findings and gaps that it covers, or (expired, refused, ignored) would cover."""
