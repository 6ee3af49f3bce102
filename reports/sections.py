"""The judgements, sorted into the sections of a report: what needs reading by rule, and what is settled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from analyzer.model.finding import Severity
from analyzer.model.report import Coverage, Report, Result, RuleSummary, State
from reports.anchors import rule_anchor
from reports.folding import GapRow, Group, Row, gap_rows, groups, rows
from reports.remedies import named
from reports.standing import Standing, is_open, is_waived, results_of, standing, weight

MOST_ROWS = 100
"""Objects that one rule shows; the JSON report has all."""
AT_ONCE = 8
"""Objects of one group that are shown before the reader asks for the rest."""
_SETTLED = (State.PASS, State.NOT_APPLICABLE)
_READ = ("read", "absent API")


@dataclass(frozen=True, slots=True)
class AtStep:
    """What a rule came to at one step: the weight of its gravest finding, or that it is unknown or waived."""

    step: str
    state: State
    severity: Severity | None
    """Of a rule that fails or notes something; None: unknown, broken or waived."""
    is_waived: bool
    """Waivers accept everything that it found here."""
    reason: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """One rule with all that it says along the path."""

    rule: RuleSummary
    anchor: str
    at_steps: tuple[AtStep, ...]
    """At the steps where it says something."""
    remedy: tuple[str, ...]
    groups: tuple[Group, ...]
    """At most `MOST_ROWS` rows."""
    rows: int
    """All rows, shown or not."""
    gaps: tuple[GapRow, ...]
    standing: Standing

    @property
    def is_open(self) -> bool:
        """Shown unfolded: a blocker."""
        return self.standing is Standing.BLOCKER

    @property
    def left_out(self) -> int:
        """Rows that are not shown."""
        return self.rows - sum(len(group.rows) for group in self.groups)


@dataclass(frozen=True, slots=True)
class Chapter:
    """The judgements of one weight."""

    anchor: str
    title: str
    judgements: tuple[Judgement, ...]


@dataclass(frozen=True, slots=True)
class Settled:
    """A rule that needs no reading: it passed or does not apply, for one reason at some steps."""

    rule: RuleSummary
    state: State
    steps: tuple[str, ...]
    """Empty: no step of the path concerns it."""
    reason: str


@dataclass(frozen=True, slots=True)
class Sight:
    """What was seen of the cluster, and what was not."""

    gaps: tuple[GapRow, ...]
    """Facts that rules lacked."""
    idle: tuple[Coverage, ...]
    """What was not read, though no rule of this path was left open by it."""
    read: tuple[Coverage, ...]


_CHAPTERS = (
    (Standing.BLOCKER, "blockers", "Blockers"),
    (Standing.UNKNOWN, "unknown", "Unknown, and nothing found"),
    (Standing.RISK, "risks", "Risks"),
    (Standing.NOTICE, "notices", "Notices"),
    (Standing.WAIVED, "waived", "Waived"),
)


def chapters(judged: Iterable[Judgement]) -> tuple[Chapter, ...]:
    """The rules that found something or lacked a fact, the gravest first, within a weight in catalogue order.

    What is so in every cluster comes last.
    """
    in_order = sorted(judged, key=lambda item: item.rule.is_always_so)
    sorted_in = {kind: tuple(item for item in in_order if item.standing is kind) for kind, _, _ in _CHAPTERS}
    return tuple(Chapter(anchor, title, sorted_in[kind]) for kind, anchor, title in _CHAPTERS if sorted_in[kind])


def asking(judged: Iterable[Judgement]) -> tuple[Judgement, ...]:
    """The rules that only ask, in catalogue order: their pages are read beside the questions."""
    return tuple(item for item in judged if item.standing is Standing.ASKS)


def judgements(report: Report) -> tuple[Judgement, ...]:
    """Every rule that says something, in catalogue order."""
    results = results_of(report)
    speaking = ((rule, _speaking(results[rule.id])) for rule in report.rules)
    return tuple(_judgement(rule, results) for rule, results in speaking if results)


def _speaking(results: Iterable[Result]) -> tuple[Result, ...]:
    return tuple(item for item in results if item.state not in _SETTLED)


def _judgement(rule: RuleSummary, results: tuple[Result, ...]) -> Judgement:
    found = rows(results)
    return Judgement(
        rule=rule,
        anchor=rule_anchor(rule.id),
        at_steps=tuple(_at_step(item) for item in results if is_open(item) or is_waived(item) or weight(item)),
        remedy=_remedy(rule, found),
        groups=groups(found[:MOST_ROWS]),
        rows=len(found),
        gaps=gap_rows((rule.id, item) for result in results for item in result.gaps),
        standing=standing(results),
    )


def _at_step(result: Result) -> AtStep:
    return AtStep(
        step=result.step,
        state=State.UNKNOWN if is_open(result) and result.state is State.FAIL else result.state,
        severity=None if is_open(result) else weight(result),
        is_waived=is_waived(result),
        reason=result.reason,
    )


def _remedy(rule: RuleSummary, found: Sequence[Row]) -> tuple[str, ...]:
    """The rule's, with the object's name where there is but one."""
    objects = {row.object for row in found}
    return named(rule.remedy, found[0].object) if len(objects) == 1 else rule.remedy


def at_once(group: Group) -> tuple[Row, ...]:
    """The rows that are shown first. A group that is only a little longer is shown whole."""
    return group.rows if len(group.rows) <= AT_ONCE + 2 else group.rows[:AT_ONCE]


def afterwards(group: Group) -> tuple[Row, ...]:
    """The rows behind those."""
    return group.rows[len(at_once(group)) :]


def settled(report: Report, state: State) -> tuple[Settled, ...]:
    """The rules that passed, or that do not apply, in catalogue order; equal reasons of several steps together."""
    results = results_of(report)
    return tuple(item for rule in report.rules for item in _settled(rule, results[rule.id], state))


def _settled(rule: RuleSummary, results: Iterable[Result], state: State) -> Iterator[Settled]:
    steps: dict[str, list[str]] = {}
    for result in results:
        if result.state is state:
            steps.setdefault(result.reason, []).append(result.step)
    for reason, at in steps.items():
        yield Settled(rule, state, tuple(filter(None, at)), reason)


def rules_in(items: Sequence[Settled]) -> int:
    """How many rules the lines speak of: one rule may have several reasons."""
    return len({item.rule.id for item in items})


def sight(report: Report, gaps: tuple[GapRow, ...]) -> Sight:
    """Coverage, as far as it needs reading, beside the facts that rules lacked."""
    named = {row.source for row in gaps}
    unread = [item for item in report.coverage if item.status not in _READ]
    return Sight(
        gaps=gaps,
        idle=tuple(item for item in unread if item.source not in named),
        read=_read(report.coverage),
    )


def unread_ranges(report: Report) -> tuple[str, ...]:
    """The sources of address ranges that were not read whole: the picture may lack ranges of theirs."""
    read = {item.source for item in report.coverage if item.status == "read"}
    unread = {item.source for item in report.coverage if item.status not in _READ}
    always = tuple(source for source in ("cluster", "virtual_networks") if source not in read)
    return (*always, *(source for source in ("route_tables", "service_cidrs") if source in unread))


def _read(coverage: Sequence[Coverage]) -> tuple[Coverage, ...]:
    return tuple(item for item in coverage if item.status in _READ)
