"""A policy that isolates egress does not admit LocalDNS, so pods lose name resolution.

Why it matters
--------------
With AKS LocalDNS pods ask 169.254.10.10 and 169.254.10.11, addresses of their own node. Azure NPM lets everything to
the own node pass, Cilium does not: a pod that is isolated for egress without a rule for these addresses resolves no
name any more.

What to do
----------
- Right after the step, when Cilium's kinds exist, apply a CiliumNetworkPolicy for the same pods with egress to
  `toEntities: [host]` and, as a rule of its own, to `toCIDR: [169.254.10.0/24]`, on port 53 for UDP and TCP. Its
  endpointSelector must select no other pods: it isolates all that it selects.
- Or admit port 53 to every destination before the step: an egress rule without `to`.
- Or switch LocalDNS off for the time of the step: mode Disabled on each pool.

How it is decided
-----------------
LocalDNS is on where a pool's localDNSProfile has the mode Required or the state Enabled, or where an AKSNodeClass of
node auto-provisioning has the mode Required; it may come on where the mode is Preferred. A pool without a profile has
it off before Kubernetes 1.37, and counts as Preferred from then on: the documented defaults. Off everywhere passes.

Where it is on, the lookups of the pods that run now are compared under the engine before the step and under Cilium: a
policy of Kubernetes or Cilium that isolates a pod for egress is a risk if the pod asks LocalDNS on UDP 53 today and
Cilium refuses it. What Calico refuses already does not change. Where it is Preferred, a policy is a notice if Cilium
would refuse such lookups, whatever the engine before. The finding names a pod. All policies count together, also those
that AKS owns, which are no findings themselves. A rule without destinations and the entities host, cluster and all
admit LocalDNS. An ipBlock, toCIDR or toCIDRSet that holds both addresses does so up to Kubernetes 1.31 (Cilium 1.16);
from 1.32 on they are the host's, and no CIDR holds them. A deny of Cilium's goes before. Policies that select no pod
are quiet. All pods count, whatever pool they run on now. It is a notice where a policy asks for a label of which no
source says whether this version of Cilium knows it. On a Kubernetes version whose Cilium is not known yet, the last
known one counts.

The engine, Kubernetes version, pods, policies, node classes under node auto-provisioning, the ConfigMap cilium-config
and, where a selector needs their labels, namespaces that were not all read are gaps: an unread policy could admit what
the others do not.

The page on LocalDNS named 1.36 for Preferred by default, without clusters that have Cilium or Calico policies; later
editions name 1.37.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import msgspec

from analyzer.bits import members
from analyzer.connectivity.analysis import Analysis, Comparison
from analyzer.connectivity.blame import EngineSide, Traffic
from analyzer.connectivity.change import Side
from analyzer.connectivity.flow import FlowVerdict, PartyKind
from analyzer.connectivity.isolation import Direction
from analyzer.connectivity.reach import Block
from analyzer.connectivity.reading import Policy
from analyzer.connectivity.surroundings import LOCAL_DNS
from analyzer.model.fact import Known, LackingError
from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Passed, Severity, object_ref
from analyzer.model.network import CILIUM_VERSIONS
from analyzer.model.objects import NetworkPolicy, Pod
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.model.version import Version
from analyzer.scene import Citation, Page, Rule, Scene
from rules.aks_owned import is_aks_owned
from rules.cilium.local_dns import Use, local_dns
from rules.example_flow import pod_words
from rules.flow_changes import READS, unsettled
from rules.lists import gaps


def check(scene: Scene) -> Iterator[Outcome]:
    """Each policy that cuts pods off from LocalDNS."""
    version = scene.before.kubernetes_version.require()
    uses, unread = local_dns(scene, version)
    yield from unread
    if uses:
        yield from _judge(_with_known_cilium(scene), uses[0])
    else:
        yield Passed("LocalDNS is off.")


def _with_known_cilium(scene: Scene) -> Scene:
    """The scene; after a Kubernetes version newer than any whose Cilium is known, with the last of those."""
    version, newest = scene.after.kubernetes_version.require(), max(CILIUM_VERSIONS)
    if (version.major, version.minor) <= newest:
        return scene
    after = replace(scene.after, kubernetes_version=Known(Version(*newest)))
    return replace(scene, step=replace(scene.step, after=after))


def _judge(scene: Scene, use: Use) -> Iterator[Outcome]:
    severity = Severity.RISK if use.is_on else Severity.NOTICE
    found: dict[int, _Lost] = {}
    try:
        missing = unsettled(scene)
        if not missing:
            found = _cut_off(_with_local_dns(scene).comparison(*scene.engines), use)
    except LackingError as lacking:
        missing = lacking.missing
    yield from gaps(*missing, scene.snapshot.pods, severity=severity)
    policies = scene.universe.analysis.book.policies
    for place, lost in sorted(found.items()):
        if not is_aks_owned(policies[place]):
            yield _finding(scene, policies[place], lost, use)


def _with_local_dns(scene: Scene) -> Analysis:
    """The cluster with LocalDNS on: that of the scene may lack it, where it is only Preferred or a node class's."""
    known = scene.universe.analysis
    if known.around.local_dns[: len(LOCAL_DNS)] == LOCAL_DNS:
        return known
    around = replace(known.around, local_dns=LOCAL_DNS)
    return Analysis(known.book, known.population, around, known.services, known.namespaces, known.unread)


