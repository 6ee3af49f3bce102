"""What makes pods: workloads by their templates, and pods that no template was read for."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import filterfalse
from typing import NamedTuple

from analyzer.model.fact import seen
from analyzer.model.finding import ObjectRef, object_ref
from analyzer.model.objects import Pod, PodMetadata, PodSpec, TemplateContainer, Workload
from analyzer.scene import Scene
from rules.aks_owned import is_aks_owned


class PodSource(NamedTuple):
    """One workload, or one pod without a workload that is read."""

    ref: ObjectRef
    """A pod that a Job or another controller made stands under that one."""
    pod: Pod
    """A pod as the template makes it, with namespace, labels and network alone; or the pod itself."""
    containers: tuple[TemplateContainer, ...] = ()
    """Of the template, init containers among them; none of a pod, where these details are not read."""


def pod_sources(scene: Scene) -> tuple[PodSource, ...]:
    """All that were read, without what AKS owns and without ended pods."""
    snapshot = scene.snapshot
    lists = (snapshot.deployments, snapshot.stateful_sets, snapshot.daemon_sets)
    workloads = (item for fact in lists for item in seen(fact))
    pods = (pod for pod in seen(snapshot.pods) if not pod.has_ended and not _has_template(pod))
    return (*map(_of_workload, filterfalse(is_aks_owned, workloads)), *_of_pods(filterfalse(is_aks_owned, pods)))


def _of_workload(workload: Workload) -> PodSource:
    template = workload.spec.template
    metadata = PodMetadata(name=workload.name, namespace=workload.namespace, labels=template.metadata.labels)
    pod = Pod(metadata=metadata, spec=PodSpec(host_network=template.spec.host_network))
    return PodSource(object_ref(workload), pod, (*template.spec.containers, *template.spec.init_containers))


def _of_pods(pods: Iterator[Pod]) -> Iterator[PodSource]:
    for pod in pods:
        owner = next((owner for owner in pod.metadata.owner_references if owner.controller), None)
        named = ObjectRef(kind=owner.kind, name=owner.name, namespace=pod.namespace) if owner else object_ref(pod)
        yield PodSource(named, pod)


def _has_template(pod: Pod) -> bool:
    """Whether the pod comes from a workload whose template is read. Pods of Deployments carry a hash of theirs."""
    owners = {owner.kind for owner in pod.metadata.owner_references if owner.controller}
    return bool(owners & {"DaemonSet", "StatefulSet"}) or ("ReplicaSet" in owners and "pod-template-hash" in pod.labels)
