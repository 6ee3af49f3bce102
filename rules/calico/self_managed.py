"""A policy engine or CNI that AKS does not manage runs on the nodes.

Why it matters
--------------
ARM can say that there is no policy engine while a Calico, Cilium, Antrea, kube-router or Weave of your own is
installed. AKS neither removes nor supports it. Together with AKS's Cilium two engines rewrite the same packets, and
fight.

What to do
----------
- Uninstall it, with what it left in /etc/cni/net.d on the nodes, in a maintenance window before the step; then check
  again.
- Until then its policies may be enforced though ARM shows no engine: read POL-DORMANT with that in mind.

How it is decided
-----------------
By DaemonSets that are named calico-node, canal, cilium, antrea-agent, kube-router or weave-net. AKS's own do not
count: those with the add-on manager's or AKS's labels, those whose images all come from Microsoft's registry or from
a network isolated cluster's copy of it (aks-managed-mcr), and calico-node or cilium where ARM shows that engine.
What counts is a risk at the Cilium step and a notice at the step to overlay. DaemonSets that were not read are a
gap.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.model.fact import seen
from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Severity, object_ref
from analyzer.model.network import NetworkState, PolicyEngine
from analyzer.model.objects import Workload
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.aks_owned import has_aks_label
from rules.lists import gaps

ENGINES = {
    "calico-node": PolicyEngine.CALICO,
    "canal": None,
    "cilium": PolicyEngine.CILIUM,
    "antrea-agent": None,
    "kube-router": None,
    "weave-net": None,
}
"""DaemonSets of policy engines, and the engine of AKS that has the same."""


def check(scene: Scene) -> Iterator[Outcome]:
    """Each such DaemonSet."""
    severity = Severity.RISK if scene.step.kind is StepKind.CILIUM else Severity.NOTICE
    daemon_sets = scene.snapshot.daemon_sets
    for item in seen(daemon_sets):
        if item.name in ENGINES and not _is_managed(item, scene.observed):
            images = ", ".join(container.image for container in item.spec.template.spec.containers)
            yield Finding(
                object=object_ref(item),
                message=f"DaemonSet {item.namespace}/{item.name} is a policy engine or CNI that AKS does not manage.",
                evidence=(Evidence("spec.template.spec.containers[].image", images),),
                severity=severity,
            )
    yield from gaps(daemon_sets, severity=severity)


def _is_managed(item: Workload, observed: NetworkState) -> bool:
    if has_aks_label(item) or observed.policy.require() is ENGINES[item.name]:
        return True
    images = [container.image for container in item.spec.template.spec.containers]
    return bool(images) and all(image.startswith("mcr.") or "/aks-managed-mcr/" in image for image in images)


RULE = Rule(
    id="CAL-SELF-MANAGED",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.OVERLAY, StepKind.CILIUM),
    reads=(Source.CLUSTER, Source.DAEMON_SETS),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/use-network-policies#migrate-to-self-managed-calico",
            "A Calico of one's own can take the place of AKS's; AKS does not manage or support it.",
            "2026-08-18",
        ),
    ),
    check=check,
)
