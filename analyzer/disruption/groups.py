"""The pods that a drain evicts, folded by the workload that owns them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from analyzer.disruption.platform import is_platform
from analyzer.model.fact import Fact, Known, seen
from analyzer.model.finding import ObjectRef
from analyzer.model.objects import Owner, OwnerReference, Pod

_NOT_EVICTED = ("DaemonSet", "Node")
"""Owners of pods that a drain leaves alone; a Node owns its static pods."""


@dataclass(frozen=True, slots=True)
class PodGroup:
    """The live pods of one workload; a pod without an owner is a group of its own."""

    owner: ObjectRef
    """The Deployment behind a ReplicaSet, else the controller itself, else the pod."""
    is_certain: bool
    """False: it is a ReplicaSet whose own owner was not read."""
    pods: tuple[Pod, ...]

    @property
    def is_bare(self) -> bool:
        """Whether nothing recreates it."""
        return self.owner.kind == "Pod"

    @property
    def is_platform(self) -> bool:
        """Whether AKS owns all its pods."""
        return all(map(is_platform, self.pods))

    @property
    def nodes(self) -> frozenset[str]:
        """The nodes that its pods run on."""
        return frozenset(pod.spec.node_name for pod in self.pods if pod.spec.node_name)

    @property
    def grace_seconds(self) -> int:
        """The longest that one of its pods may take to end."""
        return max(pod.spec.termination_grace_period_seconds for pod in self.pods)


def fold(pods: Iterable[Pod], replica_sets: Fact[tuple[Owner, ...]]) -> tuple[PodGroup, ...]:
    """The pods that a drain evicts, by owner, in order. Ended pods and those that nodes or DaemonSets own are not."""
    by_controller: dict[tuple[str, str, str], list[Pod]] = {}
    for pod in pods:
        metadata = pod.metadata
        owner = _controller(metadata.owner_references)
        if pod.has_ended or metadata.annotations.mirror:
            continue
        if owner is None:
            by_controller[("Pod", metadata.namespace, metadata.name)] = [pod]
        elif owner.kind not in _NOT_EVICTED:
            by_controller.setdefault((owner.kind, metadata.namespace, owner.name), []).append(pod)
    return _by_owner(by_controller, replica_sets)


def _controller(owners: tuple[OwnerReference, ...]) -> OwnerReference | None:
    """The controller; without one the first owner, because the pod is somebody's."""
    for owner in owners:
        if owner.controller:
            return owner
    return owners[0] if owners else None


def _by_owner(
    by_controller: dict[tuple[str, str, str], list[Pod]], replica_sets: Fact[tuple[Owner, ...]]
) -> tuple[PodGroup, ...]:
    parents = {(item.namespace, item.name): item.metadata.owner_references for item in seen(replica_sets)}
    found: dict[ObjectRef, tuple[bool, list[Pod]]] = {}
    for (kind, namespace, name), pods in by_controller.items():
        above = parents.get((namespace, name)) if kind == "ReplicaSet" else ()
        parent = _controller(above or ())
        owner = ObjectRef(parent.kind, parent.name, namespace) if parent else ObjectRef(kind, name, namespace)
        is_certain = above is not None or isinstance(replica_sets, Known)
        found.setdefault(owner, (is_certain, []))[1].extend(pods)
    return tuple(PodGroup(owner, found[owner][0], tuple(found[owner][1])) for owner in sorted(found))
