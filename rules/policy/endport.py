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

The traffic under the engine before the step is compared with that under Cilium. Where a flow is lost to a port of a
range beyond its first one, it is a risk; the finding names the policy, the range, all such ports and one such flow.
What another rule of any policy still admits is not lost, so a redundant range passes, and so does an endPort equal to
its port; of several ranges for one flow the first is named. A policy that selects no pod is quiet. Without an engine,
Cilium's reading is compared with that of a Cilium that knows endPort. What AKS owns does not count.

Policies that were not all read are a gap without findings, because an unread one may cover a range; so are namespaces
where a namespaceSelector decides, and the ConfigMap cilium-config, whose labels may. Of pods that were not all read,
those that were may show a risk; where they, the nodes, the EndpointSlices or the DaemonSets were not all read, only
flows between two pods show it. Microsoft's validator flags every endPort on every version.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from analyzer.connectivity.change import Change, ChangeKind, Effect
from analyzer.connectivity.engines.kubernetes import all_rules
from analyzer.connectivity.engines.settings import Cilium, NoEngine
from analyzer.connectivity.isolation import Direction, rules_of
from analyzer.connectivity.ports import PortSet, Span, port_set_of
from analyzer.model.fact import Known
from analyzer.model.finding import Confidence, Evidence, Finding, ObjectRef, Outcome, Passed, Severity, gap
from analyzer.model.objects import NetworkPolicy, PolicyPort
from analyzer.model.step import StepKind
from analyzer.model.version import Version
from analyzer.scene import Citation, Page, Rule, Scene
from rules.aks_owned import is_aks_owned
from rules.flow_changes import (
    READS,
    Blamed,
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

FIRST_PORT_ONLY = 24
"""The row."""
_FIRST = Version(1, 17)
"""The first Cilium minor version that knows endPort."""


def check(scene: Scene) -> Iterator[Outcome]:
    """Each range of which ports are lost."""
    cilium = scene.before.cilium_version
    if reason := is_cilium(scene):
        yield reason
    elif isinstance(cilium, Known) and cilium.value.minor_version >= _FIRST:
        yield Passed(f"AKS runs Cilium {cilium.value} or later here, which knows endPort.")
    elif not any(map(_has_range, scene.snapshot.network_policies.require())):
        yield Passed("No policy has a range of ports.")
    elif missing := unsettled(scene):
        yield from map(gap, missing)
    else:
        yield from _findings(scene)
        yield from gaps(*around(scene))


def _has_range(policy: NetworkPolicy) -> bool:
    listed = (rule.ports for direction in Direction for rule in rules_of(policy, direction))
    return not is_aks_owned(policy) and any(_ranges(ports) for ports in listed)


def _ranges(ports: Iterable[PolicyPort]) -> tuple[Span, ...]:
    return tuple(
        Span(port.protocol, port.port, port.end_port)
        for port in ports
        if isinstance(port.port, int) and port.end_port and port.end_port > port.port
    )


def _findings(scene: Scene) -> Iterator[Finding]:
    """Of each policy, direction and range one."""
    found: dict[tuple[ObjectRef, str], Finding] = {}
    changes = (item for item in _changes(scene) if item.row == FIRST_PORT_ONLY and item.kind is ChangeKind.BLOCKED)
    for item in lasting(scene, blamed_for(scene, changes, (Effect.ADMITTED,))):
        rule = all_rules(item.policy, item.direction)[item.rule] if isinstance(item.policy, NetworkPolicy) else None
        for span in _ranges(rule.ports) if rule else ():
            key = f"{item.direction.value.lower()} {span}"
            if lost := _lost(item, span):
                found.setdefault((item.ref, key), _finding(scene, item, span, lost))
    yield from found.values()


def _changes(scene: Scene) -> tuple[Change, ...]:
    """Those of the step; without an engine those between a Cilium that knows ranges and the one of the step."""
    before, after = scene.engines
    if isinstance(before, NoEngine) and isinstance(after, Cilium):
        return scene.universe.changes(replace(after, version=_FIRST), after)
    return flow_changes(scene)


def _lost(item: Blamed, span: Span) -> list[Change]:
    """The parts of changes that take ports of a range."""
    beyond = PortSet((span._replace(first=span.first + 1),))
    return [part for change in item.changes if (part := on_ports(change, beyond))]


def _finding(scene: Scene, item: Blamed, span: Span, lost: list[Change]) -> Finding:
    direction = item.direction.value.lower()
    ports = port_set_of(some for change in lost for some in change.ports.spans)
    return Finding(
        object=item.ref,
        message=f"The range {span} in {direction} admits port {span.first} only under Cilium before 1.17; traffic to"
        f" {ports} is dropped, as {flow_words(lost[0])}.",
        evidence=(
            Evidence(f"spec.{direction}[].ports[]", f"port {span.first}, endPort {span.last}"),
            flow_evidence(scene, lost[0]),
        ),
        key=f"{direction} {span}",
    )


RULE = Rule(
    id="POL-ENDPORT",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.CILIUM,),
    modes=MODES,
    reads=READS,
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
