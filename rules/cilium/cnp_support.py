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
A notice where this tool rewrites policies as CiliumNetworkPolicies, to be applied in order after the step. This version
does not, so it passes. The manifests in remedies of single findings (POL-EGRESS-LOCALNODE, CIL-LOCALDNS-POLICY) say
themselves that they are applied right after it.

CiliumNetworkPolicy and CiliumClusterwideNetworkPolicy with rules for addresses and ports are supported since mid 2025
without Advanced Container Networking Services; the edition of 2023-24 supports them in part only.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.model.finding import Confidence, Outcome, Passed, Severity
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene


def check(scene: Scene) -> Iterator[Outcome]:
    """Nothing yet."""
    yield Passed(
        "This version of aks-preflight rewrites no policies, so there is no set of them to apply after the step. A"
        " remedy that holds a CiliumNetworkPolicy says so itself."
    )


RULE = Rule(
    id="CIL-CNP-SUPPORT",
    page=Page(__doc__),
    severity=Severity.NOTICE,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.CILIUM,),
    reads=(),
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
