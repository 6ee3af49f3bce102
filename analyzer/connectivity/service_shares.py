"""What each Service has of what changes: a change holds the backends of many Services at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from analyzer.bits import members
from analyzer.connectivity.analysis import Analysis, Comparison
from analyzer.connectivity.change import Change
from analyzer.connectivity.engines.settings import Settings
from analyzer.connectivity.examples import Examples, Rectangle
from analyzer.connectivity.flow import Way
from analyzer.connectivity.ports import PortSet
from analyzer.connectivity.service_changes import Entrance, entrances


class Share(NamedTuple):
    """One port of a Service, at backends that are alike."""

    comparison: Comparison
    """Of the engines before and after, in one address family."""
    entrance: Entrance
    changes: tuple[Change, ...]
    """What changes for clients that come by the entrance, cut down to these backends; likeliest first."""


def shares(analysis: Analysis, before: Settings, after: Settings, changes: Iterable[Change]) -> Iterator[Share]:
    """Every entrance of every Service, in the address families that the Service has; without a change also."""
    listed = tuple(change for change in changes if change.way is not Way.DIRECT)
    for family in analysis.families:
        comparison = analysis.comparison(before, after, family=family)
        examples = Examples(analysis, comparison)
        of_backends = _by_backend(change for change in listed if change.family == family)
        for entrance in entrances(analysis, comparison):
            if f"IPv{family}" in (entrance.service.spec.ip_families or _FIRST):
                target = comparison.ports.port_set(entrance.target)
                found = {
                    id(change): change
                    for backend in members(entrance.backends)
                    for change in of_backends.get((backend, target), ())
                }
                cut = [change for whole in found.values() for change in _cut(examples, entrance, whole)]
                yield Share(comparison, entrance, tuple(sorted(cut, key=lambda change: change.rank)))


_FIRST = ("IPv4",)
"""The families of a Service that does not say."""


def _by_backend(changes: Iterable[Change]) -> dict[tuple[int, PortSet], list[Change]]:
    found: dict[tuple[int, PortSet], list[Change]] = {}
    for change in changes:
        for backend in members(change.destinations):
            found.setdefault((backend, change.ports), []).append(change)
    return found


def _cut(examples: Examples, entrance: Entrance, change: Change) -> Iterator[Change]:
    """A change at some backends alone; none where only a pod to itself is left."""
    destinations = change.destinations & entrance.backends
    yield from examples.change(
        Rectangle(change.kind, change.sources, destinations, entrance.target, change.row, change.blame, change.way)
    )
