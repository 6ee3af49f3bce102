"""Policies shut the API server out of a webhook.

Why it matters
--------------
The API server calls webhooks and aggregated APIs through the konnectivity tunnel: at the pod the call comes from a
konnectivity agent. Cilium matches neither the agent's nor a node's address with an ipBlock, and its kube-apiserver
entity does not mean the agents. A policy that let the calls in by node address, or because Azure NPM and Calico let
them pass, can block them under Cilium. With failurePolicy Fail every write that the webhook looks at is then refused.

What to do
----------
- Before the step add a NetworkPolicy that admits everyone on the webhook's port: a rule with `ports` and without
  `from`. Webhooks authenticate their callers by TLS.
- Or once Cilium runs, a CiliumNetworkPolicy with `fromEntities: [host, remote-node]` and the agents'
  `fromEndpoints` on the same `toPorts`.
- After the step try it: `kubectl apply --dry-run=server --filename MANIFEST`.

How it is decided
-----------------
Looked at are the Services in clientConfig of webhook configurations, in spec.service of APIServices and in the
conversion of CustomResourceDefinitions; those of objects that AKS owns are left out, and so are URLs. Of each the
running pods that are ingress-isolated count, host-network pods never. The Service's target port must be admitted from
every konnectivity agent that runs (pods of kube-system with the label `app: konnectivity-agent`): for agents on the
host network only a rule without `from` does, for others a selector that matches them as well. An ipBlock admits none.
What nothing admits is a risk, and a notice where failurePolicy is Ignore.

Without an agent in a whole list of pods the API server calls pods itself, and nothing here changes; unless an earlier
step leads to overlay, which brings agents: then what a rule without `from` does not admit is a notice. Where Cilium
enforces policies before the step nothing changes either. A Service that does not exist or has no selector is left out.

Lists, Services, policies and pods that were not all read are gaps, and so are namespaces where a namespaceSelector
decides. Policies that were not all read give no finding, because an unread one may admit.

No page of AKS says where such calls come from: one on kubenet says the node's address, reports and an upstream change
of 2026 say ordinary pods. So the rule reads the agents' hostNetwork.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple

from analyzer.connectivity.isolation import Direction, Flows, Isolation
from analyzer.connectivity.ports import port_set
from analyzer.model.fact import Known, LackingError, seen
from analyzer.model.finding import Confidence, Evidence, Finding, NotApplicable, Outcome, Passed, Severity, gap
from analyzer.model.network import PolicyEngine
from analyzer.model.objects import LabelSelector, Pod, PolicyPort, Service
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.callbacks import READS, Callback, callback_lists, callbacks
from rules.lists import gaps

AGENTS = LabelSelector({"app": "konnectivity-agent"})


def check(scene: Scene) -> Iterator[Outcome]:
    """Each webhook, API and conversion whose pods no longer hear the API server."""
    if scene.before.policy.require() is PolicyEngine.CILIUM:
        yield NotApplicable("Cilium enforces the policies before this step already.")
        return
    yield from gaps(*callback_lists(scene))
    called = tuple(callbacks(scene))
    if called:
        yield from _judge(scene, called)
    else:
        yield Passed("The API server calls no Service but AKS's own.")


class _Callers(NamedTuple):
    """Where the API server's calls come from."""

    peers: int
    """The agents' classes; one bit beyond all classes stands for those on the host network."""
    words: str
    are_read: bool = True
    """False where they are still to come."""


def _judge(scene: Scene, called: tuple[Callback, ...]) -> Iterator[Outcome]:
    yield from gaps(scene.snapshot.services, scene.universe.pods)
    isolation = scene.universe.isolation.require()
    callers = _callers(scene, isolation)
    if not callers.peers:
        yield NotApplicable("No konnectivity agent runs; the API server calls pods itself.")
        return
    services = {(item.namespace, item.name): item for item in seen(scene.snapshot.services)}
    for callback in called:
        service = services.get((callback.service.namespace, callback.service.name))
        if service is not None and service.spec.selector:
            try:
                yield from _shut(isolation, callers, callback, service)
            except LackingError as lacking:
                yield from map(gap, lacking.missing)


