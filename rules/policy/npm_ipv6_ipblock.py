"""A policy that Azure NPM never programmed comes alive.

Why it matters
--------------
Azure NPM skips a whole policy, its IPv4 rules too, if it holds an IPv6 ipBlock or a value in matchExpressions that
no label can have. The API server says nothing. Cilium enforces the policy for the first time.

What to do
----------
- Review it as a new policy, with the owners of its namespace; add what is lacking, or delete it before the step.

How it is decided
-----------------
Where Azure NPM enforces policies before the step, or did until an earlier step removed it: each policy that selects
pods with a network of their own and has, anywhere in its rules or selectors, an ipBlock whose cidr is IPv6, or a
value of In or NotIn that is no valid label value. It is a risk. A policy that selects no pod stays quiet. What AKS
owns does not count.

IPv6 traffic itself is never filtered by Azure NPM; a dual-stack cluster with it is OVL-DUALSTACK's. Policies that
were not read are a gap; pods that were not all read are one where such a policy selects none of those that were.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzer.addresses import family
from analyzer.model.fact import Missing
from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Severity, gap, object_ref
from analyzer.model.network import PolicyEngine
from analyzer.model.objects import LabelSelector, NetworkPolicy
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.aks_owned import is_aks_owned
from rules.policy.ip_blocks import MODES
from rules.policy.written_under import written_under

_LABEL_VALUE = re.compile(r"(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")


def check(scene: Scene) -> Iterator[Outcome]:
    """Each policy that NPM skips and Cilium does not."""
    if written_under(scene) is not PolicyEngine.AZURE:
        return
    isolation = scene.universe.isolation.require()
    pods = scene.universe.pods
    for place, policy in enumerate(isolation.policies):
        reasons = tuple(dict.fromkeys(_reasons(policy)))
        if not reasons or is_aks_owned(policy):
            continue
        if isolation.subjects[place]:
            count = isolation.selection.population.count(isolation.subjects[place])
            yield Finding(
                object=object_ref(policy),
                message=f"Azure NPM skips this whole policy; Cilium enforces it, for {count} pods that it selects.",
                evidence=reasons,
            )
        elif isinstance(pods, Missing):
            yield gap(pods, object_ref(policy))


def _reasons(policy: NetworkPolicy) -> Iterator[Evidence]:
    yield from _values("spec.podSelector", policy.spec.pod_selector)
    for direction, peers in (("ingress", "from"), ("egress", "to")):
        where = f"spec.{direction}[].{peers}[]"
        for rule in policy.spec.ingress if direction == "ingress" else policy.spec.egress:
            for peer in rule.peers:
                if peer.ip_block is not None and family(peer.ip_block.cidr) == 6:
                    yield Evidence(f"{where}.ipBlock.cidr", peer.ip_block.cidr)
                yield from _values(f"{where}.podSelector", peer.pod_selector)
                yield from _values(f"{where}.namespaceSelector", peer.namespace_selector)


def _values(where: str, selector: LabelSelector | None) -> Iterator[Evidence]:
    for term in selector.match_expressions if selector else ():
        for value in term.values:
            if not _LABEL_VALUE.fullmatch(value):
                yield Evidence(f"{where}.matchExpressions[{term.key}]", value)


RULE = Rule(
    id="POL-NPM-IPV6-IPBLOCK",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.CILIUM,),
    modes=MODES,
    reads=(Source.CLUSTER, Source.NETWORK_POLICIES, Source.PODS),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/use-network-policies#azure-network-policy-manager-limitations-linux",
            "Azure NPM does not support IPv6.",
            "2026-08-18",
        ),
        Citation(
            "https://github.com/Azure/azure-container-networking/blob/master/npm/pkg/controlplane/translation/translatePolicy.go",
            "An IPv6 ipBlock or an invalid value makes the translation of the whole policy fail.",
        ),
    ),
    check=check,
)
