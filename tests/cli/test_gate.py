"""The gate as a person runs it before the change: go, no-go of each kind, and what it refuses to look at."""

from __future__ import annotations

import datetime
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import healthy
import pytest
from click.testing import Result
from servers.kubernetes_answers import refusal
from servers.samples import serving
from typer.testing import CliRunner

from analyzer.cli.deciding import question_of
from analyzer.cli.entry import app
from analyzer.cli.gate import Approving
from analyzer.engine import Question, judge
from analyzer.model.fact import Known
from analyzer.model.snapshot import Snapshot
from analyzer.model.source import Source
from analyzer.model.step import IacPlan, Inputs, PlannedWindow, Target
from analyzer.model.version import Version
from analyzer.store.snapshot_file import encode, pack
from rules import CATALOG

RUN = "import sys; from analyzer.cli.entry import main; main()"
OTHER = f"{healthy.GROUP}/providers/Microsoft.ContainerService/managedClusters/other"
RELAXED = """
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {namespace: shop, name: web}
spec: {minAvailable: 2, selector: {matchLabels: {app: web}}}
status: {disruptionsAllowed: 0, expectedPods: 2, currentHealthy: 2, desiredHealthy: 2}
"""
WAIVERS = """
waivers:
- rule: REI-PDB
  selector: {namespace: shop, name: web}
  reason: The team scales it up before the change.
  owner: team-shop
  expires: 2099-12-31
  ticket: CHG-1
"""


def environment(**given: str) -> dict[str, str]:
    plain = {key: value for key, value in os.environ.items() if not key.startswith(("AKS_PREFLIGHT_", "AZURE_"))}
    return {**plain, "COLUMNS": "100", **given}


def run(*words: str | Path, **given: str) -> Result:
    removed = {key: None for key in os.environ if key.startswith(("AKS_PREFLIGHT_", "AZURE_"))}
    return CliRunner(env={**removed, "COLUMNS": "100", **given}).invoke(app, list(map(str, words)))


