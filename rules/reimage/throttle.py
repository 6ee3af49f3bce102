"""The resource provider throttles repeated updates of the cluster.

Why it matters
--------------
AKS accepts 20 PUTs of a managed cluster in a burst, and one a minute from then on; each agent pool has the same. A
pipeline that retries a step in a loop uses that up, and then every update is answered 429 with Retry-After, the one
that would repair the cluster among them.

What to do
----------
- Let automation retry no more than once a minute, and honour Retry-After.
- Start the next step only when the one before it is Succeeded: `az aks show --resource-group {resource_group} --name
  {cluster} --query provisioningState`.

How it is decided
-----------------
It is about the operator's automation, which is not read. Each step of the path is one PUT, so a path that is carried
out by hand never comes near the limit. From three steps on it will rather be automated: at the third step it is a
notice, before it and after it nothing. A step that the platform refuses is not counted.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.model.finding import Confidence, Finding, Outcome, Passed, Severity
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene

MANY = 3


def check(scene: Scene) -> Iterator[Outcome]:
    """One notice, at the third step of a path."""
    place = len(scene.earlier) + 1
    if scene.step.is_refused:
        yield Passed("The platform refuses this step, so no update is sent.")
        return
    if place != MANY:
        yield Passed(f"This is PUT {place} of the path; the limit is 20, and one a minute from then on.")
        return
    yield Finding(
        object=scene.cluster_ref,
        message=(
            "The path has three updates of the cluster or more: AKS accepts 20 PUTs in a burst, then one a minute, and"
            " answers 429 beyond that; automation must honour Retry-After."
        ),
    )


RULE = Rule(
    id="REI-THROTTLE",
    page=Page(__doc__),
    severity=Severity.NOTICE,
    confidence=Confidence.DOCUMENTED,
    steps=tuple(kind for kind in StepKind if kind is not StepKind.ARRIVED),
    reads=(Source.CLUSTER,),
    is_always_so=True,
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/quotas-skus-regions#throttling-limits-on-aks-resource-provider-apis",
            "PUT of a managed cluster has a bucket of 20 that fills with one a minute, PUT of an agent pool the same;"
            " beyond it the answer is 429 with Retry-After.",
            "2026-08-03",
        ),
    ),
    check=check,
)
