"""Kubenet cannot change to the Cilium data plane directly.

Why it matters
--------------
The Cilium data plane needs an IPAM mode of Azure CNI, and the platform changes IPAM mode and data plane in two
operations. A kubenet cluster must be overlay before Cilium can be asked for.

What to do
----------
- Plan both steps, in order: judge the cluster again with `--to overlay,cilium`.

How it is decided
-----------------
Judged at the Cilium step only, by the plugin before it. Kubenet is a blocker. Where an earlier step of the path makes
the cluster overlay, this passes and names that step: it is a matter of order, not of the whole plan. A plugin that
cannot be read is a gap.

Both editions ask for an Azure CNI mode; that of 2023-24 named overlay and pod subnet with dynamic addresses only.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.model.fact import Known
from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Passed, Severity
from analyzer.model.network import Plugin
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene


def check(scene: Scene) -> Iterator[Outcome]:
    """Kubenet, where it is still the plugin before the step."""
    plugin = scene.before.plugin.require()
    if plugin is Plugin.KUBENET:
        message = "The network plugin is kubenet; the Cilium data plane needs overlay first, in a step of its own."
        evidence = (Evidence("networkProfile.networkPlugin", plugin.value),)
        yield Finding(object=scene.cluster_ref, message=message, evidence=evidence)
    elif scene.observed.plugin == Known(Plugin.KUBENET):
        yield Passed("The step overlay replaces kubenet before this one.")
    else:
        yield Passed(f"The network plugin is {plugin.value}, not kubenet.")


RULE = Rule(
    id="KUB-DIRECT-CILIUM",
    page=Page(__doc__),
    severity=Severity.BLOCKER,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.CILIUM,),
    reads=(Source.CLUSTER,),
    refused_by_platform=True,
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/update-azure-cni#update-considerations",
            "The data plane can change to Cilium from any IPAM mode of Azure CNI; mode and data plane cannot change in"
            " one operation.",
            "2026-05-28",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/azure-cni-powered-by-cilium",
            "Only overlay and pod subnet with dynamic addresses can be updated to Cilium.",
            "2023-24",
            contradicts="Since 2025-05 node subnet is accepted too; kubenet never was.",
        ),
    ),
    check=check,
)
