"""Nodes that an earlier migration left behind: what they show differs from what ARM reports.

Overlay: the label `kubernetes.azure.com/azure-cni-overlay`, which other nodes have and this one has not; a
NodeNetworkConfig with a range outside the pod CIDR; a pod of its own network with an address outside it. Cilium: the
label `kubernetes.azure.com/ebpf-dataplane` in the same way; no agent (a pod of kube-system with k8s-app=cilium). The
labels are those that AKS puts on nodes, seen on clusters of 2025 and 2026; where no node has one, it says nothing, and
of nodes that Karpenter made it is not asked. Virtual nodes take their pods' addresses from a subnet and are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from analyzer.addresses import family, is_covered, subtract
from analyzer.model.fact import Known, seen
from analyzer.model.finding import Evidence, Finding, Gap, object_ref
from analyzer.model.network import Dataplane, IpamMode
from analyzer.model.objects import Node
from analyzer.model.source import Source
from analyzer.scene import Scene
from rules.lists import gaps

READS = (Source.CLUSTER, Source.NODES, Source.PODS, Source.NODE_NETWORK_CONFIGS)
"""What the function below may ask for."""

OVERLAY_LABEL = ("kubernetes.azure.com/azure-cni-overlay", "true")
CILIUM_LABEL = ("kubernetes.azure.com/ebpf-dataplane", "cilium")


def left_behind(scene: Scene) -> Iterator[Finding | Gap]:
    """Each node that shows the mode before the one that ARM reports; nothing where ARM reports neither."""
    nodes = [node for node in seen(scene.snapshot.nodes) if not _is_virtual(node)]
    is_overlay = scene.observed.ipam.require() is IpamMode.OVERLAY
    is_cilium = scene.observed.dataplane.require() is Dataplane.CILIUM
    if is_overlay:
        yield from _each(nodes, "overlay", _overlay_signs(scene, nodes), scene)
        yield from gaps(scene.snapshot.node_network_configs, scene.observed.pod_cidrs)
    if is_cilium:
        linux = [node for node in nodes if not _is_windows(node)]
        yield from _each(linux, "Cilium", _cilium_signs(scene, linux), scene)
    if is_overlay or is_cilium:
        yield from gaps(scene.snapshot.nodes, scene.snapshot.pods)


def _is_virtual(node: Node) -> bool:
    return node.labels.get("type") == "virtual-kubelet" or node.name.startswith("virtual-node-aci")


def _is_windows(node: Node) -> bool:
    system = node.labels.get("kubernetes.io/os") or node.status.node_info.operating_system
    return system.lower() == "windows"


_Signs = Callable[[Node], list[Evidence]]


def _each(nodes: list[Node], mode: str, signs: _Signs, scene: Scene) -> Iterator[Finding]:
    for node in nodes:
        evidence = tuple(signs(node))
        if evidence:
            yield Finding(
                object=object_ref(node),
                message=f"Node {node.name} still shows the network from before {mode}, which ARM reports.",
                evidence=evidence,
                key=mode,
                remedy=_remedy(node, scene),
            )


def _remedy(node: Node, scene: Scene) -> tuple[str, ...]:
    """The reimage of the node's pool; empty where the node does not name one."""
    pool, cluster = node.labels.get("agentpool"), scene.cluster.require()
    if not pool:
        return ()
    names = f"--resource-group {cluster.resource_group} --cluster-name {cluster.name} --name {pool}"
    return (f"`az aks nodepool upgrade {names} --node-image-only`",)


def _overlay_signs(scene: Scene, nodes: list[Node]) -> _Signs:
    cidrs = scene.observed.pod_cidrs
    ranges = cidrs.value if isinstance(cidrs, Known) else None
    pods = {} if ranges is None else _outside_pods(scene, ranges)
    spaces: dict[str, list[str]] = {}
    for config in seen(scene.snapshot.node_network_configs):
        spaces[config.name] = [item.subnet_address_space for item in config.status.network_containers]
    lacks_label = _lacks(OVERLAY_LABEL, nodes)

    def signs(node: Node) -> list[Evidence]:
        found = lacks_label(node)
        if ranges is not None:
            outside = [space for space in spaces.get(node.name, ()) if _is_outside(space, ranges)]
            found += [Evidence(f"NodeNetworkConfig {node.name} subnetAddressSpace", space) for space in outside[:1]]
            found += pods.get(node.name, ())
        return found

    return signs


def _outside_pods(scene: Scene, ranges: tuple[str, ...]) -> dict[str, list[Evidence]]:
    """Of each node the first pod with a network of its own and an address outside the ranges of its family."""
    pods = scene.universe.pods
    population = pods.value if isinstance(pods, Known) else pods.seen
    found: dict[str, list[Evidence]] = {}
    for whole in ("0.0.0.0/0", "::/0"):
        if population is None or not any(family(item) == family(whole) for item in ranges):
            continue
        for place in sorted(set(population.pods_with_address_in(subtract(whole, ranges)))):
            pod = population.pods[place]
            outside = (address for address in pod.addresses if _is_outside(address, ranges))
            line = Evidence(f"Pod {pod.namespace}/{pod.name} status.podIPs", next(outside))
            found.setdefault(pod.spec.node_name, [line])
    return found


def _is_outside(cidr: str, ranges: tuple[str, ...]) -> bool:
    """Whether a range is not in those of its family; False where there are none of it to compare with."""
    same = [item for item in ranges if family(item) == family(cidr)]
    return family(cidr) is not None and bool(same) and not is_covered(cidr, same)


def _cilium_signs(scene: Scene, nodes: list[Node]) -> _Signs:
    pods = scene.snapshot.pods
    with_agent = {
        pod.spec.node_name
        for pod in seen(pods)
        if pod.namespace == "kube-system" and pod.labels.get("k8s-app") == "cilium" and not pod.has_ended
    }
    lacks_label = _lacks(CILIUM_LABEL, nodes)

    def signs(node: Node) -> list[Evidence]:
        lacks_agent = isinstance(pods, Known) and node.name not in with_agent
        return lacks_label(node) + (
            [Evidence("pods of kube-system with k8s-app=cilium", "none")] if lacks_agent else []
        )

    return signs


def _lacks(label: tuple[str, str], nodes: list[Node]) -> _Signs:
    """The sign of a node that lacks a label which another node has."""
    key, value = label
    some_have_it = any(node.labels.get(key) == value for node in nodes)

    def signs(node: Node) -> list[Evidence]:
        made_by_karpenter = "karpenter.sh/nodepool" in node.labels
        if not some_have_it or made_by_karpenter or node.labels.get(key) == value:
            return []
        return [Evidence(f"metadata.labels[{key}]", node.labels.get(key, "absent"))]

    return signs
