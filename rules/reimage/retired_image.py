"""A pool's node image is retired.

Why it matters
--------------
A reimage needs an image. Where AKS has deleted all images of a pool's OS, its nodes cannot be made again; where
support has ended, nobody mends what the new network meets on them.

What to do
----------
- Azure Linux 2.0: `az aks nodepool update --resource-group {resource_group} --cluster-name {cluster} --name POOL
  --os-sku AzureLinux3`, or upgrade to Kubernetes 1.32 or later.
- Ubuntu: upgrade Kubernetes; from 1.35 the default is Ubuntu 24.04. `--node-image-only` does not change the OS
  version.
- Windows: the OS of a pool cannot change. Add a pool with `--os-sku Windows2022` or Windows2025, move the workloads,
  delete the old one.

How it is decided
-----------------
By each pool's osSKU where it names one OS, as Ubuntu2204 does and Ubuntu, AzureLinux or CBLMariner do not; else by its
nodeImageVersion, which tells Azure Linux 2.0 from 3.0 and Ubuntu's versions apart. On or after the day from
which the images are gone it is a blocker; after the end of support, or less than 180 days before that day, a risk.
Dates are compared with the day of judgement. Where the osSKU names none, an image that is absent or of no known
family is a gap.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from analyzer.model.cluster import AgentPool
from analyzer.model.fact import Cause, Missing
from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Severity, gap, pool_ref
from analyzer.model.network import hidden
from analyzer.model.source import Source
from analyzer.model.step import REIMAGING
from analyzer.scene import Citation, Page, Rule, Scene
from rules.reimage.image_dates import ImageFamily, family_of

SOON = datetime.timedelta(days=180)


def check(scene: Scene) -> Iterator[Outcome]:
    """Each pool whose image is gone, unsupported, or not known."""
    for pool in scene.pools.each():
        family = family_of(pool.node_image_version or "", pool.os_sku or "")
        if family is None:
            yield gap(_unknown(pool), pool_ref(pool))
        else:
            yield from _judge(scene, pool, family)


def _judge(scene: Scene, pool: AgentPool, family: ImageFamily) -> Iterator[Finding]:
    state = _state(family, scene.as_of)
    if state is None:
        return
    says, severity = state
    yield Finding(
        object=pool_ref(pool),
        message=f"Pool {pool.name} runs {family.name}, {says}.",
        evidence=(_evidence(pool, family), Evidence("day of judgement", scene.as_of.isoformat())),
        severity=severity,
    )


def _state(family: ImageFamily, today: datetime.date) -> tuple[str, Severity] | None:
    """What is wrong with the family on a day, and how much it weighs; None: nothing."""
    gone, end = family.removed, family.supported_until
    if gone is not None and today >= gone:
        since = "" if gone == datetime.date.min else f" since {gone}"
        return f"whose images are gone{since}", Severity.BLOCKER
    if end is not None and today > end:
        return f"which is out of support since {end}; its images go on {gone}", Severity.RISK
    if gone is not None and gone - today < SOON:
        return f"whose images go on {gone}", Severity.RISK
    return None


def _evidence(pool: AgentPool, family: ImageFamily) -> Evidence:
    sku = pool.os_sku or ""
    if sku.lower() == family.sku:
        return Evidence(f"agentPoolProfiles[{pool.name}].osSKU", sku)
    return Evidence(f"agentPoolProfiles[{pool.name}].nodeImageVersion", pool.node_image_version or "")


def _unknown(pool: AgentPool) -> Missing[ImageFamily]:
    where = f"agentPoolProfiles[{pool.name}].nodeImageVersion"
    if not pool.node_image_version:
        return hidden(where, "it is absent or null")
    detail = f"{where} is {pool.node_image_version!r}, a family that this version does not know"
    return Missing(Source.CLUSTER, Cause.UNRECOGNISED, detail, "Use a newer version of aks-preflight")


RULE = Rule(
    id="REI-RETIRED-IMAGE",
    page=Page(__doc__),
    severity=Severity.BLOCKER,
    confidence=Confidence.DOCUMENTED,
    steps=REIMAGING,
    reads=(Source.CLUSTER,),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/upgrade-os-version",
            "Retirement notices of Azure Linux 2.0, Flatcar (preview), Ubuntu 18.04, 20.04 and 22.04.",
            "2026-07-13",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/upgrade-windows-os",
            "Retirement notices of Windows Server 2019, 2022 and the Annual Channel.",
            "2026-07-13",
        ),
    ),
    check=check,
)
