"""Two judgements of one cluster: what is new, fixed, out of sight, altered, still unknown."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from analyzer.compare.judgement import Judgement
from analyzer.compare.turns import turns
from analyzer.compare.worse import is_worse
from analyzer.model.difference import Altered, AlteredGap, Difference, FindingMark, GapMark, Passing, PassingGap, Sight
from analyzer.model.finding import Severity
from analyzer.model.report import Report


def compare_reports(old: Report, new: Report) -> Difference:
    """What changed from one report of a cluster to another. Whether both are of one cluster is the caller's to know."""
    found = _compare(old, new)
    return replace(found, worse=is_worse(found))


def only_in(report: Report) -> tuple[tuple[Passing, ...], tuple[PassingGap, ...]]:
    """Blockers and risks of a report that has nothing to be compared with, and the gaps that could hide one."""
    judgement = Judgement(report)
    found = (Passing(finding=mark, other=Sight.UNKNOWN) for mark in judgement.findings.values() if _weighs(mark))
    gaps = (PassingGap(gap=mark, other=Sight.UNKNOWN) for mark in judgement.gaps.values() if _weighs(mark))
    return _in_order(found), tuple(sorted(gaps, key=lambda item: _gap_order(item.gap)))


def has_changes(difference: Difference) -> bool:
    """Whether the two say anything different. What is unknown in both is no change."""
    lists = (
        difference.appeared,
        difference.vanished,
        difference.altered,
        difference.gaps_opened,
        difference.gaps_closed,
        difference.gaps_altered,
        difference.turns,
    )
    return difference.verdict_before is not difference.verdict_after or any(lists)


def _compare(old: Report, new: Report) -> Difference:
    before, after = Judgement(old), Judgement(new)
    cluster = new.cluster if new.cluster.id or not old.cluster.id else old.cluster
    return Difference(
        cluster=cluster.id or cluster.name,
        name=cluster.name,
        verdict_before=old.verdict,
        verdict_after=new.verdict,
        appeared=_passing(after, before),
        vanished=_passing(before, after),
        altered=_altered(before, after),
        gaps_opened=_passing_gaps(after, before),
        gaps_closed=_passing_gaps(before, after),
        gaps_altered=_altered_gaps(before, after),
        still_unknown=_still_unknown(before, after),
        turns=turns(old, new),
    )


def _weighs(mark: FindingMark | GapMark) -> bool:
    return mark.severity is not Severity.NOTICE


def _passing(has: Judgement, lacks: Judgement) -> tuple[Passing, ...]:
    return _in_order(
        Passing(finding=mark, other=lacks.sight_of(mark, has))
        for fingerprint, mark in has.findings.items()
        if fingerprint not in lacks.findings
    )


def _in_order(passing: Iterable[Passing]) -> tuple[Passing, ...]:
    return tuple(sorted(passing, key=lambda item: _order(item.finding)))


def _order(mark: FindingMark) -> tuple[object, ...]:
    """The gravest first."""
    return -mark.severity.weight, mark.rule, mark.step, mark.object, mark.fingerprint


def _gap_order(mark: GapMark) -> tuple[object, ...]:
    return -mark.severity.weight, mark.source, mark.rule, mark.step, mark.object


def _altered(before: Judgement, after: Judgement) -> tuple[Altered, ...]:
    shared = before.findings.keys() & after.findings.keys()
    pairs = (Altered(before=before.findings[key], after=after.findings[key]) for key in shared)
    changed = (pair for pair in pairs if _said(pair.before) != _said(pair.after))
    return tuple(sorted(changed, key=lambda pair: (pair.after.rule, pair.after.step, pair.after.object, _key(pair))))


def _key(pair: Altered) -> str:
    return pair.after.fingerprint


def _said(mark: FindingMark) -> tuple[object, ...]:
    """What a reader sees of a finding; the rule's title is the rule pack's."""
    return mark.severity, mark.message, mark.evidence, mark.waived


def _passing_gaps(has: Judgement, lacks: Judgement) -> tuple[PassingGap, ...]:
    found = (
        PassingGap(gap=mark, other=lacks.sight_of(mark, has)) for key, mark in has.gaps.items() if key not in lacks.gaps
    )
    return tuple(sorted(found, key=lambda item: _gap_order(item.gap)))


def _altered_gaps(before: Judgement, after: Judgement) -> tuple[AlteredGap, ...]:
    shared = sorted(before.gaps.keys() & after.gaps.keys())
    pairs = (AlteredGap(before=before.gaps[key], after=after.gaps[key]) for key in shared)
    return tuple(pair for pair in pairs if pair.before != pair.after)


def _still_unknown(before: Judgement, after: Judgement) -> tuple[GapMark, ...]:
    alike = (mark for key, mark in before.gaps.items() if after.gaps.get(key) == mark)
    return tuple(sorted(alike, key=_gap_order))