class _Lost(NamedTuple):
    """Lookups that a policy cuts off."""

    pod: Pod
    address: str
    """Of LocalDNS."""
    before: FlowVerdict
    after: FlowVerdict
    is_known: bool
    """False: no source says whether it does."""


def _cut_off(comparison: Comparison, use: Use) -> dict[int, _Lost]:
    """Each policy that takes part, by its place; what is known goes before what is not."""
    found: dict[int, _Lost] = {}
    population, port = comparison.parties.population, comparison.ports.holding("UDP", 53)
    for block in comparison.blocks[Direction.EGRESS]:
        for bit in members(comparison.parties.local_dns_parties):
            before, after = (_verdict(comparison, engine, block, bit) for engine in (0, 1))
            if after is FlowVerdict.ALLOWED or (use.is_on and before is FlowVerdict.BLOCKED):
                continue
            is_known = after is FlowVerdict.BLOCKED and not (use.is_on and before is FlowVerdict.UNKNOWN)
            pod = population.pods[next(population.pods_of(block.classes))]
            lost = _Lost(pod, comparison.parties.local_dns_of(bit), before, after, is_known)
            traffic = Traffic(Direction.EGRESS, block, PartyKind.LOCAL_DNS, 1 << bit, port)
            for place in _taking_part(EngineSide(comparison.evaluations[1], Side.AFTER), traffic):
                if place not in found or lost.is_known > found[place].is_known:
                    found[place] = lost
    return found


def _verdict(comparison: Comparison, engine: int, block: Block, bit: int) -> FlowVerdict:
    """What an engine makes of lookups by the pods of a block."""
    port, owner = comparison.ports.holding("UDP", 53), (block.classes & -block.classes).bit_length() - 1
    admitted = comparison.admitted(engine, Direction.EGRESS, owner, 1 << bit)
    if admitted.sure & port:
        return FlowVerdict.ALLOWED
    return FlowVerdict.UNKNOWN if admitted.possible & port else FlowVerdict.BLOCKED


def _taking_part(side: EngineSide, traffic: Traffic) -> set[int]:
    """The policies that isolate the pods, refuse the lookups, or may do either."""
    doubts = (blame for _, blame in side.doubts(traffic))
    return {blame.policy for blame in (*side.isolating(traffic), *side.refusing(traffic), *doubts)}


def _finding(scene: Scene, policy: Policy, lost: _Lost, use: Use) -> Finding:
    pod, (before, after) = pod_words(lost.pod), scene.engines
    verb, asks = "isolates" if lost.is_known else "may isolate", "asks" if use.is_on else "would ask"
    outcome = "no policy admits that under Cilium" if lost.is_known else "no source says whether Cilium admits that"
    flow = f"{pod} to LocalDNS on its node ({lost.address}), UDP 53"
    return Finding(
        object=object_ref(policy),
        severity=Severity.RISK if use.is_on and lost.is_known else Severity.NOTICE,
        message=f"{policy.kind} {policy.name} {verb} {pod} for egress, which {asks} LocalDNS on its node on UDP 53,"
        f" and {outcome}.",
        evidence=(
            use.evidence,
            Evidence("a lookup", f"{flow}: {lost.before} by {before.name}, {lost.after} by {after.name}"),
        ),
        remedy=_manifest(policy) if isinstance(policy, NetworkPolicy) else (),
    )


def _manifest(policy: NetworkPolicy) -> tuple[str, ...]:
    """What admits LocalDNS to the same pods, as one line of YAML."""
    ports = 'toPorts: [{ports: [{port: "53", protocol: UDP}, {port: "53", protocol: TCP}]}]'
    selector = msgspec.json.encode(policy.spec.pod_selector).decode()
    return (
        "Apply right after the step: `{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {namespace:"
        f" {policy.namespace}, name: {policy.name}-localdns}}, spec: {{endpointSelector: {selector}, egress: ["
        f"{{toEntities: [host], {ports}}}, {{toCIDR: [169.254.10.0/24], {ports}}}]}}}}`.",
    )


RULE = Rule(
    id="CIL-LOCALDNS-POLICY",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.CILIUM,),
    reads=(*READS, Source.AKS_NODE_CLASSES),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/azure-cni-powered-by-cilium#is-aks-local-dns-supported-with-azure-cni-powered-by-cilium",
            "Egress policies must admit LocalDNS: by CIDR up to Cilium 1.16, by the entity host from 1.17 on.",
            "2026-08-05",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/localdns-custom#update-cilium-network-policies-to-allow-dns-resolution-with-localdns",
            "How Cilium's policies admit LocalDNS.",
            "2026-07-06",
        ),
        Citation(
            "https://github.com/Azure/AKS/blob/master/CHANGELOG.md",
            "LocalDNS comes on by itself from Kubernetes 1.36, not on clusters with Cilium or Calico policies.",
            "2026-05-29",
            contradicts="Later editions of the page on LocalDNS name Kubernetes 1.37.",
        ),
    ),
    check=check,
)
