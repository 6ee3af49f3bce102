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

Then each NetworkPolicy, CiliumNetworkPolicy or CiliumClusterwideNetworkPolicy is a finding that isolates a live pod for
egress which no policy lets ask LocalDNS on UDP 53: a risk where LocalDNS is on, a notice where it is Preferred. A rule
without destinations and the entities host, cluster and all admit it. An ipBlock, toCIDR or toCIDRSet that holds both
addresses does so up to Kubernetes 1.31 (Cilium 1.16); from 1.32 on they are the host's, and no CIDR holds them. A deny
of Cilium's goes before. Policies for ingress alone never count, nor do policies that AKS owns; both may still admit.
All pods count, whatever pool they run on now.

Kubernetes version, pods, policies, node classes under node auto-provisioning and, where a selector needs their labels,
namespaces that were not all read are gaps: an unread policy could admit what the others do not.

The page on LocalDNS named 1.36 for Preferred by default, without clusters that have Cilium or Calico policies; later
editions name 1.37.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from analyzer.connectivity.universe import Universe
from analyzer.model.fact import Missing
from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Passed, Severity, object_ref
from analyzer.model.objects import CiliumPolicy, NetworkPolicy
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.model.version import Version
from analyzer.scene import Citation, Page, Rule, Scene
from rules.aks_owned import is_aks_owned
from rules.cilium.local_dns import Use, local_dns
from rules.cilium.local_dns_admission import cilium_rule_meets, plain_policy_admits
from rules.lists import gaps


class _Reach(NamedTuple):
    """What one policy does to the LocalDNS queries of some pods."""

    policy: NetworkPolicy | CiliumPolicy
    classes: int
    """A bitset over the population's classes: the pods that it isolates for egress."""
    admits: bool
    denies: bool


def check(scene: Scene) -> Iterator[Outcome]:
    """Each policy that cuts pods off from LocalDNS."""
    version = scene.before.kubernetes_version.require()
    uses, unread = local_dns(scene, version)
    yield from unread
    if uses:
        yield from _judge(scene, version, uses[0])
    else:
        yield Passed("LocalDNS is off.")


def _judge(scene: Scene, version: Version, use: Use) -> Iterator[Outcome]:
    snapshot, severity = scene.snapshot, Severity.RISK if use.is_on else Severity.NOTICE
    lists = (snapshot.network_policies, snapshot.cilium_policies, snapshot.cilium_clusterwide_policies)
    yield from gaps(*lists, snapshot.pods, severity=severity)
    if any(isinstance(fact, Missing) for fact in lists):
        return
    reaches = list(_reaches(scene, version))
    admitted = denied = 0
    for reach in reaches:
        admitted |= reach.classes if reach.admits else 0
        denied |= reach.classes if reach.denies else 0
    for reach in reaches:
        lost = reach.classes & (~admitted | denied)
        if lost and not is_aks_owned(reach.policy):
            yield _finding(scene.universe, reach.policy, lost, use)


def _reaches(scene: Scene, version: Version) -> Iterator[_Reach]:
    universe, snapshot = scene.universe, scene.snapshot
    isolation = universe.isolation.require()
    for policy, subjects in zip(isolation.policies, isolation.subjects, strict=True):
        if "Egress" in policy.types:
            yield _Reach(policy, subjects, plain_policy_admits(policy, version), False)
    for item in (*snapshot.cilium_policies.require(), *snapshot.cilium_clusterwide_policies.require()):
        for spec in item.all_specs:
            if spec.endpoint_selector is not None and (spec.egress or spec.egress_deny):
                classes = universe.endpoints.select(spec.endpoint_selector, item.namespace)
                admits = any(cilium_rule_meets(rule, version) for rule in spec.egress)
                denies = any(cilium_rule_meets(rule, version) for rule in spec.egress_deny)
                yield _Reach(item, classes, admits, denies)


def _finding(universe: Universe, policy: NetworkPolicy | CiliumPolicy, lost: int, use: Use) -> Finding:
    population = universe.selection.population
    pod = population.pods[next(population.pods_of(lost))]
    when = "ask" if use.is_on else "would ask"
    return Finding(
        object=object_ref(policy),
        severity=Severity.RISK if use.is_on else Severity.NOTICE,
        message=f"{policy.kind} {policy.name} isolates pods for egress that {when} LocalDNS on their node, and no"
        " policy admits that under Cilium.",
        evidence=(use.evidence, Evidence("a pod that is cut off", f"{pod.namespace}/{pod.name}")),
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
    reads=(
        Source.CLUSTER,
        Source.AKS_NODE_CLASSES,
        Source.NETWORK_POLICIES,
        Source.CILIUM_POLICIES,
        Source.CILIUM_CLUSTERWIDE_POLICIES,
        Source.PODS,
        Source.NAMESPACES,
    ),
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
