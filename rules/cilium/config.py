"""AKS manages Cilium's configuration, and leaves features of Cilium out.

Why it matters
--------------
The ConfigMap cilium-config belongs to AKS: only the labels that make up a pod's identity may be changed. Features that
need another configuration are not to be had, among them BGP, Cilium's egress gateway, its address pools and
announcements for LoadBalancer Services, its Envoy configuration, ingress and Gateway API, ClusterMesh and custom
masquerading. Objects of such kinds may lie in the cluster and do nothing.

What to do
----------
- Say what is planned: give `--planned-features`, `none` where nothing is.
- Replace an unsupported feature by what AKS offers (Azure load balancers, NAT gateways, the application routing
  add-on, its static egress gateway), or run a CNI of your own in a new cluster: `az aks create --network-plugin none`.
- Delete objects of unsupported kinds before the step.

How it is decided
-----------------
A planned feature of Cilium that AKS does not offer is a risk. What else `--planned-features` can name is the business
of other rules. Where the flag is not given, one notice asks for it, and names the features that are not offered.

Objects of these kinds are a notice each: CiliumBGPPeeringPolicy, CiliumBGPClusterConfig, CiliumEgressGatewayPolicy,
CiliumLoadBalancerIPPool, CiliumL2AnnouncementPolicy, CiliumEnvoyConfig, CiliumClusterwideEnvoyConfig. A cluster that
does not serve the kinds has none of them. Kinds that could not be read are a gap, of the weight of a notice.

The edition of 2023-24 says that nothing may be changed; that of 2026 allows the exclusion of labels. It no longer
names a CNI of your own as the way out, as pages up to 2026-07-31 did.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from analyzer.model.fact import seen
from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Severity, object_ref
from analyzer.model.source import Source
from analyzer.model.step import PlannedFeature, StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.lists import gaps

UNSUPPORTED: Mapping[str, str] = MappingProxyType(
    {
        PlannedFeature.BGP: "BGP",
        PlannedFeature.CLUSTER_MESH: "ClusterMesh",
        PlannedFeature.CUSTOM_MASQUERADING: "custom masquerading",
        PlannedFeature.EGRESS_GATEWAY: "Cilium's egress gateway",
        PlannedFeature.ENVOY_CONFIG: "Cilium's Envoy configuration",
        PlannedFeature.GATEWAY_API: "Cilium's Gateway API",
        PlannedFeature.INGRESS: "Cilium's ingress controller",
        PlannedFeature.L2_ANNOUNCEMENTS: "Cilium's L2 announcements",
        PlannedFeature.LB_IPAM: "Cilium's address pools for LoadBalancer Services",
    }
)
"""Features that AKS does not offer, as people name them."""


def check(scene: Scene) -> Iterator[Outcome]:
    """Each unsupported feature that is planned, the question where nothing was said, and each inert object."""
    planned = scene.inputs.planned_features
    if planned is None:
        yield _question(scene)
    for feature in planned or ():
        if feature in UNSUPPORTED:
            yield _planned(scene, feature)
    extensions = scene.snapshot.cilium_extensions
    for item in seen(extensions):
        message = f"{item.kind} {item.name} asks for a part of Cilium that AKS does not offer; it does nothing."
        evidence = (Evidence("apiVersion", item.api_version),)
        yield Finding(object=object_ref(item), severity=Severity.NOTICE, message=message, evidence=evidence)
    yield from gaps(extensions, severity=Severity.NOTICE)


def _question(scene: Scene) -> Finding:
    message = "--planned-features was not given: which features of Cilium are planned besides network policies?"
    return Finding(
        object=scene.cluster_ref,
        key="planned-features",
        asks="--planned-features",
        severity=Severity.NOTICE,
        message=message,
        remedy=(
            f"Give --planned-features with what is planned, or `none`. AKS does not offer {', '.join(UNSUPPORTED)}.",
        ),
    )


def _planned(scene: Scene, feature: str) -> Finding:
    message = f"The plan needs {UNSUPPORTED[feature]}, which AKS does not offer with its managed Cilium."
    evidence = (Evidence("--planned-features", str(feature)),)
    return Finding(object=scene.cluster_ref, key=feature, message=message, evidence=evidence)


RULE = Rule(
    id="CIL-CONFIG",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.CILIUM,),
    reads=(Source.CLUSTER, Source.CILIUM_EXTENSIONS),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/azure-cni-powered-by-cilium#can-the-cilium-configmap-be-modified",
            "AKS manages the ConfigMap; only the labels that count for identities may be changed, and that persists.",
            "2026-08-05",
            contradicts="The edition of 2023-24 allows no change at all.",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/azure-cni-powered-by-cilium",
            "The configuration cannot be customised; full control takes a CNI of your own.",
            "2023-24",
        ),
    ),
    check=check,
)
