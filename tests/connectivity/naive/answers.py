"""Answers of three values: yes, no, and None where no source says."""

from __future__ import annotations

from collections.abc import Iterable

Answer = bool | None


def every(answers: Iterable[Answer]) -> Answer:
    """No if one is no, else unknown if one is unknown, else yes."""
    found: Answer = True
    for answer in answers:
        if answer is False:
            return False
        if answer is None:
            found = None
    return found


def some(answers: Iterable[Answer]) -> Answer:
    """Yes if one is yes, else unknown if one is unknown, else no."""
    found: Answer = False
    for answer in answers:
        if answer is True:
            return True
        if answer is None:
            found = None
    return found


def opposite(answer: Answer) -> Answer:
    """No for yes, yes for no."""
    return None if answer is None else not answer


def agreed(*answers: Answer) -> Answer:
    """The answer that all readings share, unknown where they differ."""
    return answers[0] if len(set(answers)) == 1 else None
