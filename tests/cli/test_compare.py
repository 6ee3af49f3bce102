"""`compare` as a person runs it: two of a kind, an exit code, and never a clean answer about what was not read."""

from __future__ import annotations

import json
from pathlib import Path

import healthy
import msgspec
import nights
import pytest
from click.testing import Result
from msgspec.structs import replace
from typer.testing import CliRunner

from analyzer.cli.entry import app
from analyzer.model.fleet_report import FleetReport
from analyzer.model.report import Report, Verdict
from analyzer.model.snapshot import Snapshot
from analyzer.model.source import Source
from analyzer.store.snapshot_file import encode, pack
from reports.fleet.rows import linked

GOLDEN = Path(__file__).parents[1] / "reports" / "golden"


def run(*words: str | Path, **environment: str) -> Result:
    return CliRunner().invoke(app, ["compare", *map(str, words)], env={"COLUMNS": "100", **environment})


def written(path: Path, document: Report | FleetReport) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.encode(document))
    return path


def audit(folder: Path, fleet: FleetReport, reports: nights.Reports) -> Path:
    """A run's folder."""
    for name, report in reports.items():
        if report is not None:
            written(folder / "clusters" / f"{name}.json", report)
    written(folder / "index.json", fleet)
    return folder


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return written(tmp_path / "old.json", nights.shop_before())


@pytest.fixture
def new(tmp_path: Path) -> Path:
    return written(tmp_path / "new.json", nights.shop_after())


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """A folder of three runs, the newest of which was interrupted."""
    interrupted = replace(nights.fleet_after(), run="2026-11-23T02:00:00Z", partial=True, pending=8)
    audit(tmp_path / "runs" / "2026-11-21T020000Z", nights.fleet_before(), nights.reports_before())
    audit(tmp_path / "runs" / "2026-11-22T020000Z", nights.fleet_after(), nights.reports_after())
    audit(tmp_path / "runs" / "2026-11-23T020000Z", interrupted, {})
    written(tmp_path / "index.json", linked(nights.fleet_after(), "runs/2026-11-22T020000Z/"))
    return tmp_path


def snapshot(path: Path, of: Snapshot) -> Path:
    path.write_bytes(pack(encode(of)))
    return path


def test_two_reports_differ_as_the_golden_says_and_worse_ends_with_7(old: Path, new: Path) -> None:
    done = run(old, new)
    assert (done.exit_code, done.stderr) == (7, "")
    assert done.stdout == (GOLDEN / "difference-shop.txt").read_text(encoding="utf-8")


def test_never_silences_7_by_flag_and_by_variable(old: Path, new: Path) -> None:
    flag, variable = run(old, new, "--fail-on", "never"), run(old, new, AKS_PREFLIGHT_FAIL_ON="never")
    assert [done.exit_code for done in (flag, variable)] == [0, 0]
    assert flag.stdout.startswith("WORSE  shop")


def test_a_report_and_itself_end_with_0(new: Path) -> None:
    done = run(new, new)
    assert (done.exit_code, done.stdout.split("\n")[0]) == (0, "NOT WORSE  shop: still BLOCKED")


def test_formats_go_to_files_and_one_to_stdout(tmp_path: Path, old: Path, new: Path) -> None:
    page = tmp_path / "page.md"
    done = run(old, new, "--format", f"markdown={page}", "--format", "json")
    assert json.loads(done.stdout)["cluster"]["verdictAfter"] == "BLOCKED"
    assert page.read_text(encoding="utf-8") == (GOLDEN / "difference-shop.md").read_text(encoding="utf-8")


