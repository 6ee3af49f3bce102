"""What came back for each part of a list, into one fact. The same for the live API and for exported files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from analyzer.collect.decoding import in_order
from analyzer.model.fact import Cause, Fact, Known, Missing
from analyzer.model.objects import KubernetesObject
from analyzer.model.source import KubernetesRead, Source


@dataclass(frozen=True, slots=True)
class Whole:
    """Every object of one collection."""

    items: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Absent:
    """The cluster does not serve this collection."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The collection was not read, or not to its end."""

    cause: Cause
    detail: str
    grant: str = ""
    items: tuple[Any, ...] = ()
    """What was read all the same."""


Part = Whole | Absent | Failed
"""What came back for one collection of a source."""


def list_fact(source: Source, parts: Sequence[Part]) -> tuple[Fact[tuple[Any, ...]], bool]:
    """The fact of a list, and whether its API is absent: all its collections are. `parts` is not empty.

    One failed collection makes the list partial: the others are `seen`.
    """
    items = _ordered(source, (item for part in parts if not isinstance(part, Absent) for item in part.items))
    failures = [part for part in parts if isinstance(part, Failed)]
    if failures:
        detail = "; ".join(dict.fromkeys(part.detail for part in failures))
        grant = "; ".join(dict.fromkeys(part.grant for part in failures if part.grant))
        seen = items if items or any(isinstance(part, Whole) for part in parts) else None
        return Missing(source, failures[0].cause, detail, grant, seen), False
    return Known(items), all(isinstance(part, Absent) for part in parts)


def _ordered(source: Source, items: Iterable[KubernetesObject]) -> tuple[KubernetesObject, ...]:
    ordered = in_order(items)
    return _each_calico_object_once(ordered) if source.value.startswith("calico_") else ordered


def _each_calico_object_once(items: tuple[KubernetesObject, ...]) -> tuple[KubernetesObject, ...]:
    """Calico's two API groups show the same objects; the CRD group may put the tier before the name.

    Two objects of one group are never the same one. Of two groups projectcalico.org is kept, whose names are plain.
    """
    kept: dict[tuple[str, str, str], list[KubernetesObject]] = {}
    for item in sorted(items, key=lambda item: item.api_version, reverse=True):
        same = kept.setdefault((item.namespace, item.name.removeprefix("default."), item.kind), [])
        if not same or same[0].api_version == item.api_version:
            same.append(item)
    return tuple(item for key in sorted(kept) for item in kept[key])


def where_read(read: KubernetesRead) -> str:
    """The scope of a read, in words."""
    return f"namespace {read.namespace}" if read.namespace else "all namespaces"
