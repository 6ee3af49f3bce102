"""Calico's own policies and host endpoints are lost.

Why it matters
--------------
Calico's NetworkPolicy and GlobalNetworkPolicy have an order, deny and log actions and service accounts, and its
HostEndpoint guards nodes. Nothing enforces them once Calico is gone: Cilium ignores them. What they denied is allowed,
without an error anywhere.

What to do
----------
- Write what is still wanted anew: a namespaced policy as NetworkPolicy or CiliumNetworkPolicy, a global one as
  CiliumClusterwideNetworkPolicy, a deny as ingressDeny or egressDeny of these, a HostEndpoint as rules of the nodes'
  network security group. Cilium's kinds exist only after the Cilium step: have them ready and apply them right after
  it.
- Keep a copy: `kubectl get KIND.crd.projectcalico.org --all-namespaces -o yaml`.

How it is decided
-----------------
It speaks where Calico is the engine before the step: at remove-policy-engine, or at the Cilium step that replaces
it. At later steps of such a path it passes and names the step that took Calico away. Each NetworkPolicy of Calico,
GlobalNetworkPolicy and HostEndpoint is a risk (at the Cilium step a HostEndpoint is CIL-HOSTNETWORK-POLICY's); each
NetworkSet, GlobalNetworkSet, staged policy, tier, IPPool, and FelixConfiguration that deviates, a notice. With no
engine enabled such objects are inert already.

Not counted are objects with AKS's or the add-on manager's labels, mirrors of Kubernetes policies (named knp.*), host
endpoints that Calico makes itself (labelled projectcalico.org/created-by), the built-in tiers, and the
FelixConfiguration `default` with no other fields than those that every calico-node writes. A list that was not read
is a gap; of a kind that can only be a notice, a gap of that weight.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from analyzer.model.fact import Fact, Known, seen
from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Passed, Severity, object_ref
from analyzer.model.network import PolicyEngine
from analyzer.model.objects import CalicoFelixConfiguration, KubernetesObject
from analyzer.model.snapshot import Snapshot
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.aks_owned import is_aks_owned
from rules.lists import gaps

LOST: Mapping[Source, str] = MappingProxyType(
    {
        Source.CALICO_POLICIES: "Calico policy {namespace}/{name} is no longer enforced; Cilium ignores it.",
        Source.CALICO_GLOBAL_POLICIES: "Global Calico policy {name} is no longer enforced; Cilium ignores it.",
        Source.CALICO_HOST_ENDPOINTS: "Host endpoint {name} no longer guards its node; Cilium ignores it.",
    }
)
UNUSED: Mapping[Source, str] = MappingProxyType(
    {
        Source.CALICO_NETWORK_SETS: "Network set {name} of namespace {namespace} serves no policy any more.",
        Source.CALICO_GLOBAL_NETWORK_SETS: "Global network set {name} serves no policy any more.",
        Source.CALICO_STAGED_POLICIES: "Staged policy {name} is no longer evaluated.",
        Source.CALICO_TIERS: "Tier {name} no longer orders any policy.",
        Source.CALICO_IP_POOLS: "IP pool {name} has no effect any more.",
        Source.CALICO_FELIX_CONFIGURATIONS: "The settings of FelixConfiguration {name} have no effect any more.",
    }
)
BUILT_IN_TIERS = ("default", "adminnetworkpolicy", "baselineadminnetworkpolicy", "kube-admin", "kube-baseline")
WRITTEN_BY_CALICO_NODE = frozenset(
    (
        "bpfConnectTimeLoadBalancing",
        "bpfLogLevel",
        "floatingIPs",
        "healthPort",
        "logSeverityScreen",
        "nftablesMode",
        "reportingInterval",
        "vxlanVNI",
    )
)
"""Fields of FelixConfiguration `default` that calico-node and the operator fill in on every cluster."""


def check(scene: Scene) -> Iterator[Outcome]:
    """Each object of Calico's own that loses its effect by this step."""
    if scene.before.policy.require() is not PolicyEngine.CALICO:
        taken = next((step for step in scene.earlier if step.before.policy == Known(PolicyEngine.CALICO)), None)
        if taken is not None:
            yield Passed(f"Calico is gone since the step {taken.kind.value}, where its policies are named.")
        else:
            yield Passed("Calico is not the policy engine before this step, so that nothing of its loses its effect.")
        return
    at_cilium = scene.step.kind is StepKind.CILIUM
    lost = {kind: words for kind, words in LOST.items() if not (at_cilium and kind is Source.CALICO_HOST_ENDPOINTS)}
    yield from _name(scene.snapshot, lost, Severity.RISK)
    yield from _name(scene.snapshot, UNUSED, Severity.NOTICE)


def _name(snapshot: Snapshot, kinds: Mapping[Source, str], severity: Severity) -> Iterator[Outcome]:
    for source, words in kinds.items():
        objects: Fact[tuple[KubernetesObject, ...]] = getattr(snapshot, source.value)
        for item in seen(objects):
            if not is_aks_owned(item) and not _is_default(item):
                yield Finding(
                    object=object_ref(item),
                    message=words.format(name=item.name, namespace=item.namespace),
                    evidence=_settings(item),
                    severity=severity,
                )
        yield from gaps(objects, severity=severity)


def _is_default(item: KubernetesObject) -> bool:
    """Whether it is a built-in tier, or the FelixConfiguration that every cluster with Calico has."""
    if item.kind == "Tier":
        return item.name in BUILT_IN_TIERS
    return isinstance(item, CalicoFelixConfiguration) and item.name == "default" and not _deviations(item)


def _deviations(item: CalicoFelixConfiguration) -> list[str]:
    return sorted(item.spec.keys() - WRITTEN_BY_CALICO_NODE)


def _settings(item: KubernetesObject) -> tuple[Evidence, ...]:
    deviations = _deviations(item) if isinstance(item, CalicoFelixConfiguration) else []
    return (Evidence("spec", ", ".join(deviations)),) if deviations else ()


RULE = Rule(
    id="CAL-GLOBAL",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.REMOVE_POLICY_ENGINE, StepKind.OVERLAY, StepKind.CILIUM),
    reads=(Source.CLUSTER, *LOST, *UNUSED),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/use-network-policies"
            "#differences-between-network-policy-engines-cilium-azure-npm-and-calico",
            "AKS does not test Calico's own features, such as global policies and host endpoints.",
            "2026-08-18",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/use-network-policies"
            "#uninstall-azure-network-policy-manager-or-calico",
            "After the uninstall Calico's objects are still there and are not enforced.",
            "2026-08-18",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/azure-cni-powered-by-cilium#can-i-use-ciliumclusterwidenetworkpolicy",
            "CiliumClusterwideNetworkPolicy is supported: the kind to which global policies are translated.",
            "2026-08-05",
        ),
    ),
    check=check,
)
