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
The traffic under the engine before the step is compared with that under Cilium of the version that AKS brings, for the
pods that run now. Where a flow is lost or gained because the podSelector of a policy or of a peer names a label that is
no part of an identity, the finding names the key and one such flow. It is a risk where a flow is lost, and where a
selector asks for the label by matchLabels, In or Exists; a flow gained by NotIn or DoesNotExist is a notice. So is a
key of which it is not documented whether that version leaves it out, as topology.kubernetes.io from Cilium 1.16 to
1.19. A selector that changes no flow is quiet, and so is a policy that selects no pod under either engine.
namespaceSelectors are not concerned: kubernetes.io/metadata.name works. Without an engine before the step it is quiet:
POL-DORMANT says what comes alive.

The `labels` setting in cilium-config counts where the ConfigMap is there; where it was not read that is a gap without
findings. What AKS owns does not count. Policies that were not all read are a gap. So are pods, nodes, EndpointSlices
and DaemonSets: what they leave out would look like the world, so only flows between two pods are findings then.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from analyzer.connectivity.change import Change, ChangeKind, Effect
from analyzer.connectivity.engines.cilium_labels import is_identity_label, is_negative_operator
from analyzer.connectivity.engines.kubernetes import all_rules
from analyzer.connectivity.engines.settings import Cilium, Settings
from analyzer.connectivity.isolation import Direction
from analyzer.model.fact import Known
from analyzer.model.finding import Confidence, Evidence, Finding, ObjectRef, Outcome, Passed, Severity, gap
from analyzer.model.objects import LabelSelector, NetworkPolicy, PolicyPeer, Requirement
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from analyzer.selectors import terms
from rules.aks_owned import is_aks_owned
from rules.flow_changes import READS, Blamed, around, blamed, flow_evidence, flow_words, lasting, unsettled
from rules.lists import gaps
from rules.policy.ip_blocks import MODES
from rules.policy.written_under import is_cilium

ROWS = (12,)
_LEFT_ALONE = ((0,), (ChangeKind.ALLOWED,), (Effect.ISOLATED,))
"""Where Cilium finds no pod at all for a policy, no row says more than that it isolates nobody."""


def check(scene: Scene) -> Iterator[Outcome]:
    """Each key, in each selector, by which traffic changes."""
    if reason := is_cilium(scene):
        yield reason
        return
    customers = [policy for policy in scene.snapshot.network_policies.require() if not is_aks_owned(policy)]
    keys = _Keys(scene)
    is_named = any(keys.left_out(selector) for policy in customers for selector in _selectors(policy))
    if not customers or (isinstance(scene.snapshot.cilium_config, Known) and not is_named):
        yield Passed("No selector of a policy names a label that Cilium leaves out.")
    elif missing := unsettled(scene):
        yield from map(gap, missing)
    else:
        yield from keys.findings()
        yield from gaps(*around(scene))


def _selectors(policy: NetworkPolicy) -> Iterator[LabelSelector]:
    """Those of pods."""
    yield policy.spec.pod_selector
    for direction in Direction:
        for rule in all_rules(policy, direction):
            yield from (peer.pod_selector for peer in rule.peers if peer.pod_selector)


class _Use(NamedTuple):
    """One key in one selector."""

    where: str
    key: str
    is_positive: bool


