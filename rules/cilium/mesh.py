"""A service mesh shares the nodes' network with Cilium.

Why it matters
--------------
The Istio add-on runs on Cilium clusters. A mesh of your own redirects traffic with init containers or a CNI plugin of
its own, and has to be tried with the new data plane. L7 policies of Advanced Container Networking Services (ACNS) and
those of Istio must not be combined, and the Open Service Mesh add-on ends on 30 September 2027.

What to do
----------
- Try the mesh on a copy of the cluster with Cilium: injection, mutual TLS, its CNI plugin.
- Leave L7 decisions either to Istio or to ACNS.
- Move from Open Service Mesh to the Istio add-on: `az aks mesh enable --resource-group {resource_group} --name
  {cluster}`.

How it is decided
-----------------
A notice each: the add-on openServiceMesh where it is enabled; a namespace istio-system or linkerd, where those meshes
put their control planes; and, on the cluster, Istio (add-on or of your own) together with L7 policies of ACNS that are
on or planned (`--planned-features acns-l7`). The Istio add-on alone passes. Namespaces that were not all read are a gap
of that weight. A mesh in a namespace of another name, and other meshes, are not seen. A body without the add-on or
without serviceMeshProfile has none: the documented default.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.model.fact import seen
from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Severity, object_ref
from analyzer.model.objects import Namespace
from analyzer.model.source import Source
from analyzer.model.step import PlannedFeature, StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.cilium.acns_features import uses
from rules.cilium.meshes import SELF_MANAGED, istio_addon, own_istio
from rules.lists import gaps


def check(scene: Scene) -> Iterator[Outcome]:
    """Each mesh to be tried, and Istio beside L7 policies of ACNS."""
    yield from _open_service_mesh(scene)
    namespaces = scene.snapshot.namespaces
    for item in seen(namespaces):
        if mesh := SELF_MANAGED.get(item.name):
            yield _own(item, mesh)
    l7 = uses(scene, PlannedFeature.ACNS_L7)
    istio = (*istio_addon(scene), *own_istio(scene))
    if l7 and istio:
        message = "L7 policies of ACNS and Istio are both in use; they must not decide on the same traffic."
        yield Finding(object=scene.cluster_ref, key="istio-l7", message=message, evidence=(*istio, *l7))
    yield from gaps(namespaces)


def _open_service_mesh(scene: Scene) -> Iterator[Finding]:
    addon = scene.cluster.require().addon("openServiceMesh")
    if addon and addon.enabled:
        message = "The Open Service Mesh add-on is on; it ends on 30 September 2027."
        evidence = (Evidence("addonProfiles.openServiceMesh.enabled", "true"),)
        yield Finding(object=scene.cluster_ref, key="open-service-mesh", message=message, evidence=evidence)


def _own(item: Namespace, mesh: str) -> Finding:
    message = f"Namespace {item.name} points to {mesh} of your own; no page says how it does with this data plane."
    return Finding(object=object_ref(item), message=message, evidence=(Evidence("namespace", item.name),))


RULE = Rule(
    id="CIL-MESH",
    page=Page(__doc__),
    severity=Severity.NOTICE,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.CILIUM,),
    reads=(Source.CLUSTER, Source.NAMESPACES),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/istio-cni",
            "Istio's CNI plugin changes nothing in the cluster's own networking.",
            "2026-05-06",
        ),
        Citation(
            "https://github.com/Azure/AKS/blob/master/CHANGELOG.md",
            "The service mesh add-on may be used on clusters with Cilium.",
            "2023-08-06",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/open-service-mesh-about",
            "The Open Service Mesh add-on ends on 2027-09-30.",
            "2024-09-25",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/container-network-security-l7-policy-concepts#limitations-and-considerations",
            "L7 policies of ACNS and of Istio are not to be combined.",
            "2024-03-14",
        ),
    ),
    check=check,
)
