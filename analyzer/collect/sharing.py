"""What the clusters of one run share: the sign-in, the ways to Azure, the places for requests, the clock."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from analyzer.collect.access import Access, Progress
from analyzer.collect.azure_cli import version_on_path
from analyzer.collect.places import Places

if TYPE_CHECKING:
    from analyzer.collect.azure.credentials import KeptTokens
    from analyzer.collect.azure.pipeline import Access as AzureAccess
    from analyzer.collect.azure.shared import SharedAnswers

Clock = Callable[[], datetime.datetime]
"""The time now, with a zone."""
API_SERVER_AT_ONCE = 3
"""Requests under way at once to one API server, while others are asked too: each takes a connection of its own."""
ARM_AT_ONCE = 3
"""Requests under way at once to Resource Manager for one cluster, while others are read too."""


def utc_now() -> datetime.datetime:
    """The machine's clock."""
    return datetime.datetime.now(datetime.UTC)


@dataclass(frozen=True, slots=True)
class Sharing:
    """Handed to every reading of a run."""

    azure: AzureAccess
    tokens: KeptTokens
    answers: SharedAnswers
    places: Places
    clock: Clock = utc_now
    azure_cli: str | None = None
    """The version of the `az` on this machine, asked for once."""
    deadline_s: float | None = None
    """For one cluster; what has not come back then is missing."""


def share(access: Access, progress: Progress, clock: Clock = utc_now, deadline_s: float | None = None) -> Sharing:
    """A sign-in and ways to Azure for many clusters. `access.concurrency`: requests at once over all of them.

    Raises UsageError, UnreachableError as `AzureSide` does.
    """
    from analyzer.collect.azure.credentials import KeptTokens
    from analyzer.collect.azure.pacing import Pace
    from analyzer.collect.azure.pipeline import open_connections
    from analyzer.collect.azure.shared import SharedAnswers
    from analyzer.collect.live import azure_access

    alone = azure_access(access, progress)
    tokens, places = KeptTokens(alone.credential), Places(access.concurrency)
    connections = open_connections(access.timeout_s, access.concurrency)
    pace = Pace(places=places)
    azure = replace(alone, credential=tokens, concurrency=ARM_AT_ONCE, pace=pace, connections=connections)
    return Sharing(azure, tokens, SharedAnswers(), places, clock, version_on_path(), deadline_s)
