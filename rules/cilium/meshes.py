"""Service meshes that somebody runs in the cluster, by the namespaces of their control planes."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from analyzer.model.fact import seen
from analyzer.model.finding import Evidence
from analyzer.scene import Scene

SELF_MANAGED: Mapping[str, str] = MappingProxyType({"istio-system": "Istio", "linkerd": "Linkerd"})
"""The mesh by the namespace that its makers put its control plane in. The Istio add-on uses aks-istio-*."""


def istio_addon(scene: Scene) -> tuple[Evidence, ...]:
    """Where the Istio add-on is seen to be on. A body without serviceMeshProfile has none: the documented default."""
    profile = scene.cluster.require().service_mesh_profile
    mode = (profile.mode if profile else None) or "Disabled"
    return (Evidence("serviceMeshProfile.mode", mode),) if mode.lower() == "istio" else ()


def own_istio(scene: Scene) -> tuple[Evidence, ...]:
    """The namespaces of an Istio that somebody runs, among those that were read."""
    found = (item.name for item in seen(scene.snapshot.namespaces) if SELF_MANAGED.get(item.name) == "Istio")
    return tuple(Evidence("namespace", name) for name in found)
