"""The cases of the policy corpus as model objects. They are read where they lie; nothing of them is kept here."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from analyzer.collect.files.reading import read_files
from analyzer.connectivity.ports import LAST, OTHER, PortSet, Span, port_set
from analyzer.connectivity.templates import manifest_snapshot
from analyzer.model.fact import Known
from analyzer.model.objects import Namespace, NetworkPolicy, Pod, PolicyPort, Service
from analyzer.model.snapshot import Snapshot

_FOLDER = os.environ.get("AKS_PREFLIGHT_CORPUS")
NEEDS_CORPUS = [
    pytest.mark.corpus,
    pytest.mark.skipif(_FOLDER is None, reason="AKS_PREFLIGHT_CORPUS does not name the folder of truth tables"),
]


def cases(part: str, pattern: str) -> list[Path]:
    """The files or folders of one part of the corpus, in order; none where there is no corpus."""
    return sorted((Path(_FOLDER) / "policy" / part).glob(pattern)) if _FOLDER else []


def each_case(paths: Iterable[Path]) -> pytest.MarkDecorator:
    """Runs a test once for each path."""
    return pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in paths])


def cluster(lists: dict[str, Any]) -> Snapshot:
    """The JSON lists of a state as a cluster with nothing besides; what they leave out is as in plain manifests."""
    return manifest_snapshot(
        Snapshot(
            pods=Known(msgspec.convert(lists.get("pods", []), tuple[Pod, ...])),
            namespaces=Known(msgspec.convert(lists.get("namespaces", []), tuple[Namespace, ...])),
            network_policies=Known(msgspec.convert(lists.get("policies", []), tuple[NetworkPolicy, ...])),
            services=Known(msgspec.convert(lists.get("services", []), tuple[Service, ...])),
        )
    )


def cluster_of_manifests(folder: Path) -> Snapshot:
    """A folder of manifests as the program itself reads it."""
    return manifest_snapshot(read_files([folder], complete=True).snapshot)


def accepted(folder: Path, into: Path) -> Path:
    """A copy of a folder without what the API server refuses: ports without a number, owners without a kind."""
    for file in sorted(folder.glob("*.yaml")):
        documents = [item for item in yaml.safe_load_all(file.read_text()) if item is not None]
        for item in documents:
            _mend(item)
        (into / file.name).write_text(yaml.safe_dump_all(documents))
    return into


def _mend(item: dict[str, Any]) -> None:
    for owner in item["metadata"].get("ownerReferences", ()):
        owner.setdefault("kind", "Pod")
    template = item.get("spec", {}).get("template", {"spec": {"containers": ()}})
    for container in template["spec"]["containers"]:
        container["ports"] = [port for port in container["ports"] if "containerPort" in port]


CONNECTIONS = PortSet((Span("SCTP", 1, LAST), Span("TCP", 1, LAST), Span("UDP", 1, LAST)))
"""What the lists of connections call all of them: they know no protocols without ports."""
_OTHER = PortSet((Span(OTHER, 0, 0),))


def connections(ports: PortSet) -> PortSet:
    """Ports without the protocols that have none."""
    return ports.minus(_OTHER)


def parsed_connections(text: str) -> PortSet:
    """What a line of a list says: `TCP 80,90-100,UDP 53`, a protocol's name holding until the next."""
    if text in ("All Connections", "No Connections"):
        return CONNECTIONS if text == "All Connections" else PortSet()
    found: list[PolicyPort] = []
    protocol = ""
    for item in text.split(","):
        *named, numbers = item.split(" ")
        protocol = named[0] if named else protocol
        first, _, last = numbers.partition("-")
        found.append(PolicyPort(protocol, int(first), int(last or first)))
    return port_set(tuple(found))


def workload_name(pod: Pod) -> str:
    """As the lists name it: by the first owner, whatever owns that one, or by the pod itself."""
    owner = next(iter(pod.metadata.owner_references), None)
    return f"{pod.namespace}/{owner.name}[{owner.kind}]" if owner else f"{pod.namespace}/{pod.name}[Pod]"