def _callers(scene: Scene, isolation: Isolation) -> _Callers:
    population = isolation.selection.population
    agents = isolation.selection.pods(AGENTS, "kube-system")
    beyond = 1 << len(population.classes)
    if not agents and scene.earlier_step(StepKind.OVERLAY) and isinstance(scene.universe.pods, Known):
        return _Callers(beyond, "none yet; the step overlay brings it", are_read=False)
    on_host = beyond if agents & population.on_host else 0
    return _Callers(agents & population.plain | on_host, "on the host network" if on_host else "an ordinary pod")


def _shut(isolation: Isolation, callers: _Callers, callback: Callback, service: Service) -> Iterator[Finding]:
    population = isolation.selection.population
    chosen = population.plain & isolation.selection.pods(LabelSelector(service.spec.selector), service.namespace)
    ports = tuple(
        PolicyPort(port.protocol, port.target_port or port.port)
        for port in service.spec.ports
        if port.port == callback.service.port
    )
    if not ports:
        return
    for block in isolation.blocks_among(chosen, service.namespace, Direction.INGRESS):
        flows = Flows(chosen & block.classes, callers.peers, port_set(ports))
        for refused in isolation.not_admitted(block, Direction.INGRESS, flows):
            pod = population.pods[next(population.pods_of(refused.subjects))]
            names = sorted({isolation.policies[place].name for place in block.policies})
            yield _finding(callback, service, (pod, ports[0], names), callers)
            return


def _finding(
    callback: Callback, service: Service, shut: tuple[Pod, PolicyPort, list[str]], callers: _Callers
) -> Finding:
    pod, port, names = shut
    effect = "" if callback.is_strict else " Its failurePolicy lets requests pass without it."
    return Finding(
        object=callback.object,
        message=f"For {callback.name} the API server calls {callback.words} on {port.protocol} {port.port} through"
        f" konnectivity-agent; pod {pod.name} is ingress-isolated and under Cilium no rule admits it.{effect}",
        evidence=(
            Evidence(callback.where, f"{callback.words}:{callback.service.port}"),
            Evidence(f"policies that isolate {pod.namespace}/{pod.name}", ", ".join(names)),
            Evidence("konnectivity-agent", callers.words),
        ),
        severity=None if callback.is_strict and callers.are_read else Severity.NOTICE,
        key=f"{callback.name} {callback.words}",
        remedy=(_manifest(service, port),),
    )


def _manifest(service: Service, port: PolicyPort) -> str:
    body = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"namespace": service.namespace, "name": f"{service.name}-from-api-server"},
        "spec": {
            "podSelector": {"matchLabels": service.spec.selector},
            "policyTypes": ["Ingress"],
            "ingress": [{"ports": [{"protocol": port.protocol, "port": port.port}]}],
        },
    }
    return f"Apply this before the step with `kubectl apply --filename FILE`: `{json.dumps(body)}`"


RULE = Rule(
    id="CIL-WEBHOOK-INGRESS",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.DERIVED,
    steps=(StepKind.CILIUM,),
    reads=(
        Source.CLUSTER,
        Source.SERVICES,
        Source.PODS,
        Source.NETWORK_POLICIES,
        Source.NAMESPACES,
        *READS,
    ),
    sources=(
        Citation(
            "https://docs.cilium.io/en/stable/security/policy/language/",
            "Nodes are matched by entities, pods by labels, and kube-apiserver means the API server's own addresses.",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/use-network-policies#load-balancer-services-and-network-policies",
            "Traffic that comes from nodes passes Azure NPM without being judged, and is judged by Cilium.",
            "2026-08-18",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/configure-kubenet#limitations--considerations-for-kubenet",
            "The tunnel to the API server uses the node's address.",
            "2026-04-16",
            contradicts="Reports and an upstream change see the agents as ordinary pods.",
        ),
        Citation(
            "https://github.com/Azure/AKS/issues/3384",
            "The konnectivity agents are among the system pods.",
        ),
        Citation(
            "https://github.com/tigera/operator/pull/5212",
            "On AKS calls reach webhooks with a konnectivity agent's pod address; a policy had to admit the agents.",
            "2026-08-17",
        ),
    ),
    check=check,
)
