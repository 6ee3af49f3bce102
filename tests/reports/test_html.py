from __future__ import annotations

import base64
import hashlib
import os
import re
import unicodedata
from pathlib import Path
from typing import Any

import msgspec
import pytest
from html_page import ADDRESS, Page

from analyzer.model.report import Report, State
from reports import FORMATS
from reports.sections import MOST_ROWS

GOLDEN = Path(__file__).parent / "golden"
ALLOWED_TAGS = frozenset(
    "html head meta title style body a svg symbol use path circle rect line text tspan pattern header section main nav"
    " footer div span p h1 h2 h3 h4 h5 ol ul li dl dt dd code bdi strong br details summary table caption thead tbody"
    " tr th td figure figcaption fieldset legend label input select option marker desc".split()
)


def test_same_report_same_bytes(report: Report) -> None:
    for render in FORMATS.values():
        assert render(report) == render(msgspec.convert(msgspec.to_builtins(report), Report))


def test_the_ready_page_is_the_golden_one(html: Any) -> None:
    body = html("ready").partition("<body>")[2]
    path = GOLDEN / "ready.html"
    if "UPDATE_GOLDENS" in os.environ:
        path.write_text(body, encoding="utf-8")
    assert body == path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "name", ["rich", "risky", "ready", "finished", "lost", "blank", "waived", "hostile", "hostile_waived"]
)
def test_every_finding_has_its_anchor_once(name: str, made: Any) -> None:
    report = made[name]()
    page = Page(FORMATS["html"](report))
    prints = [f"f-{item.fingerprint}" for result in report.results for item in result.findings]
    assert sorted(value for value in page.values("id") if value.startswith("f-")) == sorted(prints)


def test_ids_are_unique_and_every_link_within_the_page_leads_somewhere(report: Report) -> None:
    page = Page(FORMATS["html"](report))
    assert len(set(page.values("id"))) == len(page.values("id"))
    within = {value[1:] for value in page.values(*ADDRESS) if value.startswith("#")}
    assert within - set(page.values("id")) == set()


def test_every_judgement_is_shown(made: Any) -> None:
    report = made["rich"]()
    text = Page(FORMATS["html"](report)).text
    for result in report.results:
        said = [result.reason, *(item.message for item in result.findings), *(gap.detail for gap in result.gaps)]
        assert [part for part in (result.rule, *said) if part.replace("`", "") not in text] == []


def test_every_value_stands_beside_the_place_where_it_was_read(made: Any, html: Any) -> None:
    evidence = [line for result in made["rich"]().results for item in result.findings for line in item.evidence]
    shown = html("rich")
    assert len(evidence) > 40
    pairs = [f"<dt>{line.where}</dt><dd><code>{line.value}</code></dd>" for line in evidence]
    assert [pair for pair in pairs if pair not in shown] == []


def test_every_gap_stands_under_coverage_with_its_grant(made: Any) -> None:
    report = made["lost"]()
    text = Page(_section(FORMATS["html"](report), "coverage")).text
    gap = report.path.gaps[0]
    assert [part for part in (gap.detail, gap.grant, *(rule.id for rule in report.rules)) if part not in text] == []


def test_a_source_that_was_not_read_is_named_though_no_rule_needed_it(html: Any) -> None:
    text = Page(_section(html("rich"), "coverage")).text
    assert "Ingresses partial, 500 objects seen The list ended after 500. Retry" in text


def test_nothing_in_the_page_can_fetch_or_run(report: Report) -> None:
    page = Page(FORMATS["html"](report))
    assert set(page.tags) <= ALLOWED_TAGS
    assert [name for _, name, _ in page.attributes if name.startswith("on") or name == "style"] == []
    assert {re.match(r"#|https://", value) is not None for value in page.values(*ADDRESS)} == {True}
    outward = {tag for tag, name, value in page.attributes if name in ADDRESS and not value.startswith("#")}
    assert outward <= {"a"}


def test_the_content_security_policy_allows_the_one_style_sheet(html: Any) -> None:
    document = html("ready")
    style = document.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert ("meta", "content", policy) in Page(document).attributes
    assert "url(http" not in style
    assert "@import" not in style


