"""What AKS owns of a cluster's Kubernetes objects: no customer's to change, so never findings, unless a page says so.

The one place that says it for every rule. `analyzer.disruption.platform` says it for drains, which pass over more:
whatever the add-on manager may have made in kube-system, and all of the namespaces that add-ons have for themselves.
"""

from __future__ import annotations

from analyzer.model.objects import KubernetesObject

_CALICO_NAMESPACES = ("calico-apiserver", "calico-system", "tigera-operator")
_MADE_BY_CALICO = "projectcalico.org/created-by"


def is_aks_owned(item: KubernetesObject) -> bool:
    """Whether AKS, its add-on manager, or the Calico that AKS runs made an object, and keeps it as it is.

    What counts:

    - the label kubernetes.azure.com/managedby, with the value aks;
    - the label addonmanager.kubernetes.io/mode with the value Reconcile. What the add-on manager only makes once
      (EnsureExists), as coredns-custom, is the customer's to fill;
    - the namespaces of Calico's operator, whoever installed it: of a Calico of one's own CAL-SELF-MANAGED speaks;
    - what Calico makes for itself in its own API groups: mirrors of Kubernetes policies, named knp.*, also behind the
      tier's name, and what carries the label projectcalico.org/created-by;
    - one name: every cluster has the policy kube-system/konnectivity-agent.

    Other objects in kube-system are a customer's.
    """
    metadata = item.metadata
    return (
        has_aks_label(item)
        or metadata.namespace in _CALICO_NAMESPACES
        or ("projectcalico.org/" in item.api_version and _is_calicos_own(item))
        or (metadata.name == "konnectivity-agent" and metadata.namespace == "kube-system")
    )


def has_aks_label(item: KubernetesObject) -> bool:
    """Whether AKS or its add-on manager marks an object as its own, wherever it lies."""
    labels = item.metadata.labels
    return bool(labels) and (
        labels.get("kubernetes.azure.com/managedby") == "aks"
        or labels.get("addonmanager.kubernetes.io/mode") == "Reconcile"
    )


def is_typha(item: KubernetesObject) -> bool:
    """Whether an object, such as a budget, is the one that Calico keeps for typha, by today's namespace or a former."""
    return item.name == "calico-typha" and item.namespace in ("calico-system", "kube-system")


def _is_calicos_own(item: KubernetesObject) -> bool:
    return item.name.removeprefix("default.").startswith("knp.") or _MADE_BY_CALICO in item.labels
