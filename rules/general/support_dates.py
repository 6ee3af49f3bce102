"""When Microsoft's support of a Kubernetes version ends on AKS.

The release calendar of learn.microsoft.com/azure/aks/supported-kubernetes-versions, 2026-08-05, names months; support
is taken to last to the end of the month.
"""

from __future__ import annotations

import datetime
from types import MappingProxyType

from analyzer.model.version import Version

COMMUNITY_ENDS = MappingProxyType(
    {
        Version(1, 32): datetime.date(2026, 3, 31),
        Version(1, 33): datetime.date(2026, 7, 31),
        Version(1, 34): datetime.date(2026, 11, 30),
        Version(1, 35): datetime.date(2027, 3, 31),
        Version(1, 36): datetime.date(2027, 6, 30),
    }
)
"""Last day of support under the plan KubernetesOfficial."""
LONG_TERM_ENDS = MappingProxyType(
    {
        Version(1, 30): datetime.date(2026, 7, 31),
        Version(1, 31): datetime.date(2026, 11, 30),
        Version(1, 32): datetime.date(2027, 3, 31),
        Version(1, 33): datetime.date(2027, 7, 31),
    }
)
"""Last day of support under the plan AKSLongTermSupport."""


def community_end(version: Version) -> datetime.date | None:
    """The last day of a minor version's community support; None where the calendar does not say.

    A version older than the calendar's first ended no later than that one, so it gets that one's day.
    """
    return _end(version, COMMUNITY_ENDS)


def long_term_end(version: Version) -> datetime.date | None:
    """The last day of a minor version's long-term support; None where the calendar does not say."""
    return _end(version, LONG_TERM_ENDS)


def _end(version: Version, calendar: MappingProxyType[Version, datetime.date]) -> datetime.date | None:
    return calendar.get(max(version.minor_version, min(calendar)))
