"""Node auto-provisioning is on.

Why it matters
--------------
A cluster with node auto-provisioning (NAP) cannot change its data plane: NAP must be off for that time. AKS lets it be
switched off only when none of its nodes is left and every Karpenter NodePool is limited to no CPU, so that the agent
pools carry everything meanwhile. Nodes that Karpenter made and that stay are not reimaged by AKS.

What to do
----------
- Make room first: scale the agent pools until they hold what runs on NAP's nodes.
- Set every Karpenter NodePool to spec.limits.cpu 0 and taint it with karpenter.azure.com/disable:NoSchedule; keep the
  old limits.
- Remove the nodes that are left, one after another: `kubectl delete nodeclaim NAME`.
- Switch NAP off: `az aks update --resource-group {resource_group} --name {cluster} --node-provisioning-mode Manual`.
- Change the data plane, then switch NAP on again: `az aks update --resource-group {resource_group} --name {cluster}
  --node-provisioning-mode Auto`; put the limits back. Windows pools and IPv6 do not go with it.

How it is decided
-----------------
By nodeProvisioningProfile.mode. At the step cilium, Auto is a blocker, unless the earlier step nap-off meets it, which
is then named. What that step needs is judged at the step itself, where it stops the path first: each NodePool with
another CPU limit than 0, or none, is a blocker, and so is each node that is left. Nodes are known by NodeClaims and by
the label karpenter.sh/nodepool; a list of either that is not whole is a gap.

With the mode Manual, nodes that are left and NodePools that may still make some are a risk each: a Karpenter of
one's own is not reported in the profile. NodePools limited to 0 are what switching NAP off leaves behind, and are
quiet. A body without the mode passes where the lists are whole and empty; else it is a gap, because an old API
version hides it.

The editions of 2023-24 do not know NAP.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from analyzer.model.fact import seen
from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Passed, Severity, gap, object_ref
from analyzer.model.network import hidden
from analyzer.model.objects import KarpenterNodePool
from analyzer.model.quantity import parse_bytes
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.lists import gaps
from rules.provisioned_nodes import READS, ProvisionedNode, mode, provisioned_nodes, unread

_MODE = "nodeProvisioningProfile.mode"
_TAINT = {"key": "karpenter.azure.com/disable", "effect": "NoSchedule"}


def check(scene: Scene) -> Iterator[Outcome]:
    """Auto-provisioning that is on, what keeps it from being switched off, and what it left behind."""
    if scene.earlier_step(StepKind.NAP_OFF):
        yield Passed("The earlier step nap-off switches node auto-provisioning off.")
    elif scene.step.kind is StepKind.NAP_OFF:
        yield from _switching_off(scene)
    elif mode(scene) == "auto":
        message = "Node auto-provisioning is on; it must be off while the data plane changes."
        yield Finding(object=scene.cluster_ref, message=message, evidence=(Evidence(_MODE, "Auto"),))
    else:
        yield from _left_behind(scene)


def _switching_off(scene: Scene) -> Iterator[Outcome]:
    yield Passed("No node is left, and every NodePool is limited to no CPU.")
    for pool in _active_pools(scene):
        yield _pool(
            pool,
            f"NodePool {pool.name} {_limit(pool)}; auto-provisioning can be switched off only once that is 0.",
            tuple(_disable(pool)),
        )
    for node in provisioned_nodes(scene):
        yield _node(
            node,
            f"{node.ref.kind} {node.ref.name} is auto-provisioned; auto-provisioning can be switched off only when none"
            " is left.",
            ("Scale the agent pools until they hold its pods.", f"Then drain and delete it: `{node.removal}`."),
        )
    yield from gaps(scene.snapshot.karpenter_node_pools)
    yield from unread(scene)


def _left_behind(scene: Scene) -> Iterator[Outcome]:
    yield Passed("Node auto-provisioning is off, and no Karpenter is at work.")
    found = list(_karpenter(scene))
    yield from found
    known = mode(scene) == "manual"
    if found and not known:
        yield gap(hidden(_MODE, "it is absent or null, and Karpenter is there"))
    severity = Severity.RISK if known else None
    yield from gaps(scene.snapshot.karpenter_node_pools, severity=severity)
    yield from unread(scene, severity)


def _karpenter(scene: Scene) -> Iterator[Finding]:
    for pool in _active_pools(scene):
        message = f"NodePool {pool.name} {_limit(pool)}: Karpenter may make nodes, which AKS does not reimage."
        yield _pool(pool, message, tuple(_disable(pool)), Severity.RISK)
    for node in provisioned_nodes(scene):
        message = f"{node.ref.kind} {node.ref.name} lies outside the agent pools; AKS does not reimage it."
        yield _node(node, message, (f"Drain and delete it before the step: `{node.removal}`.",), Severity.RISK)


def _active_pools(scene: Scene) -> Iterator[KarpenterNodePool]:
    for pool in seen(scene.snapshot.karpenter_node_pools):
        # Zero is zero in every unit; what cannot be read is not zero.
        if parse_bytes(pool.spec.limits.get("cpu", "")) != 0:
            yield pool


def _limit(pool: KarpenterNodePool) -> str:
    limit = pool.spec.limits.get("cpu")
    return "has no CPU limit" if limit is None else f"has the CPU limit {limit}"


def _pool(pool: KarpenterNodePool, message: str, remedy: Sequence[str], severity: Severity | None = None) -> Finding:
    limit = pool.spec.limits.get("cpu", "none")
    return Finding(
        object=object_ref(pool),
        severity=severity,
        message=message,
        evidence=(Evidence(f"nodepools[{pool.name}].spec.limits.cpu", str(limit)),),
        remedy=tuple(remedy),
    )


def _node(node: ProvisionedNode, message: str, remedy: tuple[str, ...], severity: Severity | None = None) -> Finding:
    return Finding(object=node.ref, severity=severity, message=message, evidence=(node.evidence,), remedy=remedy)


def _disable(pool: KarpenterNodePool) -> Iterator[str]:
    old = pool.spec.limits.get("cpu")
    taints = [item for item in pool.spec.template.spec.taints if item.key != _TAINT["key"]]
    template = {"spec": {"taints": [*msgspec.to_builtins(taints), _TAINT]}}
    yield f"Limit and taint it: {_patch(pool, {'limits': {'cpu': '0'}, 'template': template})}."
    yield (
        "After the data plane has changed, put back what it had:"
        f" {_patch(pool, {'limits': {'cpu': old}, 'template': {'spec': {'taints': msgspec.to_builtins(taints)}}})}."
    )


def _patch(pool: KarpenterNodePool, spec: dict[str, object]) -> str:
    text = msgspec.json.encode({"spec": spec}).decode()
    return f"`kubectl patch nodepools.karpenter.sh {pool.name} --type merge --patch '{text}'`"


RULE = Rule(
    id="CIL-NAP",
    page=Page(__doc__),
    severity=Severity.BLOCKER,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.NAP_OFF, StepKind.CILIUM),
    reads=(*READS, Source.KARPENTER_NODE_POOLS),
    refused_by_platform=True,
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/update-azure-cni#update-considerations",
            "A cluster with node auto-provisioning cannot be updated to the Cilium data plane.",
            "2026-05-28",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/use-node-auto-provisioning"
            "#disable-node-auto-provisioning-nap-on-an-aks-cluster",
            "It can be disabled when no node of it exists and every NodePool has a CPU limit of 0.",
            "2025-09-29",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/azure-cni-powered-by-cilium"
            "#does-azure-cni-powered-by-cilium-use-kube-proxy",
            "It must be disabled for the update and may be enabled again afterwards.",
            "2026-08-05",
        ),
    ),
    check=check,
)
