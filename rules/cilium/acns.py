"""Advanced Container Networking Services need a newer Kubernetes under Cilium.

Why it matters
--------------
Under Cilium, Advanced Container Networking Services (ACNS) exist from Kubernetes 1.29 on. Their security and
performance features exist under Cilium only, so they are switched on after this step. The services cost extra.

What to do
----------
- Upgrade to Kubernetes 1.29 or later first: `az aks upgrade --resource-group {resource_group} --name {cluster}
  --kubernetes-version VERSION`.
- Change the data plane first and switch ACNS on afterwards, with Azure CLI 2.79.0 or later: `az aks update
  --resource-group {resource_group} --name {cluster} --enable-acns`.

How it is decided
-----------------
ACNS is used where networkProfile.advancedNetworking.enabled is true, or where `--planned-features` names acns or any
acns-* feature. Used on a control plane below Kubernetes 1.29, it is a blocker; a version that cannot be read is then
a gap. On with a new enough version it is a risk: it stays on through the step, and what watches the network is
exchanged. What that means for metrics is said by CIL-OBSERVABILITY, what each feature needs by CIL-WIREGUARD,
CIL-MTLS, CIL-EBPF-HOST-ROUTING, CIL-L7-POLICY and CIL-FQDN. Without use it passes: a body without advancedNetworking
has it off. Where `--planned-features` was not given, CIL-CONFIG asks for it.

A race in which a cluster that took ACNS and Cilium at once could end in a deadlock was corrected on 2025-01-30.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Passed, Severity
from analyzer.model.source import Source
from analyzer.model.step import PlannedFeature, StepKind
from analyzer.model.version import Version
from analyzer.scene import Citation, Page, Rule, Scene
from rules.cilium.acns_features import is_on, no_use, uses
from rules.cilium.control_plane import version_evidence

LEAST = Version(1, 29)


def check(scene: Scene) -> Iterator[Outcome]:
    """Whether the control plane is new enough for ACNS, where it is used."""
    used = uses(scene, PlannedFeature.ACNS)
    if not used:
        yield no_use(scene)
        return
    version = scene.before.kubernetes_version.require()
    if version.minor_version < LEAST:
        message = f"ACNS under Cilium needs Kubernetes 1.29 or later; the control plane runs {version}."
        evidence = (*used, version_evidence(version))
        yield Finding(object=scene.cluster_ref, key="kubernetes-version", message=message, evidence=evidence)
    elif on := is_on(scene, PlannedFeature.ACNS):
        yield _stays_on(scene, on)
    else:
        yield Passed(f"ACNS is planned, and Kubernetes {version} is new enough for it.")


def _stays_on(scene: Scene, evidence: tuple[Evidence, ...]) -> Finding:
    message = "ACNS is on and stays on through this step; its Azure data plane agents give way to Cilium's Hubble."
    return Finding(
        object=scene.cluster_ref, key="exchanged", severity=Severity.RISK, message=message, evidence=evidence
    )


RULE = Rule(
    id="CIL-ACNS",
    page=Page(__doc__),
    severity=Severity.BLOCKER,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.CILIUM,),
    reads=(Source.CLUSTER,),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/use-advanced-container-networking-services#prerequisites",
            "With Cilium, ACNS takes Kubernetes 1.29 and Azure CLI 2.79.0.",
            "2024-05-28",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/advanced-container-networking-services-overview",
            "Security and performance features of ACNS exist with Cilium only; observability with both data planes.",
            "2024-05-28",
        ),
        Citation(
            "https://github.com/Azure/AKS/blob/master/CHANGELOG.md",
            "A race on the way from a cluster without Cilium to one with ACNS and Cilium is corrected.",
            "2025-01-30",
        ),
    ),
    check=check,
)
