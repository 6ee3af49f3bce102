"""The control plane's Kubernetes version as evidence."""

from __future__ import annotations

from analyzer.model.finding import Evidence
from analyzer.model.version import Version


def version_evidence(version: Version) -> Evidence:
    """The version that a step starts from."""
    return Evidence("properties.currentKubernetesVersion", str(version))
