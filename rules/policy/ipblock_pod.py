"""A policy admits pods by their addresses, which Cilium never does.

Why it matters
--------------
Azure NPM and Calico compare an ipBlock with every address, a pod's too. Cilium knows a pod by its labels and compares
CIDRs with addresses outside the cluster only: not even 0.0.0.0/0 admits a pod. Traffic between pods that only an
ipBlock admits is dropped once Cilium runs.

What to do
----------
- Before the step, add a peer that selects the pods by label beside the ipBlock: `podSelector` for the policy's own
  namespace, `namespaceSelector` with `podSelector` for another.
- Where every pod is meant, add `- namespaceSelector: {}` as a list item of its own; it widens the rule to all pods of
  the cluster.
- Keep the ipBlock only for addresses outside the cluster.

How it is decided
-----------------
The traffic under the engine before the step is compared with that under Cilium, for the pods that run now. It is a risk
where a flow between two pods is lost that an ipBlock of a policy admitted, also by a Service's address, which engines
see as the pod behind it. The finding names the policy, the CIDR and one such flow. What a selector of any policy still
admits is not lost; of several ipBlocks for one flow the first is named. So an ipBlock that holds no running pod's
address is quiet, and so is a policy that selects no pod. A policy that Azure NPM passes over as a whole is
POL-NPM-IPV6-IPBLOCK's.

If an earlier step gave the pods another range, today's addresses say nothing: then an ipBlock that meets the new pod
CIDR is a risk as soon as some pair of pods, on some port of the rule, is not covered by selectors as Kubernetes defines
them. References to the old range are OVL-STALE-CIDR-REFS.

Policies that were not all read are a gap without findings, because an unread one may cover; so are namespaces where a
namespaceSelector decides, and the ConfigMap cilium-config, whose labels may. Of pods that were not all read, those that
were may show a risk, and never clear one; where egress rules name ports they may not even show one.

Where an earlier step removed the engine, the policies' meaning under that engine counts; without any engine the rule
does not apply (POL-DORMANT). The documentation of 2023-24 says the same; Microsoft's validator flags every ipBlock,
also those that name outside networks only.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from analyzer.connectivity.change import Change
from analyzer.connectivity.isolation import Direction, Flows, Isolation
from analyzer.model.fact import LackingError, Missing
from analyzer.model.finding import Confidence, Evidence, Finding, Gap, Outcome, Passed, Severity, gap
from analyzer.model.objects import Pod
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.example_flow import declared_port, port_words
from rules.flow_changes import READS, flow_evidence, flow_words, unsettled
from rules.lists import gaps
from rules.policy.ip_blocks import MODES, BlockUse, block_uses, lost_blocks, not_enforced
from rules.policy.pool_subnets import keeps_addresses

ROWS = (13,)
LOOKED_AT = 100
"""Pairs among which one is looked for whose port the destination declares: the better example."""


def check(scene: Scene) -> Iterator[Outcome]:
    """Each ipBlock that admits pods."""
    if reason := not_enforced(scene):
        yield reason
        return
    uses = tuple(block_uses(scene.snapshot.network_policies.require()))
    if not uses:
        yield Passed("No policy admits anything by an ipBlock.")
    elif keeps_addresses(scene):
        yield from _by_flows(scene)
    else:
        yield from _by_new_range(scene, uses)


def _by_flows(scene: Scene) -> Iterator[Outcome]:
    if missing := unsettled(scene):
        yield from map(gap, missing)
        return
    for use, change in lost_blocks(scene, ROWS):
        yield _risk(scene, use, change)
    yield from gaps(scene.snapshot.pods)


def _risk(scene: Scene, use: BlockUse, change: Change) -> Finding:
    return Finding(
        object=use.ref,
        message=f"{use.words} admits {flow_words(change)}; Cilium never matches pods by CIDR and drops it.",
        evidence=(*use.evidence, flow_evidence(scene, change)),
        key=use.key,
    )


def _by_new_range(scene: Scene, uses: tuple[BlockUse, ...]) -> Iterator[Finding | Gap]:
    """Each policy, direction and CIDR once. A fact that is lacking for one ipBlock leaves the others."""
    isolation = scene.universe.isolation.require()
    ranges = scene.before.pod_cidrs.require()
    found: dict[tuple[int, str], Finding] = {}
    for use in uses:
        cidr = next((cidr for cidr in ranges if use.meets(cidr)), None)
        try:
            if cidr and (lost := _lost(isolation, use)):
                found.setdefault((use.place, use.key), _risk_in_range(scene, use, lost, cidr))
            elif cidr and isinstance(scene.universe.pods, Missing):
                yield gap(scene.universe.pods)
        except LackingError as lacking:
            yield from map(gap, lacking.missing)
    yield from found.values()


class _Lost(NamedTuple):
    """One flow that only an ipBlock admits."""

    source: Pod
    destination: Pod
    port: str


def _lost(isolation: Isolation, use: BlockUse) -> _Lost | None:
    """One such flow, whatever addresses the pods have."""
    for block in isolation.blocks_of(use.place, use.direction):
        flows = Flows(block.classes, isolation.selection.population.plain, use.ports)
        for left in isolation.not_admitted(block, use.direction, flows):
            pairs = list(islice(_pairs(isolation, use, left), LOOKED_AT))
            if pairs:
                declared = (pair for pair in pairs if declared_port(left.ports, pair[1]))
                source, destination = next(declared, pairs[0])
                return _Lost(source, destination, port_words(left.ports, destination))
    return None


def _pairs(isolation: Isolation, use: BlockUse, flows: Flows) -> Iterator[tuple[Pod, Pod]]:
    """Source and destination. Two subjects are enough to find one that is not the peer itself."""
    population = isolation.selection.population
    subjects = list(islice(_of_family(isolation, use, flows.subjects), 2))
    for other in _of_family(isolation, use, flows.peers):
        for subject in subjects:
            if subject != other:
                pair = population.pods[subject], population.pods[other]
                yield pair if use.direction is Direction.EGRESS else pair[::-1]


def _of_family(isolation: Isolation, use: BlockUse, classes: int) -> Iterator[int]:
    """The pods that have an address of the ipBlock's family, or none yet."""
    population, is_v6 = isolation.selection.population, use.intervals[0].family == 6
    for place in population.pods_of(classes):
        addresses = population.pods[place].addresses
        if not addresses or any((":" in text) is is_v6 for text in addresses):
            yield place


