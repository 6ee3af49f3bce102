"""Calico's selector language: from text to expressions.

Grammar: projectcalico/calico, libcalico-go/lib/selector (tokenizer, parser); docs.tigera.io,
reference/resources/globalnetworkpolicy, "Selectors".
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile
from typing import NamedTuple

from analyzer.connectivity.engines.calico_expressions import And, Expression, Not, Operator, Or, Term, Word
from analyzer.model.fact import Cause, LackingError, Missing
from analyzer.model.source import Source


@lru_cache(maxsize=8192)
def selector(text: str) -> Expression:
    """The expression that a selector is; an empty one is all().

    Raises LackingError where the text is not one: what the policy selects is then not known.
    """
    try:
        tokens = tuple(_tokens(text))
        return _Parser(tokens).whole() if tokens else Word.ALL
    except _UnreadableError as error:
        detail = f"A Calico policy selects by {text!r}, which is no selector of Calico's: {error}"
        raise LackingError((Missing(Source.CALICO_POLICIES, Cause.UNRECOGNISED, detail),)) from error


class _UnreadableError(Exception):
    """Why a text is no selector."""


class _Kind(enum.Enum):
    SIGN = enum.auto()
    """A parenthesis, brace, comma, or an operator, by its text."""
    STRING = enum.auto()
    LABEL = enum.auto()
    HAS = enum.auto()
    """has(…): the text is the key."""
    WORD = enum.auto()


class _Token(NamedTuple):
    kind: _Kind
    text: str


_BLANKS = " \t"
_SIGNS = ("==", "!=", "&&", "||", "(", ")", "{", "}", ",", "!")
_OPERATORS = ("contains", "starts with", "ends with", "not in", "in")
_IN_KEYS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-")


def _tokens(text: str) -> Iterator[_Token]:
    rest = text.lstrip(_BLANKS)
    follows_label = False
    while rest:
        token, rest = _operator(rest) if follows_label and rest[0] in _IN_KEYS else _token(rest)
        yield token
        follows_label = token.kind is _Kind.LABEL
        rest = rest.lstrip(_BLANKS)


def _operator(rest: str) -> tuple[_Token, str]:
    """An operator of letters. Blanks between its words may be any, or none."""
    for operator in _OPERATORS:
        after = _after(rest, operator.split())
        if after is not None:
            return _Token(_Kind.SIGN, operator), after
    raise _UnreadableError(f"no operator at {rest[:20]!r}")


def _after(rest: str, words: Iterable[str]) -> str | None:
    for word in words:
        rest = rest.lstrip(_BLANKS)
        if not rest.startswith(word):
            return None
        rest = rest.removeprefix(word)
    return rest


def _token(rest: str) -> tuple[_Token, str]:
    for sign in _SIGNS:
        if rest.startswith(sign):
            return _Token(_Kind.SIGN, sign), rest.removeprefix(sign)
    if rest[0] in "'\"":
        value, quote, after = rest[1:].partition(rest[0])
        if not quote:
            raise _UnreadableError("a string has no end")
        return _Token(_Kind.STRING, value), after
    for name in ("has", "all", "global"):
        if rest.startswith(name + "("):
            return _call(name, rest.removeprefix(name + "("))
    key = _key(rest)
    if not key:
        raise _UnreadableError(f"nothing begins with {rest[0]!r}")
    return _Token(_Kind.LABEL, key), rest.removeprefix(key)


def _call(name: str, rest: str) -> tuple[_Token, str]:
    inside = rest.lstrip(_BLANKS)
    key = _key(inside) if name == "has" else ""
    after = inside.removeprefix(key).lstrip(_BLANKS)
    if not after.startswith(")") or (name == "has" and not key):
        raise _UnreadableError(f"{name}( is not closed as it has to be")
    token = _Token(_Kind.HAS, key) if name == "has" else _Token(_Kind.WORD, f"{name}()")
    return token, after[1:]


def _key(rest: str) -> str:
    return "".join(takewhile(_IN_KEYS.__contains__, rest))


_DEEPEST = 64
"""Parentheses within each other. Nobody writes so many; more would exhaust the stack."""


@dataclass(slots=True)
class _Parser:
    """Recursive descent: || binds least, then &&, then !."""

    tokens: Sequence[_Token]
    place: int = 0
    depth: int = 0

    def whole(self) -> Expression:
        found = self._either()
        if self.place < len(self.tokens):
            raise _UnreadableError(f"{self.tokens[self.place].text!r} follows where it should end")
        return found

    def _either(self) -> Expression:
        found = [self._both()]
        while self._takes("||"):
            found.append(self._both())
        return found[0] if len(found) == 1 else Or(tuple(found))

    def _both(self) -> Expression:
        found = [self._operation()]
        while self._takes("&&"):
            found.append(self._operation())
        return found[0] if len(found) == 1 else And(tuple(found))

    def _operation(self) -> Expression:
        is_negated = False
        while self._takes("!"):
            is_negated = not is_negated
        found = self._operand()
        return Not(found) if is_negated else found

    def _operand(self) -> Expression:
        token = self._next()
        match token.kind:
            case _Kind.HAS:
                return Term(token.text, Operator.HAS)
            case _Kind.WORD:
                return Word(token.text)
            case _Kind.LABEL:
                return self._comparison(token.text)
            case _Kind.SIGN if token.text == "(":
                return self._group()
        raise _UnreadableError(f"{token.text!r} stands where a term should begin")

    def _group(self) -> Expression:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise _UnreadableError(f"more than {_DEEPEST} parentheses within each other")
        found = self._either()
        self._demand(")")
        self.depth -= 1
        return found

    def _comparison(self, key: str) -> Expression:
        token = self._next()
        match token.kind, token.text:
            case _Kind.SIGN, "==":
                return Term(key, Operator.IN, (self._string(),))
            case _Kind.SIGN, "!=":
                return Not(Term(key, Operator.IN, (self._string(),)))
            case _Kind.SIGN, "in":
                return Term(key, Operator.IN, self._set())
            case _Kind.SIGN, "not in":
                return Not(Term(key, Operator.IN, self._set()))
            case _Kind.SIGN, "contains" | "starts with" | "ends with":
                return Term(key, Operator(token.text), (self._string(),))
        raise _UnreadableError(f"{token.text!r} follows the label {key}, and is no operator")

    def _set(self) -> tuple[str, ...]:
        """A comma may stand after the last value."""
        self._demand("{")
        found: list[str] = []
        while not self._takes("}"):
            found.append(self._string())
            if not self._takes(","):
                self._demand("}")
                break
        return tuple(found)

    def _string(self) -> str:
        token = self._next()
        if token.kind is not _Kind.STRING:
            raise _UnreadableError(f"{token.text!r} stands where a string should")
        return token.text

    def _demand(self, sign: str) -> None:
        if not self._takes(sign):
            raise _UnreadableError(f"{sign} is missing")

    def _takes(self, sign: str) -> bool:
        is_next = self.place < len(self.tokens) and self.tokens[self.place] == (_Kind.SIGN, sign)
        self.place += is_next
        return is_next

    def _next(self) -> _Token:
        if self.place == len(self.tokens):
            raise _UnreadableError("it ends too early")
        self.place += 1
        return self.tokens[self.place - 1]
