"""Calico on Azure CNI lets pods start before their egress is admitted.

Why it matters
--------------
On kubenet Calico is the CNI too, so a pod starts with its policies in place. Installed again after the step to overlay,
Calico only enforces policies: a pod may start before Calico admits its egress, and its first connections fail.

What to do
----------
- Let applications try again when a connection fails at their start.
- Or let Cilium enforce the policies instead: judge the cluster again with `--to overlay,cilium`.

How it is decided
-----------------
By `--planned-features`: where it has calico, a notice says so. Where it is not given and Calico is installed today, one
notice asks; a cluster without Calico is not asked, nor one whose path goes on to Cilium. Only kubenet is concerned: on
Azure CNI Calico is not the CNI today.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Passed, Severity
from analyzer.model.network import IpamMode, PolicyEngine
from analyzer.model.source import Source
from analyzer.model.step import PlannedFeature, StepKind
from analyzer.scene import Citation, Page, Rule, Scene


def check(scene: Scene) -> Iterator[Outcome]:
    """Calico that is to come back, or the question."""
    planned = scene.inputs.planned_features
    if any(step.kind is StepKind.CILIUM for step in scene.later):
        yield Passed("Cilium takes the place of a policy engine at a later step.")
    elif planned is None:
        yield from _question(scene)
    elif PlannedFeature.CALICO in planned:
        message = "Calico is to be installed again; on overlay a pod may start before Calico admits its egress."
        evidence = (Evidence("--planned-features", PlannedFeature.CALICO.value),)
        yield Finding(object=scene.cluster_ref, message=message, evidence=evidence)
    else:
        yield Passed("Calico is not to be installed again.")


def _question(scene: Scene) -> Iterator[Outcome]:
    if scene.observed.policy.require() is not PolicyEngine.CALICO:
        yield Passed("Calico is not installed.")
        return
    yield Finding(
        object=scene.cluster_ref,
        key="--planned-features",
        asks="--planned-features",
        message="--planned-features was not given: is Calico to be installed again after this step?",
        evidence=(Evidence("networkProfile.networkPolicy", PolicyEngine.CALICO.value),),
        remedy=("Give --planned-features with calico, or without it if Calico does not come back.",),
    )


RULE = Rule(
    id="CAL-START-DELAY",
    page=Page(__doc__),
    severity=Severity.NOTICE,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.OVERLAY,),
    modes=(IpamMode.KUBENET,),
    reads=(Source.CLUSTER, Source.INPUTS),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/use-network-policies"
            "#install-azure-network-policy-manager-or-calico-on-an-existing-cluster",
            "On Azure CNI, Calico may admit the egress of a pod only after the pod has started.",
            "2026-08-18",
        ),
    ),
    check=check,
)
