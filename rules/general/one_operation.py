"""The IPAM mode and the data plane are changed in one request.

Why it matters
--------------
AKS does not change networkPluginMode and networkDataplane in one operation: it rejects the request. Overlay and
Cilium are two updates, each with its own reimage of every pool.

What to do
----------
- Send two `az aks update`, and wait in between until the cluster is Succeeded and every node is reimaged.

How it is decided
-----------------
Each step of the path is compared with the state before it, and its command is read: a step that changes both the IPAM
mode and the data plane, or whose command names both `--network-plugin-mode` and `--network-dataplane`, is a blocker.
The steps that this tool plans change one each, which the result says. `--network-policy cilium` beside
`--network-dataplane cilium` belongs to one change. `az aks update` bundles no Kubernetes version and no node OS with
it; templates of the operator are not read.

The order: kubenet must become overlay first. From node subnet a revision of March 2026 asked for overlay first; since
28 May 2026 the page allows either order, and the changelog has allowed Cilium first since 19 May 2025.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Passed, Severity
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene

IPAM_FLAG = "--network-plugin-mode"
DATAPLANE_FLAG = "--network-dataplane"


def check(scene: Scene) -> Iterator[Outcome]:
    """The step, if it changes both."""
    command = scene.step.command
    ipam = scene.before.ipam.require() != scene.after.ipam.require() or IPAM_FLAG in command
    dataplane = scene.before.dataplane.require() != scene.after.dataplane.require() or DATAPLANE_FLAG in command
    if ipam and dataplane:
        yield Finding(
            object=scene.cluster_ref,
            message=f"The step {scene.step.kind} changes the IPAM mode and the data plane in one request.",
            evidence=(Evidence("command", " ".join(command)),),
        )
    else:
        what = "the data plane" if dataplane else "the IPAM mode"
        yield Passed(f"The step {scene.step.kind} changes only {what}.")


RULE = Rule(
    id="GEN-ONE-OPERATION",
    page=Page(__doc__),
    severity=Severity.BLOCKER,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.OVERLAY, StepKind.CILIUM),
    reads=(Source.CLUSTER,),
    refused_by_platform=True,
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/update-azure-cni#update-considerations",
            "IPAM mode and data plane cannot be changed in the same operation.",
            "2026-05-28",
            contradicts="The edition of 2023-24 does not mention it.",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/update-azure-cni#update-the-ipam-mode-to-azure-cni-overlay",
            "From node subnet either may come first.",
            "2026-05-28",
            contradicts="A revision of March 2026 said that overlay must come first.",
        ),
    ),
    check=check,
)
