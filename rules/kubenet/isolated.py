"""The cluster's body says what a kubenet cluster cannot be.

Why it matters
--------------
Kubenet has Linux nodes only, no Azure NPM, and does not support network isolated clusters. A body that shows kubenet
with one of them is wrong, old or put together from two clusters, and what is judged from it is worth little.

What to do
----------
- Read the cluster again, and judge that: `az aks show --resource-group {resource_group} --name {cluster} --output
  json`.

How it is decided
-----------------
On kubenet each of these is a notice: a Windows pool, on that pool; networkPolicy azure; bootstrapProfile.artifactSource
Cache. The policy engine is the one that was read, not the one that earlier steps leave: evidence is questioned here,
not the plan. An absent bootstrapProfile is the default (Direct). A pool whose osType does not show is a gap on it.

Windows pools and a policy engine have rules of their own, which judge them as if the body were right.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.model.cluster import AgentPool
from analyzer.model.fact import Known
from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Passed, Severity, gap, pool_ref
from analyzer.model.network import IpamMode, PolicyEngine, hidden
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.lists import gaps


def check(scene: Scene) -> Iterator[Outcome]:
    """Each thing that does not go with kubenet."""
    yield Passed("Nothing in the cluster's body contradicts kubenet.")
    bootstrap = scene.cluster.require().bootstrap_profile
    source = (bootstrap.artifact_source if bootstrap else None) or ""
    if source.lower() == "cache":
        yield _odd(scene, "network isolated (artifact source Cache)", "bootstrapProfile.artifactSource", source)
    if scene.observed.policy == Known(PolicyEngine.AZURE):
        yield _odd(scene, "one with Azure NPM", "networkProfile.networkPolicy", PolicyEngine.AZURE.value)
    yield from gaps(scene.observed.policy)
    for pool in scene.pools.each():
        yield from _pool(pool)


def _odd(scene: Scene, what: str, where: str, value: str) -> Finding:
    return Finding(
        object=scene.cluster_ref,
        key=where,
        message=f"The body shows a kubenet cluster that is {what}, which AKS does not have; read the cluster again.",
        evidence=(Evidence(where, value),),
    )


def _pool(pool: AgentPool) -> Iterator[Outcome]:
    where = f"agentPoolProfiles[{pool.name}].osType"
    if not pool.os_type:
        yield gap(hidden(where, "it is absent or null"), pool_ref(pool))
    elif pool.os_type.lower() == "windows":
        message = f"The body shows pool {pool.name} as Windows on kubenet, which AKS does not have; read it again."
        yield Finding(object=pool_ref(pool), message=message, evidence=(Evidence(where, pool.os_type),))


RULE = Rule(
    id="KUB-ISOLATED",
    page=Page(__doc__),
    severity=Severity.NOTICE,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.OVERLAY,),
    modes=(IpamMode.KUBENET,),
    reads=(Source.CLUSTER,),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/concepts-network-isolated",
            "Kubenet is not supported on network isolated clusters.",
            "2026-06-15",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/configure-kubenet#limitations--considerations-for-kubenet",
            "Kubenet supports neither Windows pools nor Azure network policies.",
            "2026-04-16",
        ),
    ),
    check=check,
)
