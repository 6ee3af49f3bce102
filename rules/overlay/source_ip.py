"""Pods show the node's address to the VNet.

Why it matters
--------------
A pod in the node subnet reaches others in the VNet under its own address. With overlay everything outside the pod
range sees the address of the pod's node. An allow list of single pods or of a part of the node subnet then admits
nothing, or everything on a node, and all pods of a node look alike. Their connections share the node's ports as
well.

What to do
----------
- Let allow lists name the whole node subnet, or better the workload: workload identity, certificates, passwords.
- Ask the owners of firewalls, databases and appliances in the VNet and its peers which of them name pods by address.
- For a stable public source use the static egress gateway: `az aks update --resource-group {resource_group} --name
  {cluster} --enable-static-egress-gateway`.

How it is decided
-----------------
A source in a rule of a network security group is a risk if a running pod has an address in it and some node has none
in any source of the rule: after the step the pods' traffic no longer matches. A source that holds all nodes (the
whole subnet, VirtualNetwork, any) goes on matching. Rules that Azure writes for Services (k8s-azure-lb…) follow
those.

Beside that a notice on the cluster, because firewalls, databases and appliances cannot be read. Destinations outside
the VNet see the node's address already, and service and private endpoints go by the subnet. Kubenet has always shown
the node's address.

Groups, pods and nodes that were not all read are gaps, pods and nodes only where they decide.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analyzer.addresses import Interval, interval
from analyzer.model.fact import Known, Missing, seen
from analyzer.model.finding import Confidence, Evidence, Finding, Gap, Outcome, Passed, Severity
from analyzer.model.network import IpamMode
from analyzer.model.network_resources import NetworkSecurityGroup, SecurityRule
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.azure_resources import security_group_ref
from rules.example_flow import pod_words
from rules.lists import gaps
from rules.security_rules import sources_of


def check(scene: Scene) -> Iterator[Outcome]:
    """Each source that names pods and not all nodes; and the cluster."""
    if scene.before.ipam.require() is IpamMode.KUBENET:
        yield Passed("Pods on kubenet show their node's address already.")
        return
    yield _general(scene)
    groups = scene.snapshot.network_security_groups
    for group in seen(groups):
        for rule in group.security_rules:
            if not rule.name.lower().startswith("k8s-azure-lb"):
                yield from _judge(scene, group, rule)
    yield from gaps(groups)


def _general(scene: Scene) -> Finding:
    return Finding(
        object=scene.cluster_ref,
        message="What in the VNet knows pods by their addresses will see those of the nodes; ask the owners of"
        " firewalls, databases and appliances.",
        evidence=(Evidence("IPAM mode before the step", scene.before.ipam.require().value),),
        severity=Severity.NOTICE,
    )


def _judge(scene: Scene, group: NetworkSecurityGroup, rule: SecurityRule) -> Iterator[Finding | Gap]:
    """Each source by itself for the pods; all of the rule together for the nodes."""
    named = {source: within for source in sources_of(rule) if (within := interval(source))}
    for source, within in named.items():
        outside = _node_outside(scene, [item for item in named.values() if item.family == within.family])
        yield from _source(scene, (group, rule), (source, within), outside)


def _source(
    scene: Scene,
    of: tuple[NetworkSecurityGroup, SecurityRule],
    named: tuple[str, Interval],
    outside: str | Missing[object] | None,
) -> Iterator[Finding | Gap]:
    (group, rule), (source, within) = of, named
    pods = scene.universe.selection.population
    place = next(pods.pods_with_address_in((within,)), None)
    if place is not None and isinstance(outside, str):
        pod = pod_words(pods.pods[place], (within,))
        yield Finding(
            object=security_group_ref(group),
            message=f"Rule {rule.name} of network security group {group.name} names {source}, which holds pod {pod} and"
            f" not node {outside}; with overlay the pod shows its node's address.",
            evidence=(Evidence(f"securityRules[{rule.name}].sourceAddressPrefixes", source),),
            key=f"{rule.name.lower()} {source}",
        )
    elif outside is not None:
        yield from gaps(scene.universe.pods)
    if place is not None and isinstance(outside, Missing):
        yield from gaps(outside)


def _node_outside(scene: Scene, ranges: Sequence[Interval]) -> str | Missing[object] | None:
    """A node without its address in any range, in words; None where all have it; missing where an unread one decides.

    The ranges are of one family, and not empty.
    """
    nodes = scene.universe.nodes
    read = nodes.value if isinstance(nodes, Known) else nodes.seen
    every = read.within((Interval(ranges[0].family, 0, 2**128),)) if read else ()
    lost = (item for item in every if not any(one.first <= item.number <= one.last for one in ranges))
    outside = next(lost, None)
    if outside is not None:
        return f"{outside.node} ({outside.text})"
    return None if isinstance(nodes, Known) else nodes.of()


RULE = Rule(
    id="OVL-SOURCE-IP",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.OVERLAY,),
    modes=(IpamMode.KUBENET, IpamMode.NODE_SUBNET),
    reads=(Source.CLUSTER, Source.NETWORK_SECURITY_GROUPS, Source.PODS, Source.NODES),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/concepts-network-cni-overview#flat-networks",
            "In a flat network pods show their own address inside the VNet and the node's outside it.",
            "2026-07-10",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/concepts-network-legacy-cni#azure-cni-node-subnet",
            "Pods in the node subnet are reached, and seen, under addresses of that subnet.",
            "2026-04-16",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/concepts-network-azure-cni-overlay#how-azure-cni-overlay-networking-works",
            "With overlay what lies outside the cluster sees the node's address.",
            "2026-07-31",
        ),
    ),
    check=check,
)
