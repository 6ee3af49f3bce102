"""The cluster is on the target already, but some of its nodes are not.

Why it matters
--------------
There is nothing to migrate: ARM reports the network that was asked for. AKS Automatic always does. Nodes that an
earlier change skipped can still be on the former network, and the next operation that reimages them is felt then.

What to do
----------
- Reconcile the cluster: `az aks update --resource-group {resource_group} --name {cluster}` without further flags.
- Or reimage each pool that is named: `az aks nodepool upgrade --resource-group {resource_group} --cluster-name
  {cluster} --name POOL --node-image-only`.

How it is decided
-----------------
It is judged only where the path is empty. Each node that shows another mode than ARM is a notice; what counts is on the
page of REI-PARTIAL, which says the same as a risk before a step. ARM reports the new network as soon as the operation
starts, so a provisioningState other than Succeeded is a notice, too: the change may still be under way, or have stopped
half way. What was not read is a gap, as a notice: an empty path stays READY.

networkPluginMode is null for node subnet and for kubenet alike, so whether the target is reached is read from plugin,
mode and the pools' subnets together.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Passed, Severity, gap
from analyzer.model.network import hidden
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.left_behind import READS, left_behind


def check(scene: Scene) -> Iterator[Outcome]:
    """That there is nothing to migrate, and each node that is left behind."""
    sku = scene.cluster.require().sku
    automatic = "; AKS Automatic always is" if sku and (sku.name or "").lower() == "automatic" else ""
    ipam, dataplane = scene.before.ipam.require(), scene.before.dataplane.require()
    yield Passed(
        f"There is nothing to migrate: IPAM mode {ipam}, data plane {dataplane}, and so are all nodes{automatic}."
    )
    yield from _unfinished(scene)
    yield from left_behind(scene)


def _unfinished(scene: Scene) -> Iterator[Outcome]:
    state = scene.cluster.require().provisioning_state
    if not state:
        yield gap(hidden("provisioningState", "it is absent or null"))
    elif state.lower() != "succeeded":
        message = f"The cluster is {state}: its nodes may not be on the network that ARM reports, yet or at all."
        evidence = (Evidence("properties.provisioningState", state),)
        yield Finding(object=scene.cluster_ref, message=message, evidence=evidence, key="provisioningState")


RULE = Rule(
    id="GEN-ALREADY-TARGET",
    page=Page(__doc__),
    severity=Severity.NOTICE,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.ARRIVED,),
    reads=READS,
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/intro-aks-automatic",
            "AKS Automatic runs Azure CNI Overlay with Cilium.",
            "2026-07-07",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/azure-cni-powered-by-cilium#aks-automatic-clusters",
            "So does the page of Cilium say of them.",
            "2026-08-05",
        ),
    ),
    check=check,
)
