"""Bodies drawn from fixed lists: shapes of JSON in which some values are choices."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

LEFT_OUT = object()
"""As a choice: the key is not there at all."""


@dataclass(frozen=True)
class _Of:
    values: tuple[Any, ...]


@dataclass(frozen=True)
class _Some:
    values: tuple[Any, ...]
    most: int


def of(*values: Any) -> Any:
    """One of these, each as likely as the others; a choice may hold further choices."""
    return _Of(values)


def some(*values: Any, most: int = 2) -> Any:
    """A list of none, one or a few of these."""
    return _Some(values, most)


def made(shape: Any, random: Random) -> Any:
    """A shape with every choice in it made."""
    match shape:
        case _Of(values):
            return made(random.choice(values), random)
        case _Some(values, most):
            return [made(random.choice(values), random) for _ in range(random.randint(0, most))]
        case dict():
            drawn = {key: made(value, random) for key, value in shape.items()}
            return {key: value for key, value in drawn.items() if value is not LEFT_OUT}
        case list():
            return [made(value, random) for value in shape]
    return shape


def manifest(api_version: Any, kind: Any, spec: Any = LEFT_OUT, *, metadata: Any = None, **more: Any) -> dict[str, Any]:
    """Objects of one kind; `metadata` goes before one of the usual names in one of the usual namespaces."""
    usual = {"namespace": of("shop", "shop", "kube-system", "bank"), "name": of("web", "db", "odd", "other")}
    about = {**usual, **(metadata or {})}
    return {"apiVersion": api_version, "kind": kind, "metadata": about, "spec": spec, **more}
