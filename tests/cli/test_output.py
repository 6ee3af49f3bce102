"""Names of report files, and the line that is printed of each cluster."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec
import pytest

from analyzer.cli.judging import verdict_line
from analyzer.cli.output import Output, Writer, parse_outputs
from analyzer.engine import Question, judge
from analyzer.errors import UsageError
from analyzer.model.report import ClusterSummary, Report, Verdict
from analyzer.model.snapshot import Snapshot
from analyzer.model.step import Inputs, Target

NOTHING = Question(target=Target.OVERLAY, inputs=Inputs(), as_of="2026-11-20", snapshot_hash="", tool_version="0")


def report(name: str, group: str = "", subscription: str = "") -> Report:
    cluster = ClusterSummary(name=name, resource_group=group, subscription=subscription)
    return msgspec.structs.replace(judge(Snapshot(), NOTHING, ()), cluster=cluster)


def test_clusters_of_one_name_are_told_apart_by_group_then_subscription_then_place(tmp_path: Path) -> None:
    writer = Writer((Output("json", None),), tmp_path)
    for names in [
        ("shop", "a", "s1"),
        ("Shop", "b", "s1"),
        ("SHOP", "B", "s2"),
        ("shop", "b", "S2"),
        ("shop", "b", "s2"),
    ]:
        writer.write(report(*names))
    assert [path.name for path in writer.written] == [
        "shop.json",
        "Shop.b.json",
        "SHOP.B.s2.json",
        "shop.b.S2.2.json",
        "shop.b.s2.3.json",
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(path.name for path in writer.written)


def test_the_page_for_the_ticket_names_the_json_file_that_lies_beside_it(tmp_path: Path) -> None:
    writer = Writer(parse_outputs(["markdown", "json", "csv", "text"], folder=tmp_path), tmp_path)
    writer.write(report("shop"))
    assert [path.name for path in writer.written] == ["shop.md", "shop.json", "shop.csv", "shop.txt"]
    digest = hashlib.sha256((tmp_path / "shop.json").read_bytes()).hexdigest()
    assert f"JSON report beside this page, SHA-256: `{digest}`" in (tmp_path / "shop.md").read_text(encoding="utf-8")


def test_a_name_is_never_a_path(tmp_path: Path) -> None:
    writer = Writer((Output("json", None),), tmp_path)
    for name in ("../../etc/passwd", "", "a b"):
        writer.write(report(name))
    assert [path.name for path in writer.written] == ["etc-passwd.json", "cluster.json", "a-b.json"]


def test_the_printed_line_has_the_verdict_in_words_and_the_names() -> None:
    risky = msgspec.structs.replace(report("shop", "shop-rg", "s1"), verdict=Verdict.READY_WITH_RISKS)
    assert verdict_line(risky) == "READY WITH RISKS  shop  shop-rg  s1"
    assert verdict_line(report("x\x1b[2J")) == "INDETERMINATE     x\\x1b[2J"


def test_a_folder_takes_several_formats_and_no_path() -> None:
    assert parse_outputs(["text", "html"], folder=Path("out")) == (Output("text", None), Output("html", None))
    with pytest.raises(UsageError, match=r"--format text=x\.txt names a file, and --out-dir names the files itself"):
        parse_outputs(["text=x.txt"], folder=Path("out"))


def test_texts_beside_a_report_are_in_a_folder_of_its_own(tmp_path: Path) -> None:
    writer = Writer((Output("json", None),), tmp_path)
    writer.write(report("shop"), {"1-before/01-a.yaml": "a", "not-kept.txt": "b"})
    assert writer.written == [tmp_path / "shop.json", tmp_path / "shop.policies"]
    assert (tmp_path / "shop.policies/1-before/01-a.yaml").read_text() == "a"


def test_a_folder_with_files_of_another_run_is_left_as_it_is(tmp_path: Path) -> None:
    Writer((Output("json", None),), tmp_path).write(report("shop"), {"1-before/01-a.yaml": "a"})
    writer = Writer((Output("json", None),), tmp_path)
    writer.write(report("shop"), {"1-before/01-b.yaml": "b"})
    folder = tmp_path / "shop.policies"
    assert writer.failures == [f"{folder} holds files of another run, such as 01-a.yaml: remove it first."]
    assert [path.name for path in folder.rglob("*.yaml")] == ["01-a.yaml"]


def test_a_report_without_texts_leaves_the_folder_of_another_command_alone(tmp_path: Path) -> None:
    Writer((Output("json", None),), tmp_path).write(report("shop"), {"1-before/01-a.yaml": "a"})
    writer = Writer((Output("json", None),), tmp_path)
    writer.write(report("shop"))
    assert (writer.failures, writer.written) == ([], [tmp_path / "shop.json"])
