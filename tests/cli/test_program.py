"""The program as a person runs it: a process with arguments, an exit code, stdout for data, stderr for people."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import healthy
import msgspec
import pytest

from analyzer.store.snapshot_file import encode, pack

SAMPLES = Path(str(files("analyzer.samples")))
RUN = "import sys; from analyzer.cli.entry import main; main()"
GUARD = """
import sys
def forbid(event, arguments):
    if event.startswith("socket."):
        raise SystemExit(f"a socket was used: {event} {arguments}")
sys.addaudithook(forbid)
"""
NAMES_OF_IMPORTS = """
import atexit
atexit.register(lambda: print("imported:", *sorted({name.partition(".")[0] for name in sys.modules}), file=sys.stderr))
"""


def run(*words: str | Path, code: str = RUN, **environment: str) -> subprocess.CompletedProcess[str]:
    plain = {key: value for key, value in os.environ.items() if not key.startswith("AKS_PREFLIGHT_")}
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        env={**plain, "COLUMNS": "100", **environment},
    )


def body(folder: Path, **changes: object) -> Path:
    """A file with the healthy cluster's ARM body, its network profile changed."""
    cluster = healthy.cluster_body()
    cluster["networkProfile"] |= changes
    path = folder / "cluster.json"
    path.write_text(json.dumps(cluster))
    return path


@pytest.fixture
def ready(tmp_path: Path) -> Path:
    """A snapshot of the healthy cluster."""
    path = tmp_path / "shop.zip"
    path.write_bytes(pack(encode(healthy.healthy())))
    return path


def test_a_ready_cluster_ends_with_0_and_the_summary_on_stdout(ready: Path) -> None:
    done = run("check", ready, "--pod-cidr", "100.64.0.0/16")
    assert (done.returncode, done.stderr) == (0, "")
    assert "READY" in done.stdout


def test_an_unread_fact_ends_with_5_and_a_refused_step_with_3(tmp_path: Path, ready: Path) -> None:
    assert run("check", body(tmp_path)).returncode == 5
    assert run("check", ready, AKS_PREFLIGHT_FAIL_ON="indeterminate").returncode == 0  # judged with a proposal
    assert run("check", body(tmp_path, networkPlugin="kubenet"), "--to", "cilium").returncode == 3


@pytest.mark.parametrize(("fail_on", "code"), [("never", 0), ("blocked", 3), ("indeterminate", 3), ("risks", 3)])
def test_fail_on_decides_which_verdicts_fail(tmp_path: Path, fail_on: str, code: int) -> None:
    blocked = body(tmp_path, networkPlugin="kubenet")
    assert run("check", blocked, "--to", "cilium", "--fail-on", fail_on).returncode == code


def test_a_cluster_on_the_target_ends_with_0_and_says_that_there_is_nothing_to_migrate(tmp_path: Path) -> None:
    there = body(tmp_path, networkPluginMode="overlay", podCidr="10.244.0.0/16")
    done = run("check", there, "--to", "overlay")
    assert done.returncode == 0
    assert "nothing to migrate" in " ".join(done.stdout.lower().split())


