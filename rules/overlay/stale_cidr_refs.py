"""Something names the pods' old addresses.

Why it matters
--------------
With the step every pod gets an address out of another range. What names the old addresses literally (a policy, an
allow list, a mesh rule, an endpoint, an application's configuration) silently stops matching pods: what it admitted is
refused, and what it refused is admitted.

What to do
----------
- Where there is one, use a selector instead of the range: labels, service accounts, namespaces, a Service's name.
- Else put the new pod range beside the old one before the step, and take the old one out after it.
- Look for what this tool cannot read: firewalls, databases, applications outside the cluster.

How it is decided
-----------------
Literals are taken from NetworkPolicies (an ipBlock without its exceptions), Cilium's policies of both kinds, Calico's
policies and network sets, loadBalancerSourceRanges and the annotation azure-allowed-ip-ranges of Services, the allow
and deny lists in annotations of Ingresses, EndpointSlices that no controller keeps, Istio's AuthorizationPolicies, the
custom ip-masq-agent map, httpProxyConfig.noProxy, destinations in network security groups (on kubenet sources as well;
those of pods in a node subnet are OVL-SOURCE-IP's), and routes. Routes of the node subnets' tables on kubenet are
KUB-RT-MANAGED's and KUB-RT-BYO's. With `--scan-configmaps` the addresses in ConfigMaps are added; without it a notice
says so.

A literal is a risk if an address of a running pod lies in it (on kubenet also if it meets the pod range), and the new
pod range does not lie in it wholly. So ranges as wide as 10.0.0.0/8 that hold old and new addresses do not count, and
what holds neither does not either. A range that holds all node subnets still matches the nodes; what changes is the
pods, and it is a notice. In routes and security groups it says nothing, because pods leave the nodes under node
addresses. A policy's literal is a notice where Cilium reads it: Cilium never matched pods by address. At the step to
Cilium the same policies are POL-IPBLOCK-POD's and POL-IPBLOCK-NODE's, with another meaning. A new range that something
names already is taken for preparation.

A cluster with an HTTP proxy whose noProxy does not hold the new pod range is a risk for that range.

Kubenet that keeps its pod range changes nothing here. Objects that AKS owns are left out. Lists and pods that were not
all read are gaps; so is a new range that is not known, and node subnets that are not, where they decide.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.addresses import is_covered
from analyzer.model.fact import Fact, Missing, seen
from analyzer.model.finding import Confidence, Evidence, Finding, Gap, ObjectRef, Outcome, Passed, Severity, gap
from analyzer.model.network import IpamMode
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules import node_subnets
from rules.lists import gaps
from rules.overlay import pod_address_dependencies
from rules.overlay.pod_address_change import PodAddressChange, is_address
from rules.overlay.pod_address_dependencies import Dependency, Reader, in_cluster, routes, security_rules


def check(scene: Scene) -> Iterator[Outcome]:
    """Each object and value that stops matching pods."""
    change = PodAddressChange(scene)
    if change.is_none:
        yield Passed("The pods keep their range.")
        return
    if not scene.inputs.scan_configmaps:
        yield _question(scene)
    yield from _no_proxy(scene, change.new)
    found: dict[tuple[ObjectRef, str], list[Dependency]] = {}
    for item in _literals(scene, change):
        if isinstance(item, Gap):
            yield item
        elif is_address(item) and change.concerns(item):
            found.setdefault((item.object, item.value), []).append(item)
        elif is_address(item):
            yield from gaps(scene.universe.pods)
    for together in found.values():
        yield from _judge(change, together)


def _literals(scene: Scene, change: PodAddressChange) -> Iterator[Dependency | Gap]:
    yield from in_cluster(scene)
    yield from security_rules(scene, with_sources=change.is_kubenet)
    subnets, unread = node_subnets.node_subnets(scene) if change.is_kubenet else ((), ())
    if unread:
        yield from unread
    else:
        own = [item.subnet.route_table.id.lower() for item in subnets if item.subnet.route_table]
        yield from routes(scene, own)


def _judge(change: PodAddressChange, items: list[Dependency]) -> Iterator[Finding | Gap]:
    """What is said of one value in one object, from all its fields."""
    if isinstance(change.new, Missing):
        yield gap(change.new)
        return
    new = change.new.value
    lost = [item for item in items if not change.still_matches(item, new)]
    told = [item for item in lost if item.reader is not Reader.NETWORK or change.misses_a_node_subnet(item)]
    if told:
        yield _finding(change, told, new)
    if not any(_is_risk(change, item) for item in lost):
        yield from _undecided(change, lost)


def _is_risk(change: PodAddressChange, item: Dependency) -> bool:
    return change.is_compared_with_pods(item) and change.misses_a_node_subnet(item)


def _undecided(change: PodAddressChange, items: list[Dependency]) -> Iterator[Gap]:
    """What was not read and could make it weigh more."""
    if any(change.is_compared_with_pods(item) for item in items):
        yield from change.node_subnets[1]
    if any(item.reader is Reader.POLICY_ENGINE for item in items):
        yield from gaps(change.scene.before.policy)


def _finding(change: PodAddressChange, items: list[Dependency], new: tuple[str, ...]) -> Finding:
    first = items[0]
    is_risk = any(_is_risk(change, item) for item in items)
    pod = next(filter(None, map(change.pod_in, items)), "")
    whom = f"pods of today, such as {pod}" if pod else "the pods' old range"
    held = "of which it holds only a part" if change.matches_some(first, new) else "which it does not hold"
    nodes = " It still matches the nodes." if change.holds_all_nodes(first) else ""
    return Finding(
        object=first.object,
        message=f"{first.value} names {whom}; after the step pods are in {', '.join(new)}, {held}.{nodes}",
        evidence=tuple(Evidence(where, first.value) for where in dict.fromkeys(item.where for item in items)),
        severity=Severity.RISK if is_risk else Severity.NOTICE,
        key=first.value,
    )


def _question(scene: Scene) -> Finding:
    return Finding(
        object=scene.cluster_ref,
        message="Addresses in ConfigMaps were not looked for; give --scan-configmaps if applications may name pods by"
        " address.",
        evidence=(Evidence("--scan-configmaps", "not given"),),
        severity=Severity.NOTICE,
        key="--scan-configmaps",
        asks="--scan-configmaps",
    )


def _no_proxy(scene: Scene, new: Fact[tuple[str, ...]]) -> Iterator[Finding | Gap]:
    config = scene.cluster.require().active_proxy
    if config is None:
        return
    yield from gaps(new)
    listed = config.no_proxy or ()
    for cidr in seen(new):
        if not is_covered(cidr, listed):
            yield Finding(
                object=scene.cluster_ref,
                message=f"noProxy of the HTTP proxy does not hold the new pod range {cidr}; traffic to pods by"
                " address would go to the proxy.",
                evidence=(Evidence("properties.httpProxyConfig.noProxy", ", ".join(listed) or "empty"),),
                key=f"noProxy {cidr}",
            )


RULE = Rule(
    id="OVL-STALE-CIDR-REFS",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.DERIVED,
    steps=(StepKind.OVERLAY,),
    modes=(IpamMode.KUBENET, IpamMode.NODE_SUBNET),
    reads=(
        *node_subnets.READS,
        *pod_address_dependencies.READS,
        Source.PODS,
        Source.IP_MASQ_CONFIG,
        Source.CONFIG_MAP_ADDRESSES,
        Source.NETWORK_SECURITY_GROUPS,
        Source.ROUTE_TABLES,
        Source.INPUTS,
    ),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/update-azure-cni#update-the-ipam-mode-to-azure-cni-overlay",
            "With the update pods get addresses out of the new overlay range.",
            "2026-05-28",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/concepts-network-azure-cni-overlay#pods",
            "Pods are addressed from the pod CIDR, one /24 for each node.",
            "2026-07-31",
        ),
    ),
    check=check,
)
