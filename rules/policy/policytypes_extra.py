"""A policy has rules in a direction that its policyTypes leave out.

Why it matters
--------------
Azure NPM and Calico ignore a section that policyTypes does not name. Cilium builds it all the same: the pods become
isolated in that direction, and only what the forgotten rules admit goes on.

What to do
----------
- Take the section out of the policy, or name the direction in policyTypes if it is meant.

How it is decided
-----------------
policyTypes is there, leaves Ingress or Egress out, and the section of that direction is not empty; an empty list is
harmless. A policy that selects pods with a network of their own is a risk, one that selects none now a notice. It
holds under each engine and without one. Where Cilium enforces policies already, nothing changes. What AKS owns does
not count. Policies that were not read are a gap; pods that were not all read are one where such a policy selects
none of those that were.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.connectivity.isolation import Direction, Isolation
from analyzer.model.fact import Missing
from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Severity, gap, object_ref
from analyzer.model.objects import NetworkPolicy
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.aks_owned import is_aks_owned
from rules.policy.ip_blocks import MODES
from rules.policy.written_under import is_cilium


def check(scene: Scene) -> Iterator[Outcome]:
    """Each direction that is left out and has rules."""
    if reason := is_cilium(scene):
        yield reason
        return
    isolation = scene.universe.isolation.require()
    for place, policy in enumerate(isolation.policies):
        for direction in _forgotten(policy):
            yield from _judge(scene, isolation, place, direction)


def _forgotten(policy: NetworkPolicy) -> Iterator[Direction]:
    if policy.spec.policy_types is not None and not is_aks_owned(policy):
        for direction in Direction:
            rules = policy.spec.ingress if direction is Direction.INGRESS else policy.spec.egress
            if rules and direction.value not in policy.spec.policy_types:
                yield direction


def _judge(scene: Scene, isolation: Isolation, place: int, direction: Direction) -> Iterator[Outcome]:
    policy, pods = isolation.policies[place], scene.universe.pods
    subjects = isolation.subjects[place]
    if not subjects and isinstance(pods, Missing):
        yield gap(pods, object_ref(policy))
        return
    count = isolation.selection.population.count(subjects)
    whom = "the pods that it selects" if subjects else "pods that come to be selected"
    types = ", ".join(policy.spec.policy_types or ()) or "empty"
    yield Finding(
        object=object_ref(policy),
        message=f"Its {direction.value.lower()} rules have no effect today, since policyTypes is {types};"
        f" Cilium isolates {whom} by them.",
        evidence=(Evidence("spec.policyTypes", types), Evidence("pods selected", str(count))),
        severity=Severity.RISK if subjects else Severity.NOTICE,
        key=direction.value.lower(),
    )


RULE = Rule(
    id="POL-POLICYTYPES-EXTRA",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.UPSTREAM,
    steps=(StepKind.CILIUM,),
    modes=MODES,
    reads=(Source.CLUSTER, Source.NETWORK_POLICIES, Source.PODS),
    sources=(
        Citation(
            "https://github.com/cilium/cilium/issues/48703",
            "Cilium builds rules of a direction that policyTypes does not name.",
        ),
    ),
    check=check,
)
