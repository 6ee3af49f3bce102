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
It speaks where Calico is the engine before the step: at remove-policy-engine, or at the Cilium step that replaces it.
At later steps of such a path it passes and names the step that took Calico away. With no engine enabled such objects
are inert already.

For Calico's NetworkPolicies and GlobalNetworkPolicies the traffic under Calico is compared with that after the step. A
policy is a risk where a flow is newly allowed that it refused, or whose pods it isolated, and where one is newly
blocked that it admitted; the finding names one such flow. It is a notice where no flow of today's pods, nodes and
addresses changes with it, as of one that selects no pod or is for host endpoints only, and where that is not known.
Each HostEndpoint is a risk (at the Cilium step a HostEndpoint is CIL-HOSTNETWORK-POLICY's); each NetworkSet,
GlobalNetworkSet, staged policy, tier, IPPool, and FelixConfiguration that deviates, a notice.

Not counted are objects with AKS's or the add-on manager's labels, mirrors of Kubernetes policies (named knp.*), host
endpoints that Calico makes itself (labelled projectcalico.org/created-by), the built-in tiers, and the
FelixConfiguration `default` with no other fields than those that every calico-node writes.

A list that was not read is a gap; of a kind that can only be a notice, a gap of that weight. Policies, network sets,
tiers, namespaces where a selector asks for their labels, and before the Cilium step the ConfigMap cilium-config decide
which flows change: where one of them was not all read, every policy that was read is a notice beside the gap. Where
pods, nodes, EndpointSlices or DaemonSets were not all read, only flows between two pods show a risk.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from analyzer.connectivity.change import Change, ChangeKind
from analyzer.connectivity.rows import ROWS
from analyzer.model.fact import Fact, Known, LackingError, seen
from analyzer.model.finding import (
    Confidence,
    Evidence,
    Finding,
    Gap,
    ObjectRef,
    Outcome,
    Passed,
    Severity,
    gap,
    object_ref,
)
from analyzer.model.network import PolicyEngine
from analyzer.model.objects import CalicoFelixConfiguration, CalicoPolicy, KubernetesObject
from analyzer.model.snapshot import Snapshot
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.aks_owned import is_aks_owned
from rules.flow_changes import READS, around, blamed, flow_evidence, flow_words, lasting, unsettled
from rules.lists import gaps

POLICIES: Mapping[Source, str] = MappingProxyType(
    {
        Source.CALICO_POLICIES: "Calico policy {namespace}/{name} is no longer enforced; Cilium ignores it{flow}.",
        Source.CALICO_GLOBAL_POLICIES: "Global Calico policy {name} is no longer enforced; Cilium ignores it{flow}.",
    }
)
LOST: Mapping[Source, str] = MappingProxyType(
    {
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
    policies = tuple(_policies(scene))
    yield from policies
    told = {item.source for item in policies if isinstance(item, Gap)}
    for kinds, severity in ((lost, Severity.RISK), (UNUSED, Severity.NOTICE)):
        for item in _name(scene.snapshot, kinds, severity):
            if not (isinstance(item, Gap) and item.source in told):
                yield item


def _policies(scene: Scene) -> Iterator[Outcome]:
    """Calico's policies, each with a flow that changes without it, if one does."""
    facts: dict[str, Fact[tuple[CalicoPolicy, ...]]] = {
        words: getattr(scene.snapshot, source.value) for source, words in POLICIES.items()
    }
    listed = [(item, words) for words, fact in facts.items() for item in seen(fact) if not is_aks_owned(item)]
    yield from gaps(*facts.values())
    flows: dict[ObjectRef, Change] = {}
    try:
        flows = _flows(scene) if listed else {}
        yield from gaps(*(around(scene) if listed else ()))
    except LackingError as lacking:
        yield from map(gap, lacking.missing)
    for item, words in listed:
        yield _policy(scene, item, words, flows.get(object_ref(item)))


def _flows(scene: Scene) -> dict[ObjectRef, Change]:
    """The likeliest flow that changes without each of Calico's policies.

    Raises LackingError as `flow_changes` does, and where a change could go with what was not read.
    """
    if scene.step.kind is StepKind.CILIUM and (missing := unsettled(scene)):
        raise LackingError(missing)
    found: dict[ObjectRef, Change] = {}
    for item in lasting(scene, blamed(scene, ROWS, (ChangeKind.ALLOWED, ChangeKind.BLOCKED))):
        if isinstance(item.policy, CalicoPolicy):
            changes = (*item.changes, found.get(item.ref, item.changes[0]))
            found[item.ref] = min(changes, key=lambda change: change.rank)
    return found


def _policy(scene: Scene, item: CalicoPolicy, words: str, change: Change | None) -> Finding:
    flow = f", and {flow_words(change)} is {change.kind.value}" if change else ""
    return Finding(
        object=object_ref(item),
        message=words.format(name=item.name, namespace=item.namespace, flow=flow),
        evidence=(flow_evidence(scene, change),) if change else (),
        severity=Severity.RISK if change else Severity.NOTICE,
    )


def _name(snapshot: Snapshot, kinds: Mapping[Source, str], severity: Severity) -> Iterator[Finding | Gap]:
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
    reads=tuple(dict.fromkeys((*READS, *POLICIES, *LOST, *UNUSED))),
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
