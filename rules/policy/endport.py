"""A port range admits its first port only under Cilium before 1.17.

Why it matters
--------------
Up to 1.16 Cilium does not know endPort: it takes the first port of a range and drops traffic to the others without a
word. AKS runs such a version on Kubernetes up to 1.31.

What to do
----------
- Upgrade to Kubernetes 1.32 or later before the step, which brings Cilium 1.17: `az aks upgrade --resource-group
  {resource_group} --name {cluster} --kubernetes-version VERSION`.
- Or list the ports of the range one by one.

How it is decided
-----------------
The control plane's Kubernetes version gives the Cilium version, by the table that AKS publishes. Cilium 1.17 or later
passes. A version that is missing or not in the table is a gap where a range exists.

A range whose endPort is above its port, in a direction that policyTypes names, is a risk if for some pod that the
policy selects a port of it beyond the first is admitted by nothing else: neither by a single port or whole protocol in
a rule with the same peers or none, in any policy that isolates the pod, nor by a second range that begins there. So an
endPort equal to its port passes, and so does a redundant range. A policy that selects no pod is judged by its own rules
and is a notice. It holds under each engine, and without one for what comes alive. What AKS owns does not count.

Policies that were not all read are a gap without findings, because an unread one may cover a range; pods that were not
all read are a gap where a policy has such a range. Microsoft's validator flags every endPort on every version.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from analyzer.connectivity.isolation import Direction, Isolation, rules_of
from analyzer.connectivity.ports import PortSet, port_set
from analyzer.model.fact import Known, Missing
from analyzer.model.finding import Confidence, Evidence, Finding, Gap, Outcome, Passed, Severity, gap, object_ref
from analyzer.model.objects import EgressRule, IngressRule, NetworkPolicy, PolicyPort
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.model.version import Version
from analyzer.scene import Citation, Page, Rule, Scene
from rules.aks_owned import is_aks_owned
from rules.policy.ip_blocks import MODES
from rules.policy.written_under import is_cilium

_FIRST = Version(1, 17)
"""The first Cilium minor version that knows endPort."""


def check(scene: Scene) -> Iterator[Outcome]:
    """Each range of which ports are lost."""
    cilium = scene.before.cilium_version
    if reason := is_cilium(scene):
        yield reason
    elif isinstance(cilium, Known) and cilium.value.minor_version >= _FIRST:
        yield Passed(f"AKS runs Cilium {cilium.value} or later here, which knows endPort.")
    else:
        isolation = scene.universe.isolation.require()
        if uses := list(_uses(isolation)):
            cilium.require()
        for use in uses:
            yield from _judge(scene, isolation, use)


class _Use(NamedTuple):
    """One range in one rule."""

    place: int
    """Of its policy among all."""
    policy: NetworkPolicy
    direction: Direction
    rule: IngressRule | EgressRule
    port: PolicyPort

    @property
    def words(self) -> str:
        """Protocol, first and last port."""
        return f"{self.port.protocol} {self.port.port}-{self.port.end_port}"


def _uses(isolation: Isolation) -> Iterator[_Use]:
    for place, policy in enumerate(isolation.policies):
        if is_aks_owned(policy):
            continue
        for direction in Direction:
            for rule in rules_of(policy, direction):
                for port in rule.ports:
                    if isinstance(port.port, int) and (port.end_port or 0) > port.port:
                        yield _Use(place, policy, direction, rule, port)


def _judge(scene: Scene, isolation: Isolation, use: _Use) -> Iterator[Finding | Gap]:
    pods = scene.universe.pods
    lost = (_lost(isolation, use, block.policies) for block in isolation.blocks_of(use.place, use.direction))
    if found := next((ports for ports in lost if not ports.is_empty), None):
        yield _finding(use, found, Severity.RISK)
    elif not isolation.subjects[use.place] and not isinstance(pods, Missing):
        own = _lost(isolation, use, (use.place,))
        if not own.is_empty:
            yield _finding(use, own, Severity.NOTICE)
    if isinstance(pods, Missing):
        yield gap(pods)


def _lost(isolation: Isolation, use: _Use, places: tuple[int, ...]) -> PortSet:
    """The ports of a range that Cilium takes from no rule of some policies."""
    left = port_set((use.port,))
    for place in places:
        for rule in rules_of(isolation.policies[place], use.direction):
            if not rule.peers or rule.peers == use.rule.peers:
                left = left.minus(port_set(_as_cilium_reads(rule.ports)))
    return left


def _as_cilium_reads(ports: tuple[PolicyPort, ...]) -> tuple[PolicyPort, ...]:
    return tuple(PolicyPort(port.protocol, port.port) for port in ports)


def _finding(use: _Use, lost: PortSet, severity: Severity) -> Finding:
    direction = use.direction.value.lower()
    subject = "" if severity is Severity.RISK else ", once pods come that it selects"
    return Finding(
        object=object_ref(use.policy),
        message=f"The range {use.words} in {direction} admits port {use.port.port} only under Cilium before 1.17;"
        f" traffic to {lost} is dropped{subject}.",
        evidence=(Evidence(f"spec.{direction}[].ports[]", f"port {use.port.port}, endPort {use.port.end_port}"),),
        severity=severity,
        key=f"{direction} {use.words}",
    )


RULE = Rule(
    id="POL-ENDPORT",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.CILIUM,),
    modes=MODES,
    reads=(Source.CLUSTER, Source.NETWORK_POLICIES, Source.PODS),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/migrate-from-npm-to-cilium-network-policy#networkpolicy-with-endport",
            "Cilium before 1.17 does not support endPort; replace ranges before the migration.",
            "2025-07-30",
        ),
        Citation(
            "https://github.com/Azure/azure-container-networking/tree/master/tools/azure-npm-to-cilium-validator",
            "The published validator flags every endPort.",
            "2026",
            contradicts="The guide: from Cilium 1.17 on ranges are supported.",
        ),
        Citation(
            "https://github.com/cilium/cilium/issues/16622",
            "Port ranges in NetworkPolicies were asked for, and came with 1.17.",
        ),
    ),
    check=check,
)
