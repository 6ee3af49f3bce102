"""A namespaceSelector that only excludes also selects what is no pod.

Why it matters
--------------
A peer whose namespaceSelector has nothing but NotIn or DoesNotExist, and whose podSelector asks for nothing, selects
in Cilium everything without those labels: the world, hosts and remote nodes too. Calico means pods only, so traffic
that Calico refuses becomes allowed. It is a hole, not an outage.

What to do
----------
- Add a term that asks for something, which pods always have: `{key: kubernetes.io/metadata.name, operator: Exists}`
  in the namespaceSelector.

How it is decided
-----------------
The traffic under the engine before the step is compared with that under Cilium, for the pods, nodes and addresses of
today. Where a flow is newly allowed by a namespaceSelector without matchLabels, In and Exists but with at least one
excluding term, beside a podSelector that is absent, empty or excludes only, it is a risk: so it is under Calico. Azure
NPM selects as much, and without an engine everything is allowed today, so there it is quiet. A NotIn of two or more
values is read as "any of them" by images of Azure NPM before 2026-09-15: where a flow is lost that only this admitted,
because Cilium refuses the excluded namespaces, it is a risk. The image of the DaemonSet azure-npm says which it is;
version 1.6 may be of either side, which is a notice. The finding names the selector and one such flow. A policy that
selects no pod is quiet.

Where Cilium enforces already, nothing changes. What AKS owns does not count. Policies that were not read are a gap.
Where a policy has such a selector, pods, nodes, EndpointSlices and DaemonSets that were not all read are a gap too:
what they leave out would look like the world, so only flows between two pods are findings then.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.connectivity.change import Change, ChangeKind, Effect
from analyzer.connectivity.engines.kubernetes import all_rules, has_positive_term, is_negative
from analyzer.connectivity.flow import PartyKind
from analyzer.connectivity.isolation import Direction
from analyzer.model.finding import Confidence, Evidence, Finding, ObjectRef, Outcome, Passed, Severity, gap
from analyzer.model.objects import EgressRule, IngressRule, LabelSelector, NetworkPolicy
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from analyzer.selectors import selector_text
from rules.aks_owned import is_aks_owned
from rules.flow_changes import READS, Blamed, around, blamed, flow_evidence, flow_words, lasting, unsettled
from rules.lists import gaps
from rules.policy.ip_blocks import MODES
from rules.policy.written_under import is_cilium

OPENED, FLATTENED = 8, 9
"""Rows."""


def check(scene: Scene) -> Iterator[Outcome]:
    """Each such selector of each policy and direction by which traffic changes."""
    if reason := is_cilium(scene):
        yield reason
    elif not any(map(_has_such, scene.snapshot.network_policies.require())):
        yield Passed("No namespaceSelector of a policy excludes only, or excludes several namespaces.")
    elif missing := unsettled(scene):
        yield from map(gap, missing)
    else:
        yield from _findings(scene)
        yield from gaps(*around(scene))


def _has_such(policy: NetworkPolicy) -> bool:
    rules = (rule for direction in Direction for rule in all_rules(policy, direction))
    found = (selector for rule in rules for row in (OPENED, FLATTENED) for selector in _selectors(rule, row))
    return not is_aks_owned(policy) and next(found, None) is not None


def _selectors(rule: IngressRule | EgressRule, row: int) -> Iterator[LabelSelector]:
    """The namespaceSelectors of a rule that a row is about."""
    for peer in rule.peers:
        spaces = peer.namespace_selector or LabelSelector()
        opens = is_negative(spaces) and not has_positive_term(peer.pod_selector or LabelSelector())
        if opens if row == OPENED else _has_wide_not_in(spaces):
            yield spaces


def _has_wide_not_in(selector: LabelSelector) -> bool:
    return any(term.operator == "NotIn" and len(term.values) > 1 for term in selector.match_expressions)


def _findings(scene: Scene) -> Iterator[Finding]:
    """Of each direction and selector of a policy one."""
    found: dict[tuple[ObjectRef, str], Finding] = {}
    opened = blamed(scene, (OPENED,), (ChangeKind.ALLOWED,), (Effect.ADMITS,))
    flattened = blamed(scene, (FLATTENED,), (ChangeKind.BLOCKED, ChangeKind.UNKNOWN), (Effect.ADMITTED,))
    for item in lasting(scene, (*opened, *flattened)):
        rule = all_rules(item.policy, item.direction)[item.rule] if isinstance(item.policy, NetworkPolicy) else None
        change = min(item.changes, key=_likely)
        for selector in _selectors(rule, change.row) if rule else ():
            new = _finding(scene, item, selector, change)
            found.setdefault((new.object, new.key), new)
    yield from found.values()


def _likely(change: Change) -> tuple[bool, int]:
    """The world before nodes: that is what a hole is for."""
    ends = (change.example.source.kind, change.example.destination.kind)
    return PartyKind.WORLD not in ends, change.rank


def _finding(scene: Scene, item: Blamed, selector: LabelSelector, change: Change) -> Finding:
    direction, text = item.direction.value.lower(), selector_text(selector)
    peers = "from" if item.direction is Direction.INGRESS else "to"
    return Finding(
        object=item.ref,
        message=f"Its {direction} {_meaning(change)}.",
        evidence=(
            Evidence(f"spec.{direction}[].{peers}[].namespaceSelector", text),
            flow_evidence(scene, change),
        ),
        severity=Severity.NOTICE if change.kind is ChangeKind.UNKNOWN else Severity.RISK,
        key=f"{direction} {text}",
    )


def _meaning(change: Change) -> str:
    flow = flow_words(change)
    if change.kind is ChangeKind.ALLOWED:
        return (
            "admits by a namespaceSelector that only excludes: Calico admits pods only; Cilium admits nodes and the"
            f" world as well, as {flow}"
        )
    knows = "" if change.kind is ChangeKind.BLOCKED else "no source says whether "
    npm = "this Azure NPM" if knows else "Azure NPM"
    return f"excludes several namespaces by NotIn: {knows}{npm} admits them too, as {flow}; Cilium refuses them"


RULE = Rule(
    id="POL-NEGATIVE-NSSELECTOR",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.UPSTREAM,
    steps=(StepKind.CILIUM,),
    modes=MODES,
    reads=READS,
    sources=(
        Citation(
            "https://github.com/cilium/cilium/issues/46949",
            "A namespaceSelector of excluding terms only also matches the world, hosts and nodes; the fix is newer"
            " than the versions that AKS runs.",
            "2026-07",
        ),
        Citation(
            "https://github.com/Azure/azure-container-networking/pull/4866",
            "Azure NPM read NotIn with several values as any of them.",
            "2026-09-15",
        ),
    ),
    check=check,
)
