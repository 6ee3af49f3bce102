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

The traffic under Azure NPM is compared with that under Cilium, for the pods that run now. Each workload of which a pod
loses flows to its own node is named, with one such flow: Deployments, StatefulSets and DaemonSets, other controllers,
and pods without one. Pods that no node runs yet do not count, nor do host ports of ordinary pods: NPM sees that
traffic. A workload is a risk if its template reads status.hostIP or a command or argument names a node's InternalIP,
and a notice otherwise: whether it calls its node cannot be seen. Policies that select no pod are quiet, and so are
workloads without pods. What AKS owns does not count.

Policies that were not all read are a gap without findings. Of workloads and pods those that were read may be found; a
Deployment, StatefulSet or DaemonSet that was not read is a gap. Nodes are a gap only where an argument holds an
address. Microsoft's validator flags each egress policy that does not admit everything.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from typing import NamedTuple

from analyzer.addresses import interval
from analyzer.connectivity.change import Change, Effect
from analyzer.connectivity.flow import Party, PartyKind
from analyzer.connectivity.isolation import Direction
from analyzer.model.fact import Known, Missing, seen
from analyzer.model.finding import (
    Confidence,
    Evidence,
    Finding,
    Gap,
    NotApplicable,
    ObjectRef,
    Outcome,
    Passed,
    Severity,
    gap,
)
from analyzer.model.network import PolicyEngine
from analyzer.model.objects import NetworkPolicy
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.aks_owned import is_aks_owned
from rules.flow_changes import READS, blamed, flow_words, unsettled
from rules.lists import gaps
from rules.policy.ip_blocks import MODES
from rules.policy.pod_sources import PodSource, owner_of, pod_sources
from rules.policy.written_under import written_under

ROWS = (35,)
_ADDRESS = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])")
_HOST_IP = ("status.hostIP", "status.hostIPs")
_NAMED = 3
"""Policies that a line of evidence names."""


def check(scene: Scene) -> Iterator[Outcome]:
    """Each workload of which a pod loses the way to its own node."""
    snapshot = scene.snapshot
    if written_under(scene) is not PolicyEngine.AZURE:
        yield NotApplicable("Only Azure NPM leaves the way to the own node open.")
    elif not any(map(_isolates, snapshot.network_policies.require())) and all(
        fact == Known(()) for fact in (snapshot.cilium_policies, snapshot.cilium_clusterwide_policies)
    ):
        yield Passed("No policy isolates pods for egress.")
    elif missing := unsettled(scene):
        yield from map(gap, missing)
    else:
        sources = pod_sources(scene)
        for ref, lost in sorted(_lost(scene).items()):
            if ref in sources:
                yield from _judge(scene, sources[ref], lost)
        yield from gaps(snapshot.pods, snapshot.deployments, snapshot.stateful_sets, snapshot.daemon_sets)


def _isolates(policy: NetworkPolicy) -> bool:
    """Whether a customer's policy leaves out anything in egress, be it that policyTypes does not name it."""
    names_it = Direction.EGRESS.value in policy.types or bool(policy.spec.egress)
    is_open = any(not rule.peers and not rule.ports for rule in policy.spec.egress)
    return names_it and not is_open and not is_aks_owned(policy)


class _Lost(NamedTuple):
    """What the pods of one workload lose."""

    change: Change
    """With one of its pods as the example."""
    policies: dict[str, None]
    """Names of those that isolate it."""


def _lost(scene: Scene) -> dict[ObjectRef, _Lost]:
    found: dict[ObjectRef, _Lost] = {}
    addresses = {node.name: next(iter(node.internal_ips), "") for node in seen(scene.snapshot.nodes)}
    for item in blamed(scene, ROWS, effects=(Effect.ISOLATES,)):
        for change in item.changes:
            population = scene.universe.analysis.parties(change.family).population
            pods = (population.pods[place] for place in population.pods_of(change.sources))
            for pod in (pod for pod in pods if pod.spec.node_name):
                ref = owner_of(pod)
                if ref not in found:
                    node = Party(PartyKind.OWN_NODE, address=addresses.get(pod.spec.node_name, ""))
                    flow = replace(change.example, source=Party(PartyKind.POD, pod), destination=node)
                    found[ref] = _Lost(replace(change, example=flow), {})
                found[ref].policies[item.policy.name] = None
    return found


def _way(lost: _Lost) -> str:
    return f"Azure NPM always lets them reach their own node, Cilium does not: {flow_words(lost.change)}"


def _judge(scene: Scene, source: PodSource, lost: _Lost) -> Iterator[Finding | Gap]:
    names = list(lost.policies)
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    evidence = (
        Evidence("policies that isolate it for egress", ", ".join(names[:_NAMED]) + more),
        Evidence("a flow that changes", f"{flow_words(lost.change)}: allowed by Azure NPM, blocked by Cilium"),
    )
    nodes = scene.universe.nodes
    if use := next(chain(_host_ip(source), _node_addresses(scene, source)), None):
        verb = "reads" if use.value in _HOST_IP else "names"
        words = f", which {verb} {use.value} ({use.where})"
        yield _finding(source, f"{words}; {_way(lost)}", (use, *evidence), Severity.RISK)
        return
    yield _finding(source, f"; {_way(lost)}", evidence, Severity.NOTICE)
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


def _finding(source: PodSource, message: str, evidence: tuple[Evidence, ...], severity: Severity) -> Finding:
    return Finding(
        object=source.ref,
        message=f"Egress policies isolate the pods of {source.ref.kind} {source.ref.name}{message}.",
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
                "endpointSelector": {"matchLabels": dict(source.labels)},
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
    reads=(*READS, Source.DEPLOYMENTS, Source.STATEFUL_SETS),
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
