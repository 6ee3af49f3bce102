"""A node that cannot be drained keeps the old network.

Why it matters
--------------
With undrainableNodeBehavior Cordon a node that could not be drained stays up, cordoned and labelled
kubernetes.azure.com/upgrade-status=Quarantined. It keeps the old CNI and data plane, and Cilium enforces policies only
once every node has been reimaged.

What to do
----------
- Take away what blocked the drain (a disruption budget, as a rule), then delete the quarantined machines: `az aks
  nodepool delete-machines --resource-group {resource_group} --cluster-name {cluster} --name POOL --machine-names
  MACHINE`.
- Bring the cluster back to what it is asked to be: `az aks update --resource-group {resource_group} --name {cluster}`.

How it is decided
-----------------
A node that carries the label before the step starts is a risk: an earlier operation was not cleaned up. A pool with
the behaviour Cordon is a notice: it keeps the operation going, at the price of nodes to clean up before policies
hold. Schedule, null and an absent field are the default: by one page such a node is deleted and replaced, by the API
reference it is left as it is and the operation fails. Either way the drain must be made possible first (REI-PDB).
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.disruption.placement import pool_of
from analyzer.model.cluster import AgentPool
from analyzer.model.fact import seen
from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Severity, object_ref, pool_ref
from analyzer.model.objects import Node
from analyzer.model.source import Source
from analyzer.model.step import REIMAGING
from analyzer.scene import Citation, Page, Rule, Scene
from rules.lists import gaps

LABEL = "kubernetes.azure.com/upgrade-status"


def check(scene: Scene) -> Iterator[Outcome]:
    """Each quarantined node, and each pool that would leave some."""
    for node in seen(scene.snapshot.nodes):
        if node.labels.get(LABEL) == "Quarantined":
            yield _quarantined(scene, node)
    for pool in seen(scene.pools):
        settings = pool.upgrade_settings
        if settings is not None and (settings.undrainable_node_behavior or "").lower() == "cordon":
            yield _cordons(pool)
    yield from gaps(scene.snapshot.nodes)
    yield from gaps(scene.pools, severity=Severity.NOTICE)


def _quarantined(scene: Scene, node: Node) -> Finding:
    cluster, pool = scene.cluster.require(), pool_of(node) or "POOL"
    names = f"--resource-group {cluster.resource_group} --cluster-name {cluster.name} --name {pool}"
    return Finding(
        object=object_ref(node),
        message="An earlier operation could not drain this node and quarantined it; clean it up before the step.",
        evidence=(Evidence(f"metadata.labels[{LABEL}]", "Quarantined"),),
        remedy=(
            "Take away what blocked its drain: a disruption budget, as a rule.",
            f"Delete the machine: `az aks nodepool delete-machines {names} --machine-names {node.name}`.",
        ),
    )


def _cordons(pool: AgentPool) -> Finding:
    return Finding(
        object=pool_ref(pool),
        severity=Severity.NOTICE,
        message=f"Nodes of pool {pool.name} that cannot be drained stay up with the old network, to be deleted.",
        evidence=(Evidence(f"agentPoolProfiles[{pool.name}].upgradeSettings.undrainableNodeBehavior", "Cordon"),),
    )


RULE = Rule(
    id="REI-UNDRAINABLE",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.DOCUMENTED,
    steps=REIMAGING,
    reads=(Source.CLUSTER, Source.NODES),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/upgrade-options#scenario-2-node-drain-failures-and-pdbs",
            "Cordon quarantines nodes that could not be drained; Schedule deletes and replaces them.",
            "2026-06-22",
            contradicts="The API reference of agent pools says that with Schedule such nodes stay as they are, and that"
            " with either behaviour the operation ends failed or cancelled.",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/update-azure-cni#update-considerations",
            "Cilium begins to enforce policies when every node has been reimaged.",
            "2026-05-28",
        ),
    ),
    check=check,
)
