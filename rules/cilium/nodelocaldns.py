"""NodeLocal DNSCache needs a redirect policy under Cilium.

Why it matters
--------------
The cache takes the queries for the cluster's DNS Service with iptables rules. Cilium translates that Service before
those rules are reached, so queries go past the cache; with policies that admit only the cache they are dropped.

What to do
----------
- On Kubernetes below 1.29, upgrade before the step: `az aks upgrade --resource-group {resource_group} --name {cluster}
  --kubernetes-version VERSION`.
- Have a variant of the cache ready that is not on the host network, and right after the step apply it with a
  CiliumLocalRedirectPolicy: serviceMatcher kube-dns in kube-system, backend label `k8s-app: node-local-dns`, port 53
  for UDP and TCP.
- Or remove the cache before the step and use AKS LocalDNS; never both.
- Let policies with FQDN or DNS rules select the cache's pods as well.

How it is decided
-----------------
AKS's own objects count here, because the cache's manifest carries the add-on manager's label. A DaemonSet named
node-local-dns, or with the label `k8s-app: node-local-dns` on itself or its pods. Below Kubernetes 1.29, where AKS has
no redirect policies, it is a risk; from 1.29 on a notice, unless a CiliumLocalRedirectPolicy for the Service
kube-system/kube-dns, or for the address of the cluster's DNS Service, is there already. No such DaemonSet passes.
DaemonSets that were not all read are a gap; so is, where the DaemonSet is there, an unread version, and unread
redirect policies where they could clear it.

Where the kubelet hands out 169.254.20.10 itself, nothing is intercepted and pods reach the cache on their node: then a
policy that isolates egress must admit the host (entity host). Whether it does cannot be seen, so a policy is a risk
under which the way to that address is open today and blocked by Cilium. AKS LocalDNS is another feature:
CIL-LOCALDNS-POLICY.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from analyzer.connectivity.change import Change
from analyzer.connectivity.surroundings import NODE_LOCAL_DNS
from analyzer.model.fact import Missing, seen
from analyzer.model.finding import (
    Confidence,
    Evidence,
    Finding,
    Gap,
    Outcome,
    Passed,
    Severity,
    gap,
    object_ref,
)
from analyzer.model.objects import CiliumLocalRedirectPolicy, Workload
from analyzer.model.source import Source
from analyzer.model.step import StepKind
from analyzer.model.version import Version
from analyzer.scene import Citation, Page, Rule, Scene
from rules.flow_changes import READS, around, blamed, flow_evidence, flow_words, lasting, unsettled
from rules.lists import gaps

_DNS_ON_NODE = 37
LEAST = Version(1, 29)
"""The first Kubernetes version on which AKS supports CiliumLocalRedirectPolicies."""

_NAME = "node-local-dns"


def check(scene: Scene) -> Iterator[Outcome]:
    """Each DaemonSet of the cache, unless a redirect policy serves it."""
    daemon_sets = scene.snapshot.daemon_sets
    caches = [item for item in seen(daemon_sets) if _is_cache(item)]
    yield from gaps(daemon_sets)
    if caches:
        yield from _judge(scene, caches)
        yield from _cut_off(scene)
    else:
        yield Passed("No DaemonSet is a NodeLocal DNS cache.")


def _cut_off(scene: Scene) -> Iterator[Finding | Gap]:
    """The policies that leave out the cache's address on the pod's node, which is open today (row 37)."""
    if missing := unsettled(scene):
        yield from map(gap, missing)
        return
    parties = scene.universe.analysis.parties()
    cache = parties.local_dns_bit(NODE_LOCAL_DNS)
    lost = {
        item.ref: _to_cache(change)
        for item in lasting(scene, blamed(scene, (_DNS_ON_NODE,)))
        for change in item.changes
        if change.destinations & cache
    }
    for ref, change in lost.items():
        yield Finding(
            object=ref,
            message=f"Under Cilium it stops {flow_words(change)}, which works today: where the kubelet hands that"
            " address out, lookups fail.",
            evidence=(flow_evidence(scene, change),),
            key="policy",
            remedy=(
                "Right after the step apply a CiliumNetworkPolicy for the same pods with `toEntities: [host]` on port"
                " 53; `aks-preflight plan --out-dir` writes it.",
            ),
        )
    yield from gaps(*around(scene))


def _to_cache(change: Change) -> Change:
    """With the cache's address in the example."""
    flow = change.example
    return replace(change, example=replace(flow, destination=replace(flow.destination, address=NODE_LOCAL_DNS)))


def _is_cache(item: Workload) -> bool:
    labels = (item.labels, item.spec.template.metadata.labels)
    return item.name == _NAME or any(found.get("k8s-app") == _NAME for found in labels)


def _judge(scene: Scene, caches: list[Workload]) -> Iterator[Finding | Gap | Passed]:
    version = scene.before.kubernetes_version
    if isinstance(version, Missing):
        yield gap(version)
    elif version.value.minor_version < LEAST:
        for item in caches:
            message = f"DaemonSet {item.name} takes DNS queries with iptables; on Kubernetes {version.value} AKS has no"
            yield _finding(item, Severity.RISK, f"{message} redirect policies that do it under Cilium.")
        return
    redirects = scene.snapshot.cilium_local_redirect_policies
    if any(_serves_dns(scene, item) for item in seen(redirects)):
        yield Passed("A CiliumLocalRedirectPolicy for the DNS Service is there already.")
    elif isinstance(redirects, Missing):
        yield gap(redirects, severity=Severity.NOTICE)
    else:
        for item in caches:
            message = f"DaemonSet {item.name} takes DNS queries with iptables; Cilium needs a redirect policy for it."
            yield _finding(item, Severity.NOTICE, message)


def _serves_dns(scene: Scene, item: CiliumLocalRedirectPolicy) -> bool:
    service, address = item.spec.redirect_frontend.service_matcher, item.spec.redirect_frontend.address_matcher
    if service is not None:
        return (service.namespace or item.namespace, service.service_name) == ("kube-system", "kube-dns")
    profile = scene.cluster.require().network_profile
    return address is not None and profile is not None and address.ip == profile.dns_service_ip


def _finding(item: Workload, severity: Severity, message: str) -> Finding:
    on_host = "true" if item.spec.template.spec.host_network else "false"
    evidence = (Evidence("spec.template.spec.hostNetwork", on_host),)
    return Finding(object=object_ref(item), severity=severity, message=message, evidence=evidence)


RULE = Rule(
    id="CIL-NODELOCALDNS",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.CILIUM,),
    reads=(*READS, Source.CILIUM_LOCAL_REDIRECT_POLICIES),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/azure-cni-powered-by-cilium#local-redirect-policy-lrp",
            "Local redirect policies are supported from Kubernetes 1.29; NodeLocal DNSCache is their use.",
            "2026-08-05",
        ),
        Citation(
            "https://learn.microsoft.com/azure/aks/localdns-custom#best-practices-for-localdns-configuration",
            "LocalDNS and the upstream cache are not to be run together.",
            "2026-07-06",
        ),
        Citation(
            "https://docs.cilium.io/en/stable/network/kubernetes/local-redirect-policy/",
            "The node-local cache takes a redirect policy, and pods that are not on the host network.",
        ),
    ),
    check=check,
)
