"""Reads a cluster through its API server. Importing this imports the kubernetes package, which takes half a second."""

from analyzer.collect.kubernetes.access import Permission, review_access
from analyzer.collect.kubernetes.reading import KubernetesReading, Progress, read_kubernetes
from analyzer.collect.kubernetes.session import (
    Session,
    Token,
    connect_in_cluster,
    connect_kubeconfig,
    connect_user_credential,
)
from analyzer.collect.kubernetes.transport import Budget

__all__ = [
    "Budget",
    "KubernetesReading",
    "Permission",
    "Progress",
    "Session",
    "Token",
    "connect_in_cluster",
    "connect_kubeconfig",
    "connect_user_credential",
    "read_kubernetes",
    "review_access",
]
