"""A policy selects host-network pods, which no policy reaches.

Why it matters
--------------
A host-network pod has its node's address and, under Cilium, its node's identity. No policy isolates it and no
selector of a peer finds it, so a policy written for such pods protects nothing and admits nobody. Calico's
HostEndpoint objects, which did protect nodes, are not read by Cilium.

What to do
----------
- Protect nodes and host-network pods with network security groups on the node subnets.
- Once Cilium runs, admit nodes with a CiliumNetworkPolicy: `fromEntities: [host, remote-node]` or `toEntities` in
  place of the selector.
- Delete what was written for host-network pods alone, so that nobody relies on it.

How it is decided
-----------------
A policy's podSelector, or the selectors of one of its peers, that match at least one running host-network pod outside
kube-system and no other pod at all, are a notice: NPM and Calico pass over these pods as well, so nothing changes at
the step, but the author believes in something that is not so. Selectors that match other pods too, or nothing, pass.
Peers count in the directions that policyTypes names. A peer is left alone if rules without peers, in the same policy
and direction, admit all its ports: those admit nodes too. An ipBlock does not count, because Cilium compares it with
no node (POL-IPBLOCK-NODE). Calls from a node to its own pods, as the kubelet's probes, are always admitted.

Each Calico HostEndpoint is a risk where Calico is the engine before the step, and a notice elsewhere; where an earlier
step removed Calico, CAL-GLOBAL names it there.

Pods that were not all read are a gap, because an unread pod may match; so are namespaces where a namespaceSelector
asks for labels. What AKS owns is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import filterfalse

from analyzer.connectivity.isolation import Direction, open_ports, rules_of
from analyzer.connectivity.ports import PortSet, port_set
from analyzer.connectivity.selection import Selection
from analyzer.model.fact import LackingError, Missing, seen
from analyzer.model.finding import Confidence, Evidence, Finding, Gap, Outcome, Passed, Severity, gap, object_ref
from analyzer.model.network import IpamMode, PolicyEngine
from analyzer.model.objects import LabelSelector, NetworkPolicy, Pod, PolicyPeer
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from analyzer.selectors import is_empty, selector_text
from rules.aks_owned import is_aks_owned
from rules.lists import gaps


def check(scene: Scene) -> Iterator[Outcome]:
    """HostEndpoints, then each selector that matches host-network pods alone."""
    yield from _host_endpoints(scene)
    policies = scene.snapshot.network_policies
    yield from gaps(policies, severity=Severity.NOTICE)
    own = list(filterfalse(is_aks_owned, seen(policies)))
    if own and isinstance(scene.universe.pods, Missing):
        yield gap(scene.universe.pods, severity=Severity.NOTICE)
    elif own:
        for policy in own:
            yield from _judge(scene.universe.selection, policy)
    else:
        yield Passed("There is no NetworkPolicy but AKS's own.")


def _host_endpoints(scene: Scene) -> Iterator[Finding | Gap]:
    if scene.earlier_step(StepKind.REMOVE_POLICY_ENGINE):
        return
    endpoints = scene.snapshot.calico_host_endpoints
    enforced = scene.before.policy.require() is PolicyEngine.CALICO
    for item in filterfalse(is_aks_owned, seen(endpoints)):
        now = "Calico protects the node with it now" if enforced else "No Calico enforces it now"
        yield Finding(
            object=object_ref(item),
            message=f"HostEndpoint {item.name} is not read by Cilium. {now}.",
            evidence=(Evidence("apiVersion", item.api_version),),
            severity=Severity.RISK if enforced else Severity.NOTICE,
        )
    yield from gaps(endpoints, severity=Severity.RISK if enforced else Severity.NOTICE)


def _judge(selection: Selection, policy: NetworkPolicy) -> Iterator[Finding | Gap]:
    yield from _subject(selection, policy)
    try:
        for direction in Direction:
            yield from _peers(selection, policy, direction)
    except LackingError as lacking:
        yield from (gap(missing, severity=Severity.NOTICE) for missing in lacking.missing)


def _subject(selection: Selection, policy: NetworkPolicy) -> Iterator[Finding]:
    pods = _only_on_host(selection, selection.pods(policy.spec.pod_selector, policy.namespace))
    if pods:
        yield Finding(
            object=object_ref(policy),
            message=f"The policy selects host-network pods only, {_words(pods)}, and Cilium never applies it to them.",
            evidence=(Evidence("spec.podSelector", selector_text(policy.spec.pod_selector)), _on_host(pods[0])),
            severity=Severity.NOTICE,
            key="podSelector",
        )


def _peers(selection: Selection, policy: NetworkPolicy, direction: Direction) -> Iterator[Finding]:
    everywhere = open_ports(policy, direction)
    for rule in rules_of(policy, direction):
        ports = port_set(rule.ports).minus(everywhere)
        for peer in rule.peers if not ports.is_empty else ():
            if pods := _only_on_host(selection, selection.peer(peer, policy.namespace)):
                yield _peer(policy, direction, peer, pods, ports)


def _peer(policy: NetworkPolicy, direction: Direction, peer: PolicyPeer, pods: list[Pod], ports: PortSet) -> Finding:
    words = _peer_words(peer)
    way = "from" if direction is Direction.INGRESS else "to"
    return Finding(
        object=object_ref(policy),
        message=f"{direction.value} {way} {words} selects host-network pods only, {_words(pods)}; no selector admits"
        f" them, and no other rule of the policy admits nodes on {ports}.",
        evidence=(Evidence(f"spec.{direction.value.lower()}[].{way}[]", words), _on_host(pods[0])),
        severity=Severity.NOTICE,
        key=f"{direction.value.lower()} {words}",
    )


def _only_on_host(selection: Selection, classes: int) -> list[Pod]:
    """The host-network pods outside kube-system among some classes; none where other pods are among them."""
    population = selection.population
    if classes & population.plain:
        return []
    pods = (population.pods[place] for place in population.pods_of(classes))
    return [pod for pod in pods if pod.namespace != "kube-system"]


def _words(pods: list[Pod]) -> str:
    more = f" and {len(pods) - 1} more" if len(pods) > 1 else ""
    return f"{pods[0].namespace}/{pods[0].name}{more}"


def _peer_words(peer: PolicyPeer) -> str:
    """Both selectors as kubectl writes them."""
    inside = _selected("namespaces", peer.namespace_selector) if peer.namespace_selector else ""
    return _selected("pods", peer.pod_selector) + (f" in {inside}" if inside else "")


def _selected(plural: str, selector: LabelSelector | None) -> str:
    return f"all {plural}" if selector is None or is_empty(selector) else f"{plural} {selector_text(selector)}"


def _on_host(pod: Pod) -> Evidence:
    return Evidence(f"pods[{pod.namespace}/{pod.name}].spec.hostNetwork", "true")


RULE = Rule(
    id="CIL-HOSTNETWORK-POLICY",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.CILIUM,),
    modes=(IpamMode.NODE_SUBNET, IpamMode.POD_SUBNET_DYNAMIC, IpamMode.POD_SUBNET_STATIC, IpamMode.OVERLAY),
    reads=(
        Source.CLUSTER,
        Source.NETWORK_POLICIES,
        Source.PODS,
        Source.NAMESPACES,
        Source.CALICO_HOST_ENDPOINTS,
    ),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/azure-cni-powered-by-cilium#limitations",
            "Network policies do not apply to pods that use host networking: they carry the host's identity.",
            "2026-08-05",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/azure-cni-powered-by-cilium#limitations",
            "Listed as a limitation in this edition already.",
            "2023-24",
        ),
        Citation(
            "https://docs.cilium.io/en/stable/security/policy/language/#access-to-from-local-host",
            "All traffic from the local host to its own pods is admitted.",
            "1.18",
        ),
    ),
    check=check,
)