@pytest.mark.parametrize("name", ["hostile", "hostile_waived"])
def test_attacks_stay_text(name: str, html: Any) -> None:
    document = html(name)
    page = Page(document)
    assert set(page.tags) <= ALLOWED_TAGS
    assert "<script>alert(1)</script>" in page.text
    assert "{{ 7 * 7 }}{% raw %}" in page.text
    assert {char for char in document if unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp")} == {"\n"}


def test_a_source_that_is_no_web_address_is_not_a_link(made: Any) -> None:
    report = made["rich"]()
    rule = report.rules[0]
    source = msgspec.structs.replace(rule.sources[0], url="javascript:alert(1)")
    rules = (msgspec.structs.replace(rule, sources=(source,)), *report.rules[1:])
    page = Page(FORMATS["html"](msgspec.structs.replace(report, rules=rules)))
    assert "javascript:alert(1)" in page.text
    assert "javascript:alert(1)" not in page.values(*ADDRESS)


def test_a_long_value_is_shown_from_its_beginning(html: Any) -> None:
    text = Page(html("hostile")).text
    assert "n" * 1000 in text
    assert "n" * 2000 not in text
    assert "more characters in the JSON report" in text


def test_many_objects_are_capped_and_counted(html: Any) -> None:
    document = html("crowded")
    first = document.partition('id="r-REI-RULE-00"')[2].partition('id="r-REI-RULE-01"')[0]
    assert first.count('<li class="finding"') == MOST_ROWS
    assert "400 objects" in first
    assert "300 further objects of this rule: in the JSON report, under <code>REI-RULE-00</code>." in first


def test_a_large_cluster_stays_below_a_megabyte(html: Any) -> None:
    assert len(html("crowded").encode()) < 1_000_000


@pytest.mark.parametrize("name", ["rich", "risky", "ready", "finished", "lost", "blank", "waived"])
def test_page_has_its_landmarks_and_one_main_heading(name: str, html: Any) -> None:
    page = Page(html(name))
    counts = {tag: page.tags.count(tag) for tag in ("h1", "main", "nav", "header", "footer")}
    assert counts == {"h1": 1, "main": 1, "nav": 1, "header": 1, "footer": 1}
    assert page.tags.count("table") == page.tags.count("caption")
    headers = page.tags.count("th")
    assert headers == sum(tag == "th" and name == "scope" for tag, name, _ in page.attributes)


def test_a_partial_report_says_so_before_its_verdict(html: Any) -> None:
    body = html("lost").partition("<body>")[2]
    assert 0 < body.find("Partial report.") < body.find("Indeterminate")
    assert "Partial report." not in html("ready")


def test_a_picture_without_its_networks_says_what_it_lacks(made: Any, html: Any) -> None:
    report = made["rich"]()
    without = msgspec.structs.replace(report, coverage=report.coverage[:1])
    said = "Not whole. Virtual networks (Azure): not read in full."
    assert said in Page(FORMATS["html"](without)).text
    assert said not in Page(html("rich")).text


def test_a_refused_step_points_to_the_rule_that_explains_it_and_shows_no_command(made: Any) -> None:
    step = FORMATS["html"](made["rich"]()).partition('<li id="step-cilium"')[2].partition("</section>")[0]
    assert 'Ways out: see <a class="rule-id" href="#r-CIL-WINDOWS">CIL-WINDOWS</a>.' in step
    assert "az aks" not in step.replace("</span> <span>", " ").replace("<span>", "")


def test_a_path_with_a_held_step_says_that_the_steps_before_it_are_no_go(made: Any) -> None:
    note = "Not a go: step 2 must not run yet. The steps before it alone would leave the cluster half-way."
    assert note in Page(FORMATS["html"](made["rich"]())).text
    assert "Not a go:" not in Page(FORMATS["html"](made["ready"]())).text


def test_a_refused_step_that_no_rule_explains_shows_its_ways_out_and_no_command(made: Any) -> None:
    report = made["rich"]()
    found = tuple(item for item in report.results if item.rule != "CIL-WINDOWS")
    report = msgspec.structs.replace(report, results=found)
    step = FORMATS["html"](report).partition('<li id="step-cilium"')[2].partition("</section>")[0]
    assert [way for way in report.path.steps[-1].ways_out if way not in step] == []
    assert "az aks" not in step.replace("</span> <span>", " ").replace("<span>", "")


@pytest.mark.parametrize(
    "name", ["rich", "risky", "ready", "finished", "lost", "blank", "waived", "hostile", "crowded"]
)
def test_nothing_unread_reads_as_clean(name: str, made: Any) -> None:
    report = made[name]()
    text = Page(FORMATS["html"](report)).text
    is_open = any(result.state in (State.UNKNOWN, State.ERROR) for result in report.results)
    assert ("Every fact that a rule asked for was read." in text) == (not is_open)


def _section(document: str, name: str) -> str:
    return (
        f'<section id="{name}"'
        + document.partition(f'<section id="{name}"')[2].partition("</section>")[0]
        + "</section>"
    )
