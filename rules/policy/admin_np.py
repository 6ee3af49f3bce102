"""Policies of the cluster's administrator are lost.

Why it matters
--------------
AdminNetworkPolicy and BaselineAdminNetworkPolicy of policy.networking.k8s.io go before and after all
NetworkPolicies. Recent versions of Calico honour them. No Cilium of AKS does: what they denied is allowed, and what
they allowed may be denied.

What to do
----------
- Write each anew as a CiliumClusterwideNetworkPolicy, with ingressDeny and egressDeny for what it denies; it can be
  applied only right after the Cilium step.
- Keep a copy: `kubectl get adminnetworkpolicies,baselineadminnetworkpolicies -o yaml`.

How it is decided
-----------------
Each such object is a risk where Calico enforces policies before the step, or did until an earlier step of the path
removed it. Azure NPM and a cluster without an engine never honoured them, so nothing changes. A list that was not
read is a gap.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.model.fact import seen
from analyzer.model.finding import Confidence, Finding, Outcome, Passed, Severity, object_ref
from analyzer.model.network import PolicyEngine
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.aks_owned import is_aks_owned
from rules.lists import gaps
from rules.policy.ip_blocks import MODES
from rules.policy.written_under import written_under


def check(scene: Scene) -> Iterator[Outcome]:
    """Each policy that Calico honours and Cilium does not."""
    if written_under(scene) is not PolicyEngine.CALICO:
        yield Passed("Only Calico honours such policies, and it is not the policy engine.")
        return
    policies = scene.snapshot.admin_network_policies
    for policy in seen(policies):
        if not is_aks_owned(policy):
            message = f"Calico honours {policy.kind} {policy.name}; no Cilium of AKS does."
            yield Finding(object=object_ref(policy), message=message)
    yield from gaps(policies)


RULE = Rule(
    id="POL-ADMIN-NP",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.UPSTREAM,
    steps=(StepKind.CILIUM,),
    modes=MODES,
    reads=(Source.CLUSTER, Source.ADMIN_NETWORK_POLICIES),
    sources=(
        Citation(
            "https://github.com/cilium/cilium/pull/47227",
            "Cilium's support of cluster-wide network policies is newer than every version that AKS runs.",
        ),
    ),
    check=check,
)
