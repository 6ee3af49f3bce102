"""The simulated fleet keeps its own promises, on which every test of an audit stands."""

from __future__ import annotations

import os
import ssl
import urllib.request
from importlib.resources import files
from pathlib import Path
from urllib.error import HTTPError

import pytest
from servers.fleet.exchange import Request
from servers.fleet.faults import Faults, Weather
from servers.fleet.members import Health, Shape
from servers.fleet.running import RunningFleet, running

from analyzer.collect.access import Access
from analyzer.collect.files.reading import read_files
from analyzer.collect.live import read_live
from analyzer.model.fact import Cause, Missing
from analyzer.model.snapshot import Snapshot

SHAPE = Shape(clusters=5, subscriptions=5, unreachable=1)


@pytest.fixture(scope="module")
def fleet():
    with running(SHAPE, Weather(latency_s=0.0)) as found:
        yield found


@pytest.fixture
def signed_in(fleet: RunningFleet, monkeypatch: pytest.MonkeyPatch) -> RunningFleet:
    for name, value in fleet.environment.items():
        monkeypatch.setenv(name, value)
    return fleet


def snapshot(fleet: RunningFleet, index: int) -> Snapshot:
    access = Access(cloud=fleet.url, credential="environment", environment=dict(os.environ))
    return read_live(fleet.clusters[index].id, access, lambda _: None).snapshot


def unread(found: Snapshot) -> dict[str, Cause]:
    return {source.value: fact.cause for source, fact in found.facts() if isinstance(fact, Missing)}


@pytest.mark.parametrize("index", range(4))
def test_a_healthy_cluster_shows_all_that_its_sample_shows(signed_in: RunningFleet, index: int) -> None:
    name = signed_in.clusters[index].name.rpartition("-")[0]
    sample = read_files((Path(str(files("analyzer.samples"))) / name,), complete=True, scan_configmaps=False).snapshot
    found = snapshot(signed_in, index)
    assert (unread(found), found.absent_apis) == (unread(sample), sample.absent_apis)


def test_an_unreachable_cluster_shows_its_azure_half_only(signed_in: RunningFleet) -> None:
    assert signed_in.clusters[4].health is Health.UNREACHABLE
    found = snapshot(signed_in, 4)
    missing = unread(found)
    assert (missing["nodes"], missing["pods"]) == (Cause.UNREACHABLE, Cause.UNREACHABLE)
    assert "cluster" not in missing


def test_faults_do_not_depend_on_the_order_of_requests() -> None:
    weather = Weather(seed=7, throttled=0.1, resets=0.1)
    requests = [Request("127.1.0.1", "GET", f"/api/v1/pods?limit={number}", {}, b"") for number in range(100)]
    forwards, backwards = Faults(weather), Faults(weather)
    first = [forwards.of(request) for request in requests]
    second = [backwards.of(request) for request in reversed(requests)]
    assert first == second[::-1]
    assert set(first) == {"", "throttled", "reset"}


@pytest.mark.parametrize("method", ["PUT", "PATCH", "POST", "DELETE"])
def test_what_could_write_is_refused_and_counted(fleet: RunningFleet, method: str) -> None:
    before = fleet.figures()["violations"]
    asked = urllib.request.Request(fleet.url + fleet.clusters[0].id, b"{}", method=method)
    context = ssl.create_default_context(cafile=fleet.ca_file)
    with pytest.raises(HTTPError) as refused:
        urllib.request.urlopen(asked, context=context)
    refused.value.close()
    assert refused.value.code == 405
    assert fleet.figures()["violations"] == [*before, f"{method} 127.0.0.1{fleet.clusters[0].id}"]
