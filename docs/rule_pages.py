"""Writes docs/rules/: one page per rule, and an index by step and family. `make docs`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from analyzer.model.step import StepKind
from analyzer.scene import Rule
from rules import CATALOG

FOLDER = Path(__file__).parent / "rules"
FAMILIES = {
    "GEN": "General",
    "REI": "Reimage of every pool",
    "OVL": "Overlay",
    "KUB": "Kubenet",
    "CIL": "Cilium",
    "POL": "Network policies",
    "CAL": "Calico",
}
"""Families by id prefix, in the catalogue's order."""
_ID = re.compile(r"\b[A-Z]{3}(?:-[A-Z0-9]+)+\b")
_HEADING = re.compile(r"^([^\n]+)\n-{3,}$", re.MULTILINE)


def pages(catalog: Sequence[Rule]) -> dict[str, str]:
    """Every file of docs/rules by its name."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    page, index = environment.get_template("rule.md.j2"), environment.get_template("rules.md.j2")
    found = {f"{rule.id}.md": page.render(rule=rule, body=body(rule, catalog)) for rule in catalog}
    return {**found, "README.md": index.render(count=len(catalog), families=_families(catalog), steps=_steps(catalog))}


def body(rule: Rule, catalog: Sequence[Rule]) -> str:
    """The page without its first line: Markdown's headings, words for names, links to the other rules."""
    text = rule.page.text.strip().partition("\n")[2].strip()
    text = text.replace("{resource_group}", "RESOURCE_GROUP").replace("{cluster}", "CLUSTER")
    others = {other.id for other in catalog} - {rule.id}
    linked = _ID.sub(lambda found: f"[{found[0]}]({found[0]}.md)" if found[0] in others else found[0], text)
    return _HEADING.sub(r"## \1", linked)


def _families(catalog: Sequence[Rule]) -> Iterator[tuple[str, list[Rule]]]:
    for prefix, name in FAMILIES.items():
        yield name, [rule for rule in catalog if rule.id.startswith(f"{prefix}-")]


def _steps(catalog: Sequence[Rule]) -> Iterator[tuple[str, list[Rule]]]:
    for kind in StepKind:
        found = [rule for rule in catalog if kind in rule.steps]
        if found:
            yield kind.value, found


def write() -> None:
    """Writes the files that differ, and deletes pages of rules that are no more."""
    wanted = pages(CATALOG)
    FOLDER.mkdir(exist_ok=True)
    for path in FOLDER.glob("*.md"):
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (FOLDER / name).write_text(text)


if __name__ == "__main__":
    write()
