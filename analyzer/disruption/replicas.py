"""Workloads that are down while their one pod, or their one node, is replaced."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from analyzer.disruption.groups import PodGroup
from analyzer.disruption.platform import is_platform
from analyzer.model.finding import ObjectRef
from analyzer.model.objects import HorizontalPodAutoscaler, Workload


def by_replicas(workloads: Iterable[Workload]) -> tuple[tuple[Workload, ...], tuple[Workload, ...]]:
    """Deployments and StatefulSets that are not the platform's: those with one replica, and those with more.

    Replicas that are not written are one, as the API server fills them in. Scaled to zero is neither.
    """
    own = [item for item in workloads if not is_platform(item)]
    lone = tuple(item for item in own if item.spec.replicas in (None, 1))
    return lone, tuple(item for item in own if (item.spec.replicas or 0) > 1)


def lifted(autoscalers: Iterable[HorizontalPodAutoscaler]) -> frozenset[ObjectRef]:
    """The workloads that an autoscaler keeps at two replicas or more."""
    return frozenset(
        ObjectRef(item.spec.scale_target_ref.kind, item.spec.scale_target_ref.name, item.namespace)
        for item in autoscalers
        if item.spec.min_replicas > 1
    )


def on_one_node(
    workloads: Iterable[Workload], groups: Mapping[ObjectRef, PodGroup]
) -> Iterator[tuple[Workload, PodGroup]]:
    """Workloads of several replicas whose pods all run on one node."""
    for item in workloads:
        group = groups.get(ObjectRef(item.kind, item.name, item.namespace))
        if group is not None and len(group.nodes) == 1:
            yield item, group
