"""The index of an audit: one self-contained HTML file, readable with scripts off; one script filters the table."""

from __future__ import annotations

import base64
import hashlib
from functools import cache

from jinja2 import Environment
from markupsafe import Markup

from analyzer.model.fleet_report import FAMILIES, FleetReport
from reports import waivers
from reports.fleet import causes, headline, trend, words
from reports.fleet import waivers as fleet_waivers
from reports.fleet.changes import findings
from reports.fleet.deadlines import endings, has_known_deadlines, undated
from reports.fleet.rows import address, deadline_names, groups, linked
from reports.fleet_difference_words import fleet_sections, fleet_summary
from reports.html import page_environment


def render(report: FleetReport, prefix: str) -> str:
    """The report as one HTML document. Same report, same bytes."""
    report = linked(report, prefix)
    found, amiss = groups(report), fleet_waivers.amiss(report.waivers)
    environment = _environment()
    style = environment.get_template("fleet_style.css").render(groups=found, families=FAMILIES)
    script = environment.get_template("fleet_filter.js").render()
    return environment.get_template("fleet_index.html.j2").render(
        report=report,
        groups=found,
        families=FAMILIES,
        faces=tuple(words.FACES.values()),
        title=headline.title(report),
        tone=headline.tone(report),
        tiles=headline.tally(report),
        interruption=headline.interruption(report),
        sentences=tuple(filter(None, (headline.found(report), headline.seen(report), headline.unseen(report)))),
        blockers=causes.blockers(report),
        unread=causes.unread(report),
        to_read=causes.to_read(report),
        endings=endings(report),
        undated=undated(report),
        deadline_names=deadline_names(report.clusters),
        trend=trend.lines(report.trend),
        width=trend.WIDTH,
        height=trend.HEIGHT,
        standings=waivers.STANDINGS,
        style=Markup(style),
        style_hash=_digest(style),
        script=Markup(script),
        script_hash=_digest(script),
        amiss=amiss,
        amiss_tally=waivers.tally(amiss),
        in_force=fleet_waivers.in_force(report.waivers),
    )


@cache
def _environment() -> Environment:
    """The one of a cluster's page, and what the index alone says."""
    environment = page_environment().overlay()
    environment.filters = {
        **environment.filters,
        "accepted_by": waivers.accepted_by,
        "address": address,
        "days_left": words.days_left,
        "findings": findings,
        "fleet_sections": fleet_sections,
        "fleet_summary": fleet_summary,
        "has_known_deadlines": has_known_deadlines,
        "seen_title": words.seen_title,
        "waiver_said": waivers.said,
        "waiver_target": waivers.target,
    }
    return environment


def _digest(text: str) -> str:
    """What the content security policy calls the one style sheet, and the one script: no other may apply."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
