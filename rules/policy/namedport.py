"""A policy names a port instead of numbering it, and Cilium may not find the number.

Why it matters
--------------
A named port stands for what each destination pod calls so. Cilium keeps one number for a name in the whole cluster when
it resolves egress rules: as soon as pods give one name two numbers, it skips the rule's port, and traffic is dropped.
Ingress rules are resolved at the selected pod.

What to do
----------
- Replace the name by its number, or by its numbers, before the step.

How it is decided
-----------------
Named ports count in the directions that policyTypes names, with the numbers that running pods give to the name under
the same protocol. Containers count, and init containers that restart always; host-network and ended pods do not. A name
that no pod defines never matched anything and passes.

In egress a name with two or more numbers anywhere in the cluster is a risk, and one with a single number a notice: it
holds until a pod defines the name otherwise, and it also admits that number at peers that do not define the name. In
ingress a name with two or more numbers among the pods that the policy selects is a notice, and one with a single number
passes. A policy that selects no pod now has nothing to lose, so what is a risk elsewhere is a notice. A name is quiet
if rules without peers admit all its numbers, in all policies together that isolate a pod.

It is so on every Cilium version that AKS runs; upstream resolves egress names for each peer from 1.20 on. Policies or
pods that were not all read are gaps: an unread policy may admit the numbers, an unread pod may bring a second one.
Microsoft's validator flags every named port. What AKS owns does not count.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from analyzer.connectivity.isolation import Block, Direction, Isolation, rules_of
from analyzer.connectivity.ports import NamedPort, port_set
from analyzer.model.fact import Missing
from analyzer.model.finding import Confidence, Evidence, Finding, Gap, Outcome, Severity, gap, object_ref
from analyzer.model.objects import NetworkPolicy
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.aks_owned import is_aks_owned
from rules.policy.ip_blocks import MODES
from rules.policy.written_under import is_cilium


def check(scene: Scene) -> Iterator[Outcome]:
    """Each name whose numbers may not be found."""
    if reason := is_cilium(scene):
        yield reason
        return
    isolation = scene.universe.isolation.require()
    for use in _uses(isolation):
        yield from _judge(scene, isolation, use)


class _Use(NamedTuple):
    """One name in one direction of a policy."""

    place: int
    """Of its policy among all."""
    policy: NetworkPolicy
    direction: Direction
    name: NamedPort


def _uses(isolation: Isolation) -> Iterator[_Use]:
    for place, policy in enumerate(isolation.policies):
        if is_aks_owned(policy):
            continue
        for direction in Direction:
            names = frozenset[NamedPort]().union(*(port_set(rule.ports).names for rule in rules_of(policy, direction)))
            yield from (_Use(place, policy, direction, name) for name in sorted(names))


def _judge(scene: Scene, isolation: Isolation, use: _Use) -> Iterator[Finding | Gap]:
    pods = scene.universe.pods
    numbers = _numbers(isolation, use)
    blocks = isolation.blocks_of(use.place, use.direction)
    is_lost = any(not _is_open(isolation, use, block, numbers) for block in blocks)
    if numbers and _may_fail(use, numbers) and (is_lost or _selects_nobody(scene, isolation, use)):
        yield _finding(use, numbers, _severity(use, numbers) if is_lost else Severity.NOTICE)
    if isinstance(pods, Missing):
        yield gap(pods, severity=Severity.RISK if use.direction is Direction.EGRESS else Severity.NOTICE)


def _numbers(isolation: Isolation, use: _Use) -> tuple[int, ...]:
    """The numbers that Cilium has for a name: of the whole cluster for egress, of the selected pods for ingress."""
    population = isolation.selection.population
    if use.direction is Direction.EGRESS:
        return population.numbers_of(use.name)
    parts = population.by_numbers(isolation.subjects[use.place], (use.name,))
    return tuple(sorted({number for _, numbers in parts for number in numbers.get(use.name, ())}))


def _may_fail(use: _Use, numbers: tuple[int, ...]) -> bool:
    return use.direction is Direction.EGRESS or len(numbers) > 1


def _severity(use: _Use, numbers: tuple[int, ...]) -> Severity:
    return Severity.RISK if use.direction is Direction.EGRESS and len(numbers) > 1 else Severity.NOTICE


def _selects_nobody(scene: Scene, isolation: Isolation, use: _Use) -> bool:
    return not isolation.subjects[use.place] and not isinstance(scene.universe.pods, Missing)


def _is_open(isolation: Isolation, use: _Use, block: Block, numbers: tuple[int, ...]) -> bool:
    """Whether rules without peers admit all numbers to the pods of a block."""
    ports = isolation.open_to(block, use.direction)
    return all(ports.holds(use.name.protocol, number) for number in numbers)


def _finding(use: _Use, numbers: tuple[int, ...], severity: Severity) -> Finding:
    direction = use.direction.value.lower()
    words = " and ".join((", ".join(map(str, numbers[:-1])), str(numbers[-1]))) if numbers[1:] else str(numbers[0])
    return Finding(
        object=object_ref(use.policy),
        message=f"The {use.name.protocol} port {use.name.name} in {direction} stands for {words};"
        f" {_effect(use, numbers)}.",
        evidence=(
            Evidence(f"spec.{direction}[].ports[].port", use.name.name),
            Evidence(f"containerPort of {use.name.protocol} ports named {use.name.name}", ", ".join(map(str, numbers))),
        ),
        severity=severity,
        key=f"{direction} {use.name.protocol} {use.name.name}",
        remedy=(
            f"Write {words} in place of {use.name.name}: `kubectl --namespace {use.policy.namespace} edit networkpolicy"
            f" {use.policy.name}`.",
        ),
    )


def _effect(use: _Use, numbers: tuple[int, ...]) -> str:
    if use.direction is Direction.INGRESS:
        return "Cilium takes each selected pod's own"
    if len(numbers) > 1:
        return "Cilium skips a name with several numbers, and drops the traffic"
    return "Cilium drops the traffic as soon as any pod gives the name another number"


RULE = Rule(
    id="POL-NAMEDPORT",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.CILIUM,),
    modes=MODES,
    reads=(Source.CLUSTER, Source.NETWORK_POLICIES, Source.PODS),
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
