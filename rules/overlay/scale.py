"""The cluster is near a limit of size.

Why it matters
--------------
Overlay takes 5,000 nodes and 200,000 pods. Kubenet takes 400 nodes, since each is a route of a table that holds 400; a
cluster that comes near it cannot add the surge nodes of the reimage, or of any upgrade.

What to do
----------
- Above overlay's limits: divide the workloads over several clusters.
- Near kubenet's: scale in, or lower the surge for the step: `az aks nodepool update --resource-group {resource_group}
  --cluster-name {cluster} --name POOL --max-surge 1`. Migrate before the cluster grows further.

How it is decided
-----------------
Nodes are the sum of the pools' counts, or of the autoscaler's maximum where that is on and higher: more than 5,000
is a risk. On kubenet more than 350 nodes, or nodes and surge of 400 or more together, is a notice: since 2023-09 AKS
counts the routes at upgrades. More than 180,000 running pods is a notice; one page gives 200,000 as the limit,
another 250,000. Nodes and pods a node are not multiplied. Pods are asked for only where the nodes' maxPods allow so
many. A pool whose count or surge is not known is a gap.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analyzer.model.cluster import AgentPool
from analyzer.model.fact import Known, Missing, seen
from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Severity, gap, pool_ref
from analyzer.model.network import IpamMode
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from analyzer.surge import surge_of
from rules.lists import gaps

MOST_NODES = 5000
MANY_PODS = 180_000
MOST_ROUTES = 400
MANY_ROUTES = 350
MOST_PODS_A_NODE = 250


def check(scene: Scene) -> Iterator[Outcome]:
    """Nodes, routes of kubenet, and pods."""
    pools = scene.pools.require()
    unknown = [gap(surge, pool_ref(pool)) for pool in pools if isinstance(surge := surge_of(pool), Missing)]
    most = sum(_most(pool) for pool in pools)
    if most > MOST_NODES:
        message = f"The pools may grow to {most:,} nodes; overlay takes {MOST_NODES:,}."
        yield _finding(scene, message, "nodes", Severity.RISK, _counts(pools))
    if scene.before.ipam == Known(IpamMode.KUBENET) and not unknown:
        yield from _routes(scene, pools)
    yield from unknown
    yield from _pods(scene, pools)


def _most(pool: AgentPool) -> int:
    count = pool.node_count or 0
    return max(count, pool.max_count or 0) if pool.enable_auto_scaling else count


def _counts(pools: Sequence[AgentPool]) -> tuple[Evidence, ...]:
    return tuple(Evidence(f"agentPoolProfiles[{pool.name}]", f"{_most(pool)} nodes at most") for pool in pools)


def _routes(scene: Scene, pools: Sequence[AgentPool]) -> Iterator[Finding]:
    nodes = sum(pool.node_count or 0 for pool in pools)
    surge = sum(surge_of(pool).require().extra for pool in pools)
    if nodes > MANY_ROUTES or nodes + surge >= MOST_ROUTES:
        message = (
            f"The kubenet cluster has {nodes} nodes and adds {surge} while it rolls; its route table holds"
            f" {MOST_ROUTES} routes, one a node."
        )
        yield _finding(scene, message, "routes", Severity.NOTICE, ())


def _pods(scene: Scene, pools: Sequence[AgentPool]) -> Iterator[Outcome]:
    room = sum((pool.node_count or MOST_NODES) * (pool.max_pods or MOST_PODS_A_NODE) for pool in pools)
    if room <= MANY_PODS:
        return
    pods = scene.snapshot.pods
    count = sum(not pod.has_ended for pod in seen(pods))
    if count > MANY_PODS:
        message = f"More than {MANY_PODS:,} pods run; overlay takes 200,000."
        yield _finding(scene, message, "pods", Severity.NOTICE, (Evidence("pods that were read", f"{count:,}"),))
    else:
        yield from gaps(pods, severity=Severity.NOTICE)


def _finding(scene: Scene, message: str, key: str, severity: Severity, evidence: tuple[Evidence, ...]) -> Finding:
    return Finding(object=scene.cluster_ref, message=message, key=key, severity=severity, evidence=evidence)


RULE = Rule(
    id="OVL-SCALE",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.OVERLAY,),
    reads=(Source.CLUSTER, Source.PODS),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/concepts-network-azure-cni-overlay"
            "#differences-between-kubenet-and-azure-cni-overlay",
            "Overlay scales to 5,000 nodes with 250 pods each, kubenet to 400 nodes.",
            "2026-07-31",
            contradicts="A planning page allows 250,000 pods, the page on large clusters 200,000.",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/best-practices-performance-scale-large",
            "A cluster has at most 5,000 nodes and 200,000 pods.",
            "2026-06-05",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/configure-kubenet"
            "#overview-of-kubenet-networking-with-your-own-subnet",
            "A route table holds 400 routes, so kubenet has at most 400 nodes.",
            "2026-04-16",
        ),
    ),
    check=check,
)
