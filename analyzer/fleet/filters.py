"""Which of the clusters that were found are judged. What is left out is counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from msgspec import structs

from analyzer.errors import UsageError
from analyzer.fleet.inventory import FoundCluster, Inventory
from analyzer.fleet.source_modes import MODES, may_be


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """A cluster passes each of the four that is given. Raises UsageError for what no filter can mean."""

    tags: tuple[str, ...] = ()
    """`key=value` or `key`: all of them. Keys match without regard to case, values as they are."""
    names: tuple[str, ...] = ()
    """Glob patterns without regard to case: one of them."""
    locations: tuple[str, ...] = ()
    """In any spelling, "West Europe" or westeurope: one of them."""
    modes: tuple[str, ...] = ()
    """Of MODES: one of them."""

    def __post_init__(self) -> None:
        for mode in self.modes:
            if mode.lower() not in MODES:
                raise UsageError(f"Unknown source mode {mode!r}: give {', '.join(MODES)}.")
        for tag in self.tags:
            if not tag.partition("=")[0].strip():
                raise UsageError(f"The tag filter {tag!r} names no tag: give KEY=VALUE or KEY.")
        for words in (self.names, self.locations):
            if not all(word.strip() for word in words):
                raise UsageError("A filter by name or location is empty: leave it out, or give a name.")

    def __str__(self) -> str:
        alternatives = (("name", self.names), ("location", self.locations), ("mode", self.modes))
        tags = ("tag " + " and ".join(self.tags),) if self.tags else ()
        return "; ".join((*tags, *(f"{what} {' or '.join(words)}" for what, words in alternatives if words)))


def keep(inventory: Inventory, filters: Filters) -> Inventory:
    """The inventory with those clusters that pass, and how many of each subscription do not."""
    kept = tuple(cluster for cluster in inventory.clusters if _passes(cluster, filters))
    found, passed = (Counter(cluster.subscription for cluster in one) for one in (inventory.clusters, kept))
    subscriptions = tuple(
        structs.replace(item, excluded=found[item.id] - passed[item.id]) for item in inventory.subscriptions
    )
    return replace(inventory, clusters=kept, subscriptions=subscriptions)


def _passes(cluster: FoundCluster, filters: Filters) -> bool:
    name, location = cluster.name.lower(), _plain(cluster.location)
    return (
        all(_has(cluster, tag) for tag in filters.tags)
        and _one_of(filters.names, lambda pattern: fnmatchcase(name, pattern.lower()))
        and _one_of(filters.locations, lambda wanted: location in ("", _plain(wanted)))
        and _one_of(filters.modes, lambda wanted: may_be(wanted.lower(), cluster.modes))
    )


def _one_of(words: tuple[str, ...], passes: Callable[[str], bool]) -> bool:
    return not words or any(map(passes, words))


def _has(cluster: FoundCluster, tag: str) -> bool:
    key, equals, value = tag.partition("=")
    values = [found for name, found in cluster.tags.items() if name.lower() == key.strip().lower()]
    return value in values if equals else bool(values)


def _plain(location: str) -> str:
    return "".join(location.lower().split())