@dataclass(frozen=True)
class _Keys:
    """What the keys that Cilium leaves out, or may leave out, do in one step."""

    scene: Scene

    def left_out(self, selector: LabelSelector) -> tuple[Requirement, ...]:
        """The terms of a selector that ask for, or exclude by, such a key."""
        return tuple(Requirement(*term) for term in terms(selector) if _may_be_left_out(term[0], self._after))

    def findings(self) -> Iterator[Finding]:
        """Of each key in each kind of place the weightiest one."""
        found: dict[tuple[ObjectRef, _Use], Change] = {}
        blames = (*blamed(self.scene, ROWS, tuple(ChangeKind)), *blamed(self.scene, *_LEFT_ALONE))
        for item in lasting(self.scene, blames):
            uses = self._uses(item, item.policy) if isinstance(item.policy, NetworkPolicy) else ()
            for use, change in uses:
                place = (item.ref, use)
                if place not in found or _severity(use, found[place]).weight < _severity(use, change).weight:
                    found[place] = change
        for (policy, use), change in found.items():
            yield self._finding(policy, use, change)

    def _uses(self, item: Blamed, policy: NetworkPolicy) -> Iterator[tuple[_Use, Change]]:
        """The keys that change something, each with a change. Asking by one loses peers, and leaves subjects alone."""
        is_peer = item.rule >= 0
        for change in item.changes:
            is_loss = change.kind is ChangeKind.BLOCKED
            of_subject = self._of("spec.podSelector", policy.spec.pod_selector)
            for use in self._of_peers(item, policy, change) if is_peer else of_subject:
                if change.kind is ChangeKind.UNKNOWN or use.is_positive == (is_loss == is_peer):
                    yield use, change

    def _of_peers(self, item: Blamed, policy: NetworkPolicy, change: Change) -> Iterator[_Use]:
        peers = "from" if item.direction is Direction.INGRESS else "to"
        where = f"spec.{item.direction.value.lower()}[].{peers}[].podSelector"
        for peer in all_rules(policy, item.direction)[item.rule].peers:
            uses = tuple(self._of(where, peer.pod_selector or LabelSelector()))
            if uses and self._concerns(item, peer, change):
                yield from uses

    def _of(self, where: str, selector: LabelSelector) -> Iterator[_Use]:
        for term in self.left_out(selector):
            yield _Use(where, term.key, not is_negative_operator(term.operator))

    def _concerns(self, item: Blamed, peer: PolicyPeer, change: Change) -> bool:
        """Whether a change is one for pods that the peer matches in one way only: by labels, or by identity."""
        selector = peer.pod_selector or LabelSelector()
        ignored = self.left_out(selector)
        kept = tuple(term for term in (Requirement(*term) for term in terms(selector)) if term not in ignored)
        by_identity = PolicyPeer(LabelSelector(match_expressions=kept), peer.namespace_selector)
        selection = self.scene.universe.analysis.reading(change.family).selection
        matched = selection.peer(peer, item.policy.namespace)
        if all(is_negative_operator(term.operator) for term in ignored):
            matched ^= selection.peer(by_identity, item.policy.namespace)
        ends = change.destinations if item.direction is Direction.EGRESS else change.sources
        return bool(matched & ends)

    def _finding(self, policy: ObjectRef, use: _Use, change: Change) -> Finding:
        what = f"A selector {'asks for' if use.is_positive else 'excludes by'} {use.key}"
        means = f"{what}, a label that Cilium does not know pods by; {flow_words(change)} is {change.kind.value}."
        if change.kind is ChangeKind.UNKNOWN:
            means = f"{what}; no source says whether Cilium knows pods by it, which decides about {flow_words(change)}."
        return Finding(
            object=policy,
            message=means,
            evidence=(Evidence(use.where, use.key), flow_evidence(self.scene, change)),
            severity=_severity(use, change),
            key=f"{use.where} {use.key} {'+' if use.is_positive else '-'}",
        )

    @cached_property
    def _after(self) -> Settings:
        return self.scene.engines[1]


def _may_be_left_out(key: str, after: Settings) -> bool:
    return isinstance(after, Cilium) and is_identity_label(key, after) is not True


def _severity(use: _Use, change: Change) -> Severity:
    is_sure = change.kind is not ChangeKind.UNKNOWN
    return Severity.RISK if is_sure and (use.is_positive or change.kind is ChangeKind.BLOCKED) else Severity.NOTICE


RULE = Rule(
    id="POL-NONIDENTITY-LABELS",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.UPSTREAM,
    steps=(StepKind.CILIUM,),
    modes=MODES,
    reads=READS,
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
