"""What makes pods: workloads by their templates, and pods that no template is read for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from analyzer.model.fact import Known, seen
from analyzer.model.finding import ObjectRef, object_ref
from analyzer.model.objects import Pod, TemplateContainer, Workload
from analyzer.scene import Scene
from rules.aks_owned import is_aks_owned


class PodSource(NamedTuple):
    """One workload, or one pod without a workload that is read."""

    ref: ObjectRef
    """A pod that a Job or another controller made stands under that one."""
    labels: Mapping[str, str]
    """Those that its pods have in common; of a pod all."""
    containers: tuple[TemplateContainer, ...] = ()
    """Of the template, init containers among them; none of a pod, where these details are not read."""


def pod_sources(scene: Scene) -> dict[ObjectRef, PodSource]:
    """All that were read and AKS does not own.

    A workload of a list that was not all read, and that was not seen, is none: its own labels say whose it is.
    """
    snapshot = scene.snapshot
    lists = {
        "Deployment": snapshot.deployments,
        "StatefulSet": snapshot.stateful_sets,
        "DaemonSet": snapshot.daemon_sets,
    }
    workloads = {object_ref(item): item for fact in lists.values() for item in seen(fact)}
    found = {ref: _of_workload(ref, item) for ref, item in workloads.items() if not is_aks_owned(item)}
    for pod in seen(snapshot.pods):
        ref = owner_of(pod)
        is_whole = isinstance(lists.get(ref.kind, Known(())), Known)
        if ref not in workloads and ref not in found and is_whole and not is_aks_owned(pod):
            found[ref] = PodSource(ref, pod.labels)
    return found


def owner_of(pod: Pod) -> ObjectRef:
    """The controller of a pod, else the pod. Pods of Deployments carry a hash, which ends their ReplicaSet's name."""
    owner = next((owner for owner in pod.metadata.owner_references if owner.controller), None)
    if owner is None:
        return object_ref(pod)
    name = owner.name.removesuffix(f"-{pod.labels.get('pod-template-hash', '')}")
    kind = "Deployment" if owner.kind == "ReplicaSet" and name != owner.name else owner.kind
    return ObjectRef(kind=kind, name=name if kind == "Deployment" else owner.name, namespace=pod.namespace)


def _of_workload(ref: ObjectRef, workload: Workload) -> PodSource:
    template = workload.spec.template
    return PodSource(ref, template.metadata.labels, (*template.spec.containers, *template.spec.init_containers))