USAGE = [
    (["check"], "No cluster is named."),
    (["check", "nowhere.json"], "nowhere.json does not exist."),
    (["check", "/subscriptions/x/resourceGroups/y"], "is not the ARM id of an AKS cluster"),
    (["check", "-g", "rg"], "-s, -g and -n go together"),
    (["check", "X", "--to", "mars"], "--to is 'mars'; it can be overlay, cilium, overlay,cilium."),
    (["check", "X", "--pod-cidr", "10.0.0.1/8"], "--pod-cidr is '10.0.0.1/8'; give an IPv4 network without host bits"),
    (["check", "X", "--pod-cidr", "fd00::/64"], "--pod-cidr is 'fd00::/64'; give an IPv4 network"),
    (["check", "X", "--cli-version", "new"], "--cli-version is 'new'"),
    (["check", "X", "--as-of", "tomorrow"], "--as-of is 'tomorrow'; give a date as YYYY-MM-DD."),
    (["check", "X", "--planned-features", "teleport"], "--planned-features is 'teleport'"),
    (["check", "X", "--planned-window", "tonight"], "--planned-window is 'tonight'; give START/END, both with a time"),
    (["plan", "X", "--planned-window", "2026-12-01T20:00/2026-12-02T02:00Z"], "both with a time zone, such as"),
    (["plan", "X", "--planned-window", "2026-12-02T02:00Z/2026-12-01T20:00Z"], "which ends before it starts."),
    (["check", "X", "--on-premises-cidr", "10.1.0.0/8"], "--on-premises-cidr is '10.1.0.0/8'; give a network without"),
    (["check", "X", "--on-premises-cidr", "0.0.0.0/0"], "and not the default route"),
    (["check", "X", "--on-premises-cidr", "10.0.0.0/8,none"], "--on-premises-cidr is 'none'; give a network"),
    (["check", "X", "--iac-plan", "destroy"], "--iac-plan is 'destroy'; it can be none, in-place, replace."),
    (["check", "X", "--allowed-fqdn", "https://example.org"], "--allowed-fqdn is 'https://example.org'; give a name"),
    (["check", "X", "--credential-expiry", "soon"], "--credential-expiry is 'soon'; give a date as YYYY-MM-DD."),
    (["plan", "X", "--format", "html"], "--format 'html' is not known; it can be text, json."),
    (["plan", "a.zip", "b.zip"], "2 targets need a folder for their reports: --out-dir FOLDER."),
    (["check", "X", "--fail-on", "sometimes"], "--fail-on is 'sometimes'"),
    (["check", "X", "--format", "pdf"], "--format 'pdf' is not known"),
    (["check", "X", "--format", "json", "--format", "html"], "Only one --format can go to stdout"),
    (["check", "a.zip", "b.zip"], "2 targets need a folder for their reports: --out-dir FOLDER."),
    (["check", "--frobnicate"], "No such option"),
    (["collect", "X"], "Give the snapshot file a name that ends in .zip"),
    (["rules", "show", "OVL-K8S"], "There is no rule 'OVL-K8S'. Close: OVL-K8S-VERSION."),
    (["rules", "list", "--format", "xml"], "--format is 'xml'; it can be text or json."),
    (["access", "everything"], "There is no artefact 'everything'"),
    (["schema", "dreams"], "There is no schema of 'dreams'"),
    (["doctor", "a.zip"], "doctor looks at one live cluster"),
    (["check", "-s", "x", "-g", "y", "-n", "z", "--cloud", "moon"], "Unknown cloud 'moon': give public, usgov, china"),
]


@pytest.mark.parametrize(("words", "message"), USAGE)
def test_bad_usage_ends_with_2_and_says_what_to_give(tmp_path: Path, words: list[str], message: str) -> None:
    there = body(tmp_path)
    done = run(*(str(there) if word == "X" else word for word in words))
    assert (done.returncode, done.stdout) == (2, "")
    assert message in " ".join(done.stderr.split())


def test_every_flag_can_be_an_environment_variable(ready: Path) -> None:
    done = run("check", ready, AKS_PREFLIGHT_POD_CIDR="100.64.0.0/16", AKS_PREFLIGHT_FORMAT="json")
    assert json.loads(done.stdout)["inputs"] == {"--pod-cidr": "100.64.0.0/16"}


def test_what_the_operator_gives_is_in_the_report_by_flag_or_by_variable(ready: Path) -> None:
    flags = (
        "--on-premises-cidr",
        "10.0.0.0/8,fd00::/8",
        "--on-premises-cidr",
        "192.168.0.0/16",
        "--iac-plan",
        "replace",
    )
    variables = {
        "AKS_PREFLIGHT_PLANNED_WINDOW": "2026-12-01T20:00Z/2026-12-02T02:00+01:00",
        "AKS_PREFLIGHT_ALLOWED_FQDN": "mcr.microsoft.com *.Data.mcr.microsoft.com.",
        "AKS_PREFLIGHT_CREDENTIAL_EXPIRY": "2027-03-31",
        "AKS_PREFLIGHT_SCAN_CONFIGMAPS": "1",
        "AKS_PREFLIGHT_CLI_VERSION": "2.81.0",
    }
    done = run("check", ready, "--format", "json", *flags, **variables)
    assert json.loads(done.stdout)["inputs"] == {
        "--on-premises-cidr": "10.0.0.0/8,fd00::/8,192.168.0.0/16",
        "--iac-plan": "replace",
        "--planned-window": "2026-12-01T20:00:00+00:00/2026-12-02T02:00:00+01:00",
        "--allowed-fqdn": "mcr.microsoft.com,*.data.mcr.microsoft.com",
        "--credential-expiry": "2027-03-31",
        "--scan-configmaps": "yes",
        "--cli-version": "2.81.0",
    }