def test_a_file_that_cannot_be_written_ends_with_1_and_loses_no_other(tmp_path: Path, old: Path, new: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    done = run(old, new, "--format", f"json={tmp_path}/file/x.json", "--format", "text")
    assert (done.exit_code, done.stdout.split("\n")[0]) == (1, "WORSE  shop: INDETERMINATE -> BLOCKED")
    assert "x.json cannot be written" in done.stderr


@pytest.mark.parametrize("form", ["{0}/runs/2026-11-22T020000Z", "{0}", "{0}/index.json", "file://{0}"])
def test_an_audit_is_a_run_a_folder_of_runs_an_index_or_a_url(runs: Path, form: str) -> None:
    done = run(runs / "runs" / "2026-11-21T020000Z", form.format(runs))
    assert done.exit_code == 7
    assert done.stdout == (GOLDEN / "difference-nights.txt").read_text(encoding="utf-8")


def test_a_report_that_is_not_there_is_named_and_never_unchanged(runs: Path) -> None:
    (runs / "runs" / "2026-11-22T020000Z" / "clusters" / "same.json").write_bytes(b'{"schemaVersion": "1.0", "to')
    done = run(runs / "runs" / "2026-11-21T020000Z", runs, "--format", "json")
    found = {item["difference"]["name"]: item for item in json.loads(done.stdout)["fleet"]["clusters"]}
    assert found["same"]["causeAfter"] == "its report could not be read, so nothing was compared"
    assert found["same"]["difference"]["worse"]
    assert [line for line in done.stderr.split("\n") if "clusters/same.json is not a whole JSON report" in line]
    assert [line for line in done.stderr.split("\n") if "clusters/gone.json cannot be read" in line]


def test_an_audit_without_a_cluster_is_no_success_even_where_nothing_may_fail(tmp_path: Path) -> None:
    empty = audit(tmp_path / "empty", replace(nights.fleet_after(), clusters=()), {})
    full = audit(tmp_path / "full", nights.fleet_before(), nights.reports_before())
    codes = [run(before, empty, "--fail-on", "never").exit_code for before in (empty, full)]
    assert codes == [5, 5]


def test_an_audit_that_read_no_cluster_is_no_success_however_alike_the_night_before_was(tmp_path: Path) -> None:
    whole = nights.fleet_after()
    unread = replace(whole, clusters=tuple(row for row in whole.clusters if row.verdict is None))
    assert unread.clusters
    old, new = (audit(tmp_path / name, unread, {}) for name in ("old", "new"))
    done = run(old, new)
    assert (done.exit_code, done.stderr) == (
        5,
        f"aks-preflight: nothing in {new} was judged, so that nothing is worse proves nothing.\n",
    )


def test_a_report_without_a_result_is_no_success(tmp_path: Path, old: Path) -> None:
    blank = written(tmp_path / "blank.json", replace(nights.shop_before(), results=(), rules=()))
    assert run(old, blank, "--fail-on", "never").exit_code == 5


def test_snapshots_are_judged_by_one_question_and_a_list_that_is_lost_fixes_nothing(tmp_path: Path) -> None:
    whole = snapshot(tmp_path / "whole.zip", healthy.healthy())
    blind = snapshot(tmp_path / "blind.zip", healthy.without(healthy.healthy(), Source.NETWORK_POLICIES))
    question = ("--pod-cidr", "10.10.0.0/16", "--as-of", "2026-11-20", "--format", "json")
    there, back = (json.loads(run(*two, *question).stdout)["cluster"] for two in ((whole, blind), (blind, whole)))
    assert (there["verdictBefore"], there["verdictAfter"]) == ("BLOCKED", "BLOCKED")
    assert {gap["gap"]["source"] for gap in there["gapsOpened"]} == {"network_policies"}
    assert [turn["what"] for turn in there["turns"]] == ["sources not read", "verdict of cilium", "traffic at cilium"]
    assert [item for item in there.get("vanished", []) if item["other"] == "clear"] == []
    assert (there["worse"], back["worse"]) == (True, False)


def test_a_snapshot_is_compared_with_a_report(tmp_path: Path) -> None:
    whole = snapshot(tmp_path / "whole.zip", healthy.healthy())
    report = replace(nights.shop_before(), cluster=nights.cluster("other"))
    done = run(written(tmp_path / "other.json", report), whole)
    assert done.exit_code == 2
    assert "two clusters" in done.stderr


USAGE = {
    "one": (["{old}"], "Two are compared: give two reports, snapshots or audits, the older one first."),
    "none": ([], "Two are compared"),
    "a report and an audit": (["{old}", "{run}"], "managedClusters/shop and {run} is an audit of 11 clusters: compare"),
    "two clusters": (["{old}", "{other}"], "{other} is of /subscriptions/"),
    "not there": (["{old}", "nowhere.json"], "nowhere.json cannot be read: No such file or directory."),
    "no audit": (["{run}", "{empty}"], "{empty} holds no audit: neither index.json nor a folder runs."),
    "not finished": (["{run}", "{begun}"], "No audit in {begun} is finished."),
    "no report": (["{old}", "{text}"], "{text} is not a whole JSON report of aks-preflight"),
    "a page": (["{old}", "{old}", "--format", "html"], "--format 'html' is not known; it can be text, json, markdown."),
    "a date": (["{old}", "{old}", "--as-of", "soon"], "--as-of is 'soon'"),
    "a mood": (["{old}", "{old}", "--fail-on", "sometimes"], "--fail-on is 'sometimes'"),
}


@pytest.mark.parametrize("name", USAGE)
def test_bad_usage_ends_with_2_and_says_what_to_give(tmp_path: Path, old: Path, runs: Path, name: str) -> None:
    words, message = USAGE[name]
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.txt").write_text("READY")
    (tmp_path / "begun" / "runs" / "2026-11-24T020000Z" / "rows").mkdir(parents=True)
    places = {
        "old": old,
        "run": runs / "runs" / "2026-11-21T020000Z",
        "other": written(tmp_path / "bank.json", nights.report("bank", Verdict.READY, nights.NO_BUDGET)),
        "empty": tmp_path / "empty",
        "begun": tmp_path / "begun",
        "text": tmp_path / "text.txt",
    }
    done = run(*(word.format(**places) for word in words))
    assert (done.exit_code, done.stdout) == (2, "")
    assert message.format(**places) in " ".join(done.stderr.split())


def test_names_and_servers_tell_clusters_apart_where_no_id_was_read(tmp_path: Path, old: Path) -> None:
    lost = nights.lost("shop")
    nameless = replace(lost, cluster=replace(lost.cluster, id="", name=""))
    assert run(old, written(tmp_path / "lost.json", nameless)).exit_code == 7
    elsewhere = replace(nameless, server="https://other.hcp.westeurope.azmk8s.io:443")
    done = run(old, written(tmp_path / "elsewhere.json", elsewhere))
    assert (done.exit_code, "two clusters" in done.stderr) == (2, True)
    unknown = written(tmp_path / "unknown.json", replace(nameless, server=None))
    assert "that both are of one is your word" in run(old, unknown).stderr
