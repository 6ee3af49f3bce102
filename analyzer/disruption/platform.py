"""Which workloads are the platform's own, so that no customer scales or moves them."""

from __future__ import annotations

from analyzer.model.objects import KubernetesObject

NAMESPACES = frozenset(
    {
        "aks-command",
        "aks-istio-system",
        "app-routing-system",
        "calico-apiserver",
        "calico-system",
        "gatekeeper-system",
        "tigera-operator",
    }
)
"""Namespaces in which AKS, or an operator that AKS runs, keeps its workloads; in kube-system labels decide."""

_OWNER_LABEL = "kubernetes.azure.com/managedby"
_ADDON_LABELS = ("addonmanager.kubernetes.io/mode", "kubernetes.io/cluster-service")


def is_platform(item: KubernetesObject) -> bool:
    """Whether AKS made an object: by its label, by its namespace, or in kube-system by the add-on manager's labels."""
    labels, namespace = item.labels, item.namespace
    if namespace in NAMESPACES or labels.get(_OWNER_LABEL) == "aks":
        return True
    return namespace == "kube-system" and any(label in labels for label in _ADDON_LABELS)
