"""What the templates of a page may make of a value, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from reports import flow_pieces, headline, pieces, sections, words
from reports.anchors import finding_anchor, rule_anchor, step_anchor, waiver_anchor
from reports.disruption import duration
from reports.disruption import headline as forecast_headline
from reports.flow_words import ports_in_brief
from reports.picture import size
from reports.prose import counted, listed, number, paragraphs
from reports.timeline import state_lines
from reports.waivers import accepted_by, said, target

_LONGEST_LINK = 1000


def _is_linkable(url: str) -> bool:
    """Whether an address may become a link: the web's, and short enough to be shown whole."""
    return url.startswith("https://") and len(url) <= _LONGEST_LINK


FILTERS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        "accepted_by": accepted_by,
        "afterwards": sections.afterwards,
        "anchor": finding_anchor,
        "at_once": sections.at_once,
        "at_steps": pieces.at_steps,
        "blame_list": flow_pieces.blame_list,
        "command": pieces.command,
        "counted": counted,
        "day": words.day,
        "duration": duration,
        "edge_row": flow_pieces.edge_row,
        "end_list": flow_pieces.end_list,
        "example": flow_pieces.example,
        "flow_badge": flow_pieces.flow_badge,
        "forecast_headline": forecast_headline,
        "icon": pieces.icon,
        "linkable": _is_linkable,
        "listed": listed,
        "moment": words.moment,
        "number": number,
        "object": pieces.named_object,
        "others": headline.others,
        "paragraphs": paragraphs,
        "ports": ports_in_brief,
        "prose": pieces.prose,
        "rule_anchor": rule_anchor,
        "rule_links": pieces.rule_links,
        "rules_in": sections.rules_in,
        "said": said,
        "settled_row": pieces.settled_row,
        "severity_badge": pieces.severity_badge,
        "size": size,
        "some_ends": flow_pieces.some_ends,
        "source": words.source_title,
        "state_badge": pieces.state_badge,
        "state_lines": state_lines,
        "step_anchor": step_anchor,
        "tally_badges": flow_pieces.tally_badges,
        "target": words.target_title,
        "verdict_badge": pieces.verdict_badge,
        "waived_target": target,
        "waiver_anchor": waiver_anchor,
    }
)
"""Those of `pieces` and `flow_pieces` hand out markup; what the others hand out is escaped where it is written."""
