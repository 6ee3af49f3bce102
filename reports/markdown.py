"""One page for the change ticket, in GitHub-flavoured Markdown: the verdict, what it rests on, and what was judged."""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.model.report import Report, ReportedStep
from analyzer.model.waiver import JudgedWaiver
from reports import headline, json
from reports.folding import GapRow
from reports.markdown_text import Section, code, page, prose, section
from reports.priorities import Line, Priorities, priorities
from reports.prose import counted
from reports.waiver_text import covers
from reports.waivers import STANDINGS, Acceptance, accepted_by, said, target, waivers
from reports.words import VERDICTS, cluster_title, day, ipam_title, moment, source_title, target_title

_MOST_STEPS = 6
_MOST_INPUTS = 4


def render(report: Report) -> str:
    """The page, always under 4,000 characters: what has no room is counted."""
    lines = priorities(report)
    return page((*_head(report, lines),), _sections(report, lines), (*_foot(report),))


def _head(report: Report, lines: Priorities) -> Iterator[str]:
    verdict = VERDICTS[report.verdict].upper()
    yield f"## {verdict}: {code(cluster_title(report.cluster), 80)} to {prose(target_title(report.target), 80)}"
    yield ""
    if report.partial:
        yield "**Partial: the run was interrupted.** This is what was judged until then."
        yield ""
    yield prose(" ".join(headline.sentences(report, lines)), 560)
    yield ""
    yield from (f"- {name}: {value}" for name, value in _facts(report, lines))


def _facts(report: Report, lines: Priorities) -> Iterator[tuple[str, str]]:
    cluster, now = report.cluster, report.observed
    yield "Cluster", code(cluster.id, 420) if cluster.id else "ARM id not known"
    engines = f"data plane {code(now.dataplane, 30)}, policy engine {code(now.policy, 30)}"
    version = code(now.kubernetes_version, 20) if now.kubernetes_version else "unknown"
    yield "Now", f"{prose(ipam_title(now.ipam), 60)}; {engines}; Kubernetes {version}"
    yield "Path", _path(report)
    yield "Evidence", f"{prose(moment(report.collected_at), 60)}; judged as of {prose(day(report.as_of), 40)}"
    given = [code(f"{flag} {value}", 60) for flag, value in sorted(report.inputs.items())]
    if given:
        yield "Given", _listed(given, _MOST_INPUTS)
    beside = _beside(lines)
    if beside:
        yield "Also", beside


def _path(report: Report) -> str:
    if not report.path.known:
        return f"not known. {prose(report.path.reason, 160)}"
    if headline.is_finished(report):
        return "empty, nothing to migrate"
    steps = [_step(step) for step in report.path.steps]
    return f"{_listed(steps, _MOST_STEPS, ' → ')}; {counted(report.path.reimages, 'reimage')} of every node pool"


def _step(step: ReportedStep) -> str:
    if step.refused:
        return f"{code(step.kind, 34)} (refused)"
    return f"{code(step.kind, 34)}{' (cannot be undone)' if step.irreversible else ''}"


def _listed(items: list[str], most: int, between: str = ", ") -> str:
    more = f" and {len(items) - most:,} more" if len(items) > most else ""
    return between.join(items[:most]) + more


def _beside(lines: Priorities) -> str:
    """What stops nothing, in numbers."""
    flags = [code(question.flag, 40) for question in lines.questions]
    asked = f"{counted(len(flags), 'open question')} ({_listed(flags, 3)})" if flags else ""
    noted = counted(len(lines.notices), "notice") if lines.notices else ""
    return ", ".join(filter(None, (asked, noted)))


def _sections(report: Report, lines: Priorities) -> Iterator[Section]:
    """In the order of their weight."""
    found = waivers(report)
    unknown: tuple[GapRow | Line, ...] = (*lines.holding, *lines.broken)
    yield section("What stops it", lines.stops, _stop)
    yield section("Not known, and it could hide a blocker or a risk", unknown, _unknown)
    yield section("Waivers that do not hold", found.amiss, _amiss)
    yield section("Risks", lines.risks, _line)
    yield section("Accepted unseen, counted as risks", lines.accepted, _missing)
    yield section("Waivers in force", found.in_force, _acceptance)


def _unknown(item: GapRow | Line) -> str:
    return _line(item) if isinstance(item, Line) else _missing(item)


def _stop(line: Line) -> str:
    word = "Way out" if line.is_refusal else "Do"
    return f"{_line(line)}{f' {word}: {prose(line.remedy[0], 140)}' if line.remedy else ''}"


def _line(line: Line) -> str:
    rule = f" {code(line.rule, 40)}" if line.rule else ""
    steps = _listed([code(step, 30) for step in line.steps if step], 2)
    about = f"{code(str(line.object), 80)}: " if line.object else ""
    place = f"{rule}{f' at {steps}' if steps else ''}"
    return f"**{prose(line.title, 110)}**{place}: {about}{prose(line.message, 170)}{headline.others(line)}"


def _missing(row: GapRow) -> str:
    rules = f" Leaves open {_listed([code(rule, 40) for rule in row.rules], 2)}." if row.rules else ""
    more = f" And {row.alike:,} more like it." if row.alike else ""
    detail = prose(row.detail.rstrip("."), 150)
    return f"**{prose(source_title(row.source), 60)}** {prose(row.cause, 30)}: {detail}.{more}{rules}"


def _amiss(judged: JudgedWaiver) -> str:
    rule, about = code(judged.waiver.rule, 40), prose(target(judged.waiver), 90)
    return f"**{STANDINGS[judged.standing]}** {rule}, {about}: {prose(said(judged), 150)}"


def _acceptance(item: Acceptance) -> str:
    waiver = item.waiver
    by = f"{prose(accepted_by(waiver), 110)}: {prose(waiver.reason, 110)}"
    return f"{code(waiver.rule, 40)}, {prose(target(waiver), 80)}: {prose(covers(item), 150)}; accepted by {by}"


def _foot(report: Report) -> Iterator[str]:
    tool = report.tool
    made = f"{prose(tool.name, 40)} {code(tool.version, 30)}, rule pack {code(tool.rule_pack_version, 30)}"
    yield f"- Snapshot, SHA-256: {code(report.snapshot_hash, 70)}"
    yield f"- Judged by {made} {code(tool.rule_pack_hash, 70)}"
    yield f"- JSON report beside this page, SHA-256: {code(json.digest(report), 70)}"
    yield "- `aks-preflight gate --approved FILE --approved-hash HASH` takes that JSON report, and no other."
