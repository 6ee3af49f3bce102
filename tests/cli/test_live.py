"""The program against a live cluster: the real SDKs, real TLS, a sample cluster behind both APIs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from servers.kubernetes_answers import refusal, silence
from servers.samples import SAMPLES, Live, serving

from analyzer.cli.exit_codes import FailOn
from analyzer.cli.questions import Asked
from analyzer.collect.access import Access
from analyzer.collect.live import read_live
from analyzer.engine import judge
from analyzer.model.step import Inputs, Target
from analyzer.store.snapshot_file import encode, pack, unpack
from reports import FORMATS
from rules import CATALOG

SAMPLE = "overlay-two-policies"
RUN = "import sys; from analyzer.cli.entry import main; main()"
HEARS_INTERRUPTS = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
"""A shell starts background processes with interrupts ignored; a test runner may be one."""
OF_THE_RUN = ("collectedAt", "apiVersion", "server", "snapshotHash")
"""What tells a live run from an exported folder of the same cluster."""


@pytest.fixture
def live() -> Iterator[Live]:
    with serving(SAMPLE) as found:
        yield found


@pytest.fixture(autouse=True)
def _azure_cli(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """An `az` on the PATH that says of itself what the sample's did."""
    folder = tmp_path_factory.mktemp("bin")
    program = folder / "az"
    program.write_text(f"#!/bin/sh\ncat '{SAMPLES / SAMPLE / 'az-version.json'}'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


def environment(live: Live) -> dict[str, str]:
    plain = {key: value for key, value in os.environ.items() if not key.startswith(("AKS_PREFLIGHT_", "AZURE_"))}
    return {**plain, **live.environment}


def run(live: Live, *words: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", RUN, *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment(live))


def report(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def without_the_run(found: dict[str, Any]) -> dict[str, Any]:
    """The judgement, and the coverage without the words of how each list was read."""
    kept = {key: value for key, value in found.items() if key not in OF_THE_RUN}
    kept["coverage"] = [(row["source"], row["status"]) for row in kept["coverage"]]
    return kept


def test_a_live_check_judges_as_a_check_of_the_exported_folder(live: Live) -> None:
    words = ("--format", "json", "--as-of", "2026-11-20")
    from_apis, from_files = run(live, "check", *live.words, *words), run(live, "check", SAMPLES / SAMPLE, *words)
    assert without_the_run(report(from_apis)) == without_the_run(report(from_files))
    assert from_apis.returncode == from_files.returncode
    assert report(from_apis)["apiVersion"] is not None
    tokens = {request.headers["Authorization"] for request in live.api.requests}
    assert tokens == {"Bearer issued"}


def test_a_collected_snapshot_is_judged_as_the_live_cluster(live: Live, tmp_path: Path) -> None:
    snapshot = tmp_path / "cluster.zip"
    assert run(live, "collect", *live.words, "-O", snapshot).returncode == 0
    words = ("--format", "json", "--as-of", "2026-11-20")
    from_snapshot, from_apis = run(live, "check", snapshot, *words), run(live, "check", *live.words, *words)
    assert without_the_run(report(from_snapshot)) == without_the_run(report(from_apis))


def test_a_live_reading_and_its_snapshot_give_identical_bytes(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in live.environment.items():
        monkeypatch.setenv(name, value)
    access = Access(cloud=live.arm.url, credential="environment", environment={})
    encoded = encode(read_live(live.cluster_id, access, lambda _: None).snapshot)
    question = Asked(target=Target.OVERLAY_CILIUM, inputs=Inputs(), as_of="2026-11-20", fail_on=FailOn.NEVER)
    live_snapshot = read_live(live.cluster_id, access, lambda _: None).snapshot
    for render in FORMATS.values():
        unpacked, digest = unpack(pack(encode(live_snapshot)), "cluster.zip")
        assert render(judge(live_snapshot, question.of(encode(live_snapshot).hash), CATALOG)) == render(
            judge(unpacked, question.of(digest), CATALOG)
        )
    assert set(encoded.members) == set(encode(live_snapshot).members)


def test_a_denied_list_makes_the_verdict_indeterminate_and_ends_with_5(live: Live) -> None:
    path = "/apis/networking.k8s.io/v1/networkpolicies"
    live.api.answer(path, always=refusal(403, "Forbidden", "networkpolicies is forbidden"))
    done = run(live, "check", *live.words, "--format", "json")
    assert (done.returncode, report(done)["verdict"]) == (5, "INDETERMINATE")
    (row,) = (row for row in report(done)["coverage"] if row["source"] == "network_policies")
    assert row["status"] == "forbidden"
    assert row["rules"]


def test_a_cluster_that_azure_does_not_know_ends_with_6(live: Live) -> None:
    done = run(live, "check", f"{live.cluster_id}-gone", *live.words[1:])
    assert (done.returncode, done.stdout) == (6, "")
    assert "404" in done.stderr


def test_an_api_server_that_cannot_be_reached_leaves_the_azure_half(live: Live, tmp_path: Path) -> None:
    config = live.api.kubeconfig(tmp_path, server="https://127.0.0.1:1")
    done = run(live, "check", *live.words, "--kubeconfig", config, "--timeout", "2", "--format", "json")
    assert done.returncode == 5
    found = {row["source"]: row["status"] for row in report(done)["coverage"]}
    assert (found["cluster"], found["pods"]) == ("read", "unreachable")


def test_a_kubeconfig_alone_is_judged_and_is_indeterminate(live: Live, tmp_path: Path) -> None:
    done = run(live, "check", "--kubeconfig", live.api.kubeconfig(tmp_path), "--format", "json")
    assert (done.returncode, report(done)["verdict"]) == (5, "INDETERMINATE")


def test_another_clusters_context_is_an_error_that_names_both(live: Live, tmp_path: Path) -> None:
    config = live.api.kubeconfig(tmp_path, **{"tls-server-name": "localhost"})
    assert run(live, "check", *live.words, "--kubeconfig", config).returncode != 2
    folder = tmp_path / "other"
    folder.mkdir()
    for path in (SAMPLES / SAMPLE).iterdir():
        text = path.read_text()
        wrong = text.replace("# server https://", "# server https://other-") if path.name == "collected.tsv" else text
        (folder / path.name).write_text(wrong)
    done = run(live, "check", folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert "the kubeconfig's context is another cluster's" in done.stderr


def test_an_interrupted_check_judges_what_was_read_marks_it_and_ends_with_130(live: Live, tmp_path: Path) -> None:
    live.api.answer("/api/v1/pods", always=silence)
    wanted = tmp_path / "report.json"
    command = [sys.executable, "-c", HEARS_INTERRUPTS + RUN, "check", *live.words, "--format", f"json={wanted}"]
    with subprocess.Popen(command, env=environment(live)) as process:
        while not live.api.asked("/api/v1/pods"):
            time.sleep(0.05)
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=30)
        finally:
            process.kill()
    found = json.loads(wanted.read_text())
    assert (process.returncode, found["partial"], found["verdict"]) == (130, True, "INDETERMINATE")


def test_doctor_says_what_works_and_what_to_grant(live: Live) -> None:
    live.api.denied = {"list networkpolicies.networking.k8s.io"}
    done = run(live, "doctor", *live.words)
    assert done.returncode == 5
    lines = done.stdout.splitlines()
    assert "ok      the managed cluster" in lines
    assert [line for line in lines if line.startswith("ok      its ")] == [
        "ok      its virtual networks",
        "ok      its route tables",
        "ok      its network security groups",
        "ok      its cluster preview",
        "ok      its maintenance configurations",
        "ok      its fleet memberships",
        "ok      its subnet usages",
        "ok      its scale sets",
        "ok      its compute usages",
        "ok      its virtual machine sizes",
        "ok      its locks",
        "ok      its role assignments",
        "ok      its role definitions",
        "ok      its application gateways",
        "ok      its traffic controller associations",
    ]
    (missing,) = (number for number, line in enumerate(lines) if line.startswith("MISSING"))
    assert lines[missing].startswith("MISSING read network policies: Denied to list networkpolicies")
    assert "networkpolicies" in lines[missing + 1]
    live.api.denied = set()
    assert run(live, "doctor", *live.words).returncode == 0
