"""Where a cluster is read: in Azure, behind a kubeconfig, in a snapshot, in files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class InAzure:
    """A cluster that ARM is asked for."""

    id: str
    kubeconfig: Path | None = None
    """Its own; None: the run's, or the cluster's user credential where that has none either."""
    context: str | None = None
    """Of the kubeconfig that is used; None: the run's where the kubeconfig is the run's, else its current one."""


@dataclass(frozen=True, slots=True)
class BehindKubeconfig:
    """A cluster of which only the Kubernetes API is asked."""


@dataclass(frozen=True, slots=True)
class InSnapshot:
    """A snapshot file."""

    path: Path


@dataclass(frozen=True, slots=True)
class InFiles:
    """Exported files and folders of one cluster."""

    paths: tuple[Path, ...]


Target = InAzure | BehindKubeconfig | InSnapshot | InFiles