def test_none_is_an_answer_to_what_can_be_given_more_than_once(ready: Path) -> None:
    done = run("check", ready, "--format", "json", "--on-premises-cidr", "none", "--allowed-fqdn", "none")
    assert json.loads(done.stdout)["inputs"] == {"--on-premises-cidr": "none", "--allowed-fqdn": "none"}


def test_the_firewalls_tag_is_a_name_that_can_be_allowed(ready: Path) -> None:
    done = run("check", ready, "--format", "json", "--allowed-fqdn", "AzureKubernetesService")
    assert json.loads(done.stdout)["inputs"] == {"--allowed-fqdn": "azurekubernetesservice"}


def test_a_pod_cidr_that_no_step_uses_is_said_to_be_unused(tmp_path: Path, ready: Path) -> None:
    there = body(tmp_path, networkPluginMode="overlay", podCidr="10.244.0.0/16")
    done = run("check", there, "--pod-cidr", "100.64.0.0/16", "--fail-on", "never")
    expected = (
        "--pod-cidr 100.64.0.0/16 is not used: the path of shop has no overlay step (its pod CIDR now: 10.244.0.0/16)\n"
    )
    assert done.stderr == expected
    assert run("check", ready, "--pod-cidr", "100.64.0.0/16").stderr == ""


def test_a_plan_prints_the_runbook_and_ends_like_a_check(tmp_path: Path, ready: Path) -> None:
    done = run("plan", ready)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Proposed: 100.64.0.0/20, room for 16 nodes." in done.stdout
    assert "--network-plugin azure --network-plugin-mode overlay --pod-cidr 100.64.0.0/20\n" in done.stdout
    blocked = run("plan", body(tmp_path, networkPlugin="kubenet"), "--to", "cilium")
    assert blocked.returncode == 3
    assert "DO NOT RUN YET: Kubenet cannot change to Cilium directly" in blocked.stdout


def test_a_plan_is_also_json_and_a_folder_gets_both(tmp_path: Path, ready: Path) -> None:
    done = run("plan", ready, "--format", "json", "--pod-cidr", "10.10.0.0/16")
    book = json.loads(done.stdout)
    assert (done.returncode, book["verdict"], book["held"]) == (3, "BLOCKED", 1)
    assert book["addressPlan"]["proposal"] == "100.64.0.0/20"
    assert run("plan", ready, "--out-dir", tmp_path / "out").returncode == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["shop.json", "shop.txt"]


def test_two_runs_give_identical_bytes_in_every_format(tmp_path: Path) -> None:
    sample = SAMPLES / "kubenet-calico-prod"
    for name in ("one", "two"):
        formats = [f"--format={kind}={tmp_path / name}.{kind}" for kind in ("text", "json", "html")]
        assert run("check", sample, "--as-of", "2026-11-20", *formats).returncode == 3
    for kind in ("text", "json", "html"):
        one, two = ((tmp_path / f"{name}.{kind}").read_bytes() for name in ("one", "two"))
        assert one == two
        assert len(one) > 500


def test_a_snapshot_of_files_gives_the_same_report_as_the_files(tmp_path: Path) -> None:
    sample, snapshot = SAMPLES / "overlay-two-policies", tmp_path / "cluster.zip"
    assert run("collect", sample, "-O", snapshot).returncode == 0
    from_files, from_snapshot = (
        run("check", target, "--format", "json", "--as-of", "2026-11-20") for target in (sample, snapshot)
    )
    assert from_files.stdout == from_snapshot.stdout
    assert json.loads(from_files.stdout)["cluster"]["name"] == "overlay-two-policies"


