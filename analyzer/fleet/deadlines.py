"""What a cluster uses that ends on an announced day; and of which of it nothing that was read says so. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from types import MappingProxyType

from analyzer.model import retirement
from analyzer.model.fleet_report import Deadline
from analyzer.model.network import Plugin, PolicyEngine
from analyzer.model.report import PoolSummary, Report

KUBENET = "kubenet"
NPM_LINUX = "Azure NPM on Linux nodes"
NPM_WINDOWS = "Azure NPM on Windows nodes"
ENDS = MappingProxyType(
    {KUBENET: retirement.KUBENET, NPM_LINUX: retirement.NPM_LINUX, NPM_WINDOWS: retirement.NPM_WINDOWS}
)
"""The day of each, by its name."""
_UNKNOWN = "unknown"


def deadlines(report: Report) -> tuple[Deadline, ...]:
    """What the cluster is seen to use, the earliest end first."""
    today = datetime.date.fromisoformat(report.as_of)
    used = sorted((ENDS[what], what) for what, uses in _uses(report).items() if uses)
    return tuple(Deadline(what=what, date=end.isoformat(), days=(end - today).days) for end, what in used)


def deadlines_unread(report: Report) -> tuple[str, ...]:
    """Those that may concern the cluster or not."""
    return tuple(what for what, uses in _uses(report).items() if uses is None)


def _uses(report: Report) -> dict[str, bool | None]:
    """Whether the cluster uses each. None: not known."""
    npm = _is(report.observed.policy, PolicyEngine.AZURE)
    windows = _has_windows(report.pools)
    return {
        KUBENET: _is(report.observed.plugin, Plugin.KUBENET),
        NPM_LINUX: npm,
        NPM_WINDOWS: False if npm is False or windows is False else npm and windows,
    }


def _is(word: str, wanted: str) -> bool | None:
    return None if word in ("", _UNKNOWN) else word == wanted


def _has_windows(pools: Iterable[PoolSummary]) -> bool | None:
    """Whether one of the pools runs Windows. None: no pool was read, or one hides what it runs."""
    systems = {pool.os_type.lower() for pool in pools}
    if "windows" in systems:
        return True
    return None if not systems or systems & {"", _UNKNOWN} else False
