"""How each pool rolls: nodes, surge, waves, minutes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from analyzer.model.cluster import AgentPool, UpgradeSettings
from analyzer.model.fact import Fact, Known, Missing
from analyzer.surge import DEFAULT_DRAIN_MINUTES, surge_of


class Span(NamedTuple):
    """The least and the most of something that is not known exactly."""

    least: int
    most: int


BOOT_MINUTES = Span(3, 10)
"""What a node takes to boot and become ready. No page names it: an assumption, and shown as one."""


@dataclass(frozen=True, slots=True)
class Roll:
    """How one pool rolls. A wave is the nodes that are drained and recreated at the same time."""

    nodes: int
    at_once: Span
    """Nodes of one wave."""
    waves: Span
    drain_minutes: int
    """The most that draining one node may take."""
    soak_minutes: int
    minutes: Span
    """Of the whole pool."""


def roll_of(pool: AgentPool) -> Fact[Roll]:
    """How a pool rolls; missing where its count or its surge cannot be read.

    A surge of null is both 1 node and 10 %, because the pages disagree.
    """
    surge = surge_of(pool)
    if isinstance(surge, Missing):
        return surge.of()
    settings, count = pool.upgrade_settings or UpgradeSettings(), surge.value.count
    most = surge.value.at_once
    at_once = Span(most if settings.max_surge else min(1, count), most)
    waves = Span(_rounds(count, at_once.most), _rounds(count, at_once.least))
    drain, soak = drain_minutes(pool), settings.node_soak_duration_in_minutes or 0
    least, longest = BOOT_MINUTES.least + soak, BOOT_MINUTES.most + drain + soak
    return Known(Roll(count, at_once, waves, drain, soak, Span(waves.least * least, waves.most * longest)))


def drain_minutes(pool: AgentPool) -> int:
    """The pool's drain timeout; null is the documented 30 minutes."""
    found = pool.upgrade_settings.drain_timeout_in_minutes if pool.upgrade_settings else None
    return DEFAULT_DRAIN_MINUTES if found is None else found


def slowest(rolls: Iterable[Roll]) -> Span:
    """The minutes of pools that roll side by side: those of the slowest. 0 where there is none."""
    spans = [roll.minutes for roll in rolls]
    return Span(max((span.least for span in spans), default=0), max((span.most for span in spans), default=0))


def _rounds(count: int, at_once: int) -> int:
    return -(-count // at_once) if count else 0
