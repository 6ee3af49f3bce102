"""A Windows pool runs on Docker.

Why it matters
--------------
A cluster with a Windows pool whose container runtime is Docker is not eligible for the overlay update. AKS gives
Windows pools containerd from Kubernetes 1.23, so this is seen only on pools that were left behind.

What to do
----------
- Upgrade the pool to a version with containerd: `az aks nodepool upgrade --resource-group {resource_group}
  --cluster-name {cluster} --name POOL --kubernetes-version VERSION`.
- Where the pool cannot be upgraded, add a new one, move the workloads and delete the old one.

How it is decided
-----------------
Each Windows pool alone. From Kubernetes 1.23 it passes, and its nodes are not read. Without a version it is a gap.
Below 1.23 the nodes decide: one that reports `docker://` is a blocker on its pool, a node that reports no runtime or a
list that was not read is a gap, and a pool that has no node in a list that was read passes. Docker on Linux does not
count. A pool below 1.23 that does not say its OS is a gap.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.model.cluster import AgentPool
from analyzer.model.fact import Cause, Missing
from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Severity, gap, pool_ref
from analyzer.model.network import hidden
from analyzer.model.objects import Node
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.model.version import Version, parse_version
from analyzer.scene import Citation, Page, Rule, Scene
from rules.overlay.windows_nodes import is_windows, nodes_of

CONTAINERD_SINCE = Version(1, 23)
"""Windows pools have had containerd, and no Docker, since this Kubernetes version."""


def check(scene: Scene) -> Iterator[Outcome]:
    """Each Windows pool with Docker, or of which it is not known."""
    for pool in scene.pools.each():
        version = parse_version(pool.version)
        if version is not None and version >= CONTAINERD_SINCE:
            continue
        windows = is_windows(pool)
        if isinstance(windows, Missing):
            yield gap(windows, pool_ref(pool))
        elif windows.value and version is None:
            path = f"agentPoolProfiles[{pool.name}].currentOrchestratorVersion"
            yield gap(hidden(path, f"it is {pool.version!r}"), pool_ref(pool))
        elif windows.value:
            yield from _by_nodes(pool, scene)


def _by_nodes(pool: AgentPool, scene: Scene) -> Iterator[Outcome]:
    fact = scene.snapshot.nodes
    nodes = nodes_of(pool, fact)
    docker = [node for node in nodes if _runtime(node).startswith("docker://")]
    if docker:
        yield Finding(
            object=pool_ref(pool),
            message=f"Windows pool {pool.name} runs on Docker; overlay needs containerd.",
            evidence=tuple(Evidence(f"Node {node.name} containerRuntimeVersion", _runtime(node)) for node in docker),
        )
    for node in nodes:
        if not _runtime(node):
            detail = f"Node {node.name} of Windows pool {pool.name} reports no container runtime"
            yield gap(Missing(Source.NODES, Cause.HIDDEN, detail), pool_ref(pool))
    if isinstance(fact, Missing):
        yield gap(fact, pool_ref(pool))


def _runtime(node: Node) -> str:
    return node.status.node_info.container_runtime_version.lower()


RULE = Rule(
    id="OVL-WINDOWS-DOCKER",
    page=Page(__doc__),
    severity=Severity.BLOCKER,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.OVERLAY,),
    reads=(Source.CLUSTER, Source.NODES),
    refused_by_platform=True,
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/update-azure-cni#update-the-ipam-mode-to-azure-cni-overlay",
            "A cluster with Windows pools on Docker is not eligible for the overlay update.",
            "2026-05-28",
        ),
    ),
    check=check,
)
