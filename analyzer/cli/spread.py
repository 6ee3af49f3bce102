"""Verbs that take their options in groups, laid out for typer as one parameter an option."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from dataclasses import fields
from typing import Any, get_type_hints


def spread(verb: Callable[..., int]) -> Callable[..., int]:
    """The verb as typer reads it. Each of its parameters is a dataclass of options, which all have defaults."""
    groups = {name: kind for name, kind in get_type_hints(verb).items() if name != "return"}
    parameters = [parameter for kind in groups.values() for parameter in _parameters(kind)]

    @functools.wraps(verb)
    def command(**given: Any) -> int:
        return verb(**{name: kind(**_of(kind, given)) for name, kind in groups.items()})

    command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters} | {"return": int}
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return command


def _parameters(kind: type[Any]) -> Iterator[inspect.Parameter]:
    hints = get_type_hints(kind, include_extras=True)
    for item in fields(kind):
        yield inspect.Parameter(
            item.name, inspect.Parameter.KEYWORD_ONLY, default=item.default, annotation=hints[item.name]
        )


def _of(kind: type[Any], given: dict[str, Any]) -> dict[str, Any]:
    return {item.name: given[item.name] for item in fields(kind)}
