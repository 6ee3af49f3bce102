"""Whether a document has the form of a typed dictionary: keys that it knows, all that it requires, values of its types."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from types import ModuleType
from typing import Any, Required, Union, get_args, get_origin, get_type_hints

from typing_extensions import is_typeddict


def faults(value: Any, kind: Any, modules: tuple[ModuleType, ...], at: str = "") -> Iterator[str]:
    """One sentence for each place of a document that is not of a kind. `modules` hold the names of its annotations."""
    if is_typeddict(kind):
        yield from _faults_of_keys(value, kind, modules, at)
    elif get_origin(kind) is list:
        for index, item in enumerate(value if isinstance(value, list) else [None]):
            yield from faults(item, get_args(kind)[0], modules, f"{at}[{index}]")
    elif get_origin(kind) is dict:
        for key, item in value.items() if isinstance(value, dict) else [("", None)]:
            yield from faults(item, get_args(kind)[1], modules, f"{at}.{key}")
    elif get_origin(kind) is Union:
        yield from _faults_of_choice(value, get_args(kind), at)
    elif not isinstance(value, kind) or isinstance(value, bool) is not (kind is bool):
        yield f"{at} is {value!r}, not {kind.__name__}"


def _faults_of_keys(value: Any, kind: Any, modules: tuple[ModuleType, ...], at: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{at} is {value!r}, not {kind.__name__}"
        return
    names = {name: found for module in modules for name, found in vars(module).items()}
    hints = get_type_hints(kind, names)
    marked = get_type_hints(kind, names, include_extras=True)  # a class that forgets total=False requires nothing by it
    required = {key for key, hint in marked.items() if get_origin(hint) is Required}
    yield from (f"{at}.{key} is not known" for key in sorted(value.keys() - hints.keys()))
    yield from (f"{at}.{key} is missing" for key in sorted(required - value.keys()))
    for key in sorted(value.keys() & hints.keys()):
        yield from faults(value[key], hints[key], modules, f"{at}.{key}")


def _faults_of_choice(value: Any, kinds: tuple[Any, ...], at: str) -> Iterator[str]:
    """Text that is one of an enumeration's values; the SDK writes it as either."""
    choices = [member.value for kind in kinds if issubclass(kind, enum.Enum) for member in kind]
    if value not in choices:
        yield f"{at} is {value!r}, not one of {', '.join(choices)}"
