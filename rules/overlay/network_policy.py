"""A policy engine is enabled.

Why it matters
--------------
AKS refuses the overlay update while networkPolicy is azure (NPM) or calico, even if the cluster has no NetworkPolicy.
Removing the engine is an operation of its own: the policies stay, and nothing enforces them until the next engine is
there. Cilium with its own data plane is the exception: node subnet with Cilium may become overlay with Cilium.

What to do
----------
- On node subnet without Windows pools, go to Cilium first, which replaces the engine: `az aks update --resource-group
  {resource_group} --name {cluster} --network-dataplane cilium --network-policy cilium`; then overlay.
- Else remove the engine, wait until every pool is reimaged, then migrate: `az aks update --resource-group
  {resource_group} --name {cluster} --network-policy none`.

How it is decided
-----------------
By networkPolicy before the step; NetworkPolicy objects do not count. Azure is a blocker, and so is calico on Azure CNI.
Calico on kubenet is KUB-CALICO's. Cilium passes with the Cilium data plane; with another that is known it is
inconsistent, hence a risk; with one that is not known, a gap. A value that this version does not know is a gap. Absent,
null, empty and `none` are all no engine. Where an earlier step of the path removes or replaces the engine, the pass
names it.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.model.fact import Known, Missing
from analyzer.model.finding import (
    Confidence,
    Evidence,
    Finding,
    NotApplicable,
    Outcome,
    Passed,
    Severity,
    gap,
)
from analyzer.model.network import Dataplane, Plugin, PolicyEngine
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.path import ENGINES
from analyzer.scene import Citation, Page, Rule, Scene

_POLICY = "properties.networkProfile.networkPolicy"


def check(scene: Scene) -> Iterator[Outcome]:
    """The engine, where overlay does not take it."""
    engine = scene.before.policy.require()
    if engine is PolicyEngine.CALICO and scene.before.plugin.require() is Plugin.KUBENET:
        yield NotApplicable("Kubenet with Calico is judged by KUB-CALICO.")
    elif engine in ENGINES:
        yield Finding(
            object=scene.cluster_ref,
            message=f"The policy engine {engine} is enabled; overlay needs it removed, or replaced by Cilium, first.",
            evidence=(Evidence(_POLICY, engine.value),),
        )
    elif engine is PolicyEngine.CILIUM:
        yield from _cilium(scene)
    yield from _met_by(scene)


def _cilium(scene: Scene) -> Iterator[Outcome]:
    dataplane = scene.before.dataplane
    if isinstance(dataplane, Missing):
        yield gap(dataplane, severity=Severity.RISK)
    elif dataplane.value is not Dataplane.CILIUM:
        yield Finding(
            object=scene.cluster_ref,
            message=f"The policy engine is cilium and the data plane is {dataplane.value}, which do not go together.",
            evidence=(
                Evidence(_POLICY, PolicyEngine.CILIUM.value),
                Evidence("properties.networkProfile.networkDataplane", dataplane.value.value),
            ),
            severity=Severity.RISK,
        )


def _met_by(scene: Scene) -> Iterator[Passed]:
    """The earlier step that took the engine away, where there was one."""
    for kind in (StepKind.REMOVE_POLICY_ENGINE, StepKind.CILIUM):
        step = scene.earlier_step(kind)
        if step is not None and step.before.policy in [Known(engine) for engine in ENGINES]:
            yield Passed(f"The earlier step {kind} takes the policy engine away.")


RULE = Rule(
    id="OVL-NETWORK-POLICY",
    page=Page(__doc__),
    severity=Severity.BLOCKER,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.OVERLAY,),
    reads=(Source.CLUSTER,),
    refused_by_platform=True,
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/update-azure-cni#update-the-ipam-mode-to-azure-cni-overlay",
            "A cluster with network policies enabled is not eligible; the engine must be uninstalled first.",
            "2026-05-28",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/use-network-policies"
            "#uninstall-azure-network-policy-manager-or-calico",
            "Removing the engine leaves the policies in place, not enforced.",
            "2026-08-18",
        ),
        Citation(
            "https://github.com/Azure/AKS/issues/4006",
            "The overlay update ends in a ValidationError while network policies are in use.",
        ),
        Citation(
            "https://github.com/MicrosoftDocs/azure-aks-docs/issues/264",
            "The same refusal, seen again.",
        ),
        Citation(
            "https://github.com/Azure/AKS/blob/master/CHANGELOG.md",
            "Kubenet with Calico is no longer taken to overlay directly.",
            "2023-11-28",
        ),
        Citation(
            "https://github.com/Azure/AKS/blob/master/CHANGELOG.md",
            "Node subnet with Cilium can become overlay with Cilium.",
            "2025-05-19",
        ),
    ),
    check=check,
)
