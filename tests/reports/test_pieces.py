from __future__ import annotations

from dataclasses import replace
from typing import Any

import markupsafe
import msgspec
from markupsafe import Markup

from analyzer.model.finding import ObjectRef
from analyzer.model.flows import FlowEdge, FlowEnd
from analyzer.model.report import State
from reports import FORMATS, flow_pieces, pieces
from reports.escaping import escaped
from reports.flows import traffic
from reports.sections import settled

ATTACK = "<b/title='x'/lang=\"y\">&\u202e"
SHOWN = "&lt;b/title=&#39;x&#39;/lang=&#34;y&#34;&gt;&amp;\\u202e"


def test_markup_is_escaped_as_the_template_engine_does() -> None:
    text = "".join(map(chr, range(0x3000))) + ATTACK
    assert escaped(text) == str(markupsafe.escape(text))


PIECES = (
    pieces.icon(ATTACK),
    pieces.badge("pass", ATTACK),
    pieces.command(ATTACK),
    pieces.prose(ATTACK),
    pieces.prose(f"Run `{ATTACK}`."),
    pieces.named_object(ObjectRef(kind=ATTACK, namespace="shop", name="api")),
    pieces.named_object(ObjectRef(kind="Pod", namespace=ATTACK, name="api")),
    pieces.named_object(ObjectRef(kind="Pod", namespace="shop", name=ATTACK)),
    pieces.rule_links((ATTACK,), 1),
    pieces.at_steps([ATTACK]),
    flow_pieces.edge_row(FlowEdge(source=ATTACK, destination="shop")),
    flow_pieces.edge_row(FlowEdge(source="shop", destination=ATTACK)),
    flow_pieces.flow_badge("blocked", ATTACK),
    flow_pieces.some_ends([FlowEnd(kind="workload", namespace=ATTACK, name="Deployment/api")], 1, 2),
    flow_pieces.some_ends([FlowEnd(kind="cluster", name=ATTACK)], 1, 2),
    flow_pieces.end_list([FlowEnd(kind=ATTACK, namespace="shop", name="api", pods=2)], 1),
)


def test_a_piece_is_markup_that_holds_no_markup_of_data() -> None:
    assert {type(piece) for piece in PIECES} == {Markup}
    assert [piece for piece in PIECES if SHOWN not in piece or "<b/" in piece or "\u202e" in piece] == []


def test_an_example_and_its_policies_hold_no_markup_of_data(made: Any) -> None:
    changing = traffic(made["hostile_flowing"]())
    assert changing is not None
    view = changing.steps[0].first
    assert view is not None
    made_of_data = (flow_pieces.example(view), flow_pieces.blame_list(view))
    assert "<script>" in view.change.example.source
    assert "<script>" in view.blamed[0].blame.effect
    assert ["<script>" in piece for piece in made_of_data] == [False, False]
    assert ["&lt;script&gt;" in piece for piece in made_of_data] == [True, True]


def test_a_settled_rule_has_its_reason_or_what_is_said_without_one(made: Any) -> None:
    silent, met = settled(made["rich"](), State.PASS)
    assert '<td data-label="Why">All read.</td></tr>' in pieces.settled_row(silent, "All read.")
    row = pieces.settled_row(replace(met, reason=ATTACK), "All read.")
    assert f'<td data-label="Why">{SHOWN}</td></tr>' in row
    assert "All read." not in row


def test_a_command_breaks_between_its_words_only() -> None:
    assert pieces.command("az aks show") == (
        '<code class="command"><span>az</span> <span>aks</span> <span>show</span></code>'
    )


def test_a_rule_that_says_something_else_under_the_same_id_is_shown_in_its_own_words(made: Any) -> None:
    report = made["rich"]()
    source = msgspec.structs.replace(report.rules[0].sources[0], claim="Another claim.")
    other = msgspec.structs.replace(report.rules[0], why="Another reason.", sources=(source,))
    pages = [report, msgspec.structs.replace(report, rules=(other, *report.rules[1:])), report]
    texts = [FORMATS["html"](page) for page in pages]
    assert ["Another reason." in text for text in texts] == [False, True, False]
    assert ["Another claim." in text for text in texts] == [False, True, False]


def test_a_page_allows_the_style_sheet_of_its_own_namespaces(made: Any) -> None:
    pages = [FORMATS["html"](made[name]()) for name in ("ready", "flowing", "ready")]
    hashes = [page.partition("style-src 'sha256-")[2].partition("'")[0] for page in pages]
    assert hashes[0] == hashes[2] != hashes[1]
