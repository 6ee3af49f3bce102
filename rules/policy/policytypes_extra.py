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
harmless. The traffic under the engine before the step is compared with that under Cilium. Where a flow is lost because
nothing but such sections isolates the pod, or is newly allowed by a rule of one, it is a risk on its policy, and the
finding names one such flow. So it is under each engine and without one. Where no source says whether Cilium takes a
label of the podSelector for part of a pod's identity, and so whether the section isolates, it is a notice. A section
that admits everything is quiet, and so is a policy that selects no pod.

Where Cilium enforces policies already, nothing changes. What AKS owns does not count. Policies that were not read are a
gap without findings, and so are namespaces where a namespaceSelector decides, and the ConfigMap cilium-config, whose
labels may. Of pods that were not all read, those that were may show what is lost; where they, the nodes, the
EndpointSlices or the DaemonSets were not all read, only flows between two pods show it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from analyzer.connectivity.change import Blame, Change, ChangeKind, Effect
from analyzer.connectivity.engines.kubernetes import all_rules
from analyzer.connectivity.isolation import Direction
from analyzer.connectivity.reading import Policy
from analyzer.connectivity.rows import ROWS
from analyzer.model.finding import Confidence, Evidence, Finding, ObjectRef, Outcome, Passed, Severity, gap
from analyzer.model.objects import NetworkPolicy
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.aks_owned import is_aks_owned
from rules.flow_changes import READS, Blamed, around, blamed, flow_evidence, flow_words, lasting, unsettled
from rules.lists import gaps
from rules.policy.ip_blocks import MODES
from rules.policy.written_under import is_cilium

EXTRA = 3
"""The row."""


_OF_WHOLE_POLICIES = (11, 18)
"""Rows for which Azure NPM passes a policy over as a whole: it isolates nobody today."""


def check(scene: Scene) -> Iterator[Outcome]:
    """Each direction that is left out, has rules, and changes what is admitted."""
    if reason := is_cilium(scene):
        yield reason
    elif not any(map(_has_forgotten, scene.snapshot.network_policies.require())):
        yield Passed("Each policy names the directions that it has rules for.")
    elif missing := unsettled(scene):
        yield from map(gap, missing)
    else:
        yield from _findings(scene)
        yield from gaps(*around(scene))


def _has_forgotten(policy: NetworkPolicy) -> bool:
    return not is_aks_owned(policy) and any(_is_forgotten(policy, direction) for direction in Direction)


def _is_forgotten(policy: Policy, direction: Direction) -> bool:
    """Whether a policy has rules of a direction that its policyTypes leave out."""
    types = _types(policy)
    if not isinstance(policy, NetworkPolicy) or types is None:
        return False
    return direction.value not in types and bool(all_rules(policy, direction))


def _types(policy: Policy) -> tuple[str, ...] | None:
    return policy.spec.policy_types if isinstance(policy, NetworkPolicy) else None


def _findings(scene: Scene) -> Iterator[Finding]:
    """Of each policy and direction one."""
    found: dict[tuple[ObjectRef, str], Finding] = {}
    isolated = blamed(scene, ROWS, (ChangeKind.BLOCKED,), (Effect.ISOLATES,))
    admitted = blamed(scene, ROWS, (ChangeKind.ALLOWED,), (Effect.ADMITS,))
    doubtful = blamed(scene, (EXTRA,), (ChangeKind.UNKNOWN,), (Effect.ISOLATES,))
    alone = map(_by_it_alone(scene), _of_forgotten(isolated))
    for item in lasting(scene, (*alone, *_of_forgotten((*admitted, *doubtful)))):
        new = _finding(scene, item)
        found.setdefault((new.object, new.key), new)
    yield from found.values()


def _of_forgotten(items: Iterable[Blamed]) -> Iterator[Blamed]:
    return (item for item in items if _is_forgotten(item.policy, item.direction))


def _by_it_alone(scene: Scene) -> Callable[[Blamed], Blamed]:
    """Only the changes of pods that no policy with the direction in its policyTypes isolates."""
    analysis = scene.universe.analysis
    policies = analysis.book.policies
    passed_over = analysis.enforcement(scene.engines[0]).not_enforced
    asleep = {(item.policy, item.direction) for item in passed_over if item.row in _OF_WHOLE_POLICIES}

    def kept(item: Blamed) -> Blamed:
        changes = (
            change
            for change in item.changes
            if all(
                (blame.policy, blame.direction) in asleep or _is_forgotten(policies[blame.policy], blame.direction)
                for blame in _isolating(change)
            )
        )
        return replace(item, changes=tuple(changes))

    return kept


def _isolating(change: Change) -> Iterator[Blame]:
    yield from (item for item in change.blame if item.effect is Effect.ISOLATES)


def _finding(scene: Scene, item: Blamed) -> Finding:
    types, direction = ", ".join(_types(item.policy) or ()) or "empty", item.direction.value.lower()
    change = item.changes[0]
    return Finding(
        object=item.ref,
        message=f"Its {direction} rules have no effect today, since policyTypes is {types}; {_MEANING[change.kind]}:"
        f" {flow_words(change)}.",
        evidence=(Evidence("spec.policyTypes", types), flow_evidence(scene, change)),
        severity=Severity.NOTICE if change.kind is ChangeKind.UNKNOWN else Severity.RISK,
        key=direction,
    )


_MEANING = {
    ChangeKind.BLOCKED: "Cilium isolates pods by them, and blocks",
    ChangeKind.ALLOWED: "Cilium admits by them",
    ChangeKind.UNKNOWN: "no source says whether Cilium isolates pods by them, which decides about",
}


RULE = Rule(
    id="POL-POLICYTYPES-EXTRA",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.UPSTREAM,
    steps=(StepKind.CILIUM,),
    modes=MODES,
    reads=READS,
    sources=(
        Citation(
            "https://github.com/cilium/cilium/issues/48703",
            "Cilium builds rules of a direction that policyTypes does not name.",
        ),
    ),
    check=check,
)
