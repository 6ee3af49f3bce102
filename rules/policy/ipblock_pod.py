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
Each ipBlock (its CIDR without `except`, within its address family) in a direction that policyTypes names is compared
with the addresses of the pods that run now; host-network pods and ended pods hold none. It is a risk if some pod that
the policy selects, some other pod with an address inside and some port of the rule are admitted by no selector of any
policy that isolates the first pod in that direction. Named ports count as the destination pod's own numbers. A rule
without ports covers every protocol, a rule with ports only those. A pod's way to itself needs no policy.

An ipBlock without a running pod's address that meets the range which pods get addresses from (the pod CIDR, or the
pools' subnets) is a notice, unless selectors admit every pod. So is one of a policy that selects no pod now, unless
its namespace is gone. Clusters' own service addresses never count: engines see the pod behind them.

If an earlier step gave the pods another range, today's addresses say nothing: then an ipBlock that meets the new pod
CIDR is a risk as soon as some pair of pods is not covered by selectors. References to the old range are
OVL-STALE-CIDR-REFS.

Policies that were not all read are a gap without findings, because an unread one may cover; so are namespaces where a
namespaceSelector decides. Of pods that were not all read, those that were may show a risk, and never clear one.

Where an earlier step removed the engine, the policies' meaning under that engine counts; without any engine the rule
does not apply (POL-DORMANT). Cilium's own limits on labels, named ports, port ranges and policyTypes are rules of their
own; here a selector covers as Kubernetes defines it. The documentation of 2023-24 says the same; Microsoft's validator
flags every ipBlock, also those that name outside networks only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from typing import NamedTuple

from analyzer.connectivity.isolation import Direction, Flows, Isolation
from analyzer.model.fact import Missing, seen
from analyzer.model.finding import Confidence, Evidence, Finding, Gap, Outcome, Severity, gap
from analyzer.model.objects import Pod
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.example_flow import declared_port, pod_words, port_words
from rules.lists import gaps
from rules.policy.ip_blocks import MODES, BlockUse, judged, not_enforced
from rules.policy.pool_subnets import keeps_addresses, pod_ranges

LOOKED_AT = 100
"""Pairs among which one is looked for whose port the destination declares: the better example."""


def check(scene: Scene) -> Iterator[Outcome]:
    """Each ipBlock that admits pods, or would."""
    if reason := not_enforced(scene):
        yield reason
    elif keeps_addresses(scene):
        yield from judged(scene, _by_address)
    else:
        yield from judged(scene, _by_new_range)


def _by_address(scene: Scene, isolation: Isolation, use: BlockUse) -> Iterator[Finding | Gap]:
    population = isolation.selection.population
    inside = population.classes_with_address_in(use.intervals)
    if lost := _lost(isolation, use, inside, partial(population.pods_with_address_in, use.intervals)):
        yield _risk(use, lost)
    elif isinstance(scene.universe.pods, Missing):
        yield gap(scene.universe.pods)
    elif not isolation.subjects[use.place]:
        yield from _selects_nobody(scene, use)
    elif not inside and any(_only_by_block(isolation, use, population.plain)):
        yield from _if_in_range(
            scene, use, "where no pod has an address now; under Cilium it will admit none that gets one"
        )


def _by_new_range(scene: Scene, isolation: Isolation, use: BlockUse) -> Iterator[Finding | Gap]:
    population = isolation.selection.population
    cidr = next((cidr for cidr in pod_ranges(scene).require() if use.meets(cidr)), None)
    if cidr is None:
        return
    if lost := _lost(isolation, use, population.plain, population.pods_of):
        yield _risk_in_range(scene, use, lost, cidr)
    elif isinstance(scene.universe.pods, Missing):
        yield gap(scene.universe.pods)
    elif not isolation.subjects[use.place]:
        yield from _selects_nobody(scene, use)


class _Lost(NamedTuple):
    """One flow that only an ipBlock admits."""

    source: Pod
    destination: Pod
    port: str


def _lost(isolation: Isolation, use: BlockUse, peers: int, holders: Callable[[int], Iterator[int]]) -> _Lost | None:
    """One such flow with a peer out of some classes; `holders` names the pods of classes that count."""
    for flows in _only_by_block(isolation, use, peers):
        pairs = list(islice(_pairs(isolation, use, flows, holders), LOOKED_AT))
        declared = (pair for pair in pairs if declared_port(flows.ports, pair[1]))
        if pairs:
            source, destination = next(declared, pairs[0])
            return _Lost(source, destination, port_words(flows.ports, destination))
    return None


