"""Whom a waiver's selector means, and whom it only nearly means. Pure."""

from __future__ import annotations

from fnmatch import fnmatchcase

from analyzer.model.finding import ObjectRef
from analyzer.model.waiver import Pattern, Selector


def means_cluster(pattern: Pattern | None, id: str, name: str) -> bool | None:
    """Whether a cluster is meant, by its name or ARM id. None: that which the selector gives is not known of it."""
    if pattern is None:
        return True
    known = id if _is_id(pattern) else name
    if not known:
        return None
    return _folded(pattern).matches(known.casefold()) if _is_id(pattern) else pattern.matches(known)


def nearly_means_cluster(pattern: Pattern | None, name: str) -> bool:
    """Whether nothing but case keeps a cluster's name from being meant."""
    return pattern is not None and not _is_id(pattern) and _folded(pattern).matches(name.casefold())


def means(selector: Selector, object: ObjectRef | None) -> bool:
    """Whether an object is meant. None is no single object, but a whole list: only a selector of clusters means it."""
    if object is None:
        return not _parts(selector)
    return not _missed(selector, object)


def nearly_means(selector: Selector, object: ObjectRef | None) -> bool:
    """Whether an object that is not meant may have been: its words resemble the selector's, or only one of them
    differs beside the exact name. A whole list may have been meant by a selector of single objects.
    """
    if object is None:
        return True
    missed = _missed(selector, object)
    if all(_resembles(_parts(selector)[part], getattr(object, part)) for part in missed):
        return True
    is_named = selector.name is not None and not selector.name.is_glob and "name" not in missed
    return is_named and len(missed) == 1


def difference(selector: Selector, object: ObjectRef) -> str:
    """What keeps an object from being meant, in words: `name ci-logs is not ci-logs-replica`."""
    told = [f"{part} {_parts(selector)[part]} is not {_value(object, part)}" for part in _missed(selector, object)]
    return f"{object}: {', '.join(told)}"


def _parts(selector: Selector) -> dict[str, Pattern]:
    given = {"namespace": selector.namespace, "kind": selector.kind, "name": selector.name}
    return {part: pattern for part, pattern in given.items() if pattern is not None}


def _missed(selector: Selector, object: ObjectRef) -> tuple[str, ...]:
    return tuple(part for part, pattern in _parts(selector).items() if not pattern.matches(getattr(object, part)))


def _value(object: ObjectRef, part: str) -> str:
    return getattr(object, part) or "empty"


def _resembles(pattern: Pattern, word: str) -> bool:
    text, word = pattern.text.casefold(), word.casefold()
    return fnmatchcase(word, text) if pattern.is_glob else text in word


def _is_id(pattern: Pattern) -> bool:
    return pattern.text.startswith("/")


def _folded(pattern: Pattern) -> Pattern:
    return Pattern(pattern.text.casefold(), pattern.is_glob)
