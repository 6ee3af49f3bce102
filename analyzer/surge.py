"""How a pool rolls when its nodes are recreated: how many at once, and how many extra nodes that takes.

Sources: upgrade-aks-node-pools-rolling and the agentPools reference, API version 2026-05-01.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from analyzer.model.cluster import AgentPool, UpgradeSettings
from analyzer.model.fact import Fact, Known
from analyzer.model.network import hidden

DEFAULT_SHARE = "10%"
"""What the API reference says of a maxSurge that is null."""
DEFAULT_NODES = "1"
"""What the page on rolling upgrades says of it. The pages disagree: the larger counts."""
DEFAULT_DRAIN_MINUTES = 30


@dataclass(frozen=True, slots=True)
class Surge:
    """Nodes of one pool, capped at its count."""

    extra: int
    """Nodes that are made beside the pool's own: maxSurge."""
    unavailable: int
    """Nodes that may be missing meanwhile: maxUnavailable."""
    count: int

    @property
    def at_once(self) -> int:
        """Nodes that are recreated at the same time: the surge, or where it is 0 maxUnavailable; at least one."""
        return min(self.count, max(1, self.extra or self.unavailable))

    @property
    def rounds(self) -> int:
        """Times that so many nodes are recreated until all are."""
        return -(-self.count // self.at_once) if self.count else 0


def surge_of(pool: AgentPool) -> Fact[Surge]:
    """The surge of a pool; missing where its count or its settings cannot be read."""
    count = pool.node_count
    if count is None:
        return hidden(f"agentPoolProfiles[{pool.name}].count", "it is absent or null")
    settings = pool.upgrade_settings or UpgradeSettings()
    given = (settings.max_surge,) if settings.max_surge else (DEFAULT_SHARE, DEFAULT_NODES)
    surges = [share_of(text, count) for text in given]
    unavailable = share_of(settings.max_unavailable or "0", count)
    if None in surges or unavailable is None:
        value = f"maxSurge is {settings.max_surge!r}, maxUnavailable is {settings.max_unavailable!r}"
        return hidden(f"agentPoolProfiles[{pool.name}].upgradeSettings", value)
    extra = max(found for found in surges if found is not None)
    return Known(Surge(min(extra, count), min(unavailable, count), count))


_SHARE = re.compile(r"(\d+)(%?)")


def share_of(text: str, count: int) -> int | None:
    """Nodes that an integer or a percentage of a count means, rounded up; None where the text is neither."""
    match = _SHARE.fullmatch(text)
    if match is None:
        return None
    number = int(match.group(1))
    return -(-count * number // 100) if match.group(2) else number
