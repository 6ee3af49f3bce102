"""A rule for DNS names will not work on this cluster.

Why it matters
--------------
Rules with toFQDNs need Advanced Container Networking Services (ACNS) with FQDN policies, on Kubernetes 1.29 or later,
and a DNS rule that lets Cilium see the look-ups. Where one is lacking, no address is ever learnt: the policy isolates
its pods and admits none of the names. Calico's own rules for domains are not translated at all.

What to do
----------
- Switch ACNS with FQDN policies on, together with Cilium or after it: `az aks update --resource-group {resource_group}
  --name {cluster} --enable-acns --acns-advanced-networkpolicies FQDN`.
- Give the pods a rule to kube-dns on port 53 with `rules.dns`, such as `matchPattern: "*"`.
- Select Services of the cluster by the labels of their pods, not by their DNS names.
- Write Calico's domain rules again as CiliumNetworkPolicies, for the moment that Cilium runs.
- Test images on Alpine against the policy: musl asks for names in another way than glibc.

How it is decided
-----------------
Judged are the CiliumNetworkPolicies and CiliumClusterwideNetworkPolicies of the snapshot with toFQDNs; a cluster that
does not serve the kinds has none. Each of three causes is a risk on the policy: a control plane below 1.29; ACNS that
is neither on nor planned (on: advancedNetworking and its security enabled, advancedNetworkPolicies FQDN or L7; planned:
`--planned-features` holds acns-fqdn or acns-l7); and no DNS rule for its pods. A DNS rule counts if its policy has the
same selector or an empty one, in the same namespace or clusterwide; else every running pod that the policy selects must
be selected by a policy with a DNS rule. A policy for nodes has no pods to look at.

Notices: a name under svc.cluster.local, a Service of the cluster; a selected running pod with an image whose reference
contains "alpine"; a Calico policy with domains, or a Calico network set with allowedEgressDomains, each.

What is not whole is a gap, pods only where they decide: for the images, and for DNS rules in policies with other
selectors. The edition of 2023-24 had no FQDN filtering.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from analyzer.connectivity.universe import Universe
from analyzer.model.fact import Known, LackingError, Missing, seen
from analyzer.model.finding import Confidence, Evidence, Finding, Gap, Outcome, Passed, Severity, gap, object_ref
from analyzer.model.network import IpamMode
from analyzer.model.objects import CiliumPolicy, CiliumSpec, LabelSelector, Pod
from analyzer.model.source import Source
from analyzer.model.step import PlannedFeature, StepKind
from analyzer.model.version import Version
from analyzer.scene import Citation, Page, Rule, Scene
from analyzer.selectors import is_empty, selector_text
from rules.cilium.acns_features import policies_on
from rules.cilium.calico_domains import calico_domains
from rules.lists import gaps

LEAST = Version(1, 29)
PLANNED = frozenset({PlannedFeature.ACNS_FQDN, PlannedFeature.ACNS_L7})
SERVICE_DOMAIN = ".svc.cluster.local"


class _Use(NamedTuple):
    """One spec of a policy."""

    policy: CiliumPolicy
    spec: CiliumSpec


def check(scene: Scene) -> Iterator[Outcome]:
    """Each policy whose names will not be learnt, or not as its author thinks."""
    yield from calico_domains(scene.snapshot)
    lists = (scene.snapshot.cilium_policies, scene.snapshot.cilium_clusterwide_policies)
    yield from gaps(*lists)
    uses = [_Use(policy, spec) for fact in lists for policy in seen(fact) for spec in policy.all_specs]
    named = [use for use in uses if any(rule.to_fqdns for rule in use.spec.egress)]
    if not named:
        yield Passed("No policy admits DNS names.")
        return
    yield from _version(scene, named)
    yield from _services(scene, named)
    resolvers = [use for use in uses if _has_dns_rule(use.spec)]
    lists_are_whole = all(isinstance(fact, Known) for fact in lists)
    for use in named:
        yield from _names(use)
        yield from _pods(scene.universe, use, resolvers if lists_are_whole else None)


def _version(scene: Scene, named: list[_Use]) -> Iterator[Finding | Gap]:
    version = scene.before.kubernetes_version
    if isinstance(version, Missing):
        yield gap(version)
    elif version.value.minor_version < LEAST:
        words = f"they need Kubernetes 1.29 or later, and the control plane runs {version.value}"
        evidence = Evidence("properties.currentKubernetesVersion", str(version.value))
        yield from (_risk(use, "version", words, evidence) for use in named)


def _services(scene: Scene, named: list[_Use]) -> Iterator[Finding | Gap]:
    if PLANNED.intersection(scene.inputs.planned_features or ()):
        return
    level = policies_on(scene)
    if isinstance(level, Missing):
        yield gap(level)
    elif level.value not in ("fqdn", "l7"):
        words = "they need ACNS with FQDN policies, which is neither on nor planned"
        evidence = Evidence("networkProfile.advancedNetworking", "FQDN policies are off")
        yield from (_risk(use, "acns", words, evidence) for use in named)


def _risk(use: _Use, key: str, words: str, *evidence: Evidence) -> Finding:
    message = f"{use.policy.kind} {use.policy.name} admits DNS names ({_first_name(use.spec)}); {words}."
    return Finding(object=object_ref(use.policy), key=key, message=message, evidence=evidence)


def _fqdns(spec: CiliumSpec) -> Iterator[str]:
    for rule in spec.egress:
        for item in rule.to_fqdns:
            yield item.match_name or item.match_pattern


def _first_name(spec: CiliumSpec) -> str:
    return next(_fqdns(spec))


def _names(use: _Use) -> Iterator[Finding]:
    for name in _fqdns(use.spec):
        if name.rstrip(".").lower().endswith(SERVICE_DOMAIN):
            yield Finding(
                object=object_ref(use.policy),
                message=f"{use.policy.kind} {use.policy.name} admits {name}, a Service of the cluster; rules for DNS"
                " names do not work for those.",
                evidence=(Evidence("spec.egress[].toFQDNs[]", name),),
                severity=Severity.NOTICE,
                key=f"service {name}",
            )


def _has_dns_rule(spec: CiliumSpec) -> bool:
    return any(ports.rules and ports.rules.dns for rule in spec.egress for ports in rule.to_ports)


def _pods(universe: Universe, use: _Use, resolvers: list[_Use] | None) -> Iterator[Finding | Gap]:
    """What depends on the pods that a spec selects; resolvers are None where not all policies were read."""
    selector = use.spec.endpoint_selector
    if selector is None:
        return
    try:
        chosen = universe.endpoints.select(selector, use.policy.namespace)
        yield from _alpine(universe, use, chosen)
        if resolvers is not None:
            yield from _look_ups(universe, use, selector, resolvers)
    except LackingError as lacking:
        yield from map(gap, lacking.missing)


def _alpine(universe: Universe, use: _Use, chosen: int) -> Iterator[Finding | Gap]:
    population = universe.selection.population
    for place in population.pods_of(chosen):
        pod = population.pods[place]
        if image := _alpine_image(pod):
            yield Finding(
                object=object_ref(use.policy),
                message=f"{use.policy.kind} {use.policy.name} admits DNS names for {pod.namespace}/{pod.name}, whose"
                " Alpine image resolves names in a way of its own.",
                evidence=(Evidence(f"pods[{pod.namespace}/{pod.name}].spec.containers[].image", image),),
                severity=Severity.NOTICE,
                key="alpine",
            )
            return
    yield from gaps(universe.pods, severity=Severity.NOTICE)


def _alpine_image(pod: Pod) -> str:
    containers = (*pod.spec.containers, *pod.spec.init_containers)
    return next((item.image for item in containers if "alpine" in item.image.lower()), "")


def _look_ups(universe: Universe, use: _Use, selector: LabelSelector, resolvers: list[_Use]) -> Iterator[Finding | Gap]:
    """Whether some pod has no policy that shows Cilium its DNS look-ups."""
    others = [
        (found, other.policy.namespace)
        for other in resolvers
        if (found := other.spec.endpoint_selector) is not None and other.policy.namespace in ("", use.policy.namespace)
    ]
    if any(is_empty(found) or selector_text(found) == selector_text(selector) for found, _ in others):
        return
    chosen = universe.endpoints.select(selector, use.policy.namespace)
    left = chosen
    for found, namespace in others:
        left &= ~universe.endpoints.select(found, namespace)
    words = "no policy for the same pods has a DNS rule, so no address is learnt"
    if left:
        pods = universe.selection.population.pods
        pod = pods[next(universe.selection.population.pods_of(left))]
        yield _risk(use, "dns-rule", words, Evidence("pod without a DNS rule", f"{pod.namespace}/{pod.name}"))
    elif isinstance(universe.pods, Missing):
        yield gap(universe.pods)
    elif not chosen:
        yield _risk(use, "dns-rule", words, Evidence("spec.endpointSelector", selector_text(selector)))


RULE = Rule(
    id="CIL-FQDN",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.CILIUM,),
    modes=(IpamMode.NODE_SUBNET, IpamMode.POD_SUBNET_DYNAMIC, IpamMode.POD_SUBNET_STATIC, IpamMode.OVERLAY),
    reads=(
        Source.CLUSTER,
        Source.CILIUM_POLICIES,
        Source.CILIUM_CLUSTERWIDE_POLICIES,
        Source.CALICO_POLICIES,
        Source.CALICO_GLOBAL_POLICIES,
        Source.CALICO_NETWORK_SETS,
        Source.CALICO_GLOBAL_NETWORK_SETS,
        Source.PODS,
        Source.NAMESPACES,
    ),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/container-network-security-fqdn-filtering-concepts#limitations",
            "FQDN filtering takes ACNS and Kubernetes 1.29, and does not work for names of Services.",
            "2024-07-30",
            contradicts="The edition of 2023-24 had no FQDN filtering.",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/container-network-security-fqdn-filtering-concepts#considerations",
            "A policy needs a DNS rule for Cilium to see look-ups; Alpine images expand search domains otherwise.",
            "2024-07-30",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/azure-cni-powered-by-cilium#can-i-use-ciliumnetworkpolicy-custom-resources-instead-of-kubernetes-networkpolicy-resources",
            "CiliumNetworkPolicy was supported in part only, without rules for names.",
            "2023-24",
        ),
    ),
    check=check,
)