def test_several_targets_each_get_their_reports_and_one_failure_does_not_lose_the_others(
    tmp_path: Path, ready: Path
) -> None:
    broken, twin = tmp_path / "broken.zip", tmp_path / "twin.zip"
    broken.write_bytes(b"no zip")
    twin.write_bytes(ready.read_bytes())
    out = tmp_path / "out"
    done = run("check", ready, broken, twin, "--out-dir", out, "--pod-cidr", "100.64.0.0/16")
    assert done.returncode == 2
    assert "broken.zip is not a snapshot" in done.stderr
    reports = sorted(path.suffix for path in out.iterdir())
    assert reports == [".html", ".html", ".json", ".json"]


def test_one_failing_writer_does_not_lose_the_others(tmp_path: Path, ready: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    wanted = tmp_path / "report.json"
    done = run("check", ready, "--format", f"html={tmp_path}/file/x.html", "--format", f"json={wanted}")
    assert done.returncode == 1
    assert "x.html cannot be written" in done.stderr
    assert json.loads(wanted.read_text())["cluster"]["name"] == "shop"


def test_no_socket_is_opened_by_a_check_of_files(tmp_path: Path) -> None:
    sample = SAMPLES / "overlay-ready"
    html = f"html={tmp_path / 'report.html'}"
    done = run("check", sample, "--format", html, "--format", "text", code=GUARD + RUN)
    assert done.returncode in (0, 5), done.stderr
    assert (tmp_path / "report.html").stat().st_size > 10_000


def test_the_guard_against_sockets_catches_one() -> None:
    assert "a socket was used" in run(code=GUARD + "import socket; socket.socket()").stderr


@pytest.mark.parametrize("words", [["--help"], ["check", str(SAMPLES / "overlay-ready")]])
def test_help_and_an_offline_check_import_neither_azure_nor_kubernetes(words: list[str]) -> None:
    done = run(*words, code="import sys\n" + NAMES_OF_IMPORTS + RUN)
    imported = set(done.stderr.rpartition("imported:")[2].split())
    assert {"typer", "analyzer"} <= imported
    assert not imported & {"azure", "kubernetes", "msal", "requests", "urllib3", "aiohttp"}


def test_rules_are_listed_and_shown() -> None:
    listed = msgspec.json.decode(run("rules", "list", "--format", "json").stdout)
    assert {"id": "OVL-K8S-VERSION", "severity": "blocker"}.items() <= {
        key: value for key, value in next(row for row in listed if row["id"] == "OVL-K8S-VERSION").items()
    }.items()
    shown = run("rules", "show", "ovl-k8s-version")
    assert shown.returncode == 0
    assert "How it is decided" in shown.stdout
    assert "https://learn.microsoft.com/azure/aks/update-azure-cni" in shown.stdout


def test_the_version_is_printed() -> None:
    assert run("--version").stdout.startswith("aks-preflight ")


def test_the_demo_writes_a_report_of_every_sample_and_ends_with_0(tmp_path: Path) -> None:
    done = run("demo", "--out-dir", tmp_path)
    assert done.returncode == 0
    names = sorted(path.name for path in SAMPLES.iterdir() if (path / "collected.tsv").exists())
    assert sorted(path.stem for path in tmp_path.glob("*.html")) == names
    assert sorted(path.stem for path in tmp_path.glob("*.json")) == names
    assert all(path.stat().st_size < 1_000_000 for path in tmp_path.iterdir())


def test_the_printed_script_is_shell_that_parses(tmp_path: Path) -> None:
    path = tmp_path / "collect.sh"
    path.write_text(run("collect", "--script").stdout)
    assert subprocess.run(["sh", "-n", path], check=False).returncode == 0


def test_an_interrupt_ends_with_130(tmp_path: Path) -> None:
    interrupt = "import analyzer.cli.guard as g; sys.exit(g._run(lambda: (_ for _ in ()).throw(KeyboardInterrupt())))"
    assert run(code="import sys; " + interrupt).returncode == 130
