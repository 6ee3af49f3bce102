"""Differences as text, JSON and Markdown, against goldens in golden/; UPDATE_GOLDENS=1 writes them anew."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import nights
import pytest
from jsonschema import Draft202012Validator
from msgspec.structs import replace
from rich.cells import cell_len

from analyzer.compare import compare_fleets, compare_reports
from analyzer.model.difference import Difference, FleetDifference, GapMark, Passing, PassingGap, Presence, Sight, Turn
from analyzer.model.finding import Severity
from analyzer.model.report import Verdict
from reports.differences import DIFFERENCE_FORMATS, WIDTH, DifferenceDocument, Differences

GOLDEN = Path(__file__).parent / "golden"
ATTACKS = (
    "<script>alert(1)</script> <b>bold</b> <!-- &lt; -->",
    "[link](https://evil.example) www.evil.example ![x](y) @everyone #1 GH-1",
    "**bold** `code` ``` | --- | $x$ :boom:",
    "\x1b[2J\x1b]0;owned\x07\r\n\n# heading\n- item",
    "\u202egnp.exe\u2066\u200b\u2028",
    "[red]markup[/red]",
    "n" * 10_000,
)


def shop() -> Difference:
    return compare_reports(nights.shop_before(), nights.shop_after())


def two_nights() -> FleetDifference:
    readers = nights.reader(nights.reports_before()), nights.reader(nights.reports_after())
    return compare_fleets(nights.fleet_before(), nights.fleet_after(), readers)


def alike() -> Difference:
    return compare_reports(nights.shop_before(), nights.shop_before())


def hostile(found: Differences) -> Any:
    """The difference with every attack in each of its strings that is free text."""
    kept = {*Verdict, *Severity, *Sight, *Presence}

    def spoil(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: spoil(item) for key, item in value.items()}
        if isinstance(value, list):
            return [spoil(item) for item in value]
        return f"{value} {' '.join(ATTACKS)}" if isinstance(value, str) and value not in kept else value

    return msgspec.convert(spoil(msgspec.to_builtins(found)), type(found))


MADE: dict[str, Callable[[], Differences]] = {
    "shop": shop,
    "nights": two_nights,
    "alike": alike,
    "hostile-shop": lambda: hostile(shop()),
    "hostile-nights": lambda: hostile(two_nights()),
}
EXTENSIONS = {"text": "txt", "json": "json", "markdown": "md"}


@pytest.mark.parametrize("name", ["shop", "nights", "alike"])
@pytest.mark.parametrize("kind", EXTENSIONS)
def test_a_difference_is_the_golden_one(name: str, kind: str) -> None:
    text = DIFFERENCE_FORMATS[kind](MADE[name]())
    path = GOLDEN / f"difference-{name}.{EXTENSIONS[kind]}"
    if "UPDATE_GOLDENS" in os.environ:
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", MADE)
def test_no_line_of_the_text_is_wider_than_a_terminal_and_no_character_of_it_acts(name: str) -> None:
    text = DIFFERENCE_FORMATS["text"](MADE[name]())
    assert max(map(cell_len, text.splitlines())) <= WIDTH
    assert {char for char in text if unicodedata.category(char).startswith("C")} == {"\n"}


@pytest.mark.parametrize("name", MADE)
def test_the_json_is_one_of_the_two_whole_and_valid_against_its_schema(name: str) -> None:
    found = MADE[name]()
    text = DIFFERENCE_FORMATS["json"](found)
    document = msgspec.json.decode(text, type=DifferenceDocument)
    assert [document.cluster or document.fleet, document.schema_version] == [found, "1.0"]
    Draft202012Validator(msgspec.json.schema(DifferenceDocument)).validate(msgspec.json.decode(text))
    assert {char for char in text if unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp")} == {"\n"}


def crowded() -> Difference:
    """A thousand of everything."""
    base = shop()
    of = base.appeared[0].finding
    many = range(1000)
    return replace(
        base,
        appeared=tuple(
            Passing(finding=replace(of, fingerprint=f"{place:016}", message=f"Pool w{place} runs."), other=Sight.CLEAR)
            for place in many
        ),
        gaps_opened=tuple(
            PassingGap(
                gap=GapMark(rule=f"R-{place}", step="overlay", source="pods", severity=Severity.RISK), other=Sight.CLEAR
            )
            for place in many
        ),
        turns=tuple(Turn(what=f"pool w{place}", before="3", after="5") for place in many),
    )


def crowded_fleet() -> FleetDifference:
    """Two thousand clusters that all differ."""
    base = two_nights()
    many = [replace(item, difference=replace(item.difference, name=f"{item.difference.name}-{place}"))
            for place in range(200) for item in base.clusters]  # fmt: skip
    return replace(base, clusters=tuple(many))


@pytest.mark.parametrize("made", [*MADE.values(), crowded, crowded_fleet, lambda: hostile(crowded_fleet())])
def test_the_markdown_page_stays_under_4000_characters_and_keeps_the_worst(made: Callable[[], Differences]) -> None:
    found = made()
    page = DIFFERENCE_FORMATS["markdown"](found)
    assert len(page) < 4000
    assert page.startswith("**WORSE** " if found.worse else "**NOT WORSE** ")


def outside_code(page: str) -> str:
    """What GitHub reads as Markdown: everything but code spans, and the line breaks that are ours."""
    return "".join(page.split("`")[::2]).replace("<br>", " ")


@pytest.mark.parametrize("name", ["hostile-shop", "hostile-nights"])
def test_nothing_of_a_cluster_acts_in_the_markdown_page(name: str) -> None:
    page = DIFFERENCE_FORMATS["markdown"](MADE[name]())
    bare = outside_code(page)
    assert page.count("`") % 2 == 0
    assert "evil" in page
    assert [word for word in ("<", ">", "[", "]", "@", "evil", "$", "|", "GH-1", ":boom:") if word in bare] == []
    assert {char for char in page if unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp")} == {"\n"}


def test_a_long_list_says_how_many_it_leaves_out() -> None:
    text = DIFFERENCE_FORMATS["text"](crowded())
    assert "New: 1,000" in text
    assert "... and 980 more: see --format json." in text
    assert "Leaves open: R-0 at overlay, R-1 at overlay" in text


def test_commands_in_a_sentence_lose_their_backticks_in_the_text() -> None:
    found = replace(crowded(), turns=(Turn(what="way out", before="", after="Run `az aks update`."),))
    assert "  way out: none -> Run az aks update.\n" in DIFFERENCE_FORMATS["text"](found)


def test_what_is_out_of_sight_is_never_called_fixed() -> None:
    text = DIFFERENCE_FORMATS["text"](shop())
    fixed = text.partition("\nFixed: 1\n")[2].partition("\n\n")[0]
    assert fixed.split("\n")[1].strip() == "fixed allows 0 disruptions."
    assert "Out of sight, and nothing shows that it is fixed: 1" in text


def test_a_difference_that_only_shares_what_is_unknown_says_that_nothing_else_differs() -> None:
    lines = DIFFERENCE_FORMATS["text"](alike()).split("\n")
    assert lines[:2] == ["NOT WORSE  shop: still INDETERMINATE", "Nothing differs; 3 still unknown."]
