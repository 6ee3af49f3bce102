"""Nodes outside the agent pools: those of node auto-provisioning, or of a Karpenter that the customer runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from analyzer.addresses.demand import provisioning_mode
from analyzer.model.fact import Known, Missing, seen
from analyzer.model.finding import Evidence, Gap, ObjectRef, Severity, gap, object_ref
from analyzer.model.objects import AKSNodeClass
from analyzer.model.source import Source
from analyzer.scene import Scene
from rules.lists import gaps

READS = (Source.CLUSTER, Source.KARPENTER_NODE_CLAIMS, Source.NODES)
"""What `provisioned_nodes` and `unread` may ask for."""
_LABEL = "karpenter.sh/nodepool"


@dataclass(frozen=True, slots=True)
class ProvisionedNode:
    """One node, or a claim whose node is not there yet."""

    ref: ObjectRef
    evidence: Evidence
    removal: str
    """The command that drains and deletes it."""


def mode(scene: Scene) -> str:
    """nodeProvisioningProfile.mode: auto, manual, or "" where the cluster's body does not show it."""
    found = provisioning_mode(scene.cluster.require())
    return found.value if isinstance(found, Known) else ""


def node_classes(scene: Scene) -> Iterator[AKSNodeClass | Gap]:
    """The node classes, where node auto-provisioning is on; a gap where that, or whether these are all, is not known.

    Without node classes nothing is asked of the mode.
    """
    classes, found = scene.snapshot.aks_node_classes, provisioning_mode(scene.cluster.require())
    if found == Known("manual") or classes == Known(()):
        return
    if isinstance(found, Missing):
        yield gap(found)
        return
    yield from seen(classes)
    yield from gaps(classes)


def provisioned_nodes(scene: Scene) -> tuple[ProvisionedNode, ...]:
    """What was read of them, by claims and by the nodes' labels, each once, in order."""
    found = {item.ref: item for item in (*_labelled(scene), *_claimed(scene))}
    return tuple(found[ref] for ref in sorted(found))


def unread(scene: Scene, severity: Severity | None = None) -> Iterator[Gap]:
    """The gap of each list that may hold more of them."""
    yield from gaps(scene.snapshot.karpenter_node_claims, scene.snapshot.nodes, severity=severity)


def _labelled(scene: Scene) -> Iterator[ProvisionedNode]:
    for node in seen(scene.snapshot.nodes):
        if _LABEL in node.labels:
            line = Evidence(f"nodes[{node.name}].metadata.labels[{_LABEL}]", node.labels[_LABEL])
            yield ProvisionedNode(object_ref(node), line, f"kubectl delete node {node.name}")


def _claimed(scene: Scene) -> Iterator[ProvisionedNode]:
    for claim in seen(scene.snapshot.karpenter_node_claims):
        node = claim.status.node_name
        ref = ObjectRef(kind="Node", name=node) if node else object_ref(claim)
        line = Evidence(f"nodeclaims[{claim.name}].status.nodeName", node or "none yet")
        yield ProvisionedNode(ref, line, f"kubectl delete nodeclaim {claim.name}")
