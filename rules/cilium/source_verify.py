"""A pod that forwards other people's packets is stopped by Cilium's check of source addresses.

Why it matters
--------------
Cilium from 1.17 on, as AKS runs it since the release of 2026-07-17, drops packets that leave a pod under an address
other than the pod's own. Routers, VPN and NAT gateways that run as ordinary pods stop forwarding.

What to do
----------
- Let the pod masquerade what it forwards to its own address.
- Or run it on the host network, which is not checked.

How it is decided
-----------------
From Kubernetes 1.32 on, which brings Cilium 1.17; below it passes. A risk on each workload with a live pod that has a
network of its own and either sets the sysctl net.ipv4.ip_forward to 1, or has a container, sidecars included, that is
privileged or has NET_ADMIN or NET_RAW, with an image that names wireguard, openvpn, tailscale, strongswan, tproxy or
kube-egress. Whether such a pod masquerades cannot be read. Pods that AKS manages are left out. A version that cannot be
read, and pods that were not all read, are gaps.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzer.model.fact import seen
from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Passed, Severity
from analyzer.model.objects import Container, Pod
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.model.version import Version
from analyzer.scene import Citation, Page, Rule, Scene
from rules.cilium.capabilities import is_privileged_or_has
from rules.cilium.pod_owners import lasting_containers, on_pod_network, owner_ref
from rules.lists import gaps

FIRST = Version(1, 32)
"""The first Kubernetes version with Cilium 1.17."""

_ROUTERS = re.compile("wireguard|openvpn|tailscale|strongswan|tproxy|kube-egress")
_SYSCTL = "net.ipv4.ip_forward"


def check(scene: Scene) -> Iterator[Outcome]:
    """Each workload that seems to forward packets."""
    version = scene.before.kubernetes_version.require()
    if version.minor_version < FIRST:
        yield Passed(f"It begins with Cilium 1.17, on Kubernetes 1.32; the control plane runs {version}.")
        return
    pods = scene.snapshot.pods
    for pod in on_pod_network(seen(pods)):
        if evidence := (*_sysctls(pod), *_images(pod)):
            owner = owner_ref(pod)
            message = f"{owner.kind} {owner.name} seems to forward packets; Cilium drops those of other sources."
            yield Finding(object=owner, message=message, evidence=evidence)
    yield from gaps(pods)


def _sysctls(pod: Pod) -> Iterator[Evidence]:
    context = pod.spec.security_context
    for item in context.sysctls if context else ():
        if (item.name, item.value) == (_SYSCTL, "1"):
            yield Evidence(f"Pod {pod.namespace}/{pod.name} sysctls[{_SYSCTL}]", "1")


def _images(pod: Pod) -> Iterator[Evidence]:
    for container in lasting_containers(pod):
        if _forwards(container):
            yield Evidence(f"Pod {pod.namespace}/{pod.name} containers[{container.name}].image", container.image)


def _forwards(container: Container) -> bool:
    named = _ROUTERS.search(container.image.lower()) is not None
    return named and is_privileged_or_has(container.security_context, "NET_ADMIN", "NET_RAW")


RULE = Rule(
    id="CIL-SOURCE-VERIFY",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.CHANGELOG,
    steps=(StepKind.CILIUM,),
    reads=(Source.CLUSTER, Source.PODS),
    sources=(
        Citation(
            "https://github.com/Azure/AKS/blob/master/CHANGELOG.md",
            "The verification of source addresses is on again with Cilium 1.17 and later.",
            "2026-07-17",
        ),
    ),
    check=check,
)
