"""A feature that the cluster uses has an end date.

Why it matters
--------------
Kubenet, Azure NPM and what else is named here go out of support on a day that is announced. The day says which
clusters to migrate first; it blocks nothing.

What to do
----------
- Schedule the migration by the earliest of these days.

How it is decided
-----------------
Of the state before the step: kubenet (31 March 2028) and Azure NPM (30 September 2028; with a Windows pool also 30
September 2026, for NPM on Windows nodes). Of the cluster: pools that are availability sets (30 September 2025), a
Basic Load Balancer (30 September 2025), the OSM add-on (30 September 2027). The latter three do not change along the
path, so they are told at the first of its steps only.

Each is a notice, with the days that are left on the day of judgement. With NPM and pools that were not read, whether
there are Windows nodes is a gap. A pool without osType or type, a load balancer SKU and an add-on that the body does
not show say nothing: these are hints about dates, and the rules about Windows pools and availability sets ask for
those fields.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from analyzer.model import retirement as ends
from analyzer.model.fact import Known, seen
from analyzer.model.finding import Confidence, Evidence, Finding, ObjectRef, Outcome, Severity, pool_ref
from analyzer.model.network import Plugin, PolicyEngine
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.lists import gaps

NEAR_DAYS = 180
_PROFILE = "properties.networkProfile"


def check(scene: Scene) -> Iterator[Outcome]:
    """Each end date that concerns the cluster."""
    yield from _of_the_state(scene)
    if not any(step.kind in _STEPS for step in scene.earlier):
        yield from _of_the_engine(scene)
        yield from _of_the_cluster(scene)


def _of_the_state(scene: Scene) -> Iterator[Outcome]:
    if scene.before.plugin.require() is Plugin.KUBENET:
        kubenet = Evidence(f"{_PROFILE}.networkPlugin", "kubenet")
        yield _notice(scene.cluster_ref, "Kubenet", ends.KUBENET, scene, kubenet)


def _of_the_engine(scene: Scene) -> Iterator[Outcome]:
    """The engine that is installed today: an earlier step may have removed it on the path, for this very reason."""
    engines = (scene.observed.policy, scene.before.policy)
    if Known(PolicyEngine.AZURE) not in engines:
        scene.before.policy.require()
        return
    evidence = Evidence(f"{_PROFILE}.networkPolicy", "azure")
    yield _notice(scene.cluster_ref, "Azure NPM on Linux nodes", ends.NPM_LINUX, scene, evidence)
    for pool in seen(scene.pools):
        if (pool.os_type or "").lower() == "windows":
            where = Evidence(f"agentPoolProfiles[{pool.name}].osType", str(pool.os_type))
            yield _notice(pool_ref(pool), "Azure NPM on Windows nodes", ends.NPM_WINDOWS, scene, where)
    yield from gaps(scene.pools)


def _of_the_cluster(scene: Scene) -> Iterator[Outcome]:
    body = scene.cluster.require()
    for pool in seen(scene.pools):
        if (pool.type or "").lower() == "availabilityset":
            where = Evidence(f"agentPoolProfiles[{pool.name}].type", str(pool.type))
            yield _notice(pool_ref(pool), "Availability sets", ends.AVAILABILITY_SETS, scene, where)
    sku = body.network_profile.load_balancer_sku if body.network_profile else None
    if (sku or "").lower() == "basic":
        where = Evidence(f"{_PROFILE}.loadBalancerSku", str(sku))
        yield _notice(scene.cluster_ref, "The Basic Load Balancer", ends.BASIC_LOAD_BALANCER, scene, where)
    mesh = body.addon("openServiceMesh")
    if mesh is not None and mesh.enabled:
        where = Evidence("properties.addonProfiles.openServiceMesh.enabled", "true")
        yield _notice(scene.cluster_ref, "The Open Service Mesh add-on", ends.OSM, scene, where)
    yield from gaps(scene.pools)


def _notice(of: ObjectRef, what: str, end: datetime.date, scene: Scene, evidence: Evidence) -> Finding:
    left = (end - scene.as_of).days
    day = f"{end.day} {end:%B %Y}"
    said = f"support ends on {day}, in {left} days" if left >= 0 else f"support ended on {day}, {-left} days ago"
    near = f"; fewer than {NEAR_DAYS} are left" if 0 <= left < NEAR_DAYS else ""
    return Finding(object=of, message=f"{what}: {said}{near}.", evidence=(evidence,), key=what)


_STEPS = (StepKind.OVERLAY, StepKind.CILIUM)

RULE = Rule(
    id="GEN-RETIREMENT",
    page=Page(__doc__),
    severity=Severity.NOTICE,
    confidence=Confidence.DOCUMENTED,
    steps=_STEPS,
    reads=(Source.CLUSTER,),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/configure-kubenet",
            "Kubenet is retired on 31 March 2028.",
            "2026-01-14",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/use-network-policies",
            "Azure NPM ends on Windows nodes on 30 September 2026, on Linux nodes on 30 September 2028.",
            "2026-01-14",
        ),
    ),
    check=check,
)
