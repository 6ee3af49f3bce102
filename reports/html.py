"""One self-contained HTML file: no script, no request, readable offline, in print and by keyboard."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from analyzer.model.report import Report, State
from reports import headline, words
from reports.anchors import finding_anchor, rule_anchor, step_anchor, waiver_anchor
from reports.disruption import amount, duration, range_text, wave_picture
from reports.disruption import headline as forecast_headline
from reports.escaping import inert
from reports.flow_pieces import end_list, example, flow_badge, some_ends, tally_badges
from reports.flow_words import ports_in_brief
from reports.flows import Traffic, traffic
from reports.pieces import (
    at_steps,
    command,
    icon,
    named_object,
    prose,
    rule_links,
    severity_badge,
    state_badge,
    verdict_badge,
)
from reports.picture import pictures, size
from reports.priorities import priorities
from reports.prose import counted, listed, runs
from reports.runbook import first_held, held_steps
from reports.sections import afterwards, asking, at_once, chapters, judgements, rules_in, settled, sight, unread_ranges
from reports.standing import Standing, standings
from reports.timeline import state_lines, timeline
from reports.waiver_text import step_waivers
from reports.waivers import STANDINGS, accepted_by, named, said, target, waivers

_LONGEST_LINK = 1000


def render(report: Report) -> str:
    """The report as one HTML document. Same report, same bytes."""
    environment = page_environment()
    lines = priorities(report)
    judged = judgements(report)
    changing = traffic(report)
    return environment.get_template("report.html.j2").render(
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
        glossaries=words.GLOSSARIES,
        traffic=changing,
        waivers=waivers(report),
        waiver_of=named(report),
        waived_at={step.kind: tuple(step_waivers(report, step)) for step in report.path.steps},
        **_style(environment, changing),
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
    environment.filters.update(
        afterwards=afterwards,
        accepted_by=accepted_by,
        at_steps=at_steps,
        command=command,
        icon=icon,
        object=named_object,
        prose=prose,
        rule_links=rule_links,
        severity_badge=severity_badge,
        state_badge=state_badge,
        verdict_badge=verdict_badge,
        anchor=finding_anchor,
        at_once=at_once,
        counted=counted,
        day=words.day,
        duration=duration,
        end_list=end_list,
        example=example,
        flow_badge=flow_badge,
        some_ends=some_ends,
        tally_badges=tally_badges,
        forecast_headline=forecast_headline,
        linkable=_is_linkable,
        listed=listed,
        moment=words.moment,
        others=headline.others,
        ports=ports_in_brief,
        rule_anchor=rule_anchor,
        rules_in=rules_in,
        runs=runs,
        said=said,
        size=size,
        source=words.source_title,
        state_lines=state_lines,
        step_anchor=step_anchor,
        target=words.target_title,
        waived_target=target,
        waiver_anchor=waiver_anchor,
    )
    environment.globals.update(words=words, amount=amount, range_text=range_text, waiver_standings=STANDINGS)
    return environment


def _shown(value: object) -> object:
    """What a template writes for a value: markup of a macro as it is, data inert."""
    return inert(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _is_linkable(url: str) -> bool:
    """Whether an address may become a link: the web's, and short enough to be shown whole."""
    return url.startswith("https://") and len(url) <= _LONGEST_LINK


def _style(environment: Environment, changing: Traffic | None) -> dict[str, str]:
    """The one style sheet, and what the content security policy calls it: no other style may apply."""
    style = environment.get_template("style.css").render()
    if changing:
        style += environment.get_template("flows.css").render(traffic=changing)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return {"style": Markup(style), "style_hash": digest}
