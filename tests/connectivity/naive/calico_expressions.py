"""Calico's selector expressions: docs.tigera.io, "Network policy", "Selectors"."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

NAMESPACE = "projectcalico.org/namespace"

_Test = Callable[[Mapping[str, str]], bool]
_TOKEN = re.compile(
    r"\s*(?:(?P<sign>&&|\|\||==|!=|[!(){},])|(?P<text>'[^']*'|\"[^\"]*\")|(?P<call>all\(\))"
    r"|(?P<word>[A-Za-z0-9_./-]+))"
)

_COMPARISONS: Mapping[str, Callable[[str | None, str], bool]] = {
    "==": lambda found, value: found == value,
    "!=": lambda found, value: found != value,
    "contains": lambda found, value: found is not None and value in found,
    "starts with": lambda found, value: found is not None and found.startswith(value),
    "ends with": lambda found, value: found is not None and found.endswith(value),
}


def holds_for_labels(expression: str, labels: Mapping[str, str]) -> bool:
    """Whether labels meet an expression; an empty one is met by all."""
    return not expression or _test(expression)(labels)


def holds_for_namespace(expression: str, labels: Mapping[str, str] | None) -> bool:
    """The same of a namespaceSelector; None stands for what is in no namespace, which global() alone asks for."""
    if not expression:
        return True
    known: Mapping[str, str] = {} if labels is None else {**labels, NAMESPACE: ""}
    return _test(expression.replace("all()", f"has({NAMESPACE})").replace("global()", f"!has({NAMESPACE})"))(known)


@lru_cache(maxsize=1024)
def _test(expression: str) -> _Test:
    tokens, place = [], 0
    while expression[place:].strip():
        found = _TOKEN.match(expression, place)
        assert found, expression
        tokens.append(found.group().strip())
        place = found.end()
    return _Parser(tokens).any_of()


class _Parser:
    """Reads tokens from the front."""

    def __init__(self, tokens: list[str]) -> None:
        self._left = tokens

    def any_of(self) -> _Test:
        """Terms with || between them."""
        tests = [self._all_of()]
        while self._take("||"):
            tests.append(self._all_of())
        return lambda labels: any(test(labels) for test in tests)

    def _all_of(self) -> _Test:
        tests = [self._one()]
        while self._take("&&"):
            tests.append(self._one())
        return lambda labels: all(test(labels) for test in tests)

    def _one(self) -> _Test:
        if self._take("!"):
            test = self._one()
            return lambda labels: not test(labels)
        if self._take("("):
            test = self.any_of()
            assert self._take(")")
            return test
        word = self._left.pop(0)
        if word == "all()":
            return lambda labels: True
        if word == "has":
            assert self._take("(")
            key = self._left.pop(0)
            assert self._take(")")
            return lambda labels: key in labels
        return self._comparison(word)

    def _comparison(self, key: str) -> _Test:
        operator = self._left.pop(0)
        if operator in ("not", "starts", "ends"):
            operator += " " + self._left.pop(0)
        if operator in ("in", "not in"):
            values = self._set()
            if operator == "in":
                return lambda labels: labels.get(key) in values
            return lambda labels: labels.get(key) not in values
        compares = _COMPARISONS[operator]
        value = self._left.pop(0)[1:-1]
        return lambda labels: compares(labels.get(key), value)

    def _set(self) -> set[str]:
        assert self._take("{")
        found: set[str] = set()
        while not self._take("}"):
            found.add(self._left.pop(0)[1:-1])
            self._take(",")
        return found

    def _take(self, token: str) -> bool:
        if self._left and self._left[0] == token:
            self._left.pop(0)
            return True
        return False
