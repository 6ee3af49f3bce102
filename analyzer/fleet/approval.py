"""Go or no-go at the time of the change: an approved report against what the cluster says now. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import assert_never

from analyzer.compare import compare_reports, is_worse
from analyzer.compare.worse import is_verdict_worse
from analyzer.fleet.drift import drift
from analyzer.model.approval import Approval, Criterion, Holding, Judged
from analyzer.model.difference import Difference, FindingMark, GapMark, Turn
from analyzer.model.finding import Severity
from analyzer.model.report import Report, Verdict
from analyzer.model.waiver import WaiverStanding
from reports.prose import counted, listed
from reports.words import VERDICTS, source_title

_NO_OBSTACLE = (Holding.MET, Holding.NOT_ASKED)
SKEW = datetime.timedelta(minutes=5)
"""That the clocks of two machines may differ. A later time is no time at which anything was collected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """On what terms it is decided."""

    at: datetime.datetime
    """With a time zone."""
    max_age: datetime.timedelta
    approved_file_hash: str
    is_hash_given: bool
    server_doubt: str = ""
    """Why nothing proves that the API server that was asked is the cluster's; empty: its name does."""


def decide(approved: Report, now: Report, terms: Terms) -> Approval:
    """The decision. Two clusters that are known to differ are the caller's to refuse."""
    difference = compare_reports(approved, now)
    turns = drift(approved, now)
    failing = tuple(_failing(difference))
    criteria = (
        _same_cluster(approved, now, terms),
        _approved_report(terms),
        _approved_verdict(approved),
        _approved_evidence(approved, terms),
        _new_evidence(approved, now, terms),
        _verdict_now(approved, now),
        _nothing_new_fails(difference, failing, _silent(approved, now)),
        _nothing_drifted(turns),
    )
    return Approval(
        go=all(item.holding in _NO_OBSTACLE for item in criteria),
        decided_at=terms.at.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        cluster=approved.cluster,
        target=approved.target,
        approved_file_hash=terms.approved_file_hash,
        approved=_judged(approved),
        now=_judged(now),
        criteria=criteria,
        failing=failing,
        drift=turns,
        notes=tuple(_notes(approved, now)),
    )


def _same_cluster(approved: Report, now: Report, terms: Terms) -> Criterion:
    """An API server whose name says nothing may be another cluster's, unless it is the one that was approved."""
    detail, holding = "the ARM id is the approved one", Holding.MET
    if not approved.cluster.id or approved.cluster.id.lower() != now.cluster.id.lower():
        detail, holding = "no ARM id proves it: the cluster's body was not read", Holding.UNKNOWN
    elif terms.server_doubt and now.server != approved.server:
        detail, holding = terms.server_doubt, Holding.UNKNOWN
    return Criterion(name="same cluster", holding=holding, detail=detail)


def _approved_report(terms: Terms) -> Criterion:
    """Another hash is refused before anything is read."""
    detail, holding = "not compared: give --approved-hash SHA256", Holding.NOT_ASKED
    if terms.is_hash_given:
        detail, holding = "its sha256 is the one that was given", Holding.MET
    return Criterion(name="approved report", holding=holding, detail=detail)


def _approved_verdict(approved: Report) -> Criterion:
    """A report of an interrupted run is none that anybody can approve."""
    name, word = "approved verdict", VERDICTS[approved.verdict]
    if approved.partial:
        return Criterion(name=name, holding=Holding.UNKNOWN, detail=f"{word}, and its run was interrupted")
    return Criterion(name=name, holding=_standing(approved.verdict), detail=word)


def _standing(verdict: Verdict) -> Holding:
    match verdict:
        case Verdict.READY | Verdict.READY_WITH_RISKS:
            return Holding.MET
        case Verdict.INDETERMINATE:
            return Holding.UNKNOWN
        case Verdict.BLOCKED:
            return Holding.BLOCKED
        case _ as never:
            assert_never(never)


def _approved_evidence(approved: Report, terms: Terms) -> Criterion:
    age = _age(approved.collected_at, terms.at)
    holding = Holding.UNKNOWN if age is None else Holding.MET if age <= terms.max_age else Holding.DRIFTED
    return Criterion(name="approved evidence", holding=holding, detail=_age_words(age, terms.max_age))


def _new_evidence(approved: Report, now: Report, terms: Terms) -> Criterion:
    """Evidence that is too old, or no newer than what was approved, says nothing of the cluster as it is."""
    age, before = _age(now.collected_at, terms.at), _age(approved.collected_at, terms.at)
    detail, holding = _age_words(age, terms.max_age), Holding.UNKNOWN
    if now.partial:
        detail = "the run was interrupted"
    elif now.snapshot_hash == approved.snapshot_hash or (age is not None and before is not None and age >= before):
        detail = "it is no newer than the approved evidence"
    elif age is not None and age <= terms.max_age:
        holding = Holding.MET
    return Criterion(name="new evidence", holding=holding, detail=detail)


