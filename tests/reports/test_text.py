"""The terminal's summary against goldens in golden/; UPDATE_GOLDENS=1 writes them anew."""

from __future__ import annotations

import io
import os
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console

from analyzer.model.report import Report
from reports import FORMATS
from reports.text import WIDTH, print_summary

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("name", ["rich", "risky", "ready", "finished", "lost", "blank", "waived", "hostile"])
def test_summary_is_the_golden_one(name: str, made: Any) -> None:
    text = FORMATS["text"](made[name]())
    path = GOLDEN / f"{name}.txt"
    if "UPDATE_GOLDENS" in os.environ:
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def test_no_line_is_wider_than_the_terminal(report: Report) -> None:
    text = FORMATS["text"](report)
    assert max(map(cell_len, text.splitlines())) <= WIDTH


def test_names_cannot_act_on_the_terminal(made: Any) -> None:
    text = FORMATS["text"](made["hostile"]())
    assert {char for char in text if unicodedata.category(char).startswith("C")} == {"\n"}
    assert "\\x1b[2J" in text


def test_names_are_never_taken_for_markup(made: Any) -> None:
    text = FORMATS["text"](made["hostile"]()).replace("\n", "").replace(" ", "")
    assert "[red]markup[/red]" in text
    assert ":boom:" in text


def test_a_terminal_gets_colours_and_the_same_words(made: Any) -> None:
    shown = _printed(made["rich"](), force_terminal=True, color_system="standard")
    assert shown.startswith("\x1b[1;31mBLOCKED")
    assert "\x1b" not in FORMATS["text"](made["rich"]())


def test_no_color_is_honoured(made: Any) -> None:
    shown = _printed(made["rich"](), force_terminal=True, color_system="standard", no_color=True)
    assert "\x1b[1;31m" not in shown
    assert "\x1b[31m" not in shown


@pytest.mark.parametrize(("terminal", "widest"), [(60, 60), (200, WIDTH)])
def test_the_terminal_is_filled_up_to_80_columns(terminal: int, widest: int, made: Any) -> None:
    shown = _printed(made["rich"](), width=terminal)
    assert widest - 10 < max(cell_len(line.rstrip()) for line in shown.splitlines()) <= widest


def test_a_long_list_names_what_it_leaves_out(made: Any) -> None:
    assert "... and 50 more: see the HTML or JSON report." in FORMATS["text"](made["crowded"]())


def _printed(report: Report, **options: Any) -> str:
    stream = io.StringIO()
    print_summary(report, Console(**{"file": stream, "width": 100, **options}))
    return stream.getvalue()
