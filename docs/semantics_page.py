"""Writes docs/semantics.md: the rows of the engines' semantics, each with the tests that show it. `make docs`."""

from __future__ import annotations

import ast
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined

HERE = Path(__file__).parent
PAGE = HERE / "semantics.md"
_NAMED = 3
"""Tests of a row that the page names."""


class Row(NamedTuple):
    """One line of the page."""

    number: int
    what: str
    npm: str
    calico: str
    cilium: str
    tests: tuple[str, ...]
    untested: str

    @property
    def shown(self) -> str:
        """The tests by file and name, or why there is none."""
        if not self.tests:
            return self.untested
        more = f" and {len(self.tests) - _NAMED} more" if len(self.tests) > _NAMED else ""
        return ", ".join(f"`{name}`" for name in self.tests[:_NAMED]) + more


def rows() -> tuple[Row, ...]:
    """All rows, in order."""
    written = tomllib.loads((HERE / "semantics.toml").read_text())["rows"]
    tests = _tests(HERE.parent / "tests")
    return tuple(
        Row(
            number=int(number),
            what=row["what"],
            npm=row["npm"],
            calico=row["calico"],
            cilium=row["cilium"],
            tests=tuple(sorted(tests[int(number)])),
            untested=row.get("untested", ""),
        )
        for number, row in written.items()
    )


def _tests(folder: Path) -> dict[int, set[str]]:
    """The tests that carry each row's mark."""
    found: dict[int, set[str]] = defaultdict(set)
    for path in sorted(folder.rglob("test_*.py")):
        for name, number in _marks(ast.parse(path.read_text())):
            found[number].add(f"{path.stem}::{name}")
    return found


def _marks(module: ast.Module) -> Iterator[tuple[str, int]]:
    """Each mark in or on a function, or in a table above it, with the function's name."""
    tables: dict[str, list[int]] = {}
    for node in module.body:
        numbers = list(_numbers(node))
        if isinstance(node, ast.FunctionDef):
            used = {item.id for item in ast.walk(node) if isinstance(item, ast.Name)}
            for table in used & tables.keys():
                numbers += tables[table]
            if node.name.startswith("test_"):
                yield from ((node.name, number) for number in numbers)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if isinstance(target, ast.Name):
                    tables[target.id] = numbers


def _numbers(node: ast.AST) -> Iterator[int]:
    for item in ast.walk(node):
        if isinstance(item, ast.Call) and ast.unparse(item.func) == "pytest.mark.row":
            yield from (argument.value for argument in item.args if isinstance(argument, ast.Constant))


def page() -> str:
    """The page's text."""
    environment = Environment(
        loader=FileSystemLoader(HERE),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("semantics.md.j2").render(rows=rows())


if __name__ == "__main__":
    PAGE.write_text(page())