def _age(collected_at: str | None, at: datetime.datetime) -> datetime.timedelta | None:
    """How long ago; None where the time is not recorded, no time, or yet to come."""
    try:
        collected = datetime.datetime.fromisoformat(collected_at or "")
    except ValueError:
        return None
    if collected.tzinfo is None or collected > at + SKEW:
        return None
    return max(at - collected, datetime.timedelta())


def _age_words(age: datetime.timedelta | None, most: datetime.timedelta) -> str:
    if age is None:
        return f"its time is not recorded or yet to come; {_span(most)} at most"
    return f"{_span(age)} old, {_span(most)} at most"


def _span(time: datetime.timedelta) -> str:
    hours, minutes = divmod(int(time.total_seconds()) // 60, 60)
    parts = (f"{hours} h" if hours else "", f"{minutes} min" if minutes else "")
    return " ".join(filter(None, parts)) or "0 min"


def _verdict_now(approved: Report, now: Report) -> Criterion:
    holding = _standing(now.verdict)
    worse = is_verdict_worse(approved.verdict, now.verdict)
    if holding is Holding.MET and worse:
        holding = Holding.DRIFTED
    was = f", approved {VERDICTS[approved.verdict]}" if now.verdict is not approved.verdict else ""
    return Criterion(name="verdict now", holding=holding, detail=f"{VERDICTS[now.verdict]}{was}")


def _silent(approved: Report, now: Report) -> tuple[str, ...]:
    """Rules that judged for the approval, and that do not judge any more: nobody looked for what they find."""
    judging = {rule.id for rule in now.rules}
    return tuple(rule.id for rule in approved.rules if rule.id not in judging)


def _nothing_new_fails(difference: Difference, failing: tuple[str, ...], silent: tuple[str, ...]) -> Criterion:
    worse = bool(failing) or is_worse(difference)
    if silent and not worse:
        detail = f"{listed(silent, 3)} judged for the approval, and not now"
        return Criterion(name="what fails", holding=Holding.UNKNOWN, detail=detail)
    detail = f"{len(failing) or 'something'} more than at the approval" if worse else "nothing that did not before"
    return Criterion(name="what fails", holding=Holding.DRIFTED if worse else Holding.MET, detail=detail)


def _nothing_drifted(turns: tuple[Turn, ...]) -> Criterion:
    detail = f"{len(turns)} not as approved" if turns else "nothing material"
    return Criterion(name="drift", holding=Holding.DRIFTED if turns else Holding.MET, detail=detail)


def _failing(difference: Difference) -> Iterator[str]:
    """What fails now and did not, in words."""
    for appeared in difference.appeared:
        if _counts(appeared.finding):
            yield f"new {_named(appeared.finding)}"
    for pair in difference.altered:
        if _got_worse(pair.before, pair.after):
            yield f"{'no longer waived:' if pair.before.waived else 'graver, now a'} {_named(pair.after)}"
    opened = [item.gap for item in difference.gaps_opened if _counts(item.gap)]
    graver = [pair.after for pair in difference.gaps_altered if _got_worse(pair.before, pair.after)]
    yield from _lacking((*opened, *graver))


def _counts(mark: FindingMark | GapMark) -> bool:
    return not mark.waived and mark.severity is not Severity.NOTICE


def _got_worse(before: FindingMark | GapMark, after: FindingMark | GapMark) -> bool:
    return _counts(after) and (before.waived or after.severity.weight > before.severity.weight)


def _named(mark: FindingMark) -> str:
    return f"{mark.severity.value} {mark.rule} at {mark.step}: {mark.object}"


def _lacking(marks: Iterable[GapMark]) -> Iterator[str]:
    """One line for each source, with the rules that lack it; and one for the rules that broke."""
    rules: dict[str, list[str]] = {}
    for mark in marks:
        rules.setdefault(mark.source, []).append(mark.rule or "the path")
    for source, lacking in rules.items():
        what = f"not read: {source_title(source)}, for" if source else "broke:"
        yield f"{what} {listed(tuple(dict.fromkeys(lacking)), 3)}"


def _notes(approved: Report, now: Report) -> Iterator[str]:
    before, after = _in_force(approved), _in_force(now)
    relied, kept, added = len(before), len(after), len(set(after) - set(before))
    rests = f"the approval rests on {counted(relied, 'waiver')}"
    if relied and not now.waivers:
        yield f"{rests}, and none was given: --waivers FILE"
    elif relied > kept:
        yield f"{rests}, of which {kept} {'is' if kept == 1 else 'are'} in force now"
    if added:
        yield f"{counted(added, 'waiver')} in force now, on which the approval did not rest"
    if approved.tool.rule_pack_hash != now.tool.rule_pack_hash:
        yield "the rules are others than those that judged for the approval"


def _in_force(report: Report) -> list[str]:
    """The ids of the waivers that a report rests on."""
    return [item.waiver.id for item in report.waivers if item.standing is WaiverStanding.IN_FORCE]


def _judged(report: Report) -> Judged:
    return Judged(
        verdict=report.verdict,
        as_of=report.as_of,
        snapshot_hash=report.snapshot_hash,
        collected_at=report.collected_at,
        tool=report.tool,
    )
