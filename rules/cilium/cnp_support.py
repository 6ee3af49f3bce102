"""CiliumNetworkPolicies that replace other policies can be applied only after the step.

Why it matters
--------------
Some policies cannot be written for Cilium as Kubernetes NetworkPolicies; a CiliumNetworkPolicy can. Its kind exists in
the cluster only once Cilium runs, so it cannot be applied in advance.

What to do
----------
- Keep the manifests ready, and apply them as soon as the kind exists: `kubectl wait --for condition=established
  crd/ciliumnetworkpolicies.cilium.io`.

How it is decided
-----------------
A notice on the cluster where flows are lost that no NetworkPolicy can admit under Cilium: to the pod's own node, to
and from other nodes, and to DNS on the node. `aks-preflight plan --out-dir` writes a manifest for each such flow that
it can prove to be kept, beside those to apply before the step, and says of the others why not. What each flow means is
POL-EGRESS-LOCALNODE's, POL-IPBLOCK-NODE's and CIL-LOCALDNS-POLICY's to say.

Policies that were not read are a gap, and so are pods, nodes, EndpointSlices and DaemonSets that were not all read.
What AKS owns does not count.

CiliumNetworkPolicy and CiliumClusterwideNetworkPolicy with rules for addresses and ports are supported since mid 2025
without Advanced Container Networking Services; the edition of 2023-24 supports them in part only.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Passed, Severity, gap
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.flow_changes import READS, Blamed, around, blamed, flow_words, lasting, unsettled
from rules.lists import gaps

ROWS = (14, 15, 33, 35, 36, 37)
"""Nodes, and DNS on them: Cilium knows them by entities alone."""
_NAMED = 10
"""Policies that the evidence names."""


def check(scene: Scene) -> Iterator[Outcome]:
    """The flows that only Cilium's own policies can admit."""
    before, after = scene.engines
    if before == after:
        yield Passed("The policy engine stays the same.")
    elif missing := unsettled(scene):
        yield from map(gap, missing)
    elif lost := tuple(lasting(scene, blamed(scene, ROWS))):
        yield _finding(scene, lost)
        yield from gaps(*around(scene))
    else:
        yield Passed("No flow is lost that only a CiliumNetworkPolicy could admit.")
        yield from gaps(*around(scene))


def _finding(scene: Scene, lost: tuple[Blamed, ...]) -> Finding:
    first = min((change for item in lost for change in item.changes), key=lambda change: change.rank)
    names = sorted({f"{item.ref.namespace}/{item.ref.name}" for item in lost})
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return Finding(
        object=scene.cluster_ref,
        message=f"No NetworkPolicy can keep {flow_words(first)}, and flows like it; a CiliumNetworkPolicy can, applied"
        " right after the step.",
        evidence=(Evidence("policies that lose such flows", ", ".join(names[:_NAMED]) + more),),
        remedy=(
            "Let `aks-preflight plan --out-dir FOLDER` write the manifests, and read them before the step.",
            "Right after the step, once `kubectl wait --for condition=established"
            " crd/ciliumnetworkpolicies.cilium.io` returns, apply those in 2-right-after-the-step, in their order.",
        ),
    )


RULE = Rule(
    id="CIL-CNP-SUPPORT",
    page=Page(__doc__),
    severity=Severity.NOTICE,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.CILIUM,),
    reads=READS,
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/azure-cni-powered-by-cilium#can-i-use-ciliumnetworkpolicy-custom-resources-instead-of-kubernetes-networkpolicy-resources",
            "CiliumNetworkPolicy is supported; rules for L7 and names take Advanced Container Networking Services.",
            "2026-08-05",
            contradicts="The edition of 2023-24 supports the kind in part only.",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/azure-cni-powered-by-cilium#can-i-use-ciliumclusterwidenetworkpolicy",
            "CiliumClusterwideNetworkPolicy is supported.",
            "2026-08-05",
        ),
    ),
    check=check,
)
