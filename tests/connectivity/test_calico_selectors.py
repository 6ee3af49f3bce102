"""Calico's selector language: what a text means, and what it matches."""

from __future__ import annotations

import pytest

from analyzer.bits import bitset, members
from analyzer.connectivity.engines.calico_expressions import (
    And,
    Bounds,
    Expression,
    Labelled,
    Not,
    Operator,
    Or,
    Term,
    Word,
    label_keys,
    matching,
    rewritten,
)
from analyzer.connectivity.engines.calico_selectors import selector
from analyzer.model.fact import Cause, LackingError
from analyzer.model.source import Source

THINGS = {
    "web": {"app": "web", "team": "retail"},
    "webshop": {"app": "webshop"},
    "db": {"app": "db", "team": "retail", "tier": ""},
    "bare": {},
}


def term(key: str, operator: Operator, *values: str) -> Term:
    return Term(key, operator, values)


def is_(key: str, *values: str) -> Term:
    return term(key, Operator.IN, *values)


def has(key: str) -> Term:
    return term(key, Operator.HAS)


def holders(key: str) -> dict[str, int] | None:
    """Who has a key, by its value; the key `secret` is not known of anybody."""
    if key == "secret":
        return None
    found: dict[str, list[int]] = {}
    for place, labels in enumerate(THINGS.values()):
        if key in labels:
            found.setdefault(labels[key], []).append(place)
    return {value: bitset(places, len(THINGS)) for value, places in found.items()}


def named(bits: int) -> list[str]:
    return [list(THINGS)[place] for place in members(bits)]


def found(expression: Expression) -> tuple[list[str], list[str]]:
    """Who surely matches, and who possibly does."""
    bounds = matching(expression, Labelled((1 << len(THINGS)) - 1, holders))
    return named(bounds.surely), named(bounds.possibly)


def selected(text: str) -> list[str]:
    surely, possibly = found(selector(text))
    assert surely == possibly
    return surely


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("", Word.ALL),
        (" \t ", Word.ALL),
        ("all()", Word.ALL),
        ("all( )", Word.ALL),
        ("global()", Word.GLOBAL),
        ("app == 'web'", is_("app", "web")),
        ('app=="it\'s"', is_("app", "it's")),
        ("app == ''", is_("app", "")),
        ("app != 'web'", Not(is_("app", "web"))),
        ("app in {'a', \"b\"}", is_("app", "a", "b")),
        ("app in{'a',}", is_("app", "a")),
        ("app in { }", is_("app")),
        ("app not in {'a'}", Not(is_("app", "a"))),
        ("app not   in {'a'}", Not(is_("app", "a"))),
        ("app notin {'a'}", Not(is_("app", "a"))),
        ("has(app.kubernetes.io/name)", has("app.kubernetes.io/name")),
        ("has( a_b-c )", has("a_b-c")),
        ("!has(app)", Not(has("app"))),
        ("! ! has(app)", has("app")),
        ("!!!has(app)", Not(has("app"))),
        ("app contains 'eb'", term("app", Operator.CONTAINS, "eb")),
        ("app starts with 'w'", term("app", Operator.STARTS_WITH, "w")),
        ("app startswith 'w'", term("app", Operator.STARTS_WITH, "w")),
        ("app ends  with 'b'", term("app", Operator.ENDS_WITH, "b")),
        ("a == '1' && b == '2' && c == '3'", And((is_("a", "1"), is_("b", "2"), is_("c", "3")))),
        ("a == '1' || b == '2' && c == '3'", Or((is_("a", "1"), And((is_("b", "2"), is_("c", "3")))))),
        ("(a == '1' || b == '2') && c == '3'", And((Or((is_("a", "1"), is_("b", "2"))), is_("c", "3")))),
        ("!(a == '1' && b == '2')", Not(And((is_("a", "1"), is_("b", "2"))))),
        ("((has(a)))", has("a")),
        # keywords are keywords only where they may stand
        ("has == 'x'", is_("has", "x")),
        ("all in {'x'}", is_("all", "x")),
        ("in in {'x'}", is_("in", "x")),
        ("in starts with 'x' && not != 'y'", And((term("in", Operator.STARTS_WITH, "x"), Not(is_("not", "y"))))),
    ],
)
def test_a_text_means_an_expression(text: str, expression: Expression) -> None:
    assert selector(text) == expression


