"""A policy selects by labels that Cilium does not know pods by.

Why it matters
--------------
Cilium leaves some labels out of a pod's identity: keys that begin with kubernetes.io, k8s.io or io.kubernetes,
hashes of templates and revisions, and others. A selector that asks for one finds no pod, so a policy guards nobody
or admits nobody; one that excludes by it finds every pod.

What to do
----------
- Give the pods a label of your own, or use app.kubernetes.io/…, which counts, and select by that before the step.

How it is decided
-----------------
Keys in podSelector and in the podSelectors of peers, in the directions that policyTypes names. A key that every
version leaves out, asked for by matchLabels, In or Exists, is a risk; excluded by NotIn or DoesNotExist, a notice;
and so is a key that only newer versions leave out, as the pod names and indexes of StatefulSets and Jobs. A policy
that selects no pod with a network of its own is a notice at most. namespaceSelectors are not concerned:
kubernetes.io/metadata.name works.

A cluster whose `labels` setting in cilium-config differs runs Cilium already, where nothing changes. What AKS owns
does not count. Policies that were not read are a gap; pods that were not all read are one where such a policy
selects none of those that were.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from analyzer.connectivity.identity_labels import always_left_out, sometimes_left_out
from analyzer.connectivity.isolation import Direction, Isolation, rules_of
from analyzer.model.fact import Missing
from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Severity, gap, object_ref
from analyzer.model.objects import LabelSelector, NetworkPolicy
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.aks_owned import is_aks_owned
from rules.policy.ip_blocks import MODES
from rules.policy.written_under import is_cilium


class _Use(NamedTuple):
    """One key in one selector."""

    where: str
    key: str
    is_positive: bool

    @property
    def severity(self) -> Severity:
        return Severity.RISK if self.is_positive and always_left_out(self.key) else Severity.NOTICE


def check(scene: Scene) -> Iterator[Outcome]:
    """Each key of each policy that Cilium leaves out."""
    if reason := is_cilium(scene):
        yield reason
        return
    isolation = scene.universe.isolation.require()
    for place, policy in enumerate(isolation.policies):
        if not is_aks_owned(policy):
            for use in dict.fromkeys(_uses(policy)):
                yield from _judge(scene, isolation, place, use)


def _uses(policy: NetworkPolicy) -> Iterator[_Use]:
    yield from _keys("spec.podSelector", policy.spec.pod_selector)
    for direction in Direction:
        peers = "from" if direction is Direction.INGRESS else "to"
        where = f"spec.{direction.value.lower()}[].{peers}[].podSelector"
        for rule in rules_of(policy, direction):
            for peer in rule.peers:
                if peer.pod_selector is not None:
                    yield from _keys(where, peer.pod_selector)


def _keys(where: str, selector: LabelSelector) -> Iterator[_Use]:
    terms = [(key, True) for key in sorted(selector.match_labels)]
    terms += [(term.key, term.operator in ("In", "Exists")) for term in selector.match_expressions]
    for key, is_positive in terms:
        if always_left_out(key) or sometimes_left_out(key):
            yield _Use(where, key, is_positive)


def _judge(scene: Scene, isolation: Isolation, place: int, use: _Use) -> Iterator[Outcome]:
    policy, pods = isolation.policies[place], scene.universe.pods
    subjects = isolation.subjects[place]
    if not subjects and use.severity is Severity.RISK and isinstance(pods, Missing):
        yield gap(pods, object_ref(policy))
        return
    finds = "finds no pod" if use.is_positive else "finds every pod"
    versions = "Cilium does" if always_left_out(use.key) else "newer versions of Cilium do"
    what = "asks for" if use.is_positive else "excludes by"
    yield Finding(
        object=object_ref(policy),
        message=f"A selector {what} {use.key}, a label that {versions} not know pods by; it then {finds}.",
        evidence=(Evidence(use.where, use.key),),
        severity=use.severity if subjects else Severity.NOTICE,
        key=f"{use.where} {use.key} {'+' if use.is_positive else '-'}",
    )


RULE = Rule(
    id="POL-NONIDENTITY-LABELS",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.UPSTREAM,
    steps=(StepKind.CILIUM,),
    modes=MODES,
    reads=(Source.CLUSTER, Source.NETWORK_POLICIES, Source.PODS),
    sources=(
        Citation(
            "https://docs.cilium.io/en/stable/operations/performance/scalability/identity-relevant-labels/",
            "Which labels are left out of identities by default; the list differs between versions.",
            "1.18",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/azure-cni-powered-by-cilium#can-the-cilium-configmap-be-modified",
            "The labels that count can be changed after the step, by leaving more of them out.",
            "2026-08-05",
        ),
    ),
    check=check,
)
