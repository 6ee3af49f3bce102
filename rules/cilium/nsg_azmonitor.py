"""Restricted egress keeps Cilium's diagnostic logs from Azure.

Why it matters
--------------
Nodes send Cilium's diagnostic logs to Azure Monitor, from Kubernetes 1.34 on through cilium-fluent-bit. Where egress is
closed they do not arrive, and support has nothing to look at when something fails. The data path is not affected.

What to do
----------
- Admit TCP 443 to the service tag AzureMonitor: `az network nsg rule create --resource-group GROUP --nsg-name NAME
  --name allow-azure-monitor --priority PRIORITY --direction Outbound --access Allow --protocol Tcp
  --destination-port-ranges 443 --destination-address-prefixes AzureMonitor`, PRIORITY below that of the rule named.
- With a firewall or virtual appliance, admit the same there.
- In a network isolated cluster accept it, and collect logs by other means before calling support.

How it is decided
-----------------
A notice each: outboundType none or block; userDefinedRouting, because the firewall behind it cannot be read; and a
network security group of the node subnets or of the scale sets' interfaces in which a rule drops TCP 443 to everything,
Internet, AzureCloud or AzureMonitor, regional tags included, before another admits it. Rules for single ranges do not
count: the addresses of Azure Monitor are not known here. With outboundType none or block the groups are not looked at.
A missing outboundType is loadBalancer, the documented default.

An allow for application security groups, or for some source ports only, does not count as one. VNets, scale sets and
groups that were not all read are gaps of that weight; so are a node subnet, a scale set of a pool or a rule's field
that is not there.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from analyzer.model.finding import Confidence, Evidence, Finding, Gap, Outcome, Severity
from analyzer.model.step import StepKind
from analyzer.scene import Citation, Page, Rule, Scene
from rules.azure_resources import security_group_ref
from rules.security_groups import READS, Guard, drops, guards
from rules.security_rules import EVERYWHERE, Traffic, destinations_of, in_order

_CLOSED = ("none", "block")
_TAGS = ("internet", "azurecloud", "azuremonitor")


def check(scene: Scene) -> Iterator[Outcome]:
    """What stands between the nodes and Azure Monitor."""
    profile = scene.cluster.require().network_profile
    outbound = (profile.outbound_type if profile else None) or "loadBalancer"
    if outbound.lower() in (*_CLOSED, "userdefinedrouting"):
        yield _outbound(scene, outbound)
    if outbound.lower() in _CLOSED:
        return
    for guard in guards(scene, Severity.NOTICE):
        yield from (guard,) if isinstance(guard, Gap) else _judge(guard)


def _outbound(scene: Scene, outbound: str) -> Finding:
    if outbound.lower() in _CLOSED:
        message = f"The cluster has no way out (outboundType {outbound}): Cilium's diagnostic logs do not leave it."
    else:
        message = "Egress goes through a route of your own; see that its firewall admits TCP 443 to AzureMonitor."
    evidence = (Evidence("networkProfile.outboundType", outbound),)
    return Finding(object=scene.cluster_ref, message=message, evidence=evidence)


def _judge(guard: Guard) -> Iterator[Finding]:
    rules = [
        replace(rule, destination_address_prefix="*", destination_address_prefixes=())
        for rule in in_order(guard.group, "Outbound")
        if any(map(_is_azure_monitor, destinations_of(rule)))
    ]
    for source in guard.subnet.prefixes:
        internet = "::/0" if ":" in source else "0.0.0.0/0"
        for name in drops(rules, Traffic(source, internet), EVERYWHERE, ("tcp", 443)):
            yield Finding(
                object=security_group_ref(guard.group),
                key=name,
                message=f"Rule {name} of {guard.group.name} drops TCP 443 from the nodes to Azure Monitor.",
                evidence=(Evidence("subnet", f"{guard.subnet.name} ({source})"),),
            )


def _is_azure_monitor(prefix: str) -> bool:
    """Whether a destination holds all of Azure Monitor, or the part of it that is in a region."""
    return prefix in ("*", *EVERYWHERE) or prefix.partition(".")[0].lower() in _TAGS


RULE = Rule(
    id="CIL-NSG-AZMONITOR",
    page=Page(__doc__),
    severity=Severity.NOTICE,
    confidence=Confidence.DOCUMENTED,
    steps=(StepKind.CILIUM,),
    reads=READS,
    sources=(
        Citation(
            "https://learn.microsoft.com/azure/aks/azure-cni-powered-by-cilium#limitations",
            "Restricted egress can block diagnostic logs; the service tag AzureMonitor is to be allowed.",
            "2026-08-05",
        ),
        Citation(
            "https://github.com/Azure/AKS/blob/master/CHANGELOG.md",
            "cilium-fluent-bit runs from Kubernetes 1.34 on.",
            "2026-04-02",
        ),
    ),
    check=check,
)
