"""The Kubernetes version is out of support.

Why it matters
--------------
The migration pages assume a version that AKS supports. On one that is out of support nobody helps when the roll stops
half-way, and fixes of the network components no longer arrive. Pools that are more than three minor versions behind
the control plane are outside what AKS supports as well.

What to do
----------
- Upgrade before the migration, in an operation of its own: `az aks upgrade --resource-group {resource_group}
  --name {cluster} --kubernetes-version VERSION`.
- Or take long-term support where the version has it: `az aks update --resource-group {resource_group}
  --name {cluster} --tier premium --k8s-support-plan AKSLongTermSupport`.

How it is decided
-----------------
The control plane's minor version is looked up in the release calendar of 5 August 2026, and the day of judgement is
compared with it. Out of support is: past the end of community support without the plan AKSLongTermSupport, or past
the end of long-term support. It is a notice: the hard limits are those of OVL-K8S-VERSION and OVL-POLICY-K8S130. The
calendar names months, and support is taken to last to the end of the month.

A version older than the calendar's first ended no later than that one; before that day, when it ended is a gap. A
version that the calendar does not know yet is a gap, and so is a plan that the body does not show where it decides. A
pool is compared with the control plane only; one without a version is a gap on that pool.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from analyzer.model.cluster import AgentPool
from analyzer.model.fact import Cause, Fact, Known, Missing
from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Severity, gap, pool_ref
from analyzer.model.network import hidden
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.model.version import Version, parse_version
from analyzer.scene import Citation, Page, Rule, Scene
from rules.general.support_dates import COMMUNITY_ENDS, LONG_TERM_ENDS, community_end, long_term_end

LONG_TERM = "akslongtermsupport"
SKEW = 3
"""Minor versions that a pool may be behind the control plane."""


def check(scene: Scene) -> Iterator[Outcome]:
    """The control plane's version if it is out of support, and each pool that is too far behind."""
    version = scene.before.kubernetes_version
    if isinstance(version, Missing):
        yield gap(version, scene.cluster_ref)
        return
    ended = _ended(version.value, scene)
    if isinstance(ended, Missing):
        yield gap(ended, scene.cluster_ref)
    elif ended.value:
        yield Finding(
            object=scene.cluster_ref,
            message=f"Kubernetes {version.value} is out of support: {ended.value}.",
            evidence=_evidence(scene, version.value),
        )
    for pool in scene.pools.each():
        yield from _behind(pool, version.value)


def _ended(version: Version, scene: Scene) -> Fact[str]:
    """Which support has ended, in words; empty: none that counts."""
    community = community_end(version)
    if community is None:
        return _not_in_calendar(f"The calendar of support has no Kubernetes {version}")
    if scene.as_of <= community:
        return _not_yet(version, community, min(COMMUNITY_ENDS))
    return _without_community(version, f"community support ended by {_day(community)}", scene)


def _without_community(version: Version, words: str, scene: Scene) -> Fact[str]:
    """The same of a version whose community support has ended, as `words` say."""
    plan, end = (scene.cluster.require().support_plan or "").lower(), long_term_end(version)
    if end is not None and scene.as_of > end:
        return Known(f"{words}, long-term support by {_day(end)}")
    if not plan:
        return hidden("supportPlan", f"it is absent or null, and {words}")
    if plan != LONG_TERM:
        return Known(f"{words}, and the support plan is not AKSLongTermSupport")
    if end is None:
        return _not_in_calendar(f"The calendar of support has no end of long-term support of Kubernetes {version}")
    return _not_yet(version, end, min(LONG_TERM_ENDS))


def _not_yet(version: Version, end: datetime.date, first: Version) -> Fact[str]:
    """No end yet; for a version older than the calendar, whose own end is not known, a gap."""
    if version.minor_version < first:
        return _not_in_calendar(
            f"The calendar of support says of Kubernetes {version} only that it ended by {_day(end)}"
        )
    return Known("")


def _not_in_calendar(detail: str) -> Missing[str]:
    return Missing(Source.CLUSTER, Cause.UNRECOGNISED, detail, "Use a newer version of aks-preflight")


def _evidence(scene: Scene, version: Version) -> tuple[Evidence, ...]:
    plan = scene.cluster.require().support_plan
    field = "current" if scene.cluster.require().current_kubernetes_version else ""
    where = "properties.currentKubernetesVersion" if field else "properties.kubernetesVersion"
    return (Evidence(where, str(version)), *((Evidence("properties.supportPlan", plan),) if plan else ()))


def _behind(pool: AgentPool, control_plane: Version) -> Iterator[Outcome]:
    version = parse_version(pool.version)
    where = f"agentPoolProfiles[{pool.name}].currentOrchestratorVersion"
    if version is None:
        yield gap(hidden(where, f"it is {pool.version!r}" if pool.version else "it is absent or null"), pool_ref(pool))
    elif control_plane.minor - version.minor > SKEW:
        yield Finding(
            object=pool_ref(pool),
            message=(
                f"Pool {pool.name} runs Kubernetes {version}, more than {SKEW} minor versions behind the control"
                f" plane's {control_plane}."
            ),
            evidence=(Evidence(where, str(version)),),
        )


def _day(date: datetime.date) -> str:
    return f"{date.day} {date:%B %Y}"


RULE = Rule(
    id="GEN-K8S-SUPPORTED",
    page=Page(__doc__),
    severity=Severity.NOTICE,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.REMOVE_POLICY_ENGINE, StepKind.OVERLAY, StepKind.CILIUM),
    reads=(Source.CLUSTER,),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/supported-kubernetes-versions"
            "#aks-kubernetes-release-calendar-and-upcoming-versions",
            "The months in which community and long-term support of each version end.",
            "2026-08-05",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/azure-cni-powered-by-cilium"
            "#supported-kubernetes-and-cilium-versions",
            "The table of Cilium versions covers Kubernetes 1.31 to 1.36.",
            "2026-08-05",
        ),
    ),
    check=check,
)
