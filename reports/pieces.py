"""The small parts of a page that stand on it thousands of times: icons, badges, names, commands, links.

Each hands out markup, and writes what it is given through `shown`.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from markupsafe import Markup

from analyzer.model.finding import ObjectRef, Severity
from analyzer.model.report import State, Verdict
from reports import words
from reports.anchors import rule_anchor, step_anchor
from reports.escaping import shown
from reports.prose import Run, runs
from reports.sections import Settled


@cache
def icon(name: str) -> Markup:
    """The picture of a word of this program: of a severity, a state, a verdict."""
    face = shown(name)
    return Markup(f'<svg class="icon {face}" aria-hidden="true" focusable="false"><use href="#i-{face}"/></svg>')


def badge(face: str, text: str) -> Markup:
    """A word with its icon."""
    return Markup(f'<span class="badge {shown(face)}">{icon(face)} {shown(text)}</span>')


def verdict_badge(verdict: Verdict) -> Markup:
    """Of a step or a cluster."""
    return badge(verdict.value, words.VERDICTS[verdict])


def severity_badge(severity: Severity) -> Markup:
    """Of a finding or a gap."""
    return badge(severity.value, words.SEVERITIES[severity])


def state_badge(state: State) -> Markup:
    """Of a result."""
    return badge(state.value, words.STATES[state])


def command(text: str) -> Markup:
    """A command, which breaks between its words only."""
    return Markup(f'<code class="command"><span>{"</span> <span>".join(map(shown, text.split(" ")))}</span></code>')


def prose(text: str) -> Markup:
    """A sentence with the commands between its backticks."""
    if "`" not in text:
        return Markup(shown(text))
    return Markup("".join(map(_run, runs(text))))


def _run(run: Run) -> str:
    return command(run.text) if run.is_code else shown(run.text)


def named_object(ref: ObjectRef) -> Markup:
    """An object by kind and name."""
    namespace = f"{shown(ref.namespace)}/" if ref.namespace else ""
    kind = f'<span class="kind">{shown(ref.kind)}</span>'
    return Markup(f'<span class="object">{kind} <code>{namespace}{shown(ref.name)}</code></span>')


def rule_links(ids: tuple[str, ...], most: int) -> Markup:
    """The first rules of many, each with a link to what the page says of it."""
    links = " ".join(f'<a class="rule-id" href="#{shown(rule_anchor(id))}">{shown(id)}</a>' for id in ids[:most])
    return Markup(f"{links} and {len(ids) - most} more" if len(ids) > most else links)


def at_steps(kinds: Iterable[str]) -> Markup:
    """The steps of the path, each with a link to it. What has no name is about the path itself."""
    return Markup(" ".join(map(_step_link, filter(None, kinds))))


def settled_row(item: Settled, otherwise: str) -> Markup:
    """A rule that needs no reading, as a row of its table: why not, or what is said of a rule without a reason."""
    cells = (
        f'<th scope="row" class="rule-id">{shown(item.rule.id)}</th>'
        f'<td data-label="Looks for">{shown(item.rule.title)}</td>'
        f'<td data-label="At">{at_steps(item.steps)}</td>'
        f'<td data-label="Why">{prose(item.reason or otherwise)}</td>'
    )
    return Markup(f"<tr>{cells}</tr>")


def _step_link(kind: str) -> str:
    return f'<a class="step-name" href="#{shown(step_anchor(kind))}">{shown(kind)}</a>'