def _pairs(
    isolation: Isolation, use: BlockUse, flows: Flows, holders: Callable[[int], Iterator[int]]
) -> Iterator[tuple[Pod, Pod]]:
    """Source and destination. Two subjects are enough to find one that is not the peer itself."""
    population = isolation.selection.population
    subjects = list(islice(_of_family(isolation, use, population.pods_of(flows.subjects)), 2))
    for other in _of_family(isolation, use, holders(flows.peers)):
        for subject in subjects:
            if subject != other:
                pair = population.pods[subject], population.pods[other]
                yield pair if use.direction is Direction.EGRESS else pair[::-1]


def _only_by_block(isolation: Isolation, use: BlockUse, peers: int) -> Iterator[Flows]:
    """What the ipBlock admits with some peers and no selector does."""
    for block in isolation.blocks_of(use.place, use.direction):
        yield from isolation.not_admitted(block, use.direction, Flows(block.classes, peers, use.ports))


def _of_family(isolation: Isolation, use: BlockUse, places: Iterator[int]) -> Iterator[int]:
    """The pods that have an address of the ipBlock's family, or none yet."""
    pods, is_v6 = isolation.selection.population.pods, use.intervals[0].family == 6
    for place in places:
        addresses = pods[place].addresses
        if not addresses or any((":" in text) is is_v6 for text in addresses):
            yield place


def _risk(use: BlockUse, lost: _Lost) -> Finding:
    source, destination = pod_words(lost.source, use.intervals), pod_words(lost.destination, use.intervals)
    admits = f"{use.words} lets {source} reach {destination} on {lost.port}"
    flow = Evidence("example flow", f"{source} to {destination}, {lost.port}")
    return Finding(
        object=use.ref,
        message=f"{admits}; Cilium never matches pods by CIDR and drops it.",
        evidence=(*use.evidence, flow),
        key=use.key,
    )


def _risk_in_range(scene: Scene, use: BlockUse, lost: _Lost, cidr: str) -> Finding:
    source, destination = (f"{pod.namespace}/{pod.name}" for pod in (lost.source, lost.destination))
    origin = _origin(scene)
    flow = Evidence("example flow", f"{source} to {destination}, {lost.port}, with addresses out of {cidr}")
    return Finding(
        object=use.ref,
        message=f"{use.words} meets the pod range {cidr} {origin}, and no selector lets {source} reach {destination} on"
        f" {lost.port}; Cilium never matches pods by CIDR and drops it.",
        evidence=(*use.evidence, Evidence(f"pod range {origin}", cidr), flow),
        key=use.key,
    )


def _origin(scene: Scene) -> str:
    return "after step overlay" if scene.earlier_step(StepKind.OVERLAY) else "before the step"


def _selects_nobody(scene: Scene, use: BlockUse) -> Iterator[Finding | Gap]:
    """A policy of a namespace that is gone never will select anybody."""
    namespaces = scene.universe.namespaces
    if isinstance(namespaces, Missing):
        yield gap(namespaces, severity=Severity.NOTICE)
    elif use.policy.namespace in namespaces.value.labels_of:
        yield from _if_in_range(scene, use, "though the policy selects no pod now; under Cilium it will admit none")


def _if_in_range(scene: Scene, use: BlockUse, state: str) -> Iterator[Finding | Gap]:
    ranges = pod_ranges(scene)
    cidr = next((cidr for cidr in seen(ranges) if use.meets(cidr)), None)
    if cidr is None:
        yield from gaps(ranges, severity=Severity.NOTICE)
        return
    yield Finding(
        object=use.ref,
        message=f"{use.words} meets the pod range {cidr}, {state}.",
        evidence=(*use.evidence, Evidence("pod range", cidr)),
        severity=Severity.NOTICE,
        key=use.key,
    )


RULE = Rule(
    id="POL-IPBLOCK-POD",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.CILIUM,),
    modes=MODES,
    reads=(Source.CLUSTER, Source.NETWORK_POLICIES, Source.PODS, Source.NAMESPACES, Source.VIRTUAL_NETWORKS),
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
