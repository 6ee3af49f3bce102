"""Overlay has no way back.

Why it matters
--------------
A cluster on overlay cannot return to node subnet or kubenet. If the workloads do not stand the change, the only
rollback is another cluster.

What to do
----------
- Rehearse the step on a clone of the cluster.
- Back up manifests and volumes, and keep DNS and ingress able to point at another cluster.
- Have the owner of {cluster} agree in the change ticket that the step is final.

How it is decided
-----------------
It is always so, hence a notice at every overlay step. Nothing is read for it but the cluster's name.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.model.finding import Confidence, Finding, Outcome, Severity
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene


def check(scene: Scene) -> Iterator[Outcome]:
    """One notice, always."""
    message = "This step is final: an overlay cluster cannot return to its present IPAM mode."
    yield Finding(object=scene.cluster_ref, message=message)


RULE = Rule(
    id="OVL-IRREVERSIBLE",
    page=Page(__doc__),
    severity=Severity.NOTICE,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.OVERLAY,),
    reads=(Source.CLUSTER,),
    is_always_so=True,
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/update-azure-cni#ipam-mode-migration",
            "The update to overlay is one-way and cannot be undone.",
            "2026-05-28",
        ),
    ),
    check=check,
)
