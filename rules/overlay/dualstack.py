"""Something on the cluster does not go with IPv6.

Why it matters
--------------
A dual-stack cluster can become overlay, and overlay with Cilium, but not everything follows. Azure NPM, Calico, virtual
nodes and the IPv4-only Standard NAT gateway do not work with IPv6. The static egress gateway, the expansion of the pod
CIDR and node auto-provisioning leave IPv6 out. Cilium supports dual-stack from Kubernetes 1.29.

What to do
----------
- Remove the conflicting feature first, or move the workloads that need IPv6 to a new cluster without it.

How it is decided
-----------------
Only where ipFamilies or a pod range of the cluster has IPv6; an absent or null ipFamilies means IPv4 alone. Then each
of these is a risk of its own: networkPolicy azure or calico before the step; the add-on aciConnectorLinux; at the step
cilium, Kubernetes below 1.29. Each of these is a notice: the outbound type managedNATGateway (managedNATGatewayV2 is
fine), or userAssignedNATGateway, whose SKU is not read; the static egress gateway; node auto-provisioning; a
LoadBalancer or NodePort Service with IPv6 that lacks externalTrafficPolicy Local and is not AKS's own, where a pool is
Azure Linux.

That IPv6 is interrupted while kubenet becomes overlay is KUB-DUALSTACK's. An absent staticEgressGatewayProfile and an
absent nodeProvisioningProfile are the default, off. So is an absent addonProfiles: at every API version, ARM's recorded
answers leave the key out where the cluster has no add-on. An absent outboundType or osSKU leaves its question open.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import filterfalse

from analyzer.model.fact import Missing, seen
from analyzer.model.finding import (
    Confidence,
    Evidence,
    Finding,
    Outcome,
    Passed,
    Severity,
    gap,
    object_ref,
    pool_ref,
)
from analyzer.model.network import IpamMode, hidden
from analyzer.model.objects import Service
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.model.version import Version
from analyzer.path import ENGINES
from analyzer.scene import Citation, Page, Rule, Scene
from rules.aks_owned import is_aks_owned
from rules.dual_stack import ipv6_evidence
from rules.lists import gaps
from rules.provisioned_nodes import mode

LEAST_FOR_CILIUM = Version(1, 29)
_AZURE_LINUX = ("azurelinux", "cblmariner", "mariner")


def check(scene: Scene) -> Iterator[Outcome]:
    """Each feature that does not go with IPv6, where the cluster has it."""
    if not ipv6_evidence(scene):
        yield Passed("The cluster is IPv4 only.")
        return
    yield Passed("Nothing that was read conflicts with IPv6.")
    yield from _engine(scene)
    yield from _virtual_nodes(scene)
    if scene.step.kind is StepKind.CILIUM:
        yield from _version(scene)
    yield from _outbound(scene)
    yield from _left_out(scene)
    yield from _azure_linux(scene)


def _conflict(scene: Scene, what: str, evidence: Evidence, severity: Severity | None = None) -> Finding:
    message = f"The cluster has IPv6, and {what}."
    return Finding(
        object=scene.cluster_ref, key=evidence.where, severity=severity, message=message, evidence=(evidence,)
    )


def _engine(scene: Scene) -> Iterator[Outcome]:
    """The engine that stays; the step to Cilium replaces it itself."""
    engine = scene.before.policy
    if scene.step.kind is StepKind.CILIUM:
        return
    if isinstance(engine, Missing):
        yield gap(engine)
    elif engine.value in ENGINES:
        line = Evidence("networkProfile.networkPolicy", engine.value.value)
        yield _conflict(scene, f"the policy engine {engine.value} does not work with it", line)


def _virtual_nodes(scene: Scene) -> Iterator[Outcome]:
    addon = scene.cluster.require().addon("aciConnectorLinux")
    if addon is not None and addon.enabled:
        line = Evidence("addonProfiles.aciConnectorLinux.enabled", "true")
        yield _conflict(scene, "virtual nodes do not work with it", line)


def _version(scene: Scene) -> Iterator[Outcome]:
    version = scene.before.kubernetes_version
    if isinstance(version, Missing):
        yield gap(version)
    elif version.value < LEAST_FOR_CILIUM:
        line = Evidence("properties.currentKubernetesVersion", str(version.value))
        yield _conflict(scene, f"Cilium supports it from Kubernetes 1.29; this is {version.value}", line)


def _outbound(scene: Scene) -> Iterator[Outcome]:
    profile = scene.cluster.require().network_profile
    outbound = profile.outbound_type if profile else None
    if not outbound:
        yield gap(hidden("networkProfile.outboundType", "it is absent or null"), severity=Severity.NOTICE)
        return
    line = Evidence("networkProfile.outboundType", outbound)
    if outbound.lower() == "managednatgateway":
        yield _conflict(scene, "its Standard NAT gateway carries IPv4 only", line, Severity.NOTICE)
    if outbound.lower() == "userassignednatgateway":
        what = "its NAT gateway carries IPv4 only unless its SKU is StandardV2"
        yield _conflict(scene, what, line, Severity.NOTICE)


def _left_out(scene: Scene) -> Iterator[Outcome]:
    profile = scene.cluster.require().network_profile
    gateway = profile.static_egress_gateway_profile if profile else None
    if gateway is not None and gateway.enabled:
        line = Evidence("networkProfile.staticEgressGatewayProfile.enabled", "true")
        yield _conflict(scene, "the static egress gateway carries IPv4 only", line, Severity.NOTICE)
    if mode(scene) == "auto":
        line = Evidence("nodeProvisioningProfile.mode", "Auto")
        yield _conflict(scene, "node auto-provisioning does not support it", line, Severity.NOTICE)


def _azure_linux(scene: Scene) -> Iterator[Outcome]:
    """The Services that want externalTrafficPolicy Local, where a pool is Azure Linux; else pools that may be."""
    pools = seen(scene.pools)
    if any((pool.os_sku or "").lower().startswith(_AZURE_LINUX) for pool in pools):
        services = scene.snapshot.services
        yield from (_service(service) for service in filterfalse(is_aks_owned, seen(services)) if _wants_local(service))
        yield from gaps(services, severity=Severity.NOTICE)
        return
    for pool in pools:
        if not pool.os_sku:
            where = f"agentPoolProfiles[{pool.name}].osSKU"
            yield gap(hidden(where, "it is absent or null"), pool_ref(pool), Severity.NOTICE)
    yield from gaps(scene.pools, severity=Severity.NOTICE)


def _wants_local(service: Service) -> bool:
    spec = service.spec
    is_open = spec.type in ("LoadBalancer", "NodePort") and "IPv6" in spec.ip_families
    return is_open and spec.external_traffic_policy != "Local"


def _service(service: Service) -> Finding:
    policy = service.spec.external_traffic_policy or "Cluster"
    return Finding(
        object=object_ref(service),
        severity=Severity.NOTICE,
        message=f"Service {service.name} serves IPv6 with externalTrafficPolicy {policy}; on Azure Linux nodes IPv6"
        " wants Local.",
        evidence=(Evidence("spec.externalTrafficPolicy", policy),),
        remedy=(
            f"`kubectl patch service {service.name} --namespace {service.namespace} --patch"
            ' \'{"spec":{"externalTrafficPolicy":"Local"}}\'`',
        ),
    )


RULE = Rule(
    id="OVL-DUALSTACK",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.OVERLAY, StepKind.CILIUM),
    modes=(
        IpamMode.KUBENET,
        IpamMode.NODE_SUBNET,
        IpamMode.POD_SUBNET_DYNAMIC,
        IpamMode.POD_SUBNET_STATIC,
        IpamMode.OVERLAY,
    ),
    reads=(Source.CLUSTER, Source.SERVICES),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/azure-cni-overlay#dual-stack-networking-limitations",
            "Dual-stack overlay excludes network policies of Azure and Calico, NAT gateway and virtual nodes.",
            "2026-07-31",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/azure-cni-powered-by-cilium"
            "#dual-stack-networking-with-azure-cni-powered-by-cilium",
            "Dual-stack with Cilium takes Kubernetes 1.29 or later.",
            "2026-08-05",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/configure-static-egress-gateway#limitations-and-considerations",
            "The static egress gateway supports IPv4 only.",
            "2026-08-06",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/configure-dual-stack",
            "An absent list of families is IPv4; on Azure Linux an IPv6 Service needs externalTrafficPolicy Local.",
            "2023-12-07",
        ),
    ),
    check=check,
)
