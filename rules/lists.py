"""The gaps of facts that are missing, where a rule goes on with what was read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from analyzer.model.fact import Fact, Missing
from analyzer.model.finding import Gap, Severity, gap


def gaps(*facts: Fact[Any], severity: Severity | None = None) -> Iterator[Gap]:
    """The gap of each fact that is missing; `severity` where less than the rule's own can still follow."""
    for fact in facts:
        if isinstance(fact, Missing):
            yield gap(fact, severity=severity)
