"""Pods that call a load balancer's address may find no backend where externalTrafficPolicy is Local.

Why it matters
--------------
kube-proxy sends a pod's call to an external address of a Service to any of its backends, whatever
externalTrafficPolicy says. From Cilium 1.19 on, which release notes ship for Kubernetes 1.36, such a call follows the
policy: with Local it finds only backends on the pod's own node, and fails where there is none.

What to do
----------
- Let clients inside the cluster use the Service's cluster name or cluster IP.
- Or set externalTrafficPolicy to Cluster where the client's address is not needed.

How it is decided
-----------------
Below Kubernetes 1.36 it passes. From 1.36 on, each Service of type LoadBalancer with externalTrafficPolicy Local is a
risk: which clients use its external address cannot be read. Services that AKS manages are left out. A version that
cannot be read, and Services that were not all read, are gaps.

The table of versions names 1.18.9 as the least for Kubernetes 1.36, release notes of mid 2026 ship 1.19; the tool goes
by the later one. A defect of 1.18.2, where internal and external policy differ, is not judged: AKS starts at 1.18.6.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.model.fact import seen
from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Passed, Severity, object_ref
from analyzer.model.objects import Service
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.model.version import Version
from analyzer.scene import Citation, Page, Rule, Scene
from rules.aks_owned import is_aks_owned
from rules.lists import gaps

FIRST = Version(1, 36)
"""The first Kubernetes version for which Cilium 1.19 is shipped."""


def check(scene: Scene) -> Iterator[Outcome]:
    """Each Service whose external address pods may lose."""
    version = scene.before.kubernetes_version.require()
    if version.minor_version < FIRST:
        yield Passed(f"It begins with Cilium 1.19, on Kubernetes 1.36; the control plane runs {version}.")
        return
    services = scene.snapshot.services
    for service in seen(services):
        spec = service.spec
        if spec.type == "LoadBalancer" and spec.external_traffic_policy == "Local" and not is_aks_owned(service):
            yield _finding(service)
    yield from gaps(services)


def _finding(service: Service) -> Finding:
    addresses = [item.ip or item.hostname for item in service.status.load_balancer.ingress]
    return Finding(
        object=object_ref(service),
        message=f"Pods that call Service {service.name} by its external address find only backends on their own node.",
        evidence=(
            Evidence("spec.externalTrafficPolicy", "Local"),
            Evidence("status.loadBalancer.ingress", ", ".join(addresses) or "none yet"),
        ),
    )


RULE = Rule(
    id="CIL-LB-ETP-LOCAL",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.UPSTREAM,
    steps=(StepKind.CILIUM,),
    reads=(Source.CLUSTER, Source.SERVICES),
    sources=(
        Citation(
            "https://github.com/cilium/cilium/issues/45252",
            "From 1.19 on, calls from inside the cluster to such an address see local backends only.",
        ),
        Citation(
            "https://github.com/cilium/cilium/issues/42245",
            "1.18.2 changed what holds where the internal and the external policy differ.",
        ),
    ),
    check=check,
)
