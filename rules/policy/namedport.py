"""A policy names a port instead of numbering it, and Cilium does not take the number from the peer.

Why it matters
--------------
A named port stands for what each destination pod calls so. Cilium keeps one number for a name in the whole cluster when
it resolves egress rules. As soon as pods give one name two numbers, it skips the rule's port, and traffic is dropped.
While there is one number, it admits that number at every peer, also at those that do not define the name. Ingress rules
are resolved at the selected pod, as before.

What to do
----------
- Replace the name by its number, or by its numbers, before the step.

How it is decided
-----------------
The traffic under the engine before the step is compared with that under Cilium, with the numbers that running pods give
to the names of egress rules under the same protocol. Containers count, and init containers that restart always;
host-network and ended pods do not.

Where a flow is lost to a port that only a name with several numbers admitted, it is a risk. Where a flow is newly
allowed because a name has one number in the cluster, it is a notice: so it stays until a pod gives the name another
number, from when on the traffic is dropped. The finding names the policy, the port and one such flow. A name that
changes no flow is quiet: one that no pod defines, one that stands in ingress or in a direction that policyTypes leaves
out, one whose numbers another rule admits, and one of a policy that selects no pod. Without an engine, Cilium's reading
is compared with that of a Cilium that asks each peer, for what is lost; everything is allowed today.

It is so on every Cilium version that AKS runs; upstream resolves egress names for each peer from 1.20 on. Policies or
pods that were not all read are gaps without findings: an unread policy may admit the numbers, an unread pod may bring
one. So are namespaces where a namespaceSelector decides, and the ConfigMap cilium-config, whose labels may. Where the
nodes, the EndpointSlices or the DaemonSets were not all read, only flows between two pods show it. Microsoft's
validator flags every named port. What AKS owns does not count.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from analyzer.connectivity.change import Change, ChangeKind, Effect
from analyzer.connectivity.engines.settings import Cilium, NoEngine
from analyzer.connectivity.isolation import Direction, rules_of
from analyzer.connectivity.ports import NamedPort, Span, port_set, port_set_of
from analyzer.model.finding import Confidence, Evidence, Finding, ObjectRef, Outcome, Passed, Severity, gap, object_ref
from analyzer.model.objects import NetworkPolicy
from analyzer.model.step import StepKind
from analyzer.model.version import Version
from analyzer.scene import Citation, Page, Rule, Scene
from rules.aks_owned import is_aks_owned
from rules.flow_changes import (
    READS,
    around,
    blamed_for,
    flow_changes,
    flow_evidence,
    flow_words,
    lasting,
    on_ports,
    unsettled,
)
from rules.lists import gaps
from rules.policy.ip_blocks import MODES
from rules.policy.written_under import is_cilium

ROWS = (24, 26, 27, 28)
"""24 as well: of a rule with a range and a name it is named first."""
_BY_PEER = Version(1, 20)
"""The first Cilium minor version that asks each peer."""


def check(scene: Scene) -> Iterator[Outcome]:
    """Each name in egress by which traffic changes."""
    if reason := is_cilium(scene):
        yield reason
    elif not any(map(_has_name, scene.snapshot.network_policies.require())):
        yield Passed("No policy names a port in egress.")
    elif missing := unsettled(scene):
        yield from map(gap, missing)
    else:
        yield from _findings(scene)
        yield from gaps(*around(scene))


def _has_name(policy: NetworkPolicy) -> bool:
    listed = rules_of(policy, Direction.EGRESS)
    return not is_aks_owned(policy) and any(port_set(rule.ports).names for rule in listed)


class _Use(NamedTuple):
    """One name in a policy's egress, with what it changes."""

    policy: NetworkPolicy
    name: NamedPort
    numbers: tuple[int, ...]
    change: Change

    @property
    def ref(self) -> ObjectRef:
        """The policy."""
        return object_ref(self.policy)

    @property
    def is_lost(self) -> bool:
        """Whether traffic is dropped; else it is newly admitted."""
        return self.change.kind is ChangeKind.BLOCKED

    @property
    def words(self) -> str:
        """The numbers: "53, 5432 and 8080"."""
        texts = tuple(map(str, self.numbers))
        return " and ".join((", ".join(texts[:-1]), texts[-1])) if texts[1:] else texts[0]


