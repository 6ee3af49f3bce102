"""Three mistakes of a tired operator: each ends in one sentence that says what to do."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from fleet.audits import NIGHT, audit, begin_at_two, files, index, rows, wait_for
from servers.fleet.faults import Weather
from servers.fleet.members import FOREIGN_SUBSCRIPTION, FOREIGN_TENANT, Shape
from servers.fleet.running import RunningFleet, running

SHAPE = Shape(clusters=6, subscriptions=3)


@pytest.fixture(scope="module")
def fleet() -> Iterator[RunningFleet]:
    with running(SHAPE, Weather(latency_s=0.0)) as found:
        yield found


def said(stderr: str) -> list[str]:
    """The sentences that the program says of what went wrong."""
    return [line.removeprefix("aks-preflight: ") for line in stderr.splitlines() if line.startswith("aks-preflight: ")]


def test_signed_in_to_the_wrong_tenant(fleet: RunningFleet, tmp_path: Path) -> None:
    ended = audit(fleet, tmp_path, "-s", FOREIGN_SUBSCRIPTION)
    (sentence,) = said(ended.stderr)
    assert (ended.code, f"`az login --tenant {FOREIGN_TENANT}`" in sentence, FOREIGN_SUBSCRIPTION in sentence) == (
        6,
        True,
        True,
    )
    assert list(tmp_path.iterdir()) == []


def test_a_subscription_of_another_tenant_beside_a_visible_one_is_named_and_makes_no_clean_run(
    fleet: RunningFleet, tmp_path: Path
) -> None:
    ended = audit(fleet, tmp_path, "-s", FOREIGN_SUBSCRIPTION, "-s", "platform-002")
    (unseen,) = (one for one in index(tmp_path).subscriptions if not one.seen)
    assert (ended.code, unseen.id) == (5, FOREIGN_SUBSCRIPTION)
    assert f"`az login --tenant {FOREIGN_TENANT}`" in unseen.detail


def test_the_token_expires_in_the_middle(tmp_path: Path) -> None:
    with running(Shape(clusters=12, subscriptions=1), Weather(latency_s=0.05)) as fleet:
        with begin_at_two(fleet, tmp_path) as process:
            wait_for(lambda: len(rows(tmp_path)) >= 2, "two clusters")
            fleet.fail_sign_in()
            _, stderr = process.communicate(timeout=300)
        done = len(rows(tmp_path))
    (sentence,) = said(stderr)
    found = index(tmp_path)
    assert (process.returncode, "az login" in sentence, "--resume" in sentence) == (6, True, True), stderr
    assert (2 <= done < 12, found.partial, found.pending) == (True, True, 12 - len(found.clusters))
    pages = {name: content for name, content in files(tmp_path).items() if name.startswith(f"{NIGHT}/clusters/")}
    assert len(pages) >= 4
    assert [name for name, content in pages.items() if b"401 on" in content] == [], "nothing is judged by half"


def test_a_kubeconfig_of_another_cluster(fleet: RunningFleet, tmp_path: Path) -> None:
    meant, other = fleet.clusters[2], fleet.clusters[5]
    kubeconfig = tmp_path / "kubeconfig"
    cluster = {"server": other.server, "tls-server-name": other.fqdn, "certificate-authority": fleet.ca_file}
    kubeconfig.write_text(
        json.dumps(
            {
                "current-context": "it",
                "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}],
                "clusters": [{"name": "it", "cluster": cluster}],
                "users": [{"name": "it", "user": {"token": "issued"}}],
            }
        )
    )
    targets = tmp_path / "targets.yaml"
    targets.write_text(json.dumps([{"id": meant.id, "kubeconfig": str(kubeconfig)}, other.id]))
    ended = audit(fleet, tmp_path / "audits", "--targets", targets)
    rows_by_name = {row.name: row for row in index(tmp_path / "audits").clusters}
    wrong = rows_by_name[meant.name]
    assert (ended.code, wrong.verdict, wrong.cause) == (5, None, "another cluster")
    assert (other.fqdn in wrong.detail, meant.fqdn in wrong.detail) == (True, True)
    assert (rows_by_name[other.name].verdict, rows_by_name[other.name].cause) == ("READY", "")


def test_interrupted_before_any_cluster_is_done(fleet: RunningFleet, tmp_path: Path) -> None:
    with begin_at_two(fleet, tmp_path) as process:
        wait_for((tmp_path / NIGHT / "plan.json").exists, "the plan")
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=300)
    assert (process.returncode, "Traceback" in stderr, index(tmp_path).partial) == (130, False, True), stderr
