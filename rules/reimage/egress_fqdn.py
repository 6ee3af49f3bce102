"""Nodes may not reach what they are built from.

Why it matters
--------------
Every node is provisioned again. It downloads Kubernetes and CNI binaries from packages.aks.azure.com and the older
acs-mirror.azureedge.net, and images from mcr.microsoft.com. Clusters behind a firewall or a proxy that run for years
often allow only the list of their time: then no new node comes up.

What to do
----------
- Let the firewall or proxy allow packages.aks.azure.com, acs-mirror.azureedge.net, mcr.microsoft.com and
  *.data.mcr.microsoft.com on port 443; Azure Firewall has the FQDN tag AzureKubernetesService for all of them.
- Test it: `az aks nodepool scale --resource-group {resource_group} --cluster-name {cluster} --name POOL --node-count
  COUNT_PLUS_ONE`, and see that the new node becomes Ready.

How it is decided
-----------------
Where outbound traffic goes through a load balancer or a NAT gateway, and no HTTP proxy is set, and where a network
isolated cluster takes its artifacts from a cache, it passes. With outboundType userDefinedRouting, none or block, or
with an HTTP proxy, only the operator knows: `--allowed-fqdn`, repeated, names what is allowed (`*.` for subdomains;
AzureKubernetesService for the tag). Not given it is one question, a notice; given, each of the four names that it
does not cover is a risk. If node image upgrades or scale-outs succeeded lately, the list is good. An outboundType
that the body does not show, or that is not known, is a gap. The names are those of the public cloud.
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.model.cluster import ManagedCluster
from analyzer.model.fact import Cause, Missing
from analyzer.model.finding import Confidence, Evidence, Finding, Outcome, Passed, Severity, gap
from analyzer.model.network import hidden
from analyzer.model.source import Source
from analyzer.model.step import REIMAGING
from analyzer.scene import Citation, Page, Rule, Scene

REQUIRED = ("packages.aks.azure.com", "acs-mirror.azureedge.net", "mcr.microsoft.com", "*.data.mcr.microsoft.com")
TAG = "azurekubernetesservice"
OPEN = ("loadbalancer", "managednatgateway", "managednatgatewayv2", "userassignednatgateway")
CLOSED = ("userdefinedrouting", "none", "block")
_FIELD = "networkProfile.outboundType"


def check(scene: Scene) -> Iterator[Outcome]:
    """Whether something stands between nodes and their sources, and what it lets through."""
    cluster = scene.cluster.require()
    bootstrap = cluster.bootstrap_profile
    if bootstrap is not None and (bootstrap.artifact_source or "").lower() == "cache":
        yield Passed("Nodes take their artifacts from a cache (bootstrapProfile.artifactSource is Cache).")
        return
    outbound = (cluster.network_profile.outbound_type or "") if cluster.network_profile else ""
    if cluster.active_proxy is not None or outbound.lower() in CLOSED:
        yield from _behind_a_filter(scene, cluster, outbound)
    elif not outbound:
        yield gap(hidden(_FIELD, "it is absent or null"), severity=Severity.RISK)
    elif outbound.lower() not in OPEN:
        detail = f"{_FIELD} is {outbound!r}, which this version does not know"
        yield gap(Missing(Source.CLUSTER, Cause.UNRECOGNISED, detail), severity=Severity.RISK)


def _behind_a_filter(scene: Scene, cluster: ManagedCluster, outbound: str) -> Iterator[Outcome]:
    evidence: tuple[Evidence, ...] = (Evidence(_FIELD, outbound or "absent"),)
    if cluster.active_proxy is not None:
        evidence += (Evidence("httpProxyConfig", "set"),)
    allowed = scene.inputs.allowed_fqdns
    if allowed is None:
        names = ", ".join(REQUIRED)
        message = f"Does the firewall or proxy let nodes reach {names}? Say so with --allowed-fqdn NAME, repeated."
        yield Finding(
            object=scene.cluster_ref,
            message=message,
            evidence=evidence,
            severity=Severity.NOTICE,
            asks="--allowed-fqdn",
        )
        return
    for name in REQUIRED:
        if not _covered(name, allowed):
            message = f"Nodes must reach {name} to come up, and --allowed-fqdn does not name it."
            yield Finding(object=scene.cluster_ref, message=message, evidence=evidence, key=name)


def _covered(name: str, allowed: tuple[str, ...]) -> bool:
    plain = [item.strip().lower() for item in allowed]
    parents = (item[1:] for item in plain if item.startswith("*."))
    return TAG in plain or name in plain or any(name.endswith(parent) for parent in parents)


RULE = Rule(
    id="REI-EGRESS-FQDN",
    page=Page(__doc__),
    severity=Severity.RISK,
    confidence=Confidence.DOCUMENTED,
    steps=REIMAGING,
    reads=(Source.CLUSTER,),
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/outbound-rules-control-egress",
            "The names and ports that nodes must reach; packages.aks.azure.com replaces acs-mirror.azureedge.net.",
            "2026-06-18",
        ),
    ),
    check=check,
)
