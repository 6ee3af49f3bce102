"""Runs the servers of a simulated fleet: python -m servers.fleet --clusters 300 --subscriptions 40

Prints one line of JSON when they listen, and ends when its standard input does: with whoever started it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import socket
import ssl
import sys
import tempfile
from functools import partial
from pathlib import Path

import trustme
import uvloop
from servers.fleet.arm_answers import cluster_id, fqdn
from servers.fleet.azure import AzureAnswers
from servers.fleet.exchange import Connection, Service
from servers.fleet.faults import Weather
from servers.fleet.front import Front
from servers.fleet.kubernetes import KubernetesAnswers
from servers.fleet.members import Fleet, Shape

NAMES = ("127.0.0.1", *(f"*.hcp.{region}.azmk8s.io" for region in ("westeurope", "northeurope", "swedencentral")))


def main() -> None:
    """Reads the arguments, serves."""
    parser = argparse.ArgumentParser()
    for name, value in vars(Shape()).items():
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--seed", type=int, default=1)
    for name, share in (("latency-s", 0.05), ("throttled", 0.0), ("resets", 0.0)):
        parser.add_argument(f"--{name}", type=float, default=share)
    options = vars(parser.parse_args())
    shape = Shape(**{name: options[name] for name in vars(Shape())})
    weather = Weather(**{name: options[name] for name in vars(Weather())})
    with tempfile.TemporaryDirectory() as folder:
        uvloop.run(_serve(Fleet(shape), weather, Path(folder, "ca.pem")))


async def _serve(fleet: Fleet, weather: Weather, ca_file: Path) -> None:
    loop = asyncio.get_running_loop()
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(ca_file))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*NAMES).configure_cert(context)
    context.num_tickets = 0  # no client here comes back with one
    arm, api, closed = _bound("127.0.0.1"), _bound("0.0.0.0"), _bound("0.0.0.0")
    url = f"https://127.0.0.1:{_port(arm)}"
    answers = AzureAnswers(fleet, url, (_port(api), _port(closed)), authority.cert_pem.bytes())
    front = Front(weather, answers, KubernetesAnswers(fleet), url)
    for bound, service in (
        (arm, Service(front.take_azure, front.done_azure)),
        (api, Service(front.take_kubernetes, front.done_kubernetes)),
    ):
        await loop.create_server(partial(Connection, service), sock=bound, ssl=context, backlog=1024)
    _tell(fleet, url, _port(api), ca_file)
    await _end_of_input(loop)


def _tell(fleet: Fleet, url: str, port: int, ca_file: Path) -> None:
    clusters = [
        {
            "id": cluster_id(one),
            "name": one.name,
            "health": one.health,
            "server": f"https://{one.address}:{port}",
            "fqdn": fqdn(one),
        }
        for one in fleet.members
    ]
    told = {"url": url, "ca_file": str(ca_file), "subscriptions": fleet.subscriptions, "clusters": clusters}
    print(json.dumps(told), flush=True)


async def _end_of_input(loop: asyncio.AbstractEventLoop) -> None:
    """Until whoever holds the other end of standard input is gone."""
    over = asyncio.Event()

    def read() -> None:
        if not os.read(sys.stdin.fileno(), 4096):
            over.set()

    loop.add_reader(sys.stdin, read)
    await over.wait()


def _bound(address: str) -> socket.socket:
    """A free port. It refuses connections until somebody listens on it."""
    found = socket.socket()
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    found.bind((address, 0))
    return found


def _port(bound: socket.socket) -> int:
    return int(bound.getsockname()[1])


if __name__ == "__main__":
    main()
