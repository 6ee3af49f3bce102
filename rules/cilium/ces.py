"""A namespace asks for priority in Cilium's endpoint slices, which AKS does not offer.

Why it matters
--------------
From Kubernetes 1.32 AKS groups CiliumEndpoints into slices, in a way that cannot be chosen. The annotation
cilium.io/ces-namespace, which gives a namespace's endpoints priority elsewhere, is not supported.

What to do
----------
- Remove the annotation: `kubectl annotate namespace NAMESPACE cilium.io/ces-namespace-`.
- Let tools that watch CiliumEndpoints read CiliumEndpointSlices from Kubernetes 1.32 on.

How it is decided
-----------------
A notice on each namespace with the annotation, whatever its value and the Kubernetes version. Namespaces that were not
all read are a gap of that weight. Tools that read CiliumEndpoints cannot be seen from the cluster's objects.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.model.fact import seen
from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Severity, object_ref
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.lists import gaps

_ANNOTATION = "cilium.io/ces-namespace"


def check(scene: Scene) -> Iterator[Outcome]:
    """Each namespace with the annotation."""
    namespaces = scene.snapshot.namespaces
    for item in seen(namespaces):
        if value := item.metadata.annotations.ces_namespace:
            yield Finding(
                object=object_ref(item),
                message=f"Namespace {item.name} asks for priority in endpoint slices; AKS does not heed that.",
                evidence=(Evidence(f"metadata.annotations[{_ANNOTATION}]", value),),
                remedy=(f"kubectl annotate namespace {item.name} {_ANNOTATION}-",),
            )
    yield from gaps(namespaces)


RULE = Rule(
    id="CIL-CES",
    page=Page(__doc__),
    severity=Severity.NOTICE,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.CILIUM,),
    reads=(Source.NAMESPACES,),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/azure-cni-powered-by-cilium#limitations",
            "Endpoint slices exist from Kubernetes 1.32; their grouping and priority namespaces cannot be configured.",
            "2026-08-05",
        ),
    ),
    check=check,
)
