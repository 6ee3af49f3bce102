"""A simulated fleet in a process of its own, for tests and benchmarks.

with running(Shape(clusters=12), Weather(latency_s=0.0)) as fleet: …
"""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from servers.fleet.faults import Weather
from servers.fleet.members import TENANT, Health, Shape

TESTS = Path(__file__).parents[2]


@dataclass(frozen=True)
class Served:
    """One cluster, as its servers know it."""

    id: str
    name: str
    health: Health
    server: str
    """The address of its API server."""
    fqdn: str


@dataclass(frozen=True)
class RunningFleet:
    """Where the servers are."""

    url: str
    ca_file: str
    subscriptions: tuple[str, ...]
    clusters: tuple[Served, ...]
    pid: int

    @property
    def environment(self) -> dict[str, str]:
        """Signs the environment's service principal in, and trusts the servers."""
        return {
            "AZURE_TENANT_ID": TENANT,
            "AZURE_CLIENT_ID": "a-client",
            "AZURE_CLIENT_SECRET": "a-secret",
            "REQUESTS_CA_BUNDLE": self.ca_file,
            "NO_PROXY": "127.0.0.1",
        }

    @property
    def words(self) -> tuple[str, ...]:
        """The arguments that name the cloud and the sign-in."""
        return ("--cloud", self.url, "--credential", "environment")

    def figures(self) -> dict[str, Any]:
        """What was asked so far."""
        found: dict[str, Any] = json.loads(self._ask("/-/figures"))
        return found

    def fail_sign_in(self) -> None:
        """From now on every token is expired, and Entra issues none."""
        self._ask("/-/fail-sign-in")

    def _ask(self, path: str) -> bytes:
        context = ssl.create_default_context(cafile=self.ca_file)
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
        )
        with opener.open(self.url + path, timeout=30) as answer:
            body: bytes = answer.read()
        return body


@contextmanager
def running(shape: Shape, weather: Weather) -> Iterator[RunningFleet]:
    """The servers, until the block ends."""
    words = [f"--{name.replace('_', '-')}={value}" for one in (shape, weather) for name, value in vars(one).items()]
    command = [sys.executable, "-m", "servers.fleet", *words]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=TESTS) as process:
        assert process.stdin
        assert process.stdout
        line = process.stdout.readline()
        assert line, "the servers of the fleet did not start"
        told: Mapping[str, Any] = json.loads(line)
        clusters = tuple(Served(**{**one, "health": Health(one["health"])}) for one in told["clusters"])
        yield RunningFleet(told["url"], told["ca_file"], tuple(told["subscriptions"]), clusters, process.pid)
        process.stdin.close()
        process.wait(timeout=30)
