"""With overlay an integrated API server calls webhooks through konnectivity.

Why it matters
--------------
An API server that is integrated into the VNet reaches pods in a flat network by itself. It cannot reach overlay pods,
so AKS deploys konnectivity agents, and calls to webhooks and aggregated APIs come from these agents from then on. A
policy that admits the API server's subnet no longer lets them in.

What to do
----------
- Admit the agents, or everyone, on the ports of what the API server calls: an ingress rule with `ports` and without
  `from`, or a peer with `namespaceSelector` kube-system and `podSelector` `app: konnectivity-agent`.
- Leave 443 and 4443 open towards the API server's subnet in its network security group.

How it is decided
-----------------
Only where apiServerAccessProfile.enableVnetIntegration is true; absent or null means that it is off. Then each Service
that the API server calls (by webhook, aggregated API or conversion, without those of AKS's own objects) is a notice if
an ingress policy lies in its namespace, or a clusterwide one of Cilium's with ingress rules anywhere. Whether it admits
the agents is not judged here; under Cilium CIL-WEBHOOK-INGRESS does that. Without a policy engine before the step
nothing stands in the agents' way. Security groups of node subnets are OVL-NSG's.

Lists that were not all read are gaps, policies only where something is called.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.model.fact import Fact, Known, seen
from analyzer.model.finding import Confidence, Evidence, Finding, Gap, ObjectRef, Outcome, Passed, Severity
from analyzer.model.network import PolicyEngine
from analyzer.model.objects import CiliumPolicy
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.aks_owned import is_aks_owned
from rules.callbacks import READS, Callback, callback_lists, callbacks
from rules.lists import gaps


def check(scene: Scene) -> Iterator[Outcome]:
    """Each Service that the API server calls beside an ingress policy."""
    profile = scene.cluster.require().api_server_access_profile
    if profile is None or not profile.enable_vnet_integration:
        return
    if scene.before.policy.require() is PolicyEngine.NONE:
        yield Passed("No engine enforces policies before this step, so none stands in the agents' way.")
        return
    yield from gaps(*callback_lists(scene))
    called = {(item.service.namespace, item.service.name): item for item in callbacks(scene)}
    if called:
        yield from _judge(scene, tuple(called.values()))


def _judge(scene: Scene, called: tuple[Callback, ...]) -> Iterator[Finding | Gap]:
    by_namespace: dict[str, list[str]] = {}
    for namespace, name in _restrictions(scene):
        by_namespace.setdefault(namespace, []).append(name)
    for callback in called:
        policies = by_namespace.get(callback.service.namespace, []) + by_namespace.get("", [])
        if policies:
            yield _finding(callback, policies)
    yield from gaps(scene.snapshot.network_policies, *_cilium_lists(scene))


def _restrictions(scene: Scene) -> Iterator[tuple[str, str]]:
    """Namespace and name of each policy that restricts ingress; "" for the clusterwide ones."""
    for policy in seen(scene.snapshot.network_policies):
        if "Ingress" in policy.types and not is_aks_owned(policy):
            yield policy.namespace, policy.name
    for item in (found for listed in _cilium_lists(scene) for found in seen(listed)):
        if any(spec.ingress or spec.ingress_deny for spec in item.all_specs) and not is_aks_owned(item):
            yield item.namespace, item.name


def _cilium_lists(scene: Scene) -> tuple[Fact[tuple[CiliumPolicy, ...]], ...]:
    """What only Cilium enforces."""
    if scene.before.policy != Known(PolicyEngine.CILIUM):
        return ()
    return scene.snapshot.cilium_policies, scene.snapshot.cilium_clusterwide_policies


def _finding(callback: Callback, policies: list[str]) -> Finding:
    return Finding(
        object=ObjectRef(kind="Service", name=callback.service.name, namespace=callback.service.namespace),
        message=f"With overlay the API server calls {callback.words} through konnectivity agents; see that the ingress"
        f" policies {', '.join(policies)} admit them.",
        evidence=(
            Evidence("properties.apiServerAccessProfile.enableVnetIntegration", "true"),
            Evidence(f"{callback.object} {callback.where}", callback.words),
        ),
    )


RULE = Rule(
    id="OVL-APISERVER-VNETINT",
    page=Page(__doc__),
    severity=Severity.NOTICE,
    confidence=Confidence.CHANGELOG,
    steps=(StepKind.OVERLAY,),
    reads=(
        Source.CLUSTER,
        Source.NETWORK_POLICIES,
        Source.CILIUM_POLICIES,
        Source.CILIUM_CLUSTERWIDE_POLICIES,
        *READS,
    ),
    sources=(
        Citation(
            "https://github.com/Azure/AKS/blob/master/CHANGELOG.md",
            "Konnectivity is deployed where API server VNet integration meets overlay.",
            "2023-06-04",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/api-server-vnet-integration",
            "The API server's subnet must stay open on 443 and 4443.",
            "2026-04-15",
        ),
    ),
    check=check,
)
