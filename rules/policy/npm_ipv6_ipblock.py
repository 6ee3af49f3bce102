"""A policy, or its part for IPv6, that Azure NPM never programmed comes alive.

Why it matters
--------------
Azure NPM skips a whole policy, its IPv4 rules too, if it holds an IPv6 ipBlock or a value in matchExpressions that
no label can have, and it never filters IPv6 at all. The API server says nothing. Cilium enforces the policy for the
first time, and every policy for IPv6 as well.

What to do
----------
- Review it as a new policy, with the owners of its namespace; add what is lacking, or delete it before the step.

How it is decided
-----------------
The traffic under Azure NPM, also where an earlier step removed it, is compared with that under Cilium for the pods that
run now. A policy is a risk where a flow changes because Azure NPM skips it: in its podSelector, or in a direction that
policyTypes names, it has an ipBlock whose cidr is IPv6, or a value of In or NotIn that is no valid label value. A
policy is also a risk where an IPv6 flow of a dual-stack pod is lost because Cilium isolates the pod by it. The finding
names one such flow. Under Calico a value that no label can have is a notice where traffic depends on the policy: no
source says whether Calico takes it. A policy that changes no flow is quiet, and so is one that selects no pod. What AKS
owns does not count.

That Azure NPM does not support dual-stack clusters is OVL-DUALSTACK's where overlay is the target. Policies that were
not read are a gap. So are pods, nodes, EndpointSlices and DaemonSets that were not all read: what they leave out would
look like the world, so only flows between two pods are findings then.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzer.addresses import family
from analyzer.connectivity.change import ChangeKind, Effect
from analyzer.connectivity.engines.kubernetes import has_value_that_is_no_label
from analyzer.connectivity.engines.npm import not_translated
from analyzer.connectivity.isolation import Direction, rules_of
from analyzer.model.finding import Confidence, Evidence, Finding, ObjectRef, Outcome, Passed, Severity, gap
from analyzer.model.network import PolicyEngine
from analyzer.model.objects import LabelSelector, NetworkPolicy
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.aks_owned import is_aks_owned
from rules.flow_changes import READS, Blamed, around, blamed, flow_evidence, lasting, unsettled
from rules.lists import gaps
from rules.policy.ip_blocks import MODES
from rules.policy.written_under import written_under

SKIPPED, IPV6 = (11, 18), (19,)
"""Rows."""
_LABEL_VALUE = re.compile(r"(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")


def check(scene: Scene) -> Iterator[Outcome]:
    """Each policy that Azure NPM skips, or takes for IPv4 alone, and Cilium does not."""
    if not _is_concerned(scene, written_under(scene)):
        yield Passed("No policy is one that Azure NPM passes over.")
    elif missing := unsettled(scene):
        yield from map(gap, missing)
    else:
        yield from _findings(scene)
        yield from gaps(*around(scene))


def _is_concerned(scene: Scene, engine: PolicyEngine) -> bool:
    if engine not in (PolicyEngine.AZURE, PolicyEngine.CALICO):
        return False
    customers = [policy for policy in scene.snapshot.network_policies.require() if not is_aks_owned(policy)]
    return bool(customers) if engine is PolicyEngine.AZURE else any(map(has_value_that_is_no_label, customers))


def _findings(scene: Scene) -> Iterator[Finding]:
    """Of each policy one for being skipped, and one for IPv6."""
    found: dict[tuple[ObjectRef, str], Finding] = {}
    for item in lasting(scene, blamed(scene, SKIPPED, tuple(ChangeKind))):
        if isinstance(item.policy, NetworkPolicy) and not_translated(item.policy):
            new = _skipped(scene, item, item.policy)
            found.setdefault((new.object, new.key), new)
    for item in lasting(scene, blamed(scene, IPV6, effects=(Effect.ISOLATES,))):
        if isinstance(item.policy, NetworkPolicy):
            new = _over_ipv6(scene, item)
            found.setdefault((new.object, new.key), new)
    yield from found.values()


def _skipped(scene: Scene, item: Blamed, policy: NetworkPolicy) -> Finding:
    change = item.changes[0]
    is_unknown = change.kind is ChangeKind.UNKNOWN
    selection = scene.universe.selection
    subjects = selection.pods(policy.spec.pod_selector, policy.namespace) & selection.population.plain
    count = selection.population.count(subjects)
    message = f"Azure NPM skips this whole policy; Cilium enforces it, for {count} pods that it selects: {item.example}"
    if is_unknown:
        message = f"No source says whether Calico skips this policy, which decides about {item.example}"
    return Finding(
        object=item.ref,
        message=f"{message}; Cilium enforces it." if is_unknown else f"{message} is {change.kind.value}.",
        evidence=(*dict.fromkeys(_reasons(policy)), flow_evidence(scene, change)),
        severity=Severity.NOTICE if is_unknown else Severity.RISK,
    )


def _over_ipv6(scene: Scene, item: Blamed) -> Finding:
    direction = item.direction.value.lower()
    return Finding(
        object=item.ref,
        message=f"Azure NPM never filters IPv6; Cilium isolates pods in {direction} by this policy for it as well:"
        f" {item.example} is newly blocked.",
        evidence=(flow_evidence(scene, item.changes[0]),),
        key="IPv6",
    )


def _reasons(policy: NetworkPolicy) -> Iterator[Evidence]:
    yield from _values("spec.podSelector", policy.spec.pod_selector)
    for direction, peers in ((Direction.INGRESS, "from"), (Direction.EGRESS, "to")):
        where = f"spec.{direction.value.lower()}[].{peers}[]"
        for rule in rules_of(policy, direction):
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
    reads=READS,
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
