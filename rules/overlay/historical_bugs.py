"""A pool's node image is from before fixes of the overlay migration.

Why it matters
--------------
Earlier images and agents had defects that showed in this very step: kernels from 6.2 with Kubernetes 1.28 set
overlay pod networking up wrongly (fixed 2023-10), a race failed kubenet's move (2024), the reimage did not wait for
disks to detach (2024-05), and pods stuck in ContainerCreating when a node subnet with Cilium became overlay
(2025-03).

What to do
----------
- Bring the pool to a current image first: `az aks nodepool upgrade --resource-group {resource_group} --cluster-name
  {cluster} --name POOL --node-image-only`.

How it is decided
-----------------
By the day in each pool's nodeImageVersion: more than 90 days before the day of judgement is a notice, and so is any
image from before 2025-04 where a node subnet with Cilium becomes overlay. The control plane is always current. An
image version that is absent, or names no day, is a gap.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from analyzer.model.cluster import AgentPool
from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Severity, gap, pool_ref
from analyzer.model.network import Dataplane, hidden
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.node_images import day_of

OLD = datetime.timedelta(days=90)
CILIUM_FIX = datetime.date(2025, 4, 1)


def check(scene: Scene) -> Iterator[Outcome]:
    """Each pool with an old image, or one of unknown age."""
    for pool in scene.pools.each():
        image = pool.node_image_version or ""
        day = day_of(image)
        where = f"agentPoolProfiles[{pool.name}].nodeImageVersion"
        if day is None:
            yield gap(
                hidden(where, f"it is {image!r}, which names no day" if image else "it is absent or null"),
                pool_ref(pool),
            )
        elif day < CILIUM_FIX and scene.before.dataplane.require() is Dataplane.CILIUM:
            message = f"Pool {pool.name} runs a node image of {day}, from before a fix for pods that cannot start."
            yield _finding(pool, message, where, image)
        elif scene.as_of - day > OLD:
            message = f"Pool {pool.name} runs a node image of {day}, {(scene.as_of - day).days} days old."
            yield _finding(pool, message, where, image)


def _finding(pool: AgentPool, message: str, where: str, image: str) -> Finding:
    return Finding(object=pool_ref(pool), message=message, evidence=(Evidence(where, image),))


RULE = Rule(
    id="OVL-HISTORICAL-BUGS",
    page=Page(__doc__),
    severity=Severity.NOTICE,
    confidence=Confidence.CHANGELOG,
    steps=(StepKind.OVERLAY,),
    reads=(Source.CLUSTER,),
    sources=(
        Citation(
            "https://github.com/Azure/AKS/blob/master/CHANGELOG.md",
            "Overlay pod networking on kernels from 6.2 is fixed.",
            "2023-10-22",
        ),
        Citation(
            "https://github.com/Azure/AKS/blob/master/CHANGELOG.md",
            "The reimage waits until disks are detached.",
            "2024-05-13",
        ),
        Citation(
            "https://github.com/Azure/AKS/blob/master/CHANGELOG.md",
            "Pods no longer stick in ContainerCreating when a node subnet with Cilium becomes overlay.",
            "2025-03-16",
        ),
    ),
    check=check,
)
