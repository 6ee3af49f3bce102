"""docs/semantics.md: every row of the engines' semantics has a test, or says why it has none."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

from analyzer.connectivity.rows import ROWS

ROOT = Path(__file__).parents[1]


def _generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("semantics_page", ROOT / "docs" / "semantics_page.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_there_are_69_rows_each_with_tests_or_a_reason_and_none_with_both() -> None:
    rows = _generator().rows()
    assert [row.number for row in rows] == list(range(1, 70))
    assert [row.number for row in rows if bool(row.tests) is bool(row.untested)] == []


def test_the_page_is_that_of_the_tests() -> None:
    """Stale? `make docs`."""
    assert (ROOT / "docs" / "semantics.md").read_text() == _generator().page()


def test_what_makes_traffic_change_is_a_row_of_the_page() -> None:
    assert set(ROWS) - {row.number for row in _generator().rows()} == {0}
