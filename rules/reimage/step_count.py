"""The path reimages every node three times or more.

Why it matters
--------------
Each reimage of all pools drains every node once. A policy engine that is uninstalled first makes it three: engine to
none, overlay, Cilium, with policies that nothing enforces from the first step to the end. From node subnet two are
enough, with Cilium first, which replaces the engine itself.

What to do
----------
- Plan a change window of its own for each of them, and let the workloads settle in between.
- From node subnet with Azure NPM or Calico take Cilium first, then overlay: `--to overlay,cilium` plans it so.
- Where three are too many, build a new cluster on the target and move the workloads once.

How it is decided
-----------------
The reimages of all pools along the path are counted, one for each step that has one. At the step that brings the third
it is a risk; before it and after it nothing is said. Switching to a user-assigned identity counts only from a service
principal. Nothing of the cluster is asked but its name.

The page of the node disruption policy counts azure to calico among the changes without a reimage; use-network-policies
leads through none, with two. The tool plans no such change.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Passed, Severity
from analyzer.model.source import Source
from analyzer.model.step import REIMAGING
from analyzer.scene import Citation, Page, Rule, Scene

MANY = 3


def check(scene: Scene) -> Iterator[Outcome]:
    """The step that brings the third reimage."""
    before = sum(step.reimages for step in scene.earlier)
    total = before + scene.step.reimages
    if before < MANY <= total:
        kinds = ", ".join(step.kind for step in (*scene.earlier, scene.step) if step.reimages)
        yield Finding(
            object=scene.cluster_ref,
            message=f"With this step every node is reimaged for the third time: {kinds}.",
            evidence=(Evidence("steps that reimage all pools", kinds),),
        )
    else:
        yield Passed(f"Reimages of every node up to and with this step: {total}.")


RULE = Rule(
    id="REI-STEP-COUNT",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.DOCUMENTED,
    steps=REIMAGING,
    reads=(Source.CLUSTER,),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/update-azure-cni#update-considerations",
            "Overlay and Cilium are operations of their own, each with a reimage of all pools; an engine that is"
            " installed is replaced by Cilium.",
            "2026-05-28",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/use-network-policies#change-cluster-network-policy",
            "To uninstall a policy engine reimages all pools; another engine is reached through none.",
            "2026-08-18",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/node-disruption-policy#operations-covered-by-node-disruption-policy",
            "Which operations reimage.",
            "2026-03-11",
            contradicts="It lists azure to calico as one that needs no reimage.",
        ),
        Citation(
            "https://github.com/Azure/AKS/blob/master/CHANGELOG.md",
            "Node subnet to node subnet with Cilium to overlay with Cilium is allowed.",
            "2025-05-19",
        ),
    ),
    check=check,
)
