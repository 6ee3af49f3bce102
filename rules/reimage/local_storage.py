"""Data on the nodes' own disks is lost.

Why it matters
--------------
A reimage recreates the OS disk: local volumes, directories of the node and emptyDirs are gone with it. Azure Disk and
Azure Files volumes survive.

What to do
----------
- Back the data up, or copy it to a volume on remote storage, before the step.
- Where the application replicates its data, let it finish before each node: a surge of 1 and a soak time on the pool.

How it is decided
-----------------
A workload is a risk if one of its pods mounts a claim whose volume is on a node: of type local or hostPath, of a CSI
driver of local disks, or of an ephemeral-disk class of Azure Container Storage. It is a notice where data looks kept
in the pods themselves: a StatefulSet with a writable directory of the node, or whose pods have an emptyDir on disk
and no claim at all; and any workload of one pod with an emptyDir on disk that has a size limit.

Quiet: emptyDirs in memory, read-only mounts, volumes that are named like scratch space (cache, tmp, run, logs, shm,
sockets), emptyDirs beside a claim, all volumes of DaemonSets, and those of Jobs, bare pods (REI-BARE-PODS) and the
platform. Whether one pod is all of a workload takes the whole list of pods. Volumes are only asked for where a pod
mounts a claim.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analyzer.disruption.groups import PodGroup
from analyzer.disruption.storage import claims_of, is_local, kept_in_pods
from analyzer.disruption.view import Drain
from analyzer.model.fact import Fact, Known, Missing
from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Passed, Severity
from analyzer.model.objects import Owner, PersistentVolume
from analyzer.model.source import Source
from analyzer.model.step import REIMAGING
from analyzer.scene import Citation, Page, Rule, Scene
from rules.lists import gaps

MOST_NAMED = 5


def check(scene: Scene) -> Iterator[Outcome]:
    """Each workload with data on its nodes."""
    yield Passed("No pod that a drain evicts keeps data on its node.")
    snapshot, drain = scene.snapshot, scene.drain
    is_all = isinstance(snapshot.pods, Known)
    found = [(group, list(_of_group(drain, group, is_all=is_all))) for group in drain.groups]
    settled = [(group, items) for group, items in found if _is_settled(group, snapshot.replica_sets)]
    for _, items in settled:
        yield from items
    yield from gaps(snapshot.pods)
    if not is_all or drain.mounts_claims:
        yield from gaps(snapshot.persistent_volumes)
    if not is_all or isinstance(snapshot.persistent_volumes, Missing) or _count(found) > _count(settled):
        yield from gaps(snapshot.replica_sets)


def _is_settled(group: PodGroup, replica_sets: Fact[tuple[Owner, ...]]) -> bool:
    """Whether its owner, and that these are all its pods, does not depend on ReplicaSets that were not read."""
    return isinstance(replica_sets, Known) or group.owner.kind not in ("Deployment", "ReplicaSet")


def _count(found: Sequence[tuple[PodGroup, Sequence[Finding]]]) -> int:
    return sum(len(items) for _, items in found)


def _of_group(drain: Drain, group: PodGroup, *, is_all: bool) -> Iterator[Finding]:
    claims = sorted({claim for pod in group.pods for claim in claims_of(pod)})
    volumes = [drain.volumes[claim] for claim in claims if claim in drain.volumes]
    local = [volume for volume in volumes if is_local(volume)]
    if local:
        yield _lost(group, local)
    kept = kept_in_pods(group, is_all=is_all)
    if kept:
        yield Finding(
            object=group.owner,
            key="pod volumes",
            severity=Severity.NOTICE,
            message=f"Its pods write to {_named(kept)} on the node's own disk, which is recreated.",
            evidence=tuple(Evidence("spec.volumes[].name", name) for name in kept[:MOST_NAMED]),
        )


def _lost(group: PodGroup, volumes: list[PersistentVolume]) -> Finding:
    names = tuple(volume.name for volume in volumes)
    return Finding(
        object=group.owner,
        message=f"Its data is lost: {_named(names)} on the nodes' own disks, which are recreated.",
        evidence=tuple(Evidence(f"persistentvolumes[{item.name}].spec", _kind(item)) for item in volumes[:MOST_NAMED]),
    )


def _kind(volume: PersistentVolume) -> str:
    spec = volume.spec
    if spec.local is not None:
        return f"local {spec.local.path}".strip()
    if spec.host_path is not None:
        return f"hostPath {spec.host_path.path}".strip()
    return f"csi {spec.csi.driver}" if spec.csi else f"storageClassName {spec.storage_class_name}"


def _named(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    noun = "volume" if len(names) == 1 else "volumes"
    return f"{noun} {', '.join(names[:MOST_NAMED])}{more}"


RULE = Rule(
    id="REI-LOCAL-STORAGE",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.DOCUMENTED,
    steps=REIMAGING,
    reads=(Source.PODS, Source.REPLICA_SETS, Source.PERSISTENT_VOLUMES),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/node-disruption-policy",
            "A reimage drains the node and recreates its OS disk; ephemeral data is lost.",
            "2026-03-11",
        ),
    ),
    check=check,
)
