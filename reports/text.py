"""The terminal's summary: what stops the migration, what was not seen, what can break. 80 columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from io import StringIO

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from analyzer.model.report import Report, Verdict
from reports import headline
from reports.escaping import inert
from reports.flow_summary import SummaryLine, summary_lines
from reports.folding import GapRow
from reports.outlook_text import address_lines, disruption_lines
from reports.priorities import Line, Priorities, priorities
from reports.prose import counted, listed
from reports.questions import Question
from reports.standing import Standing, standings
from reports.timeline import StepView, timeline
from reports.waiver_text import acceptance_lines, amiss_lines
from reports.waivers import waivers
from reports.words import VERDICTS, cluster_title, day, ipam_title, moment, source_title, target_title

WIDTH = 80
_LONGEST = 320
"""Characters of one name or sentence. The JSON report has them whole."""
_MOST = 10
"""Lines of one list."""
_STYLES = {
    Verdict.BLOCKED: "bold red",
    Verdict.INDETERMINATE: "bold magenta",
    Verdict.READY_WITH_RISKS: "bold yellow",
    Verdict.READY: "bold green",
}


_STANDINGS = {
    Standing.BLOCKER: "with blockers",
    Standing.UNKNOWN: "unknown",
    Standing.RISK: "with risks",
    Standing.NOTICE: "with notices",
    Standing.ASKS: "with questions only",
    Standing.WAIVED: "waived",
    Standing.PASSED: "passed",
    Standing.NOT_APPLICABLE: "not applicable",
}


def render(report: Report) -> str:
    """The summary without colours, 80 columns wide."""
    console = Console(file=StringIO(), width=WIDTH, color_system=None, force_terminal=False, legacy_windows=False)
    with console.capture() as capture:
        print_summary(report, console)
    return "".join(f"{line.rstrip()}\n" for line in capture.get().splitlines())


def print_summary(report: Report, console: Console) -> None:
    """Prints the summary, at most 80 columns wide; the console decides on colours."""
    console.print(Group(*_parts(report)), width=WIDTH, markup=False, highlight=False, emoji=False)


def _parts(report: Report) -> Iterator[RenderableType]:
    lines, accepted = priorities(report), waivers(report)
    yield from _head(report, lines)
    yield from _section("What stops you", map(_line, lines.stops))
    yield from _section("Not known, and it could hide a blocker or a risk", map(_missing, lines.holding))
    yield from _section("Rules that broke", map(_line, lines.broken))
    yield from _section("Waivers that do not hold", (_summary(amiss_lines(item)) for item in accepted.amiss))
    yield from _section("Risks", map(_line, lines.risks))
    yield from _section("Accepted unseen: each counts as a risk", map(_missing, lines.accepted))
    yield from _section("Questions for you: answer with the flag, and check again", map(_question, lines.questions))
    yield from _section("Notices", map(_notice, lines.notices))
    yield from _section("Waivers in force", (_summary(acceptance_lines(item)) for item in accepted.in_force))
    yield from _steps(report)
    yield from _flows(report)
    yield from _addresses(report)
    yield from _disruption(report)
    yield Text()
    yield Text(_tally(report))


def _head(report: Report, lines: Priorities) -> Iterator[RenderableType]:
    if report.partial:
        yield Text("PARTIAL: the run was interrupted. This is what was judged until then.", "bold reverse")
    title = Text(VERDICTS[report.verdict].upper(), _STYLES[report.verdict])
    yield title.append(f"  {_data(cluster_title(report.cluster))} to {_data(target_title(report.target))}", "bold")
    yield from map(Text, headline.sentences(report, lines))
    yield Text()
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column(overflow="fold")
    for name, value in _facts(report):
        facts.add_row(name, Text(_data(value)))
    yield facts


def _facts(report: Report) -> Iterator[tuple[str, str]]:
    cluster = report.cluster
    place = (cluster.resource_group, cluster.location, cluster.subscription)
    yield "Cluster", ", ".join(filter(None, (cluster_title(cluster), *place)))
    yield "Now", _now(report)
    yield "Path", _path(report)
    yield "Evidence", f"{moment(report.collected_at)}; judged as of {day(report.as_of)}"
    if report.inputs:
        yield "Given", ", ".join(f"{flag} {value}" for flag, value in sorted(report.inputs.items()))


def _now(report: Report) -> str:
    state = report.observed
    version = f"Kubernetes {state.kubernetes_version or 'unknown'}"
    return f"{ipam_title(state.ipam)}; data plane {state.dataplane}; policy engine {state.policy}; {version}"


def _path(report: Report) -> str:
    if not report.path.known:
        return f"not known. {report.path.reason}"
    if headline.is_finished(report):
        return "empty: nothing to migrate"
    kinds = " -> ".join(f"{step.kind}{' (refused)' if step.refused else ''}" for step in report.path.steps)
    return f"{kinds}; {counted(report.path.reimages, 'reimage')} of every node pool"


def _section(title: str, found: Iterable[RenderableType]) -> Iterator[RenderableType]:
    items = list(found)
    if not items:
        return
    yield Text()
    yield Text(title, "bold")
    yield from items[:_MOST]
    if len(items) > _MOST:
        yield _indented(Text(f"... and {len(items) - _MOST} more: see the HTML or JSON report."), 2)


def _line(line: Line) -> RenderableType:
    about = f"{_data(str(line.object))}: " if line.object else ""
    said = Text(f"{about}{_sentence(line.message)}{headline.others(line)}")
    return Group(_indented(_title(line, "bold"), 2), _indented(said, 4), *_do(line))


def _title(line: Line, style: str) -> Text:
    """The defect, the rule and its steps."""
    steps = ", ".join(filter(None, line.steps))
    place = f"  {line.rule}{' at ' if line.rule and steps else ''}{steps}"
    return Text(_data(line.title), style).append(_data(place), "dim")


def _notice(line: Line) -> RenderableType:
    return _indented(_title(line, ""), 2)


def _question(question: Question) -> RenderableType:
    """The flag, and the first wording of what it answers."""
    more = len(question.askings) - 1
    rest = f" (1 of {more + 1} wordings)" if more else ""
    said = _sentence(question.askings[0].row.message) + rest
    return Group(_indented(Text(_data(question.flag), "bold"), 2), _indented(Text(said), 4))


def _missing(row: GapRow) -> RenderableType:
    more = f" And {row.alike:,} more like it." if row.alike else ""
    rules = listed(row.rules, 6) or "the path"
    parts = [_indented(Text(_data(f"{source_title(row.source)}: {row.cause}"), "bold"), 2)]
    parts.append(_indented(Text(_sentence(row.detail) + more), 4))
    parts.append(_indented(Text(_data(f"Leaves open: {rules}"), "dim"), 4))
    return Group(*parts, *((_action(row.grant),) if row.grant else ()))


def _do(line: Line) -> Iterator[RenderableType]:
    """The first remedy and how many there are; of a refusal each, since they are ways out to choose from."""
    if line.is_refusal:
        yield from (_action(way) for way in line.remedy[:_MOST])
    elif line.remedy:
        many = len(line.remedy)
        yield _action(line.remedy[0], f" (first of {many})" if many > 1 else "")


def _action(text: str, rest: str = "") -> RenderableType:
    return _indented(Text("Do: ").append(_sentence(text) + rest), 4)


def _steps(report: Report) -> Iterator[RenderableType]:
    views = timeline(report)
    if not views:
        return
    yield Text()
    yield Text("Steps", "bold")
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", width=3)
    table.add_column(overflow="fold", ratio=1)
    table.add_column(no_wrap=True)
    for view in views:
        verdict = view.step.verdict
        table.add_row(str(view.number), Text(_about(view)), Text(VERDICTS[verdict].upper(), _STYLES[verdict]))
    yield table


def _flows(report: Report) -> Iterator[RenderableType]:
    if report.flows:
        yield Text()
        yield Text("Traffic that changes", "bold")
        yield _summary(summary_lines(report.flows))


def _summary(lines: Iterable[SummaryLine]) -> RenderableType:
    return Group(*(_indented(Text(_data(line.text), line.style), line.columns) for line in lines))


def _disruption(report: Report) -> Iterator[RenderableType]:
    if report.disruption:
        yield Text()
        yield Text("Disruption", "bold")
        yield _summary(disruption_lines(report.disruption))


def _addresses(report: Report) -> Iterator[RenderableType]:
    if report.address_plan:
        yield Text()
        yield Text("Pod CIDR", "bold")
        yield _summary(address_lines(report.address_plan))


def _about(view: StepView) -> str:
    step = view.step
    marks = (
        "refused by the platform" if step.refused else "",
        "cannot be undone" if step.irreversible else "",
        "reimages every pool" if step.reimages else "",
    )
    about = f"{view.title} ({', '.join(filter(None, marks))})" if any(marks) else view.title
    return f"{_data(about)}. {view.tally}"


def _tally(report: Report) -> str:
    """Every rule once, by the gravest thing that it says."""
    numbers = Counter(standings(report).values())
    parts = [f"{numbers[kind]} {words}" for kind, words in _STANDINGS.items() if numbers[kind]]
    return f"{counted(report.tool.rule_count, 'rule')}{': ' if parts else ''}{', '.join(parts)}."


def _data(text: str) -> str:
    """Text of a cluster, a rule or a server: never markup, never a character that acts."""
    return inert(text, _LONGEST)


def _sentence(text: str) -> str:
    """The same without the backticks around commands."""
    return _data(text.replace("`", ""))


def _indented(item: RenderableType, columns: int) -> Padding:
    return Padding(item, (0, 0, 0, columns))
