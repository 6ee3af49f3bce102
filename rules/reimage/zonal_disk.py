"""A disk's zone has one node, so its pod waits until that node is back.

Why it matters
--------------
An Azure disk with locally redundant storage (LRS) can only be mounted in its own zone. While the one node of that zone
is replaced, a pod with such a disk stays Pending, wherever else there is room.

What to do
----------
- Scale the pool so that each zone has two nodes or more for the time of the step: `az aks nodepool scale
  --resource-group {resource_group} --cluster-name {cluster} --name POOL --node-count COUNT`.
- Or move the data to a zone-redundant disk (ZRS) or to Azure Files.

How it is decided
-----------------
The node affinity of a bound volume says its zone; several zones, as of ZRS disks, and no zone are free of this. A
workload whose pod mounts a volume of one zone is a risk where that zone has at most one node that is schedulable and
has the labels of the pod's nodeSelector. Taints are not looked at, because tolerations are not read. That a zone has
no second node takes the whole list of nodes. A surge node may come up in any zone, so it does not count.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analyzer.disruption.groups import PodGroup
from analyzer.disruption.placement import takers
from analyzer.disruption.storage import claims_of, zone_of
from analyzer.model.fact import Missing
from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Passed, Severity
from analyzer.model.objects import Node, PersistentVolume, Pod
from analyzer.model.source import Source
from analyzer.model.step import REIMAGING
from analyzer.scene import Citation, Page, Rule, Scene
from rules.lists import gaps

LEAST = 2
"""Nodes of a zone that take a disk over from each other."""


def check(scene: Scene) -> Iterator[Outcome]:
    """Each workload and zone of which one node can take the disk."""
    snapshot, drain = scene.snapshot, scene.drain
    yield from gaps(snapshot.pods)
    if isinstance(snapshot.pods, Missing) or drain.mounts_claims:
        yield from gaps(snapshot.persistent_volumes)
    bound = [(group, disks) for group in drain.groups if (disks := list(_zonal(scene, group)))]
    if not bound:
        yield Passed("No pod that a drain evicts mounts a disk of one zone.")
        return
    yield from gaps(snapshot.nodes)
    if isinstance(snapshot.nodes, Missing):
        return
    yield from gaps(snapshot.replica_sets)
    for group, disks in bound:
        if group.is_certain:
            yield from _of_group(group, disks, snapshot.nodes.value)


def _zonal(scene: Scene, group: PodGroup) -> Iterator[tuple[Pod, PersistentVolume, str]]:
    """The disks of a group that are bound to one zone, each with the pod that mounts it and the zone."""
    for pod in group.pods:
        for claim in claims_of(pod):
            volume = scene.drain.volumes.get(claim)
            if volume is not None and (zone := zone_of(volume)):
                yield pod, volume, zone


def _of_group(
    group: PodGroup, disks: Sequence[tuple[Pod, PersistentVolume, str]], nodes: Sequence[Node]
) -> Iterator[Finding]:
    told: set[str] = set()
    for pod, volume, zone in disks:
        able = () if zone in told else takers(pod, zone, nodes)
        if zone not in told and len(able) < LEAST:
            told.add(zone)
            yield _finding(group, volume, zone, able)


def _finding(group: PodGroup, volume: PersistentVolume, zone: str, able: Sequence[str]) -> Finding:
    where = f"only node {able[0]} can mount it, and its pod waits" if able else "no schedulable node can mount it"
    return Finding(
        object=group.owner,
        key=zone,
        message=f"Disk {volume.name} is bound to zone {zone}, where {where}.",
        evidence=(
            Evidence(f"persistentvolumes[{volume.name}].spec.nodeAffinity", zone),
            Evidence("nodes that can mount it", ", ".join(able) or "none"),
        ),
    )


RULE = Rule(
    id="REI-ZONAL-DISK",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.DOCUMENTED,
    steps=REIMAGING,
    reads=(Source.PODS, Source.REPLICA_SETS, Source.PERSISTENT_VOLUMES, Source.NODES),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/upgrade-options"
            "#special-considerations-for-node-pools-that-span-multiple-availability-zones",
            "A pool that spans zones rolls zone by zone, and a disk of one zone needs a node there.",
            "2026-06-22",
        ),
    ),
    check=check,
)
