"""How the live APIs are reached, by the words of the operator."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

Progress = Callable[[str], None]
"""Told what is being read; from several threads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How the live APIs are reached."""

    kubeconfig: Path | None = None
    """None: the cluster's user credential is asked for."""
    context: str | None = None
    cloud: str = "public"
    credential: str = "default"
    concurrency: int = 8
    timeout_s: float = 30.0
    scan_configmaps: bool = False
    """Also read every ConfigMap, of which only addresses are kept."""
    environment: Mapping[str, str]
    """KUBERNETES_SERVICE_HOST and _PORT for `in-cluster`, AZURE_CLIENT_ID for a user-assigned identity."""
