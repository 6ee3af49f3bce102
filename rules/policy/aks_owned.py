"""Which Kubernetes objects are AKS's own: they are no customer's to change, so they are never findings."""

from __future__ import annotations

from analyzer.model.objects import KubernetesObject

_CALICO_NAMESPACES = ("calico-apiserver", "calico-system", "tigera-operator")


def is_aks_owned(item: KubernetesObject) -> bool:
    """Whether AKS, or the Calico operator that AKS runs, made an object.

    By the label that AKS sets on what it manages, by the operator's namespaces, and by one name: every cluster has
    the policy kube-system/konnectivity-agent. Other objects in kube-system are a customer's.
    """
    return (
        item.labels.get("kubernetes.azure.com/managedby") == "aks"
        or item.namespace in _CALICO_NAMESPACES
        or (item.namespace, item.name) == ("kube-system", "konnectivity-agent")
    )
