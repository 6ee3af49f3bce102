"""The change to Cilium is not documented for this way of giving pods their addresses.

Why it matters
--------------
Node subnet, pod subnet with dynamic addresses, and overlay are named as modes that may change to the Cilium data
plane; the mode itself stays. Pod subnet with static blocks is not named for an update in place, and pools that differ
in whether they have a pod subnet are a state that the platform does not accept at all.

What to do
----------
- With static blocks, ask Azure support whether the update in place is supported for this cluster, and try it on a copy
  first; the safe way is a new cluster.
- With a mix of pools, read the cluster again: `az aks show --resource-group {resource_group} --name {cluster}`. If it
  stays, delete or recreate the pools that differ.

How it is decided
-----------------
Kubenet belongs to KUB-DIRECT-CILIUM and a CNI of your own to GEN-BYO-CNI; here both are not applicable. With Azure CNI,
a pool with a pod subnet and podIPAllocationMode StaticBlock is a risk, and so is a mix of pools with and without a pod
subnet: one finding for each cause. An empty podSubnetID counts as none. Otherwise the mode passes, node subnet
included. A mode that cannot be read is a gap.

The edition of 2023-24 refused node subnet; since 2025-05 it is accepted. The pages on pod subnets say that Cilium
works with static blocks, but not that a running cluster may change to it.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.model.cluster import AgentPool
from analyzer.model.fact import Known
from analyzer.model.finding import Confidence, Evidence, Finding, NotApplicable, Outcome, Passed, Severity
from analyzer.model.network import Plugin
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene

_OWNERS = {Plugin.KUBENET: "KUB-DIRECT-CILIUM", Plugin.NONE: "GEN-BYO-CNI"}


def check(scene: Scene) -> Iterator[Outcome]:
    """What of the pools' pod subnets stands against a documented update."""
    plugin = scene.before.plugin.require()
    if plugin is not Plugin.AZURE:
        yield NotApplicable(f"The network plugin is {plugin.value}: {_OWNERS[plugin]} judges it.")
        return
    pools = scene.pools.require()
    yield from _static(scene, pools)
    yield from _mixed(scene, pools)
    mode = scene.before.ipam.require()
    if scene.observed.plugin == Known(Plugin.KUBENET):
        yield Passed(f"The step overlay makes the mode {mode.value} before this one.")
    else:
        yield Passed(f"A cluster with {mode.value} may change to Cilium.")


def _static(scene: Scene, pools: tuple[AgentPool, ...]) -> Iterator[Finding]:
    static = [pool for pool in pools if pool.pod_subnet_id and _mode(pool).lower() == "staticblock"]
    if static:
        names = ", ".join(pool.name for pool in static)
        yield Finding(
            object=scene.cluster_ref,
            key="static-block",
            message=f"Pods of {names} take addresses in static blocks; no page says that this may change to Cilium.",
            evidence=tuple(
                Evidence(f"agentPoolProfiles[{pool.name}].podIPAllocationMode", _mode(pool)) for pool in static
            ),
        )


def _mode(pool: AgentPool) -> str:
    return pool.pod_ip_allocation_mode or ""


def _mixed(scene: Scene, pools: tuple[AgentPool, ...]) -> Iterator[Finding]:
    without = [pool.name for pool in pools if not pool.pod_subnet_id]
    if 0 < len(without) < len(pools):
        yield Finding(
            object=scene.cluster_ref,
            key="mixed-pod-subnets",
            message=f"Some pools have a pod subnet, others ({', '.join(without)}) none, which the platform rejects.",
            evidence=tuple(
                Evidence(f"agentPoolProfiles[{pool.name}].podSubnetID", pool.pod_subnet_id or "not set")
                for pool in pools
            ),
        )


RULE = Rule(
    id="CIL-SOURCE-MODE",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.CILIUM,),
    reads=(Source.CLUSTER,),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/update-azure-cni#data-plane-migration-to-azure-cni-powered-by-cilium",
            "The data plane may change to Cilium in any IPAM mode of Azure CNI; node subnet, pod subnet with dynamic"
            " addresses and overlay are the examples.",
            "2026-05-28",
            contradicts="The edition of 2023-24 refuses node subnet.",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/concepts-network-azure-cni-pod-subnet#static-block-allocation-mode",
            "Static block allocation works with Cilium; an update in place is not mentioned.",
            "2024-05-21",
        ),
        Citation(
            "https://github.com/Azure/AKS/blob/master/CHANGELOG.md",
            "A node-subnet cluster may change to node subnet with Cilium.",
            "2025-05-19",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/azure-cni-powered-by-cilium",
            "Only overlay and pod subnet with dynamic addresses can be updated to Cilium.",
            "2023-24",
            contradicts="The release notes of 2025-05-19 allow node subnet.",
        ),
    ),
    check=check,
)
