"""Data that ends with its node, and disks that only one zone can mount."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from analyzer.disruption.groups import PodGroup
from analyzer.model.objects import PersistentVolume, Pod, Volume
from analyzer.model.quantity import parse_bytes

LOCAL_DRIVERS = frozenset(
    {"local.csi.openebs.io", "local.csi.storage.deckhouse.io", "localdisk.csi.acstor.io", "topolvm.io"}
)
"""CSI drivers whose volumes are disks of the node; localdisk.csi.acstor.io is Azure Container Storage from v2."""
_EPHEMERAL_CLASS = "acstor-ephemeraldisk"
"""How the storage classes of Azure Container Storage v1 begin that lie on the node's own disks."""
_ZONE_KEYS = ("topology.disk.csi.azure.com/zone", "topology.kubernetes.io/zone")
_SCRATCH = re.compile(r"(^|[-_.])(cache|dshm|logs?|run|scratch|shm|sock|sockets?|temp|tmp)($|[-_.])")
"""Names of emptyDirs that hold nothing worth keeping."""
_BATCH = ("Job", "CronJob")


def is_local(volume: PersistentVolume) -> bool:
    """Whether a volume's data is on the node itself."""
    spec = volume.spec
    driver = spec.csi.driver if spec.csi else ""
    on_node = spec.local is not None or spec.host_path is not None
    return on_node or driver in LOCAL_DRIVERS or spec.storage_class_name.startswith(_EPHEMERAL_CLASS)


def zone_of(volume: PersistentVolume) -> str:
    """The one zone that a disk can be mounted in; "" where there is none, or several as of a ZRS disk."""
    required = volume.spec.node_affinity.required if volume.spec.node_affinity else None
    terms = required.node_selector_terms if required else ()
    zones = {
        value
        for term in terms
        for item in term.match_expressions
        if item.key in _ZONE_KEYS and item.operator == "In"
        for value in item.values
    }
    return zones.pop() if len(zones) == 1 else ""


def by_claim(volumes: Iterable[PersistentVolume]) -> dict[tuple[str, str], PersistentVolume]:
    """The bound volumes by namespace and name of their claim."""
    return {
        (volume.spec.claim_ref.namespace, volume.spec.claim_ref.name): volume
        for volume in volumes
        if volume.spec.claim_ref is not None
    }


def claims_of(pod: Pod) -> Iterator[tuple[str, str]]:
    """Namespace and name of every claim that a pod mounts."""
    for volume in pod.spec.volumes:
        if volume.persistent_volume_claim is not None:
            yield pod.metadata.namespace, volume.persistent_volume_claim.claim_name


def kept_in_pods(group: PodGroup, *, is_all: bool) -> tuple[str, ...]:
    """Volumes of the pods themselves that look like kept data, by name; `is_all`: no pod of the group is unread.

    Of a StatefulSet: a writable directory of the node, and, where the pod has no claim, an emptyDir on disk. Of any
    workload with one pod: an emptyDir on disk with a size limit. Not those that are named like scratch space.
    """
    if group.owner.kind in _BATCH or group.is_bare:
        return ()
    found: set[str] = set()
    if group.owner.kind == "StatefulSet":
        found.update(name for pod in group.pods for name in _of_member(pod))
    if is_all and len(group.pods) == 1:
        found.update(volume.name for volume in _empty_dirs(group.pods[0]) if _has_limit(volume))
    return tuple(sorted(found))


def _of_member(pod: Pod) -> Iterator[str]:
    """The kept data of a StatefulSet's pod."""
    written = _written(pod)
    yield from (item.name for item in pod.spec.volumes if item.host_path is not None and item.name in written)
    if not any(item.persistent_volume_claim is not None for item in pod.spec.volumes):
        yield from (item.name for item in _empty_dirs(pod))


def _empty_dirs(pod: Pod) -> Iterator[Volume]:
    """The emptyDirs on disk that a container writes and that are not named like scratch space."""
    if not any(item.empty_dir is not None for item in pod.spec.volumes):
        return
    written = _written(pod)
    for volume in pod.spec.volumes:
        on_disk = volume.empty_dir is not None and volume.empty_dir.medium != "Memory"
        if on_disk and volume.name in written and not _SCRATCH.search(volume.name):
            yield volume


def _written(pod: Pod) -> set[str]:
    """The names of the volumes that a container of the pod may write."""
    return {mount.name for container in pod.spec.containers for mount in container.volume_mounts if not mount.read_only}


def _has_limit(volume: Volume) -> bool:
    limit = volume.empty_dir.size_limit if volume.empty_dir else None
    return limit is not None and bool(parse_bytes(limit))
