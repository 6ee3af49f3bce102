"""The page for the ticket against goldens in golden/; UPDATE_GOLDENS=1 writes them anew."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from analyzer.model.report import Report
from reports import FORMATS
from reports.json import digest
from reports.markdown_text import code, page, prose, section

GOLDEN = Path(__file__).parent / "golden"
ACTS = re.compile(r"@|https?:/|www\.\w|:[\w+-]+:|#\d|GH-\d|[<>$|\\~^]|\b[0-9a-f]{7,40}\b", re.IGNORECASE)
"""What GitHub makes something of in plain text: a mention, a link, an emoji, a reference, HTML, a formula, a commit."""
OURS = frozenset("heading paragraph bullet_list list_item inline text strong code_inline softbreak hr".split())
LONG = 40


def many(report: Report) -> Report:
    """The report with every list so long that no page holds it."""
    rules = tuple(msgspec.structs.replace(report.rules[0], id=f"RULE-{number}") for number in range(LONG))
    results = tuple(
        msgspec.structs.replace(item, rule=f"RULE-{number}") for number in range(LONG) for item in report.results
    )
    path = msgspec.structs.replace(report.path, steps=report.path.steps * LONG, gaps=report.path.gaps * LONG)
    inputs = report.inputs | {f"--flag-{number}": "x" for number in range(LONG)}
    return msgspec.structs.replace(
        report, rules=rules, results=results, path=path, inputs=inputs, waivers=report.waivers * LONG
    )


@pytest.mark.parametrize("name", ["rich", "ready", "finished", "lost", "blank", "waived", "hostile_waived"])
def test_page_is_the_golden_one(name: str, made: Any) -> None:
    text = FORMATS["markdown"](made[name]())
    path = GOLDEN / f"{name}.md"
    if "UPDATE_GOLDENS" in os.environ:
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("flood", ["", "n" * 400, "<@`" * 100])
@pytest.mark.parametrize("name", ["rich", "waived", "lost"])
def test_the_page_stays_under_4000_characters_however_much_there_is_to_say(
    name: str, flood: str, made: Any, spoil: Any
) -> None:
    report = many(spoil(made[name](), flood, flood))
    text = FORMATS["markdown"](report)
    assert len(text.encode()) < 4000
    assert f"SHA-256: `{digest(report)}`" in text


@pytest.mark.parametrize(("name", "expected"), [("rich", [41, 2]), ("waived", [160, 40, 1, 160])])
def test_what_has_no_room_is_counted(name: str, expected: list[int], made: Any) -> None:
    text = FORMATS["markdown"](many(made[name]()))
    counts = [int(number.replace(",", "")) for number in re.findall(r"(?m)^### .*: ([\d,]+)$", text)]
    said = [part.split("\n- ")[1:] for part in text.split("\n### ")[1:]]
    shown = [_count(items) for items in said]
    assert shown == counts
    assert counts == expected
    assert "more: see the report" in text


def _count(items: list[str]) -> int:
    """Items that are shown, and those that are said to be left out."""
    left = [re.match(r"(?:and )?([\d,]+)(?: more)?: see the report", item) for item in items]
    return sum(
        int(found[1].replace(",", "")) if found else not item.startswith(FOOT)
        for item, found in zip(items, left, strict=True)
    )


FOOT = ("Snapshot, SHA-256", "Judged by", "JSON report beside", "`aks-preflight gate")


@pytest.mark.parametrize("name", ["hostile", "hostile_waived"])
def test_nothing_of_a_hostile_report_acts(name: str, made: Any) -> None:
    assert acting(FORMATS["markdown"](made[name]())) == []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    attack=st.text(st.sampled_from("`*_[]()<>#+-.!|~&@:$\\/\"'=\n\t\r \u202e\x1baf1Wh漢🙂"), max_size=24),
    times=st.integers(1, 60),
)
def test_no_attack_in_any_name_acts_or_outgrows_the_page(attack: str, times: int, made: Any, spoil: Any) -> None:
    for name in ("rich", "waived"):
        text = FORMATS["markdown"](spoil(made[name](), attack, attack * times))
        assert acting(text) == []
        assert len(text.encode()) < 4000


def acting(text: str) -> list[str]:
    """Everything of a page that is more than headings, lists, bold and code, or that GitHub would make something of."""
    tokens = list(_all(MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)))
    kinds = {token.type.removesuffix("_open").removesuffix("_close") for token in tokens} - OURS
    plain = "\n".join(token.content for token in tokens if token.type == "text")
    headings = [token.markup for token in tokens if token.type == "heading_open" and token.markup not in ("##", "###")]
    return sorted(kinds) + headings + ACTS.findall(plain)


def _all(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _all(token.children or [])


def test_the_attacks_would_act_if_they_were_not_held(made: Any) -> None:
    raw = "<b>x</b> [x](https://evil.example) ![x](y) @team :boom: #12 ~~x~~"
    assert acting(raw) == ["html_inline", "image", "link", "s", "@", ":boom:", "#1"]


def test_the_hash_is_that_of_the_json_file(made: Any) -> None:
    report = made["waived"]()
    written = FORMATS["json"](report).encode()
    assert digest(report) == hashlib.sha256(written).hexdigest()
    assert f"`{digest(report)}`" in FORMATS["markdown"](report)


SENTENCES = [
    ("Pod shop/api-1 listens on 80.", "Pod `shop/api-1` listens on 80."),
    ("Run `az aks show` (as admin): now!", "Run `az aks show` (as admin): now!"),
    ("Keep a copy: `az aks show`. Then `kubectl get`, twice", "Keep a copy: `az aks show`. Then `kubectl get`, twice"),
    ("@team, see #12 and deadbeef", "`@team`, see `#12` and `deadbeef`"),
    ("https://evil.example www.evil.example :boom:", "`https://evil.example` `www.evil.example` `:boom`:"),
    ("data'deadbeef well-deadbeef", "`data'deadbeef` `well-deadbeef`"),
    ("1,204 objects of 2026, at 06:00", "1,204 objects of 2026, at 06:00"),
    ("a ` alone", "a `\\x60` alone"),
    ("tab\there\nand \u202ethere", "tab here and `\\u202ethere`"),
    ("", ""),
]


@pytest.mark.parametrize(("sentence", "shown"), SENTENCES)
def test_a_sentence_keeps_its_plain_words_and_holds_the_others(sentence: str, shown: str) -> None:
    assert prose(sentence) == shown


def test_a_sentence_and_a_name_never_outgrow_their_room() -> None:
    assert prose("word " * 100, 30) == "word word word word word ..."
    assert len(prose("漢" * 9_000, 50).encode()) <= 50
    assert (code("n" * 9_000, 12), code("漢字漢字", 12)) == ("`nnnnnnn...`", "`漢字...`")
    assert code("") == "` `"


def test_each_list_shows_its_first_item_before_the_first_list_shows_its_second() -> None:
    first, second = section("First", ("a" * 1900, "b" * 1900), str), section("Second", ("c" * 1900,), str)
    text = page(["head"], [first, second, section("Empty", (), str)], ["foot"])
    assert [line[:40] for line in text.splitlines() if line] == [
        "head",
        "### First: 2",
        "- " + "a" * 38,
        "- and 1 more: see the report",
        "### Second: 1",
        "- " + "c" * 38,
        "---",
        "foot",
    ]
