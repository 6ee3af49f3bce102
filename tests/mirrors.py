"""Differences the other way round, and lists in another order."""

from __future__ import annotations

from random import Random
from typing import TypeVar

from msgspec.structs import replace

from analyzer.model.difference import (
    Altered,
    AlteredGap,
    ClusterDifference,
    Difference,
    FleetDifference,
    Presence,
    Turn,
)

T = TypeVar("T")


def mixed(items: tuple[T, ...], random: Random) -> tuple[T, ...]:
    """The same items in any order."""
    return tuple(random.sample(items, len(items)))


def mirrored(of: Difference) -> Difference:
    """The difference of the same two, the other way round; which way is worse is not mirrored."""
    return replace(
        of,
        verdict_before=of.verdict_after,
        verdict_after=of.verdict_before,
        worse=False,
        appeared=of.vanished,
        vanished=of.appeared,
        altered=tuple(Altered(before=pair.after, after=pair.before) for pair in of.altered),
        gaps_opened=of.gaps_closed,
        gaps_closed=of.gaps_opened,
        gaps_altered=tuple(AlteredGap(before=pair.after, after=pair.before) for pair in of.gaps_altered),
        turns=tuple(Turn(what=turn.what, before=turn.after, after=turn.before) for turn in of.turns),
    )


TURNED = {
    Presence.BOTH: Presence.BOTH,
    Presence.APPEARED: Presence.VANISHED,
    Presence.VANISHED: Presence.APPEARED,
    Presence.FIRST_SEEN: Presence.OUT_OF_SIGHT,
    Presence.OUT_OF_SIGHT: Presence.FIRST_SEEN,
}


def mirrored_fleet(of: FleetDifference) -> FleetDifference:
    clusters = tuple(
        ClusterDifference(
            presence=TURNED[item.presence],
            difference=mirrored(item.difference),
            cause_before=item.cause_after,
            cause_after=item.cause_before,
        )
        for item in of.clusters
    )
    turns = tuple(Turn(what=turn.what, before=turn.after, after=turn.before) for turn in of.turns)
    return replace(of, before=of.after, after=of.before, worse=False, clusters=clusters, turns=turns)


def without_worse(of: FleetDifference) -> FleetDifference:
    clusters = tuple(replace(item, difference=replace(item.difference, worse=False)) for item in of.clusters)
    return replace(of, worse=False, clusters=clusters)
