"""What is shown of a list that is too long: no kind of its items vanishes behind another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

Item = TypeVar("Item")


def fair_share(items: Sequence[Item], kind: Callable[[Item], Hashable], most: int, least: int) -> tuple[Item, ...]:
    """At most so many items in their order: the first ones, but of each kind at least so many where it has them."""
    seen: Counter[Hashable] = Counter()
    sure, others = list[int](), list[int]()
    for place, item in enumerate(items):
        seen[kind(item)] += 1
        (sure if seen[kind(item)] <= least else others).append(place)
    return tuple(items[place] for place in sorted((*sure, *others)[:most]))
