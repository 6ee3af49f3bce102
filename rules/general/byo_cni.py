"""The cluster brings its own CNI.

Why it matters
--------------
A cluster with networkPlugin `none` runs a CNI that AKS neither installs nor manages. No documented path leads from it
to overlay or to Azure CNI Powered by Cilium: there is nothing that AKS could update in place.

What to do
----------
- Create a new cluster and move the workloads: `az aks create --resource-group {resource_group} --name NEW_NAME
  --network-plugin azure --network-plugin-mode overlay --pod-cidr POD_CIDR --network-dataplane cilium
  --network-policy cilium`.

How it is decided
-----------------
networkPlugin `none` before the step is a blocker. Absent, null or a value that this version does not know is a gap.
Calico or Cilium that somebody installed on an Azure CNI cluster is another matter: there the plugin is still azure.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Severity
from analyzer.model.network import Plugin
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene


def check(scene: Scene) -> Iterator[Outcome]:
    """The plugin, where it is none."""
    if scene.before.plugin.require() is Plugin.NONE:
        yield Finding(
            object=scene.cluster_ref,
            message="The cluster brings its own CNI (networkPlugin none), which AKS cannot migrate in place.",
            evidence=(Evidence("properties.networkProfile.networkPlugin", Plugin.NONE.value),),
        )


RULE = Rule(
    id="GEN-BYO-CNI",
    page=Page(__doc__),
    severity=Severity.BLOCKER,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.OVERLAY, StepKind.CILIUM),
    reads=(Source.CLUSTER,),
    refused_by_platform=True,
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/update-azure-cni#supported-migration-paths",
            "Overlay can be reached only from Azure CNI node subnet and kubenet, Cilium only from an Azure CNI mode.",
            "2026-05-28",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/use-byo-cni#support-scope",
            "Microsoft gives no support for the CNI of a cluster that was created without one.",
            "2026-04-16",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/migrate-from-npm-to-cilium-network-policy"
            "#upgrade-to-azure-cni-powered-by-cilium",
            "Names the Azure CNI modes that can take the Cilium data plane; a CNI of one's own is not among them.",
            "2025-07-30",
        ),
    ),
    check=check,
)
