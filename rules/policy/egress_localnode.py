"""Pods that egress policies isolate lose the way to their own node.

Why it matters
--------------
Azure NPM never filters what a pod sends to its own node: node agents, exporters, host-network services and DNS on the
node answer whatever the egress policies say. Cilium refuses it unless a rule admits everything or the node by name.

What to do
----------
- Have a CiliumNetworkPolicy ready for the moment that Cilium runs, with `toEntities: [host]`, and `remote-node` where
  other nodes are called, on the ports of the agents. A NetworkPolicy cannot say it, and the CiliumNetworkPolicy cannot
  be created before the step.
- Or admit all egress of the pods that need it, before the step: `egress: [{}]`.

How it is decided
-----------------
Only where Azure NPM is the engine. Calico filters this traffic already, and only an ipBlock can have admitted it
(POL-IPBLOCK-NODE); without an engine POL-DORMANT names what is isolated. After a step remove-policy-engine the removed
engine counts.

Judged are Deployments, StatefulSets and DaemonSets by their templates, and pods without such a workload, under their
controller if they have one; host-network and ended pods, and what AKS owns, do not count. Isolated for egress are those
that a podSelector selects in a policy whose policyTypes name Egress (by default: where it has egress rules), unless all
these policies together admit everything to everywhere. Such a workload is a risk if its template reads status.hostIP or
a command or argument names a node's InternalIP, and a notice otherwise: whether it calls its node cannot be seen. Host
ports of ordinary pods do not count: NPM sees that traffic.

Policies that were not all read are a gap without findings. Of workloads and pods those that were read may be found.
Nodes are a gap only where an argument holds an address. Microsoft's validator flags each egress policy that does not
admit everything.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import chain

from analyzer.addresses import interval
from analyzer.connectivity.isolation import Block, Direction, Isolation, open_ports
from analyzer.connectivity.population import fold
from analyzer.connectivity.selection import Selection
from analyzer.model.fact import Known, Missing
from analyzer.model.finding import Confidence, Evidence, Finding, Gap, NotApplicable, Outcome, Severity, gap
from analyzer.model.network import PolicyEngine
from analyzer.model.objects import NetworkPolicy
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.lists import gaps
from rules.policy.ip_blocks import MODES
from rules.policy.newly_isolated import is_everything
from rules.policy.pod_sources import PodSource, pod_sources
from rules.policy.written_under import written_under

_ADDRESS = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])")
_HOST_IP = ("status.hostIP", "status.hostIPs")
_NAMED = 3
"""Policies that a line of evidence names."""


def check(scene: Scene) -> Iterator[Outcome]:
    """Each workload that is isolated for egress."""
    if written_under(scene) is not PolicyEngine.AZURE:
        yield NotApplicable("Only Azure NPM leaves the way to the own node open.")
        return
    snapshot = scene.snapshot
    policies = snapshot.network_policies.require()
    if not any(map(_isolates, policies)):
        return
    sources = pod_sources(scene)
    population = fold(source.pod for source in sources)
    isolation = Isolation(Selection(population, lambda: scene.universe.namespaces), policies)
    for namespace in sorted(isolation.by_namespace):
        for block in isolation.blocks(namespace, Direction.EGRESS):
            if not is_everything(isolation.open_to(block, Direction.EGRESS)):
                for place in population.pods_of(block.classes):
                    yield from _judge(scene, sources[place], isolation, block)
    yield from gaps(snapshot.deployments, snapshot.stateful_sets, snapshot.daemon_sets)
    yield from gaps(snapshot.pods, severity=Severity.NOTICE)


def _isolates(policy: NetworkPolicy) -> bool:
    return Direction.EGRESS.value in policy.types and not is_everything(open_ports(policy, Direction.EGRESS))


def _judge(scene: Scene, source: PodSource, isolation: Isolation, block: Block) -> Iterator[Finding | Gap]:
    names = [isolation.policies[place].name for place in block.policies]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    policies = Evidence("policies that isolate it for egress", ", ".join(names[:_NAMED]) + more)
    nodes = scene.universe.nodes
    if use := next(chain(_host_ip(source), _node_addresses(scene, source)), None):
        verb = "reads" if use.value in _HOST_IP else "names"
        yield _finding(source, f", which {verb} {use.value} ({use.where})", (use, policies), Severity.RISK)
        return
    yield _finding(source, "", (policies,), Severity.NOTICE)
    if isinstance(nodes, Missing) and any(_literals(source)):
        yield gap(nodes, source.ref)


def _host_ip(source: PodSource) -> Iterator[Evidence]:
    for container in source.containers:
        for variable in container.env:
            field = variable.value_from.field_ref if variable.value_from else None
            if field and field.field_path in _HOST_IP:
                yield Evidence(f"containers[{container.name}].env[{variable.name}]", field.field_path)


def _node_addresses(scene: Scene, source: PodSource) -> Iterator[Evidence]:
    nodes = scene.universe.nodes
    known = nodes.value if isinstance(nodes, Known) else nodes.seen
    for where, text in _literals(source):
        found = interval(text)
        if known and found and known.within((found,)):
            yield Evidence(where, text)


def _literals(source: PodSource) -> Iterator[tuple[str, str]]:
    """The IPv4 addresses in commands and arguments, each with its place."""
    for container in source.containers:
        for words in (container.command, container.args):
            for text in words:
                yield from ((f"containers[{container.name}].args", found) for found in _ADDRESS.findall(text))


def _finding(source: PodSource, use: str, evidence: tuple[Evidence, ...], severity: Severity) -> Finding:
    return Finding(
        object=source.ref,
        message=f"Egress policies isolate the pods of {source.ref.kind} {source.ref.name}{use}; Azure NPM always lets"
        " them reach their own node, Cilium does not.",
        evidence=evidence,
        severity=severity,
        remedy=(
            "Have this ready for the moment that Cilium runs, with `toPorts` for the agents that the pods call:"
            f" `{_cilium_policy(source)}`.",
            "Or admit all egress of these pods before the step: `egress: [{}]` in one of their policies.",
        ),
    )


def _cilium_policy(source: PodSource) -> str:
    return json.dumps(
        {
            "apiVersion": "cilium.io/v2",
            "kind": "CiliumNetworkPolicy",
            "metadata": {"namespace": source.ref.namespace, "name": f"{source.ref.name}-own-node"},
            "spec": {
                "endpointSelector": {"matchLabels": dict(source.pod.labels)},
                "egress": [{"toEntities": ["host"]}],
            },
        }
    )


RULE = Rule(
    id="POL-EGRESS-LOCALNODE",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.CILIUM,),
    modes=MODES,
    reads=(
        Source.CLUSTER,
        Source.NETWORK_POLICIES,
        Source.DEPLOYMENTS,
        Source.STATEFUL_SETS,
        Source.DAEMON_SETS,
        Source.PODS,
        Source.NODES,
    ),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/migrate-from-npm-to-cilium-network-policy#networkpolicy-with-egress-policies",
            "NPM never blocks egress to the pod's own node; Cilium does unless a policy admits it.",
            "2025-07-30",
        ),
        Citation(
            "https://github.com/Azure/azure-container-networking/issues/2786",
            "NPM does not filter egress to the own node.",
        ),
        Citation(
            "https://github.com/Azure/azure-container-networking/tree/master/tools/azure-npm-to-cilium-validator",
            "The published validator flags every egress policy that does not admit everything.",
            "2026",
        ),
    ),
    check=check,
)
