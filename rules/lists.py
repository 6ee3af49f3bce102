"""Lists that may not be whole, where a rule goes on with what was read of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

from analyzer.model.fact import Fact, Known, Missing
from analyzer.model.finding import Gap, Severity, gap

U = TypeVar("U")


def seen(fact: Fact[tuple[U, ...]]) -> tuple[U, ...]:
    """What was read of a list, whole or not."""
    return fact.value if isinstance(fact, Known) else fact.seen or ()


def gaps(*facts: Fact[Any], severity: Severity | None = None) -> Iterator[Gap]:
    """The gap of each fact that is missing; `severity` where less than the rule's own can still follow."""
    for fact in facts:
        if isinstance(fact, Missing):
            yield gap(fact, severity=severity)