def _risk_in_range(scene: Scene, use: BlockUse, lost: _Lost, cidr: str) -> Finding:
    source, destination = (f"{pod.namespace}/{pod.name}" for pod in (lost.source, lost.destination))
    origin = "after step overlay" if scene.earlier_step(StepKind.OVERLAY) else "before the step"
    flow = Evidence("example flow", f"{source} to {destination}, {lost.port}, with addresses out of {cidr}")
    return Finding(
        object=use.ref,
        message=f"{use.words} meets the pod range {cidr} {origin}, and no selector lets {source} reach {destination} on"
        f" {lost.port}; Cilium never matches pods by CIDR and drops it.",
        evidence=(*use.evidence, Evidence(f"pod range {origin}", cidr), flow),
        key=use.key,
    )


RULE = Rule(
    id="POL-IPBLOCK-POD",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.CILIUM,),
    modes=MODES,
    reads=READS,
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/migrate-from-npm-to-cilium-network-policy#networkpolicy-with-ipblock",
            "Under Cilium an ipBlock selects neither pod nor node addresses; add selector peers before the migration.",
            "2025-07-30",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/azure-cni-powered-by-cilium#why-is-traffic-being-blocked-when-the-networkpolicy-has-an-ipblock-that-allows-the-ip-address",
            "An ipBlock cannot select pod IPs; a namespaceSelector and podSelector do.",
            "2026-08-05",
        ),
        Citation(
            "https://github.com/cilium/cilium/issues/9209",
            "CIDR rules do not apply to traffic between endpoints that Cilium manages.",
        ),
        Citation(
            "https://github.com/Azure/azure-container-networking/tree/master/tools/azure-npm-to-cilium-validator",
            "The published validator asks for a change of any policy with an ipBlock.",
            "2026",
            contradicts="The guide: only ranges that hold pod or node addresses change.",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/azure-cni-powered-by-cilium#limitations",
            "Listed as a limitation and in the FAQ already.",
            "2023-24",
        ),
    ),
    check=check,
)
