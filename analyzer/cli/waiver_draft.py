"""A waiver file of what holds one cluster's verdict back, to fill in. Pure.

One entry an object, even where many are alike: a waiver is somebody's word about objects that he looked at, and a
pattern would also accept those of tomorrow. Whoever wants that writes the glob himself. What one object has at
several steps, or several times, is one entry: a waiver says nothing of steps.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import yaml

from analyzer.model.finding import ObjectRef, Severity
from analyzer.model.report import Report, ReportedFinding, ReportedGap, Result, State
from reports.escaping import inert
from reports.words import day

_WHOLE = ObjectRef("", "")
_FILL_IN = "# Delete what nobody accepts, and fill in the rest: with empty values the file is refused."
_NOTHING = "# There is nothing in it that a waiver could accept."
_BLANKS = (
    ("reason", "fill in: why it is accepted"),
    ("owner", "fill in: who accepts it"),
    ("expires", "fill in: the last day on which it holds, YYYY-MM-DD"),
    ("ticket", "fill in: where it was decided"),
)


@dataclass(frozen=True, slots=True, order=True)
class _Matter:
    """What one entry is about."""

    rule: str
    fact: str
    """Empty: findings."""
    object: ObjectRef
    """Without a name: a list as a whole."""


@dataclass(frozen=True, slots=True)
class _Words:
    """One thing that a report says of a matter."""

    severity: Severity
    step: str
    text: str

    def __str__(self) -> str:
        return f"{self.severity} at {self.step}: {self.text}"


def draft(report: Report) -> str:
    """The file: blockers, then risks, then gaps; in them by rule and object. The same report, the same text.

    What the platform itself enforces is a comment, whatever else the rule finds of that object.
    """
    matters: dict[_Matter, list[_Words]] = {}
    for result in report.results:
        for matter, words in _matters(result):
            matters.setdefault(matter, []).append(words)
    enforced = _enforced(report)
    refused = {matter: words for matter, words in matters.items() if _is_refused(matter, words, enforced)}
    open_ = sorted(matters.keys() - refused.keys(), key=lambda matter: (_rank(matter, matters[matter]), matter))
    lines = [*_head(report), _FILL_IN if open_ else _NOTHING, *_not_to_waive(report), *_refused(refused)]
    lines += ["waivers:" if open_ else "waivers: []"]
    for matter in open_:
        lines += _entry(matter, matters[matter], report)
    return "\n".join(lines) + "\n"


def _matters(result: Result) -> Iterator[tuple[_Matter, _Words]]:
    """What a waiver may be for; nothing of a rule that broke, or of a path that is not known."""
    if not result.step or result.state is State.ERROR:
        return
    for finding in filter(_counts, result.findings):
        yield _Matter(result.rule, "", finding.object), _Words(finding.severity, result.step, finding.message)
    for gap in filter(_counts, result.gaps):
        told = f"{gap.source} not read ({gap.cause}): {gap.detail}"
        yield _Matter(result.rule, gap.source, gap.object or _WHOLE), _Words(gap.severity, result.step, told)


def _counts(item: ReportedFinding | ReportedGap) -> bool:
    return item.severity is not Severity.NOTICE and not item.waiver


def _enforced(report: Report) -> set[tuple[str, str]]:
    """Rules and steps of which no blocker can be waived."""
    rules = {rule.id for rule in report.rules if rule.refused_by_platform}
    refusing = {(step.refused_by, step.kind) for step in report.path.steps if step.refused}
    return refusing | {(result.rule, result.step) for result in report.results if result.rule in rules}


def _is_refused(matter: _Matter, words: Iterable[_Words], enforced: Container[tuple[str, str]]) -> bool:
    blockers = (item for item in words if item.severity is Severity.BLOCKER and not matter.fact)
    return any((matter.rule, item.step) in enforced for item in blockers)


def _rank(matter: _Matter, words: Iterable[_Words]) -> int:
    gravest = max(item.severity.weight for item in words)
    return -gravest if not matter.fact else 0


def _head(report: Report) -> Iterator[str]:
    cluster = report.cluster.id or report.cluster.name or "a cluster whose name was not read"
    yield f"# Waivers to decide on for {inert(cluster)}: {report.verdict}, as of {day(report.as_of)}."
    yield f"# Snapshot {inert(report.snapshot_hash or 'without a hash')}, target {inert(report.target)}."


def _not_to_waive(report: Report) -> Iterator[str]:
    """What no waiver lifts, as comments."""
    yield from (f"# Cannot be waived: the path is not known. {inert(gap.detail)}" for gap in report.path.gaps)
    for step in report.path.steps:
        if step.refused:
            yield f"# Cannot be waived: the platform refuses the step {inert(step.kind)}. {inert(step.reason)}"
    for result in report.results:
        if result.state is State.ERROR:
            yield f"# Cannot be waived: {inert(result.rule)} broke at {inert(result.step)}; its answer is not known."


def _refused(refused: Mapping[_Matter, Sequence[_Words]]) -> Iterator[str]:
    for matter in sorted(refused):
        told = f"{inert(matter.rule)}, which the platform itself enforces: {inert(str(matter.object))}"
        yield f"# Cannot be waived, {told}"
        yield from _told(refused[matter], "#   ")


def _entry(matter: _Matter, words: Sequence[_Words], report: Report) -> Iterator[str]:
    yield ""
    yield from _told(words, "# ")
    yield f"- rule: {_quoted(matter.rule)}"
    if matter.fact:
        yield f"  fact: {_quoted(matter.fact)}"
    yield "  selector:"
    parts = {"cluster": report.cluster.id or report.cluster.name, "namespace": matter.object.namespace}
    parts |= {"kind": matter.object.kind, "name": matter.object.name}
    yield from (f"    {part}: {_quoted(word)}" for part, word in parts.items() if word)
    yield from (f'  {key}: ""  # {hint}' for key, hint in _BLANKS)


def _told(words: Iterable[_Words], mark: str) -> Iterator[str]:
    yield from (f"{mark}{inert(line)}" for line in dict.fromkeys(map(str, words)))


def _quoted(text: str) -> str:
    """A YAML string on one line, whatever it holds."""
    quoted: str = yaml.safe_dump(text, default_style='"', allow_unicode=False, width=float("inf"))
    return quoted.strip()
