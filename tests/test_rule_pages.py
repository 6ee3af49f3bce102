"""What is written about rules: the generated pages, the ids that texts name, and the catalogue of limitations."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from rules import CATALOG

ROOT = Path(__file__).parents[1]
ID = re.compile(r"\b(?:GEN|REI|OVL|KUB|CIL|POL|CAL)(?:-[A-Z0-9]+)+\b")
TEXTS = ("*.md", "docs/**/*.md", "analyzer/**/*.py", "rules/**/*.py", "reports/**/*.py", "reports/templates/*")


def _generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("rule_pages", ROOT / "docs" / "rule_pages.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_pages_in_docs_rules_are_those_of_the_catalog() -> None:
    """Stale? `make docs`."""
    written = {path.name: path.read_text() for path in (ROOT / "docs" / "rules").glob("*.md")}
    assert written == _generator().pages(CATALOG)


@pytest.mark.parametrize("rule", CATALOG, ids=lambda rule: rule.id)
def test_a_page_says_why_what_to_do_and_how_it_is_decided(rule: object) -> None:
    page = rule.page  # type: ignore[attr-defined]
    sections = ("Why it matters", "What to do", "How it is decided")
    assert [heading for heading in sections if not page.section(heading)] == []
    assert page.remedy
    assert [source.url for source in rule.sources if not source.claim] == []  # type: ignore[attr-defined]
    assert rule.sources  # type: ignore[attr-defined]


def test_every_rule_that_a_text_names_exists() -> None:
    known = {rule.id for rule in CATALOG}
    texts = {path for pattern in TEXTS for path in ROOT.glob(pattern)}
    assert len(texts) > 100
    named = {(found, path.relative_to(ROOT).as_posix()) for path in texts for found in ID.findall(path.read_text())}
    assert sorted(item for item in named if item[0] not in known) == []


@pytest.mark.corpus
def test_the_catalog_holds_every_documented_limitation() -> None:
    """`rules list` against the catalogue that lies beside the corpus."""
    corpus = os.environ.get("AKS_PREFLIGHT_CORPUS")
    if not corpus:
        pytest.skip("AKS_PREFLIGHT_CORPUS is not set")
    items = yaml.safe_load((Path(corpus).parent / "limitations.yaml").read_text())["items"]
    command = [Path(sys.executable).with_name("aks-preflight"), "rules", "list", "--format", "json"]
    listed = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert len(items) == 143
    assert sorted(row["id"] for row in listed) == sorted(item["id"] for item in items)