def _findings(scene: Scene) -> Iterator[Finding]:
    """Of each policy and name one."""
    found: dict[tuple[ObjectRef, NamedPort], _Use] = {}
    for use in _uses(scene):
        found.setdefault((use.ref, use.name), use)
    yield from (_finding(scene, use) for use in found.values())


def _uses(scene: Scene) -> Iterator[_Use]:
    changes = (change for change in _changes(scene) if change.row in ROWS)
    for item in lasting(scene, blamed_for(scene, changes, (Effect.ADMITTED, Effect.ADMITS))):
        if isinstance(item.policy, NetworkPolicy) and item.direction is Direction.EGRESS:
            for name in sorted(port_set(item.policy.spec.egress[item.rule].ports).names):
                numbers = scene.universe.analysis.population.numbers_of(name)
                ports = port_set_of(Span(name.protocol, number, number) for number in numbers)
                parts = (part for change in item.changes if (part := on_ports(change, ports)))
                kind = ChangeKind.ALLOWED if len(numbers) == 1 else ChangeKind.BLOCKED
                yield from (_Use(item.policy, name, numbers, part) for part in parts if part.kind is kind)


def _changes(scene: Scene) -> tuple[Change, ...]:
    """Those of the step; without an engine those between a Cilium that asks each peer and the one of the step."""
    before, after = scene.engines
    if isinstance(before, NoEngine) and isinstance(after, Cilium):
        changes = scene.universe.changes(replace(after, version=_BY_PEER), after)
        return tuple(change for change in changes if change.kind is ChangeKind.BLOCKED)
    return flow_changes(scene)


def _finding(scene: Scene, use: _Use) -> Finding:
    name, flow = use.name, flow_words(use.change)
    effect = (
        f"Cilium skips a name with several numbers, and drops {flow}"
        if use.is_lost
        else f"Cilium takes it for that number whoever the peer is, and newly admits {flow}"
    )
    return Finding(
        object=use.ref,
        message=f"The {name.protocol} port {name.name} in egress stands for {use.words}; {effect}.",
        evidence=(
            Evidence("spec.egress[].ports[].port", name.name),
            Evidence(f"containerPort of {name.protocol} ports named {name.name}", ", ".join(map(str, use.numbers))),
            flow_evidence(scene, use.change),
        ),
        severity=Severity.RISK if use.is_lost else Severity.NOTICE,
        key=f"egress {name.protocol} {name.name}",
        remedy=_remedy(use),
    )


def _remedy(use: _Use) -> tuple[str, ...]:
    edit = f"`kubectl --namespace {use.policy.namespace} edit networkpolicy {use.policy.name}`"
    write = f"Write {use.words} in place of {use.name.name}: {edit}."
    return (write,) if use.is_lost else (write, "Select in the rule's peers only the pods that define the name.")


RULE = Rule(
    id="POL-NAMEDPORT",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.CILIUM,),
    modes=MODES,
    reads=READS,
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/migrate-from-npm-to-cilium-network-policy#networkpolicy-with-named-ports",
            "Cilium may not enforce a rule whose port name stands for several numbers; use numbers.",
            "2025-07-30",
        ),
        Citation(
            "https://github.com/cilium/cilium/issues/30003",
            "A named port in an egress rule is skipped where pods give the name different numbers.",
        ),
        Citation(
            "https://github.com/cilium/cilium/issues/24779",
            "Duplicate named ports are logged, and the rule has no effect.",
        ),
        Citation(
            "https://github.com/Azure/azure-container-networking/tree/master/tools/azure-npm-to-cilium-validator",
            "The published validator flags every named port.",
            "2026",
            contradicts="Ingress names with one number are resolved at the pod.",
        ),
    ),
    check=check,
)
