"""Pods that the same sections select under each of some engines: they are evaluated once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from analyzer.bits import bitset, members
from analyzer.connectivity.isolation import Direction
from analyzer.connectivity.parties import Parties
from analyzer.connectivity.ports import NamedPort
from analyzer.connectivity.reach import NOT_SELECTED, Block, Evaluation, Signature

_NO_NAMES: frozenset[NamedPort] = frozenset()


def blocks(parties: Parties, evaluations: Sequence[Evaluation], direction: Direction) -> tuple[Block, ...]:
    """All pods, apart by the sections of every engine that select them and by the numbers of the names in those.

    Pods that nothing selects are a block too.
    """
    groups: dict[int, list[tuple[int, int, bool]]] = {}
    for engine, evaluation in enumerate(evaluations):
        for place, section in enumerate(evaluation.enforcement.sections[direction]):
            if section.subjects:
                groups.setdefault(section.subjects, []).append((engine, place, True))
            if section.maybe & ~section.subjects:
                groups.setdefault(section.maybe & ~section.subjects, []).append((engine, place, False))
    groups_of: dict[int, list[int]] = {}
    for number, subjects in enumerate(groups):
        for owner in members(subjects):
            groups_of.setdefault(owner, []).append(number)
    together: dict[tuple[int, ...], list[int]] = {}
    for owner, numbers in groups_of.items():
        together.setdefault(tuple(numbers), []).append(owner)
    listed = list(groups.values())
    found = [
        _Alike(_signatures([listed[number] for number in numbers], len(evaluations)), bitset(owners, parties.size))
        for numbers, owners in together.items()
    ]
    selected = bitset(groups_of, parties.size)
    if free := parties.pods & ~selected:
        found.append(_Alike((NOT_SELECTED,) * len(evaluations), free))
    return tuple(block for alike in found for block in _by_numbers(parties, evaluations, direction, alike))


class _Alike(NamedTuple):
    signatures: tuple[Signature, ...]
    classes: int


def _signatures(groups: list[list[tuple[int, int, bool]]], engines: int) -> tuple[Signature, ...]:
    found: list[tuple[list[int], list[int]]] = [([], []) for _ in range(engines)]
    for group in groups:
        for engine, place, is_sure in group:
            found[engine][0 if is_sure else 1].append(place)
    return tuple(Signature(tuple(sorted(sure)), tuple(sorted(maybe))) for sure, maybe in found)


def _by_numbers(
    parties: Parties, evaluations: Sequence[Evaluation], direction: Direction, alike: _Alike
) -> Iterator[Block]:
    pairs = zip(evaluations, alike.signatures, strict=True)
    names = _NO_NAMES.union(*(evaluation.names(direction, signature) for evaluation, signature in pairs))
    for classes, numbers in parties.population.by_numbers(alike.classes, names):
        yield Block(classes, alike.signatures, numbers)
