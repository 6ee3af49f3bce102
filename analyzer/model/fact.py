"""A fact is known or missing. There is no third state and no default."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from analyzer.model.source import Source

T_co = TypeVar("T_co", covariant=True)
U = TypeVar("U")


class Cause(enum.StrEnum):
    """Why a fact is missing."""

    FORBIDDEN = "forbidden"
    """401 or 403: a right is lacking."""
    UNREACHABLE = "unreachable"
    """No answer that could be used: connection, time-out, 404 against discovery, 410, 429, 5xx."""
    MALFORMED = "malformed"
    """An answer that does not have the shape of its kind."""
    PARTIAL = "partial"
    """Part of the list was read, and the rest was not, or nothing proves that there is no rest."""
    NOT_ASKED = "not asked"
    """Nothing was asked, or the operator did not give it."""
    HIDDEN = "hidden"
    """The body was read but does not hold the field, as with an API version that leaves it out."""
    UNRECOGNISED = "unrecognised"
    """The value is one that this version does not know."""


@dataclass(frozen=True, slots=True)
class Known(Generic[T_co]):
    """A fact that was read. A list that was read and is empty is `Known(())`."""

    value: T_co

    def require(self) -> T_co:
        """The value."""
        return self.value

    def each(self: Known[tuple[U, ...]]) -> Iterator[U]:
        """All items of a list."""
        return iter(self.value)

    def map(self, function: Callable[[T_co], U]) -> Known[U]:
        """A fact derived from this one."""
        return Known(function(self.value))


@dataclass(frozen=True, slots=True)
class Missing(Generic[T_co]):
    """A fact that was not read, and why."""

    source: Source
    cause: Cause
    detail: str
    """One sentence: what was asked, of what, and what came back."""
    grant: str = ""
    """What would close the gap: a right, a flag, a file."""
    seen: T_co | None = None
    """What was read of a list that is not whole."""

    def require(self) -> T_co:
        """Never returns: raises `LackingError`, which ends the rule with a gap."""
        raise LackingError((self,))

    def each(self: Missing[tuple[U, ...]]) -> Iterator[U]:
        """What was seen; then raises `LackingError`. A partial list may find, never clear."""
        yield from self.seen or ()
        raise LackingError((self,))

    def map(self, function: Callable[[T_co], U]) -> Missing[U]:
        """The same gap, of a fact that would be derived from this one."""
        return self.of()

    def of(self) -> Missing[U]:
        """The same gap, of any fact that needs this one."""
        return Missing(self.source, self.cause, self.detail, self.grant)


Fact = Known[T_co] | Missing[T_co]
"""Generic alias: `Fact[tuple[Pod, ...]]`."""


class LackingError(Exception):
    """A rule asked for facts that are missing. Caught by the engine, which turns each into a gap."""

    def __init__(self, missing: tuple[Missing[object], ...]) -> None:
        super().__init__(missing[0].detail if missing else "")
        self.missing = missing


def seen(fact: Known[tuple[U, ...]] | Missing[tuple[U, ...]]) -> tuple[U, ...]:
    """What was read of a list, whole or not."""
    return fact.value if isinstance(fact, Known) else fact.seen or ()


def each_of(*facts: Known[tuple[U, ...]] | Missing[tuple[U, ...]]) -> Iterator[U]:
    """All items of several lists, and of those that are not whole what was seen; then raises `LackingError`."""
    for fact in facts:
        yield from seen(fact)
    missing = tuple(fact for fact in facts if isinstance(fact, Missing))
    if missing:
        raise LackingError(missing)