@pytest.mark.parametrize(
    "text",
    [
        "app",
        "app ==",
        "app == web",
        "app = 'web'",
        "app == 'web",
        "app == 'web\"",
        "== 'web'",
        "app == 'web' &&",
        "app == 'web' & has(a)",
        "app == 'web' | has(a)",
        "app == 'web' has(a)",
        "app == 'web' 'x'",
        "app like 'web'",
        "app starts 'web'",
        "app not {'a'}",
        "app in 'a'",
        "app in {a}",
        "app in {'a' 'b'}",
        "app in {'a'",
        "app in {,}",
        "has()",
        "has(app",
        "has(a b)",
        "has (app)",
        "all(",
        "all(app)",
        "(app == 'web'",
        "app == 'web')",
        "()",
        "!",
        "a$ == 'x'",
        "app == 'x'\n",
        "&&",
    ],
)
def test_what_is_no_selector_is_not_guessed_at(text: str) -> None:
    with pytest.raises(LackingError) as lacking:
        selector(text)
    (missing,) = lacking.value.missing
    assert (missing.source, missing.cause) == (Source.CALICO_POLICIES, Cause.UNRECOGNISED)
    assert missing.detail.startswith(f"A Calico policy selects by {text!r}, which is no selector of Calico's: ")


def test_a_selector_that_nests_without_end_is_not_guessed_at() -> None:
    assert selector("(" * 64 + "has(a)" + ")" * 64) == has("a")
    with pytest.raises(LackingError, match="more than 64 parentheses"):
        selector("(" * 100_000 + "has(a)" + ")" * 100_000)
    assert selector("!" * 100_000 + "has(a)") == has("a")
    assert selector(" && ".join(["(has(a))"] * 100)) == And((has("a"),) * 100)


@pytest.mark.parametrize(
    ("text", "things"),
    [
        ("", ["web", "webshop", "db", "bare"]),
        ("global()", ["web", "webshop", "db", "bare"]),
        ("app == 'web'", ["web"]),
        ("app == 'none'", []),
        ("app != 'web'", ["webshop", "db", "bare"]),
        ("app in {'web', 'db'}", ["web", "db"]),
        ("app not in {'web', 'db'}", ["webshop", "bare"]),
        ("app in {}", []),
        ("has(team)", ["web", "db"]),
        ("!has(team)", ["webshop", "bare"]),
        ("has(tier)", ["db"]),
        ("tier == ''", ["db"]),
        ("app contains 'eb'", ["web", "webshop"]),
        ("app contains ''", ["web", "webshop", "db"]),
        ("app starts with 'web'", ["web", "webshop"]),
        ("app ends with 'b'", ["web", "db"]),
        ("!(app ends with 'b')", ["webshop", "bare"]),
        ("has(team) && app != 'db'", ["web"]),
        ("app == 'db' || !has(app)", ["db", "bare"]),
        ("!(has(team) || app == 'webshop')", ["bare"]),
        ("all() && app == 'db'", ["db"]),
    ],
)
def test_a_selector_matches_by_labels(text: str, things: list[str]) -> None:
    assert selected(text) == things


@pytest.mark.parametrize(
    ("text", "surely", "possibly"),
    [
        ("secret == 'x'", [], ["web", "webshop", "db", "bare"]),
        ("has(secret)", [], ["web", "webshop", "db", "bare"]),
        ("secret != 'x'", [], ["web", "webshop", "db", "bare"]),
        ("secret == 'x' && app == 'web'", [], ["web"]),
        ("secret == 'x' || app == 'web'", ["web"], ["web", "webshop", "db", "bare"]),
        ("!(secret == 'x' && app == 'web')", ["webshop", "db", "bare"], ["web", "webshop", "db", "bare"]),
        ("!(secret == 'x' || app == 'web')", [], ["webshop", "db", "bare"]),
        ("!!(secret == 'x' || app == 'web')", ["web"], ["web", "webshop", "db", "bare"]),
    ],
)
def test_a_label_that_is_not_known_makes_a_match_unsure_not_wrong(
    text: str, surely: list[str], possibly: list[str]
) -> None:
    assert found(selector(text)) == (surely, possibly)


def test_the_keys_of_a_selector_are_those_of_all_its_terms() -> None:
    assert label_keys(selector("a == '1' && (!has(b) || c not in {'x'}) && all()")) == {"a", "b", "c"}
    assert label_keys(selector("")) == frozenset()


def test_a_prefix_goes_before_every_key_and_words_are_replaced() -> None:
    words: dict[Word, Expression] = {Word.ALL: has("ns"), Word.GLOBAL: Not(has("ns"))}
    assert rewritten(selector("!all() || a == '1' && !has(b)"), "pcns.", words) == Or(
        (Not(has("ns")), And((is_("pcns.a", "1"), Not(has("pcns.b")))))
    )
    assert rewritten(selector("global()"), "pcns.", words) == Not(has("ns"))
    assert rewritten(selector("all()"), "pcns.", {}) is Word.ALL


def test_bounds_swap_where_they_are_negated() -> None:
    assert Bounds(0b001, 0b011).complement(0b111) == Bounds(0b100, 0b110)
