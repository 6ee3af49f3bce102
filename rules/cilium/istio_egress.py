"""A feature is in use that AKS does not support together with pod subnets.

Why it matters
--------------
The step to Cilium keeps the pod subnets, and with them their limits: no static egress gateway, so no egress gateway of
the Istio add-on; no Private Link Service in front of a load balancer where addresses come in static blocks; and with
externalTrafficPolicy Local that service needs a subnet other than the pods'. Only overlay lifts them, in a new cluster.

What to do
----------
- If the feature is needed, plan a new cluster with Azure CNI Overlay instead of this step.
- Otherwise remove it: the annotation, or the gateway.
- Give the Private Link Service a subnet of its own: annotation
  service.beta.kubernetes.io/azure-pls-ip-configuration-subnet.

How it is decided
-----------------
With pod subnets only, and a notice each, because the step itself changes nothing in it: a Service in the namespace
aks-istio-egress, where the add-on puts its egress gateways; with static blocks, a Service of type LoadBalancer whose
annotation service.beta.kubernetes.io/azure-pls-create is true; with dynamic addresses, such a Service with
externalTrafficPolicy Local whose annotated subnet has the name of a pod subnet. Services that were not all read are a
gap of that weight. AKS's own objects count here, because the gateways of the add-on are its. The static egress gateway
itself belongs to CIL-STATIC-EGRESS.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.model.cluster import id_segment
from analyzer.model.fact import seen
from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Severity, object_ref
from analyzer.model.network import IpamMode
from analyzer.model.objects import Service
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.lists import gaps

_GATEWAYS = "aks-istio-egress"
_PREFIX = "metadata.annotations[service.beta.kubernetes.io/azure-pls-"


def check(scene: Scene) -> Iterator[Outcome]:
    """Each Service that stands for such a feature."""
    static = scene.before.ipam.require() is IpamMode.POD_SUBNET_STATIC
    subnets = {id_segment(pool.pod_subnet_id or "", "subnets").lower() for pool in scene.pools.require()} - {""}
    services = scene.snapshot.services
    for service in seen(services):
        if service.namespace == _GATEWAYS:
            message = f"Service {service.name} is an egress gateway of the Istio add-on, unsupported with pod subnets."
            yield Finding(object=object_ref(service), key="istio-egress", message=message)
        if service.spec.type == "LoadBalancer" and service.metadata.annotations.pls_create.lower() == "true":
            yield from _static_blocks(service) if static else _same_subnet(service, subnets)
    yield from gaps(services)


def _static_blocks(service: Service) -> Iterator[Finding]:
    message = f"Service {service.name} asks for a Private Link Service, unsupported with static blocks of addresses."
    evidence = (Evidence(f"{_PREFIX}create]", service.metadata.annotations.pls_create),)
    yield Finding(object=object_ref(service), key="private-link", message=message, evidence=evidence)


def _same_subnet(service: Service, pod_subnets: set[str]) -> Iterator[Finding]:
    subnet = service.metadata.annotations.pls_subnet
    if service.spec.external_traffic_policy == "Local" and subnet.lower() in pod_subnets:
        message = f"Service {service.name} puts its Private Link Service into the pods' subnet {subnet}."
        evidence = (
            Evidence(f"{_PREFIX}ip-configuration-subnet]", subnet),
            Evidence("spec.externalTrafficPolicy", "Local"),
        )
        yield Finding(object=object_ref(service), key="private-link", message=message, evidence=evidence)


RULE = Rule(
    id="CIL-ISTIO-EGRESS",
    page=Page(__doc__),
    severity=Severity.NOTICE,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.CILIUM,),
    modes=(IpamMode.POD_SUBNET_DYNAMIC, IpamMode.POD_SUBNET_STATIC),
    reads=(Source.CLUSTER, Source.SERVICES),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/istio-deploy-egress",
            "The Istio add-on's egress gateway is built on the static egress gateway, and not for pod subnets.",
            "2025-04-25",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/configure-static-egress-gateway#limitations-and-considerations",
            "The static egress gateway is not supported with pod subnets.",
            "2026-08-06",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/concepts-network-azure-cni-pod-subnet#prerequisites",
            "Private Link Services for load balancers do not go together with static blocks.",
            "2024-05-21",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/internal-lb#private-link-service-requirements",
            "With externalTrafficPolicy Local the service's subnet differs from the pods'.",
            "2026-07-31",
        ),
    ),
    check=check,
)
