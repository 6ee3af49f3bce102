"""Kubernetes is too old for the overlay migration.

Why it matters
--------------
AKS moves a cluster to Azure CNI Overlay only from Kubernetes 1.27. The nodes are what is reimaged, so a pool that
is older than the control plane counts by itself.

What to do
----------
- Upgrade one minor version at a time, control plane first: `az aks upgrade --resource-group {resource_group}
  --name {cluster} --kubernetes-version VERSION`; with a policy engine to uninstall, go to 1.30 or later.

How it is decided
-----------------
The control plane and each pool are compared with 1.27, by number. Below it is a blocker on that object. A version
that is absent, empty or cannot be parsed is a gap on that object; a pool never inherits the cluster's.

The documentation of 2023-24 asked for 1.22; versions 1.22 to 1.26 are out of support as well.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.model.cluster import AgentPool
from analyzer.model.fact import Known
from analyzer.model.finding import Confidence, Evidence, Finding, ObjectRef, Outcome, Severity, gap, pool_ref
from analyzer.model.network import hidden
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.model.version import Version, parse_version
from analyzer.scene import Citation, Page, Rule, Scene

LEAST = Version(1, 27)


def check(scene: Scene) -> Iterator[Outcome]:
    """Each version that is too old, or not known."""
    control_plane = scene.before.kubernetes_version
    if isinstance(control_plane, Known):
        yield from _judge(scene.cluster_ref, "The control plane", control_plane.value, _control_plane_field(scene))
    else:
        yield gap(control_plane, scene.cluster_ref)
    for pool in scene.pools.each():
        version = parse_version(pool.version)
        where = f"agentPoolProfiles[{pool.name}].{_pool_field(pool)}"
        if version is None:
            yield gap(
                hidden(where, f"it is {pool.version!r}" if pool.version else "it is absent or null"), pool_ref(pool)
            )
        else:
            yield from _judge(pool_ref(pool), f"Pool {pool.name}", version, where)


def _control_plane_field(scene: Scene) -> str:
    current = scene.cluster.require().current_kubernetes_version
    return "properties.currentKubernetesVersion" if current else "properties.kubernetesVersion"


def _pool_field(pool: AgentPool) -> str:
    return "currentOrchestratorVersion" if pool.current_orchestrator_version else "orchestratorVersion"


def _judge(of: ObjectRef, subject: str, version: Version, where: str) -> Iterator[Finding]:
    if version.minor_version < LEAST:
        message = f"{subject} runs Kubernetes {version}; overlay needs 1.27 or later."
        yield Finding(object=of, message=message, evidence=(Evidence(where, str(version)),))


RULE = Rule(
    id="OVL-K8S-VERSION",
    page=Page(__doc__),
    severity=Severity.BLOCKER,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.OVERLAY,),
    reads=(Source.CLUSTER,),
    refused_by_platform=True,
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/update-azure-cni#update-the-ipam-mode-to-azure-cni-overlay",
            "A cluster is eligible for the overlay update from Kubernetes 1.27.",
            "2026-05-28",
            contradicts="The edition of 2023-24 asked for 1.22; the number changed on 2025-11-26.",
        ),
    ),
    check=check,
)
