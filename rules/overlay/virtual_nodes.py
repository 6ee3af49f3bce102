"""Virtual nodes need a flat network.

Why it matters
--------------
Pods on virtual nodes are container groups in a subnet of the VNet. They reach the cluster's pods by routable
addresses, which overlay does not have; the documentation lists virtual nodes among what only flat networks offer. What
runs there loses the cluster.

What to do
----------
- Move what runs there to ordinary nodes, with the cluster autoscaler or node auto-provisioning for the bursts:
  `kubectl get pods --all-namespaces --output wide --field-selector spec.nodeName=NODE`.
- Then take the add-on away: `az aks disable-addons --resource-group {resource_group} --name {cluster} --addons
  virtual-node`.

How it is decided
-----------------
Virtual nodes are in use where the add-on aciConnectorLinux is enabled (the key in any case) or a node carries the label
`type: virtual-kubelet`. At the step to overlay that is a risk if a pod that has not ended runs on such a node, else a
notice. At the step to Cilium it is a notice: no page says what becomes of them.

A body without addonProfiles has no add-on: at every API version, ARM's recorded answers leave the key out where the
cluster has none. Nodes that were not all read are a gap unless the add-on is enabled or one of them is virtual; pods
only where virtual nodes are in use at the step to overlay.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from analyzer.model.fact import Missing, seen
from analyzer.model.finding import Confidence, Evidence, Finding, Gap, Outcome, Severity
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.lists import gaps

ADDON = "aciConnectorLinux"


def check(scene: Scene) -> Iterator[Outcome]:
    """The cluster, where virtual nodes are in use; else what leaves it open."""
    addon = scene.cluster.require().addon(ADDON)
    is_enabled = addon is not None and addon.enabled is True
    nodes = tuple(node.name for node in seen(scene.snapshot.nodes) if node.labels.get("type") == "virtual-kubelet")
    to_overlay = scene.step.kind is StepKind.OVERLAY
    if is_enabled or nodes:
        pods = _pods_on(scene, nodes) if to_overlay else ()
        yield _finding(scene, _Use(is_enabled, nodes, pods))
        if to_overlay and not pods:
            yield from _unseen(scene, nodes)
    else:
        yield from gaps(scene.snapshot.nodes, severity=Severity.RISK if to_overlay else Severity.NOTICE)


@dataclass(frozen=True, slots=True)
class _Use:
    """What shows that virtual nodes are in use."""

    enabled: bool
    nodes: tuple[str, ...]
    pods: tuple[str, ...]


def _pods_on(scene: Scene, nodes: tuple[str, ...]) -> tuple[str, ...]:
    pods = (pod for pod in seen(scene.snapshot.pods) if pod.spec.node_name in nodes and not pod.has_ended)
    return tuple(f"{pod.namespace}/{pod.name}" for pod in pods)


def _unseen(scene: Scene, nodes: tuple[str, ...]) -> Iterator[Gap]:
    """What may hide a pod on a virtual node."""
    yield from gaps(scene.snapshot.nodes)
    if nodes or isinstance(scene.snapshot.nodes, Missing):
        yield from gaps(scene.snapshot.pods)


def _finding(scene: Scene, use: _Use) -> Finding:
    return Finding(
        object=scene.cluster_ref,
        message=_message(scene, use),
        evidence=tuple(_evidence(use)),
        severity=Severity.RISK if use.pods else Severity.NOTICE,
    )


def _message(scene: Scene, use: _Use) -> str:
    if scene.step.kind is StepKind.CILIUM:
        return "Virtual nodes are in use; no documentation says what becomes of them under Cilium."
    if use.pods:
        return f"{_count(use.pods)} on virtual nodes, which overlay does not support."
    return "Virtual nodes are in use, though no pod is seen on them; overlay does not support them."


def _evidence(use: _Use) -> Iterator[Evidence]:
    if use.enabled:
        yield Evidence(f"properties.addonProfiles.{ADDON}.enabled", "true")
    if use.nodes:
        yield Evidence("nodes with label type: virtual-kubelet", ", ".join(use.nodes))
    if use.pods:
        yield Evidence("pods on them", ", ".join(use.pods[:_NAMED]))


def _count(pods: tuple[str, ...]) -> str:
    return "1 pod runs" if len(pods) == 1 else f"{len(pods)} pods run"


_NAMED = 10
"""Pods that a line of evidence names."""

RULE = Rule(
    id="OVL-VIRTUAL-NODES",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.OVERLAY, StepKind.CILIUM),
    reads=(Source.CLUSTER, Source.NODES, Source.PODS),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/concepts-network-azure-cni-overlay#choose-a-network-model",
            "Virtual nodes are a reason to choose a flat network instead of overlay.",
            "2026-07-31",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/virtual-nodes#network-requirements",
            "Virtual nodes need Azure CNI and a subnet of their own in the VNet.",
            "2023-11-06",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/virtual-nodes#limitations",
            "Network policies do not apply to pods on virtual nodes.",
            "2023-11-06",
        ),
    ),
    check=check,
)
