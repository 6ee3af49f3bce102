"""What only the operator knows and was not asked on the command line: one question for each flag."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from analyzer.model.report import Report
from reports.folding import Row, question_rows
from reports.standing import results_of


@dataclass(frozen=True, slots=True)
class Asking:
    """One wording of a question: by which rule, and at which steps."""

    rule: str
    row: Row


@dataclass(frozen=True, slots=True)
class Question:
    """A flag to give, and everything that asks for it."""

    flag: str
    askings: tuple[Asking, ...]
    """In catalogue order; at least one."""

    @property
    def rules(self) -> tuple[str, ...]:
        """The ids of the rules that ask."""
        return tuple(dict.fromkeys(asking.rule for asking in self.askings))


def questions(report: Report) -> tuple[Question, ...]:
    """The questions of a report, in catalogue order of the first rule that asks."""
    asked: dict[str, list[Asking]] = {}
    for asking in _askings(report):
        asked.setdefault(asking.row.asks, []).append(asking)
    return tuple(Question(flag, tuple(askings)) for flag, askings in asked.items())


def _askings(report: Report) -> Iterator[Asking]:
    for rule, results in results_of(report).items():
        for row in question_rows(results):
            yield Asking(rule, row)
