"""One self-contained HTML file: no script, no request, readable offline, in print and by keyboard."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from functools import cache, lru_cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from analyzer.model.report import Report, RuleSummary, State
from reports import headline, words
from reports.disruption import amount, range_text, wave_picture
from reports.escaping import inert
from reports.filters import FILTERS
from reports.flows import traffic
from reports.picture import pictures
from reports.priorities import priorities
from reports.runbook import first_held, held_steps
from reports.sections import asking, chapters, judgements, settled, sight, unread_ranges
from reports.standing import Standing, standings
from reports.timeline import timeline
from reports.waiver_text import step_waivers
from reports.waivers import STANDINGS, named, waivers

_MOST_PARTS = 512
"""Of the parts of a page that are kept for the next one: two for each rule, and a few."""


def render(report: Report) -> str:
    """The report as one HTML document. Same report, same bytes."""
    lines = priorities(report)
    judged = judgements(report)
    changing = traffic(report)
    style, style_hash = _style(changing.tags if changing else None)
    page = page_environment().get_template("report.html.j2")
    return page.render(
        report=report,
        lines=lines,
        sentences=headline.sentences(report, lines),
        advice=headline.advice(report, lines),
        steps=timeline(report),
        held=held_steps(report),
        first_held=first_held(report),
        sight=sight(report, lines.unseen),
        chapters=chapters(judged),
        asking=asking(judged),
        standings=Counter(standings(report).values()),
        standing=Standing,
        pictures=pictures(report.address_space),
        unread_ranges=unread_ranges(report),
        waves=wave_picture(report.disruption) if report.disruption else None,
        passed=settled(report, State.PASS),
        off=settled(report, State.NOT_APPLICABLE),
        tally=tuple((state, sum(item.state is state for item in report.results)) for state in State),
        traffic=changing,
        waivers=waivers(report),
        waiver_of=named(report),
        waived_at={step.kind: tuple(step_waivers(report, step)) for step in report.path.steps},
        style=style,
        style_hash=style_hash,
    )


@cache
def page_environment() -> Environment:
    """Templates that escape by default, fail on a name they do not know, and show no character that acts."""
    environment = Environment(
        loader=PackageLoader("reports"),
        autoescape=True,
        auto_reload=False,
        finalize=_shown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(FILTERS)
    environment.globals.update(
        words=words, amount=amount, range_text=range_text, waiver_standings=STANDINGS, written_once=_written_once
    )
    return environment


def _shown(value: object) -> object:
    """What a template writes for a value: markup of a macro as it is, data inert."""
    return inert(value) if isinstance(value, str) and not isinstance(value, Markup) else value


@lru_cache(maxsize=_MOST_PARTS)
def _written_once(template: str, rule: RuleSummary | None = None) -> Markup:
    """A part of the page that is the same in every report, or the same wherever a rule is shown."""
    return Markup(page_environment().get_template(template).render(rule=rule))


@lru_cache(maxsize=_MOST_PARTS)
def _style(tags: tuple[str, ...] | None) -> tuple[Markup, str]:
    """The one style sheet, and what the content security policy calls it: no other style may apply.

    With tags it is also for traffic: they number the namespaces that can be picked, so many pages share a sheet.
    """
    environment = page_environment()
    style = environment.get_template("style.css").render()
    if tags is not None:
        style += environment.get_template("flows.css").render(tags=tags)
    return Markup(style), base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
