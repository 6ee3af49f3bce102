"""Pods that egress policies isolate lose the cluster's DNS.

Why it matters
--------------
An egress policy without a rule for DNS stops every lookup. Rules that select the DNS pods by label work with each
engine. An ipBlock that holds their addresses works with Azure NPM and Calico and not with Cilium, and one for the
ClusterIP of kube-dns works nowhere: engines see the pod behind it.

What to do
----------
- Before the step, add to the policy an egress rule with `namespaceSelector` kubernetes.io/metadata.name=kube-system and
  `podSelector` k8s-app=kube-dns, ports 53 UDP and TCP.

How it is decided
-----------------
The DNS pods are the running pods in kube-system with the label k8s-app=kube-dns; where there are none, every rule by
selectors for UDP 53 counts as one for them. For each pod that policies isolate for egress all of them count together. A
rule without peers, or with selectors that match a DNS pod, for UDP 53 or for everything, is enough.

Without it, an ipBlock for UDP 53 that holds a DNS pod's address is a risk, on its policy. If an earlier step gave the
pods another range, today's addresses say nothing, and an ipBlock that meets the new range takes their place. Another
ipBlock for UDP 53, beyond the service CIDRs, means DNS servers outside the cluster and passes. If nothing is left for
UDP 53, or only the service CIDRs, lookups fail with Azure NPM and Calico already, but for DNS on the node, which NPM
never filters: a notice on each policy that isolates the pod. Without an engine they work today and end with the step:
then it is a risk. After a step remove-policy-engine the removed engine counts.

Policies or pods that were not all read are gaps without findings, and so are namespaces where a namespaceSelector
decides. LocalDNS and NodeLocal DNSCache are CIL-LOCALDNS-POLICY and CIL-NODELOCALDNS. The
same ipBlock seen as one for pods is POL-IPBLOCK-POD. What AKS owns does not count.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from analyzer.addresses import is_covered
from analyzer.connectivity.isolation import Block, Direction, Isolation, rules_of
from analyzer.connectivity.ports import PortSet, port_set
from analyzer.model.finding import Confidence, Finding, Outcome, Passed, Severity, object_ref
from analyzer.model.network import PolicyEngine
from analyzer.model.objects import EgressRule, IngressRule, LabelSelector
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.aks_owned import is_aks_owned
from rules.example_flow import pod_words
from rules.policy.ip_blocks import MODES, BlockUse
from rules.policy.pool_subnets import keeps_addresses
from rules.policy.written_under import is_cilium, written_under

_DNS = LabelSelector(match_labels={"k8s-app": "kube-dns"})
_PORT = ("UDP", 53)


def check(scene: Scene) -> Iterator[Outcome]:
    """Each policy that leaves DNS out, or admits it by an ipBlock."""
    if reason := is_cilium(scene):
        yield reason
        return
    isolation = scene.universe.isolation.require()
    if not any(_leaves_dns_out(isolation, place) for place in range(len(isolation.policies))):
        yield Passed("No policy leaves DNS out.")
        return
    scene.universe.pods.require()
    lookups = _Lookups(scene, isolation)
    namespaces = sorted(isolation.by_namespace)
    blocks = (block for name in namespaces for block in isolation.blocks(name, Direction.EGRESS))
    for block in blocks:
        yield from lookups.judge(block)


def _leaves_dns_out(isolation: Isolation, place: int) -> bool:
    """Whether a policy isolates for egress without a rule that admits everybody for DNS."""
    is_egress = Direction.EGRESS.value in isolation.policies[place].types
    return is_egress and not isolation.open_ports(place, Direction.EGRESS).holds(*_PORT)


@dataclass(frozen=True)
class _Lookups:
    scene: Scene
    isolation: Isolation
    _named: set[int] = field(default_factory=set)
    """The policies that were found already."""

    def judge(self, block: Block) -> Iterator[Finding]:
        """What policies that isolate the same pods do to their lookups; each policy is named once."""
        if not self._open.isdisjoint(block.policies):
            return
        uses = [use for place in block.policies if place in self._uses for use in self._uses[place]]
        if matched := [use for use in uses if self._holds_dns(use)]:
            yield from (self._by_block(block, use) for use in matched if self._is_new(use.place))
        elif all(is_covered(use.block.cidr, self.scene.before.service_cidrs.require()) for use in uses):
            yield from (self._none(block, place) for place in block.policies if self._is_new(place))

    def _is_new(self, place: int) -> bool:
        if place in self._named or is_aks_owned(self.isolation.policies[place]):
            return False
        self._named.add(place)
        return True

    @cached_property
    def _open(self) -> frozenset[int]:
        """The policies with a rule without peers, or by selectors, that reaches a DNS pod."""
        policies = enumerate(self.isolation.policies)
        rules = ((place, rule) for place, policy in policies for rule in rules_of(policy, Direction.EGRESS))
        return frozenset(place for place, rule in rules if self._reaches(place, rule))

    @cached_property
    def _uses(self) -> dict[int, tuple[BlockUse, ...]]:
        """The ipBlocks for DNS of each policy that has some."""
        found = ((place, tuple(self._of_policy(place))) for place in range(len(self.isolation.policies)))
        return {place: uses for place, uses in found if uses}

    @cached_property
    def _dns(self) -> int:
        population = self.isolation.selection.population
        return population.plain & self.isolation.selection.pods(_DNS, "kube-system")

    def _reaches(self, place: int, rule: IngressRule | EgressRule) -> bool:
        policy, dns = self.isolation.policies[place], self._dns
        ports = port_set(rule.ports)
        if not rule.peers or not dns:
            by_selector = any(peer.pod_selector or peer.namespace_selector for peer in rule.peers)
            return (by_selector or not rule.peers) and ports.holds(*_PORT)
        reached = 0
        for peer in rule.peers:
            reached |= self.isolation.selection.peer(peer, policy.namespace)
        return self._serve(ports, dns & reached)

    def _serve(self, ports: PortSet, classes: int) -> bool:
        """Whether some of the DNS pods have DNS among some ports, by number or by name."""
        parts = self.isolation.selection.population.by_numbers(classes, ports.names)
        return any(part and ports.resolved(numbers).holds(*_PORT) for part, numbers in parts)

    def _of_policy(self, place: int) -> Iterator[BlockUse]:
        policy = self.isolation.policies[place]
        for rule in rules_of(policy, Direction.EGRESS):
            ports = port_set(rule.ports)
            for peer in rule.peers if ports.holds(*_PORT) else ():
                if peer.ip_block is not None:
                    yield BlockUse(place, policy, Direction.EGRESS, peer.ip_block, ports)

    def _holds_dns(self, use: BlockUse) -> bool:
        if keeps_addresses(self.scene):
            return bool(self._dns & self.isolation.selection.population.classes_with_address_in(use.intervals))
        return any(use.meets(cidr) for cidr in self.scene.before.pod_cidrs.require())

    def _by_block(self, block: Block, use: BlockUse) -> Finding:
        return Finding(
            object=use.ref,
            message=f"{self._pod(block)} reaches the cluster's DNS pods only by ipBlock {use.block.cidr}; Cilium never"
            " matches pods by CIDR, and its lookups fail.",
            evidence=use.evidence,
            key="dns",
            remedy=_remedy(use.policy.namespace, use.policy.name),
        )

    def _none(self, block: Block, place: int) -> Finding:
        policy = self.isolation.policies[place]
        engine = written_under(self.scene)
        return Finding(
            object=object_ref(policy),
            message=f"No policy lets {self._pod(block)} reach the cluster's DNS on UDP 53; {_NOW[engine]}.",
            evidence=tuple(line for use in self._uses.get(place, ()) for line in use.evidence),
            severity=Severity.RISK if engine is PolicyEngine.NONE else Severity.NOTICE,
            key="dns",
            remedy=_remedy(policy.namespace, policy.name),
        )

    def _pod(self, block: Block) -> str:
        population = self.isolation.selection.population
        return pod_words(population.pods[next(population.pods_of(block.classes))])


_NOW = {
    PolicyEngine.NONE: "its lookups work today and fail once Cilium runs",
    PolicyEngine.CALICO: "its lookups fail already",
    PolicyEngine.AZURE: "its lookups fail already, or go to DNS on its node, which Cilium refuses",
}


def _remedy(namespace: str, name: str) -> tuple[str, ...]:
    peer = '{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},'
    peer += ' "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}}}'
    ports = '[{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}]'
    return (
        f"Add this egress rule with `kubectl --namespace {namespace} edit networkpolicy {name}`:"
        f' `{{"to": [{peer}], "ports": {ports}}}`.',
    )


RULE = Rule(
    id="POL-DNS-EGRESS",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.CILIUM,),
    modes=MODES,
    reads=(Source.CLUSTER, Source.NETWORK_POLICIES, Source.PODS, Source.NAMESPACES),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/network-policy-best-practices",
            "A default-deny for egress also stops DNS; a rule for it must be added.",
            "2026-08-20",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/localdns-custom#update-cilium-network-policies-to-allow-dns-resolution-with-localdns",
            "With LocalDNS policies need rules of their own for lookups.",
            "2026-07-06",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/migrate-from-npm-to-cilium-network-policy#networkpolicy-with-ipblock",
            "Under Cilium an ipBlock does not select pods.",
            "2025-07-30",
        ),
    ),
    check=check,
)
