"""What a pod comes from: one workload instead of its many pods, under a name that a rollout does not change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from analyzer.model.finding import ObjectRef, object_ref
from analyzer.model.objects import Container, Pod
from rules.aks_owned import is_aks_owned


def owner_ref(pod: Pod) -> ObjectRef:
    """The Deployment, StatefulSet, DaemonSet, Job or other controller of a pod; the pod itself where it has none.

    A ReplicaSet whose name ends with the pod's template hash is its Deployment's.
    """
    owner = next((item for item in pod.metadata.owner_references if item.controller), None)
    if owner is None:
        return object_ref(pod)
    template = pod.labels.get("pod-template-hash")
    if owner.kind == "ReplicaSet" and template and owner.name.endswith(f"-{template}"):
        return ObjectRef(kind="Deployment", name=owner.name.removesuffix(f"-{template}"), namespace=pod.namespace)
    return ObjectRef(kind=owner.kind, name=owner.name, namespace=pod.namespace)


def on_pod_network(pods: Iterable[Pod]) -> Iterator[Pod]:
    """The live pods with a network of their own that AKS does not own."""
    return (pod for pod in pods if not pod.has_ended and not pod.spec.host_network and not is_aks_owned(pod))


def lasting_containers(pod: Pod) -> tuple[Container, ...]:
    """The containers that run as long as the pod: the ordinary ones, and init containers that restart."""
    sidecars = (item for item in pod.spec.init_containers if item.restart_policy == "Always")
    return (*pod.spec.containers, *sidecars)
