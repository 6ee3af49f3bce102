"""A rule's remedies with the names of the object that they are for."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

from analyzer.model.finding import ObjectRef


def named(remedy: tuple[str, ...], of: ObjectRef) -> tuple[str, ...]:
    """The lines with the object's name in place of POOL, TABLE or NAMESPACE, where it has such a name."""
    names = dict(_names(of))
    if not names:
        return remedy
    words = re.compile(rf"(?<![\w-])({'|'.join(names)})(?![\w-])")
    return tuple(words.sub(lambda found: shlex.quote(names[found[1]]), line) for line in remedy)


def _names(of: ObjectRef) -> Iterator[tuple[str, str]]:
    if of.kind == "AgentPool":
        yield "POOL", of.name
    elif of.kind == "RouteTable":
        yield "TABLE", of.name
    elif of.kind == "Namespace":
        yield "NAMESPACE", of.name
    elif of.namespace:
        yield "NAMESPACE", of.namespace
