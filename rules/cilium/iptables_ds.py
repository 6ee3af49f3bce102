"""A DaemonSet writes iptables rules on the nodes, which Cilium goes past.

Why it matters
--------------
Cilium handles the traffic of pods and Services in eBPF, often before the node's iptables, nftables or IPVS rules are
reached. Rules of your own may be bypassed or stand in the way. From Kubernetes 1.33 AKS marks nodes on which it finds
such rules, and its eBPF host routing is refused there.

What to do
----------
- Ask the owner of each DaemonSet what its rules are for, and put network policies or another feature of Cilium in
  their place.
- Try those that must stay on a copy of the cluster.

How it is decided
-----------------
A candidate is a DaemonSet on the host network in which a container, init containers included, is privileged or has
NET_ADMIN, and names iptables, ip6tables, nft, ipvs or tproxy in its image, command or arguments. It is a notice, and a
risk where eBPF host routing is on (advancedNetworking.performance.accelerationMode BpfVeth) or planned
(`--planned-features acns-ebpf-host-routing`).

Quiet is what AKS manages: what carries the label `kubernetes.azure.com/managedby: aks` or
`addonmanager.kubernetes.io/mode: Reconcile`, what lies in a namespace of Calico's operator, and in kube-system and
aks-istio-system the DaemonSets azure-*, ama-*, csi-*, retina*, cilium*, kube-proxy* and istio-cni*. DaemonSets that
were not all read are a gap. Rules that a script or the nodes' customisation sets are not seen here: look on a node.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzer.model.fact import seen
from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Severity, object_ref
from analyzer.model.objects import TemplateContainer, Workload
from analyzer.model.source import Source
from analyzer.model.step import PlannedFeature, StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.aks_owned import is_aks_owned
from rules.cilium.acns_features import uses
from rules.cilium.capabilities import is_privileged_or_has
from rules.lists import gaps

_LITERAL = re.compile(r"ip6?tables|ipvs|tproxy|\bnft(?:ables)?\b")
_MANAGED_NAMESPACES = ("kube-system", "aks-istio-system")
_MANAGED = ("azure-", "ama-", "csi-", "retina", "cilium", "kube-proxy", "istio-cni")
"""How the names of DaemonSets begin that AKS runs."""


def check(scene: Scene) -> Iterator[Outcome]:
    """Each DaemonSet that seems to write rules on the nodes."""
    routing = uses(scene, PlannedFeature.ACNS_EBPF_HOST_ROUTING)
    severity = Severity.RISK if routing else Severity.NOTICE
    effect = "eBPF host routing is refused with such rules" if routing else "Cilium may go past them"
    daemon_sets = scene.snapshot.daemon_sets
    for item in seen(daemon_sets):
        if not _is_managed(item) and (evidence := tuple(_traces(item))):
            yield Finding(
                object=object_ref(item),
                severity=severity,
                message=f"DaemonSet {item.name} may write {evidence[0].value} rules on the nodes; {effect}.",
                evidence=(*evidence, *routing),
            )
    yield from gaps(daemon_sets, severity=severity)


def _is_managed(item: Workload) -> bool:
    return is_aks_owned(item) or (item.namespace in _MANAGED_NAMESPACES and item.name.startswith(_MANAGED))


def _traces(item: Workload) -> Iterator[Evidence]:
    """The word that each container names, image first."""
    spec = item.spec.template.spec
    for container in (*spec.init_containers, *spec.containers) if spec.host_network else ():
        if is_privileged_or_has(container.security_context, "NET_ADMIN"):
            yield from _words(container)


def _words(container: TemplateContainer) -> Iterator[Evidence]:
    texts = {"image": container.image, "command": " ".join(container.command), "args": " ".join(container.args)}
    for field, text in texts.items():
        if found := _LITERAL.search(text.lower()):
            yield Evidence(f"containers[{container.name}].{field}", found[0])
            return


RULE = Rule(
    id="CIL-IPTABLES-DS",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.CHANGELOG,
    steps=(StepKind.CILIUM,),
    reads=(Source.CLUSTER, Source.DAEMON_SETS),
    sources=(
        Citation(
            "https://github.com/Azure/AKS/blob/master/CHANGELOG.md",
            "From Kubernetes 1.33 azure-iptables-monitor marks the nodes on which it finds rules that users made.",
            "2025-10-12",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/container-network-performance-ebpf-host-routing",
            "eBPF host routing cannot be switched on where the host has iptables rules.",
            "2025-09-23",
        ),
    ),
    check=check,
)
