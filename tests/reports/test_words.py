from __future__ import annotations

import pytest

from analyzer.model.fact import Cause
from analyzer.model.finding import Confidence, Severity
from analyzer.model.report import ClusterSummary, State, Verdict
from analyzer.model.source import Source
from analyzer.model.step import StepKind, Target
from reports import words
from reports.escaping import inert, visible
from reports.prose import Run, counted, listed, paragraphs, runs


def test_every_word_of_the_model_has_its_meaning() -> None:
    assert set(words.VERDICTS) == set(words.VERDICT_MEANINGS) == set(Verdict)
    assert set(words.STATES) == set(words.STATE_MEANINGS) == set(State)
    assert set(words.SEVERITIES) == set(words.SEVERITY_MEANINGS) == set(Severity)
    assert set(words.CONFIDENCE_MEANINGS) == set(Confidence)
    assert set(words.CAUSE_MEANINGS) == set(Cause)


def test_every_step_and_target_has_a_title() -> None:
    assert [kind for kind in StepKind if words.step_title(kind.value) == kind.value] == []
    assert [target for target in Target if words.target_title(target.value) == target.value] == []


def test_sources_have_distinct_titles_without_underscores() -> None:
    titles = [words.source_title(source.value) for source in Source]
    assert len(set(titles)) == len(titles)
    assert [title for title in titles if "_" in title] == []


def test_what_this_version_does_not_know_is_shown_as_it_is() -> None:
    shown = (words.step_title("warp"), words.target_title("warp"), words.ipam_title("warp"))
    assert shown == ("warp", "warp", "warp")


def test_a_cluster_without_a_name_says_so() -> None:
    assert words.cluster_title(ClusterSummary()) == "Unknown cluster"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2028-03-31", "31 March 2028"),
        ("2028-01-05", "5 January 2028"),
        ("2028-13-01", "2028-13-01"),
        ("edition 2023-24", "edition 2023-24"),
        ("", ""),
    ],
)
def test_a_day_is_written_out(text: str, shown: str) -> None:
    assert words.day(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2026-11-20T06:00:00Z", "20 November 2026, 06:00 UTC"),
        ("2026-11-20T06:00:00.123+00:00", "20 November 2026, 06:00 UTC"),
        ("2026-11-20T06:00:00+02:00", "2026-11-20T06:00:00+02:00"),
        (None, "not recorded"),
        ("", "not recorded"),
    ],
)
def test_a_moment_is_written_out_in_utc_only(text: str | None, shown: str) -> None:
    assert words.moment(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain – é 漢 \u00a0", "plain – é 漢 \u00a0"),
        ("a\x1b[31m\x07\r\n\t\x00\x9b", r"a\x1b[31m\x07\r\n\t\x00\x9b"),
        ("\u202e\u2066\u200b\u2028\ufeff", r"\u202e\u2066\u200b\u2028\ufeff"),
        ("\ud800\U000e0041", r"\ud800\U000e0041"),
    ],
)
def test_characters_that_act_are_written_out(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_a_long_value_is_cut_and_counted() -> None:
    assert inert("x" * 10) == "x" * 10
    assert inert("x" * 1210, 10) == "xxxxxxxxxx... (1,200 more characters in the JSON report)"


def test_commands_between_backticks_are_code() -> None:
    assert runs("Run `az aks update`, then `x") == (
        Run("Run ", False),
        Run("az aks update", True),
        Run(", then `x", False),
    )
    assert runs("") == ()


def test_paragraphs_lose_their_line_breaks() -> None:
    assert paragraphs("one\n  two\n\n\nthree\n") == ((Run("one two", False),), (Run("three", False),))


def test_numbers_carry_their_noun() -> None:
    shown = (counted(1, "object"), counted(0, "object"), counted(1200, "source was", "sources were"))
    assert shown == ("1 object", "0 objects", "1,200 sources were")


def test_long_lists_name_how_many_are_left() -> None:
    assert listed(("A", "B"), 2) == "A, B"
    assert listed(("A", "B", "C", "D"), 2) == "A, B and 2 more"
