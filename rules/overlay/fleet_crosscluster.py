"""Multi-cluster networking loses a cluster that becomes overlay.

Why it matters
--------------
Cross-cluster networking of Fleet Manager, and Cilium's global services, send traffic of one cluster straight to pods of
another. That needs pod addresses that are routable between them, which overlay does not have: the cluster drops out,
and its peers lose its backends.

What to do
----------
- Stay on a flat network with Cilium: `az aks update --resource-group {resource_group} --name {cluster}
  --network-dataplane cilium --network-policy cilium`.
- Or publish what other clusters call through an internal load balancer, an ingress or a gateway, point them there, and
  then take the annotations and exports away.

How it is decided
-----------------
On a cluster that runs Cilium before the step, each Service with `service.cilium.io/global: "true"` and each namespace
with `clustermesh.cilium.io/global: "true"` is a risk. AKS's own Services do not count. Without Cilium nothing reads
these annotations. Each ServiceExport and MultiClusterService of networking.fleet.azure.com is a notice on a member of
a fleet; on another cluster they are left over and do nothing.

Membership in a fleet alone is no finding: update runs and placement do not need the network. Membership in a
cross-cluster network is not read by itself; what shows its use are the annotations.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.model.fact import Known, Missing, seen
from analyzer.model.finding import Confidence, Evidence, Finding, Gap, Outcome, Passed, Severity, object_ref
from analyzer.model.network import Dataplane
from analyzer.model.objects import KubernetesObject, ObjectName
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.aks_owned import is_aks_owned
from rules.lists import gaps

SERVICE_ANNOTATION = "service.cilium.io/global"
NAMESPACE_ANNOTATION = "clustermesh.cilium.io/global"


def check(scene: Scene) -> Iterator[Outcome]:
    """Each object that other clusters reach pods by."""
    yield Passed(
        "Nothing shares Services with other clusters: without Cilium no annotation does, outside a fleet no export."
    )
    if scene.before.dataplane != Known(Dataplane.AZURE):
        yield from _annotated(scene)
    memberships, exports = scene.snapshot.fleet_memberships, scene.snapshot.fleet_networking
    if memberships == Known(()):
        return
    if isinstance(memberships, Known):
        yield from map(_exported, seen(exports))
    elif exports != Known(()):
        yield from gaps(memberships, severity=Severity.NOTICE)
    yield from gaps(exports, severity=Severity.NOTICE)


def _annotated(scene: Scene) -> Iterator[Finding | Gap]:
    services, namespaces = scene.snapshot.services, scene.snapshot.namespaces
    found = [
        *(
            _global(item, SERVICE_ANNOTATION)
            for item in seen(services)
            if _is_on(item.metadata.annotations.global_service) and not is_aks_owned(item)
        ),
        *(
            _global(item, NAMESPACE_ANNOTATION)
            for item in seen(namespaces)
            if _is_on(item.metadata.annotations.global_namespace)
        ),
    ]
    yield from gaps(services, namespaces)
    if not isinstance(scene.before.dataplane, Missing):
        yield from found
    elif found:
        yield from gaps(scene.before.dataplane)


def _is_on(value: str) -> bool:
    return value.lower() == "true"


def _global(item: KubernetesObject, annotation: str) -> Finding:
    name = f"{item.namespace}/{item.name}" if item.namespace else item.name
    return Finding(
        object=object_ref(item),
        message=f"{item.kind} {name} is shared with other clusters, which cannot reach overlay pods.",
        evidence=(Evidence(f"metadata.annotations[{annotation}]", "true"),),
    )


def _exported(item: ObjectName) -> Finding:
    return Finding(
        object=object_ref(item),
        message=f"{item.kind} {item.namespace}/{item.name} spreads traffic over clusters; overlay pods take no part in"
        " it unless a load balancer stands before them.",
        evidence=(Evidence("apiVersion", item.api_version),),
        severity=Severity.NOTICE,
    )


RULE = Rule(
    id="OVL-FLEET-CROSSCLUSTER",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.OVERLAY,),
    reads=(Source.CLUSTER, Source.SERVICES, Source.NAMESPACES, Source.FLEET_MEMBERSHIPS, Source.FLEET_NETWORKING),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/kubernetes-fleet/concepts-cross-cluster-networking",
            "Cross-cluster networking needs a flat network and Cilium with ACNS; overlay is not supported, nor a mesh"
            " of one's own beside it.",
            "2026-05-14",
        ),
    ),
    check=check,
)
