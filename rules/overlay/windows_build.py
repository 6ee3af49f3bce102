"""A Windows pool runs an OS build before 20348.1668.

Why it matters
--------------
Before build 20348.1668 of Windows Server 2022, overlay pods wrongly apply source NAT to packets that come from pods on
the host network. Clusters that move to overlay are hit harder than those that start there.

What to do
----------
- Bring the pool to a current node image before the migration: `az aks nodepool upgrade --resource-group
  {resource_group} --cluster-name {cluster} --name POOL --node-image-only`.
- A pool on Windows Server 2019 has no fixed build; see OVL-WINDOWS-OS.

How it is decided
-----------------
Each Windows pool alone, by the builds that its nodes report (`10.0.20348.NNNN`) and by that of its node image. Any
20348 build below 1668 is a risk. Any older family, as 17763 of Windows Server 2019, is a notice: the documentation does
not speak of it. Newer families, as 25398 and 26100, pass.

Unless one of the builds that were read is already below 1668, each that was not is a gap: the nodes where their list is
not whole, a node or an image whose build cannot be parsed. A pool without nodes goes by its image. A pool that does not
say its OS is a gap.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from analyzer.model.cluster import AgentPool
from analyzer.model.fact import Cause, Fact, Missing
from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Severity, gap, pool_ref
from analyzer.model.objects import Node
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.overlay.windows_nodes import is_windows, nodes_of

_IMAGE = re.compile(r"(\d{5})\.(\d+)\.\d{6}$")
_KERNEL = re.compile(r"^10\.0\.(\d{5})\.(\d+)")


class Build(NamedTuple):
    """A Windows OS build."""

    family: int
    revision: int

    def __str__(self) -> str:
        return f"{self.family}.{self.revision}"


FIXED = Build(20348, 1668)
"""The first build of Windows Server 2022 without the defect."""


class Place(NamedTuple):
    """Where a build is written, and what is written there."""

    where: str
    text: str
    build: Build | None
    source: Source


def check(scene: Scene) -> Iterator[Outcome]:
    """Each Windows pool with a build that is too old, or of which it is not known."""
    for pool in scene.pools.each():
        windows = is_windows(pool)
        if isinstance(windows, Missing):
            yield gap(windows, pool_ref(pool))
        elif windows.value:
            yield from _judge(pool, scene.snapshot.nodes)


def _judge(pool: AgentPool, nodes: Fact[tuple[Node, ...]]) -> Iterator[Outcome]:
    places = (_image(pool), *(_kernel(node) for node in nodes_of(pool, nodes)))
    low = [place for place in places if place.build and place.build.family == FIXED.family and place.build < FIXED]
    if low:
        message = f"Windows pool {pool.name} runs OS build {_least(low)}; overlay needs {FIXED} or later."
        yield Finding(object=pool_ref(pool), message=message, evidence=_evidence(low))
        return
    older = [place for place in places if place.build and place.build.family < FIXED.family]
    if older:
        message = f"Windows pool {pool.name} runs OS build {_least(older)}, of which the documentation says nothing."
        yield Finding(object=pool_ref(pool), message=message, evidence=_evidence(older), severity=Severity.NOTICE)
    if places[0].build and places[0].build.family > FIXED.family:
        return
    for place in places:
        if place.build is None:
            yield gap(_unread(place), pool_ref(pool))
    if isinstance(nodes, Missing):
        yield gap(nodes, pool_ref(pool))


def _image(pool: AgentPool) -> Place:
    text = pool.node_image_version or ""
    where = f"agentPoolProfiles[{pool.name}].nodeImageVersion"
    return Place(where, text, _build(_IMAGE.search(text)), Source.CLUSTER)


def _kernel(node: Node) -> Place:
    text = node.status.node_info.kernel_version
    return Place(f"Node {node.name} kernelVersion", text, _build(_KERNEL.search(text)), Source.NODES)


def _build(match: re.Match[str] | None) -> Build | None:
    return Build(int(match.group(1)), int(match.group(2))) if match else None


def _least(places: list[Place]) -> Build:
    return min(place.build for place in places if place.build)


def _evidence(places: list[Place]) -> tuple[Evidence, ...]:
    return tuple(Evidence(place.where, place.text) for place in places)


def _unread(place: Place) -> Missing[Build]:
    return Missing(place.source, Cause.HIDDEN, f"{place.where} is {place.text!r}, which names no Windows build")


RULE = Rule(
    id="OVL-WINDOWS-BUILD",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.OVERLAY,),
    reads=(Source.CLUSTER, Source.NODES),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/update-azure-cni#update-the-ipam-mode-to-azure-cni-overlay",
            "Before OS build 20348.1668, Windows overlay pods wrongly apply SNAT to packets of host-network pods.",
            "2026-05-28",
        ),
    ),
    check=check,
)
