"""One page of an audit in GitHub-flavoured Markdown, for a step summary or a channel: what is worse comes first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from analyzer.model.fleet_report import FleetCluster, FleetReport, Readiness, SeenSubscription
from analyzer.model.waiver import JudgedWaiver
from reports.difference_words import Entry
from reports.fleet import headline
from reports.fleet.causes import Cause, blockers, to_read, unread
from reports.fleet.changes import findings
from reports.fleet.deadlines import Ending, endings, undated
from reports.fleet.rows import row
from reports.fleet.waivers import amiss
from reports.fleet.words import FACES, days_left, seen_title, subscription_title
from reports.fleet_difference_words import fleet_sections, fleet_summary
from reports.markdown_text import Section, code, page, prose, section
from reports.prose import counted, listed
from reports.waivers import STANDINGS, said, target
from reports.words import VERDICTS, day, moment, target_title

_WAITING = (Readiness.NEW_CLUSTER, Readiness.BLOCKED, Readiness.UNCERTAIN)
"""Clusters that the page names one by one; those that were not read stand under their cause."""
_MOST_NAMES = 3


def render(report: FleetReport, prefix: str) -> str:
    """The page, always under 4,000 characters: what has no room is counted."""
    return page((*_head(report),), _sections(report), (*_foot(report, prefix),))


def _head(report: FleetReport) -> Iterator[str]:
    yield f"## {VERDICTS[headline.tone(report)].upper()}: {headline.title(report)}"
    yield ""
    sentences = (headline.interruption(report), headline.found(report), headline.seen(report))
    yield from (f"- {prose(sentence, 300)}" for sentence in sentences if sentence)
    yield f"- Run of {prose(moment(report.run), 60)} to {prose(target_title(report.target), 80)}"
    yield f"- Asked for: {prose(report.scope or 'not recorded', 160)}"
    if report.baseline:
        since = prose(moment(report.baseline.before), 60)
        yield f"- Since the run of {since}: {fleet_summary(report.baseline)} {findings(report.baseline)}"


def _sections(report: FleetReport) -> Iterator[Section]:
    """By weight: what was not seen, what got worse, what blocks and ends, then cluster by cluster."""
    yield section("Subscriptions not seen", [item for item in report.subscriptions if not item.seen], _missed)
    lost = unread(report)
    yield section(f"Could not be read, {counted(_count(lost), 'cluster')}; causes", lost, _lost)
    for part in fleet_sections(report.baseline) if report.baseline else ():
        yield section(part.title, part.entries, _changed)
    yield section("What blocks", blockers(report), _cause)
    yield section("What to make readable", to_read(report), _cause)
    yield section("Deadlines", (*_undated(report), *map(_ending, endings(report))), str)
    yield section("Waivers that do not hold", amiss(report.waivers), _waiver)
    for readiness in _WAITING:
        waiting = [item for item in report.clusters if item.readiness is readiness]
        yield section(FACES[readiness].title, waiting, _cluster)


def _count(causes: Iterable[Cause]) -> int:
    return sum(len(cause.clusters) for cause in causes)


def _lost(cause: Cause) -> str:
    """With what came back from the first one."""
    detail = cause.clusters[0].detail
    return f"{_cause(cause)}. The first: {prose(detail, 160)}" if detail else _cause(cause)


def _cause(cause: Cause) -> str:
    rule = f" {code(cause.rule, 40)}" if cause.rule else ""
    names = listed(tuple(code(name, 50) for name in cause.names), _MOST_NAMES)
    return f"**{prose(cause.title, 110)}**{rule}: {counted(len(cause.clusters), 'cluster')}, {names}"


def _missed(item: SeenSubscription) -> str:
    return f"{prose(seen_title(item), 120)}: {prose(item.detail or 'no reason was recorded', 160)}"


def _changed(entry: Entry) -> str:
    return f"**{prose(entry.title, 120)}** {prose(entry.detail, 160)}".rstrip()


def _cluster(item: FleetCluster) -> str:
    view = row(item)
    lead = f"{view.lead.lower()}: " if view.lead else ""
    more = f" and {view.more:,} more" if view.more else ""
    remark = f". {prose(view.remark, 90)}" if view.remark else ""
    where = code(subscription_title(item.subscription_name, item.subscription), 50)
    return f"{code(item.name, 70)} in {where}: {lead}{prose('; '.join(view.items), 180)}{more}{remark}"


def _ending(item: Ending) -> str:
    when = f"{prose(day(item.date), 40)}, {days_left(item.days)}"
    return f"{prose(item.what, 60)}: {when}; {counted(item.clusters, 'cluster')}, {item.not_ready:,} not ready"


def _undated(report: FleetReport) -> Iterator[str]:
    """What is not known goes first: it is never "none"."""
    number = undated(report)
    if number:
        yield f"Not known of {counted(number, 'cluster')}: what tells was not read"


def _waiver(item: JudgedWaiver) -> str:
    rule, about = code(item.waiver.rule, 40), prose(target(item.waiver), 90)
    return f"**{STANDINGS[item.standing]}** {rule}, {about}: {prose(said(item), 150)}"


def _foot(report: FleetReport, prefix: str) -> Iterator[str]:
    tool = report.tool
    made = f"{prose(tool.name, 40)} {code(tool.version, 30)}, rule pack {code(tool.rule_pack_version, 30)}"
    yield f"- Judged by {made} {code(tool.rule_pack_hash, 70)}, as of {prose(day(report.as_of), 40)}"
    yield f"- Each cluster has a page of its own in the run's folder{f', {code(prefix, 80)}' if prefix else ''}."