def program(*words: str | Path, **given: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", RUN, *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment(**given))


@pytest.fixture
def snapshot(tmp_path: Path) -> Callable[..., Path]:
    """Writes the snapshot of a cluster as if it had been collected so many minutes ago."""

    def write(name: str, minutes: int, found: Snapshot | None = None) -> Path:
        then = datetime.datetime.now(datetime.UTC) - datetime.timedelta(minutes=minutes)
        stamped = replace(found or healthy.healthy(), collected_at=then.strftime("%Y-%m-%dT%H:%M:%SZ"))
        path = tmp_path / f"{name}.zip"
        path.write_bytes(pack(encode(stamped)))
        return path

    return write


Snapshots = Callable[..., Path]


@pytest.fixture
def approved(tmp_path: Path, snapshot: Snapshots) -> Path:
    """The JSON report of the healthy cluster, READY three hours ago."""
    path = tmp_path / "approved.json"
    assert run("check", snapshot("then", 180), "--format", f"json={path}").exit_code == 0
    return path


def criteria(screen: str) -> dict[str, str]:
    """What became of each criterion, by the words of the screen."""
    lines = (line for line in screen.splitlines() if line.startswith(("  ok", "  FAILED", "  skipped")))
    return {line[10:29].strip(): line[2:10].strip() for line in lines}


MET = dict.fromkeys(
    (
        "same cluster",
        "approved report",
        "approved verdict",
        "approved evidence",
        "new evidence",
        "verdict now",
        "what fails",
        "drift",
    ),
    "ok",
) | {"approved report": "skipped"}
"""Of a go whose --approved-hash was not given."""


def test_a_cluster_as_it_was_approved_is_a_go_on_one_screen(approved: Path, snapshot: Snapshots) -> None:
    done = program("gate", "--approved", approved, snapshot("now", 1))
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "GO  shop to Azure CNI Overlay with the Cilium data plane"
    assert criteria(done.stdout) == MET
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 80


def test_exactly_the_json_beside_the_approved_page_is_accepted(tmp_path: Path, snapshot: Snapshots) -> None:
    page, report = tmp_path / "page.md", tmp_path / "report.json"
    formats = (f"--format=markdown={page}", f"--format=json={report}")
    assert run("check", snapshot("then", 60), *formats).exit_code == 0
    named = re.search(r"JSON report beside this page, SHA-256: `([0-9a-f]{64})`", page.read_text())
    assert named is not None
    now = snapshot("now", 1)
    accepted = run("gate", "--approved", report, "--approved-hash", named[1], now)
    assert (accepted.exit_code, criteria(accepted.stdout)) == (0, {**MET, "approved report": "ok"})
    assert f"approved report {named[1]}\n" in accepted.stdout

    content = report.read_bytes()
    place = content.index(b"westeurope")
    report.write_bytes(content[:place] + b"W" + content[place + 1 :])
    refused = run("gate", "--approved", report, "--approved-hash", named[1], now)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "report.json is not the report that was approved: its sha256 is" in refused.stderr
    assert run("gate", "--approved", report, now).exit_code == 0


WINDOWS = "{pools: {win: {osType: Windows}}}"
NO_GO = [
    # the cluster now, exit code, criteria that fail
    (lambda found: healthy.with_cluster(found, WINDOWS), 3, {"verdict now", "what fails", "drift"}),
    (lambda found: healthy.without(found, Source.PODS), 5, {"verdict now", "what fails", "drift"}),
    (lambda found: healthy.with_cluster(found, "{currentKubernetesVersion: 1.33.7}"), 7, {"drift"}),
    (lambda found: healthy.with_objects(found, RELAXED), 7, {"verdict now", "what fails"}),
]


@pytest.mark.parametrize(("change", "code", "failed"), NO_GO)
def test_a_no_go_ends_with_the_code_of_its_reason(
    approved: Path, snapshot: Snapshots, change: Callable[[Snapshot], Snapshot], code: int, failed: set[str]
) -> None:
    done = run("gate", "--approved", approved, snapshot("now", 1, change(healthy.healthy())))
    assert done.exit_code == code
    assert done.stdout.startswith("NO-GO  shop to ")
    assert {name for name, mark in criteria(done.stdout).items() if mark == "FAILED"} == failed


@pytest.mark.parametrize(
    ("was", "checked", "code"),
    [
        (lambda found: healthy.with_cluster(found, WINDOWS), 3, 3),
        (lambda found: healthy.without(found, Source.PODS), 5, 5),
    ],
)
def test_a_report_that_was_no_go_is_none_whatever_the_cluster_became(
    tmp_path: Path, snapshot: Snapshots, was: Callable[[Snapshot], Snapshot], checked: int, code: int
) -> None:
    report = tmp_path / "report.json"
    assert run("check", snapshot("then", 60, was(healthy.healthy())), f"--format=json={report}").exit_code == checked
    done = run("gate", "--approved", report, snapshot("now", 1))
    assert done.exit_code == code
    assert criteria(done.stdout)["approved verdict"] == "FAILED"


def test_evidence_that_is_too_old_is_no_go(approved: Path, snapshot: Snapshots) -> None:
    now = snapshot("now", 150)
    assert run("gate", "--approved", approved, now, "--max-age", "4h").exit_code == 0
    both = run("gate", "--approved", approved, now, AKS_PREFLIGHT_MAX_AGE="90m")
    assert both.exit_code == 5
    assert {name for name, mark in criteria(both.stdout).items() if mark == "FAILED"} == {
        "approved evidence",
        "new evidence",
    }
    first = run("gate", "--approved", approved, snapshot("fresh", 1), "--max-age", "2h")
    assert first.exit_code == 7
    assert criteria(first.stdout) == {**MET, "approved evidence": "FAILED"}


def test_evidence_without_a_time_is_no_go(tmp_path: Path, approved: Path) -> None:
    path = tmp_path / "timeless.zip"
    path.write_bytes(pack(encode(replace(healthy.healthy(), collected_at=None))))
    done = run("gate", "--approved", approved, path)
    assert (done.exit_code, criteria(done.stdout)) == (5, {**MET, "new evidence": "FAILED"})


def test_the_approved_evidence_itself_is_not_collected_again(tmp_path: Path, approved: Path) -> None:
    done = run("gate", "--approved", approved, tmp_path / "then.zip")
    assert (done.exit_code, criteria(done.stdout)) == (5, {**MET, "new evidence": "FAILED"})


def test_another_cluster_is_refused_and_both_are_named(approved: Path, snapshot: Snapshots) -> None:
    now = snapshot("now", 1, healthy.with_cluster(healthy.healthy(), f"{{id: {OTHER}, name: other}}"))
    for target in (now, OTHER):
        done = run("gate", "--approved", approved, target)
        assert (done.exit_code, done.stdout) == (2, "")
        assert f"approved.json is of {healthy.cluster_body()['id']}, and the target is {OTHER}: two" in done.stderr


def test_what_rests_on_waivers_is_a_go_only_with_them(tmp_path: Path, snapshot: Snapshots) -> None:
    waivers, report = tmp_path / "waivers.yaml", tmp_path / "report.json"
    waivers.write_text(WAIVERS)
    then, now = (snapshot(name, age, healthy.with_objects(healthy.healthy(), RELAXED)) for name, age in AGES)
    assert run("check", then, "--waivers", waivers, f"--format=json={report}").exit_code == 0
    assert run("gate", "--approved", report, now, "--waivers", waivers).exit_code == 0
    without = run("gate", "--approved", report, now)
    assert without.exit_code == 7
    assert "  ! no longer waived: risk REI-PDB at overlay: shop/PodDisruptionBudget/web\n" in without.stdout
    assert "  - the approval rests on 1 waiver, and none was given: --waivers FILE\n" in without.stdout
    assert run("gate", "--approved", report, now, "--waivers", waivers, "--strict").exit_code == 7


AGES = (("then", 60), ("now", 1))


def test_a_waiver_that_is_over_counts_no_more_and_is_said_to_be(tmp_path: Path, snapshot: Snapshots) -> None:
    waivers, report = tmp_path / "waivers.yaml", tmp_path / "report.json"
    waivers.write_text(WAIVERS)
    then, now = (snapshot(name, age, healthy.with_objects(healthy.healthy(), RELAXED)) for name, age in AGES)
    assert run("check", then, "--waivers", waivers, f"--format=json={report}").exit_code == 0
    waivers.write_text(WAIVERS.replace("2099", "2025"))
    done = run("gate", "--approved", report, now, "--waivers", waivers)
    assert done.exit_code == 7
    assert "waivers.yaml:3: the waiver of REI-PDB expired: its last day was 2025-12-31." in done.stderr
    assert "  - the approval rests on 1 waiver, of which 0 are in force now\n" in done.stdout


def test_the_record_goes_to_several_places_and_one_that_fails_does_not_lose_the_others(
    tmp_path: Path, approved: Path, snapshot: Snapshots
) -> None:
    page, file = tmp_path / "record.md", tmp_path / "record.json"
    formats = (f"--format=markdown={page}", f"--format=json={file}", "--format=text")
    done = run("gate", "--approved", approved, snapshot("now", 1), *formats)
    assert (done.exit_code, done.stdout.splitlines()[0][:8]) == (0, "GO  shop")
    assert page.read_text() == f"### GO\n\n```text\n{done.stdout}```\n"
    assert json.loads(file.read_text())["go"] is True
    in_the_way = f"--format=json={approved}/record.json"
    broken = run("gate", "--approved", approved, snapshot("now", 1), in_the_way, "--format=text")
    assert broken.exit_code == 1
    assert "record.json cannot be written" in broken.stderr
    assert broken.stdout.startswith("GO  shop")


USAGE = [
    (["X"], "No approved report is named. Give --approved REPORT"),
    (["--approved", "nowhere.json", "X"], "nowhere.json cannot be read"),
    (["--approved", "X", "X"], "is not a whole JSON report of aks-preflight"),
    (["--approved", "A", "X", "--max-age", "soon"], "--max-age is 'soon'; give minutes, hours or days, such as 90m"),
    (["--approved", "A", "X", "--max-age", "0h"], "--max-age is '0h'"),
    (["--approved", "A", "X", "--format", "html"], "--format 'html' is not known; it can be text, json, markdown."),
    (["--approved", "A", "X", "X"], "2 targets are named; the gate is for the one cluster of"),
    (["--approved", "A", "X", "--as-of", "2026-11-20"], "No such option: --as-of"),
    (["--approved", "NEWER", "X"], "was judged with --new-flag, which this version does not know."),
]


@pytest.mark.parametrize(("words", "message"), USAGE)
def test_bad_usage_ends_with_2_and_says_what_to_give(
    tmp_path: Path, approved: Path, snapshot: Snapshots, words: list[str], message: str
) -> None:
    newer = tmp_path / "newer.json"
    report = json.loads(approved.read_text())
    newer.write_text(json.dumps({**report, "inputs": {"--new-flag": "x"}}))
    named = {"X": str(snapshot("now", 1)), "A": str(approved), "NEWER": str(newer)}
    done = run("gate", *(named.get(word, word) for word in words))
    assert (done.exit_code, done.stdout) == (2, "")
    assert message in " ".join(done.stderr.split())


EVERYTHING = Inputs(
    pod_cidr="100.64.0.0/16",
    cli_version=Version(2, 81, 0),
    planned_features=("acns-l7", "bgp"),
    planned_window=PlannedWindow(
        datetime.datetime(2026, 12, 1, 20, tzinfo=datetime.UTC),
        datetime.datetime(2026, 12, 2, 2, tzinfo=datetime.timezone(datetime.timedelta(hours=1))),
    ),
    on_premises_cidrs=("10.0.0.0/8", "fd00::/8"),
    iac_plan=IacPlan.IN_PLACE,
    allowed_fqdns=("mcr.microsoft.com", "*.data.mcr.microsoft.com"),
    credential_expiry=datetime.date(2027, 3, 31),
    scan_configmaps=True,
)
NOTHING_THERE = Inputs(planned_features=(), on_premises_cidrs=(), allowed_fqdns=())


@pytest.mark.parametrize("inputs", [EVERYTHING, NOTHING_THERE, Inputs()])
@pytest.mark.parametrize("target", Target)
def test_the_cluster_is_judged_by_the_target_and_inputs_that_were_approved(inputs: Inputs, target: Target) -> None:
    question = Question(target=target, inputs=inputs, as_of=healthy.AS_OF, snapshot_hash="", tool_version="0")
    report = judge(healthy.healthy(), question, CATALOG[:1])
    asked = question_of(report, "approved.json", Approving())
    assert (asked.target, asked.inputs) == (target, inputs)


def test_a_live_cluster_is_collected_again_without_being_named(tmp_path: Path) -> None:
    with serving("overlay-ready") as live:
        report, reach = tmp_path / "approved.json", live.words[1:]
        program("check", *live.words, f"--format=json={report}", **live.environment)
        done = program("gate", "--approved", report, *reach, **live.environment)
        assert (done.returncode, criteria(done.stdout)) == (0, MET)
        live.api.answer("/api/v1/services", always=refusal(403, "Forbidden", "services is forbidden"))
        blind = program("gate", "--approved", report, *reach, **live.environment)
        assert (blind.returncode, criteria(blind.stdout)["verdict now"]) == (5, "FAILED")


def test_a_cluster_that_cannot_be_reached_ends_with_6_and_no_decision(tmp_path: Path) -> None:
    with serving("overlay-ready") as live:
        report, reach = tmp_path / "approved.json", live.words[1:]
        program("check", *live.words, f"--format=json={report}", **live.environment)
        live.arm.answers.clear()
        done = program("gate", "--approved", report, *reach, **live.environment)
        assert (done.returncode, done.stdout) == (6, "")


def test_the_fixture_is_what_the_tests_take_it_for(approved: Path) -> None:
    cluster = healthy.healthy().cluster
    assert isinstance(cluster, Known)
    assert json.loads(approved.read_text())["cluster"]["id"] == cluster.value.id
