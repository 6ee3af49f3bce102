"""The step to Cilium has no documented way back.

Why it matters
--------------
No page describes how to leave the Cilium data plane in place. Should a workload not bear it, the way out is a new
cluster.

What to do
----------
- Rehearse the step on a copy of this cluster, with its policies and its traffic.
- Keep the templates and the data that a new cluster would need at hand; the state before the step: `az aks show
  --resource-group {resource_group} --name {cluster} --output json`.

How it is decided
-----------------
It is so for every cluster, hence a notice at each step to Cilium, to be acknowledged.

The edition of 2023-24 says that Cilium cannot be disabled and that another data plane takes a new cluster. The
sentence went about December 2024, and a table on node disruption lists Cilium to none as a change that reimages; but
no page documents a supported way back. The tool treats the step as one-way.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.model.finding import Confidence, Finding, Outcome, Severity
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene


def check(scene: Scene) -> Iterator[Outcome]:
    """The cluster, always."""
    message = "Treat this step as one-way: no way back from Cilium is documented, only a new cluster."
    yield Finding(object=scene.cluster_ref, message=message)


RULE = Rule(
    id="CIL-IRREVERSIBLE",
    page=Page(__doc__),
    severity=Severity.NOTICE,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.CILIUM,),
    reads=(Source.CLUSTER,),
    is_always_so=True,
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/azure-cni-powered-by-cilium",
            "Cilium cannot be disabled; another data plane takes a new cluster.",
            "2023-24",
            contradicts="The sentence is gone since December 2024.",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/node-disruption-policy#operations-covered-by-node-disruption-policy",
            "A change from Cilium to no Cilium is listed among those that reimage nodes.",
            "2026-03-11",
            contradicts="No page documents such a change as supported.",
        ),
    ),
    check=check,
)
