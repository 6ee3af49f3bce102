"""A Windows pool's OS is not one that overlay lists.

Why it matters
--------------
Overlay runs Windows Server 2022 and 2025. Windows Server 2019 is out of AKS support since 2026-03-01 and does not
run on Kubernetes 1.33 or later; the Annual Channel is retired. Nodes of such a pool may not come back from the
reimage.

What to do
----------
- Windows pools cannot change their OS in place. Add a pool: `az aks nodepool add --resource-group {resource_group}
  --cluster-name {cluster} --name NEWPOOL --os-type Windows --os-sku Windows2022`, move the workloads, delete the old
  one.

How it is decided
-----------------
By osSKU of each Windows pool, without regard to case. Windows2019 on Kubernetes 1.33 or later (the pool's version,
else the control plane's) is a risk, as is a version that was not read a gap; Windows2019 below it, and
WindowsAnnual, are notices. Windows2022 and Windows2025 pass. A Windows pool without an osSKU, or with one that this
version does not know, is a gap, and so is a pool that does not say its OS. A release note of 2023 still named
Windows Server 2019 for overlay. When the image itself is gone is REI-RETIRED-IMAGE's.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.model.cluster import AgentPool
from analyzer.model.fact import Cause, Fact, Known, Missing
from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Severity, gap, pool_ref
from analyzer.model.network import hidden
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.model.version import Version, parse_version
from analyzer.scene import Citation, Page, Rule, Scene
from rules.overlay.windows_nodes import is_windows

SUPPORTED = ("windows2022", "windows2025")
WITHOUT_2019 = Version(1, 33)
"""From here Windows Server 2019 does not run."""


def check(scene: Scene) -> Iterator[Outcome]:
    """Each Windows pool whose OS overlay does not list, or is not known."""
    for pool in scene.pools.each():
        windows = is_windows(pool)
        if isinstance(windows, Missing):
            yield gap(windows, pool_ref(pool))
        elif windows.value:
            yield from _judge(scene, pool)


def _judge(scene: Scene, pool: AgentPool) -> Iterator[Outcome]:
    where = f"agentPoolProfiles[{pool.name}].osSKU"
    sku = pool.os_sku or ""
    if sku.lower() in SUPPORTED:
        return
    if sku.lower() == "windows2019":
        yield from _server_2019(scene, pool, where)
    elif sku.lower() == "windowsannual":
        message = f"Windows pool {pool.name} runs the Annual Channel, which is retired and not listed for overlay."
        yield _finding(pool, message, Severity.NOTICE, (Evidence(where, sku),))
    elif not sku:
        yield gap(hidden(where, "it is absent or null"), pool_ref(pool))
    else:
        detail = f"{where} is {sku!r}, which this version does not know"
        yield gap(Missing(Source.CLUSTER, Cause.UNRECOGNISED, detail), pool_ref(pool))


def _server_2019(scene: Scene, pool: AgentPool, where: str) -> Iterator[Outcome]:
    version = _version(scene, pool)
    if isinstance(version, Missing):
        yield gap(version, pool_ref(pool))
        return
    too_new = version.value >= WITHOUT_2019
    says = "does not run on it" if too_new else "is out of support and not listed for overlay"
    message = f"Windows pool {pool.name} runs Windows Server 2019 on Kubernetes {version.value}; it {says}."
    evidence = (Evidence(where, str(pool.os_sku)), Evidence("Kubernetes version", str(version.value)))
    yield _finding(pool, message, Severity.RISK if too_new else Severity.NOTICE, evidence)


def _version(scene: Scene, pool: AgentPool) -> Fact[Version]:
    own = parse_version(pool.version)
    return Known(own) if own else scene.before.kubernetes_version


def _finding(pool: AgentPool, message: str, severity: Severity, evidence: tuple[Evidence, ...]) -> Finding:
    return Finding(object=pool_ref(pool), message=message, severity=severity, evidence=evidence)


RULE = Rule(
    id="OVL-WINDOWS-OS",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.OVERLAY,),
    reads=(Source.CLUSTER,),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/concepts-network-azure-cni-overlay"
            "#differences-between-kubenet-and-azure-cni-overlay",
            "The OS platforms of overlay are Linux, Windows Server 2022 and Windows Server 2025.",
            "2026-07-31",
            contradicts="A release note of 2023 said that overlay supports Windows Server 2019.",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/upgrade-windows-os",
            "Windows Server 2019 is out of support since 2026-03-01 and not available from Kubernetes 1.33.",
            "2026-07-13",
        ),
    ),
    check=check,
)
