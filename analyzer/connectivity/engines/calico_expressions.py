"""What a selector of Calico's says, and over everything with labels at once what it matches.

Meaning: projectcalico/calico, libcalico-go/lib/selector/parser/ast.go.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import NamedTuple, assert_never


class Operator(enum.StrEnum):
    """What a term asks of a label's value. Its negations are `Not` around these."""

    IN = "in"
    HAS = "has"
    CONTAINS = "contains"
    STARTS_WITH = "starts with"
    ENDS_WITH = "ends with"


@dataclass(frozen=True, slots=True)
class Term:
    """One question about one label."""

    key: str
    operator: Operator
    values: tuple[str, ...] = ()
    """None of HAS, one of the others but IN."""


@dataclass(frozen=True, slots=True)
class Not:
    """What the operand does not match, as also what lacks the label."""

    operand: Expression


@dataclass(frozen=True, slots=True)
class And:
    """What all operands match."""

    operands: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """What any operand matches."""

    operands: tuple[Expression, ...]


class Word(enum.StrEnum):
    """A selector that asks of no label. Both match everything, unless a namespaceSelector says them."""

    ALL = "all()"
    """In a namespaceSelector: what is in a namespace."""
    GLOBAL = "global()"
    """In a namespaceSelector: what is in none."""


Expression = Term | Not | And | Or | Word


class Bounds(NamedTuple):
    """What surely matches, and what possibly does: the second includes the first."""

    surely: int
    possibly: int

    def and_(self, other: Bounds) -> Bounds:
        """What matches both."""
        return Bounds(self.surely & other.surely, self.possibly & other.possibly)

    def or_(self, other: Bounds) -> Bounds:
        """What matches either."""
        return Bounds(self.surely | other.surely, self.possibly | other.possibly)

    def complement(self, everything: int) -> Bounds:
        """What does not match."""
        return Bounds(everything & ~self.possibly, everything & ~self.surely)


@dataclass(frozen=True)
class Labelled:
    """Things with labels, as bitsets."""

    everything: int
    holders: Callable[[str], Mapping[str, int] | None]
    """The things that have a key, by their value; None where the values of a key are not known."""
    _terms: dict[Term, Bounds] = field(default_factory=dict, repr=False, compare=False)

    def term(self, term: Term) -> Bounds:
        """The things that a term matches; all of them possibly where its key is not known."""
        if term not in self._terms:
            self._terms[term] = _matching_term(term, self)
        return self._terms[term]


def matching(expression: Expression, things: Labelled) -> Bounds:
    """The things that a selector matches. A term over a key that is not known may match each of them, or not."""
    match expression:
        case Word():
            return Bounds(things.everything, things.everything)
        case Term():
            return things.term(expression)
        case Not():
            return matching(expression.operand, things).complement(things.everything)
        case And():
            return reduce(Bounds.and_, (matching(item, things) for item in expression.operands))
        case Or():
            return reduce(Bounds.or_, (matching(item, things) for item in expression.operands))
    assert_never(expression)


def _matching_term(term: Term, things: Labelled) -> Bounds:
    holders = things.holders(term.key)
    if holders is None:
        return Bounds(0, things.everything)
    found = 0
    if term.operator is Operator.IN:
        for value in term.values:
            found |= holders.get(value, 0)
    else:
        for value, bits in holders.items():
            found |= bits if _is_met(term, value) else 0
    return Bounds(found, found)


def _is_met(term: Term, value: str) -> bool:
    match term.operator:
        case Operator.IN:
            return value in term.values
        case Operator.HAS:
            return True
        case Operator.CONTAINS:
            return term.values[0] in value
        case Operator.STARTS_WITH:
            return value.startswith(term.values)
        case Operator.ENDS_WITH:
            return value.endswith(term.values)
    assert_never(term.operator)


def label_keys(expression: Expression) -> frozenset[str]:
    """The keys that a selector asks about."""
    match expression:
        case Word():
            return frozenset()
        case Term():
            return frozenset((expression.key,))
        case Not():
            return label_keys(expression.operand)
        case And() | Or():
            return frozenset[str]().union(*map(label_keys, expression.operands))
    assert_never(expression)


def rewritten(expression: Expression, prefix: str, words: Mapping[Word, Expression]) -> Expression:
    """A selector with a prefix before every key, and expressions in place of words."""
    match expression:
        case Word():
            return words.get(expression, expression)
        case Term():
            return Term(prefix + expression.key, expression.operator, expression.values)
        case Not():
            return Not(rewritten(expression.operand, prefix, words))
        case And():
            return And(tuple(rewritten(item, prefix, words) for item in expression.operands))
        case Or():
            return Or(tuple(rewritten(item, prefix, words) for item in expression.operands))
    assert_never(expression)
