"""Azure NPM runs beyond the size that it supports.

Why it matters
--------------
On Linux Azure NPM supports up to 250 nodes and 20,000 pods. Beyond that it may run out of memory and leave policies
unprogrammed. Cilium then enforces for the first time what was written long ago, and nobody has seen what that refuses.

What to do
----------
- Do not put the migration off: beyond these limits enforcement by NPM cannot be relied on.
- Look at NPM's health before the step: `kubectl --namespace kube-system get pods --selector k8s-app=azure-npm`.
- Review policies that never seemed to do anything, and try them out in a cluster that has Cilium.

How it is decided
-----------------
Where Azure NPM is the engine before the step, or was until a step remove-policy-engine, more than 250 nodes is a
notice, and so is more than 20,000 pods; ended pods do not count. A list that is not whole may show it and never clears
it. That NPM has no IPv6 is POL-NPM-IPV6-IPBLOCK.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.model.fact import seen
from analyzer.model.finding import Confidence, Evidence, Finding, NotApplicable, Outcome, Severity
from analyzer.model.network import PolicyEngine
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.lists import gaps
from rules.policy.ip_blocks import MODES
from rules.policy.written_under import written_under

MOST_NODES = 250
MOST_PODS = 20_000


def check(scene: Scene) -> Iterator[Outcome]:
    """Nodes and pods beyond the limits."""
    if written_under(scene) is not PolicyEngine.AZURE:
        yield NotApplicable("The policy engine is not Azure NPM.")
        return
    nodes, pods = scene.snapshot.nodes, scene.snapshot.pods
    for what, count, most, fact in (
        ("nodes", len(seen(nodes)), MOST_NODES, nodes),
        ("pods", sum(not pod.has_ended for pod in seen(pods)), MOST_PODS, pods),
    ):
        if count > most:
            yield Finding(
                object=scene.cluster_ref,
                message=f"The cluster has {count:,} {what}, and Azure NPM supports {most:,}; it may not enforce all"
                " policies, and Cilium will.",
                evidence=(Evidence(what, str(count)),),
                key=what,
            )
        else:
            yield from gaps(fact)


RULE = Rule(
    id="POL-NPM-SCALE",
    page=Page(__doc__),
    severity=Severity.NOTICE,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.CILIUM,),
    modes=MODES,
    reads=(Source.CLUSTER, Source.NODES, Source.PODS),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/use-network-policies#azure-network-policy-manager-limitations-linux",
            "Azure NPM on Linux supports up to 250 nodes and 20,000 pods, and may run out of memory beyond.",
            "2026-08-18",
        ),
    ),
    check=check,
)
