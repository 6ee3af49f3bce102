"""An L7 rule of a Cilium policy will not work on this cluster.

Why it matters
--------------
Rules for HTTP, gRPC or Kafka need Advanced Container Networking Services (ACNS) with L7 policies, on Kubernetes 1.29
or later, and are not available in CiliumClusterwideNetworkPolicies. Without them AKS refuses such a policy, and what
it should isolate is open.

What to do
----------
- Switch ACNS with L7 policies on, together with Cilium or after it: `az aks update --resource-group {resource_group}
  --name {cluster} --enable-acns --acns-advanced-networkpolicies L7`.
- Write a clusterwide policy with L7 rules as one CiliumNetworkPolicy for each namespace.
- Leave L7 either to Cilium or to Istio for one workload, not to both.

How it is decided
-----------------
Judged are the CiliumNetworkPolicies and CiliumClusterwideNetworkPolicies of the snapshot; a cluster that does not serve
the kinds has none, and none with L7 rules is a pass. L7 rules are http, kafka, l7 and l7proto; those for DNS names are
not (CIL-FQDN).

On each policy a clusterwide kind, a control plane below Kubernetes 1.29, and ACNS L7 that is neither on nor planned are
a risk each. ACNS L7 is on where advancedNetworking is enabled, its security is enabled and advancedNetworkPolicies is
L7; a body without advancedNetworking has it off, since its security needs Cilium. It is planned where
`--planned-features` holds acns-l7.

Only where no policy is at risk, more than 1,000 nodes together with more than 40,000 running pods is a notice, and so
is each AuthorizationPolicy of Istio with L7 terms (hosts, methods, paths or request attributes).

The edition of 2023-24 has L7 disabled altogether; since ACNS it depends.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.model.fact import Missing, seen
from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Passed, Severity, gap, object_ref
from analyzer.model.objects import AuthorizationPolicy, CiliumPolicy, CiliumSpec, IstioRule
from analyzer.model.source import Source
from analyzer.model.step import PlannedFeature, StepKind
from analyzer.model.version import Version
from analyzer.scene import Citation, Page, Rule, Scene
from rules.cilium.acns_features import policies_on
from rules.lists import gaps

LEAST = Version(1, 29)
MOST_NODES = 1_000
MOST_PODS = 40_000


def check(scene: Scene) -> Iterator[Outcome]:
    """Each policy whose L7 rules will not work; else what they cost."""
    lists = (scene.snapshot.cilium_policies, scene.snapshot.cilium_clusterwide_policies)
    policies = [policy for fact in lists for policy in seen(fact) if _has_l7(policy)]
    outcomes = [*_risks(scene, policies), *gaps(*lists)]
    yield from outcomes
    if not policies:
        yield Passed("No CiliumNetworkPolicy has L7 rules.")
    elif not outcomes:
        yield from _scale(scene)
        yield from _istio(scene)


def _has_l7(policy: CiliumPolicy) -> bool:
    return any(_spec_has_l7(spec) for spec in policy.all_specs)


def _spec_has_l7(spec: CiliumSpec) -> bool:
    rules = [ports.rules for rule in (*spec.ingress, *spec.egress) for ports in rule.to_ports if ports.rules]
    return any(rule.http or rule.kafka or rule.l7 or rule.l7proto for rule in rules)


def _risks(scene: Scene, policies: list[CiliumPolicy]) -> Iterator[Outcome]:
    for policy in policies:
        if policy.kind == "CiliumClusterwideNetworkPolicy":
            yield _risk(policy, "clusterwide", "is clusterwide, where AKS offers no L7 rules", "kind", policy.kind)
    if policies:
        yield from _version(scene, policies)
        yield from _services(scene, policies)


def _version(scene: Scene, policies: list[CiliumPolicy]) -> Iterator[Outcome]:
    version = scene.before.kubernetes_version
    if isinstance(version, Missing):
        yield gap(version)
    elif version.value.minor_version < LEAST:
        words = f"needs Kubernetes 1.29 or later, and the control plane runs {version.value}"
        for policy in policies:
            yield _risk(policy, "version", words, "properties.currentKubernetesVersion", str(version.value))


def _services(scene: Scene, policies: list[CiliumPolicy]) -> Iterator[Outcome]:
    if PlannedFeature.ACNS_L7 in (scene.inputs.planned_features or ()):
        return
    level = policies_on(scene)
    if isinstance(level, Missing):
        yield gap(level)
    elif level.value != "l7":
        words = "needs ACNS with L7 policies, which is neither on nor planned"
        for policy in policies:
            yield _risk(policy, "acns", words, "networkProfile.advancedNetworking", "L7 policies are off")


def _risk(policy: CiliumPolicy, key: str, words: str, where: str, value: str) -> Finding:
    message = f"{policy.kind} {policy.name} has L7 rules and {words}."
    return Finding(object=object_ref(policy), key=key, message=message, evidence=(Evidence(where, value),))


def _scale(scene: Scene) -> Iterator[Outcome]:
    nodes, pods = scene.snapshot.nodes, scene.snapshot.pods
    running = sum(not pod.has_ended for pod in seen(pods))
    many_nodes, many_pods = len(seen(nodes)) > MOST_NODES, running > MOST_PODS
    if many_nodes and many_pods:
        yield Finding(
            object=scene.cluster_ref,
            key="scale",
            severity=Severity.NOTICE,
            message="The cluster is larger than AKS supports with L7 policies: 1,000 nodes or 40,000 pods.",
            evidence=(Evidence("nodes", str(len(seen(nodes)))), Evidence("running pods", str(running))),
        )
    elif (many_nodes or isinstance(nodes, Missing)) and (many_pods or isinstance(pods, Missing)):
        yield from gaps(nodes, pods, severity=Severity.NOTICE)


def _istio(scene: Scene) -> Iterator[Outcome]:
    policies = scene.snapshot.authorization_policies
    for policy in seen(policies):
        if _is_l7(policy):
            message = (
                f"AuthorizationPolicy {policy.name} decides on L7 in Istio; not to be mixed with Cilium's L7 rules."
            )
            yield Finding(object=object_ref(policy), severity=Severity.NOTICE, message=message)
    yield from gaps(policies, severity=Severity.NOTICE)


def _is_l7(policy: AuthorizationPolicy) -> bool:
    return any(_has_operation(rule) or _has_attribute(rule) for rule in policy.spec.rules)


def _has_operation(rule: IstioRule) -> bool:
    operations = [target.operation for target in rule.to]
    return any(
        item.hosts or item.methods or item.paths or item.not_hosts or item.not_methods or item.not_paths
        for item in operations
    )


def _has_attribute(rule: IstioRule) -> bool:
    return any(condition.key.startswith("request.") for condition in rule.when)


RULE = Rule(
    id="CIL-L7-POLICY",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.CILIUM,),
    reads=(
        Source.CLUSTER,
        Source.CILIUM_POLICIES,
        Source.CILIUM_CLUSTERWIDE_POLICIES,
        Source.NODES,
        Source.PODS,
        Source.AUTHORIZATION_POLICIES,
    ),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/container-network-security-l7-policy-concepts#limitations-and-considerations",
            "L7 policies need ACNS and Kubernetes 1.29, are limited to the greater of 1,000 nodes and 40,000 pods, are"
            " not available clusterwide, and do not go together with Istio's.",
            "2024-03-14",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/azure-cni-powered-by-cilium#which-cilium-features-does-azure-cni-powered-by-cilium-support-which-features-require-advanced-container-networking-services",
            "L7 policies are among the features that take ACNS.",
            "2026-08-05",
            contradicts="The edition of 2023-24 has L7 disabled altogether.",
        ),
        Citation(
            "https://github.com/Azure/AKS/issues/4663",
            "An admission policy of AKS refuses L7 rules without ACNS.",
        ),
    ),
    check=check,
)
