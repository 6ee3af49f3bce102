"""The static egress gateway loses Service traffic under Cilium, and does not work with pod subnets.

Why it matters
--------------
Under Cilium, pods that use a static egress gateway could not reach Services until version 0.1.1 of the gateway's
controller, which AKS ships from Kubernetes 1.34. The gateway is not supported at all where pods have subnets of their
own.

What to do
----------
- Upgrade to Kubernetes 1.34 or later before the step: `az aks upgrade --resource-group {resource_group} --name
  {cluster} --kubernetes-version VERSION`.
- After the step, call a ClusterIP Service from a pod with the annotation
  kubernetes.azure.com/static-gateway-configuration.
- With pod subnets, use a NAT gateway or a new overlay cluster.

How it is decided
-----------------
networkProfile.staticEgressGatewayProfile.enabled. On with any pool that has a pod subnet, it is a risk; on with a
control plane below Kubernetes 1.34, a notice; both may be said. Off passes, and so does a missing profile, which is the
documented default, unless a pool has the mode Gateway: then the body hides the profile, and that is a gap. On with a
version that cannot be read is a gap.

That traffic through the gateway passes network policies by is so today and stays so; the step changes nothing in it.
With eBPF host routing see CIL-EBPF-HOST-ROUTING.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.model.fact import Fact, Known
from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Passed, Severity
from analyzer.model.network import hidden
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.model.version import Version
from analyzer.scene import Citation, Page, Rule, Scene
from rules.cilium.control_plane import version_evidence

LEAST = Version(1, 34)
_FIELD = "networkProfile.staticEgressGatewayProfile"


def check(scene: Scene) -> Iterator[Outcome]:
    """What the gateway loses, where it is on."""
    if not _is_on(scene).require():
        yield Passed("The static egress gateway is off.")
        return
    yield from _pod_subnets(scene)
    version = scene.before.kubernetes_version.require()
    if version.minor_version < LEAST:
        yield Finding(
            object=scene.cluster_ref,
            key="kubernetes-version",
            severity=Severity.NOTICE,
            message=f"Pods behind the static egress gateway lose Services under Cilium on Kubernetes {version};"
            " 1.34 corrects that.",
            evidence=(Evidence(f"{_FIELD}.enabled", "true"), version_evidence(version)),
        )


def _is_on(scene: Scene) -> Fact[bool]:
    profile = scene.cluster.require().network_profile
    gateway = profile.static_egress_gateway_profile if profile else None
    if gateway is not None:
        return Known(bool(gateway.enabled))
    pools = [pool.name for pool in scene.pools.require() if (pool.mode or "").lower() == "gateway"]
    return hidden(_FIELD, f"it is absent or null, and pool {pools[0]} is a gateway's") if pools else Known(False)


def _pod_subnets(scene: Scene) -> Iterator[Finding]:
    pools = [pool for pool in scene.pools.require() if pool.pod_subnet_id]
    if pools:
        yield Finding(
            object=scene.cluster_ref,
            key="pod-subnet",
            message="The static egress gateway is on, which AKS does not support in a cluster with pod subnets.",
            evidence=(
                Evidence(f"{_FIELD}.enabled", "true"),
                *(Evidence(f"agentPoolProfiles[{pool.name}].podSubnetID", pool.pod_subnet_id or "") for pool in pools),
            ),
        )


RULE = Rule(
    id="CIL-STATIC-EGRESS",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.CILIUM,),
    reads=(Source.CLUSTER,),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/configure-static-egress-gateway#limitations-and-considerations",
            "Not with pod subnets, IPv4 only, no Windows; network policies do not apply to traffic through it.",
            "2026-08-06",
        ),
        Citation(
            "https://github.com/Azure/AKS/blob/master/CHANGELOG.md",
            "kube-egress-gateway 0.1.1, on Kubernetes 1.34, repairs Service traffic in Cilium clusters.",
            "2025-08-08",
        ),
    ),
    check=check,
)
